//! What `svc:`, `level:`, `stream:`, `run:` and `since:` take.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::expr::{Expr, Spawn};
use super::fault::QueryFault;
use super::lex::{Key, Value};
use crate::logs::{Level, Stream};
use crate::stack::Epoch;

/// The term that `key` and `value` make.
pub(super) fn term(key: Key, value: &Value, now: SystemTime) -> Result<Expr, QueryFault> {
    let text = value.text.as_str();
    let made = match key {
        Key::Service => {
            list(text).map(|names| Expr::Service(names.iter().map(|&name| name.to_owned()).collect()))
        }
        Key::Level => level(text).map(Expr::Level),
        Key::Stream => {
            let streams = list(text).and_then(|words| words.into_iter().map(stream).collect());
            streams.map(Expr::Stream)
        }
        Key::Run => spawn(text).map(Expr::Spawn),
        Key::Since => since(text, now).map(Expr::Since),
    };
    made.ok_or_else(|| QueryFault::new(value.at, wanted(key)))
}

fn wanted(key: Key) -> &'static str {
    match key {
        Key::Service => "svc: takes services: svc:api,worker",
        Key::Level => "level: takes trace, debug, info, warn or error",
        Key::Stream => "stream: takes out, err or notice",
        Key::Run => "run: takes last or a number",
        Key::Since => "since: takes a duration (5m, 1h30m) or a time (2026-11-20T04:22:00Z)",
    }
}

fn list(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = text.split(',').filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then_some(words)
}

fn level(word: &str) -> Option<Level> {
    match word.to_ascii_lowercase().as_str() {
        "trace" => Some(Level::Trace),
        "debug" => Some(Level::Debug),
        "info" => Some(Level::Info),
        "warn" | "warning" => Some(Level::Warn),
        "error" | "err" => Some(Level::Error),
        _ => None,
    }
}

fn stream(word: &str) -> Option<Stream> {
    match word.to_ascii_lowercase().as_str() {
        "out" | "stdout" => Some(Stream::Stdout),
        "err" | "stderr" => Some(Stream::Stderr),
        "notice" => Some(Stream::Notice),
        _ => None,
    }
}

fn spawn(word: &str) -> Option<Spawn> {
    match word {
        "last" => Some(Spawn::Last),
        number => number.parse().ok().map(|number| Spawn::Number(Epoch(number))),
    }
}

/// Microseconds since 1970.
fn since(text: &str, now: SystemTime) -> Option<u64> {
    let time = match ago(text) {
        Some(ago) => now.checked_sub(ago).unwrap_or(UNIX_EPOCH),
        None => SystemTime::from(text.parse::<jiff::Timestamp>().ok()?),
    };
    Some(
        time.duration_since(UNIX_EPOCH)
            .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX)),
    )
}

/// `90`, `250ms`, `5m`, `1h30m`; a bare number is seconds.
fn ago(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let (mut rest, mut total) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u32 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let len = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let millis: u64 = match &unit[..len] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        total = total.checked_add(Duration::from_millis(u64::from(number) * millis))?;
        rest = &unit[len..];
    }
    (!text.is_empty()).then_some(total)
}
