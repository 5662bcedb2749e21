//! Writes a preferred port into portolan.local.toml, the overlay that is not shared with others.
//!
//! The one place of this room that writes: one value, everything else byte for byte as it was.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::stack::{Port, PortRange, ServiceName};

use super::load::LOCAL_FILE_NAME;
use super::parse::PARSER_STACK_BYTES;
use super::source;

/// Why a port was not written down; completes "failed to remember the port: …".
#[derive(Debug, thiserror::Error)]
pub enum RememberError {
    /// The configuration would be wrong with it.
    #[error("{port} lies outside the range {range} of {service}: widen the range in portolan.toml")]
    OutsideRange {
        /// The port.
        port: Port,
        /// What the service allows.
        range: PortRange,
        /// The service.
        service: ServiceName,
    },
    /// The file leads elsewhere, and what is there may be shared.
    #[error("{} is a symbolic link", .path.display())]
    Link {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read, with the reason.
    #[error("{0}")]
    Unreadable(String),
    /// A file is not TOML.
    #[error("{}:{line}: not TOML: {reason}", .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// A key on the way to the port holds something else than a table.
    #[error("{} in {} is not a table", .key, .path.display())]
    NotTable {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be replaced.
    #[error("write {}: {source}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Has `service` prefer `port` from the next load of the configuration `file` on. `range` is what the service has now,
/// and is kept. Answers the file that was written, and its text before, `None` if there was none.
pub fn remember_port(
    file: &Path,
    service: &ServiceName,
    port: Port,
    range: Option<PortRange>,
) -> Result<(PathBuf, Option<String>), RememberError> {
    if let Some(range) = range.filter(|range| !range.contains(port)) {
        return Err(RememberError::OutsideRange { port, range, service: service.clone() });
    }
    let path = file.with_file_name(LOCAL_FILE_NAME);
    let before = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Ok(metadata) if metadata.is_symlink() => return Err(RememberError::Link { path }),
        Ok(_) | Err(_) => Some(read(&path)?),
    };
    let base = read(file)?;
    let own = before.as_deref();
    let text = with_deep_stack(|| edited(file, &base, &path, own, service, port, range))?;
    if before.as_deref() != Some(&text) {
        replace(&path, &text).map_err(|source| RememberError::Write { path: path.clone(), source })?;
    }
    Ok((path, before))
}

/// The editor's parser recurses as deep as the other one.
fn with_deep_stack<T: Send>(
    work: impl FnOnce() -> Result<T, RememberError> + Send,
) -> Result<T, RememberError> {
    let refused = |why: String| RememberError::Unreadable(format!("the file cannot be parsed: {why}"));
    thread::scope(|scope| {
        let started = thread::Builder::new().stack_size(PARSER_STACK_BYTES).spawn_scoped(scope, work);
        let done = started.map_err(|error| refused(error.to_string()))?.join();
        done.unwrap_or_else(|_| Err(refused("the parser failed".to_owned())))
    })
}

/// Puts back what [`remember_port`] replaced: the text that it answered.
pub fn forget_port(path: &Path, before: Option<&str>) -> Result<(), RememberError> {
    let done = match before {
        Some(text) => replace(path, text),
        None => fs::remove_file(path),
    };
    done.map_err(|source| RememberError::Write { path: path.to_owned(), source })
}

fn edited(
    base_path: &Path,
    base: &str,
    path: &Path,
    before: Option<&str>,
    service: &ServiceName,
    port: Port,
    range: Option<PortRange>,
) -> Result<String, RememberError> {
    let base = parse(base_path, base)?;
    let (mark, body) = match before.unwrap_or_default().strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", before.unwrap_or_default()),
    };
    let mut document = parse(path, body)?;
    let services = table(document.as_table_mut(), "services", true, path)?;
    let own = table(services, service.as_str(), false, path)?;
    // What a shorter form said of the range has to be said again, since it is replaced whole.
    let below = base.get("services").and_then(|services| services.get(service.as_str())?.get("port"));
    match own.get_mut("port") {
        Some(item) if item.is_table_like() => {
            let table = item.as_table_like_mut().expect("it is like a table");
            set(table, "prefer", i64::from(port.get()).into());
        }
        Some(item) => {
            let is_range = item.as_str().is_some_and(|text| text.contains('-'));
            let value = short_or_whole(port, range.filter(|_| is_range));
            let decor = item.as_value().map(|value| value.decor().clone());
            let mut value = value;
            if let Some(decor) = decor {
                *value.decor_mut() = decor;
            }
            *item = Item::Value(value);
        }
        None => {
            let merges = below.is_some_and(Item::is_table_like);
            let value = if merges { preferring(port, None) } else { short_or_whole(port, range) };
            own.insert("port", Item::Value(value));
        }
    }
    Ok(format!("{mark}{}", with_old_lines(body, &document.to_string())))
}

/// `edited` with every line that is as it was before in the bytes of `before`: the editor writes line ends of its own.
fn with_old_lines(before: &str, edited: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = edited.split_inclusive('\n').collect();
    let bare = |line: &&str| line.trim_end_matches(['\r', '\n']).to_owned();
    let same = |(old, new): &(&&str, &&str)| bare(old) == bare(new);
    let head = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(same).count();
    let line_end = if old.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let middle = &new[head..new.len() - tail];
    let mut text = old[..head].concat();
    if !middle.is_empty() && !text.is_empty() && !text.ends_with('\n') {
        text.push_str(line_end);
    }
    for line in middle {
        text.push_str(&bare(line));
        text.push_str(line_end);
    }
    text.push_str(&old[old.len() - tail..].concat());
    text
}

/// The number alone where there is no range to keep.
fn short_or_whole(port: Port, range: Option<PortRange>) -> Value {
    match range {
        Some(range) => preferring(port, Some(range)),
        None => i64::from(port.get()).into(),
    }
}

fn preferring(port: Port, range: Option<PortRange>) -> Value {
    let mut table = InlineTable::new();
    table.insert("prefer", i64::from(port.get()).into());
    if let Some(range) = range {
        table.insert("range", format!("{}-{}", range.first(), range.last()).into());
    }
    Value::InlineTable(table)
}

/// Replaces the value of `key`, with the comments around it left where they are.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

/// The table under `key`, made if there is none; without a heading of its own if `implicit`.
fn table<'t>(
    parent: &'t mut dyn TableLike,
    key: &str,
    implicit: bool,
    path: &Path,
) -> Result<&'t mut dyn TableLike, RememberError> {
    if !parent.contains_key(key) {
        let mut fresh = Table::new();
        fresh.set_implicit(implicit);
        parent.insert(key, Item::Table(fresh));
    }
    let found = parent.get_mut(key).and_then(Item::as_table_like_mut);
    found.ok_or_else(|| RememberError::NotTable { key: key.to_owned(), path: path.to_owned() })
}

