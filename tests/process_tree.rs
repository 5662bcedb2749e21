//! Whole trees of real processes: started, found and ended.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "test code, its helpers included")]

mod process_support;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::sync::OnceLock;
use std::time::Duration;

use portolan::services::process::{
    Launcher, Output, ProcessRef, Program, Running, ServiceMarker, SpawnError, SpawnRequest, descendant_pids,
};
use portolan::stack::{Exit, RunId, ServiceName, StopSignal, StopSpec};
use process_support::{PATIENCE, eventually, example, fresh_run, living};
use tokio_process_stream::Item;

/// A stop whose grace period no test wants to see the end of.
const PATIENT: StopSpec = StopSpec { signal: StopSignal::Term, grace: Duration::from_secs(30) };
const IMPATIENT: StopSpec = StopSpec { signal: StopSignal::Term, grace: Duration::from_millis(100) };

#[tokio::test]
async fn a_child_that_ignores_term_is_killed_when_its_grace_is_over() {
    let mut running = launcher().spawn(&fixture("ignore-term then print deaf then sleep")).unwrap();
    let _pipe = read_until(stdout(&mut running), "deaf\n").await;
    let ended = running.tree().end(IMPATIENT).await;
    assert!(ended.killed);
    assert_eq!(ended.survivors, []);
    assert_eq!(running.wait().await.unwrap(), Exit::Signal(9));
    assert_eq!(running.wait().await.unwrap(), Exit::Signal(9), "a second time as well");
}

#[tokio::test]
async fn a_child_that_obeys_is_not_killed() {
    let mut running = launcher().spawn(&fixture("sleep")).unwrap();
    let ended = running.tree().end(PATIENT).await;
    assert!(!ended.killed);
    assert_eq!(running.wait().await.unwrap(), Exit::Signal(15));
}

#[tokio::test]
async fn forked_children_end_with_their_leader() {
    let running = launcher().spawn(&fixture("fork 4 then sleep")).unwrap();
    let members = eventually("five members", || of_size(&running.tree().members(), 5)).await;
    let ended = running.tree().end(PATIENT).await;
    assert!(!ended.killed);
    assert_eq!(living(&members), []);
}

#[tokio::test]
async fn children_that_ignore_term_are_killed_though_the_leader_obeyed() {
    let text = format!("trap '' TERM; {0} sleep & {0} sleep & trap - TERM; echo up; wait", fixture_path());
    let mut request = fixture("sleep");
    request.program = Program::Shell(text.into());
    let mut running = launcher().spawn(&request).unwrap();
    let _pipe = read_until(stdout(&mut running), "up\n").await;
    let members = eventually("three members", || of_size(&running.tree().members(), 3)).await;
    let ended = running.tree().end(IMPATIENT).await;
    assert!(ended.killed);
    assert_eq!(living(&members), []);
    assert_eq!(running.wait().await.unwrap(), Exit::Signal(15));
}

#[tokio::test]
async fn a_daemon_that_left_its_session_ends_with_its_service() {
    daemon_ends("setsid-grandchild --pid-file", true).await;
}

#[tokio::test]
async fn a_daemon_that_also_cleaned_its_environment_ends_with_its_service() {
    daemon_ends("setsid-grandchild --clean-env --pid-file", true).await;
}

#[tokio::test]
async fn a_daemon_is_found_after_its_leader_is_gone() {
    daemon_ends("setsid-grandchild --clean-env --pid-file", false).await;
}

async fn daemon_ends(words: &str, leader_stays: bool) {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let last = if leader_stays { "sleep" } else { "exit 0" };
    let mut request = fixture(&format!("{words} {} then print left then {last}", pid_file.display()));
    request.directory = folder.path().to_owned();
    let mut running = launcher().spawn(&request).unwrap();
    let _pipe = read_until(stdout(&mut running), "left\n").await;
    let daemon = ProcessRef::of(fs::read_to_string(&pid_file).unwrap().parse().unwrap()).unwrap();
    if !leader_stays {
        assert_eq!(running.wait().await.unwrap(), Exit::Code(0));
    }
    assert!(!descendant_pids(running.pid()).contains(&daemon.pid), "it is an orphan");
    assert!(running.tree().members().contains(&daemon));
    let ended = running.tree().end(PATIENT).await;
    assert!(!ended.killed);
    assert!(!daemon.is_current());
}

