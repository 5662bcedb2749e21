//! A stack as another process holds it: through the same handle as the console.

use std::future::Future;
use std::path::Path;

use portolan::handle::{ControlSocket, Entry, Handle, HandleError, RemoteHandle};
use portolan::logs::RunLogs;
use portolan::stack::{NoticeKind, ServiceName, StackSnapshot, State, Timeline, Usage};
use rustix::process::Signal;

use crate::support::{PATIENCE, Project, started, until};

const STACK: &str = "[services.db]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n\
                     [services.api]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\nneeds = ['db']\n";

fn handle(socket: &Path) -> Handle {
    RemoteHandle::new(ControlSocket::at(socket.to_owned())).into()
}

fn name(text: &str) -> ServiceName {
    ServiceName::new(text).unwrap()
}

/// Runs `future` to its end, which has to come.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.expect("waited in vain") })
}

async fn until_up(handle: &Handle) -> std::sync::Arc<StackSnapshot> {
    let mut snapshot = handle.snapshot().await.unwrap();
    while !snapshot.services.iter().all(|service| service.state.is_up()) {
        snapshot = handle.snapshot_after(snapshot.version).await.unwrap();
    }
    snapshot
}

/// Events up to the one by which `service` was up.
async fn until_healthy(handle: &Handle, after: u64, service: &str) -> Vec<std::sync::Arc<Entry>> {
    let mut events = handle.events(after);
    let mut seen = Vec::new();
    loop {
        let entry = events.next().await.unwrap().unwrap();
        let up = matches!(entry.notice.what, NoticeKind::State { to: State::Healthy, .. });
        let last = up && entry.notice.service.as_str() == service;
        seen.push(entry);
        if last {
            return seen;
        }
    }
}

