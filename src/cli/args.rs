//! What may be written on the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::config::parse_duration;
use crate::stack::{Port, ServiceName};

use super::check::CheckArgs;
use super::colour::ColorChoice;
use super::doctor::DoctorArgs;
use super::import::ImportArgs;
use super::init::InitArgs;

#[derive(Debug, Parser)]
#[command(
    name = "portolan",
    version,
    about = "Starts a whole local stack in the right order, on ports that are really free, and tells every service where the others are.",
    after_help = "\
Examples:
  portolan                      start everything in portolan.toml and open the console
  portolan up backend           start backend and all that it needs
  portolan up --detach          start in the background; return when all is healthy
  portolan ps                   what runs, where, and how it is
  portolan logs -f backend      follow one service's output
  portolan why frontend         why is it not up?
  portolan env backend --explain
                                what it gets, and where each value comes from
  portolan init                 write a portolan.toml of what this folder shows
  portolan demo                 a small stack to try all this with, from any folder

Without a verb, `up` is meant. `portolan VERB --help` says more about each."
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// Flags that stand before or after the verb.
#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub(super) directory: Option<PathBuf>,
    /// Merge FILE over portolan.toml; may be repeated (short: -f, but `logs -f` follows)
    #[arg(long = "file", value_name = "FILE", global = true)]
    pub(super) files: Vec<PathBuf>,
    /// Speak to the running stack of this name, from any folder
    #[arg(long, value_name = "NAME", global = true)]
    pub(super) stack: Option<String>,
    /// Select the services of a profile too; may be repeated
    #[arg(long = "profile", value_name = "NAME", global = true)]
    pub(super) profiles: Vec<String>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub(super) color: ColorChoice,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Start the stack, or some services and all that they need
    Up(UpArgs),
    /// Start a small stack that Portolan brings along, to try things with
    Demo(DemoArgs),
    /// Open the console on the running stack; leaving it leaves the stack running
    Attach,
    /// Stop the running stack, in reverse order
    Down,
    /// Start services of the running stack, and what they need
    Start(StartArgs),
    /// Stop services of the running stack
    Stop(ServicesArgs),
    /// Restart services of the running stack
    Restart(RestartArgs),
    /// Move a service to another port and restart whoever has its address
    Reassign(ReassignArgs),
    /// Read portolan.toml and the env files again; restart what changed
    Reload(JsonArgs),
    /// Show the services: state, port, health
    Ps(TableArgs),
    /// Print what services said, now or in an earlier run
    Logs(LogsArgs),
    /// Print the environment that a service gets
    Env(EnvArgs),
    /// Run a command in the environment of a service
    Run(RunArgs),
    /// Show who holds which port on this machine, or with --stack what one stack holds
    Ports(TableArgs),
    /// Wait until services are healthy
    Wait(WaitArgs),
    /// Open a service's URL in the browser
    Open(OpenArgs),
    /// Say what is wrong, or why a service is not up; with --apply, mend it
    Why(WhyArgs),
    /// Start the stack, prove that it works, and stop it: for CI
    Check(CheckArgs),
    /// Write a portolan.toml of what this folder shows
    Init(InitArgs),
    /// Make a portolan.toml of another tool's file: process-compose, Procfile, compose, mprocs
    Import(ImportArgs),
    /// Say what is wrong with the project, without starting anything; --fix mends what is safe
    Doctor(DoctorArgs),
    /// Print the JSON Schema of portolan.toml
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan up                       everything
  portolan up backend               backend and all that it needs
  portolan up backend --no-deps     backend alone
  portolan up --detach && portolan ps
  portolan up --json | jq .type     events instead of lines
  portolan up --set backend:LOG_LEVEL=debug

