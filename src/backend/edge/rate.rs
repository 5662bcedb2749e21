//! How many requests one address may make: a token bucket each.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Requests a second, unless the environment says otherwise: far above a page and its developer, far below a loop that
/// went wild.
const PER_SECOND: u32 = 2_000;

/// So many seconds' worth may come at once.
const BURST_SECONDS: f64 = 2.0;

/// Addresses remembered. Services listen on loopback, where there are few.
const MOST_ADDRESSES: usize = 1_024;

/// A limit for each address.
#[derive(Debug)]
pub(in crate::backend) struct RateLimit {
    per_second: f64,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl RateLimit {
    /// What `RATE_LIMIT` says: requests a second, 0 for no limit.
    pub(in crate::backend) fn read(text: Option<&str>, problems: &mut Vec<String>) -> Self {
        let per_second = match text.map(str::trim).filter(|text| !text.is_empty()) {
            None => PER_SECOND,
            Some(text) => text.parse().unwrap_or_else(|_| {
                problems
                    .push("RATE_LIMIT must be a whole number of requests a second, 0 for no limit".into());
                PER_SECOND
            }),
        };
        Self { per_second: f64::from(per_second), buckets: Mutex::default() }
    }

    /// Takes one request of `address` into account; otherwise how long it has to wait.
    pub(super) fn admit(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        if self.per_second == 0.0 {
            return Ok(());
        }
        let most = self.per_second * BURST_SECONDS;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_ADDRESSES && !buckets.contains_key(&address) {
            // A bucket that has been left alone for so long is full: forgetting it changes nothing.
            buckets.retain(|_, bucket| now.duration_since(bucket.filled).as_secs_f64() < BURST_SECONDS);
            if buckets.len() >= MOST_ADDRESSES {
                return Err(Duration::from_secs(1));
            }
        }
        let bucket = buckets.entry(address).or_insert(Bucket { tokens: most, filled: now });
        let gained = now.saturating_duration_since(bucket.filled).as_secs_f64() * self.per_second;
        bucket.tokens = (bucket.tokens + gained).min(most);
        bucket.filled = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_only_the_rate() {
        let limit = RateLimit::read(Some("10"), &mut Vec::new());
        let (here, start) = (IpAddr::from([127, 0, 0, 1]), crate::backend::clock::instant());
        let admitted = |at| (0..100).filter(|_| limit.admit(here, at).is_ok()).count();
        assert_eq!(admitted(start), 20);
        assert_eq!(admitted(start + Duration::from_millis(500)), 5);
        assert_eq!(admitted(start + Duration::from_secs(60)), 20);
        assert!(limit.admit(IpAddr::from([127, 0, 0, 2]), start).is_ok(), "another address has its own");
    }

    #[test]
    fn it_can_be_switched_off_and_not_mistyped() {
        let mut problems = Vec::new();
        let off = RateLimit::read(Some("0"), &mut problems);
        let (here, start) = (IpAddr::from([127, 0, 0, 1]), crate::backend::clock::instant());
        assert!((0..100_000).all(|_| off.admit(here, start).is_ok()));
        RateLimit::read(Some("many"), &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