fn read(path: &Path) -> Result<String, RememberError> {
    let text = source::read(path).map_err(|fault| RememberError::Unreadable(fault.message))?;
    Ok(text.to_string())
}

fn parse(path: &Path, text: &str) -> Result<DocumentMut, RememberError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.parse::<DocumentMut>().map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
        // The message alone: the whole error quotes the line, which may hold a secret.
        RememberError::Broken { path: path.to_owned(), line, reason: error.message().to_owned() }
    })
}

/// A reader sees the old file or the new one, whole; its rights stay.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".portolan.local.");
    #[cfg(unix)]
    let rights: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(rights);
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = path.metadata() {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remembered(base: &str, local: Option<&str>, port: u16, range: Option<&str>) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portolan.toml");
        fs::write(&file, base).unwrap();
        if let Some(local) = local {
            fs::write(folder.path().join(LOCAL_FILE_NAME), local).unwrap();
        }
        let (service, port) = (ServiceName::new("web").unwrap(), Port::new(port).unwrap());
        let range = range.map(|range| range.parse().unwrap());
        let (path, before) =
            remember_port(&file, &service, port, range).map_err(|error| error.to_string())?;
        assert_eq!(before.as_deref(), local);
        let text = fs::read_to_string(&path).unwrap();
        forget_port(&path, before.as_deref()).unwrap();
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), local);
        Ok(text)
    }

    const RANGE: Option<&str> = Some("8000-8010");

    #[test]
    fn a_new_file_keeps_the_range_of_a_short_definition() {
        let base = "[services.web]\nport = \"8000-8010\"\n";
        let text = remembered(base, None, 8003, RANGE).unwrap();
        assert_eq!(text, "[services.web]\nport = { prefer = 8003, range = \"8000-8010\" }\n");
    }

    #[test]
    fn a_table_below_is_merged_and_needs_only_the_preferred_port() {
        let base = "[services.web.port]\nrange = \"8000-8010\"\nenv = \"WEB\"\n";
        let text = remembered(base, None, 8003, RANGE).unwrap();
        assert_eq!(text, "[services.web]\nport = { prefer = 8003 }\n");
    }

    #[test]
    fn a_single_port_stays_one() {
        let text = remembered("[services.web]\nport = 8000\n", None, 9000, None).unwrap();
        assert_eq!(text, "[services.web]\nport = 9000\n");
    }

    #[test]
    fn everything_else_stays_byte_for_byte() {
        let local = "# mine\n\n[stack]   # odd   spacing\nname='x'\n\n[services.web]\nport = \"8000-8010\"  # moved\nenv = { A = 'b' } # c\n\n[services.api] # last";
        let text = remembered("", Some(local), 8003, RANGE).unwrap();
        let port = "port = { prefer = 8003, range = \"8000-8010\" }  # moved";
        assert_eq!(text, local.replace("port = \"8000-8010\"  # moved", port));
        let again = remembered("", Some(&text), 8004, RANGE).unwrap();
        assert_eq!(again, text.replace("8003", "8004"));
    }

    #[test]
    fn other_forms_of_tables_are_edited_where_they_are() {
        let dotted = "services.web.port.prefer = 8001 # here\n";
        assert_eq!(
            remembered("", Some(dotted), 8003, RANGE).unwrap(),
            "services.web.port.prefer = 8003 # here\n"
        );
        let inline = "services = { web = { port = 8001 } }\n";
        assert_eq!(
            remembered("", Some(inline), 8003, None).unwrap(),
            "services = { web = { port = 8003 } }\n"
        );
        let headed = "[services.web.port]\n# why\nprefer = 8001\n";
        assert_eq!(remembered("", Some(headed), 8003, RANGE).unwrap(), headed.replace("8001", "8003"));
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_stay() {
        let local = "\u{feff}# a\r\n[services.web]\r\nport = 8001\r\n";
        assert_eq!(remembered("", Some(local), 8003, None).unwrap(), local.replace("8001", "8003"));
    }

    #[test]
    fn a_service_is_added_below_a_last_line_without_an_end_and_mixed_line_ends_stay() {
        let local = "# a\r\n[services.api]\n\nenv = { A = \"\"\"b\r\nc\"\"\" } # last";
        let text = remembered("", Some(local), 8003, None).unwrap();
        assert_eq!(text, format!("{local}\r\n\r\n[services.web]\r\nport = 8003\r\n"));
    }

    #[test]
    fn what_cannot_be_edited_is_refused_without_quoting_it() {
        let broken = remembered("", Some("a = 'fine'\nb = hunter2hunter2 x\n"), 8003, None).unwrap_err();
        assert!(
            broken.contains("portolan.local.toml:2: not TOML") && !broken.contains("hunter2"),
            "{broken}"
        );
        let other = remembered("", Some("services = 3\n"), 8003, None).unwrap_err();
        assert!(other.contains("services in") && other.contains("not a table"), "{other}");
        let outside = remembered("", None, 9000, RANGE).unwrap_err();
        assert!(outside.contains("outside the range 8000-8010"), "{outside}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_left_alone_and_rights_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, local) = (folder.path().join("portolan.toml"), folder.path().join(LOCAL_FILE_NAME));
        fs::write(&file, "").unwrap();
        symlink(folder.path().join("elsewhere"), &local).unwrap();
        let (service, port) = (ServiceName::new("web").unwrap(), Port::new(8003).unwrap());
        let refused = remember_port(&file, &service, port, None).unwrap_err();
        assert!(matches!(refused, RememberError::Link { .. }), "{refused}");
        fs::remove_file(&local).unwrap();
        fs::write(&local, "").unwrap();
        fs::set_permissions(&local, fs::Permissions::from_mode(0o640)).unwrap();
        remember_port(&file, &service, port, None).unwrap();
        assert_eq!(local.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(folder.path().read_dir().unwrap().count(), 2, "nothing is left beside it");
    }
}
