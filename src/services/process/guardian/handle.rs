//! The launcher's side of the guardian: start it, keep it told, replace it, dismiss it.

use std::collections::BTreeSet;
use std::io::{self, PipeWriter, Write};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::NAME;
use super::message::Message;
use crate::services::process::ProcessRef;
use crate::services::process::launcher::{Claim, Launcher};
use crate::services::process::preexec::{self, Role};
use crate::stack::RunId;

/// How long a dismissed guardian may take to end, which is no more than an exit.
const PATIENCE: Duration = Duration::from_secs(1);

/// The launcher's guardian. Start it before the first child.
///
/// Dropping it without [`dismiss`](Self::dismiss) looks like the launcher's death: it ends everything of the run.
#[derive(Debug)]
pub struct Guardian {
    launcher: Launcher,
    run_id: RunId,
    leaders: BTreeSet<ProcessRef>,
    process: Child,
    pipe: PipeWriter,
    claim: Claim,
}

impl Guardian {
    /// Starts the guardian of a run. Needs a tokio runtime, and a `main` that asks
    /// [`is_guardian`](super::is_guardian).
    pub fn start(launcher: &Launcher, run_id: &RunId) -> io::Result<Self> {
        let (process, pipe, claim) = start(launcher)?;
        let mut guardian = Self {
            launcher: launcher.clone(),
            run_id: run_id.clone(),
            leaders: BTreeSet::new(),
            process,
            pipe,
            claim,
        };
        guardian.retell();
        Ok(guardian)
    }

    /// Its process id; `None` where there is no such process.
    pub fn pid(&self) -> Option<u32> {
        Some(self.claim.pid())
    }

    /// Tells it of a leader that was started.
    pub fn watch(&mut self, leader: ProcessRef) {
        self.leaders.insert(leader);
        self.tell(&Message::Leader(leader));
    }

    /// Tells it that a leader and all of its tree have ended.
    pub fn forget(&mut self, leader: ProcessRef) {
        self.leaders.remove(&leader);
        self.tell(&Message::Gone(leader));
    }

    /// Waits until it dies, which it never should: then call [`replace`](Self::replace). Dropping the future loses
    /// nothing.
    pub async fn died(&mut self) {
        // An error means that somebody else has waited for it: it is dead all the same.
        let _ = self.process.wait().await;
    }

    /// Starts another in its place and tells it of every leader. The old one, if it lives, is told to go.
    pub fn replace(&mut self) -> io::Result<()> {
        let (process, pipe, claim) = start(&self.launcher)?;
        self.tell(&Message::Done);
        (self.process, self.pipe, self.claim) = (process, pipe, claim);
        self.retell();
        Ok(())
    }

    /// Tells it that all is done and waits until it is gone.
    pub async fn dismiss(mut self) {
        self.tell(&Message::Done);
        if tokio::time::timeout(PATIENCE, self.died()).await.is_err() {
            // It was stopped (SIGSTOP), or could not be told: nothing is left that it could guard.
            let _ = self.process.kill().await;
        }
    }

    fn retell(&mut self) {
        self.tell(&Message::Run(self.run_id.to_string()));
        for leader in self.leaders.clone() {
            self.tell(&Message::Leader(leader));
        }
    }

    fn tell(&mut self, message: &Message) {
        // A write fails only when the guardian is dead or stopped. Its successor will be told everything.
        let _ = self.pipe.write_all(format!("{message}\n").as_bytes());
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
fn start(launcher: &Launcher) -> io::Result<(Child, PipeWriter, Claim)> {
    let (theirs, ours) = io::pipe()?;
    // A stopped guardian must not stop the launcher too.
    rustix::io::ioctl_fionbio(&ours, true)?;
    // On Linux, this names the program that runs even after its file was replaced by an update.
    let program = if cfg!(target_os = "linux") { "/proc/self/exe".into() } else { std::env::current_exe()? };
    let mut command = Command::new(program);
    command.arg0(NAME).current_dir("/").env_clear();
    command.stdin(theirs).stdout(Stdio::null()).stderr(Stdio::null());
    preexec::install(command.as_std_mut(), Role::Guardian);
    let (process, claim) = launcher.claims().started(|| {
        let child = command.spawn()?;
        let pid = child.id().expect("nobody has waited for it yet");
        io::Result::Ok((child, pid))
    })?;
    Ok((process, ours, claim))
}
