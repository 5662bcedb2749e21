//! The logs pane's way to the log store: the page on the screen, and where jumps lead.

use std::collections::BTreeSet;
use std::io;

use crate::logs::{Anchor, Desk, Page, PageRequest, Query, Reach, Selection};
use crate::stack::{ServiceId, ServiceName};
use crate::ui::facts::Facts;
use crate::ui::model::{LogsState, Looking, Model, Source};
use crate::ui::msg::{Jump, Landing};
use crate::ui::view::{self, Look};

use super::wrapped::{Moved, Wrapped};

/// The part of the pane that is shown above a line that was jumped to.
pub(super) const ABOVE: usize = 3;

/// Fills in what the logs pane shows.
pub(super) fn look(desk: &mut Desk, facts: &mut Facts, model: &Model, look: &Look) -> io::Result<()> {
    facts.log_end = desk.look()?.end;
    let pane = facts.layout(model).map_or((0, 0), |layout| (layout.logs.width, layout.logs.height));
    facts.log_rows = usize::from(pane.1);
    let selection = selection(&model.logs);
    let anchor = model.logs.place.anchor;
    facts.page = desk.page(&request(&model.logs, &selection, anchor, facts.log_rows))?;
    facts.at_end = false;
    facts.drawn = view::drawn(facts, model, look, pane);
    let room = facts.drawn.is_none_or(|drawn| drawn.rows < facts.log_rows);
    let above = facts.page.above || model.logs.place.skip > 0;
    // What a filter has not looked at yet may still come below the place.
    if room && above && facts.stands_at_top(model) && !facts.page.searching {
        // A filter may leave little below the place: what is above it fills the pane. The place itself stays.
        facts.page = desk.page(&request(&model.logs, &selection, Anchor::End, facts.log_rows))?;
        facts.at_end = true;
        facts.drawn = view::drawn(facts, model, look, pane);
    }
    let finds = model.logs.looking.as_ref().is_some_and(|looking| looking.find);
    facts.counts = if finds { desk.found(&selection)? } else { desk.counts(&selection)? };
    let services: Vec<_> =
        facts.snapshot.services.iter().map(|service| (service.name.clone(), service.epoch)).collect();
    for (name, epoch) in services {
        let count = desk.faults(&ServiceId::from(name.clone()), Some(epoch));
        facts.faults.insert(name, count);
    }
    unseen(desk, facts, model)
}

/// Notes which services have printed something since their lines were last among those shown.
fn unseen(desk: &mut Desk, facts: &mut Facts, model: &Model) -> io::Result<()> {
    let shown = selection(&model.logs);
    let names: Vec<ServiceName> =
        facts.snapshot.services.iter().map(|service| service.name.clone()).collect();
    for name in names {
        let id = ServiceId::from(name.clone());
        if shown.holds(&id) {
            facts.seen_to.insert(name, facts.log_end);
            continue;
        }
        let from = facts.seen_to.get(&name).copied().unwrap_or(0);
        let alone = Selection::Only(vec![id]);
        let lines = desk.lines_before(&alone, facts.log_end)?;
        if lines > desk.lines_before(&alone, from)? {
            facts.unseen.insert(name);
        } else {
            facts.unseen.remove(&name);
        }
    }
    facts.unseen.retain(|name| !shown.holds(&ServiceId::from(name.clone())));
    Ok(())
}

/// Has the desk look for what the model says.
pub(super) fn set_query(
    desk: &mut Desk,
    looking: Option<&Looking>,
    level: Option<crate::logs::Level>,
    facts: &Facts,
) -> Option<Query> {
    let parsed = looking.and_then(|looking| Query::parse(&looking.text, facts.system_now()).ok());
    let leveled = |query: Query| match level {
        Some(level) => query.at_least(level),
        None => query,
    };
    let all = || Query::parse("", facts.system_now()).ok();
    let finds = looking.is_some_and(|looking| looking.find);
    let filter = match (&parsed, finds, level) {
        (Some(query), false, _) => Some(leveled(query.clone())),
        (Some(_), true, Some(_)) | (None, _, Some(_)) => all().map(leveled),
        (Some(_), true, None) | (None, _, None) => None,
    };
    desk.filter(filter);
    desk.find(parsed.clone().filter(|_| finds));
    parsed
}

