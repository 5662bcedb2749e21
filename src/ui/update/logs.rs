//! Actions on the logs pane: following, jumping, folding, selecting, copying.

use crate::logs::{Anchor, Entry, Part, Reach};
use crate::ui::facts::Facts;
use crate::ui::model::{Focus, Model, Place, Span, Spot, Toast};
use crate::ui::msg::{CopyWhat, Jump, Landing, Request};

/// Has the desk filter or find what the model says.
pub(super) fn look(model: &Model) -> Request {
    Request::Look { looking: model.logs.looking.clone(), level: model.logs.level }
}

/// Takes the cursor to where a jump came to, and the pane along if it is not in view.
pub(super) fn land(model: &mut Model, facts: &Facts, landing: Landing) {
    let Landing { jump, reach, top, pane, last } = landing;
    let Reach::At(seq) = reach else {
        if let Some(text) = not_reached(model, jump, reach) {
            model.toast = Some(Toast::said(text, facts.now));
        }
        return;
    };
    let place = &mut model.logs.place;
    let onward = match jump {
        Jump::Step(by) | Jump::Scroll(by) => by > 0,
        Jump::First | Jump::To(_) | Jump::Fault { .. } | Jump::Hit { .. } => false,
    };
    if last && onward {
        *place = Place::default();
        return;
    }
    if let Some((top, skip)) = pane {
        let cursor = if matches!(jump, Jump::Scroll(_)) { place.cursor } else { Some(seq) };
        *place = Place { anchor: Anchor::Top(top), skip, cursor };
        if matches!(jump, Jump::Fault { .. } | Jump::Hit { .. } | Jump::To(_)) {
            model.focus = Focus::Logs;
        }
        if !matches!(jump, Jump::Scroll(_)) {
            take_span(model, seq);
        }
        return;
    }
    let seen = facts.seen();
    match jump {
        Jump::Scroll(_) => {
            *place = Place { anchor: Anchor::Top(seq), skip: 0, cursor: place.cursor };
            return;
        }
        Jump::First => *place = Place { anchor: Anchor::Top(seq), skip: 0, cursor: Some(seq) },
        Jump::Step(_) => match &seen {
            Some(seen) if seq < *seen.start() => place.anchor = Anchor::Top(seq),
            Some(seen) if seq > *seen.end() => place.anchor = Anchor::Bottom(seq),
            Some(seen) if place.anchor == Anchor::End => place.anchor = Anchor::Bottom(*seen.end()),
            Some(_) | None => {}
        },
        Jump::Fault { .. } | Jump::Hit { .. } | Jump::To(_) => {
            model.focus = Focus::Logs;
            if seen.is_none_or(|seen| !seen.contains(&seq)) || place.anchor == Anchor::End {
                place.anchor = Anchor::Top(top.unwrap_or(seq));
            }
        }
    }
    place.skip = 0;
    place.cursor = Some(seq);
    take_span(model, seq);
}

/// Why a jump leads nowhere.
fn not_reached(model: &Model, jump: Jump, reach: Reach) -> Option<String> {
    let (what, forward) = match jump {
        Jump::Fault { forward } => ("error", forward),
        Jump::Hit { forward } => ("match", forward),
        Jump::Step(_) | Jump::Scroll(_) | Jump::First | Jump::To(_) => return None,
    };
    let side = if forward { "after" } else { "before" };
    let filters = model.logs.level.is_some() || model.logs.looking.as_ref().is_some_and(|it| !it.find);
    match reach {
        Reach::At(_) => None,
        Reach::Nothing => Some(format!("no {what} {side} this")),
        Reach::Searching => Some(format!("no {what} {side} this yet: still searching")),
        Reach::Hidden(many) => {
            let plural = if many == 1 { "" } else { "s" };
            Some(match filters {
                true => format!("{many} {what}{plural} hidden by the filter: Esc clears it"),
                false => format!("{many} {what}{plural} {side} this cleared: u brings them back"),
            })
        }
    }
}

/// Takes a selection of whole lines along to the cursor.
fn take_span(model: &mut Model, seq: u64) {
    if let Some(span) = model.logs.span.as_mut().filter(|span| span.lines) {
        span.to = Spot { seq, column: usize::MAX };
    }
}

/// Follows, or stops where it is.
pub(super) fn follow(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let place = &mut model.logs.place;
    *place = match (place.anchor, facts.seen()) {
        (Anchor::End, Some(seen)) => {
            Place { anchor: Anchor::Bottom(*seen.end()), skip: 0, cursor: Some(*seen.end()) }
        }
        (Anchor::End, None) | (Anchor::Top(_) | Anchor::Bottom(_), _) => Place::default(),
    };
    Vec::new()
}

