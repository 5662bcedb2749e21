//! One service: what its table says, as a [`ServiceSpec`].

use std::path::Path;
use std::time::Duration;

use crate::stack::{
    CommandLine, EmbeddedKind, EnvEntry, Need, RestartPolicy, RestartSpec, Runs, ServiceName, ServiceSpec,
    StopSpec, Until,
};

use super::problem::Problem;
use super::tree::{Entry, Node, Table, Value};
use super::{build as whole, env_files, health, placeholders, port, read, values};

/// How long a needed service is waited for when the need does not say.
const DEFAULT_NEED_TIMEOUT: Duration = Duration::from_secs(60);

/// Where a service comes from, before what it needs for that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Command,
    Shared,
    Embedded,
    /// Disabled, and nothing says what it would be.
    Nothing,
}

/// Whether the service is `mode = "disabled"`.
pub(super) fn is_disabled(service: &Table) -> bool {
    read::text(service, "mode") == Some("disabled")
}

/// Where the service comes from: what `mode` says, else what it has.
pub(super) fn source(service: &Table) -> Option<Source> {
    let has = |key| service.contains(key);
    match read::text(service, "mode") {
        Some("local") => Some(Source::Command),
        Some("shared") => Some(Source::Shared),
        Some("embedded") => Some(Source::Embedded),
        _ if has("command") => Some(Source::Command),
        _ if has("embedded") => Some(Source::Embedded),
        Some("disabled") if has("url") => Some(Source::Shared),
        Some("disabled") => Some(Source::Nothing),
        _ => None,
    }
}

/// Builds a service; `None` where too much is missing, which is then among `problems`.
pub(super) fn build(
    name: &ServiceName,
    entry: &Entry,
    folder: &Path,
    stack_env_files: &[crate::stack::EnvFileSpec],
    problems: &mut Vec<Problem>,
) -> Option<ServiceSpec> {
    let table = entry.node.table()?;
    let source = source(table).or_else(|| {
        problems.push(nothing_to_run(name, entry, table));
        None
    });
    let known = source.unwrap_or(Source::Nothing);
    let shell = read::flag(table, "shell");
    let directory = whole::join(folder, read::text(table, "directory").unwrap_or("."));
    let runs = source.and_then(|source| runs(name, entry, table, source, problems));
    let prepare = prepare(table, shell, problems);
    let health = health::build(table, known, problems);
    let port = port::build(table, known, runs.as_ref(), problems);
    let restart = restart(table, problems);
    Some(ServiceSpec {
        name: name.clone(),
        origin: entry.key.origin(),
        disabled: is_disabled(table),
        port,
        url: if known == Source::Shared { None } else { read::text(table, "url").map(str::to_owned) },
        health,
        // A shared service runs elsewhere and waits for nothing here.
        needs: if known == Source::Shared { Vec::new() } else { needs(table) },
        references: placeholders::references(name, table),
        env: env(table),
        env_files: env_files::of_service(table, known, folder, &directory, stack_env_files),
        directory,
        prepare,
        restart,
        stop: stop(table),
        tty: read::flag(table, "tty"),
        profiles: read::texts(table, "profiles").into_iter().map(|(name, _)| name.to_owned()).collect(),
        runs: runs?,
    })
}

fn nothing_to_run(name: &ServiceName, entry: &Entry, table: &Table) -> Problem {
    let problem = Problem::error(format!("the service `{name}` has nothing to run")).at(&entry.key);
    if table.contains("url") {
        return problem.remedy("add mode = \"shared\" if it runs elsewhere, or a command to start it here");
    }
    problem.remedy("add a command, mode = \"shared\" with a url, or embedded = \"auth\"")
}

fn runs(
    name: &ServiceName,
    entry: &Entry,
    table: &Table,
    source: Source,
    problems: &mut Vec<Problem>,
) -> Option<Runs> {
    let mode = table.entry("mode");
    let missing = |what: &str, remedy: &str| {
        Problem::error(format!("the service `{name}` is {}, but {what}", source.word()))
            .at(mode.map_or(&entry.key, |mode| &mode.node.span))
            .remedy(remedy)
    };
    match source {
        Source::Command => {
            if let (None, Some(embedded)) = (mode, table.entry("embedded")) {
                let message = format!("the service `{name}` has both a command and embedded");
                let problem = Problem::error(message).at(&embedded.key);
                problems.push(problem.remedy("keep one, or say which with mode = \"local\" or \"embedded\""));
            }
            let Some(command) = table.get("command") else {
                problems.push(missing("has no command", "add command = \"…\""));
                return None;
            };
            command_line(command, read::flag(table, "shell"), problems).map(Runs::Command)
        }
        Source::Shared => match table.get("url") {
            Some(url) => url.text().map(|url| Runs::Shared { url: url.to_owned() }),
            None => {
                problems.push(missing("has no url", "add url = \"https://…\""));
                None
            }
        },
        Source::Embedded => match table.get("embedded") {
            Some(node) => node.text().and_then(embedded).map(Runs::Embedded),
            None => {
                problems.push(missing(
                    "does not say which",
                    "add embedded = \"auth\", \"backend\" or \"frontend\"",
                ));
                None
            }
        },
        // It is never started; the empty script is what it would do.
        Source::Nothing => Some(Runs::Command(CommandLine::Shell(String::new()))),
    }
}

impl Source {
    fn word(self) -> &'static str {
        match self {
            Self::Command => "local",
            Self::Shared => "shared",
            Self::Embedded => "embedded",
            Self::Nothing => "disabled",
        }
    }
}

