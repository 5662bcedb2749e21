//! The table: one row a check, and below it what is wrong. Never wider than 80 columns, but for words that are.

use unicode_width::UnicodeWidthStr;

use crate::cli::table::short_duration;
use crate::stack::ServiceName;

use super::super::outcome::{Detail, Grade};
use super::super::summary::{Row, Summary};

/// As wide as the narrowest terminal that people have.
const WIDTH: usize = 80;
/// Where the titles and the results begin.
const TITLE: usize = 14;
const RESULT: usize = 55;

/// How a text looks.
#[derive(Clone, Copy)]
enum Style {
    Good,
    Bad,
    Doubtful,
    Quiet,
    Strong,
}

impl Style {
    fn paint(self, text: &str, colour: bool) -> String {
        let code = match self {
            Self::Good => "32",
            Self::Bad => "31",
            Self::Doubtful => "33",
            Self::Quiet => "2",
            Self::Strong => "1",
        };
        if colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Renders the table.
pub(in super::super) fn table(summary: &Summary, colour: bool) -> String {
    let header = format!("{:<TITLE$}{:<width$}RESULT", "CHECK", "WHAT IS PROVED", width = RESULT - TITLE);
    let mut text = format!("{}\n", Style::Strong.paint(&header, colour));
    for row in &summary.rows {
        text.push_str(&line(row, summary.rounds.len(), colour));
        for note in notes(row, summary.rounds.len()) {
            text.push_str(&note.render(colour));
        }
    }
    text.push_str(&verdict(summary, colour));
    text
}

fn line(row: &Row, rounds: usize, colour: bool) -> String {
    let (result, style) = result(row, rounds);
    let head = format!("{:<TITLE$}{:<width$}", row.check.as_str(), row.check.title(), width = RESULT - TITLE);
    format!("{head}{}\n", style.paint(&result, colour))
}

fn result(row: &Row, rounds: usize) -> (String, Style) {
    let doubtful = row.details.iter().any(|(_, detail)| detail.grade == Grade::Warning);
    match row.ok() {
        None => ("not checked".to_owned(), Style::Quiet),
        Some(ok) if rounds > 1 => {
            let checked = row.passed + row.failed;
            let of = format!("{} of {checked}", row.passed);
            (of, if ok { Style::Good } else { Style::Bad })
        }
        Some(false) => ("FAILED".to_owned(), Style::Bad),
        Some(true) if doubtful => ("ok, with warnings".to_owned(), Style::Doubtful),
        Some(true) => ("ok".to_owned(), Style::Good),
    }
}

/// What stands below a row.
struct Note {
    text: String,
    place: Option<String>,
    style: Style,
}

impl Note {
    fn render(&self, colour: bool) -> String {
        let indent = " ".repeat(TITLE);
        let mut text = String::new();
        for (n, line) in wrapped(&self.text, WIDTH - TITLE - 2).into_iter().enumerate() {
            let hang = if n == 0 { "" } else { "  " };
            text.push_str(&format!("{indent}{hang}{}\n", self.style.paint(&line, colour)));
        }
        if let Some(place) = &self.place {
            text.push_str(&format!("{indent}  {}\n", Style::Quiet.paint(&format!("--> {place}"), colour)));
        }
        text
    }
}

/// What is told once: a detail, with everyone whom it is about and every round in which it came.
struct Told<'d> {
    detail: &'d Detail,
    services: Vec<&'d ServiceName>,
    rounds: Vec<u32>,
}

/// The details, equal ones in one; what was seen where there are none.
fn notes(row: &Row, rounds: usize) -> Vec<Note> {
    let mut told: Vec<Told<'_>> = Vec::new();
    for (round, detail) in &row.details {
        let same = |told: &Told<'_>| {
            let known = told.detail;
            (&known.text, known.grade, &known.place) == (&detail.text, detail.grade, &detail.place)
        };
        let index = told.iter().position(same);
        let index = index.unwrap_or_else(|| {
            told.push(Told { detail, services: Vec::new(), rounds: Vec::new() });
            told.len() - 1
        });
        let known = &mut told[index];
        if let Some(service) = detail.service.as_ref().filter(|service| !known.services.contains(service)) {
            known.services.push(service);
        }
        if !known.rounds.contains(round) {
            known.rounds.push(*round);
        }
    }
    if told.is_empty() && !row.told.is_empty() {
        return vec![Note { text: row.told.clone(), place: None, style: Style::Quiet }];
    }
    told.into_iter().map(|told| note(&told, rounds)).collect()
}

