//! The program: everything is in the library.

// Half of what a login costs beside the trees was malloc's: cells and texts come and go by the
// million.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    nightlatch::cli::main()
}
