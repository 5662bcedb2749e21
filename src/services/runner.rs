//! One run of one service, from its one-shot commands to the last process that came of it.
//!
//! A runner does as it is told and reports what happened; when to stop, kill or restart is the heart's to say. It ends
//! with `Gone`, and only when nothing of the run lives.

use std::net::TcpListener;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::logs::{LogStore, PipeReader, Source, Stream};
use crate::stack::{Epoch, Exit, RunReport, ServiceId, ServiceName, StopSignal};

use super::embedded::{EmbeddedContext, EmbeddedError, EmbeddedService, EmbeddedSocket};
use super::environment::Prepared;
use super::keyboard::Keyboard;
use super::probe::Prober;
use super::process::{Launcher, Output, ProcessRef, Program, Running, ServiceMarker, SpawnRequest, Tree};
use super::report::RunReports;

/// How long an exit waits for the output before it, which other processes of the tree may keep open.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How long the log thread may take to read what a run that is over has left in its pipes; it takes as long only on a
/// machine that has no time for it.
const LATE_WORDS: Duration = Duration::from_secs(2);

/// What a runner is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunOrder {
    /// Ask everything of the run to end.
    Stop,
    /// End everything of the run at once.
    Kill,
}

/// Told to the guardian, which has to know every leader.
#[derive(Clone, Copy, Debug)]
pub(super) enum Leader {
    Started(ProcessRef),
    Gone(ProcessRef),
}

/// What a run needs from the rest of the shell.
pub(super) struct Runner {
    pub(super) service: ServiceName,
    pub(super) epoch: Epoch,
    pub(super) reports: RunReports,
    pub(super) orders: mpsc::UnboundedReceiver<RunOrder>,
    pub(super) launcher: Launcher,
    pub(super) logs: Arc<LogStore>,
    pub(super) leaders: mpsc::UnboundedSender<Leader>,
    pub(super) marker: ServiceMarker,
    pub(super) directory: PathBuf,
    pub(super) stop_signal: StopSignal,
    pub(super) tty: bool,
    /// Where its input comes from.
    pub(super) keyboard: Keyboard,
    pub(super) watch: Option<regex::bytes::Regex>,
    /// How many of the run's output streams have been read to their end.
    pub(super) closed: watch::Receiver<usize>,
    /// How many have been opened.
    pub(super) opened: usize,
}

/// Makes the prober of a run once its tree is known.
pub(super) type MakeProber = Box<dyn FnOnce(Option<Tree>) -> Option<Prober> + Send>;

/// How a program came to its end.
enum Came {
    /// By itself.
    Exit(Exit),
    /// After it was told to.
    Stopped,
}

impl Runner {
    /// Runs a local service.
    pub(super) async fn run_process(
        mut self,
        prepared: Prepared,
        make_way: impl FnOnce() + Send,
        prober: MakeProber,
    ) {
        for step in prepared.prepare {
            let shown = shown(&step);
            let request = self.request(step, &prepared.env, false);
            match self.run_step(&request).await {
                Ok(Came::Exit(exit)) if exit.is_success() => {}
                Ok(Came::Exit(exit)) => {
                    let detail = format!("{shown}: {exit}");
                    return self.give_up(RunReport::PrepareFailed { detail }).await;
                }
                Ok(Came::Stopped) => return self.reports.tell(RunReport::Gone),
                Err(detail) => return self.give_up(RunReport::PrepareFailed { detail }).await,
            }
        }
        let Some(command) = prepared.command else {
            let detail = "it has no command".to_owned();
            return self.give_up(RunReport::SpawnFailed { detail }).await;
        };
        make_way();
        let request = self.request(command, &prepared.env, self.tty);
        let running = match self.launcher.spawn(&request) {
            Ok(running) => running,
            Err(error) => {
                let detail = error.to_string();
                return self.give_up(RunReport::SpawnFailed { detail }).await;
            }
        };
        self.reports.tell(RunReport::Spawned { pid: Some(running.pid()) });
        let prober = prober(Some(running.tree()));
        self.attend(running, prober).await;
        self.reports.tell(RunReport::Gone);
    }

