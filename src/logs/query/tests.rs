//! The grammar from outside: what texts mean, which faults they have, and that blocks agree with lines.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;

use super::{Candidate, Query, QueryFault};
use crate::logs::{Level, Stream, classify, strip_into};
use crate::stack::{Epoch, ServiceId, ServiceName};

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn id(name: &str) -> ServiceId {
    ServiceId::from(ServiceName::new(name).unwrap())
}

fn parse(text: &str) -> Query {
    Query::parse(text, now()).unwrap_or_else(|fault| panic!("{text:?} at {}: {fault}", fault.at))
}

fn fault(text: &str) -> QueryFault {
    Query::parse(text, now()).map(|query| query.to_string()).unwrap_err()
}

fn candidate<'a>(service: &'a ServiceId, line: &'a [u8]) -> Candidate<'a> {
    Candidate {
        service,
        epoch: Epoch(2),
        latest_epoch: Epoch(3),
        stream: Stream::Stderr,
        micros: 999_900_000_000,
        line,
    }
}

fn takes(query: &str, line: &str) -> bool {
    parse(query).matches(&candidate(&id("api"), line.as_bytes()))
}

#[test]
fn each_form_of_the_grammar_means_what_it_says() {
    let table: &[(&str, &str, bool)] = &[
        ("", "", true),
        ("  ", "x", true),
        ("error", "An ERROR here", true),
        ("Error", "an error here", false),
        ("two words", "words of two", true),
        ("\"two words\"", "words of two", false),
        (r#""say \"x\" \\ y""#, r#"I say "x" \ y"#, true),
        ("straße", "STRASSE straße", true),
        ("ÄRGER", "ärger", false),
        ("ärger", "ÄRGER", true),
        ("/e.r/", "ExR", true),
        ("/e.R/", "exr", false),
        (r"/\Ser/", "ERR XER", true),
        ("/(?-i)err/", "ERR", false),
        ("/(?i)ERR/", "err", true),
        ("/a b/", "xa by", true),
        ("/api/users", "GET /api/users 200", true),
        ("/api/ users", "the api of users", true),
        ("/^b/", "ab", false),
        ("re:a|b", "xb", true),
        ("(re:a(b|c) d)", "d ac", true),
        (r"re:\)$", "f()", true),
        (r#"re:"a b\d""#, "a b7", true),
        ("-debug", "DEBUG x", false),
        ("!debug", "info", true),
        ("-/de.ug/ x", "x", true),
        ("-(a|b)", "cab", false),
        ("-(a|b)", "c", true),
        ("--verbose", "run --verbose now", true),
        ("a - b", "b-a", true),
        ("a b|c", "c", true),
        ("a (b|c)", "c", false),
        ("a | b", "b", true),
        ("a || b", "b", true),
        ("reserve()", "in reserve()", true),
        ("(f(x)|g)", "f(x)", true),
        ("svc:api,web", "x", true),
        ("svc:API", "x", true),
        ("svc:ap", "x", false),
        ("-svc:api", "x", false),
        ("level:warn", "ERROR x", true),
        ("level:warn", "INFO error", false),
        ("level:trace", "no level", false),
        ("stream:err", "x", true),
        ("stream:out,notice", "x", false),
        ("run:last", "x", false),
        ("run:2", "x", true),
        ("since:5m", "x", true),
        ("since:99", "x", false),
        ("since:1m40s", "x", true),
        ("since:1970-01-12T13:45:00Z", "x", true),
        ("status>=500", "path=/ status=503", true),
        ("status>=500", r#"{"status":499}"#, false),
        ("status<500", r#"{"status":"499"}"#, true),
        ("status=500", "status=500.0", true),
        ("user.id=7", r#"{"user":{"id":7}}"#, true),
        ("user.id!=7", r#"{"user":{"id":8}}"#, true),
        ("user.id!=7", "nothing", false),
        ("-user.id=7", "nothing", true),
        ("name=bob", "name=BOB", true),
        ("name=Bob", "name=bob", false),
        (r#"msg="two words""#, r#"{"msg":"two words"}"#, true),
        ("path~^/api", "path=/API/x", true),
        ("path~/^.api/", "path=/api/x", true),
        ("path!~^/api", "path=/web", true),
        ("level=warn", r#"{"level":"warn"}"#, true),
        ("foo=", "foo= x", true),
        ("a->b", "x a->b", true),
        ("http://h/?a=b", "GET http://h/?a=b", true),
        ("error:", "Error: x", true),
    ];
    for (query, line, expected) in table {
        assert_eq!(takes(query, line), *expected, "{query} on {line}");
    }
}

#[test]
fn escape_sequences_hide_nothing() {
    assert!(takes("\"disk full\"", "\x1b[31mdi\x1b[1msk\x1b[0m full"));
    assert!(takes("/^disk full$/", "\x1b[31mdisk\x1b[0m full\r"));
    assert!(!takes("31m", "\x1b[31mdisk"));
}

#[test]
fn a_fault_says_where_it_is() {
    for (text, at) in [
        ("a \"b", 2),
        ("a (b", 2),
        ("a )b", 2),
        ("()", 1),
        ("| a", 0),
        ("a |", 3),
        ("a | | b", 4),
        ("a (| b)", 3),
        ("-(", 2),
        ("level:loud", 6),
        ("x level:", 8),
        ("svc:", 4),
        ("svc:,", 4),
        ("stream:in", 7),
        ("run:first", 4),
        ("since:soon", 6),
        ("since:5x", 6),
        ("since:99999999999h", 6),
        ("status>=", 8),
        ("status>=high", 8),
        ("path~", 5),
        ("path~[", 5),
        ("/[/", 1),
        ("re:", 3),
        ("é re:[", 6),
        ("/\\w{500}{500}/", 1),
    ] {
        assert_eq!(fault(text).at, at, "{text}: {}", fault(text));
    }
}

#[test]
fn what_is_too_much_is_a_fault_and_no_crash() {
    for text in [
        "x".repeat(5000),
        "é".repeat(3000),
        "(".repeat(3000),
        "-(".repeat(1500) + "a" + &")".repeat(1500),
        "a ".repeat(2000),
        "a|".repeat(1000) + "a",
        "/a/ ".repeat(100),
        "a=1 ".repeat(100),
    ] {
        let fault = fault(&text);
        assert!(text.is_char_boundary(fault.at), "{}", fault.at);
    }
    let deepest = "-(a ".repeat(32) + &")".repeat(32);
    assert!(takes(&deepest, "b a"));
}

#[test]
fn a_query_shows_as_it_was_typed_and_means_the_same_again() {
    assert_eq!(parse(" a  |b ").to_string(), " a  |b ");
    let text = Query::text(r#"say "x" \y"#);
    assert_eq!(parse(&text.to_string()), text);
    assert!(takes(&text.to_string(), r#"I SAY "X" \y"#));
    let graver = parse("a|b").at_least(Level::Warn).to_string();
    assert_eq!(graver, "(a|b) level:warn");
    assert_eq!(Query::default().at_least(Level::Error).to_string(), "level:error");
}

#[test]
fn services_that_cannot_match_are_known() {
    let admitted = |text: &str, name: &str| parse(text).admits(&id(name));
    for (text, name, expected) in [
        ("svc:api x", "api", true),
        ("svc:api x", "web", false),
        ("svc:api|x", "web", true),
        ("-svc:api x", "api", false),
        ("svc:api|svc:web", "db", false),
        ("-(svc:api x)", "api", true),
        ("x", "db", true),
        ("", "db", true),
    ] {
        assert_eq!(admitted(text, name), expected, "{text} {name}");
    }
}

#[test]
fn what_is_asked_for_is_lit_and_what_is_excluded_is_not() {
    let lit = |text: &str, line: &str| -> Vec<String> {
        parse(text).highlights(line).into_iter().map(|range| line[range].to_owned()).collect()
    };
    assert_eq!(lit("ab bc -x", "ABC x bc"), ["ABC", "bc"]);
    assert_eq!(lit("/[0-9]*/|-(1)", "a12 3"), ["12", "3"]);
    assert_eq!(lit("ab", "abab"), ["abab"]);
    assert_eq!(lit("/(?-u)\\xc3/", "é"), ["é"]);
    assert_eq!(lit("level:warn status=5", "status=5"), Vec::<String>::new());
}

/// A query as a test understands it, without the parser.
#[derive(Clone, Debug)]
enum Naive {
    Text(String),
    Regex(&'static str),
    Level(Level),
    Field(&'static str, i64),
    Service(&'static str),
    Stream(Stream),
    Not(Box<Naive>),
    And(Vec<Naive>),
    Or(Vec<Naive>),
}

impl Naive {
    fn text(&self) -> String {
        let join = |parts: &[Self], with: &str| {
            format!("({})", parts.iter().map(Self::text).collect::<Vec<_>>().join(with))
        };
        match self {
            Self::Text(text) => format!("\"{text}\""),
            Self::Regex(pattern) => format!("/{pattern}/"),
            Self::Level(level) => format!("level:{}", level.word().unwrap()),
            Self::Field(name, value) => format!("{name}={value}"),
            Self::Service(name) => format!("svc:{name}"),
            Self::Stream(stream) => format!("stream:{}", stream.word()),
            Self::Not(inner) => format!("-({})", inner.text()),
            Self::And(parts) => join(parts, " "),
            Self::Or(parts) => join(parts, "|"),
        }
    }

    fn takes(&self, candidate: &Candidate<'_>) -> bool {
        let mut plain = Vec::new();
        strip_into(candidate.line, &mut plain);
        let line = String::from_utf8_lossy(&plain).into_owned();
        match self {
            Self::Text(text) if text.chars().any(char::is_uppercase) => line.contains(text),
            Self::Text(text) => line.to_lowercase().contains(text),
            Self::Regex(pattern) => regex::Regex::new(&format!("(?i){pattern}")).unwrap().is_match(&line),
            Self::Level(level) => classify(line.as_bytes()) >= *level,
            Self::Field(name, value) => match serde_json::from_str::<serde_json::Value>(&line) {
                Ok(json) if line.starts_with('{') => json[name] == *value,
                Ok(_) | Err(_) => {
                    let first =
                        line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
                    first == Some(value.to_string().as_str())
                }
            },
            Self::Service(name) => candidate.service.name.as_str() == *name,
            Self::Stream(stream) => candidate.stream == *stream,
            Self::Not(inner) => !inner.takes(candidate),
            Self::And(parts) => parts.iter().all(|part| part.takes(candidate)),
            Self::Or(parts) => parts.iter().any(|part| part.takes(candidate)),
        }
    }
}

fn naive() -> impl Strategy<Value = Naive> {
    let leaf = prop_oneof![
        4 => "[ab E]{1,3}".prop_map(Naive::Text),
        1 => Just(Naive::Text("é".into())),
        4 => prop_oneof![
            Just("^a"), Just("b$"), Just("a[^x]*b"), Just(r"\ba\b"), Just("^$"), Just(r"\s"), Just("a|b"), Just(r"\Aa"),
            Just(r"b\z"), Just("(?s)a.b"), Just("(?R)b$"), Just("a\nb"),
        ].prop_map(Naive::Regex),
        1 => prop_oneof![Just(Level::Info), Just(Level::Warn), Just(Level::Error)].prop_map(Naive::Level),
        1 => (prop_oneof![Just("a"), Just("b")], 0..3i64).prop_map(|(name, value)| Naive::Field(name, value)),
        1 => prop_oneof![Just("api"), Just("web")].prop_map(Naive::Service),
        1 => prop_oneof![Just(Stream::Stdout), Just(Stream::Notice)].prop_map(Naive::Stream),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Naive::Not(Box::new(inner))),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Naive::And),
            proptest::collection::vec(inner, 1..4).prop_map(Naive::Or),
        ]
    })
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[abABeE é]{0,5}",
        1 => "(ERROR|WARN|INFO|error)( |: )[ab]{0,3}",
        1 => "[ab]=[0-3] [ab]=[0-3]",
        1 => (0..3, 0..3).prop_map(|(a, b)| format!("{{\"a\":{a},\"b\":{b}}}")),
        1 => "a\x1b\\[31mb[ab]\x1b\\[0m",
        1 => "[ab]{0,2}\r",
    ]
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        let _ = Query::parse(&text, now()).map(|query| query.highlights(&text));
    }

    #[test]
    fn no_heap_of_marks_makes_the_parser_panic(text in r#"([ab |()"/\\!~<>=:.,-]|re:|svc:|level:|é){0,30}"#) {
        match Query::parse(&text, now()) {
            Ok(query) => prop_assert_eq!(query.to_string(), text),
            Err(fault) => prop_assert!(text.is_char_boundary(fault.at), "{} at {}", text, fault.at),
        }
    }

    #[test]
    fn a_line_matches_as_a_slow_look_says(query in naive(), line in line(), stream in 0..3usize) {
        let service = id("api");
        let streams = [Stream::Stdout, Stream::Stderr, Stream::Notice];
        let candidate = Candidate { stream: streams[stream], ..candidate(&service, line.as_bytes()) };
        prop_assert_eq!(parse(&query.text()).matches(&candidate), query.takes(&candidate), "{}", query.text());
    }

    #[test]
    fn a_block_gives_the_lines_that_match_alone(
        query in naive(), lines in proptest::collection::vec(line(), 0..12),
    ) {
        let query = parse(&query.text());
        let service = id("api");
        let (mut text, mut expected) = (Vec::new(), Vec::new());
        for line in &lines {
            let start = text.len();
            strip_into(line.as_bytes(), &mut text);
            if query.matches_plain(&candidate(&service, &text[start..])) {
                expected.push(start..text.len());
            }
            text.push(b'\n');
        }
        let (mut at, mut found) = (0, Vec::new());
        while let Some(likely) = query.cover().find(&text, at) {
            at = likely.line.end + 1;
            if likely.certain || query.matches_plain(&candidate(&service, &text[likely.line.clone()])) {
                found.push(likely.line);
            }
        }
        prop_assert_eq!(found, expected, "{}", query);
    }
}