#[tokio::test]
async fn the_trees_of_two_services_are_kept_apart() {
    let one = fixture("setsid-grandchild --clean-env then print left then sleep");
    let mut other = one.clone();
    other.marker.service.replica = 1;
    let (mut one, mut other) = (launcher().spawn(&one).unwrap(), launcher().spawn(&other).unwrap());
    let _pipes =
        (read_until(stdout(&mut one), "left\n").await, read_until(stdout(&mut other), "left\n").await);
    one.tree().end(PATIENT).await;
    assert_eq!(other.tree().members().len(), 2, "the leader and its daemon");
    other.tree().end(PATIENT).await;
}

#[tokio::test]
async fn a_stop_in_steps_kills_what_is_forked_meanwhile() {
    let text = "trap '' TERM; echo up; while true; do sleep 60 & sleep 0.001; done";
    let mut request = fixture("sleep");
    request.program = Program::Shell(text.into());
    let mut running = launcher().spawn(&request).unwrap();
    let _pipe = read_until(stdout(&mut running), "up\n").await;
    let tree = running.tree();
    tree.begin_stop(StopSignal::Term);
    tree.kill();
    tokio::time::timeout(PATIENCE, tree.gone()).await.expect("nothing is left");
    assert_eq!(running.wait().await.unwrap(), Exit::Signal(9));
}

#[tokio::test]
async fn adopted_orphans_are_buried_and_leaders_are_not() {
    let mut running = launcher().spawn(&fixture("exit 7")).unwrap();
    // The leader is a zombie that nobody has asked for yet.
    eventually("the leader's end", || (!running.tree().leader().is_current()).then_some(())).await;
    launcher().reap_adopted();
    assert_eq!(running.wait().await.unwrap(), Exit::Code(7));

    let mut running = launcher().spawn(&fixture("setsid-grandchild then exit 0")).unwrap();
    running.wait().await.unwrap();
    running.tree().end(PATIENT).await;
    eventually("no orphans left to bury", || (launcher().reap_adopted() == 0).then_some(())).await;
}

#[tokio::test]
async fn a_step_tells_its_exit_through_tokio() {
    let mut step = launcher().spawn_step(&fixture("stderr oops then exit 3")).unwrap();
    launcher().reap_adopted();
    let mut said = Vec::new();
    // One line may come in several reads.
    let status = loop {
        match step.next().await {
            Some(Item::Stderr(chunk)) => said.extend_from_slice(&chunk),
            Some(Item::Done(status)) => break status,
            other => panic!("{other:?} after {said:?}"),
        }
    };
    assert_eq!(said, b"oops\n");
    assert_eq!(status.unwrap().code(), Some(3));
    assert!(step.next().await.is_none());
}

#[tokio::test]
async fn a_step_that_is_dropped_takes_its_children_with_it() {
    let mut request = fixture("sleep");
    request.program = Program::Shell(format!("{0} sleep & {0} sleep & echo $$; wait", fixture_path()).into());
    let mut step = launcher().spawn_step(&request).unwrap();
    let Some(Item::Stdout(said)) = step.next().await else { panic!("it tells its pid") };
    let leader = std::str::from_utf8(&said).unwrap().trim().parse().unwrap();
    let members = eventually("three members", || {
        let members: Vec<_> = descendant_pids(leader).into_iter().filter_map(ProcessRef::of).collect();
        of_size(&members, 3)
    })
    .await;
    drop(step);
    eventually("the end of all", || living(&members).is_empty().then_some(())).await;
    eventually("the burial of all", || {
        launcher().reap_adopted();
        members.iter().all(|member| !is_zombie(member.pid)).then_some(())
    })
    .await;
}