/// Where a jump leads.
pub(super) fn jump(
    desk: &mut Desk,
    facts: &Facts,
    model: &Model,
    look: &Look,
    jump: Jump,
) -> io::Result<Landing> {
    let selection = selection(&model.logs);
    if model.logs.wrap
        && let Some(landing) = moved(wrapped(desk, facts, model, look, &selection), jump)?
    {
        return Ok(landing);
    }
    let place = model.logs.place;
    let last = facts.seen().map_or(0, |seen| *seen.end());
    let from = place.cursor.unwrap_or(last);
    let mut finder = Finder { desk, logs: &model.logs, selection: &selection };
    let rows = facts.log_rows.max(1);
    let (found, at_end) = match jump {
        Jump::Step(by) => finder.step(from, by)?,
        Jump::Scroll(by) => match finder.scrolled(place.anchor, rows, by)? {
            Anchor::Top(seq) | Anchor::Bottom(seq) => (Some(seq), false),
            Anchor::End => (Some(last), true),
        },
        Jump::First => (finder.first()?, false),
        Jump::To(seq) => (Some(seq), false),
        Jump::Fault { .. } | Jump::Hit { .. } => (None, false),
    };
    // While following there is nothing after the end: errors and matches are looked for from there back, whichever way.
    let follows = place.cursor.is_none();
    let before = if follows { facts.log_end } else { from };
    let shown = request(&model.logs, &selection, place.anchor, 1);
    let reach = match jump {
        Jump::Fault { forward: true } if !follows => finder.desk.next_fault(&shown, from)?,
        Jump::Fault { .. } => finder.desk.previous_fault(&shown, before)?,
        Jump::Hit { forward: true } if !follows => finder.desk.next_hit(&shown, from)?,
        Jump::Hit { .. } => finder.desk.previous_hit(&shown, before)?,
        Jump::Step(_) | Jump::Scroll(_) | Jump::First | Jump::To(_) => {
            found.map_or(Reach::Nothing, Reach::At)
        }
    };
    let seq = match reach {
        Reach::At(seq) => Some(seq),
        Reach::Hidden(_) | Reach::Searching | Reach::Nothing => None,
    };
    let above = i64::try_from(rows / ABOVE).unwrap_or(0);
    let top = match seq {
        Some(seq) => finder.step(seq, -above)?.0,
        None => None,
    };
    let pane = match seq {
        Some(seq) if model.logs.wrap => Some(wrapped(desk, facts, model, look, &selection).around(seq)?),
        Some(_) | None => None,
    };
    Ok(Landing { jump, reach, top, pane: pane.map(|top| (top.seq, top.skip)), last: at_end })
}

/// Where steps and scrolling lead while lines wrap; none for other jumps.
fn moved(mut pane: Wrapped<'_>, jump: Jump) -> io::Result<Option<Landing>> {
    let moved = match jump {
        Jump::Step(by) => pane.step(pane.model.logs.place.cursor, by)?,
        Jump::Scroll(by) => pane.scroll(by)?,
        Jump::First | Jump::To(_) | Jump::Fault { .. } | Jump::Hit { .. } => return Ok(None),
    };
    Ok(moved.map(|Moved { top, cursor, end }| {
        let pane = Some((top.seq, top.skip));
        Landing { jump, reach: Reach::At(cursor), top: None, pane, last: end }
    }))
}

fn wrapped<'d>(
    desk: &'d mut Desk,
    facts: &'d Facts,
    model: &'d Model,
    look: &'d Look,
    selection: &'d Selection,
) -> Wrapped<'d> {
    let columns = facts.layout(model).map_or(0, |layout| layout.logs.width);
    Wrapped { desk, facts, model, look, selection, columns, rows: facts.log_rows.max(1) }
}

/// A page of what the pane shows, from this line on.
pub(super) fn page_from(
    desk: &mut Desk,
    logs: &LogsState,
    anchor: Anchor,
    rows: usize,
    fold: bool,
) -> io::Result<Page> {
    let selection = selection(logs);
    desk.page(&PageRequest { fold, ..request(logs, &selection, anchor, rows) })
}

/// Whose lines the pane shows.
pub(super) fn selection(logs: &LogsState) -> Selection {
    let ids = |names: &BTreeSet<ServiceName>| names.iter().cloned().map(ServiceId::from).collect();
    match &logs.source {
        Source::All => Selection::All,
        Source::Marked => Selection::Only(ids(&logs.marked)),
        Source::One(name) => Selection::Only(vec![ServiceId::from(name.clone())]),
    }
}

pub(super) fn request<'a>(
    logs: &'a LogsState,
    selection: &'a Selection,
    anchor: Anchor,
    rows: usize,
) -> PageRequest<'a> {
    PageRequest {
        selection,
        anchor,
        rows,
        fold: true,
        unfolded: &logs.unfolded,
        expanded: &logs.expanded,
        cleared_before: logs.cleared,
    }
}

struct Finder<'d> {
    desk: &'d mut Desk,
    logs: &'d LogsState,
    selection: &'d Selection,
}

impl Finder<'_> {
    /// The entry this many after or before `from`, and whether it is the last one.
    fn step(&mut self, from: u64, by: i64) -> io::Result<(Option<u64>, bool)> {
        match self.scrolled(Anchor::Top(from), 1, by)? {
            Anchor::Top(seq) | Anchor::Bottom(seq) => Ok((Some(seq), false)),
            Anchor::End => {
                let last = self.desk.page(&request(self.logs, self.selection, Anchor::End, 1))?;
                Ok((last.entries.last().map(|entry| entry.seq()), true))
            }
        }
    }

    fn scrolled(&mut self, anchor: Anchor, rows: usize, by: i64) -> io::Result<Anchor> {
        let by = isize::try_from(by).unwrap_or(if by < 0 { isize::MIN } else { isize::MAX });
        self.desk.scrolled(&request(self.logs, self.selection, anchor, rows), by)
    }

    fn first(&mut self) -> io::Result<Option<u64>> {
        let first = self.desk.page(&request(self.logs, self.selection, Anchor::Top(0), 1))?;
        Ok(first.entries.first().map(|entry| entry.seq()))
    }
}
