//! Python tracebacks: whether anybody caught the exception, and where it came from.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

use crate::logs::{is_python_exception, is_python_link};
use crate::stack::State;

use super::super::LogLine;
use super::super::case::Case;
use super::super::place;
use super::Draft;

/// So far above its last line a traceback may begin.
const LONGEST: usize = 200;

/// What Python prints above the traceback of an exception that ended a child process or a thread.
const UNCAUGHT: [&str; 2] = ["Process ", "Exception in thread "];

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
        if is_python_link(before.as_bytes()) {
            continue;
        }
        let is_uncaught = UNCAUGHT.iter().any(|words| before.starts_with(words)) && before.ends_with(':');
        return is_uncaught.then_some(());
    }
    None
}

/// Below what a framework says of an exception that reached it, its traceback begins within so many lines.
const BELOW: usize = 3;

/// A frame of what answers requests or runs threads. What it was let out begins there; what is logged where it was
/// caught begins in the code that catches.
static FRAMEWORK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"^ +File "[^"]*/(?:(?:site|dist)-packages/(?:aiohttp|asgiref|channels|daphne|django|flask|gunicorn|hypercorn"#,
        r#"|quart|rest_framework|sanic|starlette|tornado|uvicorn|waitress|werkzeug)\w*/"#,
        r#"|lib(?:64)?/(?:python|pypy)[\d.]+/(?:socketserver|threading)\.py")"#,
    ))
    .expect("a constant that a test compiles")
});

/// Where Flask hands a request to the debugger, which catches what it lets out. Its own handlers catch further down.
const DEBUGGED: &str = ", in __call__";

/// What asyncio prints above the traceback of a task, all of which may be the user's own code.
const TASK: &str = "future: <";

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
    let_out(case, draft, draft.line?).map(drop)
}

/// Standard Python's server of HTTP, on which others are built: servers of other protocols raise over a probe, too.
const HTTP_SERVER: &str = "/http/server.py\", line ";

/// A probe under way when its service was found unwell has made the server raise no longer ago than this.
const OF_PROBE: Duration = Duration::from_secs(30);

/// A server that answers its probe with nothing but the end of the connection: a request of it raised.
pub(super) fn in_probe(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let begins =
        |line: &LogLine| line.text.starts_with("Exception occurred during processing of request from (");
    let at = case.log.iter().rposition(begins)?;
    let ago = Duration::from_millis(case.now.0.saturating_sub(case.log[at].millis));
    draft.lines.push(case.log[at].seq);
    let frames = let_out(case, draft, at)?;
    (ago <= OF_PROBE && frames.iter().any(|line| line.text.contains(HTTP_SERVER))).then_some(())
}

