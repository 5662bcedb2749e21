//! Input and pseudo-terminals, as the console uses them: typed into, seen unframed, resized, and in the log all the same.

use portolan::handle::{CommandRequest, HandleError, TerminalSize};
use portolan::logs::TerminalChunk;
use portolan::stack::Refusal;

use crate::support::{Control, Project, name, until};

fn started(toml: &str) -> (Project, tempfile::TempDir, Control) {
    let (project, runtime) = (Project::new(toml), tempfile::tempdir().unwrap());
    let control = Control::start_well(&project, &runtime, &[]);
    (project, runtime, control)
}

fn on_terminal(script: &str) -> String {
    format!("[services.shell]\ncommand = ['sh', '-c', '''{script}''']\ntty = true\nrestart = 'no'\n")
}

/// What the terminal was sent until it holds `wanted`.
fn until_shown(control: &Control, from: u64, wanted: &str) -> TerminalChunk {
    let mut all = TerminalChunk { offset: from, ..TerminalChunk::default() };
    while !String::from_utf8_lossy(&all.bytes).contains(wanted) {
        let next = control.try_ask(control.handle.terminal_after(name("shell"), all.end()));
        let next = next.unwrap_or_else(|error| panic!("{wanted:?} is not among {all:?}: {error}"));
        assert_eq!((next.offset, next.lost), (all.end(), 0));
        all.bytes.extend(next.bytes);
    }
    all
}

fn type_in(control: &Control, service: &str, text: &'static str) {
    control.ask(control.handle.input(name(service), text.into()));
}