fn embedded(word: &str) -> Option<EmbeddedKind> {
    match word {
        "auth" => Some(EmbeddedKind::Auth),
        "backend" => Some(EmbeddedKind::Backend),
        "frontend" => Some(EmbeddedKind::Frontend),
        _ => None,
    }
}

/// Reads a command: a list of words, or a string of shell words, or a text for the shell.
pub(super) fn command_line(node: &Node, shell: bool, problems: &mut Vec<Problem>) -> Option<CommandLine> {
    let empty =
        || Problem::error("this command is empty").at(&node.span).remedy("write the program to start");
    if let Value::List(items) = &node.value {
        let words: Vec<String> = items.iter().filter_map(|item| item.text().map(str::to_owned)).collect();
        if words.first().is_none_or(|program| program.trim().is_empty()) {
            // An item of another type was reported; the list is empty only if it is written so.
            if items.first().is_none_or(|item| item.text().is_some()) {
                problems.push(empty());
            }
            return None;
        }
        return Some(CommandLine::Words(words));
    }
    let text = node.text()?;
    if text.trim().is_empty() {
        problems.push(empty());
        return None;
    }
    if shell {
        return Some(CommandLine::Shell(text.to_owned()));
    }
    match shell_words::split(text) {
        Ok(words) if words.first().is_some_and(|program| !program.is_empty()) => {
            Some(CommandLine::Words(words))
        }
        Ok(_) => {
            problems.push(empty());
            None
        }
        Err(shell_words::ParseError) => {
            problems.push(
                Problem::error("this command has a quote without its partner")
                    .at(&node.span)
                    .remedy("close the quote, or write the command as a list of words"),
            );
            None
        }
    }
}

fn prepare(table: &Table, shell: bool, problems: &mut Vec<Problem>) -> Vec<CommandLine> {
    let Some(node) = table.get("prepare") else { return Vec::new() };
    node.items().iter().filter_map(|step| command_line(step, shell, problems)).collect()
}

fn needs(table: &Table) -> Vec<Need> {
    let Some(node) = table.get("needs") else { return Vec::new() };
    let plain = |service| Need {
        service,
        until: Until::default(),
        timeout: DEFAULT_NEED_TIMEOUT,
        fallback: None,
        restart: false,
    };
    let mut needs: Vec<Need> = Vec::new();
    let Some(table) = node.table() else {
        for service in node.items().iter().filter_map(|item| ServiceName::new(item.text()?).ok()) {
            if !needs.iter().any(|need| need.service == service) {
                needs.push(plain(service));
            }
        }
        return needs;
    };
    for entry in table.in_order() {
        let Ok(service) = ServiceName::new(&entry.name) else { continue };
        match &entry.node.value {
            Value::Table(table) => needs.push(Need {
                until: until(table),
                timeout: read::time(table, "timeout", DEFAULT_NEED_TIMEOUT),
                fallback: read::text(table, "fallback").map(str::to_owned),
                restart: read::flag(table, "restart"),
                service,
            }),
            Value::Bool(true) => needs.push(plain(service)),
            // `false` in an overlay takes a need of the file below away.
            Value::Bool(false)
            | Value::Text(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Date
            | Value::List(_) => {}
        }
    }
    needs
}

fn until(table: &Table) -> Until {
    match read::text(table, "until") {
        Some("started") => Until::Started,
        Some("completed") => Until::Completed,
        _ => Until::Healthy,
    }
}

fn env(table: &Table) -> Vec<EnvEntry> {
    let entries = read::table(table, "env").map(Table::in_order).unwrap_or_default();
    let variable = |entry: &Entry| {
        let value = read::written(&entry.node)?;
        Some(EnvEntry { name: entry.name.clone(), value, origin: entry.key.origin() })
    };
    entries.into_iter().filter_map(variable).collect()
}

fn restart(service: &Table, problems: &mut Vec<Problem>) -> RestartSpec {
    let policy = |word| match word {
        Some("no") => RestartPolicy::No,
        Some("always") => RestartPolicy::Always,
        _ => RestartPolicy::OnFailure,
    };
    let defaults = RestartSpec::default();
    let Some(table) = read::table(service, "restart") else {
        return RestartSpec { policy: policy(read::text(service, "restart")), ..defaults };
    };
    let built = RestartSpec {
        policy: policy(read::text(table, "policy")),
        max: if table.contains("max") { read::whole(table, "max") } else { defaults.max },
        backoff: read::time(table, "backoff", defaults.backoff),
        backoff_max: read::time(table, "backoff_max", defaults.backoff_max),
        reset: read::time(table, "reset", defaults.reset),
    };
    if built.backoff > built.backoff_max
        && let Some(entry) = table.entry("backoff").or_else(|| table.entry("backoff_max"))
    {
        problems.push(
            Problem::error("the first pause is longer than the longest one")
                .at(&entry.node.span)
                .remedy("make backoff_max at least as long as backoff"),
        );
    }
    built
}

fn stop(service: &Table) -> StopSpec {
    let defaults = StopSpec::default();
    let signal =
        |word: Option<&str>| word.and_then(|word| values::signal(word).ok()).unwrap_or(defaults.signal);
    match read::table(service, "stop") {
        Some(table) => StopSpec {
            signal: signal(read::text(table, "signal")),
            grace: read::time(table, "grace", defaults.grace),
        },
        None => StopSpec { signal: signal(read::text(service, "stop")), ..defaults },
    }
}
