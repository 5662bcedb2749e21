//! What happened, newest last: below what is wrong.

use ratatui::layout::Rect;

use crate::handle::Entry;
use crate::stack::{NoticeKind, State};
use crate::ui::facts::Facts;
use crate::ui::keymap::Scope;
use crate::ui::model::{Model, Screen};
use crate::ui::theme::{Glyph, Role, face};

use super::canvas::Canvas;
use super::{finding, paragraph, scroll, words};

/// Rows at most that tell the whole text of the selected event.
const TOLD: usize = 4;
/// Below this height there is only the list.
const LOW: u16 = 12;

/// Draws the view. It stands at the end until the selection was moved.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    if area.height == 0 {
        return;
    }
    let total = facts.list_rows(Screen::Events);
    let body = Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area };
    let last = total.saturating_sub(1);
    let selected = facts.lit_row(model);
    let moved = model.lists.contains_key(&Screen::Events).then_some(selected);
    let chosen = facts.happenings.all().nth(selected).filter(|_| moved.is_some() && area.height >= LOW);
    let cells = usize::from(area.width.saturating_sub(4));
    let cut = canvas.theme.glyphs.get(Glyph::Cut);
    let told = chosen.map(|entry| paragraph::lines(&entry.notice.what.to_string(), cells, TOLD, cut));
    let told_rows = told.as_ref().map_or(0, |lines| lines.len() + 1);
    let told_rows = u16::try_from(told_rows).unwrap_or(u16::MAX).min(body.height);
    let list = Rect { height: body.height - told_rows, ..body };
    let rows = usize::from(list.height);
    let shown = match moved {
        Some(selected) => scroll::around(selected, total, rows),
        None => total.saturating_sub(rows)..total,
    };
    let follows = moved.is_none_or(|selected| selected == last);
    let focused = facts.scope(model) != Scope::Findings;
    rule(canvas, area, scroll::hidden(&shown, total), total, follows, focused);
    if total == 0 {
        let style = canvas.theme.style(Role::Muted);
        canvas.row(body, 0).put("   nothing has happened yet", style);
        return;
    }
    let columns = Columns::of(facts, area.width);
    for (y, (at, entry)) in
        (0u16..).zip(facts.happenings.all().enumerate().skip(shown.start).take(shown.len()))
    {
        let is_selected = moved == Some(at);
        if is_selected {
            let style = canvas.theme.style(Role::Selection);
            canvas.lay(Rect { y: list.y.saturating_add(y), height: 1, ..list }, style);
        }
        row(canvas, list, y, entry, is_selected, columns, facts);
    }
    if let (Some(lines), Some(entry)) = (told, chosen) {
        let area = Rect { y: list.bottom(), height: told_rows, ..body };
        canvas.rule(area, entry.notice.service.as_str(), &[], false);
        let style = canvas.theme.style(manner(&entry.notice.what).1);
        for (y, line) in (1u16..).zip(lines) {
            canvas.row(area, y).skip(3).put(&line, style);
        }
    }
}

fn rule(
    canvas: &mut Canvas<'_>,
    area: Rect,
    hidden: Option<String>,
    total: usize,
    follows: bool,
    focused: bool,
) {
    let count = format!("{} events", words::count(total as u64));
    let mut right = vec![(count.as_str(), Role::Rule)];
    if let Some(hidden) = &hidden {
        right.push((hidden.as_str(), Role::Rule));
    }
    if follows {
        right.push(("FOLLOW", Role::Healthy));
    }
    canvas.rule(area, "events", &right, focused);
}

#[derive(Clone, Copy, Debug)]
struct Columns {
    time: usize,
    name: usize,
}

impl Columns {
    fn of(facts: &Facts, area: u16) -> Self {
        let services = &facts.snapshot.services;
        let longest = services.iter().map(|service| service.name.as_str().len()).max().unwrap_or(0);
        let time = match area {
            ..40 => 0,
            40..100 => 9,
            100.. => 13,
        };
        Self { time, name: longest.min(22).min(usize::from(area) / 3) }
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    y: u16,
    entry: &Entry,
    selected: bool,
    columns: Columns,
    facts: &Facts,
) {
    let (glyph, role) = manner(&entry.notice.what);
    let mut row = canvas.row(area, y);
    let (accent, muted, sign) = (row.style(Role::Accent), row.style(Role::Muted), row.style(role));
    row.put(if selected { row.glyph(Glyph::Selection) } else { " " }, accent);
    if columns.time > 0 {
        let time = words::time_of_day(entry.ts, facts.utc_offset, columns.time >= 13);
        row.cell(&time, columns.time, muted);
    }
    let service = &entry.notice.service;
    let index = facts.snapshot.services.iter().position(|other| other.name == *service);
    let name = index.map_or(muted, |index| row.service_style(index));
    row.cell(service.as_str(), columns.name, name).skip(2);
    row.put(row.glyph(glyph), sign).skip(1);
    let room = usize::from(row.left());
    let text = match role {
        Role::Error | Role::Warn => sign,
        _ if entry.notice.what.is_for_people() => row.style(Role::Text),
        _ => muted,
    };
    let what = entry.notice.what.to_string();
    row.cell(what.lines().next().unwrap_or_default(), room, text);
}

/// The sign and the colour of an event.
fn manner(what: &NoticeKind) -> (Glyph, Role) {
    match what {
        NoticeKind::State { to, .. } => {
            let face = face(*to);
            match to {
                State::Waiting | State::Preparing | State::Starting | State::Stopping => {
                    (face.glyph, Role::Muted)
                }
                State::Disabled | State::Stopped | State::Running | State::Healthy => (face.glyph, face.role),
                State::Unhealthy | State::Backoff | State::Completed | State::Failed => {
                    (face.glyph, face.role)
                }
            }
        }
        NoticeKind::Spawned { .. } | NoticeKind::EnvironmentChanged => (Glyph::Becomes, Role::Muted),
        NoticeKind::PortMoved { .. }
        | NoticeKind::BoundWide { .. }
        | NoticeKind::OwnerUnknown { .. }
        | NoticeKind::PortIgnored { .. }
        | NoticeKind::PortLost { .. }
        | NoticeKind::ReservationReleased { .. }
        | NoticeKind::Restarting { .. }
        | NoticeKind::FellBack { .. }
        | NoticeKind::NeedLost { .. }
        | NoticeKind::Unwell { .. }
        | NoticeKind::Killed { .. } => (Glyph::Unhealthy, Role::Warn),
        NoticeKind::Exited { exit } if exit.is_success() => (Glyph::Completed, Role::Muted),
        NoticeKind::Found { finding } => finding::manner(finding.severity),
        NoticeKind::Exited { .. } | NoticeKind::Failed { .. } => (Glyph::Failed, Role::Error),
    }
}
