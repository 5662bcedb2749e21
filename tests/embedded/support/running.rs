//! A service at work in this process, as Portolan would have it at work: a socket, an environment, a folder, an output.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use portolan::backend::{Parts, Service, ServiceError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{Said, Visitor, assert_keeps_secrets, in_time, until};

/// Lines of its log that are shown of a failed test.
const SHOWN: usize = 30;

/// A service that is to be started, as often as one likes.
#[derive(Clone)]
pub(crate) struct Setup {
    service: Service,
    name: String,
    state: PathBuf,
    env: BTreeMap<String, String>,
}

/// A service at work. Ends at once when it is dropped, and fails a test in which it panicked, met a fault of its own or
/// said a secret.
pub(crate) struct Running {
    pub(crate) port: u16,
    said: Said,
    stop: watch::Sender<bool>,
    served: JoinHandle<Result<(), ServiceError>>,
    visitor: Visitor,
}

impl Setup {
    pub(crate) fn new(service: Service, name: &str, state: PathBuf) -> Self {
        Self { service, name: name.to_owned(), state, env: BTreeMap::new() }
    }

    /// With this in its environment.
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    /// Without this in its environment.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.state.clone()
    }

    /// Starts it on a port of its own, and waits until it serves.
    pub(crate) async fn start(&self) -> Running {
        let mut running = self.begin();
        let state = until("it serves or has ended", async || {
            let over = running.served.is_finished();
            (over || running.said().contains("INFO listening")).then_some(over)
        });
        if state.await {
            panic!("it ended: {:?}\n{}", (&mut running.served).await, running.said());
        }
        running
    }

    /// Starts it, and waits for nothing.
    pub(crate) fn begin(&self) -> Running {
        self.launch(Said::default(), None)
    }

    /// The same with its output going elsewhere.
    pub(crate) fn begin_with(&self, output: Box<dyn Write + Send>) -> Running {
        let said = Said::default();
        // Nobody is going to say anything there.
        drop(said.mouth());
        self.launch(said, Some(output))
    }

    fn launch(&self, said: Said, output: Option<Box<dyn Write + Send>>) -> Running {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = watch::channel(false);
        let parts = Parts {
            name: self.name.clone(),
            listener,
            env: self.env.clone(),
            state: self.state.clone(),
            stop: stopped,
            output: output.unwrap_or_else(|| Box::new(said.mouth())),
        };
        let served = tokio::spawn(self.service.serve(parts));
        Running { port, said, stop, served, visitor: Visitor::of(port) }
    }

    /// What is wrong with its environment, for which it does not start and never will.
    pub(crate) async fn refusal(&self) -> String {
        match self.end().await {
            ServiceError::Refused(reason) => reason,
            ServiceError::Failed(reason) => panic!("it failed, and is no refusal: {reason}"),
        }
    }

    /// Why it does not start this time.
    pub(crate) async fn failure(&self) -> String {
        match self.end().await {
            ServiceError::Failed(reason) => reason,
            ServiceError::Refused(reason) => panic!("it is refused, and no failure: {reason}"),
        }
    }

    async fn end(&self) -> ServiceError {
        let mut running = self.begin();
        let end = in_time("it ends", &mut running.served).await.unwrap();
        let error = end.expect_err("it does not start");
        assert_keeps_secrets("an error", &error.to_string());
        error
    }
}

impl Running {
    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Somebody without a name.
    pub(crate) fn visitor(&self) -> Visitor {
        self.visitor.clone()
    }

    /// Somebody with an HS256 token of that subject.
    pub(crate) fn user(&self, subject: &str) -> Visitor {
        self.visitor().bearer(&super::Token::of(subject).hs256(super::SECRET))
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        self.said.text()
    }

    /// Waits until it has said `part`; the line in which it did.
    pub(crate) async fn until_said(&self, part: &str) -> String {
        let line = |said: String| said.lines().find(|line| line.contains(part)).map(str::to_owned);
        until(part, async || line(self.said())).await
    }

    /// Its line about the request of that id.
    pub(crate) async fn line_of(&self, request: &str) -> String {
        self.until_said(&format!(" request={request}")).await
    }

    /// Tells it to end.
    pub(crate) fn tell_to_stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.served.is_finished()
    }

    /// Waits until it has ended, and everything was said.
    pub(crate) async fn ended(&mut self) -> Result<(), ServiceError> {
        let result = in_time("it ends", &mut self.served).await.unwrap();
        until("its output is closed", async || self.said.is_closed().then_some(())).await;
        result
    }

    /// Tells it to end, and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.tell_to_stop();
        self.ended().await.unwrap();
    }

    /// Ends it at once, as a killed process would.
    pub(crate) async fn kill(mut self) {
        self.served.abort();
        let end = in_time("it ends", &mut self.served).await;
        assert!(end.unwrap_err().is_cancelled());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.served.abort();
        let said = self.said();
        if std::thread::panicking() {
            let lines: Vec<&str> = said.lines().collect();
            let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
            eprintln!("the last that port {} said:\n{last}", self.port);
            return;
        }
        assert_keeps_secrets("a log", &said);
        for fault in ["a handler panicked", " status=500"] {
            assert!(!said.contains(fault), "{said}");
        }
    }
}
