//! The half of a service's mark that a cleaned environment leaves, on Linux.
//!
//! It is the soft limit of RLIMIT_RTTIME, which every child inherits, which nothing clears, and which
//! /proc/PID/limits shows. As a limit it is some 140,000 years of real-time computing without a pause; the hard
//! limit stays as it was, so that whoever wants the real one can set it.

use super::ServiceMarker;

impl ServiceMarker {
    /// The inherited half of the mark.
    pub(super) fn tag(&self) -> Tag {
        let service = fold(self.service.to_string().as_bytes()) & SERVICE_BITS;
        Tag(run_tag(self.run_id.as_str()) | service)
    }
}

/// The inherited half of a mark: bit 62 set, then 36 bits for the run and 24 for the service.
///
/// Two of thirty services share their 24 bits once in 40,000 stacks. It would matter if one of these two also
/// had a daemon that left the session and cleaned the environment: that daemon would end with the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(pub(super) u64);

const PREFIX: u64 = 1 << 62;
const SERVICE_BITS: u64 = (1 << 24) - 1;
const RUN_BITS: u64 = ((1 << 36) - 1) << 24;

impl Tag {
    /// The tag that a soft limit holds, if it is one of ours.
    pub(super) fn read(limit: u64) -> Option<Self> {
        (limit & !(RUN_BITS | SERVICE_BITS) == PREFIX).then_some(Self(limit))
    }

    /// Whether the tag was given in the run named `run_id`.
    pub(super) fn is_of_run(self, run_id: &str) -> bool {
        self.0 & !SERVICE_BITS == run_tag(run_id)
    }
}

fn run_tag(run_id: &str) -> u64 {
    PREFIX | ((fold(run_id.as_bytes()) << 24) & RUN_BITS)
}

/// FNV-1a, 64 bits, its upper half folded into the lower: the tag needs spread, not secrecy.
fn fold(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{RunId, ServiceName};

    fn marker(run: u64, service: &str) -> ServiceMarker {
        ServiceMarker { run_id: RunId::from_bits(run), service: ServiceName::new(service).unwrap().into() }
    }

    #[test]
    fn a_tag_tells_run_and_service_apart() {
        let tag = marker(7, "auth").tag();
        assert_eq!(Tag::read(tag.0), Some(tag));
        assert!(tag.is_of_run(RunId::from_bits(7).as_str()));
        assert!(!tag.is_of_run(RunId::from_bits(8).as_str()));
        assert_ne!(tag, marker(7, "backend").tag());
        assert_ne!(tag, marker(8, "auth").tag());
    }

    #[test]
    fn ordinary_limits_are_no_tags() {
        for limit in [0, 200_000, u64::MAX, u64::MAX >> 1] {
            assert_eq!(Tag::read(limit), None);
        }
    }
}
