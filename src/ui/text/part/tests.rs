//! Any bytes, at any width: nothing harmful in a cell, nothing outside of the row, nothing lost.

use proptest::prelude::*;
use ratatui::buffer::CellWidth;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::*;
use crate::ui::theme::{Choice, Depth, Palette, Scheme};

fn palette() -> Palette {
    Palette::new(Choice { scheme: Scheme::Dark, depth: Depth::True }, false)
}

fn shown(bytes: &[u8]) -> Shown {
    Shown::of(bytes, &palette(), usize::MAX)
}

fn row(shown: &Shown, width: u16, from: usize) -> (String, Cut) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
    let cut = shown.draw(&mut buffer, 0, 0, width, from);
    let mut text = String::new();
    let mut column = 0;
    while column < width {
        let cell = &buffer[(column, 0)];
        text.push_str(cell.symbol());
        column += cell.cell_width().max(1);
    }
    (text, cut)
}

#[test]
fn colours_are_kept_and_all_other_sequences_dropped() {
    let line = shown(b"\x1b[2J\x1b[1;32mok\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07\x07\n");
    assert_eq!(line.plain(), "ok link");
    let green = line.style_at(0).unwrap();
    assert_eq!((green.fg, green.add_modifier), (Some(Color::Rgb(0x6f, 0xd0, 0x8c)), Modifier::BOLD));
    assert_eq!(line.style_at(3), Some(Style::new()));
}

#[test]
fn progress_collapses_to_its_last_state() {
    assert_eq!(shown(b"10%\r50%\r100%\r\n").plain(), "100%");
    assert_eq!(shown(b"done\r    \r\x1b[K").plain(), "done");
}

#[test]
fn tabs_reach_to_the_next_eighth_column() {
    assert_eq!(shown(b"a\tb\t\tc").plain(), "a       b               c");
    assert_eq!(shown("日\tb".as_bytes()).width(), 9);
}

#[test]
fn a_mark_belongs_to_its_letter_across_a_colour() {
    let line = shown("e\x1b[31m\u{301}x".as_bytes());
    assert_eq!((line.plain(), line.width()), ("e\u{301}x", 2));
    assert_eq!(line.style_at(0), Some(Style::new()));
    assert_ne!(line.style_at(1), Some(Style::new()));
}

#[test]
fn a_wide_character_at_an_edge_leaves_spaces() {
    let line = shown("a日本b".as_bytes());
    assert_eq!(row(&line, 6, 0), ("a日本b".to_owned(), Cut { left: false, right: false }));
    assert_eq!(row(&line, 4, 0), ("a日 ".to_owned(), Cut { left: false, right: true }));
    assert_eq!(row(&line, 4, 2), (" 本b".to_owned(), Cut { left: true, right: false }));
    assert_eq!(row(&line, 1, 1), (" ".to_owned(), Cut { left: true, right: true }));
    assert_eq!(row(&line, 3, 99), ("   ".to_owned(), Cut { left: true, right: false }));
}

#[test]
fn drawing_over_something_leaves_nothing_of_it() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
    buffer.set_style(Rect::new(0, 0, 6, 1), Style::new().bg(Color::Blue));
    shown("日日日".as_bytes()).draw(&mut buffer, 0, 0, 6, 0);
    shown(b"\x1b[31mab").draw(&mut buffer, 1, 0, 5, 0);
    assert_eq!(buffer[(1, 0)].symbol(), "a");
    assert_eq!(buffer[(1, 0)].bg, Color::Blue);
}

#[test]
fn rows_are_indented_after_the_first_and_never_to_nothing() {
    let line = shown(b"abcdefghij");
    assert_eq!(line.rows(4, 2).collect::<Vec<_>>(), [0..4, 4..6, 6..8, 8..10]);
    assert_eq!(line.rows(4, 99).collect::<Vec<_>>(), [0..4, 4..6, 6..8, 8..10]);
    assert_eq!(line.rows(4, 99).indent(4), 2);
    assert_eq!(shown("a日b".as_bytes()).rows(2, 0).collect::<Vec<_>>(), [0..1, 1..3, 3..4]);
    assert!(shown(b"").rows(4, 2).eq(std::iter::once(0..0)));
}

#[test]
fn light_is_laid_over_and_parted_where_it_must_be() {
    let mut line = shown(b"ab\x1b[31mcd\x1b[0mef");
    let red = line.style_at(2).unwrap();
    line.lit([4..99, 1..3], Style::new().add_modifier(Modifier::UNDERLINED));
    let underlined = |column| line.style_at(column).unwrap().add_modifier.contains(Modifier::UNDERLINED);
    assert_eq!([0, 1, 2, 3, 4, 5].map(underlined), [false, true, true, false, true, true]);
    assert_eq!(line.style_at(2).unwrap().fg, red.fg);
    assert_eq!(line.style_at(3), Some(red));
}

