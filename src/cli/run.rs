//! From arguments to an exit code: the verb is found, parsed and run.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use super::args::{Cli, Global, Verb};
use super::failure::{Failure, say};
use super::{
    check, console, control, demo, doctor, down, env, import, init, logs, open, ports, ps, reload, run_verb,
    schema, up, wait, why,
};

/// Runs the program with these arguments, its own name included.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = with_verb(arguments.into_iter().collect());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // clap prints help and version to standard output with 0, errors to standard error with 2.
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match perform(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// How long what blocks on other threads may still take once a verb is done.
const LAST_ERRANDS: std::time::Duration = std::time::Duration::from_secs(2);

fn perform(cli: Cli) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("failed to start the async runtime: {error}")))?;
    let global = cli.global;
    let done = |result: Result<(), Failure>| result.map(|()| ExitCode::SUCCESS);
    let done_with = runtime.block_on(async {
        match cli.verb {
            Verb::Up(args) => up::up(&global, args).await,
            Verb::Demo(args) => demo::demo(&global, args).await,
            Verb::Attach => console::attach(&global).await,
            Verb::Down => done(down::down(&global).await),
            Verb::Start(args) => done(control::start(&global, args).await),
            Verb::Stop(args) => done(control::stop(&global, args).await),
            Verb::Restart(args) => done(control::restart(&global, args).await),
            Verb::Reassign(args) => done(control::reassign(&global, args).await),
            Verb::Reload(args) => done(reload::reload(&global, args).await),
            Verb::Ps(args) => done(ps::ps(&global, args).await),
            Verb::Logs(args) => done(logs::logs(&global, &args).await),
            Verb::Env(args) => done(env::env(&global, &args).await),
            Verb::Run(args) => run_verb::run(&global, args).await,
            Verb::Ports(args) => done(ports::ports(&global, args)),
            Verb::Wait(args) => done(wait::wait(&global, &args).await),
            Verb::Open(args) => done(open::open(&global, &args).await),
            Verb::Why(args) => done(why::why(&global, &args).await),
            Verb::Check(args) => check::check(&global, args).await,
            Verb::Init(args) => done(init::init(&global, args)),
            Verb::Import(args) => done(import::import(&global, &args)),
            Verb::Doctor(args) => doctor::doctor(&global, &args),
            Verb::Schema => done(schema::schema()),
            Verb::Completions(args) => {
                let mut script = Vec::new();
                clap_complete::generate(args.shell, &mut Cli::command(), "portolan", &mut script);
                done(say(&String::from_utf8_lossy(&script)))
            }
        }
    });
    // Whatever still blocks somewhere (a look at a file system that hangs) must not hold up the end.
    runtime.shutdown_timeout(LAST_ERRANDS);
    done_with
}

/// Puts `up` where no verb is written: `portolan backend` means `portolan up backend`. Verbs win over service names.
/// `-f` is written out as `--file`, except after `logs`, where it means to follow.
fn with_verb(arguments: Vec<OsString>) -> Vec<OsString> {
    let command = Cli::command();
    let is_verb = |word: &OsStr| {
        word == "help" || command.get_subcommands().any(|verb| Some(verb.get_name()) == word.to_str())
    };
    let mut words = arguments.into_iter();
    let mut written: Vec<OsString> = words.next().into_iter().collect();
    let mut first: Option<OsString> = None;
    let mut asks_for_help = false;
    while let Some(word) = words.next() {
        if word == "--" {
            written.push(word);
            written.extend(words);
            break;
        }
        let file = short_file(&word).filter(|_| first.as_deref() != Some(OsStr::new("logs")));
        let word = file.unwrap_or(word);
        asks_for_help |= ["-h", "--help", "-V", "--version"].iter().any(|flag| word == *flag);
        let value = takes_value(&word).then(|| words.next()).flatten();
        if first.is_none() && !word.as_encoded_bytes().starts_with(b"-") {
            first = Some(word.clone());
        }
        written.push(word);
        written.extend(value);
    }
    let verb_written = first.as_deref().is_some_and(is_verb);
    if !(verb_written || asks_for_help && first.is_none()) {
        written.insert(written.len().min(1), "up".into());
    }
    written
}

/// The long form of `-f` and `-fFILE`.
fn short_file(word: &OsStr) -> Option<OsString> {
    match word.to_str()?.strip_prefix("-f")? {
        "" => Some("--file".into()),
        file => Some(format!("--file={file}").into()),
    }
}

/// Whether the flag's value is the next word.
fn takes_value(word: &OsStr) -> bool {
    let known = ["-C", "--directory", "--file", "--stack", "--profile", "--color"];
    word.to_str().is_some_and(|word| known.contains(&word))
}

impl Global {
    /// How to call Portolan for the same stack from the same folder.
    pub(super) fn call(&self) -> String {
        self.stack.as_ref().map_or_else(|| "portolan".to_owned(), |name| format!("portolan --stack {name}"))
    }

    /// The folder in which the verb works: absolute, and there.
    pub(super) fn folder(&self) -> Result<PathBuf, Failure> {
        let folder = self.directory.clone().unwrap_or_else(|| PathBuf::from("."));
        folder.canonicalize().map_err(|error| Failure::wrong(format!("{}: {error}", folder.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> String {
        let arguments = line.split_whitespace().map(OsString::from).collect();
        with_verb(arguments).iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn without_a_verb_up_is_meant() {
        assert_eq!(words("portolan"), "portolan up");
        assert_eq!(words("portolan backend"), "portolan up backend");
        assert_eq!(words("portolan -C x --json"), "portolan up -C x --json");
        assert_eq!(words("portolan -C ps backend"), "portolan up -C ps backend");
        assert_eq!(words("portolan backend --help"), "portolan up backend --help");
        assert_eq!(words("portolan run x -- -f y"), "portolan run x -- -f y");
    }

    #[test]
    fn a_verb_stays_wherever_it_stands() {
        assert_eq!(words("portolan -C x ps"), "portolan -C x ps");
        assert_eq!(words("portolan --stack demo down"), "portolan --stack demo down");
        assert_eq!(words("portolan --help"), "portolan --help");
        assert_eq!(words("portolan up --help"), "portolan up --help");
    }

    #[test]
    fn short_f_is_a_file_except_for_logs() {
        assert_eq!(words("portolan -f a.toml ps"), "portolan --file a.toml ps");
        assert_eq!(words("portolan up -fa.toml"), "portolan up --file=a.toml");
        assert_eq!(words("portolan -f a.toml logs -f"), "portolan --file a.toml logs -f");
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
