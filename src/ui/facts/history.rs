//! The latest measurements of each service, for meters.

use std::collections::VecDeque;

/// Measurements that are kept: a minute and a half at one a second, the widest meter's worth.
const KEPT: usize = 96;

/// The latest values of something, oldest first. What was unknown is a gap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    values: VecDeque<Option<f32>>,
}

/// What was measured of a service.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceHistory {
    /// Processor time, in per cent of one core.
    pub(crate) cpu: Ring,
    /// Memory, in bytes.
    pub(crate) memory: Ring,
    /// How long probes took, in microseconds; a gap for one that failed.
    pub(crate) latency: Ring,
}

impl Ring {
    /// Adds a value, and forgets the oldest if there are too many.
    pub(crate) fn push(&mut self, value: Option<f32>) {
        if self.values.len() == KEPT {
            self.values.pop_front();
        }
        self.values.push_back(value);
    }

    /// The latest values, oldest first, at most `many`.
    pub(crate) fn latest(&self, many: usize) -> impl Iterator<Item = Option<f32>> + '_ {
        self.values.iter().skip(self.values.len().saturating_sub(many)).copied()
    }

    /// The highest known value.
    pub(crate) fn peak(&self) -> Option<f32> {
        self.values.iter().flatten().copied().reduce(f32::max)
    }
}