#[test]
fn columns_and_bytes_find_each_other() {
    let line = shown("a日b".as_bytes());
    assert_eq!([0, 1, 2, 3, 4, 9].map(|column| line.byte_of(column)), [0, 1, 1, 4, 5, 5]);
    assert_eq!([0, 1, 2, 4, 5, 9].map(|byte| line.column_of(byte)), [0, 1, 1, 3, 4, 4]);
}

#[test]
fn of_a_long_line_only_what_is_asked_for_is_decoded() {
    let long = "日本語 text ".repeat(400_000);
    let line = Shown::of(long.as_bytes(), &palette(), 200);
    assert!(line.more() && (200..210).contains(&line.width()), "{}", line.width());
    let hostile = "\u{301}".repeat(2_000_000);
    let line = Shown::of(hostile.as_bytes(), &palette(), 200);
    assert!(line.more() && line.width() == 0);
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let chunk = prop_oneof![
        4 => "[ -~]{0,12}".prop_map(String::into_bytes),
        2 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        2 => proptest::collection::vec(any::<u8>(), 0..6),
        2 => "\u{1b}\\[[0-9;:]{0,9}m".prop_map(String::into_bytes),
        1 => prop_oneof![
            Just("\r"), Just("\t"), Just("\u{1b}]0;x\u{7}"), Just("\u{1b}["), Just("\u{202e}"), Just("e\u{301}"),
            Just("\u{301}"), Just("日"), Just("👩‍👩‍👧"), Just("🇩🇪"), Just("\u{9b}31m"), Just("ｶﾞ"), Just("\u{200d}"), Just("\n"),
        ].prop_map(|text| text.as_bytes().to_vec()),
    ];
    proptest::collection::vec(chunk, 0..12).prop_map(|chunks| chunks.concat())
}

fn check_cells(buffer: &Buffer) -> Result<(), TestCaseError> {
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let cell = &buffer[(x, y)];
            prop_assert!(!cell.symbol().is_empty());
            let bad = |c: char| {
                c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
            };
            prop_assert!(!cell.symbol().contains(bad), "{:?}", cell.symbol());
            let width = cell.cell_width();
            prop_assert!(width > 0 && x + width <= buffer.area.right(), "{:?} at {}", cell.symbol(), x);
            for covered in x + 1..x + width {
                prop_assert_eq!(buffer[(covered, y)].symbol(), " ");
            }
            x += width;
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_reach_the_terminal_or_leave_their_row(
        bytes in bytes(), x in 0u16..12, y in 0u16..4, width in 0u16..40, from in 0usize..60, end in 0usize..80,
    ) {
        let mut line = shown(&bytes);
        line.lit(std::iter::once(from..end), Style::new().bg(Color::Red));
        let area = Rect::new(2, 1, 20, 2);
        let mut buffer = Buffer::empty(area);
        line.draw(&mut buffer, x, y, width, from);
        check_cells(&buffer)?;
        for at in area.positions() {
            let inside = at.y == y && at.x >= x && at.x < x.saturating_add(width);
            prop_assert!(inside || buffer[at].symbol() == " " && buffer[at].bg == Color::Reset);
        }
    }

    #[test]
    fn the_width_is_the_sum_of_its_clusters(bytes in bytes()) {
        let line = shown(&bytes);
        let mut sum = 0;
        let mut text = String::new();
        for index in 0.. {
            let Some((covered, cluster, _)) = line.cluster(index) else { break };
            prop_assert_eq!(covered.start, sum);
            prop_assert_eq!(covered.len(), usize::from(cluster.cell_width()));
            sum = covered.end;
            text.push_str(cluster);
        }
        prop_assert_eq!(sum, line.width());
        prop_assert_eq!(text.as_str(), line.plain());
    }

    #[test]
    fn wrapping_loses_nothing(bytes in bytes(), width in 1u16..30, indent in 0u16..30) {
        let line = shown(&bytes);
        let mut end = 0;
        for row in line.rows(width, indent) {
            prop_assert_eq!(row.start, end);
            let lone = line.cluster_at(row.start) == line.cluster_at(row.end.saturating_sub(1));
            prop_assert!(row.len() <= usize::from(width) || lone);
            end = row.end;
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
            line.draw_columns(&mut buffer, 0, 0, width, row);
            check_cells(&buffer)?;
        }
        prop_assert_eq!(end, line.width());
    }

    #[test]
    fn decoding_less_gives_the_beginning_of_more(bytes in bytes(), cells in 0usize..40) {
        let (whole, part) = (shown(&bytes), Shown::of(&bytes, &palette(), cells));
        prop_assert!(whole.plain().starts_with(part.plain()));
        prop_assert!(part.more() || part == whole);
        prop_assert!(!part.more() || part.width() >= cells);
    }
}
