//! One stack, held from its own process and over its control socket: both handles answer alike.

use std::path::PathBuf;
use std::sync::Arc;

use crate::handle::{
    CommandRequest, ControlSocket, EndHolder, Handle, HandleError, LocalHandle, Order, OrderInbox, PortOrder,
    PortRemembered, ReloadReport, RemoteHandle, TerminalOrder, TerminalSize,
};
use crate::stack::{
    Accepted, ConsoleSpec, EnvReport, Epoch, HeldPort, HolderEnded, Notice, NoticeKind, Port, PortCheck,
    PortHolder, PortOptions, PortVerdict, PortsReport, PreferredPort, Refusal, ServiceName, StackDescription,
    StackSnapshot, State, UnixMillis, Usage, Vitals, samples,
};

use super::{Listening, router};

/// What stands in for the supervisor, and the two handles.
struct Held {
    inbox: OrderInbox,
    snapshot: StackSnapshot,
    local: Handle,
    remote: Handle,
    _listening: Listening,
    _folder: tempfile::TempDir,
}

fn first_snapshot() -> StackSnapshot {
    let spec = samples::stack(vec![samples::service("web")]);
    StackSnapshot { version: 7, ..samples::snapshot(spec, UnixMillis(1_000)) }
}

fn held() -> Held {
    let snapshot = first_snapshot();
    let (handle, inbox) = LocalHandle::new(snapshot.clone());
    let folder = tempfile::tempdir().expect("a folder for the socket");
    let socket = ControlSocket::at(folder.path().join("s"));
    let listening = Listening::open(socket.clone(), router(handle.clone())).expect("nobody else is here");
    let remote = Handle::from(RemoteHandle::new(socket));
    Held { inbox, snapshot, local: handle.into(), remote, _listening: listening, _folder: folder }
}

fn description() -> StackDescription {
    let services = samples::stack(vec![samples::service("web")]).describe(str::to_owned);
    StackDescription {
        file: "/sample/portolan.toml".into(),
        state_folder: "/state".into(),
        run_folder: "/state/runs/1".into(),
        console: ConsoleSpec { wrap: true, ..ConsoleSpec::default() },
        services,
    }
}

fn answer(order: Order) {
    match order {
        Order::Command(_, reply) => {
            let _ = reply.send(Ok(Accepted { services: vec![samples::name("web")], port: None }));
        }
        Order::Reload(reply) => {
            let _ = reply.send(Ok(ReloadReport { changes: Vec::new(), files: vec![PathBuf::from("/f")] }));
        }
        Order::Environment { service, reveal: true, reply } => {
            let _ = reply.send(Ok(EnvReport { service, variables: Vec::new(), warnings: Vec::new() }));
        }
        Order::Environment { reveal: false, reply, .. } => {
            let _ = reply.send(Err(Refusal::Invalid { detail: "broken".into() }));
        }
        Order::Describe(reply) => {
            let _ = reply.send(description());
        }
        Order::Port(order) => answer_about_ports(order),
        Order::Terminal(TerminalOrder::Input { service, bytes, reply }) => {
            let full = Err(Refusal::InputFull { name: service });
            let _ = reply.send(if bytes == "typed" { Ok(()) } else { full });
        }
        Order::Terminal(TerminalOrder::Resize { service, size, reply }) => {
            let none = Err(Refusal::NoTerminal { name: service });
            let _ = reply.send(if size == SIZE { Ok(()) } else { none });
        }
        Order::Terminal(TerminalOrder::Watch { service, reply }) => {
            let _ = reply.send(Err(Refusal::NoTerminal { name: service }));
        }
    }
}

const SIZE: TerminalSize = TerminalSize { columns: 132, rows: 50 };

fn port(number: u16) -> Port {
    Port::new(number).expect("not 0")
}

fn options() -> PortOptions {
    let by = PortHolder { pid: Some(4242), command: Some("node".into()), ..PortHolder::default() };
    PortOptions {
        current: Some(port(8001)),
        preferred: Some(PreferredPort { port: port(8000), held_by: Some(by.clone()) }),
        range: "8000-8010".parse().ok(),
        free: vec![port(8002)],
        held: vec![HeldPort { port: port(8000), by }],
        restarts: vec![samples::name("web")],
    }
}

