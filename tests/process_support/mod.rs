//! What the tests of processes share: programs to start, and waiting for a condition.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portolan::services::process::ProcessRef;

/// How long anything may take that only has to happen at last.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A program that cargo built beside the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_portolan"));
    let path = binary.parent().expect("it lies in a folder").join("examples").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is missing: `cargo build --examples` makes it", path.display());
    path
}

/// A run that no other test has, in this process or another.
pub(crate) fn fresh_run() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    (u64::from(std::process::id()) << 20) | NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Looks every few milliseconds until `found` has something.
pub(crate) async fn eventually<T>(what: &str, found: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, found).await
}

/// Looks every few milliseconds, for at most `patience`.
#[expect(clippy::disallowed_methods, reason = "a test's own deadline")]
pub(crate) async fn within<T>(patience: Duration, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < patience, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The processes of these that live.
pub(crate) fn living(processes: &[ProcessRef]) -> Vec<ProcessRef> {
    processes.iter().copied().filter(|process| process.is_current()).collect()
}
