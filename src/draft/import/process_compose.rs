//! process-compose.yaml, as <https://f1bonacc1.github.io/process-compose/> describes it.

use std::collections::BTreeMap;

use crate::draft::commands;
use crate::draft::service::{
    DraftCheck, DraftCommand, DraftHealth, DraftNeed, DraftRestart, DraftService, DraftStop, Note, Said,
};
use crate::draft::stack::Draft;
use crate::stack::{RestartPolicy, StopSignal, Until};

use super::error::ImportError;
use super::keys::{Entry, Keys, reason, seconds};
use super::leftover::Leftovers;
use super::{finish, probe, variables, yaml};

const TOP: &[(&str, &str)] = &[
    ("log_location", "Portolan keeps every line itself: `portolan logs`"),
    ("log_level", "about process-compose's own log"),
    ("log_length", "Portolan keeps every line itself: `portolan logs`"),
    ("log_format", "Portolan keeps lines as they are"),
    ("log_configuration", "Portolan keeps every line itself: `portolan logs`"),
    ("shell", "Portolan runs commands with sh; put another shell into the command"),
    ("is_tui_disabled", "`portolan up --plain` is without the console"),
    ("ordered_shutdown", "Portolan always stops dependents first"),
    ("extends", "one file is imported; merge the other with `portolan -f FILE`"),
    ("env_cmds", "nothing runs a command for a variable; set it in .env or with --set"),
    ("is_dotenv_disabled", "Portolan reads .env; env_files = [] under [stack] turns that off"),
    ("disable_env_expansion", "Portolan leaves ${…} in commands to the shell"),
];

const PROCESS: &[(&str, &str)] = &[
    ("log_location", "Portolan keeps every line itself: `portolan logs`"),
    ("log_configuration", "Portolan keeps every line itself: `portolan logs`"),
    ("disable_ansi_colors", "set NO_COLOR in its environment"),
    ("namespace", "there are no namespaces; name the services to start, or give them profiles"),
    ("replicas", "Portolan runs one of each; write a second service"),
    ("is_foreground", "run it in another terminal: `portolan run SERVICE -- COMMAND`"),
    ("is_elevated", "Portolan asks for no rights; put sudo into the command"),
    ("launch_timeout_seconds", "belongs to is_daemon"),
    ("schedule", "Portolan starts nothing by the clock"),
    ("watch", "Portolan does not restart on changed files; use the program's own watcher"),
    ("is_dotenv_disabled", "env_files = [] turns .env off for a service"),
    ("success_exit_codes", "only an end with exit code 0 is a success"),
    ("extends", "write out what it takes from the other process"),
    ("monitor_for", "Portolan watches no other process of yours"),
    ("monitor_silence_threshold", "a service that says nothing is not restarted"),
    ("is_template_disabled", "braces are never templates here"),
];

pub(super) fn read(
    text: &str,
    is_folder: &dyn Fn(&str) -> bool,
    leftovers: &mut Leftovers,
) -> Result<Draft, ImportError> {
    let root = yaml::parse(text)?;
    let mut draft = Draft::default();
    let mut keys = Keys::of(&root, "")?;
    let _ = (keys.take("version"), keys.take("is_strict"));
    if let Some((name, _)) = keys.text("name", leftovers).filter(|(name, _)| !name.trim().is_empty()) {
        draft.name = Some(Said::plainly(name.replace(char::is_control, " ")));
    }
    let shared = keys.take("environment").map(|entry| variables::environment(&entry, &mut draft, leftovers));
    let vars = keys.take("vars").map(|entry| texts(&entry)).unwrap_or_default();
    let processes = keys.take("processes");
    keys.rest(leftovers, |name| reason(TOP, name));
    let Some(processes) = processes else {
        return Err(ImportError::Nothing("there is no key `processes`".to_owned()));
    };
    let Some(entries) = processes.node.map() else {
        return Err(ImportError::at(processes.line, "`processes` has to be a map of processes"));
    };
    for (key, node) in entries {
        let entry = Entry { key: format!("processes.{}", key.name), line: key.line, node };
        let mut reader = Reader { draft: &mut draft, vars: vars.clone(), is_folder, leftovers };
        if let Some(mut service) = reader.process(&key.name, &entry)? {
            for variable in shared.iter().flatten().rev() {
                if !service.env.iter().any(|own| own.name == variable.name) {
                    service.env.insert(0, variable.clone());
                }
            }
            draft.services.push(service);
        }
    }
    if draft.services.is_empty() {
        return Err(ImportError::Nothing("no process has a command".to_owned()));
    }
    finish::ports(&mut draft);
    Ok(draft)
}

