//! The one table of keys: it feeds what keys do, the hint line, the help screen, the palette and the README.

use std::collections::{BTreeMap, HashMap};

use super::action::Action;
use super::keys::Key;
use crate::stack::ConsoleSpec;

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// In every pane and view.
    Anywhere,
    /// While the table of services has the focus.
    Services,
    /// While the logs have the focus.
    Logs,
    /// While the findings have the focus.
    Findings,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) scope: Scope,
    pub(crate) action: Action,
    /// Its keys, the one that hints name first; none for what only the palette offers.
    pub(crate) keys: &'static [&'static str],
    /// A word for the hint line; empty for what needs no hint.
    pub(crate) hint: &'static str,
    /// What it does, for the help screen, the palette and the README.
    pub(crate) help: &'static str,
}

const fn entry(
    scope: Scope,
    action: Action,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Entry {
    Entry { scope, action, keys, hint, help }
}

use Scope::{Anywhere, Findings, Logs, Services};

/// Every key of the console. `Esc` closes what is on top and never quits.
pub(crate) const TABLE: &[Entry] = &[
    entry(Anywhere, Action::Down, &["j", "↓"], "", "Move down"),
    entry(Anywhere, Action::Up, &["k", "↑"], "", "Move up"),
    entry(Anywhere, Action::Top, &["g", "Home"], "", "Go to the top, or the first line"),
    entry(Anywhere, Action::End, &["G", "End"], "", "Go to the end, and follow"),
    entry(Anywhere, Action::PageDown, &["PgDn"], "", "A page down"),
    entry(Anywhere, Action::PageUp, &["PgUp"], "", "A page up"),
    entry(Anywhere, Action::HalfDown, &["ctrl-d"], "", "Half a page down"),
    entry(Anywhere, Action::HalfUp, &["ctrl-u"], "", "Half a page up"),
    entry(Anywhere, Action::Left, &["←"], "", "Scroll long lines back"),
    entry(Anywhere, Action::Right, &["→"], "", "Scroll long lines on"),
    entry(Anywhere, Action::NextPane, &["Tab"], "pane", "Go to the next pane"),
    entry(Services, Action::Zoom, &["Enter"], "logs", "Show only this service's logs, over the whole window"),
    entry(Logs, Action::Fold, &["Enter"], "fold", "Fold or unfold the traceback or JSON line"),
    entry(Findings, Action::Fold, &["Enter"], "fold", "Open the finding, or fold it"),
    entry(Anywhere, Action::Close, &["Esc"], "", "Close what is on top; back to the whole picture"),
    entry(Anywhere, Action::Restart, &["r"], "restart", "Restart the service"),
    entry(Anywhere, Action::RestartWithDependents, &["R"], "", "Restart the service and all that need it"),
    entry(Anywhere, Action::Start, &["s"], "start", "Start the service, and what it needs"),
    entry(Anywhere, Action::Stop, &["x"], "stop", "Stop the service and keep it stopped"),
    entry(Anywhere, Action::Reassign, &["P"], "port", "Give the service another port"),
    entry(Anywhere, Action::EndHolder, &["K"], "free port", "End whoever holds the service's port (asks)"),
    entry(Anywhere, Action::OpenUrl, &["o"], "open", "Open the service's URL in the browser"),
    entry(Anywhere, Action::Details, &["i"], "why", "Details: why is it not up, command, health, needs"),
    entry(Anywhere, Action::Apply, &["A"], "apply", "Do what the service's finding suggests (asks)"),
    entry(Anywhere, Action::ShowLine, &["L"], "log line", "Go to the line of the log that shows the finding"),
    entry(Anywhere, Action::SendLine, &["S"], "", "Send a line to the service's standard input"),
    entry(Anywhere, Action::Terminal, &["T"], "terminal", "Open the service's terminal (tty = true)"),
    entry(Anywhere, Action::NextProblem, &["!"], "problem", "Select the next service that is not well"),
    entry(Services, Action::Mark, &["Space"], "", "Mark the service: the logs show the marked ones"),
    entry(Logs, Action::Mark, &["Space"], "", "Mark the selected service, likewise"),
    entry(Anywhere, Action::AllLogs, &["a"], "all logs", "Show the logs of all services"),
    entry(Anywhere, Action::PreviousService, &["["], "", "The previous service's logs"),
    entry(Anywhere, Action::NextService, &["]"], "", "The next service's logs"),
    entry(Anywhere, Action::Filter, &["/"], "filter", "Filter the logs as you type; ctrl-f finds instead"),
    entry(Anywhere, Action::NextMatch, &["n"], "match", "Next match"),
    entry(Anywhere, Action::PreviousMatch, &["N"], "", "Previous match"),
    entry(Anywhere, Action::NextError, &["e"], "error", "Next error or traceback"),
    entry(Anywhere, Action::PreviousError, &["E"], "", "Previous error or traceback"),
    entry(Anywhere, Action::Follow, &["f"], "follow", "Follow new lines, or pause"),
    entry(Anywhere, Action::Wrap, &["w"], "wrap", "Wrap long lines, or scroll them sideways"),
    entry(Anywhere, Action::Timestamps, &["t"], "time", "Timestamps: time of day, relative, off"),
    entry(Anywhere, Action::Level, &["l"], "level", "Lowest level shown: all, warnings, errors"),
    entry(Anywhere, Action::ClearView, &["c"], "clear", "Clear the view; the log stays (u brings it back)"),
    entry(Logs, Action::Marker, &["m"], "", "Set a marker at this line, or remove it"),
    entry(Logs, Action::NextMarker, &["'"], "", "Go to the next marker"),
    entry(Logs, Action::SelectLines, &["v"], "", "Select lines; y copies them"),
    entry(Anywhere, Action::PinHighlight, &["H"], "", "Keep a word lit, up to four"),
    entry(Logs, Action::Copy, &["y"], "copy", "Copy the line, the folded block or the selection"),
    entry(Services, Action::CopyUrl, &["y"], "copy", "Copy the service's URL, else its port or pid"),
    entry(Findings, Action::Copy, &["y"], "copy", "Copy the finding as text"),
    entry(Logs, Action::CopyBlock, &["Y"], "", "Copy the whole traceback"),
    entry(Anywhere, Action::Pager, &["O"], "", "Open the logs shown in $PAGER"),
    entry(
        Anywhere,
        Action::Scrollback,
        &["ctrl-t"],
        "",
        "Leave the full screen and print plain lines; a key returns",
    ),
    entry(Anywhere, Action::Undo, &["u"], "", "Undo the last change of filter, view or marks"),
    entry(Anywhere, Action::ShowMain, &["1"], "main", "Services and logs"),
    entry(Anywhere, Action::ShowWaterfall, &["2"], "waterfall", "Start-up waterfall with the critical path"),
    entry(Anywhere, Action::ShowGraph, &["3"], "graph", "Graph of who needs whom, with live states"),
    entry(Anywhere, Action::ShowPorts, &["4"], "ports", "All ports of all your stacks, and conflicts"),
    entry(
        Anywhere,
        Action::ShowEnvironment,
        &["5"],
        "environment",
        "Environment of the service, with sources",
    ),
    entry(Anywhere, Action::ShowEvents, &["6"], "findings", "What is wrong, and what happened, newest last"),
    entry(Anywhere, Action::GrowTable, &["+"], "", "Give the table another row"),
    entry(Anywhere, Action::ShrinkTable, &["-"], "", "Take a row from the table"),
    entry(Anywhere, Action::Mouse, &["M"], "", "Let the terminal have the mouse, or take it back"),
    entry(Anywhere, Action::Palette, &[":", "ctrl-p"], "commands", "Find any command or service by name"),
    entry(Anywhere, Action::Repaint, &["ctrl-l"], "", "Paint everything anew"),
    entry(Anywhere, Action::Help, &["?"], "help", "All keys"),
    entry(Anywhere, Action::Interrupt, &["ctrl-c"], "", "Copy the selection, else ask whether to stop"),
    entry(
        Anywhere,
        Action::Quit,
        &["q"],
        "quit",
        "Quit: stops the stack (asks); an attached console only leaves",
    ),
    entry(Anywhere, Action::Reload, &[], "", "Read portolan.toml and the env files again"),
    entry(Anywhere, Action::SaveFilter, &[], "", "Keep the filter under a name"),
    entry(Anywhere, Action::Theme, &[], "", "Choose the colours"),
    entry(Anywhere, Action::StopAll, &[], "", "Stop all services and quit"),
    entry(Anywhere, Action::Leave, &[], "", "Leave an attached console; the stack runs on"),
];

/// The table with the user's own keys, ready to be looked up.
#[derive(Clone, Debug)]
pub(crate) struct Keymap {
    by_key: HashMap<(Scope, Key), Action>,
    keys: BTreeMap<(Scope, Action), Vec<Key>>,
}

impl Keymap {
    /// The table, with the keys of `changed` (action name to keys) instead of its own. The problems name the action or
    /// the key, and what is wrong with it.
    pub(crate) fn with(changed: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        for name in changed.keys() {
            if !TABLE.iter().any(|entry| entry.action.name() == name) {
                let near = TABLE.iter().map(|entry| entry.action.name());
                let near =
                    near.min_by_key(|known| strsim::damerau_levenshtein(known, name)).unwrap_or_default();
                problems.push(format!("[keys] {name}: there is no such action; did you mean {near}?"));
            }
        }
        let mut map = Self { by_key: HashMap::new(), keys: BTreeMap::new() };
        for entry in TABLE {
            let own: Vec<&str> = match changed.get(entry.action.name()) {
                Some(keys) => keys.iter().map(String::as_str).collect(),
                None => entry.keys.to_vec(),
            };
            for text in own {
                match text.parse::<Key>() {
                    Ok(key) => map.bind(entry, key, &mut problems),
                    Err(error) => problems.push(format!("[keys] {}: failed to {error}", entry.action)),
                }
            }
        }
        problems.extend(map.shadowed());
        if problems.is_empty() { Ok(map) } else { Err(problems) }
    }

    /// The table with the keys that a project sets.
    pub(crate) fn of(spec: &ConsoleSpec) -> Result<Self, Vec<String>> {
        Self::with(&spec.keys.iter().map(|key| (key.action.clone(), key.keys.clone())).collect())
    }

    /// What `key` does in `scope`: the scope's own meaning before the general one.
    pub(crate) fn action(&self, scope: Scope, key: Key) -> Option<Action> {
        self.by_key.get(&(scope, key)).or_else(|| self.by_key.get(&(Anywhere, key))).copied()
    }

    /// The keys of an action in a scope, the one that hints name first.
    pub(crate) fn keys_of(&self, entry: &Entry) -> &[Key] {
        self.keys.get(&(entry.scope, entry.action)).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action, wherever it counts.
    pub(crate) fn key_of(&self, action: Action) -> Option<Key> {
        let mut entries = TABLE.iter().filter(|entry| entry.action == action);
        entries.find_map(|entry| self.keys_of(entry).first().copied())
    }

    /// Keys that count anywhere but would do something else in one of the panes.
    fn shadowed(&self) -> Vec<String> {
        let anywhere = self.by_key.iter().filter(|((scope, _), _)| *scope == Anywhere);
        let mut problems: Vec<String> = anywhere
            .flat_map(|((_, key), general)| {
                let own = [Services, Logs, Findings]
                    .into_iter()
                    .filter_map(|scope| self.by_key.get(&(scope, *key)));
                own.map(move |own| format!("[keys] {key} is bound to {general}, and to {own} in one pane"))
            })
            .collect();
        problems.sort_unstable();
        problems
    }

    fn bind(&mut self, entry: &Entry, key: Key, problems: &mut Vec<String>) {
        if let Some(other) = self.by_key.insert((entry.scope, key), entry.action) {
            problems.push(format!("[keys] {key} is bound to both {other} and {}", entry.action));
        }
        self.keys.entry((entry.scope, entry.action)).or_default().push(key);
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&BTreeMap::new()).expect("a test binds the whole table")
    }
}

/// What is wrong with the keys that a project sets: each action or key that cannot be, with the remedy.
pub fn check_keys(spec: &ConsoleSpec) -> Result<(), Vec<String>> {
    Keymap::of(spec).map(drop)
}

/// The table of keys as Markdown, for the README.
pub fn key_table() -> String {
    let mut text = String::from("| key | where | what it does |\n|---|---|---|\n");
    let map = Keymap::default();
    for entry in TABLE {
        let keys: Vec<String> = map.keys_of(entry).iter().map(|key| format!("`{key}`")).collect();
        let keys = if keys.is_empty() { "`:` palette".to_owned() } else { keys.join(" ") };
        let place = match entry.scope {
            Anywhere => "",
            Services => "services",
            Logs => "logs",
            Findings => "findings",
        };
        text.push_str(&format!("| {keys} | {place} | {} |\n", entry.help));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_binds_no_key_twice() {
        Keymap::with(&BTreeMap::new()).unwrap();
    }

    #[test]
    fn the_keys_of_the_contract_do_what_it_says() {
        let map = Keymap::default();
        for (key, action) in [
            ("j", Action::Down),
            ("↑", Action::Up),
            ("Tab", Action::NextPane),
            ("r", Action::Restart),
            ("R", Action::RestartWithDependents),
            ("s", Action::Start),
            ("x", Action::Stop),
            ("P", Action::Reassign),
            ("K", Action::EndHolder),
            ("/", Action::Filter),
            ("n", Action::NextMatch),
            ("N", Action::PreviousMatch),
            ("e", Action::NextError),
            ("E", Action::PreviousError),
            ("f", Action::Follow),
            ("w", Action::Wrap),
            ("t", Action::Timestamps),
            ("g", Action::Top),
            ("G", Action::End),
            ("Space", Action::Mark),
            ("i", Action::Details),
            (":", Action::Palette),
            ("?", Action::Help),
            ("q", Action::Quit),
        ] {
            assert_eq!(map.action(Services, key.parse().unwrap()), Some(action), "{key}");
        }
        assert_eq!(map.action(Services, "Enter".parse().unwrap()), Some(Action::Zoom));
        assert_eq!(map.action(Logs, "y".parse().unwrap()), Some(Action::Copy));
    }

    #[test]
    fn keys_that_terminals_and_tmux_keep_for_themselves_are_not_used() {
        for entry in TABLE {
            for key in entry.keys {
                assert!(!key.starts_with("alt-") && !key.starts_with("ctrl-a"), "{key}");
                assert!(
                    !["ctrl-b", "ctrl-s", "ctrl-q", "ctrl-z", "ctrl-h", "ctrl-i", "ctrl-j", "ctrl-m"]
                        .contains(key)
                );
            }
        }
    }

    #[test]
    fn own_keys_replace_those_of_the_table_and_problems_are_named() {
        let changed = |name: &str, key: &str| BTreeMap::from([(name.to_owned(), vec![key.to_owned()])]);
        let map = Keymap::with(&changed("restart", "ctrl-r")).unwrap();
        assert_eq!(map.action(Services, "ctrl-r".parse().unwrap()), Some(Action::Restart));
        assert_eq!(map.action(Services, "r".parse().unwrap()), None);
        assert!(Keymap::with(&changed("restrat", "z")).unwrap_err()[0].contains("did you mean restart"));
        assert!(Keymap::with(&changed("restart", "q")).unwrap_err()[0].contains("both"));
        assert!(Keymap::with(&changed("restart", "hyper-q")).unwrap_err()[0].contains("ctrl-f"));
    }
}
