//! Judges the machine around a stack: ports that others hold, leases and records that a dead launcher left, the
//! folder of the state, and what the terminal can do.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::ports::{PortAllocator, runtime_dir};
use crate::stack::{ConflictPolicy, Finding, Holder, LeaseRecord, PortSpec};

use super::case::Case;
use super::diagnosis::Diagnosis;

/// What the caller knows of the machine.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Whether the stack runs now: its ports and records are its own then.
    pub runs: bool,
    /// The folder of the discovery records.
    pub records: PathBuf,
    /// The folder of Portolan's state, and why nothing can be written there.
    pub state: Option<(PathBuf, String)>,
    /// The terminal, where there is one.
    pub terminal: Option<Terminal>,
}

/// What the environment says of the terminal.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    /// `TERM`.
    pub term: String,
    /// The locale that decides about letters: `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub locale: String,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    /// Whether it is inside tmux.
    pub in_tmux: bool,
}

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let surroundings = case.request.surroundings;
    if let Ok(allocator) = PortAllocator::open() {
        held(case, &allocator, found);
        stale_leases(case, &allocator, found);
    }
    if !surroundings.runs {
        stale_records(case, found);
    }
    if let Some((folder, why)) = &surroundings.state {
        let shown = folder.display().to_string();
        let finding = Finding::new("state-not-writable", "Portolan cannot write its state")
            .shown_by(format!("{shown}: {why}"))
            .at(shown.clone())
            .mended_by("make the folder yours, or set PORTOLAN_STATE_DIR to another one", None);
        found.push(Diagnosis::new(shown, finding));
    }
    if let Some(terminal) = &surroundings.terminal {
        judge_terminal(terminal, found);
    }
}

/// Preferred ports that somebody else has.
fn held(case: &Case<'_>, allocator: &PortAllocator, found: &mut Vec<Diagnosis>) {
    for member in &case.members {
        let Some((spec, preferred)) = member.spec.port.as_ref().and_then(|spec| Some((spec, spec.prefer?)))
        else {
            continue;
        };
        let Ok(looked) = allocator.look(&[preferred], 1) else { continue };
        let Some(holder) = looked.into_iter().find_map(|(_, holder)| holder) else { continue };
        let is_own = matches!(&holder, Holder::Stack(record) if std::path::Path::new(&record.folder) == case.request.folder);
        if is_own {
            continue;
        }
        let (name, place) = (member.name(), case.origin(member.spec));
        let mut finding =
            Finding::new("port-held", format!("port {preferred}, which {name} prefers, is taken"))
                .shown_by(format!("port {preferred} is held by {holder}"))
                .at(place);
        finding = if moves(spec) {
            let to = match spec.range {
                Some(range) => format!("{name} will take another one of {range}"),
                None => format!("{name} will take any free port"),
            };
            finding.warns().shown_by(to).mended_by("end who holds it, if the port matters", None)
        } else {
            finding.mended_by("end who holds it, or let the service take another port", None)
        };
        found.push(Diagnosis::new(name.to_string(), finding));
    }
}

/// Whether the service takes another port where its own is held.
fn moves(spec: &PortSpec) -> bool {
    match spec.conflict {
        ConflictPolicy::Next => spec.range.is_none_or(|range| range.first() != range.last()),
        ConflictPolicy::Kill => true,
        ConflictPolicy::Fail => false,
    }
}

