//! What the tests of processes share: the fixture, requests for it, and waiting for a condition.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portolan::services::process::{
    Launcher, Output, OutputPipe, ProcessRef, Program, Running, ServiceMarker, SpawnRequest,
};
use portolan::stack::{RunId, ServiceName};

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

/// The one launcher of the test process.
pub(crate) fn launcher() -> &'static Launcher {
    static LAUNCHER: OnceLock<Launcher> = OnceLock::new();
    LAUNCHER.get_or_init(|| Launcher::prepare().unwrap())
}

/// A run that no other test has, in this process or another.
pub(crate) fn fresh_run() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    (u64::from(std::process::id()) << 20) | NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A request for the fixture with these words, in a run of its own.
pub(crate) fn fixture(words: &str) -> SpawnRequest {
    let words = std::iter::once(example("fixture").into()).chain(words.split(' ').map(OsString::from));
    SpawnRequest {
        program: Program::Words(words.collect()),
        directory: std::env::temp_dir(),
        env: std::env::vars_os().collect(),
        tty: false,
        marker: ServiceMarker {
            run_id: RunId::from_bits(fresh_run()),
            service: ServiceName::new("service").unwrap().into(),
        },
    }
}

/// The standard output of a program on pipes.
pub(crate) fn stdout(running: &mut Running) -> File {
    match running.take_output() {
        Some(Output::Pipes { stdout, .. }) => stdout.into(),
        other => panic!("no pipes: {other:?}"),
    }
}

/// Reads up to the end of the pipe on a thread of its own.
pub(crate) async fn read_to_end(pipe: impl Into<File> + Send + 'static) -> String {
    let read = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        pipe.into().read_to_string(&mut text).map(|_| text)
    });
    tokio::time::timeout(PATIENCE, read).await.expect("the pipe ends").unwrap().unwrap()
}

/// Reads until `wanted` was read, on a thread of its own, and gives the pipe back.
pub(crate) async fn read_until(mut pipe: File, wanted: &'static str) -> File {
    let read = tokio::task::spawn_blocking(move || {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(wanted.as_bytes()) {
            assert_eq!(pipe.read(&mut byte).unwrap(), 1, "ended after {:?}", String::from_utf8_lossy(&text));
            text.push(byte[0]);
        }
        pipe
    });
    tokio::time::timeout(PATIENCE, read).await.expect("it is written").unwrap()
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

/// The descriptor as a file.
pub(crate) fn file(pipe: OutputPipe) -> File {
    pipe.into()
}