#[test]
fn what_is_typed_arrives_at_a_service_on_pipes() {
    let toml =
        "[services.cat]\ncommand = 'FIXTURE echo-stdin'\n[services.other]\ncommand = 'FIXTURE sleep'\n";
    let (project, _runtime, mut control) = started(toml);
    type_in(&control, "cat", "hello\n");
    type_in(&control, "cat", "world\n");
    control.up.until_out("hello");
    control.up.until_out("world");
    let refusal = control.refused(control.handle.terminal_after(name("cat"), 0));
    assert_eq!(refusal, Refusal::NoTerminal { name: name("cat") });
    let size = TerminalSize { columns: 80, rows: 24 };
    assert_eq!(control.refused(control.handle.resize(name("cat"), size)), refusal);
    let stop = CommandRequest::Stop { services: vec![name("cat")] };
    control.ask(control.handle.command(stop));
    let refusal =
        until("cat is gone", || match control.try_ask(control.handle.input(name("cat"), "x".into())) {
            Err(HandleError::Refused(refusal)) => Some(refusal),
            Ok(()) | Err(_) => None,
        });
    assert_eq!(refusal, Refusal::NotRunning { name: name("cat") });
    assert_eq!(control.up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn a_child_that_never_reads_fills_its_queue_and_holds_nobody_up() {
    for tty in [false, true] {
        let toml = format!("[services.deaf]\ncommand = 'FIXTURE sleep'\ntty = {tty}\n");
        let (project, _runtime, mut control) = started(&toml);
        let block = vec![b'x'; 16 << 10];
        // A pipe takes 64 KiB, a terminal less, and as much waits in the queue.
        let refused = (0..64).find_map(|_| {
            let typed = control.try_ask(control.handle.input(name("deaf"), block.clone().into()));
            typed.err().map(|error| error.to_string())
        });
        assert!(refused.as_deref().is_some_and(|text| text.contains("does not read")), "{refused:?}");
        assert_eq!(control.epoch("deaf"), 1);
        assert_eq!(control.up.interrupt(), 130);
        project.assert_nothing_lives();
    }
}

#[test]
fn a_prompt_without_a_newline_is_seen_and_answered() {
    let script = r#"printf "name: "; read name; echo "hi $name"; printf "last words""#;
    // The stack stays up when the shell has ended, and so does what it showed.
    let other = "[services.other]\ncommand = 'FIXTURE sleep'\n";
    let (project, _runtime, mut control) = started(&format!("{}{other}", on_terminal(script)));
    let shown = until_shown(&control, 0, "name: ");
    type_in(&control, "shell", "bob\n");
    let rest = until_shown(&control, shown.end(), "last words");
    assert!(String::from_utf8_lossy(&rest.bytes).contains("hi bob\r\n"), "{rest:?}");
    // The log has whole lines, as from a pipe: the last one too, which never ended.
    for line in ["name: bob\n", "hi bob\n", "last words\n"] {
        control.up.until_out(line);
    }
    assert!(!control.up.out().contains('\r'), "{:?}", control.up.out());
    assert_eq!(control.up.interrupt(), 130);
    project.assert_nothing_lives();
}

#[test]
fn full_screen_bytes_come_as_they_were_written_and_a_restart_clears_the_screen() {
    let screen = r"\033[?1049h\033[2J\033[5;5Hhello";
    let (_project, _runtime, mut control) =
        started(&on_terminal(&format!("printf \"{screen}\"; sleep 1000")));
    let raw = "\x1b[?1049h\x1b[2J\x1b[5;5Hhello";
    let first = until_shown(&control, 0, "hello");
    assert_eq!(String::from_utf8_lossy(&first.bytes), raw);
    let restart = CommandRequest::Restart { services: vec![name("shell")], with_dependents: false };
    control.ask(control.handle.command(restart));
    let second = until_shown(&control, first.end(), "hello");
    assert_eq!(String::from_utf8_lossy(&second.bytes), format!("\x1bc{raw}"));
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_new_size_is_seen_by_the_child_and_by_the_next_one() {
    let (_project, _runtime, mut control) =
        started(&on_terminal("echo ready; while read line; do stty size; done"));
    let ready = until_shown(&control, 0, "ready");
    control.ask(control.handle.resize(name("shell"), TerminalSize { columns: 132, rows: 50 }));
    type_in(&control, "shell", "\n");
    let sized = until_shown(&control, ready.end(), "50 132");
    let restart = CommandRequest::Restart { services: vec![name("shell")], with_dependents: false };
    control.ask(control.handle.command(restart));
    let ready = until_shown(&control, sized.end(), "ready");
    type_in(&control, "shell", "\n");
    until_shown(&control, ready.end(), "50 132");
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_secret_in_two_pieces_is_hidden_on_the_terminal() {
    let script = r#"printf "token hunter2-"; sleep 0.3; printf "hunter2-end\nh"; sleep 1000"#;
    let toml = format!(
        "[env.TOKEN]\nsecret = true\n{}env = {{ TOKEN = 'hunter2-hunter2-end' }}\n",
        on_terminal(script)
    );
    let (_project, _runtime, mut control) = started(&toml);
    // The lone letter may be the beginning of the secret, and is shown all the same after a moment.
    let shown = until_shown(&control, 0, "\r\nh");
    assert_eq!(String::from_utf8_lossy(&shown.bytes), "token ********\r\nh");
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_reader_that_came_late_is_told_what_it_missed() {
    let script = "i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890; i=$((i+1)); done; echo done; sleep 1000";
    let (_project, _runtime, mut control) = started(&on_terminal(script));
    control.up.until_out("done");
    let chunk = control.ask(control.handle.terminal_after(name("shell"), 0));
    assert_eq!(chunk.end(), 20_000 * 33 + 6);
    assert_eq!((chunk.bytes.len(), chunk.lost), (256 << 10, chunk.offset));
    assert!(chunk.bytes.ends_with(b"done\r\n"));
    assert_eq!(control.up.interrupt(), 130);
}

#[test]
fn a_reader_that_waits_ends_with_the_stack_and_does_not_hold_it_up() {
    let (_project, _runtime, mut control) = started(&on_terminal("printf ready; sleep 1000"));
    let shown = until_shown(&control, 0, "ready");
    let handle = control.handle.clone();
    let waiting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(handle.terminal_after(name("shell"), shown.end()))
    });
    assert_eq!(control.up.interrupt(), 130);
    let answer = waiting.join().unwrap();
    assert!(matches!(answer, Err(HandleError::Gone)), "{answer:?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a client of its own is a process of its own")]
fn a_foreign_client_types_and_reads_the_terminal() {
    let (_project, _runtime, mut control) = started(&on_terminal("printf 'name: '; cat"));
    let curl = |arguments: &[&str], path: &str| {
        let mut command = std::process::Command::new("curl");
        command.args(["-sS", "-i", "--unix-socket"]).arg(control.socket()).args(arguments);
        let output = command.arg(format!("http://portolan/v1/services/shell{path}")).output();
        output.ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(typed) = curl(&["--data-binary", "bob\n"], "/input") else {
        eprintln!("SKIPPED: the terminal read by curl: there is no curl here");
        return;
    };
    assert!(typed.starts_with("HTTP/1.1 204"), "{typed}");
    until_shown(&control, 0, "bob\r\nbob\r\n");
    let shown = curl(&[], "/terminal?after=0").unwrap();
    let (head, body) = shown.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("portolan-offset: 0") && head.contains("portolan-lost: 0"), "{head}");
    assert!(body.contains("name: ") && body.ends_with("bob\r\n"), "{body:?}");
    let size = curl(
        &["-H", "content-type: application/json", "-d", r#"{"columns":100,"rows":30}"#],
        "/terminal/size",
    );
    assert!(size.unwrap().starts_with("HTTP/1.1 204"));
    assert_eq!(control.up.interrupt(), 130);
}