/// Leases of this stack whose launcher is gone. Nobody believes them; they tell that it was killed.
fn stale_leases(case: &Case<'_>, allocator: &PortAllocator, found: &mut Vec<Diagnosis>) {
    let (Ok(folder), Ok(live)) = (runtime_dir().map(|folder| folder.join("ports")), allocator.leases())
    else {
        return;
    };
    let files = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let record = crate::survey::bytes_of(&file, 1 << 20)
            .ok()
            .and_then(|text| serde_json::from_slice::<LeaseRecord>(&text).ok());
        let Some(record) =
            record.filter(|record| std::path::Path::new(&record.folder) == case.request.folder)
        else {
            continue;
        };
        if live.iter().any(|lease| lease.port == record.port) {
            continue;
        }
        let finding = Finding::new(
            "stale-lease",
            format!("a launcher that is gone has left a lease of port {}", record.port),
        )
        .warns()
        .shown_by(format!("{} was leased to {} by pid {}", record.port, record.service, record.pid))
        .at(file.display().to_string())
        .mended_by("start the stack, which takes it over, or take the file out", None);
        found.push(Diagnosis::new(record.port.to_string(), finding));
    }
}

fn stale_records(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let folder = &case.request.surroundings.records;
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let names: BTreeSet<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".json"))
        .collect();
    if names.is_empty() {
        return;
    }
    let shown = case.shown(folder);
    let names: Vec<String> = names.into_iter().collect();
    let finding = Finding::new("stale-records", format!("{shown} holds records, and the stack does not run"))
        .warns()
        .shown_by(format!("{} of a launcher that is gone: {}", counted(names.len()), names.join(", ")))
        .at(shown.clone())
        .mended_by("start the stack, which sweeps them, or take them out", None);
    found.push(Diagnosis::new(shown, finding));
}

fn counted(records: usize) -> String {
    if records == 1 { "one record".to_owned() } else { format!("{records} records") }
}

fn judge_terminal(terminal: &Terminal, found: &mut Vec<Diagnosis>) {
    let mut note = |subject: &str, title: &str, evidence: String, remedy: &str| {
        let finding = Finding::new("terminal", title).warns().shown_by(evidence).mended_by(remedy, None);
        found.push(Diagnosis::new(subject, finding));
    };
    if terminal.term.is_empty() || terminal.term == "dumb" {
        let said =
            if terminal.term.is_empty() { "TERM is not set".to_owned() } else { "TERM is dumb".to_owned() };
        note(
            "TERM",
            "the terminal does not say what it can do",
            said,
            "set TERM, for example to xterm-256color",
        );
    }
    let locale = terminal.locale.to_ascii_lowercase();
    if !(locale.contains("utf-8") || locale.contains("utf8")) && cfg!(unix) && !cfg!(target_os = "macos") {
        let said = match terminal.locale.as_str() {
            "" => "LC_ALL, LC_CTYPE and LANG are not set".to_owned(),
            locale => format!("the locale is {locale}"),
        };
        note("locale", "the locale is not UTF-8", said, "set LANG to a locale of UTF-8, for example C.UTF-8");
    }
    if let Some((columns, rows)) = terminal.size.filter(|(columns, rows)| *columns < 60 || *rows < 15) {
        let said = format!("it has {columns} columns and {rows} rows");
        note(
            "size",
            "the terminal is small for the console",
            said,
            "make it 80 columns wide and 24 rows high",
        );
    }
    if terminal.in_tmux && terminal.term.starts_with("xterm") {
        let said = format!("TERM is {} inside tmux", terminal.term);
        note(
            "tmux",
            "tmux is given another terminal's name",
            said,
            "take TERM out of the shell's files, or set it to tmux-256color",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subjects(terminal: &Terminal) -> Vec<String> {
        let mut found = Vec::new();
        judge_terminal(terminal, &mut found);
        found.into_iter().map(|one| one.subject).collect()
    }

    #[test]
    fn a_good_terminal_is_not_mentioned() {
        let good = Terminal {
            term: "tmux-256color".to_owned(),
            locale: "C.UTF-8".to_owned(),
            size: Some((80, 24)),
            in_tmux: true,
        };
        assert_eq!(subjects(&good), Vec::<String>::new());
        let bad =
            Terminal { term: "dumb".to_owned(), locale: "C".to_owned(), size: Some((20, 5)), in_tmux: false };
        assert_eq!(subjects(&bad), ["TERM", "locale", "size"]);
    }
}
