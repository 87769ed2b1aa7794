//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    nightlatch::cli::main()
}
