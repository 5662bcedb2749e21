//! SQLite databases: which file was meant, what is wrong with it, and who else has it open.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::super::case::Case;
use super::Draft;
use super::source;
use crate::ports;

static IN_CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["'`](?:sqlite\S*?:///?|file:)?(?P<path>[^"'`\s:?]+\.(?:db|db3|sqlite|sqlite3))["'`?]"#)
        .expect("a constant that a test compiles")
});

/// A database file, and who says so.
struct Meant {
    path: PathBuf,
    place: Option<String>,
    variable: Option<String>,
}

/// It cannot be opened.
pub(super) fn unopened(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let Some(meant) = meant(case, draft) else { return Some(()) };
    let shown = case.shown(&meant.path);
    draft.place_at(meant.place);
    if let Some(variable) = &meant.variable {
        draft.evidence.push(format!("{variable} names {shown}"));
    }
    let folder = meant.path.parent()?;
    let folder_shown = case.shown(folder);
    if meant.path.is_dir() {
        draft.title = Some(format!("{shown} is a folder and no SQLite database"));
        draft.remedy = Some("name a file".to_owned());
    } else if !folder.is_dir() {
        draft.title = Some(format!("the folder {folder_shown} of the SQLite database does not exist"));
        draft.remedy = Some(format!("create it: mkdir -p {folder_shown}"));
        let relative = folder.strip_prefix(&case.spec.directory).map(|path| path.display().to_string());
        let inside = relative.ok().filter(|path| !path.starts_with('-') && !path.contains(".."));
        draft.action = inside.map(|path| {
            format!("portolan run --there {} -- mkdir -p {}", case.spec.name, shell_words::quote(&path))
        });
    } else {
        let is = if meant.path.exists() { "be opened" } else { "be created" };
        draft.title = Some(format!("the SQLite database {shown} cannot {is}"));
        let folder = if folder_shown.is_empty() { "its folder".to_owned() } else { folder_shown };
        draft.remedy = Some(format!("let the user of the service write to {folder}"));
    }
    Some(())
}

/// It is locked: somebody holds it open.
pub(super) fn locked(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let Some(meant) = meant(case, draft) else { return Some(()) };
    let shown = case.shown(&meant.path);
    draft.title = Some(format!("the SQLite database {shown} is locked by another connection"));
    let services = || case.snapshot.services.iter().filter_map(|other| Some((&other.name, other.pid?)));
    for pid in holders(&meant.path) {
        let of = |top: u32| pid == top || ports::descends_from(pid, top);
        match services().find(|(_, top)| of(*top)) {
            Some((name, _)) if *name == case.spec.name => {}
            Some((name, _)) => {
                draft.title = Some(format!("the SQLite database {shown} is locked, and {name} has it open"));
                draft.evidence.push(format!("{name} (pid {pid}) has {shown} open"));
                return Some(());
            }
            None => draft.evidence.push(format!("process {pid} has {shown} open")),
        }
    }
    Some(())
}

/// The file that a variable names, or the line of code that failed.
fn meant(case: &Case<'_>, draft: &Draft) -> Option<Meant> {
    let own = case.env.get(&case.spec.name);
    let variables = own.into_iter().flatten().filter_map(|(name, fact)| {
        let path = path_in(fact.value.as_deref()?)?;
        let place = case.place_of(&fact.source);
        Some(Meant { path: case.spec.directory.join(path), place, variable: Some(name.clone()) })
    });
    let code = || {
        // The nearest line that names one: it is opened before it fails.
        let lines = source::up_to(case, draft.place.as_deref()?, usize::MAX)?;
        let path = lines.iter().rev().find_map(|line| Some(IN_CODE.captures(line)?["path"].to_owned()))?;
        Some(Meant { path: case.spec.directory.join(path), place: None, variable: None })
    };
    variables.into_iter().next().or_else(code)
}

/// `data/app.db`, `sqlite:///data/app.db`, `sqlite+aiosqlite:////var/app.db`.
fn path_in(value: &str) -> Option<PathBuf> {
    let (scheme, path) = match value.split_once(':') {
        Some((scheme, rest)) if scheme.starts_with("sqlite") => {
            (true, rest.strip_prefix("///").unwrap_or(rest.trim_start_matches('/')))
        }
        Some(("file", rest)) => (false, rest),
        _ => (false, value),
    };
    let path = path.split('?').next().unwrap_or(path);
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str());
    let database = ending.is_some_and(|ending| matches!(ending, "db" | "db3" | "sqlite" | "sqlite3"));
    let plain = !path.is_empty() && !path.contains("://") && !path.starts_with(':');
    (plain && (scheme || database)).then(|| PathBuf::from(path.strip_prefix("./").unwrap_or(path)))
}

/// The processes that have the file open, where the system tells (Linux).
fn holders(path: &Path) -> Vec<u32> {
    let (Ok(path), Ok(processes)) = (fs::canonicalize(path), fs::read_dir("/proc")) else {
        return Vec::new();
    };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let holds = |pid: &u32| {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        files
            .into_iter()
            .any(|file| file.is_ok_and(|file| fs::read_link(file.path()).is_ok_and(|to| to == path)))
    };
    pids.filter(holds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_file_is_told_from_other_values() {
        for (value, path) in [
            ("data/app.db", Some("data/app.db")),
            ("./app.sqlite3", Some("app.sqlite3")),
            ("sqlite:///data/app", Some("data/app")),
            ("sqlite+aiosqlite:////var/app.db", Some("/var/app.db")),
            ("file:dev.db?mode=rwc", Some("dev.db")),
            (":memory:", None),
            ("sqlite://:memory:", None),
            ("http://x/y.db", None),
            ("production", None),
        ] {
            assert_eq!(path_in(value), path.map(PathBuf::from), "{value}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_has_a_file_open_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(holders(file.path()), [std::process::id()]);
    }
}