Ctrl-C stops in reverse order; a second one kills. Exit code: 0 if all ended well, 1 if a service failed,
2 if the configuration is wrong, 130 after Ctrl-C.")]
pub(super) struct UpArgs {
    /// Services to start, with all that they need; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(super) services: Vec<String>,
    /// Print prefixed lines, also on a terminal
    #[arg(long)]
    pub(super) plain: bool,
    /// Print events as JSON, one a line, instead of the services' output
    #[arg(long, conflicts_with = "detach")]
    pub(super) json: bool,
    /// Start in the background and return once all are healthy or one failed
    #[arg(short, long)]
    pub(super) detach: bool,
    /// With --detach: return at once
    #[arg(long, requires = "detach")]
    pub(super) no_wait: bool,
    /// Start only the services named
    #[arg(long, requires = "services")]
    pub(super) no_deps: bool,
    /// Set a variable for all services, or for one: SERVICE:NAME=VALUE; may be repeated
    #[arg(long, value_name = "[SERVICE:]NAME=VALUE")]
    pub(super) set: Vec<String>,
    /// Show the time of each line
    #[arg(short, long)]
    pub(super) timestamps: bool,
    /// This process is the daemon
    #[arg(long, hide = true)]
    pub(super) as_daemon: bool,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan demo                        accounts, tasks, a page for both and a worker, in the console
  portolan demo --detach               in the background; returns when all is healthy
  portolan demo --plain                lines instead of the console
  portolan --stack demo reassign backend
                                       any verb reaches it, from any folder
  portolan --stack demo down

It needs nothing installed and writes nothing into the current folder: what it keeps lies in
Portolan's own state. A second one that runs at the same time is called demo-2. Of the shell's
variables its services get those of the session alone, so no DATABASE_URL; --set gives others.")]
pub(super) struct DemoArgs {
    #[command(flatten)]
    pub(super) up: UpArgs,
    /// The only slot to take
    #[arg(long, hide = true)]
    pub(super) slot: Option<u32>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ServicesArgs {
    /// Services
    #[arg(value_name = "SERVICE", required = true)]
    pub(super) services: Vec<String>,
    /// Return when it was taken on, not when it is done
    #[arg(long)]
    pub(super) no_wait: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct StartArgs {
    /// Services
    #[arg(value_name = "SERVICE", required = true)]
    pub(super) services: Vec<String>,
    /// Without what they need
    #[arg(long)]
    pub(super) no_deps: bool,
    /// Return when it was taken on, not when it is done
    #[arg(long)]
    pub(super) no_wait: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct RestartArgs {
    /// Services
    #[arg(value_name = "SERVICE", required = true)]
    pub(super) services: Vec<String>,
    /// Also everything that needs them, directly or not
    #[arg(long)]
    pub(super) with_dependents: bool,
    /// Return when it was taken on, not when it is done
    #[arg(long)]
    pub(super) no_wait: bool,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan reassign backend              the next free port of its range
  portolan reassign backend --to 8005    this one

The services that have its address in their environment restart, in order; the others do not.")]
pub(super) struct ReassignArgs {
    /// The service
    pub(super) service: String,
    /// The port; the next free one without it
    #[arg(long, value_name = "PORT")]
    pub(super) to: Option<Port>,
    /// Return when it was taken on, not when it is done
    #[arg(long)]
    pub(super) no_wait: bool,
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct TableArgs {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Cut nothing to the width of the terminal
    #[arg(long)]
    pub(super) wide: bool,
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan logs -f                     follow all services
  portolan logs -n 50 backend auth     the last 50 lines of two
  portolan logs --since 5m --grep timeout
  portolan logs --grep '/E[A-Z]+/'     a regular expression between slashes
  portolan logs --grep 'level:warn -health status>=500|timeout'
  portolan logs --level error --json
  portolan logs --run -1               the run before the last

Filters:
  word \"two words\"     text; without a capital letter in any case
  /re/  re:...         regular expression
  -word  !word         not
  a b  a|b  ( )        and (binds tighter), or, group
  svc:api,worker  level:warn  stream:err  run:last  since:5m
  status>=500  user.id=7  path~^/api    fields of JSON and logfmt lines")]
pub(super) struct LogsArgs {
    /// Services; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(super) services: Vec<String>,
    /// Go on with what comes
    #[arg(short, long)]
    pub(super) follow: bool,
    /// Only the last N lines
    #[arg(short = 'n', long, value_name = "N")]
    pub(super) lines: Option<u64>,
    /// Only lines since then: a duration (5m) or a time (2026-11-20T04:22:00Z)
    #[arg(long, value_name = "WHEN")]
    pub(super) since: Option<String>,
    /// Only lines that this filter takes: text (lower case matches any case), /regular expression/ and more, see below
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub(super) grep: Option<String>,
    /// Only lines of this level or above: trace, debug, info, warn, error
    #[arg(long, value_name = "LEVEL")]
    pub(super) level: Option<String>,
    /// Print JSON, one object a line
    #[arg(long)]
    pub(super) json: bool,
    /// Which run: 0 is the last, -1 the one before
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub(super) run: i64,
    /// Show the time of each line
    #[arg(short, long)]
    pub(super) timestamps: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct EnvArgs {
    /// The service
    pub(super) service: String,
    /// Show secrets
    #[arg(long)]
    pub(super) reveal: bool,
    /// Add where each value comes from and what it hid
    #[arg(long)]
    pub(super) explain: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan run backend -- python -m alembic upgrade head
  portolan run backend -- sh -c 'echo $AUTH_SERVICE_URL'
  portolan run --there web -- npm install

The command runs in the current folder, or with --there in the service's, and gets the environment
that the service has now.")]
pub(super) struct RunArgs {
    /// The service
    pub(super) service: String,
    /// Run it in the service's directory
    #[arg(long)]
    pub(super) there: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(super) command: Vec<OsString>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct WaitArgs {
    /// Services; all when none is named
    #[arg(value_name = "SERVICE")]
    pub(super) services: Vec<String>,
    /// How long: a bare number is seconds
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(super) timeout: Duration,
}

#[derive(Clone, Debug, Args)]
pub(super) struct OpenArgs {
    /// The service
    pub(super) service: String,
    /// Only print the URL
    #[arg(long)]
    pub(super) print: bool,
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan why                     everything that is wrong with the stack
  portolan why backend             why is it not up?
  portolan why backend --apply     do what the first finding suggests, after asking
  portolan why backend --apply port-moved --yes
                                   that of one rule, without asking

Exit code: 0 if all was said or done, 1 if there is nothing to apply or it failed, 2 if nobody could be asked.")]
pub(super) struct WhyArgs {
    /// The service; the whole stack without it
    pub(super) service: Option<String>,
    /// Do what the first finding suggests, or that of RULE
    #[arg(long, value_name = "RULE", num_args = 0..=1, conflicts_with = "json")]
    pub(super) apply: Option<Option<String>>,
    /// Do not ask first
    #[arg(short, long, requires = "apply")]
    pub(super) yes: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Copy, Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: Shell,
}

/// Reads a duration as portolan.toml has it.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

/// Checks names as written; the stack itself says which exist.
pub(super) fn names(texts: &[String]) -> Result<Vec<ServiceName>, super::failure::Failure> {
    let parse = |text: &String| {
        ServiceName::new(text).map_err(|error| super::failure::Failure::wrong(format!("{text:?}: {error}")))
    };
    texts.iter().map(parse).collect()
}

/// Checks one name as written.
pub(super) fn name(text: &str) -> Result<ServiceName, super::failure::Failure> {
    ServiceName::new(text).map_err(|error| super::failure::Failure::wrong(format!("{text:?}: {error}")))
}
