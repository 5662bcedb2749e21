//! The JUnit report: a suite a round, a case for each check and service.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::cli::failure::{Failure, say};
use crate::cli::whole_file::write_whole;
use crate::stack::{ServiceName, UnixMillis};

use super::super::outcome::{Detail, Grade, Outcome, Round, Verdict};
use super::super::summary::Summary;

/// Writes the report; a reader sees the old file or the whole new one.
pub(in super::super) fn write_junit(summary: &Summary, path: &Path) -> Result<(), Failure> {
    let report = render(summary);
    if path == Path::new("/dev/stdout") {
        // Opened anew, a file behind it would be overwritten by what is said after the report.
        return say(&report);
    }
    write_whole(path, report.as_bytes())
        .map_err(|error| Failure::failed(format!("failed to write {}: {error}", path.display())))
}

fn render(summary: &Summary) -> String {
    let one = summary.rounds.len() == 1 && summary.cut_short_of.is_none();
    let mut suites: Vec<Suite> = summary.rounds.iter().map(|round| Suite::of(round, !one)).collect();
    suites.extend(summary.interruption().map(|interruption| Suite::interrupted(summary, interruption)));
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        xml,
        "<testsuites name=\"portolan check\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\">",
        sum(|suite| suite.cases.len()),
        sum(Suite::failures),
        sum(Suite::errors),
        sum(Suite::skipped),
        time(summary.took()),
    );
    suites.iter().for_each(|suite| suite.render(&mut xml));
    xml.push_str("</testsuites>\n");
    xml
}

struct Suite {
    name: String,
    began: u64,
    took: Duration,
    cases: Vec<Case>,
}

struct Case {
    class: String,
    name: String,
    /// What failed, each with its place.
    failures: Vec<String>,
    warnings: Vec<String>,
    /// Why it could not be told.
    error: Option<String>,
    /// Why it was not checked.
    skipped: Option<String>,
    check: &'static str,
}

impl Suite {
    /// Of several rounds each case names its own: GitLab knows cases by class and name alone, whatever their suite.
    fn of(round: &Round, several: bool) -> Self {
        let when = if several { format!(" (round {})", round.number) } else { String::new() };
        Self {
            name: format!("{} round {}", round.stack, round.number),
            began: round.began,
            took: round.took,
            cases: round.outcomes.iter().flat_map(|outcome| cases(&round.stack, outcome, &when)).collect(),
        }
    }

    /// The one for the rounds that were not done, so that no reader takes the report for a whole one.
    fn interrupted(summary: &Summary, interruption: String) -> Self {
        let (stack, last) = (&summary.stack, summary.rounds.last());
        Self {
            name: format!("{stack} interrupted"),
            began: last.map_or(0, |round| round.began),
            took: Duration::ZERO,
            cases: vec![Case {
                class: format!("{stack}.stack"),
                name: "all rounds were done".to_owned(),
                failures: Vec::new(),
                warnings: Vec::new(),
                error: Some(interruption),
                skipped: None,
                check: "interrupted",
            }],
        }
    }

    fn errors(&self) -> usize {
        self.cases.iter().filter(|case| case.error.is_some()).count()
    }

    fn failures(&self) -> usize {
        self.cases.iter().filter(|case| !case.failures.is_empty()).count()
    }

    fn skipped(&self) -> usize {
        self.cases.iter().filter(|case| case.skipped.is_some()).count()
    }

    fn render(&self, xml: &mut String) {
        let began = UnixMillis(self.began).to_string();
        let _ = writeln!(
            xml,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\" \
             timestamp=\"{}\">",
            escaped(&self.name),
            self.cases.len(),
            self.failures(),
            self.errors(),
            self.skipped(),
            time(self.took),
            // The schema has it without a zone.
            escaped(began.split('.').next().unwrap_or(&began)),
        );
        self.cases.iter().for_each(|case| case.render(xml));
        xml.push_str("  </testsuite>\n");
    }
}

