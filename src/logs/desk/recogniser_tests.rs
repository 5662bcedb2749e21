//! Tracebacks as the languages really print them, and what is around them.

use super::*;

/// A block: its first and last line, its head, how many lines, the language.
type Block = (u64, u64, u64, u64, Language);

/// The blocks, the faults and the number of warnings in these lines.
fn look(text: &str) -> (Vec<Block>, Vec<u64>, u64) {
    let (mut recogniser, mut findings) = (Recogniser::default(), Findings::default());
    for (line, seq) in text.lines().zip(0..) {
        recogniser.push(line.as_bytes(), seq, &mut findings);
    }
    recogniser.end(&mut findings);
    let blocks = findings.blocks.iter();
    let blocks = blocks.map(|mark| (mark.first, mark.last, mark.head, mark.lines, mark.language)).collect();
    (blocks, findings.faults, findings.warnings)
}

/// The text is one fault between two lines of something else, and its head is the line that begins so.
fn is_one_block(language: Language, head: &str, text: &str) {
    let text = text.trim_matches('\n');
    let lines = text.lines().count() as u64;
    let head = text.lines().position(|line| line.trim_start_matches([' ', '|']).starts_with(head));
    let head = head.unwrap_or_else(|| panic!("the test names a line of {text}")) as u64 + 1;
    for after in ["INFO: going on", "WARN x", "plain words", "GET / 200 (3 ms)"] {
        let (blocks, faults, _) = look(&format!("INFO: before\n{text}\n{after}\n{after}\n"));
        assert_eq!(blocks, [(1, lines, head, lines, language)], "{text}\n{after}");
        assert_eq!(faults, [1], "{text}");
    }
    let (blocks, faults, _) = look(&format!("{text}\n{text}\n"));
    assert_eq!((blocks.len(), faults.len()), (2, 2), "twice: {text}");
}

#[test]
fn python_tracebacks_are_blocks() {
    is_one_block(
        Language::Python,
        "ValueError",
        r#"
Traceback (most recent call last):
  File "/app/tasks.py", line 41, in handle
    reserve_stock(job.sku, job.qty)
    ~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^
  File "/app/tasks.py", line 88, in reserve_stock
    raise ValueError(f"bad sku {sku!r}")
ValueError: bad sku 'A-1'
"#,
    );
    is_one_block(
        Language::Python,
        "RuntimeError",
        r#"
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/usr/lib/python3.12/json/decoder.py", line 355, in raw_decode
    obj, end = self.scan_once(s, idx)
StopIteration: 0

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "<frozen runpy>", line 198, in _run_module_as_main
  File "/app/main.py", line 3, in <module>
    load()
  [Previous line repeated 995 more times]
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 5, in <module>
    raise RuntimeError("no data")
RuntimeError: no data
"#,
    );
    is_one_block(
        Language::Python,
        "sqlalchemy.exc.OperationalError",
        r#"
Traceback (most recent call last):
  File "/app/db.py", line 9, in connect
    engine.connect()
sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection refused
	Is the server running on that host and accepting TCP/IP connections?

(Background on this error at: https://sqlalche.me/e/20/e3q8)
"#,
    );
    is_one_block(
        Language::Python,
        "ExceptionGroup",
        r#"
  + Exception Group Traceback (most recent call last):
  |   File "/app/x.py", line 3, in <module>
  |     raise ExceptionGroup("eg", [ValueError(1), TypeError(2)])
  | ExceptionGroup: eg (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/x.py", line 1, in f
    | ValueError: 1
    +---------------- 2 ----------------
    | TypeError: 2
    +------------------------------------
"#,
    );
    is_one_block(
        Language::Python,
        "KeyboardInterrupt",
        "Traceback (most recent call last):\n  File \"x.py\", line 1, in <module>\n    wait()\nKeyboardInterrupt",
    );
}

#[test]
fn node_errors_are_blocks() {
    is_one_block(
        Language::Node,
        "Error: listen",
        r#"
Error: listen EADDRINUSE: address already in use :::3000
    at Server.setupListenHandle [as _listen2] (node:net:1908:16)
    at listenInCluster (node:net:1965:12)
    at Object.<anonymous> (/app/server.js:12:8) {
  code: 'EADDRINUSE',
  errno: -98,
  [cause]: Error: inner
      at connect (/app/db.js:3:9) {
    fatal: true
  }
}

Node.js v22.4.0
"#,
    );
    is_one_block(
        Language::Node,
        "Error: Cannot find",
        r#"
Error: Cannot find module './x'
Require stack:
- /app/server.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)
    at Object.<anonymous> (/app/server.js:1:11)
    ... 4 lines matching cause stack trace ...
"#,
    );
    is_one_block(
        Language::Node,
        "TypeError [ERR",
        "TypeError [ERR_INVALID_ARG_TYPE]: x must be a string\n    at f (/app/a.js:1:2)\n    at async /app/b.mjs:3:4",
    );
}

#[test]
fn node_errors_after_words_of_the_program_are_blocks() {
    is_one_block(
        Language::Node,
        "[proxy] /login",
        r#"
[proxy] /login TypeError: fetch failed
    at node:internal/deps/undici/undici:14976:13
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async main (/app/server.js:7:33) {
  [cause]: Error: middle
      at main (/app/server.js:9:78)
      at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
    [cause]: Error: connect ECONNREFUSED 127.0.0.1:8081
        at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16) {
      errno: -111,
      code: 'ECONNREFUSED'
    }
  }
}
"#,
    );
    is_one_block(
        Language::Node,
        "order 4",
        r#"
order 4 OrderRejected [Error]: the item
is out of stock
    at main (/app/server.js:6:98)
    at node:internal/main/run_main_module:28:49 tail
"#,
    );
    is_one_block(
        Language::Node,
        "asserted",
        r#"
asserted AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:

1 !== 2

    at main (/app/server.js:13:50) {
  generatedMessage: true,
  code: 'ERR_ASSERTION'
}
"#,
    );
    is_one_block(
        Language::Node,
        "several",
        r#"
several AggregateError
    at main (/app/server.js:12:39) {
  [errors]: [
    Error: a
        at main (/app/server.js:12:59)
        at process.processTicksAndRejections (node:internal/process/task_queues:95:5),
    Error: b
        at main (/app/server.js:12:75)
  ]
}
"#,
    );
}

