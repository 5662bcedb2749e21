//! What is wrong with the stack: one row each, and everything that is known of the lit one under it.

use ratatui::layout::Rect;

use crate::stack::{ServiceFinding, Severity};
use crate::ui::facts::Facts;
use crate::ui::keymap::Scope;
use crate::ui::model::Model;
use crate::ui::text;
use crate::ui::theme::{Glyph, Role};

use super::canvas::Canvas;
use super::finding::{Span, Told, manner};
use super::scroll;

/// Below this height there is room for findings or for events, not for both.
const LOW: u16 = 9;
/// The widest column of names.
const NAME: usize = 22;

/// A row, and the finding that it belongs to.
struct Line {
    of: usize,
    spans: Vec<Span>,
}

/// Draws the findings at the top of `area`, and returns what is left of it for the events.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) -> Rect {
    let findings = facts.findings();
    let lit = Facts::lit_finding(&findings, model);
    let focused = facts.scope(model) == Scope::Findings;
    let lines = lines(canvas, area.width, facts, model, &findings);
    let rows = rows(area.height, lines.len(), focused);
    let (top, rest) = (
        Rect { height: rows, ..area },
        Rect { y: area.y.saturating_add(rows), height: area.height - rows, ..area },
    );
    if rows == 0 {
        return rest;
    }
    let body = Rect { y: top.y.saturating_add(1), height: rows - 1, ..top };
    let first = lit.and_then(|lit| lines.iter().position(|line| line.of == lit)).unwrap_or(0);
    let block = lines.iter().filter(|line| Some(line.of) == lit).count();
    let shown = window(first, block, lines.len(), usize::from(body.height));
    rule(canvas, top, &findings, scroll::hidden(&shown, lines.len()), focused);
    if findings.is_empty() {
        let style = canvas.theme.style(Role::Muted);
        canvas.row(body, 0).put("   nothing is wrong", style);
        return rest;
    }
    for (y, line) in (0u16..).zip(lines.get(shown.clone()).unwrap_or_default()) {
        if focused && shown.start + usize::from(y) == first {
            let style = canvas.theme.style(Role::Selection);
            canvas.lay(Rect { y: body.y.saturating_add(y), height: 1, ..body }, style);
        }
        let mut row = canvas.row(body, y);
        let last = line.spans.len().saturating_sub(1);
        for (n, (text, style)) in line.spans.iter().enumerate() {
            let room = usize::from(row.left());
            match n == last {
                true => row.cell(text, room, *style),
                false => row.put(text, *style),
            };
        }
    }
    rest
}

/// The rows that the findings get, their rule included.
fn rows(height: u16, lines: usize, focused: bool) -> u16 {
    let wanted = u16::try_from(lines.max(1) + 1).unwrap_or(u16::MAX);
    match (height < LOW, focused) {
        (true, true) => height,
        (true, false) => 0,
        (false, _) => wanted.min(height / 5 * 3),
    }
}

/// The rows that are shown: the whole lit block if it fits, else its beginning.
fn window(first: usize, block: usize, total: usize, rows: usize) -> std::ops::Range<usize> {
    let rows = rows.min(total);
    let above = rows.saturating_sub(block) / 2;
    let start = first.saturating_sub(above).min(total - rows);
    start..start + rows
}

fn rule(
    canvas: &mut Canvas<'_>,
    area: Rect,
    findings: &[ServiceFinding],
    hidden: Option<String>,
    focused: bool,
) {
    let count = |severity: Severity| severity.count(findings.iter().map(|found| &found.finding));
    let errors = counted(count(Severity::Error), "error");
    let warnings = counted(count(Severity::Warning), "warning");
    let mut right = Vec::new();
    if let Some(hidden) = &hidden {
        right.push((hidden.as_str(), Role::Rule));
    }
    right.extend(warnings.as_deref().map(|text| (text, Role::Warn)));
    right.extend(errors.as_deref().map(|text| (text, Role::Error)));
    canvas.rule(area, "findings", &right, focused);
}

/// So many of something in words; nothing of none.
pub(super) fn counted(many: usize, what: &str) -> Option<String> {
    match many {
        0 => None,
        1 => Some(format!("1 {what}")),
        many => Some(format!("{many} {what}s")),
    }
}

fn lines(
    canvas: &Canvas<'_>,
    width: u16,
    facts: &Facts,
    model: &Model,
    findings: &[ServiceFinding],
) -> Vec<Line> {
    let theme = canvas.theme;
    let width = usize::from(width);
    let lit = Facts::lit_finding(findings, model);
    let focused = facts.scope(model) == Scope::Findings;
    let longest = findings.iter().map(|found| text::width(found.service.as_str())).max().unwrap_or(0);
    let name = longest.min(NAME).min(width / 4);
    let mut lines = Vec::new();
    for (of, ServiceFinding { service, finding }) in findings.iter().enumerate() {
        let (glyph, role) = manner(finding.severity);
        let is_lit = lit == Some(of);
        let open = is_lit && !model.findings.folded;
        let mark = if is_lit { theme.glyphs.get(Glyph::Selection) } else { " " };
        let index = facts.snapshot.services.iter().position(|other| other.name == *service);
        let title = theme.style(if is_lit { role } else { Role::Text });
        let cut = theme.glyphs.get(Glyph::Cut);
        let head = vec![
            (mark.to_owned(), theme.style(Role::Accent)),
            (format!("{} ", theme.glyphs.get(glyph)), theme.style(role)),
            (padded(service.as_str(), name, cut), theme.palette.service(index.unwrap_or(0))),
            ("  ".to_owned(), title),
            (finding.title.clone(), title),
        ];
        lines.push(Line { of, spans: head });
        if open {
            let cells = width.saturating_sub(3);
            let told = Told { theme, model, service, finding, at_hand: focused, cells };
            // A title that has no room in its row is told whole.
            let room = width.saturating_sub(name + 5);
            if text::width(&finding.title) > room {
                lines.extend(told.title().into_iter().map(|spans| Line { of, spans: indented(spans) }));
            }
            let detail =
                [told.attempt(), told.evidence(|_| false), told.place(), told.remedy(), told.action()];
            lines.extend(detail.into_iter().flatten().map(|spans| Line { of, spans: indented(spans) }));
        }
    }
    lines
}

fn indented(mut spans: Vec<Span>) -> Vec<Span> {
    spans.insert(0, (" ".to_owned(), ratatui::style::Style::new()));
    spans
}

/// A text in exactly so many cells.
fn padded(text: &str, cells: usize, cut: &str) -> String {
    let mut padded = if text::width(text) > cells { text::cut(text, cells, cut) } else { text.to_owned() };
    padded.push_str(&" ".repeat(cells.saturating_sub(text::width(&padded))));
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lit_finding_is_shown_whole_where_it_fits() {
        assert_eq!(window(0, 4, 3, 9), 0..3);
        assert_eq!(window(5, 4, 20, 8), 3..11);
        assert_eq!(window(16, 4, 20, 8), 12..20);
        assert_eq!(window(5, 12, 20, 8), 5..13);
        assert_eq!(window(0, 0, 0, 8), 0..0);
        assert_eq!(window(3, 2, 9, 0), 3..3);
    }

    #[test]
    fn events_keep_room_unless_there_is_too_little_for_both() {
        assert_eq!(rows(22, 4, true), 5);
        assert_eq!(rows(22, 90, true), 12);
        assert_eq!(rows(22, 0, false), 2);
        assert_eq!((rows(5, 4, true), rows(5, 4, false)), (5, 0));
        assert_eq!(rows(0, 4, true), 0);
    }
}