#[test]
fn what_the_specification_says_is_told_to_another_process() {
    let project = Project::new(
        "[services.db]\ncommand = 'FIXTURE http --body s3cret-of-the-shell'\nport = {}\nhealth = '/health'\n\
         [services.api]\ncommand = 'FIXTURE http'\ndirectory = 'api'\nport = {}\nneeds = ['db']\n\
         env = { OTHER = '{web.url}' }\n\
         [services.web]\ncommand = 'FIXTURE http'\nport = {}\nprofiles = []\n[env.TOKEN]\nsecret = true\n",
    );
    project.write("api/.env", "TOKEN=s3cret-of-the-shell\n");
    let runtime = tempfile::tempdir().unwrap();
    let (mut up, socket) = started(&project, runtime.path());
    let handle = handle(&socket);
    assert!(!handle.is_local());
    block_on(async {
        until_up(&handle).await;
        let described = handle.describe().await.unwrap();
        assert_eq!(described.file, project.path("portolan.toml"));
        assert!(described.run_folder.starts_with(&described.state_folder));
        let logs = RunLogs::of(&described.run_folder);
        // The log thread may be a moment behind the state.
        until("each service has a log", || (logs.services().unwrap().len() == 3).then_some(()));
        let db = described.service(&name("db")).unwrap();
        assert_eq!(db.readers, [name("api")]);
        assert_eq!(db.health.as_deref(), Some("GET /health, every 10s, up to 60s to start"));
        assert!(!format!("{described:?}").contains("s3cret"), "{described:?}");
        let api = described.service(&name("api")).unwrap();
        assert_eq!(api.directory, Path::new("api"));
        assert_eq!(described.service(&name("web")).unwrap().readers, [name("api")]);
    });
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn events_go_on_after_the_last_one_seen_and_show_how_the_stack_came_up() {
    let (project, runtime) = (Project::new(STACK), tempfile::tempdir().unwrap());
    let (mut up, socket) = started(&project, runtime.path());
    let handle = handle(&socket);
    block_on(async {
        let mut seen = until_healthy(&handle, 0, "db").await;
        let last = seen.last().unwrap().seq;
        seen.extend(until_healthy(&handle, last, "api").await);
        assert!(seen.iter().map(|entry| entry.seq).eq(1..=seen.len() as u64), "{seen:?}");
        let snapshot = until_up(&handle).await;
        let begin = snapshot.identity.started_at;
        let timeline = Timeline::of(begin, seen.iter().map(|entry| (entry.ts, &entry.notice)));
        assert_eq!(timeline.critical_path(&snapshot), [name("db"), name("api")]);
        let states = |service: &str| -> Vec<State> {
            let start = timeline.of_service(&name(service)).unwrap();
            start.segments.iter().map(|segment| segment.state).collect()
        };
        assert_eq!(states("api"), [State::Waiting, State::Starting, State::Healthy]);
        let api = snapshot.service(&name("api")).unwrap();
        assert!(api.probes_made >= 1 && api.probes.last().unwrap().ok, "{api:?}");
        assert!(api.ready_after_ms.is_some(), "{api:?}");
    });
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn vitals_are_those_of_whole_trees() {
    let project = Project::new(
        "[services.busy]\ncommand = './busy.sh'\n\
         [services.large]\ncommand = 'FIXTURE hold-memory 50 then sleep'\n\
         [services.forked]\ncommand = 'FIXTURE fork 2 then setsid-grandchild --clean-env then sleep'\n",
    );
    project.script("busy.sh", "FIXTURE burn\ntrue");
    let runtime = tempfile::tempdir().unwrap();
    let (mut up, socket) = started(&project, runtime.path());
    let handle = handle(&socket);
    block_on(async {
        until_up(&handle).await;
        let mut version = 0;
        loop {
            let vitals = handle.vitals_after(version).await.unwrap();
            assert!(vitals.version > version);
            version = vitals.version;
            let of =
                |service: &str| vitals.service(&name(service)).map_or(Usage::default(), |found| found.usage);
            let (busy, large, forked) = (of("busy"), of("large"), of("forked"));
            let burns = busy.cpu.is_some_and(|cpu| (5.0..150.0).contains(&cpu)) && busy.processes == Some(2);
            let holds = large.memory.is_some_and(|bytes| (50 << 20..120 << 20).contains(&bytes));
            let rests = large.cpu.is_some_and(|cpu| cpu < 30.0);
            let found = forked.processes == Some(4);
            let own = vitals.launcher.memory.is_some_and(|bytes| bytes > 1 << 20);
            if burns && holds && rests && found && own {
                assert!(vitals.total().memory > large.memory);
                break;
            }
        }
    });
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_launcher_that_is_killed_is_gone_for_whoever_waits() {
    let (project, runtime) = (Project::new(STACK), tempfile::tempdir().unwrap());
    let (up, socket) = started(&project, runtime.path());
    let handle = handle(&socket);
    block_on(async {
        let snapshot = until_up(&handle).await;
        let last = until_healthy(&handle, 0, "api").await.last().unwrap().seq;
        let mut events = handle.events(last);
        let newer = async {
            let mut version = snapshot.version;
            loop {
                match handle.snapshot_after(version).await {
                    Ok(newer) => version = newer.version,
                    Err(error) => return error,
                }
            }
        };
        let more = async {
            loop {
                match events.next().await {
                    Some(Ok(_)) => {}
                    end => return end,
                }
            }
        };
        let kill = async {
            // Both have asked by then: they are polled first.
            handle.vitals_after(0).await.unwrap();
            up.signal(Signal::KILL);
        };
        let (newer, more, ()) = tokio::join!(newer, more, kill);
        assert!(matches!(newer, HandleError::Gone), "{newer:?}");
        assert!(matches!(more, Some(Err(HandleError::Gone))), "{more:?}");
        assert!(events.next().await.is_none());
        assert!(matches!(handle.describe().await, Err(HandleError::Gone)));
        assert!(matches!(handle.vitals_after(0).await, Err(HandleError::Gone)));
    });
    until("nothing lives", || crate::support::marked_processes(&project.mark()).is_empty().then_some(()));
}
