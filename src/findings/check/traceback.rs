//! Python tracebacks: whether anybody caught the exception, and where it came from.

use std::sync::LazyLock;

use regex::Regex;

use crate::stack::State;

use super::super::LogLine;
use super::super::case::Case;
use super::super::place;
use super::Draft;

/// So far above its last line a traceback may begin.
const LONGEST: usize = 200;

/// What Python prints above the traceback of an exception that ended a child process or a thread.
const UNCAUGHT: [&str; 2] = ["Process ", "Exception in thread "];

/// What it prints between the tracebacks of one exception.
const CHAINED: [&str; 2] =
    ["During handling of the above exception", "The above exception was the direct cause"];

/// A service that is given up, or ended, may well have died of an exception. While one starts, exceptions that it
/// printed may be caught: only those count that ended a part of it, as under a development server that lives on.
pub(super) fn uncaught(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    if case.service.state != State::Starting {
        return Some(());
    }
    let at = draft.line?;
    let own = case.log[at].stream;
    let above = case.log[at.saturating_sub(LONGEST)..at].iter().rev().filter(|line| line.stream == own);
    let mut lines = above.map(|line| line.text.trim_end());
    while let Some(line) = lines.next() {
        if !line.starts_with("Traceback (most recent call last)") {
            continue;
        }
        let before = lines.find(|line| !line.is_empty())?;
        if CHAINED.iter().any(|words| before.starts_with(words)) {
            continue;
        }
        let is_uncaught = UNCAUGHT.iter().any(|words| before.starts_with(words)) && before.ends_with(':');
        return is_uncaught.then_some(());
    }
    None
}

/// Below what a framework says of an exception that reached it, its traceback begins within so many lines.
const BELOW: usize = 3;

/// The last line of a traceback.
static RAISED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?P<exception>(?:[A-Za-z_][\w<>]*\.)*[A-Za-z_]\w*)(?:: .*|:?)$")
        .expect("a constant that a test compiles")
});

/// How werkzeug, the server under Flask, logs that a request failed.
static ANSWERED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"" 500 -$"#).expect("a constant that a test compiles"));

/// Parts of the names of exceptions that say that the other side has gone, or that the service is to end: no fault of
/// the code's.
const GOODBYES: [&str; 12] = [
    "BrokenPipe",
    "Cancelled",
    "ClosedResource",
    "ConnectionAborted",
    "ConnectionClosed",
    "ConnectionReset",
    "Disconnect",
    "EndOfStream",
    "GeneratorExit",
    "IncompleteRead",
    "KeyboardInterrupt",
    "SystemExit",
];

/// Exceptions over somebody who is not there, which the code need not be wrong for.
const UNREACHABLE: [&str; 6] = [
    "onnection refused",
    "ECONNREFUSED",
    "Connect call failed",
    "All connection attempts failed",
    "Name or service not known",
    "imed out",
];

/// A service that goes on has let an exception out of its own code: which one, and where it was raised.
pub(super) fn unhandled(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    if !matches!(case.service.state, State::Healthy | State::Running | State::Unhealthy) {
        return None;
    }
    let_out(case, draft, draft.line?)
}

/// A server that answers its probe with nothing but the end of the connection: a request of it raised.
pub(super) fn in_probe(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let begins =
        |line: &LogLine| line.text.starts_with("Exception occurred during processing of request from (");
    let at = case.log.iter().rposition(begins)?;
    draft.lines.push(case.log[at].seq);
    let_out(case, draft, at)
}

/// What a framework tells in line `at` that it was let out: which exception, and where it was raised.
fn let_out(case: &Case<'_>, draft: &mut Draft, at: usize) -> Option<()> {
    let own = case.log[at].stream;
    let below = case.log[at + 1..].iter().filter(|line| line.stream == own).take(LONGEST);
    let below: Vec<&LogLine> = below.collect();
    let begins = |line: &&LogLine| line.text.starts_with("Traceback (most recent call last)");
    let is_frame = |line: &LogLine| line.text.is_empty() || line.text.starts_with(' ');
    // Under a debugger a request is answered first, and what it raised follows without a word.
    let mut from = if begins(&&case.log[at]) {
        let above = case.log[..at].iter().rev().find(|line| line.stream == own)?;
        ANSWERED.is_match(&above.text).then_some(0)?
    } else {
        below.iter().take(BELOW).position(begins)? + 1
    };
    // Of a chain the last one was let out.
    let (frames, end) = loop {
        let end = from + below[from..].iter().position(|line| !is_frame(line))?;
        draft.lines.push(below[end].seq);
        let after = below[end + 1..].iter().find(|line| !line.text.trim().is_empty());
        if !after.is_some_and(|line| CHAINED.iter().any(|words| line.text.starts_with(words))) {
            break (from..end, end);
        }
        from = end + 2 + below[end + 1..].iter().position(begins)?;
    };
    let last = below[end].text.trim_end();
    let exception = RAISED.captures(last)?["exception"].to_owned();
    let name = exception.rsplit('.').next()?;
    let is_unreachable = |line: &LogLine| UNREACHABLE.iter().any(|words| line.text.contains(words));
    if GOODBYES.iter().any(|part| name.contains(part))
        || below[..=end].iter().any(|line| is_unreachable(line))
    {
        return None;
    }
    let place = below[frames].iter().rev().find_map(|line| place::frame(case, &line.text))?;
    draft.set("exception", name);
    draft.set("where", place.as_str());
    draft.place = Some(place);
    draft.evidence.push(last.chars().take(LONGEST_QUOTE).collect());
    Some(())
}