#[test]
fn an_error_that_is_only_named_is_a_fault_with_frames_alone() {
    let (blocks, faults, warnings) = look(
        "attempt 1 failed Error: refused\nattempt 2 failed Error: refused\nWARN attempt 3 failed Error: refused\n\
         attempt 4 failed Error: refused\n    at f (/app/a.js:1:2)\nupload failed Error: 1\n2\n3\n4\n5\n6\n7\n8\n    at f (x)\n",
    );
    assert_eq!((blocks, faults, warnings), (vec![(3, 4, 3, 2, Language::Node)], vec![3], 1));
    let (blocks, faults, warnings) = look("WARN failed Error: x\n    at f (/app/a.js:1:2)\n");
    assert_eq!((blocks.len(), faults, warnings), (1, vec![0], 1));
}

#[test]
fn what_node_itself_prints_of_errors_is_folded() {
    let Some(text) = printed_by_node(
        "const inner = Object.assign(new Error('inner'), { code: 'E_X' });
         class Gone extends Error {}
         console.error('request failed', new Error('outer', { cause: inner }));
         console.error(new Gone('no such order'));
         console.error('tried', 3, 'times:', new TypeError('not\\na function'));
         console.error('all failed', new AggregateError([new Error('a'), new Error('b')], 'several'));
         console.error('cleanup of 3 errors done, last Error: none');",
    ) else {
        eprintln!("SKIPPED: there is no node");
        return;
    };
    let (blocks, faults, _) = look(&text);
    let heads: Vec<&str> = blocks.iter().map(|block| text.lines().nth(block.2 as usize).unwrap()).collect();
    // How it marks the class of an error is the version's.
    let parts = ["request failed Error: outer", "no such order", "tried 3 times: TypeError: not", "several"];
    assert_eq!(heads.len(), parts.len(), "{heads:?} of {text}");
    for (head, part) in heads.iter().zip(parts) {
        assert!(head.contains(part), "{head} of {text}");
    }
    let last = blocks.last().unwrap();
    assert!(
        text.lines().skip((last.2 + last.3) as usize).any(|line| line.starts_with("cleanup of 3")),
        "{text}"
    );
    assert_eq!(faults.len(), parts.len(), "{text}");
}

