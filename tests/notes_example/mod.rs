//! examples/notes for tests: whether it can run here, and copies of it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::Path;

/// Whether what the example needs is not installed, which is said in any case.
pub(crate) fn is_skipped(what: &str) -> bool {
    let skipped = std::env::var_os("PORTOLAN_E2E_NOTES").is_none();
    if skipped {
        tell(&format!("SKIPPED {what}: run scripts/setup-example, then set PORTOLAN_E2E_NOTES=1"));
    }
    skipped
}

/// Not a print macro: the test harness would keep that to itself.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Copies the example without what runs leave in it; installed packages are linked, not copied.
pub(crate) fn copy_to(folder: &Path) {
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/notes"), folder);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        match entry.file_name().to_str().unwrap() {
            "node_modules" | ".venv" => symlink(path, copied).unwrap(),
            ".service_discovery" | "__pycache__" => {}
            _ if path.is_dir() => copy(&path, &copied),
            _ => drop(fs::copy(path, copied).unwrap()),
        }
    }
}
