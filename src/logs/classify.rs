//! The level of a line, from its parsed fields or its leading token, never from a word somewhere in it.

use super::ansi;

/// How much of a line is looked at: a level stands near the beginning.
const LOOKED_AT: usize = 2048;

/// How grave a line says it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The line does not say.
    #[default]
    Unknown,
    /// Finest detail.
    Trace,
    /// For those who look for a fault.
    Debug,
    /// The ordinary course of things; also "notice".
    Info,
    /// Something to look at.
    Warn,
    /// Something failed; also fatal, critical and panics.
    Error,
}

impl Level {
    /// A word for it, as in `--json` and in filters; `None` if the line does not say.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Trace => Some("trace"),
            Self::Debug => Some("debug"),
            Self::Info => Some("info"),
            Self::Warn => Some("warn"),
            Self::Error => Some("error"),
        }
    }
}

/// The level of one line, given without its newline. Escape sequences are looked through.
pub fn classify(line: &[u8]) -> Level {
    let line = &line[..line.len().min(LOOKED_AT)];
    if memchr::memchr(0x1b, line).is_none() {
        return level_of(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    ansi::strip_into(line, &mut plain);
    level_of(&plain)
}

fn level_of(line: &[u8]) -> Level {
    let text = line.trim_ascii_start();
    match text.first() {
        Some(b'{') => return json_level(text).unwrap_or_default(),
        Some(b'a'..=b'z' | b'A'..=b'Z') if line.starts_with(b"    at ") || is_fault(text) => {
            return Level::Error;
        }
        Some(_) => {}
        None => return Level::Unknown,
    }
    leading_level(text).or_else(|| logfmt_level(text)).unwrap_or_default()
}

/// The heads that runtimes give to an uncaught fault.
fn is_fault(text: &[u8]) -> bool {
    match text.first() {
        Some(b'T') if text.starts_with(b"Traceback (most recent call last)") => true,
        Some(b't') if text.starts_with(b"thread '") => memchr::memmem::find(text, b"panicked at").is_some(),
        Some(b'p') if text.starts_with(b"panic: ") => true,
        Some(b'f') if text.starts_with(b"fatal error: ") => true,
        Some(b'E') if text.starts_with(b"Exception in thread ") => true,
        Some(b'C') if text.starts_with(b"Caused by: ") => true,
        Some(_) => is_exception(text.strip_prefix(b"Uncaught ").unwrap_or(text)),
        None => false,
    }
}

/// `ValueError: …`, `sqlalchemy.exc.OperationalError: …`, `TypeError [ERR_X]: …`, `java.io.IOException: …`.
fn is_exception(text: &[u8]) -> bool {
    let name = text.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$')));
    let (name, rest) = text.split_at(name.unwrap_or(text.len()));
    let named = name.ends_with(b"Error") || name.ends_with(b"Exception");
    named && (rest.is_empty() || rest.starts_with(b":") || rest.starts_with(b" ["))
}

/// The level word at the start of the line, after any time stamps and the logger's name of Python's logging.
fn leading_level(text: &[u8]) -> Option<Level> {
    let mut rest = skip_stamps(text);
    if let Some(dashed) = rest.strip_prefix(b"- ") {
        if let Some(level) = marked_level(dashed) {
            return Some(level);
        }
        let name = memchr::memmem::find(&dashed[..dashed.len().min(200)], b" - ")?;
        rest = &dashed[name + 3..];
    }
    marked_level(rest)
}

/// Passes over leading words that are made of digits and the punctuation of dates: `2026-11-20T04:22:00.123Z`,
/// `[04:22:00]`, `20/Nov/2026` is none.
fn skip_stamps(text: &[u8]) -> &[u8] {
    let mut rest = text;
    for _ in 0..3 {
        let inner = rest.strip_prefix(b"[").unwrap_or(rest);
        if !inner.first().is_some_and(u8::is_ascii_digit) {
            break;
        }
        let len = inner
            .iter()
            .position(|b| {
                !(b.is_ascii_digit() || matches!(b, b'-' | b':' | b'.' | b',' | b'+' | b'/' | b'T' | b'Z'))
            })
            .unwrap_or(inner.len());
        let after = &inner[len..];
        let after = after.strip_prefix(b"]").unwrap_or(after);
        match after.first() {
            Some(b' ' | b'\t' | b'[') => rest = after.trim_ascii_start(),
            Some(_) | None => break,
        }
    }
    rest
}

/// A word that is meant as a level: in capitals, in brackets, or followed by a colon.
fn marked_level(text: &[u8]) -> Option<Level> {
    let (open, inner) = match text.first()? {
        b'[' | b'<' | b'(' => (true, text[1..].trim_ascii_start()),
        _ => (false, text),
    };
    let len = inner.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(inner.len());
    if !(3..=8).contains(&len) {
        return None;
    }
    let (word, rest) = inner.split_at(len);
    let next = rest.first().copied();
    let closed = open && matches!(next, Some(b']' | b'>' | b')' | b' '));
    let capitals =
        word.iter().all(u8::is_ascii_uppercase) && !matches!(next, Some(b'_' | b'-' | b'=' | b'0'..=b'9'));
    // rustc writes `error[E0308]:`, cargo and gcc `error:` and `warning:`.
    let colon = matches!(next, Some(b':')) || rest.starts_with(b"[E");
    (closed || capitals || colon).then(|| word_level(word)).flatten()
}

fn word_level(word: &[u8]) -> Option<Level> {
    let one_of = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()));
    // By the first letter, so that the commonest word costs one comparison.
    match word.first()?.to_ascii_lowercase() {
        b'i' if one_of(&["info", "inf"]) => Some(Level::Info),
        b'n' if one_of(&["notice"]) => Some(Level::Info),
        b'd' if one_of(&["debug", "dbg"]) => Some(Level::Debug),
        b'v' if one_of(&["verbose"]) => Some(Level::Debug),
        b't' if one_of(&["trace", "trc"]) => Some(Level::Trace),
        b's' if one_of(&["silly"]) => Some(Level::Trace),
        b'w' if one_of(&["warn", "warning", "wrn"]) => Some(Level::Warn),
        b'e' if one_of(&["error", "err", "emerg"]) => Some(Level::Error),
        b'f' if one_of(&["fatal"]) => Some(Level::Error),
        b'c' if one_of(&["critical", "crit"]) => Some(Level::Error),
        b'p' if one_of(&["panic"]) => Some(Level::Error),
        b's' if one_of(&["severe"]) => Some(Level::Error),
        b'a' if one_of(&["alert"]) => Some(Level::Error),
        _ => None,
    }
}

