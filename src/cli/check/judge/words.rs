//! Small words that several checks use, and what a line of a log has to say to be an exception.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;

/// What names an exception, or one of the system's refusals that the source documents are about.
static EXCEPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b[A-Z][A-Za-z0-9]*(?:Error|Exception)\b|\bpanicked at\b|^(?:panic|fatal error): ",
        r"|\bE(?:ADDRINUSE|ACCES)\b|\[Errno \d+\]|\[WinError \d+\]",
    ))
    .expect("the pattern is a constant that a test compiles")
});

/// Whether a line of level error names an exception.
pub(in super::super) fn is_exception(text: &str) -> bool {
    EXCEPTION.is_match(text)
}

/// `3 services`, `1 service`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `0.3s`, `2s`.
pub(super) fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis().div_ceil(100);
    if tenths.is_multiple_of(10) {
        format!("{}s", tenths / 10)
    } else {
        format!("{}.{}s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_told_from_other_errors() {
        for line in [
            "ValueError: bad sku",
            "ERROR: app.errors.NotFoundError",
            "java.lang.IllegalStateException: x",
            "thread 'main' panicked at src/main.rs:1:1:",
            "OSError: [Errno 98] in use",
            "listen EADDRINUSE: address already in use",
            "panic: boom",
        ] {
            assert!(is_exception(line), "{line}");
        }
        for line in ["ERROR: disk is nearly full", "error rate 0.1", "npm error code 1", "don't panic: x"] {
            assert!(!is_exception(line), "{line}");
        }
    }

    #[test]
    fn times_are_rounded_up_to_a_tenth() {
        let shown: Vec<_> = [0, 1, 100, 1_000, 1_010].map(Duration::from_millis).map(seconds).into();
        assert_eq!(shown, ["0s", "0.1s", "0.1s", "1s", "1.1s"]);
    }
}