fn answer_about_ports(order: PortOrder) {
    match order {
        PortOrder::Report(reply) => {
            let _ = reply.send(Ok(PortsReport { schema: 1, ports: Vec::new() }));
        }
        PortOrder::Options { reply, .. } => {
            let _ = reply.send(Ok(options()));
        }
        PortOrder::Check { port, reply, .. } => {
            let verdict = PortVerdict::Held { by: PortHolder::default() };
            let _ = reply.send(Ok(PortCheck { port, verdict, outside_of: None }));
        }
        PortOrder::EndHolder { port, request, reply } => {
            let holder = PortHolder { pid: Some(1), ..PortHolder::default() };
            let refusal = Refusal::NotHolder { port, pid: request.pid, holder: Some(holder) };
            let _ = reply.send(match request.force {
                true => Ok(HolderEnded { port, pid: request.pid, killed: true }),
                false => Err(refusal),
            });
        }
        PortOrder::Remember { service, port, reply } => {
            let _ = reply.send(Ok(PortRemembered { file: format!("/{service}/{port}").into() }));
        }
    }
}

/// Both answers to one question, while a supervisor answers orders.
async fn ask<T, F: Future<Output = T>>(held: &mut Held, question: impl Fn(Handle) -> F) -> [T; 2] {
    let asking = async {
        let local = question(held.local.clone()).await;
        [local, question(held.remote.clone()).await]
    };
    tokio::pin!(asking);
    loop {
        tokio::select! {
            answers = &mut asking => return answers,
            Some(order) = held.inbox.orders.recv() => answer(order),
        }
    }
}

fn notice(service: ServiceName) -> Notice {
    Notice { service, epoch: Epoch(1), what: NoticeKind::State { from: State::Waiting, to: State::Starting } }
}

#[tokio::test]
async fn orders_and_questions_are_answered_alike() {
    let mut held = held();
    let web = || samples::name("web");
    for accepted in
        ask(&mut held, |handle| async move { handle.command(CommandRequest::Down {}).await.unwrap() }).await
    {
        assert_eq!(accepted.services, [web()]);
    }
    for report in ask(&mut held, |handle| async move { handle.reload().await.unwrap() }).await {
        assert_eq!(report.files, [PathBuf::from("/f")]);
    }
    let environment = |reveal| move |handle: Handle| async move { handle.environment(web(), reveal).await };
    for report in ask(&mut held, environment(true)).await {
        assert_eq!(report.unwrap().service, web());
    }
    for report in ask(&mut held, environment(false)).await {
        let refusal = Refusal::Invalid { detail: "broken".into() };
        assert!(matches!(&report, Err(HandleError::Refused(refused)) if *refused == refusal), "{report:?}");
    }
    for described in ask(&mut held, |handle| async move { handle.describe().await.unwrap() }).await {
        assert_eq!(described, description());
    }
}

#[tokio::test]
async fn questions_about_ports_are_answered_alike() {
    let mut held = held();
    let web = || samples::name("web");
    for report in ask(&mut held, |handle| async move { handle.ports().await.unwrap() }).await {
        assert_eq!(report.schema, 1);
    }
    for found in ask(&mut held, |handle| async move { handle.port_options(web()).await.unwrap() }).await {
        assert_eq!(found, options());
    }
    for check in
        ask(&mut held, |handle| async move { handle.check_port(web(), port(80)).await.unwrap() }).await
    {
        assert_eq!((check.port, check.verdict), (port(80), PortVerdict::Held { by: PortHolder::default() }));
    }
    let end = |force| {
        move |handle: Handle| async move { handle.end_holder(port(80), EndHolder { pid: 7, force }).await }
    };
    for ended in ask(&mut held, end(true)).await {
        assert_eq!(ended.unwrap(), HolderEnded { port: port(80), pid: 7, killed: true });
    }
    for refused in ask(&mut held, end(false)).await {
        let wanted =
            |refusal: &Refusal| matches!(refusal, Refusal::NotHolder { pid: 7, holder: Some(_), .. });
        assert!(matches!(&refused, Err(HandleError::Refused(refusal)) if wanted(refusal)), "{refused:?}");
    }
    for done in
        ask(&mut held, |handle| async move { handle.remember_port(web(), port(80)).await.unwrap() }).await
    {
        assert_eq!(done.file, PathBuf::from("/web/80"));
    }
}

