//! Names for rows and secrets for sessions.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::backend::clock::Timestamp;

static MADE: AtomicU16 = AtomicU16::new(0);

/// A new name for a row: 32 hexadecimal digits, of which the first follow time, so that what is made later sorts later,
/// also within a millisecond; the last 16 are random. After UUIDv7 (RFC 9562), which splits its bits otherwise.
pub(in crate::backend) fn new_id(now: Timestamp) -> Result<String, getrandom::Error> {
    let random = getrandom::u64()?;
    let count = MADE.fetch_add(1, Ordering::Relaxed);
    let mut id = String::with_capacity(32);
    // Writing to a String cannot fail.
    let _ = write!(id, "{:012x}{count:04x}{random:016x}", now.0 & 0xffff_ffff_ffff);
    Ok(id)
}

/// Random letters and digits that nobody guesses: 32 of them hold 190 bits.
pub(in crate::backend) fn random_text(length: usize) -> Result<String, getrandom::Error> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 64];
    while text.len() < length {
        getrandom::fill(&mut bytes)?;
        // Bytes beyond the last whole multiple of 62 would favour some letters.
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < 4 * ALPHABET.len());
        text.extend(fair.take(length - text.len()).map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_later_sorts_later() {
        let ids: Vec<_> = (0..200).map(|n| new_id(Timestamp(1_763_612_521_456 + n)).unwrap()).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 32));
    }

    #[test]
    fn random_texts_have_their_length_and_differ() {
        let texts: Vec<_> = (0..100).map(|_| random_text(32).unwrap()).collect();
        assert!(texts.iter().all(|text| text.len() == 32 && text.bytes().all(|b| b.is_ascii_alphanumeric())));
        let mut different = texts.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), texts.len());
    }
}
