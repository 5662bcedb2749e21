//! What one line says by itself: how faults are written down in the common languages. Pure; knows no ANSI.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::super::{Level, classify};

/// Faults that are worth a look wherever they are named, whatever the level of the line.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u:\b)(?:PermissionError|ValueError|EADDRINUSE|EACCES)(?-u:\b)",
        r"|\[Errno (?:13|98)\]|\[WinError 10013\]",
    ))
    .expect("the pattern is a constant that a test compiles")
});

/// What a line begins, or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing of ours.
    Plain,
    /// A warning.
    Warning,
    /// A fault of one line, or the head of one with frames.
    Fault,
    /// `Traceback (most recent call last):`, so many columns from the left.
    Traceback { indent: usize },
    /// `  + Exception Group Traceback (most recent call last):`
    ExceptionGroup,
    /// `thread 'main' panicked at src/main.rs:4:5:`; whether the message follows on the next line.
    RustPanic { message_follows: bool },
    /// `panic: …`, `fatal error: …`
    GoPanic,
}

/// What this line is when nothing is known of those before it.
pub(crate) fn kind(line: &[u8]) -> Kind {
    let text = line.trim_ascii_start();
    let indent = line.len() - text.len();
    match text.first() {
        None => return Kind::Plain,
        Some(b'T') if text.starts_with(b"Traceback (most recent call last)") => {
            return Kind::Traceback { indent };
        }
        Some(b'+') if text.starts_with(b"+ Exception Group Traceback") => return Kind::ExceptionGroup,
        Some(b't') if is_rust_panic(text) => {
            return Kind::RustPanic { message_follows: text.trim_ascii_end().ends_with(b":") };
        }
        Some(b'p') if text.starts_with(b"panic: ") => return Kind::GoPanic,
        Some(b'f') if text.starts_with(b"fatal error: ") => return Kind::GoPanic,
        Some(_) if memchr::memmem::find(text, b"http: panic serving ").is_some() => return Kind::GoPanic,
        Some(_) => {}
    }
    // The indented lines of what we do not know as a block belong to the line above them.
    if indent > 0 {
        return Kind::Plain;
    }
    match classify(line) {
        Level::Error => Kind::Fault,
        Level::Warn | Level::Unknown | Level::Trace | Level::Debug | Level::Info if NAMED.is_match(line) => {
            Kind::Fault
        }
        Level::Warn => Kind::Warning,
        Level::Unknown | Level::Trace | Level::Debug | Level::Info => Kind::Plain,
    }
}

fn is_rust_panic(text: &[u8]) -> bool {
    text.starts_with(b"thread '") && memchr::memmem::find(text, b"panicked at ").is_some()
}

/// The line that ends a Python traceback: `ValueError: bad`, `KeyboardInterrupt`, `app.errors.Gone: 3`; none of
/// the words that loggers begin a line with.
pub(crate) fn is_python_exception(text: &[u8]) -> bool {
    let len =
        text.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'<' | b'>')));
    let (name, rest) = text.split_at(len.unwrap_or(text.len()));
    let starts = name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
    let shouted = name.iter().all(|b| b.is_ascii_uppercase());
    starts && !shouted && (rest.is_empty() || rest.starts_with(b":"))
}

/// Whether the line names an error after words of the program's own, as `console.error('order 4', error)` of Node does:
/// `order 4 TypeError [ERR_X]: …`, `failed Gone [Error]: …`. Only frames below it show that it is the head of a traceback.
pub(crate) fn names_error(line: &[u8]) -> bool {
    ["Error", "Exception"].into_iter().any(|word| {
        memchr::memmem::find_iter(line, word).any(|at| {
            let rest = line[at + word.len()..].trim_ascii_end();
            rest.is_empty() || [&b":"[..], b"]:", b"]", b" ["].iter().any(|after| rest.starts_with(after))
        })
    })
}

/// The sentence between two tracebacks of one fault.
pub(crate) fn is_python_link(text: &[u8]) -> bool {
    text.starts_with(b"During handling of the above exception")
        || text.starts_with(b"The above exception was the direct cause")
}

/// `    at fn (file:1:2)`, `    ... 4 lines matching cause stack trace ...`
pub(crate) fn is_node_frame(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    line.starts_with(b"  ") && (text.starts_with(b"at ") || text.starts_with(b"... "))
}

/// `\tat a.b.C.d(C.java:1)`, `\t... 3 more`, `\tSuppressed: …`
pub(crate) fn is_java_frame(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    line.starts_with(b"\t")
        && [&b"at "[..], b"... ", b"Suppressed: ", b"Caused by: "].iter().any(|head| text.starts_with(head))
}

/// What stands in a dump of goroutines, but for blank lines.
pub(crate) fn is_go_line(line: &[u8]) -> bool {
    let heads: [&[u8]; 9] = [
        b"\t",
        b"goroutine ",
        b"created by ",
        b"panic: ",
        b"panic(",
        b"[signal ",
        b"runtime stack:",
        b"...",
        b"[originating from goroutine ",
    ];
    if heads.iter().any(|head| line.starts_with(head)) {
        return true;
    }
    let call = memchr::memchr(b'(', line).is_some_and(|at| at > 0) && line.trim_ascii_end().ends_with(b")");
    let named = line.iter().take_while(|b| !matches!(b, b'(' | b' ')).count();
    call && line.get(named) == Some(&b'(') && memchr::memchr(b'.', &line[..named]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_faults_are_faults_at_any_level() {
        for line in [
            "INFO: caught ValueError, going on",
            "could not open: PermissionError(13)",
            "OSError [Errno 98] in use",
            "open failed: EACCES, /x",
            "listen EADDRINUSE :::3000",
            "bind: [WinError 10013] forbidden",
            "ERROR anything",
            "java.lang.IllegalStateException: x",
        ] {
            assert_eq!(kind(line.as_bytes()), Kind::Fault, "{line}");
        }
        for line in
            ["see MyValueErrorHandler", "0 errors", "    raise ValueError(1)", "[Errno 2] no such file", ""]
        {
            assert_eq!(kind(line.as_bytes()), Kind::Plain, "{line}");
        }
        assert_eq!(kind(b"WARN slow"), Kind::Warning);
    }
}
