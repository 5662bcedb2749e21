//! The loop that asks after one run's health.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::stack::{ListenerOwner, Port, ProbeSpec, RunReport};

use super::http::HttpProbe;
use super::listener::{Sight, Watcher};
use crate::services::clock;
use crate::services::process::{Launcher, SpawnRequest, Tree};
use crate::services::report::RunReports;

/// While a service has been running for less than this, it is asked every [`FIRST_INTERVAL`] at least.
const FIRST_SECOND: Duration = Duration::from_secs(1);
const FIRST_INTERVAL: Duration = Duration::from_millis(5);
/// The shortest pause, for services that are ready at once: a timer of tokio's cannot do better.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// What is asked, with everything that asking needs.
pub(in crate::services) enum Check {
    /// The verified listener is answer enough.
    Listening,
    /// A TCP connection to the verified listener, or to this address for a service that runs elsewhere.
    Tcp(Option<(String, Port)>),
    /// An HTTP request.
    Http(Box<HttpProbe>),
    /// A command.
    Exec(Box<SpawnRequest>, Launcher),
    /// A line of output; turns true when it was seen.
    Log(watch::Receiver<bool>),
}

/// Watches over the health of one run. Dropping the future of [`run`](Self::run) ends it.
pub(in crate::services) struct Prober {
    pub(in crate::services) spec: ProbeSpec,
    pub(in crate::services) check: Check,
    pub(in crate::services) port: Option<Port>,
    pub(in crate::services) owner: ListenerOwner,
    /// The processes of the run; `None` for services without processes of their own.
    pub(in crate::services) tree: Option<Tree>,
    pub(in crate::services) reports: RunReports,
}

/// How the service was when it was last asked, which decides when it is asked again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Starting,
    Passed,
    Failed,
}

impl Prober {
    /// Asks until dropped.
    pub(in crate::services) async fn run(self) {
        let born = clock::now().instant;
        let mut watcher = Watcher::new(self.port, self.owner, self.tree.clone());
        let mut host: Option<String> = None;
        let mut last = Last::Starting;
        loop {
            let outcome = match self.listener(&mut watcher, &mut host, last, born).await {
                Ok(()) => self.ask(host.as_deref()).await,
                Err(reason) => Err(reason),
            };
            let passed = outcome.is_ok();
            match outcome {
                Ok(latency) => self.reports.tell(RunReport::ProbePassed { latency }),
                Err(reason) => {
                    host = None;
                    if !reason.is_empty() {
                        self.reports.tell(RunReport::ProbeFailed { reason });
                    }
                }
            }
            last = match (passed, last) {
                (true, _) => Last::Passed,
                (false, Last::Starting) if born.elapsed() < self.spec.start_timeout => Last::Starting,
                (false, Last::Starting) => Last::Failed,
                (false, Last::Passed | Last::Failed) => Last::Failed,
            };
            self.pause(last, born).await;
        }
    }

    /// Sees to it that the service's own process listens. Asked before every probe: a server may die while its wrapper
    /// lives on, and somebody else may take the port within one interval.
    async fn listener(
        &self,
        watcher: &mut Watcher,
        host: &mut Option<String>,
        last: Last,
        born: Instant,
    ) -> Result<(), String> {
        if self.port.is_none() {
            return Ok(());
        }
        match watcher.look(born) {
            Sight::Ours { host: found, wide, owner_known } => {
                if host.as_ref() != Some(&found) {
                    *host = Some(found.clone());
                    self.reports.tell(RunReport::ListenerVerified { host: found, wide, owner_known });
                }
                Ok(())
            }
            Sight::Foreign(holder) => {
                self.reports.tell(RunReport::ListenerForeign { holder });
                Err(String::new())
            }
            Sight::Elsewhere(port) => {
                self.reports.tell(RunReport::ListenerElsewhere { port });
                Err(format!("it listens on {port} instead"))
            }
            Sight::Nobody => {
                let port = self.port.map(Port::get).unwrap_or_default();
                // While it starts that is no news, and it would be told 200 times a second.
                let starting = last == Last::Starting && born.elapsed() < FIRST_SECOND;
                Err(if starting { String::new() } else { format!("nobody listens on {port}") })
            }
        }
    }

    async fn ask(&self, host: Option<&str>) -> Result<Duration, String> {
        let started = clock::now().instant;
        let answer = async {
            match &self.check {
                Check::Listening => Ok(()),
                Check::Tcp(Some((host, port))) => tcp(Some(host), Some(*port)).await,
                Check::Tcp(None) => tcp(host, self.port).await,
                Check::Http(probe) => probe.ask(host, self.port).await,
                Check::Exec(request, launcher) => super::exec::ask(request, launcher).await,
                Check::Log(seen) => {
                    seen.clone().wait_for(|seen| *seen).await.map(|_| ()).map_err(|_| String::new())
                }
            }
        };
        if let Check::Log(_) = self.check {
            // It waits for the line, however long that takes; the heart has the time limit.
            answer.await?;
        } else {
            let timeout = self.spec.timeout;
            let limit = tokio::time::timeout(timeout, answer).await;
            limit.map_err(|_| format!("no answer within {:.1}s", timeout.as_secs_f64()))??;
        }
        Ok(started.elapsed())
    }

    async fn pause(&self, last: Last, born: Instant) {
        let pause = match last {
            Last::Starting if born.elapsed() < FIRST_SECOND => {
                // An eighth of its age: what is noticed late is late by that share of the start, whatever it takes.
                let interval = (born.elapsed() / 8).clamp(SHORTEST_INTERVAL, FIRST_INTERVAL);
                interval.min(self.spec.start_interval)
            }
            Last::Starting => self.spec.start_interval,
            Last::Passed => self.spec.interval,
            Last::Failed => self.spec.unhealthy_interval,
        };
        tokio::time::sleep(pause).await;
    }
}

async fn tcp(host: Option<&str>, port: Option<Port>) -> Result<(), String> {
    let (Some(host), Some(port)) = (host, port) else { return Err("it has no port".into()) };
    match tokio::net::TcpStream::connect((host, port.get())).await {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("connecting to {host}:{port}: {error}")),
    }
}