/// Whether a dead child of ours with this pid waits to be reaped.
fn is_zombie(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|fields| fields.starts_with('Z'))
}

#[tokio::test]
async fn the_pipe_stays_open_while_a_grandchild_holds_it() {
    let mut running = launcher().spawn(&fixture("print first then hold-pipe then exit 5")).unwrap();
    let pipe = read_until(stdout(&mut running), "first\n").await;
    assert_eq!(running.wait().await.unwrap(), Exit::Code(5), "the exit does not wait for the pipe");
    assert_eq!(running.tree().members().len(), 1, "the holder");
    running.tree().end(PATIENT).await;
    assert_eq!(read_to_end(pipe).await, "");
}

#[tokio::test]
async fn the_streams_are_kept_apart_and_lines_arrive_whole() {
    let mut running = launcher().spawn(&fixture("lines 5000 --bytes 100 then stderr oops")).unwrap();
    let Some(Output::Pipes { stdout, stderr }) = running.take_output() else { panic!("no pipes") };
    let (out, err) = tokio::join!(read_to_end(stdout), read_to_end(stderr));
    assert_eq!(err, "oops\n");
    assert_eq!(out.len(), 500_000);
    assert!(out.lines().enumerate().all(|(number, line)| line.starts_with(&format!("{number:010} "))));
    assert_eq!(running.wait().await.unwrap(), Exit::Code(0));
}

#[tokio::test]
async fn input_stays_open_until_it_is_given_up() {
    let mut running = launcher().spawn(&fixture("echo-stdin")).unwrap();
    let pipe = stdout(&mut running);
    let mut input = running.take_input().unwrap();
    input.write(b"hello\n").await.unwrap();
    let pipe = read_until(pipe, "hello\n").await;
    assert!(running.tree().leader().is_current(), "an idle input is not at its end");
    let tree = running.tree();
    drop(input);
    assert_eq!(read_to_end(pipe).await, "");
    tree.gone().await;
}

#[tokio::test]
async fn a_child_inherits_no_signal_setting_and_no_descriptor() {
    ignore_hangups();
    let leak = File::open("/dev/null").unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let mut running = launcher().spawn(&fixture("signals")).unwrap();
    let report = read_to_end(stdout(&mut running)).await;
    let mut lines = report.lines();
    assert_eq!(lines.next(), Some("SigBlk:\t0000000000000000"));
    let ignored = lines.next().and_then(|line| line.strip_prefix("SigIgn:\t")).unwrap();
    // 32 and 33 are the C library's own, which it lets nobody touch; the fixture's own runtime ignores SIGPIPE.
    let ignored = u64::from_str_radix(ignored, 16).unwrap() & !(0b11 << 31) & !(1 << (libc::SIGPIPE - 1));
    assert_eq!(ignored, 0, "{report}");
    assert_eq!(lines.next(), Some("open 0 1 2"));
}

/// What `nohup` does before it runs a program, such as us.
#[expect(unsafe_code, reason = "the standard library cannot ignore a signal")]
fn ignore_hangups() {
    // SAFETY: ignoring a signal runs no code.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
}

