//! How often a password may be guessed. Counted by the address that was tried, whether or not anybody has it, so that a
//! refusal tells nothing of that.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts for one address within [`WINDOW`]. Enough for a bad memory, too few for a list of passwords.
const MOST: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered.
const MOST_ADDRESSES: usize = 10_000;

/// Recent attempts by address.
#[derive(Default)]
pub(super) struct Attempts {
    made: Mutex<HashMap<String, Vec<Instant>>>,
}

impl Attempts {
    /// Counts an attempt for `email`, before its password is looked at: many at once are many. Otherwise how long to wait.
    pub(super) fn admit(&self, email: &str, now: Instant) -> Result<(), Duration> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MOST_ADDRESSES && !made.contains_key(email) {
            made.retain(|_, times| times.last().is_some_and(|at| now.duration_since(*at) < WINDOW));
            if made.len() >= MOST_ADDRESSES {
                // Somebody tries one address after the other: nobody new for a while.
                return Err(WINDOW);
            }
        }
        let times = made.entry(email.to_owned()).or_default();
        times.retain(|at| now.saturating_duration_since(*at) < WINDOW);
        match times.first() {
            Some(first) if times.len() >= MOST => Err(WINDOW.saturating_sub(now.duration_since(*first))),
            Some(_) | None => {
                times.push(now);
                Ok(())
            }
        }
    }

    /// Forgets the attempts of somebody who had the right password.
    pub(super) fn succeeded(&self, email: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).remove(email);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::clock;

    #[test]
    fn ten_wrong_passwords_a_minute_and_no_more() {
        let attempts = Attempts::default();
        let start = clock::instant();
        for _ in 0..MOST {
            attempts.admit("a@example.com", start).unwrap();
        }
        assert_eq!(
            attempts.admit("a@example.com", start + Duration::from_secs(20)),
            Err(Duration::from_secs(40))
        );
        assert_eq!(attempts.admit("b@example.com", start), Ok(()));
        assert_eq!(attempts.admit("a@example.com", start + WINDOW), Ok(()));
    }

    #[test]
    fn the_right_password_forgives_wrong_ones() {
        let attempts = Attempts::default();
        let now = clock::instant();
        (0..MOST).for_each(|_| attempts.admit("a@example.com", now).unwrap());
        attempts.succeeded("a@example.com");
        assert_eq!(attempts.admit("a@example.com", now), Ok(()));
    }
}
