//! What may be written after `portolan doctor`.

use clap::Args;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan doctor                       what is wrong, with file and line
  portolan doctor --fix                 mend what is safe, after showing a diff
  portolan doctor --fix missing-module  only findings of that rule
  portolan doctor --fix missing-module dotenv
                                        only that one
  portolan doctor --json | jq '.findings[].place'

Nothing is started. Exit code: 0 without errors (warnings may be there), 1 with some, 2 if portolan.toml or the
call is wrong. With a rule after --fix only what is left of that rule counts.")]
pub(in crate::cli) struct DoctorArgs {
    /// Mend what is safe: all, those of one rule, or one of those
    #[arg(long, num_args = 0..=2, value_names = ["RULE", "SUBJECT"], conflicts_with = "json")]
    pub(super) fix: Option<Vec<String>>,
    /// Do not ask before writing
    #[arg(short, long, requires = "fix")]
    pub(super) yes: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}