pub(super) fn to_hit(model: &mut Model, facts: &Facts, forward: bool) -> Vec<Request> {
    if model.logs.looking.is_none() {
        model.toast = Some(Toast::said("nothing is looked for: / filters or finds", facts.now));
        return Vec::new();
    }
    vec![Request::Jump(Jump::Hit { forward })]
}

pub(super) fn clear(model: &mut Model, facts: &Facts) -> Vec<Request> {
    super::act::remember(model);
    model.logs.cleared = facts.log_end;
    model.logs.place = Place::default();
    model.logs.span = None;
    model.toast = Some(Toast::said("cleared; u brings it back", facts.now));
    Vec::new()
}

/// Folds or unfolds the block at the cursor, shows library frames, or opens a line of JSON.
pub(super) fn fold(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(at) = index_at_cursor(model, facts) else { return Vec::new() };
    let Some(Entry::Line { line, part, .. }) = facts.page.entries.get(at) else { return Vec::new() };
    let logs = &mut model.logs;
    let block = || head_of(facts, at);
    match part {
        Part::Folded(summary) => {
            logs.unfolded.insert(summary.first);
        }
        Part::Head(summary) => {
            logs.unfolded.remove(&summary.first);
            logs.expanded.remove(&summary.first);
        }
        Part::LibraryRun { .. } => {
            logs.expanded.extend(block());
        }
        Part::Frame { .. } | Part::Text => {
            if let Some(first) = block() {
                logs.unfolded.remove(&first);
                logs.expanded.remove(&first);
                logs.place.cursor = Some(first);
            }
        }
        Part::Alone => {
            if !logs.opened.remove(&line.seq) {
                logs.opened.insert(line.seq);
            }
        }
    }
    // What is above the cursor must not jump when it grows.
    if logs.follows()
        && let Some(seen) = facts.seen()
    {
        let skip = facts.drawn.map_or(0, |drawn| drawn.skip);
        logs.place = Place { anchor: Anchor::Top(*seen.start()), skip, cursor: Some(line.seq) };
    }
    Vec::new()
}

pub(super) fn marker(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(seq) = cursor(model, facts) else { return Vec::new() };
    super::act::remember(model);
    if !model.logs.markers.remove(&seq) {
        model.logs.markers.insert(seq);
    }
    Vec::new()
}

pub(super) fn next_marker(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let at = cursor(model, facts).unwrap_or(0);
    let markers = &model.logs.markers;
    let next = markers.range(at.saturating_add(1)..).next().or_else(|| markers.first());
    match next {
        Some(&seq) => vec![Request::Jump(Jump::To(seq))],
        None => {
            model.toast = Some(Toast::said("no marker yet: m sets one", facts.now));
            Vec::new()
        }
    }
}

/// Begins to select whole lines at the cursor, or stops.
pub(super) fn select_lines(model: &mut Model, facts: &Facts) -> Vec<Request> {
    if model.logs.span.take().is_some() {
        return Vec::new();
    }
    let Some(seq) = cursor(model, facts) else { return Vec::new() };
    if model.logs.follows()
        && let Some(seen) = facts.seen()
    {
        model.logs.place = Place { anchor: Anchor::Bottom(*seen.end()), skip: 0, cursor: Some(seq) };
    }
    let from = Spot { seq, column: 0 };
    model.logs.span = Some(Span { from, to: Spot { seq, column: usize::MAX }, lines: true });
    model.toast = Some(Toast::said("j and k select lines, y copies them, Esc ends", facts.now));
    Vec::new()
}

pub(super) fn copy(model: &mut Model, facts: &Facts, block: bool) -> Vec<Request> {
    if let Some(span) = model.logs.span.take() {
        return vec![Request::Copy(CopyWhat::Span(span))];
    }
    let Some(seq) = cursor(model, facts) else { return Vec::new() };
    vec![Request::Copy(if block { CopyWhat::Block(seq) } else { CopyWhat::Line(seq) })]
}

/// The line that keys act on.
fn cursor(model: &Model, facts: &Facts) -> Option<u64> {
    model.logs.place.cursor.or_else(|| facts.seen().map(|seen| *seen.end()))
}

fn index_at_cursor(model: &Model, facts: &Facts) -> Option<usize> {
    let seq = cursor(model, facts)?;
    facts.page.entries.iter().position(|entry| entry.seq() == seq)
}

/// The block that the entry at `at`, which is inside of one, belongs to.
fn head_of(facts: &Facts, at: usize) -> Option<u64> {
    let Some(Entry::Line { line: inside, .. }) = facts.page.entries.get(at) else { return None };
    let before = facts.page.entries.get(..at)?;
    before.iter().rev().find_map(|entry| match entry {
        Entry::Line { line, part: Part::Head(summary), .. } if line.service == inside.service => {
            Some(summary.first)
        }
        Entry::Line { .. } | Entry::Lost { .. } => None,
    })
}
