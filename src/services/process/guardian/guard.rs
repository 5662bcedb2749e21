//! The guardian's own life: listen, then go or sweep. Only the standard library, to stay small in memory.

use std::collections::BTreeSet;
use std::io;

use super::message::Message;
use super::sweep;
use crate::services::process::ProcessRef;

/// What the launcher told of its run.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// The run's identifier.
    pub(super) run_id: Option<String>,
    /// The leaders that were started and whose trees have not ended.
    pub(super) leaders: BTreeSet<ProcessRef>,
}

impl Watched {
    /// Takes note of `message`; `false` when there is nothing more to watch.
    fn note(&mut self, message: Message) -> bool {
        match message {
            Message::Run(run_id) => self.run_id = Some(run_id),
            Message::Leader(leader) => drop(self.leaders.insert(leader)),
            Message::Gone(leader) => drop(self.leaders.remove(&leader)),
            Message::Done => return false,
        }
        true
    }
}

pub(super) fn run() {
    #[cfg(target_os = "linux")]
    // Only a name: if it is refused, the guardian works under the old one.
    let _ = rustix::thread::set_name(c"harbour-guard");
    let mut watched = Watched::default();
    for line in io::stdin().lines() {
        // A pipe fails to read only if it is none, and then nobody is at the other end either.
        let Ok(line) = line else { break };
        // What cannot be read was torn off by the launcher's death or said by no launcher.
        if let Some(message) = Message::read(&line)
            && !watched.note(message)
        {
            return;
        }
    }
    sweep::end_everything(&watched);
}
