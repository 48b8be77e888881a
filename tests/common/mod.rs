//! What the integration tests share.

use std::path::{Path, PathBuf};

/// A file or folder of the clinical test data, which lies beside the project and never in it.
///
/// Absent data is `None`, and the test returns early after the printed reason; with `HEPADOSE_REQUIRE_SHARED=1`,
/// as in `.ci/run`, it fails instead.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var("HEPADOSE_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "../shared/data/{name} is absent, and HEPADOSE_REQUIRE_SHARED=1 forbids to skip"
    );
    println!("skipped: ../shared/data/{name} is absent (the data is not part of the repository)");
    None
}
