//! Takes news into the facts, and says what else has to be asked because of them.

use std::collections::VecDeque;
use std::sync::Arc;

use ratatui::layout::Size;

use crate::handle::{Entry, TerminalSize};
use crate::logs::TerminalChunk;
use crate::stack::{NoticeKind, ServiceName, StackSnapshot, Timeline, UnixMillis, Vitals};
use crate::ui::facts::{Facts, Link, Screenful};

/// What a service's terminal shows, while it is watched.
pub(super) struct Watched {
    pub(super) id: WatchId,
    service: ServiceName,
    parser: vt100::Parser,
    end: u64,
    is_new: bool,
}

/// Which watch a piece of a terminal belongs to: another size is another watch of the same service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WatchId(u64);

impl WatchId {
    /// Another than any before.
    pub(super) fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// The size that the program is told and the emulator has, for a pane of this size: the emulator panics at less.
pub(super) fn terminal_size(pane: Size) -> TerminalSize {
    TerminalSize { columns: pane.width.max(2), rows: pane.height.max(2) }
}

impl Watched {
    /// A terminal of this size that shows nothing yet.
    pub(super) fn new(id: WatchId, service: ServiceName, size: TerminalSize) -> Self {
        let parser = vt100::Parser::new(size.rows.max(2), size.columns.max(2), 0);
        Self { id, service, parser, end: 0, is_new: false }
    }

    /// Takes the next piece; one that does not follow the last begins on an empty screen.
    pub(super) fn take(&mut self, chunk: &TerminalChunk) {
        if chunk.lost > 0 && self.end > 0 {
            self.parser.process(b"\x1bc");
        }
        self.end = chunk.end();
        self.parser.process(&chunk.bytes);
        self.is_new = true;
    }

    /// What it shows, if that is something new: a copy of the whole screen, so ask once a frame.
    pub(super) fn changed(&mut self) -> Option<Screenful> {
        let screen = std::mem::take(&mut self.is_new).then(|| Arc::new(self.parser.screen().clone()));
        screen.map(|screen| Screenful { service: Some(self.service.clone()), screen: Some(screen) })
    }
}

/// Whether a reload, perhaps one from elsewhere, has brought services or removed them.
pub(super) fn has_other_services(facts: &Facts, snapshot: &StackSnapshot) -> bool {
    let names = |snapshot: &StackSnapshot| -> Vec<ServiceName> {
        snapshot.services.iter().map(|service| service.name.clone()).collect()
    };
    names(&facts.snapshot) != names(snapshot)
}

/// Whether an event may mean that the specification of a service is another now: what a reload changed begins to
/// count with a start.
pub(super) fn may_redefine(entry: &Entry) -> bool {
    matches!(entry.notice.what, NoticeKind::EnvironmentChanged | NoticeKind::Spawned { .. })
}

/// A newer snapshot.
pub(super) fn snapshot(facts: &mut Facts, snapshot: Arc<StackSnapshot>) {
    for service in &snapshot.services {
        let before = facts.snapshot.service(&service.name);
        let probed = before.is_none_or(|before| before.probes_made != service.probes_made);
        if probed && let Some(mark) = service.probes.last() {
            let history = facts.history.entry(service.name.clone()).or_default();
            history.latency.push(mark.latency_us.filter(|_| mark.ok).map(|micros| micros as f32));
        }
    }
    facts.snapshot = snapshot;
    if matches!(facts.link, Link::Lost(_)) {
        facts.link = Link::Live;
    }
}

/// A newer measurement.
pub(super) fn vitals(facts: &mut Facts, vitals: Arc<Vitals>) {
    for service in &vitals.services {
        let history = facts.history.entry(service.name.clone()).or_default();
        history.cpu.push(service.usage.cpu);
        history.memory.push(service.usage.memory.map(|bytes| bytes as f32));
    }
    facts.vitals = Some(vitals);
}

/// An event. Those that happened before the console opened come first, and are told to nobody.
pub(super) fn event(facts: &mut Facts, entry: &Arc<Entry>) {
    facts.timeline.note(entry.ts, &entry.notice);
    facts.happenings.add(Arc::clone(entry));
}

/// The timeline of a stack of which nothing has happened yet.
pub(super) fn timeline(snapshot: &StackSnapshot) -> Timeline {
    Timeline::of(snapshot.identity.started_at, std::iter::empty())
}

/// The stack does not answer.
pub(super) fn lost(facts: &mut Facts, now: UnixMillis) {
    if facts.link == Link::Live {
        facts.link = Link::Lost(now);
    }
}

/// The branch that a folder's checkout is on: the name in `.git/HEAD`, of worktrees too; the start of a commit's hash
/// where it is on none.
pub(super) fn branch(folder: &std::path::Path) -> Option<String> {
    let mut folders: VecDeque<_> = folder.ancestors().collect();
    let git = loop {
        let candidate = folders.pop_front()?.join(".git");
        if candidate.exists() {
            break candidate;
        }
    };
    let folder = match std::fs::read_to_string(&git) {
        Ok(text) => git.parent()?.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let head = std::fs::read_to_string(folder.join("HEAD")).ok()?;
    let head = head.trim();
    match head.strip_prefix("ref: refs/heads/") {
        Some(name) => Some(name.to_owned()),
        None => head.get(..8).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_of_hardly_any_size_shows_something() {
        let service = ServiceName::new("web").unwrap();
        for (width, height) in [(0, 0), (1, 1), (1, 24), (80, 1), (2, 2)] {
            let size = terminal_size(Size { width, height });
            let mut watched = Watched::new(WatchId::default(), service.clone(), size);
            assert!(watched.changed().is_none());
            let bytes =
                "\x1b[1;1H日本語 words\r\n\r\n\x1b[9;9Hx\x1b[A\x1b[2K\x1b[1L\tend".as_bytes().to_vec();
            watched.take(&TerminalChunk { offset: 0, bytes, lost: 0 });
            assert!(watched.changed().and_then(|shown| shown.screen).is_some());
            assert!(watched.changed().is_none(), "it is copied once");
        }
    }

    #[test]
    fn the_branch_is_read_in_checkouts_and_worktrees() {
        let folder = tempfile::tempdir().unwrap();
        let (main, tree) = (folder.path().join("main"), folder.path().join("tree/deep"));
        std::fs::create_dir_all(main.join(".git/worktrees/tree")).unwrap();
        std::fs::create_dir_all(&tree).unwrap();
        std::fs::write(main.join(".git/HEAD"), "ref: refs/heads/feature/x\n").unwrap();
        std::fs::write(main.join(".git/worktrees/tree/HEAD"), "0123456789abcdef\n").unwrap();
        std::fs::write(folder.path().join("tree/.git"), "gitdir: ../main/.git/worktrees/tree\n").unwrap();
        assert_eq!(branch(&main).as_deref(), Some("feature/x"));
        assert_eq!(branch(&tree).as_deref(), Some("01234567"));
        assert_eq!(branch(std::path::Path::new("/")), None);
    }
}
