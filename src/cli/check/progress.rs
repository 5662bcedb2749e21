//! Where a round has come to, in one line on a terminal that is written over; nothing elsewhere.

use std::io::{IsTerminal, Write};

use crate::stack::{ServiceName, StackSnapshot};

/// Says where a check has come to.
pub(super) struct Progress {
    /// What every line begins with; `None` where nobody watches.
    head: Option<String>,
    rounds: u32,
    last: String,
}

impl Progress {
    /// On standard error if that is a terminal and nothing else is written meanwhile.
    pub(super) fn new(rounds: u32, quiet: bool) -> Self {
        let watched = !quiet && std::io::stderr().is_terminal();
        Self { head: watched.then(String::new), rounds, last: String::new() }
    }

    /// A round begins.
    pub(super) fn round(&mut self, number: u32) {
        if let Some(head) = &mut self.head {
            *head =
                if self.rounds > 1 { format!("round {number} of {}: ", self.rounds) } else { String::new() };
        }
        self.say("starting");
    }

    /// How many of the services are up.
    pub(super) fn show(&mut self, snapshot: &StackSnapshot, chosen: &[ServiceName]) {
        if self.head.is_none() {
            return;
        }
        let services = || snapshot.services.iter().filter(|service| chosen.contains(&service.name));
        let up = services().filter(|service| service.is_well()).count();
        let waits: Vec<&str> = services()
            .filter(|service| !service.is_well())
            .map(|service| service.name.as_str())
            .take(3)
            .collect();
        let waits =
            if waits.is_empty() { String::new() } else { format!(", waiting for {}", waits.join(", ")) };
        self.say(&format!("{up} of {} up{waits}", services().count()));
    }

    /// What goes on now.
    pub(super) fn say(&mut self, what: &str) {
        let Some(head) = &self.head else { return };
        let line: String = format!("{head}{what}").chars().take(79).collect();
        if line != self.last {
            // A terminal that takes no more is nobody's loss.
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{line}");
            self.last = line;
        }
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        if self.head.is_some() && !self.last.is_empty() {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
            self.last.clear();
        }
    }
}
