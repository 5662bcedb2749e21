//! mprocs.yaml, as <https://github.com/pvolok/mprocs> describes it.

use crate::draft::braces::escaped;
use crate::draft::commands;
use crate::draft::names::is_variable;
use crate::draft::service::{DraftEnv, DraftRestart, DraftService, DraftStop, Said};
use crate::draft::stack::Draft;
use crate::stack::{RestartPolicy, StopSignal};

use super::error::ImportError;
use super::keys::{Entry, Keys, reason};
use super::leftover::Leftovers;
use super::yaml::Node;
use super::{finish, yaml};

const TOP: &[(&str, &str)] = &[
    ("server", "Portolan's control socket needs no setting"),
    ("scrollback", "Portolan keeps every line"),
    ("hide_keymap_window", "about mprocs' own screen"),
    ("proc_list_width", "about mprocs' own screen"),
    ("proc_list_title", "about mprocs' own screen"),
    ("mouse_scroll_speed", "about mprocs' own screen"),
    ("keymap_procs", "keys stand under [keys]; see `portolan --help`"),
    ("keymap_term", "keys stand under [keys]; see `portolan --help`"),
    ("keymap_copy", "keys stand under [keys]; see `portolan --help`"),
    ("on_all_finished", "`portolan up` without a console ends by itself when nothing runs any more"),
    ("on_init", "Portolan has no commands of mprocs"),
    ("proc_log", "Portolan keeps every line itself: `portolan logs`"),
    ("log_dir", "Portolan keeps every line itself: `portolan logs`"),
];

const PROC: &[(&str, &str)] = &[
    ("scrollback", "Portolan keeps every line"),
    ("mouse_scroll_speed", "about mprocs' own screen"),
    ("log", "Portolan keeps every line itself: `portolan logs`"),
    ("log_dir", "Portolan keeps every line itself: `portolan logs`"),
    ("deps", "write needs = [\"…\"]"),
];

pub(super) fn read(
    text: &str,
    is_folder: &dyn Fn(&str) -> bool,
    leftovers: &mut Leftovers,
) -> Result<Draft, ImportError> {
    let root = yaml::parse(text)?;
    let mut draft = Draft::default();
    let mut keys = Keys::of(&root, "")?;
    let procs = keys.take("procs");
    keys.rest(leftovers, |name| reason(TOP, name));
    let Some(procs) = procs else {
        return Err(ImportError::Nothing("there is no key `procs`".to_owned()));
    };
    let Some(entries) = procs.node.map() else {
        return Err(ImportError::at(procs.line, "`procs` has to be a map of processes"));
    };
    for (key, node) in entries.iter().filter(|(_, node)| !node.is_null()) {
        let entry = Entry { key: format!("procs.{}", key.name), line: key.line, node };
        draft.services.extend(process(&key.name, &entry, is_folder, leftovers)?);
    }
    if draft.services.is_empty() {
        return Err(ImportError::Nothing("no process has a command".to_owned()));
    }
    finish::ports(&mut draft);
    draft.note("mprocs runs everything in a terminal of its own; add tty = true where a program wants one.");
    Ok(draft)
}

/// The value that counts on this system, where one is chosen by `$select: os`.
fn selected<'n>(node: &'n Node, key: &str, line: u32, leftovers: &mut Leftovers) -> Option<&'n Node> {
    if node.get("$select").is_none() {
        return Some(node);
    }
    leftovers.nearly(key, line, "the value for Linux, else `$else`, counts on every system");
    node.get("linux").or_else(|| node.get("$else"))
}

