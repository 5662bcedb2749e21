//! Goes through a whole run with one query, in a thread of its own, and then through what is added.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::super::query::Query;
use super::super::{RunLogs, Stream};
use super::bell::{Bell, Waker};
use super::hits::SharedHits;
use super::matching::{Asked, each_hit};
use super::pace::Pace;
use super::pass::Pass;
use crate::stack::{Epoch, ServiceId};

/// Blocks after which the desk's owner is told of a count that grew.
const TELL: u32 = 32;

/// A query being looked for. Dropping it ends the thread, after a block of 256 KiB at most. That is not waited for:
/// where others keep every core busy it may take longer than a key has time for.
pub(crate) struct HitScan {
    pub(crate) hits: SharedHits,
    stop: Arc<AtomicBool>,
    bell: Arc<Bell>,
}

struct Worker {
    pass: Pass,
    query: Query,
    hits: SharedHits,
    stop: Arc<AtomicBool>,
    bell: Arc<Bell>,
    waker: Arc<Waker>,
    latest: HashMap<ServiceId, Epoch>,
    logs: RunLogs,
}

impl HitScan {
    /// Begins. If there is no thread to be had, nothing is ever found beyond what a page finds by itself.
    pub(crate) fn start(logs: &RunLogs, query: Query, bell: &Arc<Bell>, waker: &Arc<Waker>) -> Self {
        let (hits, stop) = (SharedHits::default(), Arc::new(AtomicBool::new(false)));
        let worker = Worker {
            pass: Pass::new(logs),
            query,
            hits: hits.clone(),
            stop: Arc::clone(&stop),
            bell: Arc::clone(bell),
            waker: Arc::clone(waker),
            latest: HashMap::new(),
            logs: logs.clone(),
        };
        let _ = thread::Builder::new().name("log-filter".into()).spawn(move || worker.run());
        Self { hits, stop, bell: Arc::clone(bell) }
    }
}

#[cfg(test)]
impl HitScan {
    /// One that stands still with these hits.
    pub(crate) fn standing(hits: SharedHits) -> Self {
        Self { hits, stop: Arc::default(), bell: Arc::default() }
    }
}

impl Drop for HitScan {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.bell.ring();
    }
}

impl Worker {
    fn run(mut self) {
        let (mut heard, mut first) = (0, true);
        while !self.is_over() {
            // A file that cannot be read now may be readable at the next look; the count then stands still.
            if self.pass.look().is_ok() && self.catch_up(first).is_ok() {
                first = false;
                self.hits.lock().done = true;
                self.waker.call();
            }
            heard = self.bell.wait(heard, &self.stop);
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Acquire) || self.bell.is_over()
    }

    /// Goes through what was looked at. The first time as fast as it can: someone waits for the count.
    fn catch_up(&mut self, first: bool) -> io::Result<()> {
        let (mut pace, mut untold) = (Pace::begin(), 0);
        while !self.is_over() && self.step()? {
            untold += 1;
            if untold == TELL {
                untold = 0;
                self.waker.call();
            }
            if let Some(rest) = pace.due().filter(|_| !first) {
                self.bell.sleep(rest, &self.stop);
                pace = Pace::begin();
            }
        }
        Ok(())
    }

    /// Goes through one block; false if there is none.
    fn step(&mut self) -> io::Result<bool> {
        let Some(swath) = self.pass.next()? else {
            self.settle();
            return Ok(false);
        };
        let service = &swath.block.service;
        let newest = swath.records().iter().rev().find(|record| record.stream != Stream::Notice);
        let newest = newest.map_or(Epoch::default(), |record| record.epoch);
        let latest = match self.latest.get(service) {
            Some(&latest) => latest,
            None => self.logs.latest_epoch(service)?,
        };
        self.latest.insert(service.clone(), latest.max(newest));
        if newest > latest && self.query.reads_origin() {
            // `run:last` means other lines from now on.
            self.pass.restart();
            self.hits.lock().restart();
            return Ok(true);
        }
        let mut found = Vec::new();
        let asked = Asked { query: &self.query, service, latest };
        each_hit(asked, swath.records(), swath.text(), |seq| found.push(seq));
        let mut hits = self.hits.lock();
        let grown = hits.grow(service);
        found.into_iter().for_each(|seq| grown.seqs.push(seq));
        grown.scanned_to = swath.block.end_seq();
        Ok(true)
    }

    /// Notes that services which said nothing lately have been gone through all the same.
    fn settle(&self) {
        let mut hits = self.hits.lock();
        for (service, position) in self.pass.positions() {
            let known = hits.grow(service);
            known.scanned_to = known.scanned_to.max(position);
        }
    }
}
