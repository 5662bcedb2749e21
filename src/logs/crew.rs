//! Searches much text in several threads: each takes the next part in true order, and the hits are handed out in that
//! order. Knows nothing of how a part is searched, nor of how many hits anyone wants.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::parts::Part;
use super::search::Found;

/// What the threads do to a part: all hits in it, in order. It must look now and then whether it is to stop.
pub(crate) type Work = dyn Fn(&Part, &AtomicBool) -> io::Result<Vec<Found>> + Send + Sync;

/// Threads that search, and the parts between them and whoever takes the hits.
///
/// Dropping it ends the threads and waits for them, as long as a block of 256 KiB takes at most. In memory it holds
/// the hits of two parts a thread, and of one part a lane.
pub(crate) struct Crew {
    /// Not yet given to a thread, in order.
    parts: VecDeque<Part>,
    /// Given, in order.
    awaited: VecDeque<Awaited>,
    /// Hits of parts that are searched, each in order. They wait for those of other lanes.
    held: Vec<VecDeque<Found>>,
    /// `None` once it is over.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    handed_to: u64,
}

struct Job {
    part: Part,
    reply: SyncSender<io::Result<Vec<Found>>>,
}

struct Awaited {
    /// The sequence number with which the part begins.
    start: u64,
    reply: Receiver<io::Result<Vec<Found>>>,
}

impl Crew {
    /// Begins with `parts`, which are in order, in so many threads; `None` if there are none to be had.
    pub(crate) fn start(parts: Vec<Part>, threads: usize, work: Arc<Work>) -> Option<Self> {
        let (jobs, queue) = channel();
        let (queue, stop) = (Arc::new(Mutex::new(queue)), Arc::new(AtomicBool::new(false)));
        let run = || {
            let (queue, stop, work) = (Arc::clone(&queue), Arc::clone(&stop), Arc::clone(&work));
            thread::Builder::new().name("log-search".into()).spawn(move || serve(&queue, &stop, &*work))
        };
        let threads: Vec<_> = (0..threads).map_while(|_| run().ok()).collect();
        let ahead = 2 * threads.len();
        let handed_to = parts.first().map_or(0, |part| part.range.start);
        let mut crew = Self {
            parts: parts.into(),
            awaited: VecDeque::new(),
            held: Vec::new(),
            jobs: (ahead > 0).then_some(jobs),
            threads,
            stop,
            handed_to,
        };
        (0..ahead).for_each(|_| crew.give());
        (ahead > 0).then_some(crew)
    }

    /// Adds the hits up to where the next part begins; false when there are no more. After an error it is of no use
    /// any more; [`Self::handed_to`] tells how far it came.
    pub(crate) fn next_batch(&mut self, found: &mut Vec<Found>) -> io::Result<bool> {
        let Some(awaited) = self.awaited.pop_front() else { return Ok(false) };
        let gone = |_| io::Error::other("a thread that searched the log ended early");
        let hits = awaited.reply.recv().map_err(gone)??;
        self.give();
        let until = self.awaited.front().map_or(u64::MAX, |next| next.start);
        self.held.push(hits.into());
        let before = found.len();
        for hits in &mut self.held {
            let many = hits.partition_point(|hit| hit.seq < until);
            found.extend(hits.drain(..many));
        }
        self.held.retain(|hits| !hits.is_empty());
        // Runs in order, one a lane: a stable sort merges them.
        found[before..].sort_by_key(|hit| hit.seq);
        self.handed_to = until;
        Ok(true)
    }

    /// Every hit below this sequence number has been handed out, and no other.
    pub(crate) fn handed_to(&self) -> u64 {
        self.handed_to
    }

    /// Gives the next part to the threads.
    fn give(&mut self) {
        let (Some(jobs), Some(part)) = (&self.jobs, self.parts.pop_front()) else { return };
        let (reply, answer) = sync_channel(1);
        self.awaited.push_back(Awaited { start: part.range.start, reply: answer });
        // Without a thread left to take it, the answer is awaited in vain, and that is an error there.
        let _ = jobs.send(Job { part, reply });
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A panic there has been reported by the panic hook; there is nothing left to close.
            let _ = thread.join();
        }
    }
}

fn serve(queue: &Mutex<Receiver<Job>>, stop: &AtomicBool, work: &Work) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        // Nobody waits for it any more once the crew is gone.
        let _ = job.reply.send(work(&job.part, stop));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(many: u64) -> Vec<Part> {
        let part = |n: u64| Part { lane: (n % 3) as usize, segment: 0, range: 10 * n..10 * n + 10, bytes: 1 };
        (0..many).map(part).collect()
    }

    fn hit(part: &Part, seq: u64) -> Found {
        Found { seq, line: seq, service: part.lane as u32 }
    }

    #[test]
    fn no_more_parts_are_begun_than_there_is_room_for_hits() {
        let begun = Arc::new(Mutex::new(0));
        let count = Arc::clone(&begun);
        let work = move |part: &Part, _: &AtomicBool| {
            *count.lock().unwrap() += 1;
            Ok(vec![hit(part, part.range.start)])
        };
        let mut crew = Crew::start(parts(100), 2, Arc::new(work)).unwrap();
        let mut found = Vec::new();
        for taken in 1..=100 {
            assert!(crew.next_batch(&mut found).unwrap());
            assert!(*begun.lock().unwrap() <= taken + 4);
        }
        assert!(!crew.next_batch(&mut found).unwrap());
        assert!(found.iter().map(|hit| hit.seq).eq((0..100).map(|n| 10 * n)));
    }

    #[test]
    fn hits_beyond_the_next_part_wait_for_those_before_them() {
        let work = |part: &Part, _: &AtomicBool| {
            let start = part.range.start;
            Ok(vec![hit(part, start), hit(part, start + 12), hit(part, start + 21)])
        };
        let mut crew = Crew::start(parts(9), 2, Arc::new(work)).unwrap();
        let mut found = Vec::new();
        while crew.next_batch(&mut found).unwrap() {
            assert!(found.iter().all(|hit| hit.seq < crew.handed_to()));
        }
        assert_eq!(found.len(), 27);
        assert!(found.is_sorted_by_key(|hit| hit.seq));
    }

    #[test]
    fn threads_that_end_early_are_an_error_and_no_wait() {
        let work = |_: &Part, _: &AtomicBool| panic!("as a bug would");
        let mut crew = Crew::start(parts(9), 2, Arc::new(work)).unwrap();
        assert!(crew.next_batch(&mut Vec::new()).is_err());
    }

    #[test]
    fn dropping_it_ends_threads_at_work() {
        let work = |_: &Part, stop: &AtomicBool| {
            while !stop.load(Ordering::Relaxed) {
                thread::yield_now();
            }
            Ok(Vec::new())
        };
        // Hangs if they are not told.
        drop(Crew::start(parts(9), 2, Arc::new(work)));
    }
}