fn process(
    name: &str,
    entry: &Entry<'_>,
    is_folder: &dyn Fn(&str) -> bool,
    leftovers: &mut Leftovers,
) -> Result<Option<DraftService>, ImportError> {
    let Some(node) = selected(entry.node, &entry.key, entry.line, leftovers) else { return Ok(None) };
    // A text or a list alone is the command.
    if let Some(text) = node.text().filter(|text| !text.trim().is_empty()) {
        let (command, shell) = commands::from_text(text);
        let mut service = DraftService { shell, ..started(name, entry.line, command) };
        finish::enter(&mut service, is_folder);
        return Ok(Some(service));
    }
    let words = |node: &Node| {
        node.items().iter().filter_map(|word| word.text().map(str::to_owned)).collect::<Vec<_>>()
    };
    if node.is_list() && !words(node).is_empty() {
        return Ok(Some(started(name, entry.line, commands::from_words(&words(node)))));
    }
    let mut keys = Keys::of(node, &entry.key)?;
    let shell = keys.take("shell");
    let cmd = keys.take("cmd");
    let mut value = |entry: Option<Entry<'_>>| {
        entry.and_then(|at| {
            let node = selected(at.node, &at.key, at.line, leftovers)?;
            Some(if node.is_list() {
                (None, words(node))
            } else {
                (node.text().map(str::to_owned), Vec::new())
            })
        })
    };
    let mut service = match (value(shell), value(cmd)) {
        (Some((Some(text), _)), _) if !text.trim().is_empty() => {
            let (command, shell) = commands::from_text(&text);
            DraftService { shell, ..started(name, entry.line, command) }
        }
        (_, Some((_, words))) if words.first().is_some_and(|word| !word.trim().is_empty()) => {
            started(name, entry.line, commands::from_words(&words))
        }
        _ => {
            leftovers.lost(
                &*entry.key,
                entry.line,
                "it has neither shell nor cmd, so there is nothing to start",
            );
            return Ok(None);
        }
    };
    if let Some((folder, _)) = keys.text("cwd", leftovers) {
        // `<CONFIG_DIR>` is the folder of the file.
        let folder = folder.replace("<CONFIG_DIR>/", "").replace("<CONFIG_DIR>", ".");
        finish::directory(&mut service, &folder);
    }
    finish::enter(&mut service, is_folder);
    if let Some(at) = keys.take("env") {
        environment(&at, &mut service, leftovers);
    }
    if let Some(at) = keys.take("add_path") {
        path(&at, &mut service);
    }
    let restarts = keys.flag("autorestart", leftovers).is_some_and(|(flag, _)| flag);
    let policy = if restarts { RestartPolicy::Always } else { RestartPolicy::No };
    service.restart = Some(Said::plainly(DraftRestart { policy, max: None, backoff: None }));
    if let Some((false, at)) = keys.flag("autostart", leftovers) {
        leftovers.nearly(at.key, at.line, "it has the profile `manual`, and starts when that is selected");
        let start = format!("not started by itself: portolan --profile manual up {name}");
        service.profiles.push(Said::remarked("manual".to_owned(), start));
    }
    if let Some(at) = keys.take("stop") {
        stop(&at, &mut service, leftovers);
    }
    keys.rest(leftovers, |name| reason(PROC, name));
    Ok(Some(service))
}

fn started(name: &str, line: u32, command: crate::draft::service::DraftCommand) -> DraftService {
    let restart = DraftRestart { policy: RestartPolicy::No, max: None, backoff: None };
    let mut service = DraftService::new(name, Said::plainly(command));
    service.line = Some(line);
    service.restart = Some(Said::plainly(restart));
    service
}

fn environment(entry: &Entry<'_>, service: &mut DraftService, leftovers: &mut Leftovers) {
    for (key, node) in entry.node.map().unwrap_or_default() {
        let path = format!("{}.{}", entry.key, key.name);
        match node.text() {
            // mprocs fills in no variables.
            Some(text) if is_variable(&key.name) && !text.contains('\0') => {
                service.env.push(DraftEnv { name: key.name.clone(), value: Said::plainly(escaped(text)) });
            }
            Some(_) => leftovers.lost(path, key.line, "no variable can have this name or value"),
            None if node.is_null() => {
                leftovers.lost(
                    path,
                    key.line,
                    "Portolan takes no variable of the shell away; set it to an empty text",
                );
            }
            None => leftovers.lost(path, key.line, "a variable is one text"),
        }
    }
}

fn path(entry: &Entry<'_>, service: &mut DraftService) {
    let depth = service.directory.split('/').filter(|part| !matches!(*part, "" | ".")).count();
    let up = vec![".."; depth].join("/");
    let up = if up.is_empty() { "." } else { &up };
    let folders: Vec<String> = entry
        .node
        .items()
        .iter()
        .filter_map(|folder| folder.text())
        .map(|folder| escaped(&folder.replace("<CONFIG_DIR>", up).replace('\0', "")))
        .collect();
    if !folders.is_empty() {
        let value = format!("{{env.PATH}}:{}", folders.join(":"));
        service.env.retain(|entry| entry.name != "PATH");
        service.env.push(DraftEnv { name: "PATH".to_owned(), value: Said::plainly(value) });
    }
}

fn stop(entry: &Entry<'_>, service: &mut DraftService, leftovers: &mut Leftovers) {
    let signal = match entry.node.text() {
        Some("SIGTERM") => Some(StopSignal::Term),
        Some("SIGINT") => Some(StopSignal::Int),
        Some("SIGKILL" | "hard-kill") => Some(StopSignal::Kill),
        Some(_) | None => None,
    };
    match signal {
        Some(signal) => service.stop = Some(Said::plainly(DraftStop { signal: Some(signal), grace: None })),
        None => leftovers.lost(
            &*entry.key,
            entry.line,
            "Portolan stops by a signal, not by keys; SIGTERM is sent",
        ),
    }
}
