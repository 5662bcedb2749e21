//! A service's own terminal: the cells of the emulated screen, and nothing else that the program printed.

use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use crate::ui::facts::Facts;
use crate::ui::layers::TerminalPane;
use crate::ui::theme::{Ink, Palette, Rgb, Role};
use crate::ui::view::canvas::Canvas;

use super::sheet::cells;

/// Draws it over the whole area under a rule that says how to leave, and says where the program has its cursor.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    pane: &TerminalPane,
    facts: &Facts,
) -> Option<Position> {
    let theme = canvas.theme;
    canvas.clear(area, theme.style(Role::Dialog));
    let runs = facts.snapshot.service(&pane.service).is_some_and(|service| service.pid.is_some());
    let way_out = ("ctrl-] leaves", Role::Accent);
    let title = format!("terminal of {}", pane.service);
    let right: &[_] = if runs { &[way_out] } else { &[("does not run", Role::Warn), way_out] };
    canvas.rule(area, &title, right, true);
    let inside = Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area };
    let Some(screen) = pane.screen(facts) else {
        canvas.row(inside, 0).put("nothing printed yet", theme.style(Role::Muted));
        return None;
    };
    let (rows, columns) = screen.size();
    for y in 0..rows.min(inside.height) {
        let mut row = canvas.row(inside, y);
        let mut x = 0;
        while x < columns && row.left() > 0 {
            let Some(cell) = screen.cell(y, x) else { break };
            let wide = if cell.is_wide() { 2 } else { 1 };
            let contents =
                if cell.has_contents() && !cell.is_wide_continuation() { cell.contents() } else { " " };
            // A program may have put half of a wide character into the last column.
            let style = style(&theme.palette, cell);
            if usize::from(row.left()) < wide {
                row.cell(" ", 1, style);
            } else {
                row.cell(contents, wide, style);
            }
            x = x.saturating_add(cells(wide));
        }
    }
    let (y, x) = screen.cursor_position();
    let seen = !screen.hide_cursor() && y < inside.height && x < inside.width;
    seen.then(|| Position { x: inside.x + x, y: inside.y + y })
}

fn style(palette: &Palette, cell: &vt100::Cell) -> Style {
    let mut modifier = Modifier::empty();
    modifier.set(Modifier::BOLD, cell.bold());
    modifier.set(Modifier::DIM, cell.dim());
    modifier.set(Modifier::ITALIC, cell.italic());
    modifier.set(Modifier::UNDERLINED, cell.underline());
    modifier.set(Modifier::REVERSED, cell.inverse());
    let (text, ground) = (ink(cell.fgcolor()), ink(cell.bgcolor()));
    if text.is_none() && ground.is_none() && modifier.is_empty() {
        return Style::new();
    }
    palette.child(text, ground, modifier)
}

fn ink(colour: vt100::Color) -> Option<Ink> {
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(Ink::Index(index)),
        vt100::Color::Rgb(red, green, blue) => Some(Ink::Rgb(Rgb(red, green, blue))),
    }
}
