//! A service that a folder seems to have, with what led to it.

use crate::draft::service::{DraftCheck, DraftCommand, DraftHealth, DraftPort, DraftService, Said};
use crate::stack::Port;

use super::code::{PathInCode, PortInCode};

/// One guess.
pub(super) struct Guess {
    pub(super) service: DraftService,
    /// What it is, for people: `Vite`, `FastAPI`.
    pub(super) kind: &'static str,
    /// The file that says so.
    pub(super) file: String,
    /// Words, one behind the other, by which a command shows that it starts this.
    pub(super) signs: Vec<Vec<String>>,
    /// What is told beside it: what has to be done before it can start, what it leaves aside.
    pub(super) hints: Vec<String>,
}

impl Guess {
    pub(super) fn new(
        folder: &str,
        name: &str,
        kind: &'static str,
        file: impl Into<String>,
        command: Said<String>,
    ) -> Self {
        let Said { value, note } = command;
        let mut service = DraftService::new(name, Said { value: DraftCommand::Text(value), note });
        service.directory = folder.to_owned();
        Self { service, kind, file: file.into(), signs: Vec::new(), hints: Vec::new() }
    }

    /// A command with these words starts it.
    pub(super) fn sign(&mut self, words: &str) {
        self.signs.push(words.split_whitespace().map(str::to_owned).collect());
    }

    pub(super) fn folder(&self) -> &str {
        &self.service.directory
    }

    /// The port that its code takes, else `default`, which is its framework's.
    pub(super) fn set_port(&mut self, found: Option<PortInCode>, default: Option<(u16, &str)>) {
        let default = default.and_then(|(port, why)| Some((Port::new(port)?, why.to_owned())));
        let (port, reason, variable, fixed) = match (found, default) {
            (Some(PortInCode { port: Some(port), variable: Some(variable), place }), _) => {
                (port, format!("{place} reads {variable}, else takes {port}"), Some(variable), false)
            }
            (Some(PortInCode { port: Some(port), variable: None, place }), _) => {
                (port, format!("{place} takes {port} and reads no variable for it"), None, true)
            }
            (Some(PortInCode { port: None, variable, place }), Some((port, why))) => {
                let name = variable.clone().unwrap_or_default();
                (port, format!("{place} reads {name}; {why}"), variable, false)
            }
            (None, Some((port, why))) => (port, why, None, false),
            (_, None) => return,
        };
        let env = variable.filter(|name| name != "PORT");
        self.service.port =
            Some(Said::guessed(DraftPort { prefer: port, range: !fixed, env, fixed }, reason));
    }

    /// The port that its code takes; `usual` where it reads a variable and has no other port without it.
    pub(super) fn set_own_port(&mut self, found: Option<PortInCode>, usual: u16) {
        let reads = found.as_ref().is_some_and(|found| found.variable.is_some());
        self.set_port(found, reads.then_some((usual, "no other port is named there")));
    }

    /// The port of a server that is told it on its command line.
    pub(super) fn set_told_port(&mut self, port: u16, reason: impl Into<String>) {
        if let Some(port) = Port::new(port) {
            let wish = DraftPort { range: true, ..DraftPort::prefer(port) };
            self.service.port = Some(Said::guessed(wish, reason));
        }
    }

    /// The port of a server that takes no other.
    pub(super) fn set_fixed_port(&mut self, port: u16, reason: impl Into<String>) {
        if let Some(port) = Port::new(port) {
            let wish = DraftPort { fixed: true, ..DraftPort::prefer(port) };
            self.service.port = Some(Said::guessed(wish, reason));
        }
    }

    pub(super) fn set_health(&mut self, found: Option<PathInCode>) {
        if let Some(PathInCode { path, place }) = found.filter(|_| self.service.port.is_some()) {
            let health = DraftHealth::new(DraftCheck::Http(path));
            self.service.health = Some(Said::guessed(health, format!("a route in {place}")));
        }
    }
}

/// What a service in `folder` is called: as its folder, or as `own` at the top.
pub(super) fn name<'n>(folder: &'n str, own: &'n str) -> &'n str {
    match folder.rsplit('/').next() {
        Some(last) if !last.is_empty() => match (last, folder.rsplit('/').nth(1)) {
            // Nobody calls a service `src`.
            ("src" | "app", Some(above)) => above,
            (last, _) => last,
        },
        _ => own,
    }
}
