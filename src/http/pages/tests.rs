use super::*;

/// All that a browser loads beside the documents is small.
#[test]
fn the_assets_are_small() {
    let bytes = assets::packed_bytes();
    assert!(bytes > 1_000 && bytes < 50_000, "{bytes}");
}
