//! Files of other tools at the top of a folder: what they say counts for more than any guess.

use std::collections::BTreeMap;

use crate::draft::import::{Format, Imported, Leftover, compose_contexts, import};

use super::folder::{self, Folder};

/// Of these one is taken, the first that is there: two that start the same programs would start them twice.
const RUNNERS: [(&str, Format); 9] = [
    ("process-compose.yaml", Format::ProcessCompose),
    ("process-compose.yml", Format::ProcessCompose),
    ("mprocs.yaml", Format::Mprocs),
    ("mprocs.yml", Format::Mprocs),
    ("Procfile.dev", Format::Procfile),
    ("Procfile.local", Format::Procfile),
    ("Procfile", Format::Procfile),
    ("process_compose.yaml", Format::ProcessCompose),
    ("process_compose.yml", Format::ProcessCompose),
];

const COMPOSE: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// What `docker compose` adds to them by itself.
const OVERRIDES: [&str; 4] = [
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
];

/// A file of another tool that was read.
pub(super) struct Native {
    pub(super) file: &'static str,
    pub(super) format: Format,
    pub(super) imported: Imported,
    /// The folders that services of a compose file are built from.
    pub(super) built_from: BTreeMap<String, Vec<String>>,
}

impl Native {
    pub(super) fn leftovers(&self) -> Vec<(String, Leftover)> {
        self.imported.leftovers.iter().map(|leftover| (self.file.to_owned(), leftover.clone())).collect()
    }
}

/// The runner's file and the compose file, as far as they are there and can be read.
pub(super) fn find(folder: &Folder, notes: &mut Vec<String>) -> Vec<Native> {
    let mut found: Vec<Native> = Vec::new();
    for (file, format) in RUNNERS {
        match found.first() {
            Some(first) if folder.text(file).is_some() => {
                notes.push(format!("{file} is left aside: {} says what to start", first.file));
            }
            Some(_) => {}
            None => found.extend(read(folder, file, format, notes)),
        }
    }
    let calls_compose = found.iter().any(|native| {
        folder
            .text(native.file)
            .is_some_and(|text| text.contains("docker compose") || text.contains("docker-compose"))
    });
    for file in COMPOSE {
        if folder.text(file).is_some() && calls_compose {
            notes.push(format!("{file} is left aside: {} calls docker compose itself", found[0].file));
        } else if !found.iter().any(|native| native.format == Format::Compose) {
            found.extend(read(folder, file, Format::Compose, notes));
        }
    }
    if let Some(native) = found.iter().find(|native| native.format == Format::Compose)
        && let Some(file) = OVERRIDES.into_iter().find(|file| folder.text(file).is_some())
    {
        notes.push(format!(
            "{file}: `docker compose` reads it beside {}, but its ports are not here; write them as port = …",
            native.file
        ));
    }
    found
}

fn read(folder: &Folder, file: &'static str, format: Format, notes: &mut Vec<String>) -> Option<Native> {
    let text = folder.text(file)?;
    match import(format, text, file, "", &|path| folder.path(path).is_dir()) {
        Ok(imported) => {
            let built_from =
                if format == Format::Compose { built_from(folder, text) } else { BTreeMap::new() };
            Some(Native { file, format, imported, built_from })
        }
        Err(error) => {
            notes.push(format!("{file} is left aside: failed to {error}"));
            None
        }
    }
}

/// What is built at the top by a Dockerfile below is built from the Dockerfile's folder, if that has code; else from the
/// top.
fn built_from(folder: &Folder, text: &str) -> BTreeMap<String, Vec<String>> {
    let mut built_from = compose_contexts(text);
    for folders in built_from.values_mut() {
        if let [context, below] = folders.as_slice()
            && context.is_empty()
        {
            let has_code = !folder.ending(below, &folder::CODE).is_empty();
            folders.remove(usize::from(!has_code));
        }
    }
    built_from
}
