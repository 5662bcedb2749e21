//! What is kept from console to console: two small files, one of the user and one of the project, replaced whole.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::stack::{ConsoleSpec, TimestampChoice};
use crate::ui::model::{ProjectLook, Remembered, Settings, Stamps};

use super::looks::theme_of;

/// Where it is kept.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// Theme, layout and how often a console was opened.
    user: PathBuf,
    /// Saved filters and pinned words.
    project: PathBuf,
}

impl Memory {
    /// In the folder of all state and in that of the stack.
    pub(super) fn in_folders(user: &Path, project: &Path) -> Self {
        Self { user: user.join("console.json"), project: project.join("console.json") }
    }

    /// What was kept; what cannot be read was not.
    pub(super) fn read(&self) -> Remembered {
        let mut remembered = read(&self.user);
        let project = read(&self.project);
        remembered.filters = project.filters;
        remembered.pins = project.pins;
        remembered
    }

    /// Keeps what differs from `before`, which was read or kept last, and leaves alone what another console has kept
    /// meanwhile. A file that cannot be written costs the memory and nothing else.
    pub(super) fn write(&self, before: &Remembered, remembered: &Remembered) {
        let kept = merged(self.read(), before, remembered);
        let own = Remembered { filters: BTreeMap::new(), pins: Vec::new(), ..kept.clone() };
        let project = Remembered { filters: kept.filters, pins: kept.pins, ..Remembered::default() };
        let _ = write(&self.user, &own);
        let _ = write(&self.project, &project);
    }
}

/// `kept`, with all that has changed from `before` to `now`.
fn merged(mut kept: Remembered, before: &Remembered, now: &Remembered) -> Remembered {
    let Remembered { starts, theme, table_rows, details, wrap, timestamps, mouse, find, filters, pins } = now;
    kept.starts = kept.starts.max(*starts);
    take(&mut kept.theme, &before.theme, theme);
    take(&mut kept.table_rows, &before.table_rows, table_rows);
    take(&mut kept.details, &before.details, details);
    take(&mut kept.wrap, &before.wrap, wrap);
    take(&mut kept.timestamps, &before.timestamps, timestamps);
    take(&mut kept.mouse, &before.mouse, mouse);
    take(&mut kept.find, &before.find, find);
    take(&mut kept.pins, &before.pins, pins);
    let new = filters.iter().filter(|(name, text)| before.filters.get(*name) != Some(text));
    kept.filters.extend(new.map(|(name, text)| (name.clone(), text.clone())));
    kept
}

fn take<T: Clone + PartialEq>(kept: &mut T, before: &T, now: &T) {
    if before != now {
        *kept = now.clone();
    }
}

fn read(file: &Path) -> Remembered {
    let text = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn write(file: &Path, remembered: &Remembered) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(&serde_json::to_vec_pretty(remembered)?)?;
    new.persist(file)?;
    Ok(())
}

/// What the project sets, and what the user chose, here or before.
pub(super) fn settings(spec: &ConsoleSpec, memory: &Memory, themes: Vec<String>) -> Settings {
    let mut remembered = memory.read();
    remembered.starts = remembered.starts.saturating_add(1);
    let project = ProjectLook {
        theme: theme_of(spec).to_owned(),
        stamps: match spec.timestamps {
            TimestampChoice::Absolute => Stamps::Absolute,
            TimestampChoice::Relative => Stamps::Relative,
            TimestampChoice::Off => Stamps::Off,
        },
        wrap: spec.wrap,
        mouse: spec.mouse,
    };
    let mut filters: BTreeMap<String, String> =
        spec.filters.iter().map(|filter| (filter.name.clone(), filter.text.clone())).collect();
    filters.extend(remembered.filters.clone());
    Settings { filters, project, themes, remembered }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_belong_to_the_project_and_the_theme_to_the_user() {
        let (user, one, other) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut remembered = Remembered { theme: Some("dark".to_owned()), ..Remembered::default() };
        remembered.filters.insert("slow".to_owned(), "status>=500".to_owned());
        let memory = Memory::in_folders(user.path(), one.path());
        memory.write(&Remembered::default(), &remembered);
        assert_eq!(memory.read(), remembered);
        let elsewhere = Memory::in_folders(user.path(), other.path()).read();
        assert_eq!(elsewhere.theme.as_deref(), Some("dark"));
        assert!(elsewhere.filters.is_empty());
    }

    #[test]
    fn two_consoles_keep_what_each_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::in_folders(&folder.path().join("user"), &folder.path().join("project"));
        let begin = memory.read();
        let (mut one, mut other) = (begin.clone(), begin.clone());
        one.filters.insert("slow".to_owned(), "status>=500".to_owned());
        other.wrap = Some(true);
        memory.write(&begin, &one);
        memory.write(&begin, &other);
        let kept = memory.read();
        assert_eq!((kept.filters.len(), kept.wrap), (1, Some(true)));
    }

    #[test]
    fn what_is_no_memory_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("console.json"), b"{\"starts\": ").unwrap();
        let memory = Memory::in_folders(folder.path(), folder.path());
        assert_eq!(memory.read(), Remembered::default());
    }
}