/// A line is quoted up to here.
const LONGEST_QUOTE: usize = 300;

#[cfg(test)]
mod tests {
    use super::super::super::case::samples;
    use super::super::super::{Rules, diagnose};
    use super::*;

    fn is_uncaught(state: State, lines: &[&str]) -> bool {
        let mut scene = samples::Scene::printing(lines);
        scene.snapshot.services[0].state = state;
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(lines.len() - 1);
        uncaught(&case, &mut draft).is_some()
    }

    #[test]
    fn while_a_service_starts_only_exceptions_that_ended_a_part_of_it_count() {
        let logged =
            ["WARNING trying again", "Traceback (most recent call last):", "  File", "OSError: refused"];
        assert!(!is_uncaught(State::Starting, &logged));
        assert!(is_uncaught(State::Failed, &logged));
        let child =
            ["Process SpawnProcess-1:", "Traceback (most recent call last):", "  File", "ValueError: x"];
        assert!(is_uncaught(State::Starting, &child));
        let chained = [
            "Process SpawnProcess-1:",
            "Traceback (most recent call last):",
            "KeyError: 'x'",
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent call last):",
            "ValueError: x",
        ];
        assert!(is_uncaught(State::Starting, &chained));
        assert!(!is_uncaught(State::Starting, &["ValueError: x"]));
    }

    /// What is found in these lines of a service in that state, the first of which is the framework's word.
    fn found(state: State, lines: &[&str]) -> Option<(String, String, Vec<u64>)> {
        let mut scene = samples::Scene::printing(lines);
        scene.stack.file = "/app/portolan.toml".into();
        scene.stack.services[0].directory = "/app".into();
        scene.snapshot.services[0].state = state;
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(0);
        unhandled(&case, &mut draft)?;
        Some((draft.value("exception")?, draft.place?, draft.lines))
    }

    #[test]
    fn an_exception_that_was_let_out_is_told_with_the_users_own_deepest_line() {
        let lines = [
            "[2026-11-26 09:51:16,976] ERROR in app: Exception on /x [GET]",
            "Traceback (most recent call last):",
            "  File \"/usr/lib/python3.11/site-packages/flask/app.py\", line 902, in dispatch_request",
            "    return self.view_functions[rule.endpoint](**view_args)",
            "  File \"/app/shop.py\", line 5, in price",
            "    return rates[currency]",
            "           ~~~~~^^^^^^^^^^",
            "KeyError: 'USD'",
            "127.0.0.1 - - \"GET /x HTTP/1.1\" 500 -",
            "a later line: Connection refused",
        ];
        let expected = Some(("KeyError".to_owned(), "shop.py:5".to_owned(), vec![7]));
        for state in [State::Healthy, State::Running, State::Unhealthy] {
            assert_eq!(found(state, &lines), expected);
        }
        assert_eq!(found(State::Failed, &lines), None, "what ended it is told otherwise");
        assert_eq!(found(State::Healthy, &lines[..7]), None, "its end has not been printed");
        assert_eq!(found(State::Healthy, &lines[3..]), None, "without a traceback");
    }

    #[test]
    fn under_a_debugger_a_traceback_right_after_the_answer_is_the_requests() {
        let of = |first: &str| {
            let frame = "  File \"/app/shop.py\", line 5, in price";
            let lines = [first, "Traceback (most recent call last):", frame, "KeyError: 'USD'"];
            let mut scene = samples::Scene::printing(&lines);
            scene.stack.file = "/app/portolan.toml".into();
            scene.stack.services[0].directory = "/app".into();
            scene.snapshot.services[0].state = State::Healthy;
            let case = scene.case();
            let mut draft = Draft::new(&case, Vec::new());
            draft.line = Some(1);
            unhandled(&case, &mut draft)?;
            draft.place
        };
        let answered = "127.0.0.1 - - [26/Nov/2026 10:10:55] \"GET /x HTTP/1.1\" 500 -";
        assert_eq!(of(answered).as_deref(), Some("shop.py:5"));
        assert_eq!(of("127.0.0.1 - - [26/Nov/2026 10:10:55] \"GET /x HTTP/1.1\" 404 -"), None);
        assert_eq!(of("[2026-11-26 10:10:54,743] ERROR in app: bad value"), None);
    }

    #[test]
    fn of_a_chain_the_last_exception_is_told() {
        let lines = [
            "ERROR:    Exception in ASGI application",
            "Traceback (most recent call last):",
            "  File \"/app/shop.py\", line 9, in price",
            "ValueError: invalid literal",
            "",
            "The above exception was the direct cause of the following exception:",
            "",
            "Traceback (most recent call last):",
            "  File \"/app/shop.py\", line 11, in price",
            "shop.errors.NoPrice",
            "",
            "INFO: next",
        ];
        let expected = Some(("NoPrice".to_owned(), "shop.py:11".to_owned(), vec![3, 9]));
        assert_eq!(found(State::Healthy, &lines), expected);
    }

    /// The titles of what is found of a service in that state that printed these lines.
    fn titles(state: State, lines: &[&str]) -> Vec<String> {
        let rules = Rules::own().unwrap();
        let mut scene = samples::Scene::printing(lines);
        scene.stack.file = "/app/portolan.toml".into();
        scene.stack.services[0].directory = "/app".into();
        scene.snapshot.services[0].state = state;
        diagnose(&rules, &scene.case()).into_iter().map(|finding| finding.title).collect()
    }

    #[test]
    fn the_same_again_hides_no_other_and_what_ails_the_service_is_told_alone() {
        let of = |frame: &'static str, last: &'static str| {
            let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
            vec![head, "Traceback (most recent call last):", frame, last]
        };
        let first = of("  File \"/app/shop.py\", line 9, in price", "ValueError: x");
        let mut lines = first.clone();
        for _ in 0..4 {
            lines.extend(of("  File \"/app/shop.py\", line 5, in price", "KeyError: 'USD'"));
        }
        assert_eq!(
            titles(State::Healthy, &lines),
            [
                "a request failed with KeyError, raised at shop.py:5, which nobody caught",
                "a request failed with ValueError, raised at shop.py:9, which nobody caught"
            ]
        );
        assert_eq!(titles(State::Unhealthy, &first), ["ValueError: x"]);
    }

    #[test]
    fn a_probe_that_makes_the_server_raise_shows_no_other_protocol() {
        let rules = Rules::own().unwrap();
        let found = |lines: &[&str]| {
            let mut scene = samples::Scene::printing(lines);
            scene.stack.file = "/app/portolan.toml".into();
            scene.stack.services[0].directory = "/app".into();
            scene.snapshot.services[0].state = State::Unhealthy;
            scene.snapshot.services[0].unwell = Some("connection closed before message completed".into());
            let found = diagnose(&rules, &scene.case());
            found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
        let frame = "  File \"/app/shop.py\", line 5, in do_GET";
        let raised = [head, "Traceback (most recent call last):", frame, "KeyError: 'EUR'"];
        assert_eq!(found(&raised), ["health-raised"]);
        assert_eq!(found(&["hello"]), ["health-not-http"]);
    }

    #[test]
    fn what_is_no_fault_of_the_users_code_is_not_told() {
        let of = |frame: &str, last: &str| {
            let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
            found(State::Healthy, &[head, "Traceback (most recent call last):", frame, last])
        };
        let own = "  File \"/app/shop.py\", line 9, in price";
        assert!(of(own, "sqlite3.OperationalError: no such column: price").is_some());
        assert_eq!(of("  File \"/usr/lib/python3.11/socketserver.py\", line 9, in f", "ValueError: x"), None);
        for last in [
            "BrokenPipeError: [Errno 32] Broken pipe",
            "ConnectionResetError: [Errno 104] Connection reset by peer",
            "asyncio.exceptions.CancelledError",
            "websockets.exceptions.ConnectionClosedError: no close frame received or sent",
            "starlette.websockets.WebSocketDisconnect: (1006, '')",
            "urllib.error.URLError: <urlopen error [Errno 111] Connection refused>",
            "httpx.ConnectError: All connection attempts failed",
            "TimeoutError: timed out",
        ] {
            assert_eq!(of(own, last), None, "{last}");
        }
    }
}
