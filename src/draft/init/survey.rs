//! Everything that a folder shows, as one draft: other tools' files first, guesses for the rest.

use crate::draft::import::{Format, Leftover};
use crate::draft::service::{DraftService, Note};
use crate::draft::stack::Draft;

use super::folder::Folder;
use super::native::Native;
use super::{cover, go, links, native, node, others, python, rust};

/// What a folder is searched for, for whoever has none of it.
pub const LOOKED_FOR: &str = "package.json with a dev or start script; Python with FastAPI, Flask, Django (manage.py) or a \
server of its own; Cargo.toml with a program that serves; go.mod with a package main that serves; deno.json; Ruby with \
Rails, config.ru or Sinatra; PHP with artisan or index.php; Spring Boot; web projects of .NET; Procfile, \
process-compose.yaml, mprocs.yaml, compose.yaml, docker-compose.yml";

/// What a folder shows.
#[derive(Clone, Debug)]
pub struct Survey {
    /// A portolan.toml for it; without services if nothing was found.
    pub draft: Draft,
    /// One line for each thing that was found: `frontend/package.json (Vite)`.
    pub found: Vec<String>,
    /// What was left aside, and why.
    pub notes: Vec<String>,
    /// What of other tools' files has no equivalent, with the file.
    pub leftovers: Vec<(String, Leftover)>,
}

/// Makes a draft of what `folder` shows.
pub fn survey(folder: &Folder) -> Survey {
    let mut notes = folder.unread.clone();
    let natives = native::find(folder, &mut notes);
    let mut guesses = node::find(folder, &mut notes);
    guesses.extend(python::find(folder));
    guesses.extend(rust::find(folder, &mut notes));
    guesses.extend(go::find(folder));
    guesses.extend(others::find(folder));
    notes.extend(others::notes(folder, &guesses));

    let mut draft = Draft::default();
    let mut found: Vec<String> =
        natives.iter().map(|native| format!("{} ({})", native.file, native.format)).collect();
    let mut leftovers = Vec::new();
    for native in &natives {
        take_native(&mut draft, native, &natives, &mut notes);
        leftovers.extend(native.leftovers());
    }
    for guess in guesses {
        found.push(format!("{} ({})", guess.file, guess.kind));
        cover::take(&mut draft, guess, &natives, &mut notes);
    }
    notes.extend(draft.settle().into_iter().map(|(_, said)| said));
    links::link(folder, &mut draft.services);
    apart(&mut draft);
    if folder.cut_short {
        notes.push("the folder is large, and was looked at in part".to_owned());
    }
    draft.notes.insert(
        0,
        "Written by `portolan init`. What it guessed says so; correct it where it is wrong.".to_owned(),
    );
    draft.services.sort_by_key(rank);
    Survey { draft, found, notes, leftovers }
}

/// What the others need stands above them.
fn rank(service: &DraftService) -> usize {
    usize::from(!service.needs.is_empty())
}

fn take_native(draft: &mut Draft, native: &Native, natives: &[Native], notes: &mut Vec<String>) {
    let imported = &native.imported.draft;
    let twice = started_twice(native, natives);
    draft.notes.extend(imported.notes.iter().skip(1).filter(|_| twice.is_empty()).cloned());
    if !twice.is_empty() {
        let (file, names) = (native.file, twice.join(", "));
        notes.push(format!("{file}: left aside, since another file starts what it is built from: {names}"));
        let stays =
            |service: &&DraftService| !twice.contains(&service.name.as_str()) && cover::is_compose(service);
        let staying: Vec<&str> =
            imported.services.iter().filter(stays).map(|service| service.name.as_str()).collect();
        if !staying.is_empty() {
            draft.note(format!("{file} stays: `docker compose` reads it for {}.", staying.join(", ")));
        }
    }
    draft.name = draft.name.take().or_else(|| imported.name.clone());
    for (name, rule) in &imported.rules {
        draft.rules.entry(name.clone()).or_insert_with(|| rule.clone());
    }
    for service in imported.services.iter().filter(|service| !twice.contains(&service.name.as_str())) {
        if draft.service(&service.name).is_some() {
            notes
                .push(format!("{}: `{}` is left aside: another file has it, too", native.file, service.name));
            continue;
        }
        let mut service = service.clone();
        service.about.push(format!("from {}", place(native.file, service.line)));
        draft.services.push(service);
    }
}

/// The containers of a compose file that are built from a folder in which a runner's file starts something: the same
/// program, once more.
fn started_twice<'n>(native: &'n Native, natives: &[Native]) -> Vec<&'n str> {
    let runs = |folder: &String| {
        let runners = natives.iter().filter(|native| native.format != Format::Compose);
        let mut services = runners.flat_map(|native| &native.imported.draft.services);
        services.any(|service| service.directory == *folder)
    };
    let built = native.built_from.iter().filter(|(_, folders)| folders.last().is_some_and(runs));
    built.map(|(name, _)| name.as_str()).collect()
}

fn place(file: &str, line: Option<u32>) -> String {
    line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"))
}

/// Lets no two guesses prefer the same port.
fn apart(draft: &mut Draft) {
    let mut taken = Vec::new();
    for service in &mut draft.services {
        let Some(port) = &mut service.port else { continue };
        let Some(Note::Guessed(reason)) = &mut port.note else {
            taken.push(port.value.prefer);
            continue;
        };
        if port.value.range && taken.contains(&port.value.prefer) {
            // As far apart as the ranges are long, so that none takes another's first.
            let free = (1..40).map(|step| port.value.prefer.get().saturating_add(step * 100));
            let free = free.filter_map(crate::stack::Port::new).find(|port| !taken.contains(port));
            if let Some(free) = free {
                reason
                    .push_str(&format!(", moved from {}, which another service prefers", port.value.prefer));
                port.value.prefer = free;
            }
        }
        taken.push(port.value.prefer);
    }
}