#[tokio::test]
async fn keyboards_and_terminals_are_used_alike() {
    let mut held = held();
    let web = || samples::name("web");
    let input =
        |text: &'static str| move |handle: Handle| async move { handle.input(web(), text.into()).await };
    for typed in ask(&mut held, input("typed")).await {
        typed.unwrap();
    }
    for refused in ask(&mut held, input("more")).await {
        let wanted = Refusal::InputFull { name: web() };
        assert!(matches!(&refused, Err(HandleError::Refused(refusal)) if *refusal == wanted), "{refused:?}");
    }
    for resized in ask(&mut held, |handle| async move { handle.resize(web(), SIZE).await }).await {
        resized.unwrap();
    }
    for refused in ask(&mut held, |handle| async move { handle.terminal_after(web(), 0).await }).await {
        let wanted = Refusal::NoTerminal { name: web() };
        assert!(matches!(&refused, Err(HandleError::Refused(refusal)) if *refusal == wanted), "{refused:?}");
    }
}

#[tokio::test]
async fn snapshots_are_the_same_and_newer_ones_are_waited_for() {
    let mut held = held();
    for found in ask(&mut held, |handle| async move { handle.snapshot().await.unwrap() }).await {
        assert_eq!(*found, held.snapshot);
    }
    let newer = Arc::new(StackSnapshot { version: 8, ..held.snapshot.clone() });
    let (local, remote) = (held.local.clone(), held.remote.clone());
    let waiting = async { tokio::join!(local.snapshot_after(7), remote.snapshot_after(7)) };
    let publishing = async { held.inbox.snapshots.send_replace(Arc::clone(&newer)) };
    let ((local, remote), _) = tokio::join!(waiting, publishing);
    assert_eq!((local.unwrap(), remote.unwrap()), (Arc::clone(&newer), newer));
}

#[tokio::test]
async fn events_come_in_order_after_a_number_and_end_with_the_stack() {
    let held = held();
    for _ in 0..3 {
        held.inbox.journal.append(notice(samples::name("web")), UnixMillis(5));
    }
    for (last, handle) in [(3, &held.local), (4, &held.remote)] {
        let mut events = handle.events(1);
        for seq in 2..=last {
            let entry = events.next().await.unwrap().unwrap();
            assert_eq!((entry.seq, entry.ts), (seq, UnixMillis(if seq == 4 { 6 } else { 5 })));
        }
        // Dropping the future loses nothing.
        let none = tokio::time::timeout(std::time::Duration::from_millis(1), events.next()).await;
        assert!(none.is_err());
        held.inbox.journal.append(notice(samples::name("web")), UnixMillis(6));
        let last = events.next().await.unwrap().unwrap();
        assert_eq!(last.ts, UnixMillis(6));
    }
    let (mut local, mut remote) = (held.local.events(5), held.remote.events(5));
    held.inbox.journal.close();
    assert!(local.next().await.is_none() && remote.next().await.is_none());
    assert!(local.next().await.is_none() && remote.next().await.is_none());
}

#[tokio::test]
async fn vitals_are_the_same() {
    let mut held = held();
    let launcher = Usage { cpu: Some(1.5), memory: None, processes: Some(1) };
    let board = held.inbox.vitals.clone();
    let measuring = std::thread::spawn(move || {
        while board.wait_until_asked().is_some() {
            board.publish(Vitals { launcher, ..Vitals::default() });
        }
    });
    for vitals in ask(&mut held, |handle| async move { handle.vitals_after(0).await.unwrap() }).await {
        assert_eq!(vitals.launcher, launcher);
    }
    held.inbox.vitals.close();
    measuring.join().unwrap();
}

#[tokio::test]
async fn a_stack_that_has_ended_is_gone() {
    let held = held();
    let (local, remote) = (held.local, held.remote);
    held.inbox.vitals.close();
    held.inbox.journal.close();
    drop((held.inbox, held._listening));
    for handle in [local, remote] {
        let gone = |result: Result<(), HandleError>| assert!(matches!(result, Err(HandleError::Gone)));
        gone(handle.command(CommandRequest::Kill {}).await.map(drop));
        gone(handle.reload().await.map(drop));
        gone(handle.environment(samples::name("web"), false).await.map(drop));
        gone(handle.snapshot_after(7).await.map(drop));
        gone(handle.vitals_after(0).await.map(drop));
        gone(handle.describe().await.map(drop));
        match handle.events(0).next().await {
            None => assert!(handle.is_local()),
            Some(result) => gone(result.map(drop)),
        }
    }
}
