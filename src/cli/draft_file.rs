//! A drafted portolan.toml on its way to disk: checked as any other, and never over one that is there without being
//! told so.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::config::{self, FILE_NAME, LoadRequest};

use super::failure::Failure;
use super::whole_file::write_whole;

/// The folder in which a running stack keeps its records.
const RECORDS: &str = ".service_discovery/";
/// A longer one was not written by a person.
const LARGEST_GITIGNORE: u64 = 1024 * 1024;

/// Refuses before any work is done, if a file is there and may not be replaced.
pub(super) fn must_be_new(folder: &Path, force: bool) -> Result<(), Failure> {
    if force || folder.join(FILE_NAME).symlink_metadata().is_err() {
        return Ok(());
    }
    Err(exists(folder))
}

/// What to know of a portolan.toml above, which will no longer count in this folder.
pub(super) fn note_one_above(folder: &Path) -> Option<String> {
    let above = config::find(folder.parent()?)?;
    Some(format!("note: in this folder and below, the new one counts instead of {}", above.display()))
}

fn exists(folder: &Path) -> Failure {
    Failure::wrong(format!(
        "there is a {FILE_NAME} in {} already\n  = help: --force replaces it, --print only shows the new one",
        folder.display()
    ))
}

/// Reads `text` as portolan.toml is read: what is probably not as meant, or everything that is wrong. Nothing is
/// written into the folder of the stack.
pub(super) fn check(text: &str, colour: bool) -> Result<Vec<String>, Failure> {
    let failed = |error: io::Error| Failure::failed(format!("failed to check the new {FILE_NAME}: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let file = folder.path().join(FILE_NAME);
    fs::write(&file, text).map_err(failed)?;
    let shown = |rendered: String| {
        let real = config::real_path(folder.path()).unwrap_or_else(|_| folder.path().to_owned());
        let slash = std::path::MAIN_SEPARATOR;
        [real.as_path(), folder.path()]
            .iter()
            .fold(rendered, |text, path| text.replace(&format!("{}{slash}", path.display()), ""))
    };
    match config::load(&LoadRequest { file, ..LoadRequest::default() }) {
        Ok(loaded) => Ok(loaded.warnings.iter().map(|warning| shown(warning.render(colour))).collect()),
        Err(problems) => Err(Failure::wrong(format!(
            "what was found makes no {FILE_NAME} that can be started, so none was written\n\n{}",
            shown(problems.render(colour))
        ))),
    }
}

/// Writes the file.
pub(super) fn write(folder: &Path, text: &str, force: bool) -> Result<PathBuf, Failure> {
    let path = folder.join(FILE_NAME);
    let failed = |error| Failure::failed(format!("failed to write {}: {error}", path.display()));
    if force {
        write_whole(&path, text.as_bytes()).map_err(failed)?;
        return Ok(path);
    }
    match fs::File::create_new(&path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(failed).map(|()| path.clone()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(folder)),
        Err(error) => Err(failed(error)),
    }
}

/// Whether there is a .gitignore that does not ignore the records yet.
pub(super) fn gitignore_lacks_records(folder: &Path) -> bool {
    let known = |line: &str| line.trim().trim_matches('/') == RECORDS.trim_end_matches('/');
    read_gitignore(&folder.join(".gitignore")).is_ok_and(|text| !text.lines().any(known))
}

/// Adds the records to .gitignore.
pub(super) fn ignore_records(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(".gitignore");
    let failed = |error| Failure::failed(format!("failed to change {}: {error}", path.display()));
    let text = read_gitignore(&path).map_err(failed)?;
    write_whole(&path, with_records(&text).as_bytes()).map_err(failed)
}

/// With the line ends that it has.
fn with_records(text: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    format!("{text}{gap}{RECORDS}{end}")
}

/// A pipe would be read forever.
fn read_gitignore(path: &Path) -> io::Result<String> {
    let known = path.metadata()?;
    if !known.is_file() || known.len() > LARGEST_GITIGNORE {
        return Err(ErrorKind::InvalidInput.into());
    }
    fs::read_to_string(path)
}

/// `1 service`, `3 services: a, b, c`.
pub(super) fn services(names: &[&str]) -> String {
    match names {
        [one] => format!("1 service: {one}"),
        names => format!("{} services: {}", names.len(), names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_are_added_in_the_line_ends_that_are_there() {
        assert_eq!(with_records(""), ".service_discovery/\n");
        assert_eq!(with_records("a\nb"), "a\nb\n.service_discovery/\n");
        assert_eq!(with_records("a\r\nb\r\n"), "a\r\nb\r\n.service_discovery/\r\n");
        assert_eq!(with_records("a\r\nb"), "a\r\nb\r\n.service_discovery/\r\n");
    }
}