fn note(told: &Told<'_>, rounds: usize) -> Note {
    let Detail { grade, text, place, .. } = told.detail;
    let (style, word) = match grade {
        Grade::Error => (Style::Bad, ""),
        Grade::Warning => (Style::Doubtful, "warning: "),
    };
    let services: Vec<&str> = told.services.iter().map(|service| service.as_str()).collect();
    let services = if services.is_empty() { String::new() } else { format!("{}: ", services.join(", ")) };
    let when = if rounds > 1 { in_rounds(&told.rounds) } else { String::new() };
    Note { text: format!("{word}{services}{text}{when}"), place: place.clone(), style }
}

/// ` (round 3)`, ` (rounds 3, 7, 9 and 4 more)`.
fn in_rounds(numbers: &[u32]) -> String {
    let shown: Vec<String> = numbers.iter().take(5).map(u32::to_string).collect();
    let word = if numbers.len() == 1 { "round" } else { "rounds" };
    let more = numbers.len().saturating_sub(5);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" ({word} {}{more})", shown.join(", "))
}

fn verdict(summary: &Summary, colour: bool) -> String {
    let number = summary.rounds.len();
    let took = short_duration(u64::try_from(summary.took().as_millis()).unwrap_or(u64::MAX));
    let passed = summary.passed();
    if let Some(interruption) = summary.interruption() {
        let interruption = Style::Bad.paint(&interruption, colour);
        return format!("\n{}: {interruption} ({passed} passed, {took})\n", summary.stack);
    }
    let of = if number == 1 { String::new() } else { format!("{passed} of {number} rounds passed, ") };
    let (word, style) = if summary.ok() { ("ok", Style::Good) } else { ("FAILED", Style::Bad) };
    format!("\n{}: {} ({of}{took})\n", summary.stack, style.paint(word, colour))
}

/// The words in lines that are no wider; a word alone may be.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() {
            last.push_str(word);
        } else if last.width() + 1 + word.width() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::outcome::{CheckId, Outcome, Round};
    use super::*;

    fn summary(details: Vec<Detail>, rounds: u32) -> Summary {
        let api = ServiceName::new("api").unwrap();
        let round = |number| Round {
            number,
            stack: "notes".into(),
            began: 0,
            took: Duration::from_millis(1_500),
            outcomes: vec![
                Outcome::of(CheckId::Health, vec![api.clone()], "1 service asked", details.clone()),
                Outcome::unchecked(CheckId::Gone, "the stack was not stopped"),
            ],
        };
        Summary::of((1..=rounds).map(round).collect())
    }

    fn long() -> Detail {
        let api = ServiceName::new("api").unwrap();
        Detail::error(
            &api,
            "GET /health answered 503 and not what it should, which takes many words to tell in full",
        )
        .at(Some("api/main.py:7".into()))
    }

    #[test]
    fn nothing_is_wider_than_eighty_columns() {
        for colour_free in [table(&summary(vec![long()], 1), false), table(&summary(vec![long()], 12), false)]
        {
            for line in colour_free.lines() {
                assert!(line.width() <= WIDTH, "{line}");
            }
        }
    }

    #[test]
    fn results_are_words_or_counts() {
        let failed = table(&summary(vec![long()], 1), false);
        assert!(failed.contains(&format!("{:<41}FAILED\n", CheckId::Health.title())), "{failed}");
        assert!(failed.contains("--> api/main.py:7"), "{failed}");
        assert!(failed.contains("not checked"), "{failed}");
        assert!(failed.ends_with("notes: FAILED (1.5s)\n"), "{failed}");
        let repeated = table(&summary(Vec::new(), 20), false);
        assert!(repeated.contains("20 of 20"), "{repeated}");
        assert!(repeated.ends_with("notes: ok (20 of 20 rounds passed, 30s)\n"), "{repeated}");
        let again = table(&summary(vec![long()], 12), false);
        let again = again.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(again.contains("(rounds 1, 2, 3, 4, 5 and 7 more)"), "{again}");
        let done = summary(vec![long()], 3).rounds;
        let cut = table(&Summary::of_some(done, 20), false);
        assert!(cut.ends_with("notes: interrupted after 3 of 20 rounds (0 passed, 4.5s)\n"), "{cut}");
    }

    #[test]
    fn colours_are_there_only_if_wanted() {
        assert!(!table(&summary(vec![long()], 1), false).contains('\x1b'));
        assert!(table(&summary(vec![long()], 1), true).contains("\x1b[31mFAILED\x1b[0m"));
    }
}