    /// Runs one one-shot command to its end, and sweeps what it leaves behind.
    async fn run_step(&mut self, request: &SpawnRequest) -> Result<Came, String> {
        let running = self.launcher.spawn(request).map_err(|error| error.to_string())?;
        let leader = running.tree().leader();
        let _ = self.leaders.send(Leader::Started(leader));
        let tree = running.tree();
        let came = self.follow_step(running).await;
        if let Came::Exit(_) = came {
            // A step that leaves a daemon behind meant to; whoever wants one makes it a service.
            tree.kill();
            tree.gone().await;
        }
        self.logs.detach(&self.id(), self.epoch);
        self.all_closed().await;
        let _ = self.leaders.send(Leader::Gone(leader));
        Ok(came)
    }

    async fn follow_step(&mut self, mut running: Running) -> Came {
        self.read_output(&mut running, None);
        let tree = running.tree();
        let mut stopped = false;
        let exit = loop {
            tokio::select! {
                exit = running.wait() => break exit,
                order = self.orders.recv() => {
                    stopped = true;
                    self.obey(order, &tree);
                }
            }
        };
        if stopped {
            self.wait_until_gone(&tree).await;
            return Came::Stopped;
        }
        Came::Exit(exit.unwrap_or(Exit::Code(1)))
    }

    /// Stays with a started service until nothing of it lives.
    async fn attend(&mut self, mut running: Running, prober: Option<Prober>) {
        let tree = running.tree();
        let leader = tree.leader();
        let _ = self.leaders.send(Leader::Started(leader));
        let watch = self.watch.take();
        self.read_output(&mut running, watch);
        // Open until the tree is gone: what outlives the leader may still read.
        let _reading = running.take_input().map(|input| self.keyboard.attach(input));
        let exit = {
            let mut probing = pin!(async {
                match prober {
                    Some(prober) => prober.run().await,
                    None => std::future::pending().await,
                }
            });
            let mut stopping = false;
            loop {
                tokio::select! {
                    biased;
                    exit = running.wait() => break exit,
                    order = self.orders.recv() => {
                        stopping = true;
                        self.obey(order, &tree);
                    }
                    () = &mut probing, if !stopping => {}
                }
            }
        };
        // An exit that cannot be read is one all the same.
        let exit = exit.unwrap_or(Exit::Code(1));
        // Its last words first: the heart's judgement may depend on them. Others of its tree may hold the pipes.
        let _ = tokio::time::timeout(LAST_WORDS, self.all_closed()).await;
        self.reports.tell(RunReport::Exited(exit));
        self.wait_until_gone(&tree).await;
        self.logs.detach(&self.id(), self.epoch);
        // What was printed is in the store before the run is over: why it failed may stand in its last line.
        let _ = tokio::time::timeout(LATE_WORDS, self.all_closed()).await;
        let _ = self.leaders.send(Leader::Gone(leader));
    }

    /// Waits for the end of a tree, obeying meanwhile.
    async fn wait_until_gone(&mut self, tree: &Tree) {
        loop {
            tokio::select! {
                () = tree.gone() => return,
                order = self.orders.recv() => self.obey(order, tree),
            }
        }
    }

    fn obey(&self, order: Option<RunOrder>, tree: &Tree) {
        match order {
            Some(RunOrder::Stop) => {
                tree.begin_stop(self.stop_signal);
                if self.tty && self.stop_signal == StopSignal::Term {
                    // An interactive shell ignores SIGTERM, and ends when its terminal does.
                    tree.begin_stop(StopSignal::Hup);
                }
            }
            // A shell that is gone can give no more orders: nothing may be left behind.
            Some(RunOrder::Kill) | None => tree.kill(),
        }
    }

