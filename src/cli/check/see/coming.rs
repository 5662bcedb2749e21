//! A stack coming up: waits until it is decided, and reads the environment of each process as soon as it is there.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::handle::{Handle, HandleError};
use crate::services::now;
use crate::services::process::{GivenEnv, environment_of};
use crate::stack::{Epoch, Mode, ServiceName, ServiceSnapshot, StackSnapshot};

use super::super::facts::Coming;
use super::super::judge::{Settled, settled};

/// How often is looked where nothing changes.
const LOOK: Duration = Duration::from_millis(25);
/// A process that has no mark of ours in its environment by then has cleared it.
const EXECUTED: Duration = Duration::from_millis(500);
/// How long it may take until something is found about a service that is lost.
const DIAGNOSIS: Duration = Duration::from_secs(1);

/// The first processes of the services, with what they were started with.
#[derive(Debug, Default)]
pub(in super::super) struct Arrivals(BTreeMap<(ServiceName, Epoch), Arrival>);

/// A process as it was seen first.
#[derive(Clone, Debug)]
pub(in super::super) struct Arrival {
    pub(in super::super) pid: u32,
    /// How long after its start.
    pub(in super::super) after: Duration,
    pub(in super::super) env: GivenEnv,
}

impl Arrivals {
    /// The first process of the latest run of a service that was seen.
    pub(in super::super) fn latest(&self, service: &ServiceName) -> Option<&Arrival> {
        let own = self.0.iter().filter(|((name, _), _)| name == service);
        own.max_by_key(|((_, epoch), _)| *epoch).map(|(_, arrival)| arrival)
    }

    fn look(&mut self, snapshot: &StackSnapshot) {
        for service in &snapshot.services {
            let key = (service.name.clone(), service.epoch);
            let (Some(pid), Some(started), Mode::Local) = (service.pid, service.started_at, service.mode)
            else {
                continue;
            };
            if self.0.contains_key(&key) {
                continue;
            }
            if let Some(env) = environment_of(pid) {
                let after = Duration::from_millis(now().wall.0.saturating_sub(started.0));
                // Between fork and exec it still has the launcher's environment, or none.
                if env.get("PORTOLAN_SERVICE").is_none() && after < EXECUTED {
                    continue;
                }
                self.0.insert(key, Arrival { pid, after, env });
            }
        }
    }
}

/// Waits until all of `chosen` are up, or it is clear that some never will be, or `patience` is over. Goes on for
/// `watch` after that, while all stays well. `told` hears of every change.
pub(in super::super) async fn come_up(
    handle: &Handle,
    chosen: &[ServiceName],
    (patience, watch): (Duration, Duration),
    arrivals: &mut Arrivals,
    mut told: impl FnMut(&StackSnapshot),
) -> Result<Coming, HandleError> {
    let end = now().instant + patience;
    let mut version = 0;
    let mut stays_until = None;
    let mut diagnosed_by = None;
    loop {
        let snapshot = match tokio::time::timeout(LOOK, handle.snapshot_after(version)).await {
            Ok(newer) => newer?,
            Err(_) => handle.snapshot().await?,
        };
        arrivals.look(&snapshot);
        if snapshot.version != version {
            told(&snapshot);
        }
        version = snapshot.version;
        if snapshot.shutting_down {
            return Ok(Coming::Ended);
        }
        let clock = now();
        let services: Vec<&ServiceSnapshot> =
            snapshot.services.iter().filter(|service| chosen.contains(&service.name)).collect();
        match settled(&services, clock.wall) {
            Settled::Up => {
                let until = *stays_until.get_or_insert(clock.instant + watch);
                if clock.instant >= until {
                    return Ok(Coming::Up);
                }
            }
            Settled::Never => {
                let by = *diagnosed_by.get_or_insert(clock.instant + DIAGNOSIS);
                let found = services.iter().any(|service| !service.findings.is_empty());
                if found || clock.instant >= by {
                    return Ok(Coming::Never);
                }
            }
            Settled::NotYet if clock.instant >= end => return Ok(Coming::TimedOut(patience)),
            Settled::NotYet => {}
        }
    }
}
