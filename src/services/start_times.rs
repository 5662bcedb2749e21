//! How long each service takes to start, remembered over runs, so that a slow start can be told from a usual one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::stack::{Epoch, ServiceName, ServiceSnapshot};

/// How many starts are remembered, and how many are needed to speak of what is usual.
const KEPT: usize = 10;
const ENOUGH: usize = 3;

/// The latest starts of the services of one stack, in milliseconds.
#[derive(Clone, Debug)]
pub(super) struct StartTimes {
    file: PathBuf,
    starts: BTreeMap<ServiceName, Vec<u64>>,
    noted: BTreeMap<ServiceName, Epoch>,
    changed: bool,
}

impl StartTimes {
    /// Those remembered in the stack's state folder; none if there are none to be read.
    pub(super) fn open(state: &Path) -> Self {
        let file = state.join("starts.json");
        let text = fs::read(&file).ok();
        let starts = text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { file, starts, noted: BTreeMap::new(), changed: false }
    }

    /// Notes how long a service took that has become healthy; each run of it once.
    pub(super) fn note(&mut self, service: &ServiceSnapshot) {
        let Some(took) = service.ready_after_ms else { return };
        if self.noted.insert(service.name.clone(), service.epoch) == Some(service.epoch) {
            return;
        }
        let starts = self.starts.entry(service.name.clone()).or_default();
        starts.push(took);
        let over = starts.len().saturating_sub(KEPT);
        starts.drain(..over);
        self.changed = true;
    }

    /// What is usual for the service: the middle of its latest starts before this run's.
    pub(super) fn usual(&self, service: &ServiceName) -> Option<Duration> {
        let all = self.starts.get(service)?;
        let own = usize::from(self.noted.contains_key(service)).min(all.len());
        let mut before = all[..all.len() - own].to_vec();
        before.sort_unstable();
        let enough = before.len() >= ENOUGH;
        enough.then(|| Duration::from_millis(before[before.len() / 2]))
    }

    /// A copy to be saved, if something changed since the last one.
    pub(super) fn unsaved(&mut self) -> Option<Self> {
        std::mem::take(&mut self.changed).then(|| self.clone())
    }

    /// Writes them down. Not remembering is no failure.
    pub(super) fn save(&self) {
        let _ = self.write();
    }

    fn write(&self) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(&self.starts)?)?;
        file.persist(&self.file)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{UnixMillis, samples};

    /// A run of `api` that took so long to be healthy.
    fn healthy_after(millis: Option<u64>, epoch: Epoch) -> ServiceSnapshot {
        let stack = samples::stack(vec![samples::service("api")]);
        let snapshot = samples::snapshot(stack, UnixMillis(0));
        ServiceSnapshot { ready_after_ms: millis, epoch, ..snapshot.services[0].clone() }
    }

    fn epochs() -> impl Iterator<Item = Epoch> {
        std::iter::successors(Some(Epoch::default()), |epoch| Some(epoch.next()))
    }

    fn usual(starts: &StartTimes) -> Option<u64> {
        starts.usual(&samples::name("api")).map(|usual| usual.as_millis() as u64)
    }

    #[test]
    fn what_is_usual_is_the_middle_of_enough_starts_and_not_of_this_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut starts = StartTimes::open(folder.path());
        for (took, epoch) in [300, 100, 200].into_iter().zip(epochs()) {
            starts.note(&healthy_after(Some(took), epoch));
            starts.note(&healthy_after(Some(took), epoch));
            assert_eq!(usual(&starts), None, "two before this one are not enough");
        }
        let mut later = epochs().skip(3);
        starts.note(&healthy_after(Some(9000), later.next().unwrap()));
        assert_eq!(usual(&starts), Some(200));
        starts.note(&healthy_after(None, later.next().unwrap()));
        assert_eq!(usual(&starts), Some(200), "one that was never healthy took no time");
    }

    #[test]
    fn starts_are_remembered_over_runs_the_latest_ten() {
        let folder = tempfile::tempdir().unwrap();
        let mut starts = StartTimes::open(folder.path());
        for (n, epoch) in (0..14).zip(epochs()) {
            starts.note(&healthy_after(Some(n), epoch));
        }
        starts.unsaved().unwrap().save();
        assert!(starts.unsaved().is_none(), "nothing is new since");
        let again = StartTimes::open(folder.path());
        assert_eq!(again.starts[&samples::name("api")], (4..14).collect::<Vec<_>>());
        assert_eq!(usual(&again), Some(9));
    }

    #[test]
    fn what_cannot_be_read_is_nothing_remembered() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("starts.json"), "{").unwrap();
        assert_eq!(usual(&StartTimes::open(folder.path())), None);
    }
}
