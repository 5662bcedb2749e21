//! The edits of several fixes together: read once, shown, and written whole or not at all.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(any(unix, test))]
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::survey::bytes_of;

use super::env_text::{self, Meant};
use super::{Cleaning, Fix, diff, package, requirement, stack_file};

/// The most bytes of a file that is edited.
const MAX_FILE_BYTES: u64 = 8 << 20;

/// Why a fix was not made; completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    /// A file cannot be read as text.
    #[error("read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not in the form in which it could be edited.
    #[error("edit {}: {why}", path.display())]
    Edit {
        /// The file.
        path: PathBuf,
        /// What is in the way.
        why: String,
    },
    /// Somebody edited a file after it was shown.
    #[error("write {}: it was changed in the meantime", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be replaced.
    #[error("write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error("make a secret: the system gives no random numbers")]
    Random,
}

/// What is going to be written.
#[derive(Debug, Default)]
pub struct Plan {
    files: BTreeMap<PathBuf, Draft>,
    /// Variables whose values are never shown, besides those that look secret.
    secret: BTreeSet<String>,
    refused: Vec<FixError>,
}

/// One file before and after.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// `None` if there is none yet.
    pub(super) before: Option<String>,
    pub(super) after: String,
    /// Whether only its owner may read it afterwards.
    pub(super) private: bool,
}

impl Plan {
    /// Makes the edits, in memory; those of a group all or none. The values of `secret` are not shown in the diff, like
    /// those that look secret. What cannot be made is left out and told by [`Self::refused`].
    pub fn of<'f>(groups: impl IntoIterator<Item = &'f [Fix]>, secret: BTreeSet<String>) -> Self {
        let mut plan = Self { secret, ..Self::default() };
        for group in groups {
            let before = plan.files.clone();
            if let Err(error) = group.iter().try_for_each(|fix| plan.add(fix)) {
                plan.files = before;
                plan.refused.push(error);
            }
        }
        plan.files.retain(|_, draft| draft.private || draft.before.as_deref() != Some(draft.after.as_str()));
        plan
    }

    /// Whether those edits can be made, and change something.
    pub(in crate::doctor) fn can_make(fixes: &[Fix]) -> bool {
        let plan = Self::of([fixes], BTreeSet::new());
        plan.refused.is_empty() && !plan.is_empty()
    }

    /// Why some edits are not made.
    pub fn refused(&self) -> &[FixError] {
        &self.refused
    }

    fn add(&mut self, fix: &Fix) -> Result<(), FixError> {
        // Through a link, so that the link stays one.
        let path = fix.file().canonicalize().unwrap_or_else(|_| fix.file().clone());
        let draft = match self.files.remove(&path) {
            Some(draft) => draft,
            None => Draft::of(&path)?,
        };
        let draft = self.files.entry(path.clone()).or_insert(draft);
        let text = draft.after.as_str();
        let mut meant = None;
        let made;
        let edited = match fix {
            Fix::AddRequirement { requirement, .. } => requirement::add(&path, text, requirement),
            Fix::AddPackage { name, version, .. } => package::add(text, name, version),
            Fix::SetSecret { name, .. } => {
                self.secret.insert(name.clone());
                draft.private |= draft.before.is_none();
                made = random_hex()?;
                meant = Some(Meant::Set(name, &made));
                Ok(env_text::set(text, name, &made))
            }
            Fix::Ignore { pattern, .. } => Ok(with_line(text, pattern)),
            Fix::Private { .. } => {
                draft.private = true;
                Ok(text.to_owned())
            }
            Fix::Clean { what, .. } => {
                meant = Some(if *what == Cleaning::SmartQuotes { Meant::Quotes } else { Meant::Nothing });
                Ok(match what {
                    Cleaning::Mark => text.trim_start_matches('\u{feff}').to_owned(),
                    Cleaning::CarriageReturns => text.replace("\r\n", "\n").replace('\r', "\n"),
                    Cleaning::SmartQuotes => env_text::with_plain_quotes(text),
                })
            }
            Fix::KeepLast { name, .. } => {
                meant = Some(Meant::Nothing);
                Ok(env_text::keep_last(text, name))
            }
            Fix::PointAt { service, variable, value, .. } => {
                stack_file::set_env(text, service, variable, value)
            }
        };
        let edited = edited.map_err(|why| FixError::Edit { path: path.clone(), why })?;
        if meant.is_some_and(|meant| !env_text::keeps(text, &edited, &meant)) {
            let why = "it would change other variables too".to_owned();
            return Err(FixError::Edit { path, why });
        }
        draft.after = edited;
        Ok(())
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files that would change.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// What would change, as a unified diff with secrets masked, paths relative to `folder`.
    pub fn diff(&self, folder: &Path, colour: bool) -> String {
        self.files.iter().map(|(path, draft)| diff::of(path, draft, &self.secret, folder, colour)).collect()
    }

    /// Writes every file whole, beside the old one first, so that a reader sees one of the two.
    ///
    /// # Errors
    /// The first file that was edited meanwhile or cannot be written. Those before it are written then.
    pub fn apply(&self) -> Result<(), FixError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| FixError::Write { path, source }
        };
        let mut staged = Vec::new();
        for (path, draft) in &self.files {
            if Draft::of(path)?.before != draft.before {
                return Err(FixError::Changed { path: path.clone() });
            }
            staged.push((path, stage(path, draft).map_err(failed(path))?));
        }
        for (path, file) in staged {
            file.persist(path)
                .map_err(|error| FixError::Write { path: path.clone(), source: error.error })?;
        }
        Ok(())
    }
}

