//! What may be written after `portolan check`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::args::{UpArgs, duration};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan check                        start everything, prove it, stop it
  portolan check backend                backend and all that it needs
  portolan check --repeat 20            twenty times from nothing; the table sums up
  portolan check --running              prove the stack that is up, and leave it up
  portolan check --junit report.xml     a report for CI, beside the table
  portolan check --json | jq -r '.checks[] | select(.ok == false) | .id'

What is proved:
  SC-001        every service started within its limit and without a restart
  SC-002        required variables and secrets reached every process within 5s
  SC-003        every health endpoint answers 2xx
  SC-004        every port is owned by its service; no conflict
  SC-005        no ValueError, PermissionError or other exception in the logs
  dependencies  every address that a service was given leads to who is meant
  findings      nothing was found to be wrong
  gone          after the stop no process, port, record or lease is left

Exit code: 0 if all of it holds, 1 if not, 2 if the configuration or the call is wrong, 130 after
Ctrl-C, and then nothing lives either. In GitHub Actions what fails becomes an annotation.")]
pub(crate) struct CheckArgs {
    /// Services to check, with all that they need; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(super) services: Vec<String>,
    /// Check the running stack instead of starting it; what comes after the stop is not checked
    #[arg(long, conflicts_with_all = ["repeat", "fail_fast", "set", "verbose", "timeout"])]
    pub(super) running: bool,
    /// So many rounds, each from nothing
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) repeat: u32,
    /// No further round after one that failed
    #[arg(long)]
    pub(super) fail_fast: bool,
    /// How long a round may take until all is up; a service's own start limit counts as well
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub(super) timeout: Duration,
    /// How long the stack has to stay well once all is up, before it is looked at
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub(super) watch: Duration,
    /// Warnings fail, too
    #[arg(long)]
    pub(super) strict: bool,
    /// Set a variable for all services, or for one: SERVICE:NAME=VALUE; may be repeated
    #[arg(long, value_name = "[SERVICE:]NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Print JSON instead of the table
    #[arg(long)]
    pub(super) json: bool,
    /// Write a JUnit report, too
    #[arg(long, value_name = "FILE")]
    pub(super) junit: Option<PathBuf>,
    /// Print annotations for GitHub Actions (on by itself where GITHUB_ACTIONS=true)
    #[arg(long)]
    pub(super) github: bool,
    /// Print what the services say, too
    #[arg(short, long, conflicts_with = "json")]
    pub(super) verbose: bool,
}

impl CheckArgs {
    /// The same as `up` would be told.
    pub(super) fn as_up(&self) -> UpArgs {
        UpArgs {
            services: self.services.clone(),
            plain: true,
            json: false,
            detach: false,
            no_wait: false,
            no_deps: false,
            set: self.set.clone(),
            timestamps: false,
            as_daemon: false,
        }
    }
}