impl Case {
    fn render(&self, xml: &mut String) {
        let Self { class, name, .. } = self;
        let _ = write!(
            xml,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
            escaped(class),
            escaped(name)
        );
        let first = self.failures.first();
        if first.is_none() && self.error.is_none() && self.skipped.is_none() && self.warnings.is_empty() {
            xml.push_str("/>\n");
            return;
        }
        xml.push_str(">\n");
        if let Some(why) = &self.skipped {
            let _ = writeln!(xml, "      <skipped message=\"{}\"/>", escaped(why));
        }
        if let Some(error) = &self.error {
            let (error, kind) = (escaped(error), self.check);
            let _ = writeln!(xml, "      <error message=\"{error}\" type=\"{kind}\">{error}</error>");
        }
        if let Some(first) = first {
            let all = self.failures.join("\n");
            let message = first.lines().next().unwrap_or_default();
            let _ = writeln!(
                xml,
                "      <failure message=\"{}\" type=\"{}\">{}</failure>",
                escaped(message),
                self.check,
                escaped(&all)
            );
        }
        if !self.warnings.is_empty() {
            let _ = writeln!(xml, "      <system-out>{}</system-out>", escaped(&self.warnings.join("\n")));
        }
        xml.push_str("    </testcase>\n");
    }
}

/// One for each service that the check was about, and one for the stack where there is anything to say of that.
fn cases(stack: &str, outcome: &Outcome, when: &str) -> Vec<Case> {
    let case = |service: Option<&ServiceName>| {
        let own = |grade: Grade| {
            let about = outcome.details.iter().filter(move |detail| detail.grade == grade);
            about.filter(move |detail| detail.service.as_ref() == service).map(in_words).collect::<Vec<_>>()
        };
        let subject = service.map_or("stack", ServiceName::as_str);
        Case {
            class: format!("{stack}.{subject}"),
            name: format!("{}: {}{when}", outcome.check.as_str(), outcome.check.title()),
            failures: own(Grade::Error),
            warnings: own(Grade::Warning).into_iter().map(|text| format!("warning: {text}")).collect(),
            error: None,
            skipped: (outcome.verdict == Verdict::Unchecked).then(|| outcome.told.clone()),
            check: outcome.check.as_str(),
        }
    };
    let mut subjects: Vec<Option<&ServiceName>> = outcome.subjects.iter().map(Some).collect();
    for service in outcome.details.iter().map(|detail| detail.service.as_ref()) {
        if !subjects.contains(&service) {
            subjects.push(service);
        }
    }
    if subjects.is_empty() {
        subjects.push(None);
    }
    subjects.into_iter().map(case).collect()
}

fn in_words(detail: &Detail) -> String {
    match &detail.place {
        Some(place) => format!("{}\n--> {place}", detail.text),
        None => detail.text.clone(),
    }
}

fn time(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

/// For content and for attributes in double quotes. What XML has no way to say is replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' => safe.push_str("&#10;"),
            '\t' => safe.push_str("&#9;"),
            '\r' => safe.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::CheckId;
    use super::*;

    fn rendered(text: &str) -> String {
        let api = ServiceName::new("api").unwrap();
        let auth = ServiceName::new("auth").unwrap();
        let details =
            vec![Detail::error(&api, text).at(Some("main.py:3".into())), Detail::warning(&auth, "hm")];
        let outcomes = vec![
            Outcome::of(CheckId::Health, vec![api, auth], "2 services asked", details),
            Outcome::unchecked(CheckId::Gone, "the stack was not stopped"),
        ];
        let round = Round {
            number: 1,
            stack: "notes".into(),
            began: 0,
            took: Duration::from_millis(1_500),
            outcomes,
        };
        render(&Summary::of(vec![round]))
    }

    #[test]
    fn each_service_has_its_case() {
        let xml = rendered("GET /health answered 503");
        assert!(
            xml.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"1.500\""),
            "{xml}"
        );
        assert!(
            xml.contains("classname=\"notes.api\" name=\"SC-003: every health endpoint answers 2xx\""),
            "{xml}"
        );
        assert!(xml.contains("<skipped message=\"the stack was not stopped\"/>"), "{xml}");
        assert!(xml.contains("timestamp=\"1970-01-01T00:00:00\""), "{xml}");
        assert!(xml.contains("<system-out>warning: hm</system-out>"), "{xml}");
    }

    #[test]
    fn nothing_in_a_text_breaks_the_document() {
        let xml = rendered("<a href=\"x\">&amp;]]>\u{1b}[31m\u{0}\u{ffff}");
        assert!(
            xml.contains("&lt;a href=&quot;x&quot;&gt;&amp;amp;]]&gt;\u{fffd}[31m\u{fffd}\u{fffd}"),
            "{xml}"
        );
        assert!(xml.chars().all(|c| c == '\n' || !c.is_control()), "{xml:?}");
    }
}
