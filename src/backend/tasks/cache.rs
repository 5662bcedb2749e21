//! Listings that were made before and are still true.
//!
//! A listing is given again only while nobody has committed anything to the database since before it was read; that is
//! asked anew each time, and takes less than a microsecond. Where it cannot be asked without the database (PostgreSQL),
//! nothing is kept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use bytes::Bytes;

use crate::backend::store::Stamp;

/// Bytes that are kept, all users together.
const MOST_BYTES: usize = 2 << 20;

/// What an answer takes beside its body, its headers and its names: the table of headers above all.
const BESIDE: usize = 1 << 10;

/// A made answer.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Answers by owner and query.
#[derive(Default)]
pub(super) struct Listings {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    bytes: usize,
    stamp: Option<Stamp>,
    made: HashMap<(String, String), Made>,
}

impl Listings {
    /// The answer to `query` of `owner`, if one was made and the database is as it was then.
    pub(super) fn get(&self, stamp: Stamp, owner: &str, query: &str) -> Option<Made> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp != Some(stamp) {
            return None;
        }
        kept.made.get(&(owner.to_owned(), query.to_owned())).cloned()
    }

    /// Keeps an answer. `stamp` is from before it was read.
    pub(super) fn keep(&self, stamp: Stamp, owner: &str, query: &str, made: &Made) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp != Some(stamp) || kept.bytes > MOST_BYTES {
            *kept = Kept { stamp: Some(stamp), ..Kept::default() };
        }
        let headers: usize = made.headers.values().map(|value| value.len()).sum();
        kept.bytes += BESIDE + headers + made.body.len() + owner.len() + query.len();
        kept.made.insert((owner.to_owned(), query.to_owned()), made.clone());
    }
}
