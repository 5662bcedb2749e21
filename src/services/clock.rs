//! The one place where the shell reads the clock for the heart.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::stack::{Clock, UnixMillis};

/// This moment on both clocks.
#[expect(clippy::disallowed_methods, reason = "this is where the shell reads the clock, once per event")]
pub fn now() -> Clock {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Clock { instant: Instant::now(), wall: UnixMillis(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX)) }
}