/// `level=warn` or `lvl="error"` as a field of its own, outside quotes.
fn logfmt_level(text: &[u8]) -> Option<Level> {
    for at in memchr::memchr_iter(b'=', text) {
        let Some(key) = [&b"level"[..], b"lvl"].into_iter().find(|key| text[..at].ends_with(key)) else {
            continue;
        };
        let start = at - key.len();
        let own = start == 0 || text[start - 1] == b' ';
        if !own || memchr::memchr_iter(b'"', &text[..start]).count() % 2 == 1 {
            continue;
        }
        let value = &text[at + 1..];
        let value = value.strip_prefix(b"\"").unwrap_or(value);
        let len = value.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(value.len());
        return word_level(&value[..len]);
    }
    None
}

/// The value of `level`, `severity` or `lvl` among the outermost keys of a JSON object: a word, or the numbers
/// of pino and bunyan (10 trace to 60 fatal).
fn json_level(text: &[u8]) -> Option<Level> {
    let (mut at, mut depth) = (0, 0u32);
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(text, at)?;
                let key = &text[at..end];
                at = end + 1;
                let after = text[at..].trim_ascii_start();
                if depth == 1
                    && matches!(key, b"level" | b"severity" | b"lvl")
                    && after.first() == Some(&b':')
                {
                    return json_value_level(after[1..].trim_ascii_start());
                }
            }
            _ => {}
        }
    }
    None
}

fn json_value_level(value: &[u8]) -> Option<Level> {
    if let Some(word) = value.strip_prefix(b"\"") {
        return word_level(&word[..string_end(word, 0)?]);
    }
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    let number: u32 = std::str::from_utf8(&value[..digits]).ok()?.parse().ok()?;
    match number {
        10..=19 => Some(Level::Trace),
        20..=29 => Some(Level::Debug),
        30..=39 => Some(Level::Info),
        40..=49 => Some(Level::Warn),
        50..=69 => Some(Level::Error),
        _ => None,
    }
}

/// Where the string whose text begins at `at` has its closing quote.
fn string_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_from_fields_and_leading_tokens() {
        let table: &[(&str, Level)] = &[
            (r#"{"time":1,"level":"warn","msg":"x"}"#, Level::Warn),
            (r#"{"level":50,"msg":"pino"}"#, Level::Error),
            (r#"{"msg":"a \"level\":\"error\" inside","severity":"INFO"}"#, Level::Info),
            (r#"{"inner":{"level":"error"},"level":"debug"}"#, Level::Debug),
            ("time=2026-11-20T04:22:00Z level=error msg=\"x\"", Level::Error),
            ("ts=1 lvl=warn msg=x", Level::Warn),
            ("ERROR something", Level::Error),
            ("INFO:     127.0.0.1:5 - \"GET /health HTTP/1.1\" 200 OK", Level::Info),
            ("2026-11-20T04:22:00.123Z  WARN app::db: slow", Level::Warn),
            ("2026-11-20 04:22:00,123 - app.db - ERROR - gone", Level::Error),
            ("[04:22:00] [error] gone", Level::Error),
            ("[warn] deprecated", Level::Warn),
            ("error: could not compile", Level::Error),
            ("error[E0308]: mismatched types", Level::Error),
            ("warning: unused", Level::Warn),
            ("ERROR:root:x", Level::Error),
            ("ValueError: bad", Level::Error),
            ("PermissionError: [Errno 13] Permission denied", Level::Error),
            ("sqlalchemy.exc.OperationalError: x", Level::Error),
            ("Traceback (most recent call last):", Level::Error),
            ("Error: listen EADDRINUSE", Level::Error),
            ("TypeError [ERR_INVALID_ARG]: x", Level::Error),
            ("    at Server.listen (node:net:1:2)", Level::Error),
            ("thread 'main' (1) panicked at src/main.rs:1:1:", Level::Error),
            ("panic: runtime error", Level::Error),
            ("Exception in thread \"main\" java.lang.X", Level::Error),
            ("Caused by: java.io.IOException: x", Level::Error),
            ("\x1b[31mERROR\x1b[0m red", Level::Error),
            ("\x1b[32mINFO\x1b[0m:     green", Level::Info),
        ];
        for (line, level) in table {
            assert_eq!(classify(line.as_bytes()), *level, "{line}");
        }
    }

    #[test]
    fn a_word_somewhere_in_the_line_is_no_level() {
        for line in [
            "",
            "0 errors found",
            "Error handling was improved",
            "GET /error 200",
            "compiled without error",
            r#"msg="level=error is what it said""#,
            "errors: 0",
            "ERROR_COUNT=0",
            "see ValueError: docs",
            "{",
            "{\"level",
            r#"{"level":"#,
            "level=",
            "[",
            "2026",
        ] {
            assert_eq!(classify(line.as_bytes()), Level::Unknown, "{line}");
        }
    }
}