impl Draft {
    fn of(path: &Path) -> Result<Self, FixError> {
        let text = bytes_of(path, MAX_FILE_BYTES).and_then(|bytes| {
            String::from_utf8(bytes)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
        });
        match text {
            Ok(text) => Ok(Self { before: Some(text.clone()), after: text, private: false }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { before: None, after: String::new(), private: false })
            }
            Err(source) => Err(FixError::Read { path: path.to_owned(), source }),
        }
    }
}

/// The new file beside the old one, with its permissions.
fn stage(path: &Path, draft: &Draft) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".portolan-").tempfile_in(folder)?;
    file.write_all(draft.after.as_bytes())?;
    permit(&file, path, draft.private)?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
fn permit(file: &tempfile::NamedTempFile, path: &Path, private: bool) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let old = path.metadata().ok();
    let before = old.as_ref().map_or(0o644, |metadata| metadata.permissions().mode() & 0o7777);
    let own = file.as_file().metadata()?;
    match &old {
        // A file that changes hands may be out of reach for whoever had it.
        Some(old) if (old.uid(), old.gid()) != (own.uid(), own.gid()) => {
            fchown(file.as_file(), Some(old.uid()), Some(old.gid()))?;
        }
        Some(_) => {}
        // What root makes in somebody's folder is theirs; others may not give anything away.
        None => {
            if let Some(folder) = path.parent().and_then(|folder| folder.metadata().ok())
                && folder.uid() != own.uid()
            {
                let _ = fchown(file.as_file(), Some(folder.uid()), Some(folder.gid()));
            }
        }
    }
    let mode = if private { 0o600 } else { before };
    file.as_file().set_permissions(fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permit(_: &tempfile::NamedTempFile, _: &Path, _: bool) -> io::Result<()> {
    Ok(())
}

/// The byte order mark of a text, if it has one, and the rest.
pub(super) fn split_mark(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 })
}

/// The text with one more line, in the line ends that it has.
pub(super) fn with_line(text: &str, line: &str) -> String {
    if text.lines().any(|known| known.trim() == line) {
        return text.to_owned();
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    format!("{text}{gap}{line}{end}")
}

fn random_hex() -> Result<String, FixError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| FixError::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_one_file_add_up_and_are_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, "\u{feff}A=1\r\nA=2\r\nKEY=“x”\r\n").unwrap();
        let fixes = [
            Fix::Clean { file: file.clone(), what: Cleaning::Mark },
            Fix::Clean { file: file.clone(), what: Cleaning::CarriageReturns },
            Fix::KeepLast { file: file.clone(), name: "A".to_owned() },
            Fix::Clean { file: file.clone(), what: Cleaning::SmartQuotes },
        ];
        let plan = Plan::of([fixes.as_slice()], BTreeSet::new());
        plan.apply().unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "A=2\nKEY='x'\n");
        assert!(Plan::of([fixes.as_slice()], BTreeSet::new()).is_empty());
    }

    #[test]
    fn a_file_that_was_edited_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("requirements.txt");
        fs::write(&file, "flask\n").unwrap();
        let fixes = [Fix::AddRequirement { file: file.clone(), requirement: "redis".to_owned() }];
        let plan = Plan::of([fixes.as_slice()], BTreeSet::new());
        fs::write(&file, "django\n").unwrap();
        assert!(matches!(plan.apply(), Err(FixError::Changed { .. })));
        assert_eq!(fs::read_to_string(&file).unwrap(), "django\n");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_kept_and_a_new_secret_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
        let file = folder.path().join("requirements.txt");
        fs::write(&file, "flask\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let env = folder.path().join(".env");
        let fixes = [
            Fix::AddRequirement { file, requirement: "redis".to_owned() },
            Fix::SetSecret { file: env, name: "KEY".to_owned() },
        ];
        let plan = Plan::of([fixes.as_slice()], BTreeSet::new());
        let shown = plan.diff(folder.path(), false);
        assert!(shown.contains("+KEY=********") && shown.contains("+redis"), "{shown}");
        plan.apply().unwrap();
        assert_eq!((mode("requirements.txt"), mode(".env")), (0o640, 0o600));
        let text = fs::read_to_string(folder.path().join(".env")).unwrap();
        let value = text.trim().strip_prefix("KEY=").unwrap();
        assert!(value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()), "{text}");
        assert!(!shown.contains(value));
    }
}