#[tokio::test]
async fn a_terminal_has_the_size_that_it_is_told() {
    let mut request = fixture("size");
    request.tty = true;
    let mut running = launcher().spawn(&request).unwrap();
    let Some(Output::Terminal(terminal)) = running.take_output() else { panic!("no terminal") };
    let terminal = read_until(terminal.into(), "80x24\r\n").await;
    let mut input = running.take_input().unwrap();
    input.screen().resize(132, 50).unwrap();
    input.write(b"\n").await.unwrap();
    let _terminal = read_until(terminal, "132x50\r\n").await;
    running.tree().end(PATIENT).await;
    assert_eq!(running.wait().await.unwrap(), Exit::Signal(15));
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_the_mark() {
    let mut request = fixture("sleep");
    request.program = Program::Words(vec!["/usr/bin/env".into()]);
    request.env = vec![("A".into(), "b".into()), ("PORTOLAN_SERVICE".into(), "forged".into())];
    let mut running = launcher().spawn(&request).unwrap();
    let text = read_to_end(stdout(&mut running)).await;
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    let run = format!("PORTOLAN_RUN_ID={}", request.marker.run_id);
    assert_eq!(lines, ["A=b", &run, "PORTOLAN_SERVICE=service"]);
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str, mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    script("plain", "text", 0o644);
    script("orphan", "#!/no/such/interpreter\n", 0o755);
    fs::create_dir(folder.path().join("folder")).unwrap();
    let start = |word: &str| {
        let mut request = fixture("sleep");
        request.program = Program::Words(vec![word.into()]);
        request.directory = folder.path().to_owned();
        request.env = vec![("PATH".into(), "/no/where:/usr/bin".into())];
        launcher().spawn(&request).unwrap_err()
    };
    let SpawnError::NotFound { searched, .. } = start("no-such-program") else { panic!() };
    assert_eq!(searched, ["/no/where", "/usr/bin"].map(Into::<std::path::PathBuf>::into));
    let SpawnError::NotFound { searched, .. } = start("./none") else { panic!() };
    assert_eq!(searched, [folder.path().join("./none")]);
    assert!(matches!(start("./plain"), SpawnError::NotExecutable { path } if path.ends_with("plain")));
    assert!(matches!(start("./folder"), SpawnError::NotExecutable { path } if path.ends_with("folder")));
    assert!(matches!(start("./orphan"), SpawnError::InterpreterMissing { path } if path.ends_with("orphan")));
    assert!(matches!(start(""), SpawnError::Empty));

    let gone = SpawnRequest { directory: folder.path().join("gone"), ..fixture("sleep") };
    let error = launcher().spawn(&gone).unwrap_err();
    assert!(matches!(error, SpawnError::DirectoryMissing { directory } if directory.ends_with("gone")));
}

fn fixture_path() -> String {
    example("fixture").display().to_string()
}

fn of_size(members: &[ProcessRef], size: usize) -> Option<Vec<ProcessRef>> {
    (members.len() == size).then(|| members.to_vec())
}

/// The one launcher of the test process.
fn launcher() -> &'static Launcher {
    static LAUNCHER: OnceLock<Launcher> = OnceLock::new();
    LAUNCHER.get_or_init(|| Launcher::prepare().expect("Linux lets a process adopt orphans"))
}

/// A request for the fixture with these words, in a run of its own.
fn fixture(words: &str) -> SpawnRequest {
    let words = std::iter::once(example("fixture").into()).chain(words.split(' ').map(OsString::from));
    SpawnRequest {
        program: Program::Words(words.collect()),
        directory: std::env::temp_dir(),
        env: std::env::vars_os().collect(),
        tty: false,
        marker: ServiceMarker {
            run_id: RunId::from_bits(fresh_run()),
            service: ServiceName::new("service").expect("a valid name").into(),
        },
    }
}

/// The standard output of a program on pipes.
fn stdout(running: &mut Running) -> File {
    match running.take_output() {
        Some(Output::Pipes { stdout, .. }) => stdout.into(),
        other => panic!("no pipes: {other:?}"),
    }
}

/// Reads up to the end of the pipe on a thread of its own.
async fn read_to_end(pipe: impl Into<File> + Send + 'static) -> String {
    let read = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        pipe.into().read_to_string(&mut text).map(|_| text)
    });
    tokio::time::timeout(PATIENCE, read).await.expect("the pipe ends").expect("no panic").expect("text")
}

/// Reads until `wanted` was read, on a thread of its own, and gives the pipe back.
async fn read_until(mut pipe: File, wanted: &'static str) -> File {
    let read = tokio::task::spawn_blocking(move || {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(wanted.as_bytes()) {
            assert_eq!(
                pipe.read(&mut byte).expect("it can be read"),
                1,
                "ended after {:?}",
                String::from_utf8_lossy(&text)
            );
            text.push(byte[0]);
        }
        pipe
    });
    tokio::time::timeout(PATIENCE, read).await.expect("it is written").expect("no panic")
}
