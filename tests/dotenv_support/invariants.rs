//! What must hold of the reader for any bytes. Used by the fuzz target and by the harness that needs no nightly.

use std::collections::BTreeMap;

use portolan::env::dotenv::{Statement, decode, dotenv_values, parse};

/// Panics if the reader breaks a promise on `bytes`.
pub(crate) fn check(bytes: &[u8]) {
    let raw = String::from_utf8_lossy(bytes);
    check_lines(&raw, &parse(&raw));
    if let Ok(text) = decode(bytes) {
        let statements = parse(&text);
        check_lines(&text, &statements);
        let environ = BTreeMap::from([("A".to_owned(), "shell".to_owned())]);
        let bindings = statements.len();
        for override_environ in [false, true] {
            if let Ok(values) = dotenv_values(&text, &environ, override_environ) {
                assert!(values.len() <= bindings, "more values than statements");
            }
        }
    }
}

fn check_lines(text: &str, statements: &[Statement]) {
    let most = text.bytes().filter(|byte| matches!(byte, b'\r' | b'\n')).count() + 1;
    let mut before = 1;
    for statement in statements {
        assert!(
            before <= statement.starts && statement.starts <= statement.line,
            "lines go back: {statement:?}"
        );
        assert!(statement.line as usize <= most, "a line after the last: {statement:?}");
        before = statement.line;
    }
}