    /// Runs a service inside this process.
    pub(super) async fn run_embedded(
        mut self,
        service: Arc<dyn EmbeddedService>,
        prepared: Prepared,
        socket: Result<Option<TcpListener>, String>,
        state_folder: PathBuf,
        prober: MakeProber,
    ) {
        let socket = match socket {
            Ok(socket) => socket.map(EmbeddedSocket),
            Err(detail) => return self.give_up(RunReport::SpawnFailed { detail }).await,
        };
        let output = match std::io::pipe() {
            Ok((reader, writer)) => {
                self.opened += 1;
                let source = Source { service: self.id(), epoch: self.epoch, stream: Stream::Stdout };
                self.logs.attach(source, PipeReader::from_raw(reader), self.watch.take());
                writer
            }
            Err(error) => {
                let detail = format!("make a pipe for its output: {error}");
                return self.give_up(RunReport::SpawnFailed { detail }).await;
            }
        };
        let (stop, stopped) = watch::channel(false);
        let name = self.service.clone();
        let context = EmbeddedContext {
            service: name,
            socket,
            env: prepared.text,
            state_folder,
            output,
            stop: stopped,
        };
        let mut serving = tokio::spawn(service.serve(context));
        self.reports.tell(RunReport::Spawned { pid: Some(std::process::id()) });
        let mut probing = pin!(async {
            match prober(None) {
                Some(prober) => prober.run().await,
                None => std::future::pending().await,
            }
        });
        let exit = loop {
            tokio::select! {
                biased;
                served = &mut serving => break match served {
                    Ok(Ok(())) => Exit::Code(0),
                    Ok(Err(EmbeddedError::Failed(reason))) => {
                        self.logs.append_notice(&self.id(), reason);
                        Exit::Code(1)
                    }
                    Ok(Err(EmbeddedError::Refused(detail))) => {
                        self.logs.detach(&self.id(), self.epoch);
                        return self.give_up(RunReport::EnvRefused { detail }).await;
                    }
                    Err(end) => {
                        if end.is_panic() {
                            self.logs.append_notice(&self.id(), "it panicked, which is a bug of Portolan's");
                        }
                        Exit::Code(1)
                    }
                },
                order = self.orders.recv() => match order {
                    Some(RunOrder::Stop) => { stop.send_replace(true); }
                    Some(RunOrder::Kill) | None => serving.abort(),
                },
                () = &mut probing, if !*stop.borrow() => {}
            }
        };
        // As for a process: its last words first. A writer that a task of the service still holds is left behind.
        let _ = tokio::time::timeout(LAST_WORDS, self.all_closed()).await;
        self.reports.tell(RunReport::Exited(exit));
        self.logs.detach(&self.id(), self.epoch);
        let _ = tokio::time::timeout(LATE_WORDS, self.all_closed()).await;
        self.reports.tell(RunReport::Gone);
    }

    /// Points at a service that runs elsewhere, until told to stop.
    pub(super) async fn run_shared(mut self, prober: MakeProber) {
        self.reports.tell(RunReport::Spawned { pid: None });
        let probing = async {
            match prober(None) {
                Some(prober) => prober.run().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = probing => {}
            _ = self.orders.recv() => {}
        }
        self.reports.tell(RunReport::Gone);
    }

    /// Says why the run came to nothing, and ends when told.
    pub(super) async fn give_up(mut self, report: RunReport) {
        self.reports.tell(report);
        self.orders.recv().await;
        self.reports.tell(RunReport::Gone);
    }

    fn request(
        &self,
        program: Program,
        env: &[(std::ffi::OsString, std::ffi::OsString)],
        tty: bool,
    ) -> SpawnRequest {
        SpawnRequest {
            program,
            directory: self.directory.clone(),
            env: env.to_vec(),
            tty,
            marker: self.marker.clone(),
        }
    }

    /// Waits until everything that the run's processes printed is in the store.
    async fn all_closed(&mut self) {
        let opened = self.opened;
        // Without a supervisor nobody counts any more.
        let _ = self.closed.wait_for(|closed| *closed >= opened).await;
    }

    fn read_output(&mut self, running: &mut Running, watch: Option<regex::bytes::Regex>) {
        let (service, epoch) = (self.id(), self.epoch);
        let source = |stream| Source { service: service.clone(), epoch, stream };
        match running.take_output() {
            Some(Output::Pipes { stdout, stderr }) => {
                self.opened += 2;
                self.logs.attach(source(Stream::Stdout), PipeReader::from_raw(stdout), watch.clone());
                self.logs.attach(source(Stream::Stderr), PipeReader::from_raw(stderr), watch);
            }
            Some(Output::Terminal(terminal)) => {
                self.opened += 1;
                self.logs.attach_terminal(source(Stream::Stdout), PipeReader::from_raw(terminal), watch);
            }
            None => {}
        }
    }

    fn id(&self) -> ServiceId {
        ServiceId::from(self.service.clone())
    }
}

fn shown(program: &Program) -> String {
    match program {
        Program::Words(words) => {
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        }
        Program::Shell(text) => text.to_string_lossy().into_owned(),
    }
}
