//! Rust: packages with a program that serves something.

use std::time::Duration;

use crate::draft::service::{DraftCheck, DraftHealth, Said};

use super::code;
use super::folder::{Folder, is_below, join, parent};
use super::guess::{Guess, name};

const FRAMEWORKS: [(&str, &str); 8] = [
    ("axum", "axum"),
    ("actix-web", "Actix"),
    ("rocket", "Rocket"),
    ("warp", "warp"),
    ("poem", "Poem"),
    ("tide", "Tide"),
    ("hyper", "hyper"),
    ("tiny_http", "tiny_http"),
];

/// A first build takes a while.
const FIRST_BUILD: Duration = Duration::from_secs(600);

/// The Rust services.
pub(super) fn find(folder: &Folder, notes: &mut Vec<String>) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for (path, text) in folder.named("Cargo.toml") {
        let Ok(manifest) = text.parse::<toml::Table>() else {
            notes.push(format!("{path} is not TOML, so nothing was made of it"));
            continue;
        };
        guesses.extend(guess(folder, path, &manifest));
    }
    guesses
}

fn guess(folder: &Folder, path: &str, manifest: &toml::Table) -> Option<Guess> {
    let package = manifest.get("package")?.get("name")?.as_str()?;
    let below = parent(path);
    let other = |at: &str| {
        folder.named("Cargo.toml").iter().any(|(other, _)| {
            parent(other) != below && is_below(parent(other), below) && is_below(at, parent(other))
        })
    };
    let files: Vec<(&str, &str)> =
        folder.ending(below, &["rs"]).into_iter().filter(|(at, _)| !other(at)).collect();
    let bins: Vec<String> = bins(folder, below, package, manifest);
    let bin = bins.first()?;
    let depends = |name: &str| manifest.get("dependencies").and_then(|list| list.get(name)).is_some();
    let framework = FRAMEWORKS.iter().find(|(package, _)| depends(package));
    let listens = files.iter().any(|(_, text)| text.contains("TcpListener::bind("));
    let kind = match framework {
        Some((_, kind)) => *kind,
        None if listens => "Rust",
        None => return None,
    };
    let call = if bins.len() > 1 { format!("cargo run --bin {bin}") } else { "cargo run".to_owned() };
    let why = match framework {
        Some((package, _)) => format!("{path} depends on {package} and has a program"),
        None => format!("{path} has a program that listens"),
    };
    let mut guess = Guess::new(below, name(below, package), kind, path, Said::guessed(call, why));
    guess.set_port(
        code::port(&files),
        (kind == "Rocket").then_some((8000, "where Rocket listens by default")),
    );
    if kind == "Rocket"
        && let Some(port) = &mut guess.service.port
    {
        port.value.env = Some("ROCKET_PORT".to_owned());
    }
    guess.set_health(code::health(&files));
    if guess.service.port.is_some() {
        let health = guess.service.health.get_or_insert_with(|| {
            Said::guessed(DraftHealth::new(DraftCheck::Tcp), "no route in its code seems to be for that")
        });
        health.value.start_timeout = Some(FIRST_BUILD);
    }
    Some(guess)
}

fn bins(folder: &Folder, below: &str, package: &str, manifest: &toml::Table) -> Vec<String> {
    let named = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    let mut bins: Vec<String> = named.filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect();
    let has_main = folder.text(&join(below, "src/main.rs")).is_some();
    if has_main && !bins.iter().any(|bin| bin == package) && bins.is_empty() {
        bins.push(package.to_owned());
    }
    bins
}