/// What a program prints on standard error; `None` without Node.
#[expect(clippy::disallowed_methods, reason = "a test's own program")]
fn printed_by_node(program: &str) -> Option<String> {
    let done = std::process::Command::new("node").args(["-e", program]).output().ok()?;
    Some(String::from_utf8(done.stderr).unwrap())
}

#[test]
fn rust_panics_are_blocks() {
    is_one_block(
        Language::Rust,
        "index out of bounds",
        r#"
thread 'main' (4242) panicked at src/main.rs:4:5:
index out of bounds: the len is 3 but the index is 5
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
"#,
    );
    is_one_block(
        Language::Rust,
        "assertion `left",
        r#"
thread 'tokio-runtime-worker' panicked at src/api.rs:88:9:
assertion `left == right` failed
  left: 1
 right: 2
stack backtrace:
   0: rust_begin_unwind
             at /rustc/59807616e/library/std/src/panicking.rs:645:5
   1: core::panicking::panic_fmt
             at /rustc/59807616e/library/core/src/panicking.rs:72:14
   2: shop::api::take
             at ./src/api.rs:88:9
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
"#,
    );
    is_one_block(
        Language::Rust,
        "thread 'main'",
        "thread 'main' panicked at 'boom', src/main.rs:2:5\nnote: run with `RUST_BACKTRACE=1`",
    );
}

#[test]
fn go_panics_are_blocks() {
    is_one_block(
        Language::Go,
        "panic: runtime",
        r#"
panic: runtime error: index out of range [5] with length 3
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]

goroutine 1 [running]:
main.(*Shop).take(0xc000012345, 0x5)
	/home/me/shop/shop.go:18 +0x1d
main.main()
	/home/me/shop/main.go:8 +0x25

goroutine 18 [select, 2 minutes]:
net/http.(*persistConn).writeLoop(0xc0001)
	/usr/lib/go/src/net/http/transport.go:2444 +0xf0
created by net/http.(*Transport).dialConn in goroutine 17
	/usr/lib/go/src/net/http/transport.go:1801 +0x1585
exit status 2
"#,
    );
    is_one_block(
        Language::Go,
        "2026/11/20",
        r#"
2026/11/20 04:22:00 http: panic serving 127.0.0.1:5112: boom
goroutine 5 [running]:
net/http.(*conn).serve.func1()
	/usr/lib/go/src/net/http/server.go:1868 +0xb9
panic({0x6a1b60?, 0x7513a0?})
	/usr/lib/go/src/runtime/panic.go:920 +0x270
main.handle({0x0, 0x0}, 0x1)
	/home/me/shop/main.go:8 +0x25
"#,
    );
}

#[test]
fn java_exceptions_are_blocks() {
    is_one_block(
        Language::Java,
        "Exception in thread",
        "
Exception in thread \"main\" java.lang.IllegalStateException: no stock
\tat com.shop.Stock.take(Stock.java:41)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
\tSuppressed: java.lang.Exception: close
\t\tat com.shop.Stock.close(Stock.java:50)
Caused by: java.io.IOException: disk
\tat com.shop.Disk.read(Disk.java:7)
\t... 1 more
",
    );
}

#[test]
fn what_is_no_traceback_is_a_fault_of_one_line_or_none() {
    let (blocks, faults, warnings) = look(
        "ERROR one\nINFO x\nValueError: two\nWARN three\n\nplain\n    at dinner (7 pm)\nTraceback is a word\n\
         INFO: caught PermissionError: four\n  indented ERROR\n",
    );
    assert_eq!((blocks, faults, warnings), (vec![], vec![0, 2, 8], 1));
}

#[test]
fn a_traceback_that_is_cut_off_ends_where_another_line_comes() {
    let (blocks, faults, _) = look(
        "Traceback (most recent call last):\n  File \"x.py\", line 1, in f\n    f()\nINFO: started\n  File \"y\"\nERROR z\n",
    );
    assert_eq!((blocks, faults), (vec![(0, 2, 0, 3, Language::Python)], vec![0, 5]));
}

#[test]
fn windows_line_ends_change_nothing() {
    let (blocks, faults, _) =
        look("Error: x\r\r\n    at f (C:\\app\\a.js:1:2)\r\r\n    at g (C:\\app\\a.js:3:4)\r\r\nok\r\r\n");
    assert_eq!((blocks.len(), faults), (1, vec![0]));
}
