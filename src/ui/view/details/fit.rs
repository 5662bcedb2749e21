//! Sections of lines, and which of them are kept in a pane that is too low for all.

use ratatui::style::Style;

use crate::ui::text::width;

/// A stretch of text in one style.
pub(super) type Span = (String, Style);

/// Lines that are shown together or not at all.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) weight: Weight,
    pub(super) lines: Vec<Vec<Span>>,
}

/// How much a section matters: the lightest goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// A free line.
    Air,
    /// Good to know.
    Trivia,
    /// Figures of the moment.
    Figures,
    /// What it is.
    Identity,
    /// How it stands to others.
    Relations,
    /// What is wrong, and what to do.
    Cause,
    /// What it is all about: never dropped, only cut.
    Heading,
}

/// The lines that fit in so many rows, in their order.
pub(super) fn fit(mut sections: Vec<Section>, rows: usize) -> Vec<Vec<Span>> {
    let total = |sections: &[Section]| sections.iter().map(|section| section.lines.len()).sum::<usize>();
    while total(&sections) > rows {
        let lightest = sections.iter().map(|section| section.weight).min();
        // Of the lightest the last one goes: what matters more comes first.
        let Some(at) = sections.iter().rposition(|section| Some(section.weight) == lightest) else { break };
        if sections[at].weight == Weight::Heading {
            break;
        }
        sections.remove(at);
    }
    let mut lines: Vec<Vec<Span>> = sections.into_iter().flat_map(|section| section.lines).collect();
    lines.truncate(rows);
    lines
}

/// Puts pieces after each other in lines of so many cells; a piece is never broken.
pub(super) fn flow(pieces: Vec<Vec<Span>>, cells: usize) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = Vec::new();
    let mut used = 0;
    for piece in pieces {
        let wide = piece.iter().map(|(text, _)| width(text)).sum::<usize>();
        match lines.last_mut() {
            Some(line) if used + 2 + wide <= cells => {
                line.push(("  ".to_owned(), Style::new()));
                line.extend(piece);
                used += 2 + wide;
            }
            Some(_) | None => {
                lines.push(piece);
                used = wide;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(weight: Weight, texts: &[&str]) -> Section {
        let lines = texts.iter().map(|text| vec![((*text).to_owned(), Style::new())]);
        Section { weight, lines: lines.collect() }
    }

    fn texts(lines: &[Vec<Span>]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect()).collect()
    }

    #[test]
    fn the_lightest_sections_go_first_and_whole() {
        let sections = vec![
            section(Weight::Heading, &["h"]),
            section(Weight::Air, &[""]),
            section(Weight::Identity, &["a", "b"]),
            section(Weight::Trivia, &["t"]),
        ];
        assert_eq!(texts(&fit(sections.clone(), 9)), ["h", "", "a", "b", "t"]);
        assert_eq!(texts(&fit(sections.clone(), 4)), ["h", "a", "b", "t"]);
        assert_eq!(texts(&fit(sections.clone(), 3)), ["h", "a", "b"]);
        assert_eq!(texts(&fit(sections.clone(), 2)), ["h"]);
        assert!(fit(sections, 0).is_empty());
    }

    #[test]
    fn pieces_stay_whole() {
        let pieces = ["aaa", "bbb", "ccccc"].map(|text| vec![(text.to_owned(), Style::new())]);
        assert_eq!(texts(&flow(pieces.to_vec(), 8)), ["aaa  bbb", "ccccc"]);
    }
}
