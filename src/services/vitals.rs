//! Measures what the services use, about once a second and only while somebody asks, on a thread of its own: neither
//! the supervisor nor whoever draws waits for /proc.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::watch;

use crate::handle::VitalsBoard;
use crate::stack::{ServiceId, ServiceSnapshot, ServiceVitals, StackSnapshot, Vitals};

use super::clock;
use super::process::{MeasuredTree, ServiceMarker, UsageMeter};

/// Between two measurements. Ticks of the kernel's clock are 10 ms, so that cpu is true to 1 %.
const PACE: Duration = Duration::from_secs(1);
/// After the first one, which has no cpu to tell.
const FIRST_PACE: Duration = Duration::from_millis(250);

/// The thread that measures; it sleeps while nobody asks. Dropping this ends it, after its pause at the latest.
#[derive(Debug)]
pub(super) struct Sampler {
    board: VitalsBoard,
}

impl Sampler {
    /// Starts the thread, for the stack of these snapshots.
    pub(super) fn start(
        board: VitalsBoard,
        snapshots: watch::Receiver<Arc<StackSnapshot>>,
    ) -> io::Result<Self> {
        let sampler = Self { board: board.clone() };
        thread::Builder::new().name("vitals".into()).spawn(move || {
            sample(&board, &snapshots, (FIRST_PACE, PACE));
        })?;
        Ok(sampler)
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.board.close();
    }
}

fn sample(
    board: &VitalsBoard,
    snapshots: &watch::Receiver<Arc<StackSnapshot>>,
    (first_pace, pace): (Duration, Duration),
) {
    let mut meter = UsageMeter::default();
    let mut measured = false;
    while let Some(waited) = board.wait_until_asked() {
        let first = waited || !measured;
        if first {
            meter.forget();
        }
        measured = true;
        let snapshot = Arc::clone(&snapshots.borrow());
        board.publish(measure(&mut meter, &snapshot));
        thread::sleep(if first { first_pace } else { pace });
    }
}

fn measure(meter: &mut UsageMeter, snapshot: &StackSnapshot) -> Vitals {
    // One that Portolan serves itself has the launcher's pid, and cannot be told apart from it.
    let own = snapshot.identity.pid;
    let running: Vec<(&ServiceSnapshot, MeasuredTree)> = snapshot
        .services
        .iter()
        .filter_map(|service| {
            let leader = service.pid.filter(|pid| *pid != own)?;
            let service_id = ServiceId::from(service.name.clone());
            let marker = ServiceMarker { run_id: snapshot.identity.run.clone(), service: service_id };
            Some((service, MeasuredTree { leader, marker, epoch: service.epoch }))
        })
        .collect();
    let trees: Vec<MeasuredTree> = running.iter().map(|(_, tree)| tree.clone()).collect();
    let clock = clock::now();
    let measured = meter.measure(&trees, clock.instant);
    let services = running.iter().zip(measured.trees).map(|((service, _), usage)| ServiceVitals {
        name: service.name.clone(),
        epoch: service.epoch,
        usage,
    });
    Vitals { version: 0, at: clock.wall, services: services.collect(), launcher: measured.launcher }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{Identity, UnixMillis, samples};

    fn nothing_runs() -> StackSnapshot {
        let identity = Identity { pid: std::process::id(), ..samples::identity(UnixMillis(0)) };
        StackSnapshot { identity, version: 1, shutting_down: false, services: Vec::new() }
    }

    #[tokio::test]
    async fn nothing_is_measured_that_nobody_asked_for() {
        let (_snapshots, receiver) = watch::channel(Arc::new(nothing_runs()));
        let board = VitalsBoard::default();
        let thread = thread::spawn({
            let board = board.clone();
            move || sample(&board, &receiver, (Duration::ZERO, Duration::ZERO))
        });
        assert_eq!(board.counts(), (0, 0));
        for round in 1..=3 {
            let vitals = board.after(0).await.unwrap();
            let (most, left) = board.counts();
            assert!(vitals.version <= most && most + u64::from(left) <= round * 3, "{round}: {most} {left}");
            while board.counts() != (round * 3, 0) {
                tokio::task::yield_now().await;
            }
        }
        board.close();
        thread.join().unwrap();
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_launcher_itself_is_measured() {
        let (_snapshots, receiver) = watch::channel(Arc::new(nothing_runs()));
        let board = VitalsBoard::default();
        let _sampler = Sampler::start(board.clone(), receiver).unwrap();
        let first = board.after(0).await.unwrap();
        assert_eq!((first.launcher.cpu, first.launcher.processes), (None, Some(1)));
        assert!(first.launcher.memory > Some(1024 * 1024), "{first:?}");
        let second = board.after(first.version).await.unwrap();
        assert!(second.launcher.cpu.is_some(), "{second:?}");
    }
}
