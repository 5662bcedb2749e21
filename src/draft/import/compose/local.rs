//! A service whose command runs here, in the folder that its image would be built from.

use crate::draft::addresses::{Reachable, linked_hosts};
use crate::draft::commands;
use crate::draft::import::error::ImportError;
use crate::draft::import::keys::{Entry, Keys, duration};
use crate::draft::import::leftover::{Fate, Leftovers};
use crate::draft::import::variables;
use crate::draft::service::{DraftCommand, DraftPort, DraftRestart, DraftService, DraftStop, Note, Said};
use crate::draft::stack::Draft;
use crate::stack::{Port, RestartPolicy, StopSignal};

use super::shape::Shape;
use super::{health, need};

pub(super) fn service(
    shape: &Shape<'_>,
    all: &[Shape<'_>],
    draft: &mut Draft,
    leftovers: &mut Leftovers,
) -> Result<DraftService, ImportError> {
    let (folder, command) = shape.here.clone().unwrap_or((String::new(), DraftCommand::Text(String::new())));
    let reason = "its command runs the code of the folder that its image is built from";
    let mut service = DraftService::new(shape.name, Said::guessed(command, reason));
    service.line = Some(shape.entry.line);
    service.directory = folder;
    let mut keys = Keys::of(shape.entry.node, &shape.entry.key)?;
    let _ = (keys.take("command"), keys.take("image"), keys.take("container_name"));
    if let Some(build) = keys.take("build") {
        for (key, _) in build.node.map().unwrap_or_default().iter().filter(|(key, _)| key.name != "context") {
            leftovers.lost(
                format!("{}.{}", build.key, key.name),
                key.line,
                "it runs here, and no image is built",
            );
        }
    }
    if let Some(entry) = keys.take("environment") {
        service.env = variables::environment(&entry, draft, leftovers);
        for variable in &mut service.env {
            if let Some((value, _)) = linked_hosts(&variable.value.value, &hosts(shape, all)) {
                variable.value = Said::remarked(value, "was an address in the network of the containers");
            }
        }
    }
    if let Some(entry) = keys.take("env_file") {
        env_files(&entry, &mut service, leftovers);
    }
    if let Some(entry) = keys.take("ports") {
        port(shape, &entry, &mut service, leftovers);
    }
    if let Some(entry) = keys.take("healthcheck") {
        health::read(&entry, shape, &mut service, leftovers, |_, _| None)?;
    }
    if let Some(entry) = keys.take("depends_on") {
        need::read(&entry, &mut service, leftovers)?;
    }
    if let Some(entry) = keys.take("profiles") {
        service.profiles = profiles(&entry);
    }
    let restart = keys.text("restart", leftovers).map_or("no", |(word, _)| word);
    service.restart = Some(Said::plainly(self::restart(restart)));
    stop(&mut keys, &mut service, leftovers);
    if let Some((true, _)) = keys.flag("tty", leftovers) {
        service.tty = true;
    }
    keys.rest(leftovers, |name| match name {
        name if name.starts_with("x-") => {
            (Fate::Kept, "an extension, which compose itself ignores".to_owned())
        }
        _ => (Fate::Lost, "about a container, and it runs here without one".to_owned()),
    });
    Ok(service)
}

/// The other services by the names that they have in the network of the containers.
fn hosts(own: &Shape<'_>, all: &[Shape<'_>]) -> Vec<(String, Port, Reachable)> {
    let mut hosts = Vec::new();
    // What a profile leaves out has no address.
    let others =
        all.iter().filter(|shape| shape.name != own.name && shape.entry.node.get("profiles").is_none());
    for shape in others {
        // The first port that is published is the one that the service has here.
        if let Some(port) = shape.port() {
            let prefer = port.watched().unwrap_or(port.container);
            let reachable = Reachable { name: shape.called.as_str().to_owned(), port: prefer, has_url: true };
            hosts.push((shape.name.to_owned(), port.container, reachable));
        }
    }
    hosts
}

fn env_files(entry: &Entry<'_>, service: &mut DraftService, leftovers: &mut Leftovers) {
    for item in entry.node.items() {
        let path = item.text().or_else(|| item.get("path").and_then(|path| path.text()));
        match path.filter(|path| !path.contains('$')) {
            Some(path) => service.env_files.push(path.strip_prefix("./").unwrap_or(path).to_owned()),
            None => leftovers.lost(&*entry.key, item.line, "this env file cannot be named in portolan.toml"),
        }
    }
}

fn port(shape: &Shape<'_>, entry: &Entry<'_>, service: &mut DraftService, leftovers: &mut Leftovers) {
    let Some(first) = shape.port().or(shape.published.first()) else {
        leftovers.lost(&*entry.key, entry.line, "no TCP port that could be read");
        return;
    };
    let mut told = commands::tell_port(service, first.container);
    if let Some((_, words)) = commands::unsaid_port(&service.command.value).filter(|_| !told) {
        commands::add_words(&mut service.command.value, words);
        told = true;
    }
    service.port = Some(match first.watched() {
        Some(host) if told => Said::plainly(DraftPort::prefer(host)),
        _ => Said {
            value: DraftPort::prefer(first.container),
            note: Some(Note::Guessed("where it listened inside the container".to_owned())),
        },
    });
    for port in shape.published.iter().filter(|port| *port != first) {
        leftovers.lost(&*entry.key, port.line, "a service has one port here, and another one was taken");
    }
}

pub(super) fn profiles(entry: &Entry<'_>) -> Vec<Said<String>> {
    let names = entry.node.items().iter().filter_map(|item| item.text());
    names
        .map(|name| name.replace(char::is_control, ""))
        .filter(|name| !name.trim().is_empty())
        .map(Said::plainly)
        .collect()
}

fn restart(word: &str) -> DraftRestart {
    let plain = |policy| DraftRestart { policy, max: None, backoff: None };
    match word.split_once(':') {
        Some(("on-failure", max)) => {
            let max = max.parse().ok().map(|max: u32| Some(max.min(1_000_000)));
            DraftRestart { max, ..plain(RestartPolicy::OnFailure) }
        }
        None if word == "on-failure" => plain(RestartPolicy::OnFailure),
        None if matches!(word, "always" | "unless-stopped") => plain(RestartPolicy::Always),
        _ => plain(RestartPolicy::No),
    }
}

fn stop(keys: &mut Keys<'_>, service: &mut DraftService, leftovers: &mut Leftovers) {
    let signal = keys.text("stop_signal", leftovers);
    let grace = keys.text("stop_grace_period", leftovers).and_then(|(text, _)| duration(text));
    let known = |word: &str| match word.trim_start_matches("SIG") {
        "TERM" => Some(StopSignal::Term),
        "INT" => Some(StopSignal::Int),
        "QUIT" => Some(StopSignal::Quit),
        "HUP" => Some(StopSignal::Hup),
        "USR1" => Some(StopSignal::Usr1),
        "USR2" => Some(StopSignal::Usr2),
        "KILL" => Some(StopSignal::Kill),
        _ => None,
    };
    let read = signal.as_ref().and_then(|(word, _)| known(word));
    if let (None, Some((_, at))) = (read, signal) {
        leftovers.lost(at.key, at.line, "Portolan stops with TERM, INT, QUIT, HUP, USR1, USR2 or KILL");
    }
    if read.is_some() || grace.is_some() {
        service.stop = Some(Said::plainly(DraftStop { signal: read, grace }));
    }
}