/// What a framework tells in line `at` that it was let out: which exception, and where it was raised. Gives the frames.
fn let_out<'c>(case: &'c Case<'_>, draft: &mut Draft, at: usize) -> Option<Vec<&'c LogLine>> {
    let own = case.log[at].stream;
    let below = case.log[at + 1..].iter().filter(|line| line.stream == own).take(LONGEST);
    let below: Vec<&'c LogLine> = below.collect();
    let begins = |line: &&LogLine| line.text.starts_with("Traceback (most recent call last)");
    let is_frame = |line: &LogLine| line.text.is_empty() || line.text.starts_with(' ');
    // Under a debugger a request is answered first, and what it raised follows without a word.
    let is_debugged = begins(&&case.log[at]);
    let mut from = if is_debugged {
        let above = case.log[..at].iter().rev().find(|line| line.stream == own)?;
        ANSWERED.is_match(&above.text).then_some(0)?
    } else {
        below.iter().take(BELOW).position(begins)? + 1
    };
    // Of a chain the last one was let out. The message of another one may have several lines.
    let (frames, end) = loop {
        let end = from + below[from..].iter().position(|line| !is_frame(line))?;
        draft.lines.push(below[end].seq);
        let next = below[end + 1..].iter().position(begins).map(|next| end + 1 + next);
        let until = next.unwrap_or(below.len());
        if !below[end..until].iter().any(|line| is_python_link(line.text.as_bytes())) {
            break (&below[from..end], end);
        }
        from = next? + 1;
    };
    let outermost = frames.first()?.text.trim_end();
    let reached_it = FRAMEWORK.is_match(outermost) && (!is_debugged || outermost.ends_with(DEBUGGED));
    if !reached_it && !below[0].text.starts_with(TASK) {
        return None;
    }
    let last = below[end].text.trim_end();
    if !is_python_exception(last.as_bytes()) {
        return None;
    }
    let exception = last.split(':').next()?;
    let name = exception.rsplit('.').next()?;
    let is_unreachable = |line: &LogLine| UNREACHABLE.iter().any(|words| line.text.contains(words));
    if GOODBYES.iter().any(|part| name.contains(part))
        || below[..=end].iter().any(|line| is_unreachable(line))
    {
        return None;
    }
    let place = frames.iter().rev().find_map(|line| place::frame(case, &line.text))?;
    if place::is_written_since(case.stack.folder(), &place, case.log[at].millis) {
        return None;
    }
    draft.set("exception", name);
    draft.set("where", place.as_str());
    draft.place = Some(place);
    draft.evidence.push(last.chars().take(LONGEST_QUOTE).collect());
    Some(frames.to_vec())
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

    const UVICORN: &str =
        "  File \"/venv/site-packages/uvicorn/protocols/http/h11_impl.py\", line 403, in run_asgi";
    const SOCKETSERVER: &str =
        "  File \"/usr/lib/python3.11/socketserver.py\", line 691, in process_request_thread";
    const HTTP_FRAME: &str = "  File \"/usr/lib/python3.11/http/server.py\", line 436, in handle";

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
        let flask = "  File \"/venv/site-packages/flask/app.py\", line 1536, in __call__";
        let handled = "  File \"/venv/site-packages/flask/app.py\", line 1511, in wsgi_app";
        let own = "  File \"/app/shop.py\", line 5, in price";
        let of = |first: &str, outer: &str| {
            let lines = [first, "Traceback (most recent call last):", outer, own, "KeyError: 'USD'"];
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
        assert_eq!(of(answered, flask).as_deref(), Some("shop.py:5"));
        assert_eq!(of(answered, own), None, "the next request caught it and printed it");
        assert_eq!(of(answered, handled), None, "a handler of errors printed it");
        assert_eq!(of("127.0.0.1 - - [26/Nov/2026 10:10:55] \"GET /x HTTP/1.1\" 404 -", flask), None);
        assert_eq!(of("[2026-11-26 10:10:54,743] ERROR in app: bad value", flask), None);
    }

    #[test]
    fn of_a_chain_the_last_exception_is_told() {
        let lines = [
            "ERROR:    Exception in ASGI application",
            "Traceback (most recent call last):",
            "  File \"/app/shop.py\", line 9, in price",
            "UniqueViolation: duplicate key value violates unique constraint \"orders\"",
            "DETAIL:  Key (id)=(4) already exists.",
            "",
            "The above exception was the direct cause of the following exception:",
            "",
            "Traceback (most recent call last):",
            UVICORN,
            "  File \"/app/shop.py\", line 11, in price",
            "shop.errors.NoPrice",
            "",
            "INFO: next",
        ];
        let expected = Some(("NoPrice".to_owned(), "shop.py:11".to_owned(), vec![3, 11]));
        assert_eq!(found(State::Healthy, &lines), expected);
        let mut begun = lines[..8].to_vec();
        begun.insert(2, UVICORN);
        assert_eq!(found(State::Healthy, &begun), None, "the rest has not been printed");
    }

    #[test]
    fn a_word_of_another_logger_is_no_exception() {
        let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
        let own = "  File \"/app/shop.py\", line 9, in price";
        let traceback = "Traceback (most recent call last):";
        for last in ["INFO:     127.0.0.1:4 - GET /", "WARNING", "DEBUG: trying again"] {
            assert_eq!(found(State::Healthy, &[head, traceback, SOCKETSERVER, own, last]), None, "{last}");
        }
    }

    #[test]
    fn what_is_caught_and_logged_in_the_words_of_a_framework_is_not_told() {
        let own = "  File \"/app/shop.py\", line 9, in do_GET";
        let traceback = "Traceback (most recent call last):";
        for head in [
            "ERROR:shop:Error handling request",
            "Internal Server Error: /price",
            "Exception in thread worker:",
            "[2026-11-26 09:51:16,976] ERROR in app: Exception on /x [GET]",
        ] {
            assert_eq!(found(State::Healthy, &[head, traceback, own, "KeyError: 'USD'"]), None, "{head}");
        }
        let library = "  File \"/app/site-packages/shopkit/web.py\", line 9, in handle";
        let lines = ["Internal Server Error: /price", traceback, library, own, "KeyError: 'USD'"];
        assert_eq!(found(State::Healthy, &lines), None, "a library that is no framework");
        for frame in
            [UVICORN, SOCKETSERVER, "  File \"/usr/lib64/python3.12/threading.py\", line 1075, in run"]
        {
            let lines = ["Internal Server Error: /price", traceback, frame, own, "KeyError: 'USD'"];
            assert!(found(State::Healthy, &lines).is_some(), "{frame}");
        }
        let task = "future: <Task finished name='Task-2' coro=<refresh() done, defined at /app/shop.py:5>>";
        let lines = ["Task exception was never retrieved", task, traceback, own, "KeyError: 'USD'"];
        assert!(found(State::Healthy, &lines).is_some(), "a task has no other frames");
    }

    #[test]
    fn an_exception_is_forgotten_when_its_file_was_written_after_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("shop.py"), "def price(): pass\n").unwrap();
        let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
        let own = format!("  File \"{}/shop.py\", line 1, in price", folder.path().display());
        let lines = [head, "Traceback (most recent call last):", SOCKETSERVER, &own, "KeyError: 'USD'"];
        let mut scene = samples::Scene::printing(&lines).in_folder(folder.path());
        scene.snapshot.services[0].state = State::Healthy;
        let told = |scene: &samples::Scene| {
            let case = scene.case();
            let mut draft = Draft::new(&case, Vec::new());
            draft.line = Some(0);
            unhandled(&case, &mut draft).and(draft.place)
        };
        assert_eq!(told(&scene), None);
        let written = std::fs::metadata(folder.path().join("shop.py")).unwrap().modified().unwrap();
        let written = written.duration_since(std::time::UNIX_EPOCH).unwrap();
        for line in &mut scene.log {
            line.millis = u64::try_from(written.as_millis()).unwrap() + 1;
        }
        assert_eq!(told(&scene).as_deref(), Some("shop.py:1"));
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
            vec![head, "Traceback (most recent call last):", SOCKETSERVER, frame, last]
        };
        let first = of("  File \"/app/shop.py\", line 9, in price", "ValueError: x");
        let mut lines = first.clone();
        for _ in 0..14 {
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
        let found_after = |lines: &[&str], millis: u64| {
            let mut scene = samples::Scene::printing(lines);
            for line in &mut scene.log {
                line.millis = 1_000_000 - millis;
            }
            scene.stack.file = "/app/portolan.toml".into();
            scene.stack.services[0].directory = "/app".into();
            scene.snapshot.services[0].state = State::Unhealthy;
            scene.snapshot.services[0].unwell = Some("connection closed before message completed".into());
            let found = diagnose(&rules, &scene.case());
            found.into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
        let frame = "  File \"/app/shop.py\", line 5, in do_GET";
        let traceback = "Traceback (most recent call last):";
        let raised = [head, traceback, SOCKETSERVER, HTTP_FRAME, frame, "KeyError: 'EUR'"];
        assert_eq!(found_after(&raised, 1_000), ["health-raised"]);
        let beside = ["health-not-http", "request-raised"];
        assert_eq!(found_after(&raised, 120_000), beside, "that was another request");
        assert_eq!(found_after(&["hello"], 1_000), ["health-not-http"]);
        let other = [head, traceback, SOCKETSERVER, frame, "ValueError: bad command b'GET'"];
        assert_eq!(found_after(&other, 1_000), beside, "it speaks another protocol");
    }

    #[test]
    fn what_is_no_fault_of_the_users_code_is_not_told() {
        let of = |frame: &str, last: &str| {
            let head = "Exception occurred during processing of request from ('127.0.0.1', 5)";
            found(State::Healthy, &[head, "Traceback (most recent call last):", SOCKETSERVER, frame, last])
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
