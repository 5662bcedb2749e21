//! What is kept from console to console: two small files, one of the user and one of the project, replaced whole.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::stack::ConsoleSpec;
use crate::ui::model::{Remembered, Settings, Stamps};

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

    /// Keeps it. A file that cannot be written costs the memory and nothing else.
    pub(super) fn write(&self, remembered: &Remembered) {
        let own = Remembered { filters: Default::default(), pins: Vec::new(), ..remembered.clone() };
        let project = Remembered {
            filters: remembered.filters.clone(),
            pins: remembered.pins.clone(),
            ..Remembered::default()
        };
        let _ = write(&self.user, &own);
        let _ = write(&self.project, &project);
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

/// What the project sets, and over it what was chosen the last time.
pub(super) fn settings(spec: &ConsoleSpec, memory: &Memory) -> Settings {
    let mut remembered = memory.read();
    remembered.starts = remembered.starts.saturating_add(1);
    let _ = remembered.theme.get_or_insert_with(|| theme_of(spec).to_owned());
    let stamps = match spec.timestamps {
        crate::stack::TimestampChoice::Absolute => Stamps::Absolute,
        crate::stack::TimestampChoice::Relative => Stamps::Relative,
        crate::stack::TimestampChoice::Off => Stamps::Off,
    };
    let _ = remembered.timestamps.get_or_insert_with(|| stamps.name().to_owned());
    remembered.wrap |= spec.wrap;
    remembered.mouse &= spec.mouse;
    let mut filters: std::collections::BTreeMap<String, String> =
        spec.filters.iter().map(|filter| (filter.name.clone(), filter.text.clone())).collect();
    filters.extend(remembered.filters.clone());
    Settings { filters, remembered }
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
        memory.write(&remembered);
        assert_eq!(memory.read(), remembered);
        let elsewhere = Memory::in_folders(user.path(), other.path()).read();
        assert_eq!(elsewhere.theme.as_deref(), Some("dark"));
        assert!(elsewhere.filters.is_empty());
    }

    #[test]
    fn what_is_no_memory_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("console.json"), b"{\"starts\": ").unwrap();
        let memory = Memory::in_folders(folder.path(), folder.path());
        assert_eq!(memory.read(), Remembered::default());
    }
}