fn texts(entry: &Entry<'_>) -> BTreeMap<String, String> {
    let entries = entry.node.map().unwrap_or_default();
    entries.iter().filter_map(|(key, node)| Some((key.name.clone(), node.text()?.to_owned()))).collect()
}

struct Reader<'r> {
    draft: &'r mut Draft,
    /// `vars`, which `{{.NAME}}` stands for.
    vars: BTreeMap<String, String>,
    /// Whether there is a folder at that path, relative to the file.
    is_folder: &'r dyn Fn(&str) -> bool,
    leftovers: &'r mut Leftovers,
}

impl Reader<'_> {
    fn process(&mut self, name: &str, entry: &Entry<'_>) -> Result<Option<DraftService>, ImportError> {
        let mut keys = Keys::of(entry.node, &entry.key)?;
        if let Some(vars) = keys.take("vars") {
            self.vars.extend(texts(&vars));
        }
        let command = keys.text("command", self.leftovers);
        let entrypoint = keys.take("entrypoint");
        let (command, shell) = match (entrypoint, command) {
            (Some(words), command) => {
                if let Some((_, at)) = command {
                    self.leftovers.lost(at.key, at.line, "`entrypoint` counts where both are written");
                }
                (self.entrypoint(&words), false)
            }
            (None, Some((text, at))) => {
                let text = self.filled(text, &at);
                commands::from_text(&text.replace("$$", "$"))
            }
            (None, None) => (DraftCommand::Text(String::new()), false),
        };
        if is_empty(&command) {
            self.leftovers.lost(&*entry.key, entry.line, "it has no command, so there is nothing to start");
            return Ok(None);
        }
        let mut service = DraftService::new(name, Said::plainly(command));
        service.shell = shell;
        service.line = Some(entry.line);
        if let Some((about, _)) = keys.text("description", self.leftovers) {
            service.about.extend(about.lines().map(str::to_owned));
        }
        if let Some(variables) = keys.take("environment") {
            service.env = variables::environment(&variables, self.draft, self.leftovers);
        }
        for file in keys.take("env_file").iter().flat_map(|entry| entry.node.items()) {
            service.env_files.extend(file.text().map(str::to_owned));
        }
        if let Some((folder, at)) = keys.text("working_dir", self.leftovers) {
            let folder = self.filled(folder, &at);
            finish::directory(&mut service, &folder);
        }
        // A command that probes would run in that folder, too.
        let probes = ["readiness_probe", "liveness_probe"].map(|probe| entry.node.get(probe));
        if !probes.into_iter().flatten().any(|probe| probe.get("exec").is_some()) {
            finish::enter(&mut service, self.is_folder);
        }
        self.health(&mut keys, &mut service)?;
        self.needs(&mut keys, &mut service)?;
        self.availability(&mut keys, &mut service)?;
        self.shutdown(&mut keys, &mut service)?;
        self.switches(&mut keys, &mut service);
        keys.rest(self.leftovers, |name| reason(PROCESS, name));
        Ok(Some(service))
    }

    /// The words of a command, in which process-compose fills in variables where no shell would.
    fn entrypoint(&mut self, entry: &Entry<'_>) -> DraftCommand {
        let words: Vec<String> =
            entry.node.items().iter().filter_map(|word| word.text().map(str::to_owned)).collect();
        if !words.iter().any(|word| word.contains('$')) {
            return commands::from_words(&words);
        }
        let filled = words.iter().map(|word| {
            variables::interpolated(word, None, &entry.key, entry.line, self.draft, self.leftovers)
        });
        DraftCommand::Words(filled.collect())
    }

    /// `text` with `{{.NAME}}` replaced.
    fn filled(&mut self, text: &str, at: &Entry<'_>) -> String {
        let (filled, whole) = templates(text, &self.vars);
        if !whole {
            self.leftovers.lost(&*at.key, at.line, "a template that is more than a variable stands as it is");
        }
        filled
    }

    fn health(&mut self, keys: &mut Keys<'_>, service: &mut DraftService) -> Result<(), ImportError> {
        let (ready, live) = (keys.take("readiness_probe"), keys.take("liveness_probe"));
        let line = keys.text("ready_log_line", self.leftovers);
        if let Some(ready) = &ready {
            self.probe(ready, service)?;
        }
        if let Some((line, at)) = line {
            let pattern = regex::escape(line);
            match service.health {
                None => service.health = Some(Said::plainly(DraftHealth::new(DraftCheck::Log(pattern)))),
                Some(_) => self.leftovers.lost(
                    at.key,
                    at.line,
                    "a service has one probe, and readiness_probe is one",
                ),
            }
        }
        if let Some(live) = live {
            match service.health {
                None => self.probe(&live, service)?,
                Some(_) => self.leftovers.lost(
                    live.key,
                    live.line,
                    "a service has one probe; an unhealthy service is shown and not killed",
                ),
            }
        }
        Ok(())
    }

    fn probe(&mut self, entry: &Entry<'_>, service: &mut DraftService) -> Result<(), ImportError> {
        let fill = |text: &str| templates(text, &self.vars).0;
        probe::read(entry, service, self.draft, self.leftovers, fill)
    }

    fn needs(&mut self, keys: &mut Keys<'_>, service: &mut DraftService) -> Result<(), ImportError> {
        let Some(entry) = keys.take("depends_on") else { return Ok(()) };
        let mut names = Keys::of(entry.node, &entry.key)?;
        for (key, _) in entry.node.map().unwrap_or_default() {
            let Some(need) = names.take(&key.name) else {
                service.needs.push(Said::plainly(DraftNeed {
                    until: Until::Started,
                    ..DraftNeed::healthy(&*key.name)
                }));
                continue;
            };
            let mut conditions = Keys::of(need.node, &need.key)?;
            let condition = conditions.text("condition", self.leftovers);
            conditions.rest(self.leftovers, |name| reason(&[], name));
            let (until, note) = match condition.as_ref().map(|(word, _)| *word) {
                None | Some("process_started") => (Until::Started, None),
                Some("process_healthy" | "process_log_ready") => (Until::Healthy, None),
                Some("process_completed_successfully") => (Until::Completed, None),
                Some("process_completed") => (
                    Until::Completed,
                    Some("only an end with exit code 0 counts; process_completed took any"),
                ),
                Some(_) => (Until::Healthy, Some("a condition that Portolan does not know")),
            };
            if let (Some(note), Some((_, at))) = (note, condition) {
                self.leftovers.nearly(at.key, at.line, note);
            }
            let need = DraftNeed { until, ..DraftNeed::healthy(&*key.name) };
            service.needs.push(Said { value: need, note: note.map(|note| Note::Remark(note.to_owned())) });
        }
        Ok(())
    }

    fn availability(&mut self, keys: &mut Keys<'_>, service: &mut DraftService) -> Result<(), ImportError> {
        let mut restart = DraftRestart { policy: RestartPolicy::No, max: None, backoff: None };
        let mut note = None;
        if let Some(entry) = keys.take("availability") {
            let mut keys = Keys::of(entry.node, &entry.key)?;
            if let Some((word, at)) = keys.text("restart", self.leftovers) {
                restart.policy = match word {
                    "always" => RestartPolicy::Always,
                    "on_failure" => RestartPolicy::OnFailure,
                    "no" | "false" => RestartPolicy::No,
                    "exit_on_failure" => {
                        note =
                            Some(Note::Remark("Portolan does not end the others when it fails".to_owned()));
                        self.leftovers.nearly(at.key, at.line, "it is not restarted, and the others go on");
                        RestartPolicy::No
                    }
                    _ => {
                        self.leftovers.lost(
                            at.key,
                            at.line,
                            "a policy that Portolan does not know; `no` is taken",
                        );
                        RestartPolicy::No
                    }
                };
            }
            let max = keys.number("max_restarts", self.leftovers);
            let backoff = keys.number("backoff_seconds", self.leftovers);
            if restart.policy != RestartPolicy::No {
                restart.max = Some(max.map(|(max, _)| max.min(1_000_000)).filter(|max| *max > 0));
                restart.backoff =
                    backoff.and_then(|(pause, _)| seconds(pause)).filter(|pause| !pause.is_zero());
            }
            keys.rest(self.leftovers, |name| {
                reason(
                    &[
                        ("exit_on_end", "Portolan does not end the others when one ends"),
                        ("exit_on_skipped", "Portolan does not end the others when one is skipped"),
                    ],
                    name,
                )
            });
        }
        service.restart = Some(Said { value: restart, note });
        Ok(())
    }

    fn shutdown(&mut self, keys: &mut Keys<'_>, service: &mut DraftService) -> Result<(), ImportError> {
        let Some(entry) = keys.take("shutdown") else { return Ok(()) };
        let mut keys = Keys::of(entry.node, &entry.key)?;
        let mut stop = DraftStop { signal: None, grace: None };
        if let Some((number, at)) = keys.number("signal", self.leftovers) {
            stop.signal = signal(number);
            if stop.signal.is_none() {
                self.leftovers.lost(
                    at.key,
                    at.line,
                    "Portolan stops with TERM, INT, QUIT, HUP, USR1, USR2 or KILL",
                );
            }
        }
        stop.grace = keys.number("timeout_seconds", self.leftovers).and_then(|(grace, _)| seconds(grace));
        keys.rest(self.leftovers, |name| {
            reason(
                &[
                    (
                        "command",
                        "Portolan stops a service by a signal to all its processes, not by a command",
                    ),
                    ("send_keys", "Portolan stops a service by a signal, not by keys"),
                    ("parent_only", "Portolan signals all processes of a service, so that none is left"),
                ],
                name,
            )
        });
        if stop.signal.is_some() || stop.grace.is_some() {
            service.stop = Some(Said::plainly(stop));
        }
        Ok(())
    }

    fn switches(&mut self, keys: &mut Keys<'_>, service: &mut DraftService) {
        let mut on = |name: &str, leftovers: &mut Leftovers| {
            keys.flag(name, leftovers).filter(|(flag, _)| *flag).map(|(_, entry)| entry)
        };
        let tty = on("is_tty", self.leftovers).is_some();
        service.tty = on("is_interactive", self.leftovers).is_some() || tty;
        if let Some(at) = on("is_daemon", self.leftovers) {
            let why = "a command that leaves a process behind and ends; start it in the foreground instead";
            self.leftovers.lost(at.key, at.line, why);
        }
        if let Some(at) = on("disabled", self.leftovers) {
            let start = format!("not started by itself: portolan --profile manual up {}", service.name);
            self.leftovers.nearly(
                at.key,
                at.line,
                "it has the profile `manual`, and starts when that is selected",
            );
            service.profiles.push(Said::remarked("manual".to_owned(), start));
        }
        if let Some((_, at)) = keys.number("replicas", self.leftovers).filter(|(number, _)| *number != 1) {
            self.leftovers.lost(at.key, at.line, "Portolan runs one of each; write a second service");
        }
    }
}

