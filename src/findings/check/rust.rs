//! Rust programs: what a panic says in its second line, and what did not compile.

use std::sync::LazyLock;

use regex::Regex;

use super::super::case::Case;
use super::super::place;
use super::Draft;
use super::source;

static PANICKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"panicked at [^\s:]+:\d+:\d+:$").expect("a constant that a test compiles"));
static ERROR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^error(?:\[E\d+\])?: (?P<what>.+)$").expect("a constant that a test compiles")
});
static ASKED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:var|var_os|env!)\(\s*"(?P<name>[A-Za-z_][A-Za-z0-9_]*)""#)
        .expect("a constant that a test compiles")
});

/// The thread `{thread}` panicked: the next line says why.
pub(super) fn panic(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let at = draft.line?;
    let own = case.log.get(at)?;
    draft.place = place::frame(case, &own.text);
    let next = case.log[at + 1..].iter().find(|line| line.stream == own.stream)?;
    if next.text.is_empty() || next.text.starts_with("note: ") || next.text.starts_with("stack backtrace") {
        return Some(());
    }
    draft.evidence.push(next.text.clone());
    draft.lines.push(next.seq);
    draft.title = Some(format!("it panicked: {}", next.text.trim().trim_end_matches('.')));
    Some(())
}

/// `std::env::var` gave nothing: the source says which variable was asked for.
pub(super) fn variable(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let at = draft.line?;
    let before = case.log[at.saturating_sub(2)..=at].iter().rev();
    let place =
        before.clone().find(|line| PANICKED.is_match(&line.text)).map(|line| place::frame(case, &line.text));
    draft.place_at(place.flatten());
    let code = draft.place.as_ref().and_then(|place| source::up_to(case, place, 3));
    let asked = code
        .and_then(|code| code.iter().rev().find_map(|line| Some(ASKED.captures(line)?["name"].to_owned())));
    let asked = asked.or_else(|| draft.value("variable"))?;
    draft.set("variable", asked);
    super::environment::variable(case, draft)
}

/// It did not compile: the first error is the one to begin with.
pub(super) fn compile(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let own = case.log.get(draft.line?)?;
    let lines = case.log.iter().enumerate().filter(|(_, line)| line.stream == own.stream);
    let first = lines.into_iter().find_map(|(at, line)| {
        let what = ERROR.captures(&line.text)?["what"].to_owned();
        let arrow =
            case.log[at + 1..].iter().take(2).find(|line| line.text.trim_start().starts_with("--> "))?;
        Some((line, what, arrow))
    });
    let (line, what, arrow) = first?;
    draft.evidence = vec![line.text.clone(), arrow.text.trim().to_owned()];
    draft.lines = vec![line.seq, arrow.seq];
    draft.place = place::frame(case, &arrow.text);
    draft.title = Some(format!("the Rust code does not compile: {what}"));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    #[test]
    fn a_panic_says_why_in_its_second_line() {
        let scene =
            Scene::printing(&["thread 'main' (9) panicked at src/main.rs:3:25:", "no port given", ""]);
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(0);
        panic(&case, &mut draft).unwrap();
        assert_eq!(draft.title.as_deref(), Some("it panicked: no port given"));
    }

    #[test]
    fn of_many_errors_the_first_is_told() {
        let scene = Scene::printing(&[
            "error[E0425]: cannot find value `x` in this scope",
            " --> src/main.rs:3:20",
            "error[E0308]: mismatched types",
            " --> src/main.rs:2:18",
            "error: could not compile `api` (bin \"api\") due to 2 previous errors",
        ]);
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(2);
        compile(&case, &mut draft).unwrap();
        assert!(draft.title.unwrap().ends_with("cannot find value `x` in this scope"));
        assert_eq!(draft.lines, [0, 1]);
    }

    #[test]
    fn the_variable_that_was_asked_for_is_read_from_the_code() {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene::printing(&[
            "thread 'main' (9) panicked at main.rs:2:40:",
            "called `Result::unwrap()` on an `Err` value: NotPresent",
        ])
        .in_folder(folder.path());
        let code = "fn main() {\n    let url = std::env::var(\"CACHE_URL\").unwrap();\n}\n";
        std::fs::write(folder.path().join("main.rs"), code).unwrap();
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(1);
        variable(&case, &mut draft).unwrap();
        assert_eq!(draft.value("variable").as_deref(), Some("CACHE_URL"));
        assert_eq!(draft.place.as_deref(), Some("main.rs:2"));
    }
}
