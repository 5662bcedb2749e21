//! The whole file: which services stay in containers, and what is said beside the services.

use std::collections::{BTreeMap, BTreeSet};

use crate::draft::import::error::ImportError;
use crate::draft::import::finish;
use crate::draft::import::keys::{Entry, Keys};
use crate::draft::import::leftover::{Fate, Leftovers};
use crate::draft::import::read::joined;
use crate::draft::import::yaml;
use crate::draft::names;
use crate::draft::service::Said;
use crate::draft::stack::Draft;

use super::contained::Contained;
use super::local;
use super::shape::Shape;

/// The names that `docker compose` looks for by itself.
const OWN_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

pub(in crate::draft::import) fn read(
    text: &str,
    file_name: &str,
    leftovers: &mut Leftovers,
) -> Result<Draft, ImportError> {
    let root = yaml::parse(text)?;
    let mut draft = Draft::default();
    let mut keys = Keys::of(&root, "")?;
    let _ = keys.take("version");
    if let Some((name, _)) =
        keys.text("name", leftovers).filter(|(name, _)| !name.contains('$') && !name.trim().is_empty())
    {
        draft.name = Some(Said::plainly(name.replace(char::is_control, " ")));
    }
    let services = keys.take("services");
    let Some(services) = services else {
        return Err(ImportError::Nothing("there is no key `services`".to_owned()));
    };
    let Some(entries) = services.node.map() else {
        return Err(ImportError::at(services.line, "`services` has to be a map of services"));
    };
    let mut shapes = Vec::new();
    let names = names::fitting_each(entries.iter().map(|(key, _)| key.name.as_str()));
    for ((key, node), name) in entries.iter().zip(names) {
        let entry = Entry { key: format!("services.{}", key.name), line: key.line, node };
        Keys::of(node, &entry.key)?;
        shapes.push(Shape::of(&key.name, name, entry));
    }
    let here = run_here(&shapes);
    let awaited = awaited(&shapes);
    let file = (!OWN_NAMES.contains(&file_name)).then(|| file_name.to_owned());
    for shape in &shapes {
        let service = if here.contains(shape.name) {
            local::service(shape, &shapes, &mut draft, leftovers)?
        } else {
            let contained = Contained { file: file.as_deref(), awaited: awaited.contains(shape.name) };
            contained.service(shape, &mut draft, leftovers)?
        };
        draft.services.push(service);
    }
    if draft.services.is_empty() {
        return Err(ImportError::Nothing("`services` is empty".to_owned()));
    }
    let contained: Vec<&str> =
        shapes.iter().map(|shape| shape.name).filter(|name| !here.contains(name)).collect();
    if !contained.is_empty() {
        draft.note(format!("{file_name} stays: `docker compose` reads it for {}.", contained.join(", ")));
    }
    keys.rest(leftovers, |name| match (name, contained.is_empty()) {
        (name, _) if name.starts_with("x-") => {
            (Fate::Kept, "an extension, which compose itself ignores".to_owned())
        }
        (_, false) => (Fate::Kept, format!("`docker compose` reads it from {file_name}")),
        (_, true) => (Fate::Lost, "nothing runs in a container any more".to_owned()),
    });
    finish::ports(&mut draft);
    Ok(draft)
}

/// The folders that each service's image is built from, as far as they are of this machine: its context, and where its
/// Dockerfile lies, which tells more where all are built from the top.
pub(in crate::draft) fn contexts(text: &str) -> BTreeMap<String, Vec<String>> {
    let Ok(root) = yaml::parse(text) else { return BTreeMap::new() };
    let services = root.get("services").and_then(yaml::Node::map).unwrap_or_default();
    let context = |(key, node): &(yaml::Key, yaml::Node)| {
        let build = node.get("build")?;
        let context = build.text().or_else(|| build.get("context").and_then(yaml::Node::text))?;
        let file = build.get("dockerfile").and_then(yaml::Node::text);
        let below = file.and_then(|file| file.rsplit_once('/')).map(|(below, _)| joined(context, below));
        Some((key.name.clone(), std::iter::once(joined(context, "")).chain(below).collect()))
    };
    services.iter().filter_map(context).collect()
}

/// The services whose commands run here: they reach all that they mention, and nothing in a container asks for them,
/// which could not find them outside.
fn run_here<'n>(shapes: &[Shape<'n>]) -> BTreeSet<&'n str> {
    let mut here: BTreeSet<&str> = shapes
        .iter()
        .filter(|shape| shape.here.is_some())
        .filter(|shape| {
            shapes
                .iter()
                .all(|other| other.name == shape.name || other.here.is_some() || shape.reaches(other))
        })
        .map(|shape| shape.name)
        .collect();
    loop {
        let before = here.len();
        let contained: Vec<&Shape<'_>> = shapes.iter().filter(|shape| !here.contains(shape.name)).collect();
        here.retain(|name| {
            let asked_for = |other: &&Shape<'_>| other.needs.contains(name) || other.mentions(name);
            let unreachable = |shape: &Shape<'_>| contained.iter().any(|other| !shape.reaches(other));
            !contained.iter().any(asked_for)
                && !shapes.iter().any(|shape| shape.name == *name && unreachable(shape))
        });
        if here.len() == before {
            return here;
        }
    }
}

/// The services of which others wait for the end.
fn awaited<'n>(shapes: &[Shape<'n>]) -> BTreeSet<&'n str> {
    let mut awaited = BTreeSet::new();
    for shape in shapes {
        for (key, node) in shape.entry.node.get("depends_on").and_then(yaml::Node::map).unwrap_or_default() {
            if node.get("condition").and_then(yaml::Node::text) == Some("service_completed_successfully") {
                awaited.insert(key.name.as_str());
            }
        }
    }
    awaited
}