/// `text` with `{{.NAME}}` replaced, and whether that was all there is of templates in it.
fn templates(text: &str, vars: &BTreeMap<String, String>) -> (String, bool) {
    let (mut filled, mut whole) = (String::new(), true);
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        filled.push_str(&rest[..begin]);
        let Some(end) = rest[begin..].find("}}").map(|end| begin + end) else {
            rest = &rest[begin..];
            break;
        };
        let inside = rest[begin + 2..end].trim();
        match inside.strip_prefix('.').and_then(|name| vars.get(name)) {
            Some(value) => filled.push_str(value),
            None if inside == ".PC_REPLICA_NUM" => filled.push('0'),
            None => {
                filled.push_str(&rest[begin..end + 2]);
                whole = false;
            }
        }
        rest = &rest[end + 2..];
    }
    filled.push_str(rest);
    (filled, whole)
}

fn is_empty(command: &DraftCommand) -> bool {
    match command {
        DraftCommand::Text(text) => text.trim().is_empty(),
        DraftCommand::Words(words) => words.first().is_none_or(|word| word.trim().is_empty()),
    }
}

/// The signal of that number on Linux and macOS, where they are the same.
fn signal(number: u32) -> Option<StopSignal> {
    match number {
        1 => Some(StopSignal::Hup),
        2 => Some(StopSignal::Int),
        3 => Some(StopSignal::Quit),
        9 => Some(StopSignal::Kill),
        15 => Some(StopSignal::Term),
        _ => None,
    }
}
