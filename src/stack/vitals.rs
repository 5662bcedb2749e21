//! What a stack's processes use of the machine: cpu, memory and how many they are. Data only; who measures is the shell.

use serde::{Deserialize, Serialize};

use super::{Epoch, ServiceName, UnixMillis};

/// What everything of a stack used at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vitals {
    /// Counts the measurements of a run, from 1; 0 before the first.
    pub version: u64,
    /// When it was measured.
    pub at: UnixMillis,
    /// The services with a process of their own, in the order of the stack.
    pub services: Vec<ServiceVitals>,
    /// The launcher itself, without its services, and with those that it serves itself.
    pub launcher: Usage,
}

/// What one service used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceVitals {
    /// The service.
    pub name: ServiceName,
    /// The run that it was measured of.
    pub epoch: Epoch,
    /// What its whole process tree used.
    pub usage: Usage,
}

/// What a set of processes used. What could not be found out is `None`, never 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor time since the measurement before, in percent of one core: 250 is two cores and a half. Unknown in the
    /// first measurement, and when processes ended whose time nobody inherited.
    pub cpu: Option<f32>,
    /// The resident sets added up, in bytes. Pages that several processes share count for each: the proportional set
    /// size would not, but to ask for it costs milliseconds a process.
    pub memory: Option<u64>,
    /// How many processes there are.
    pub processes: Option<u32>,
}

impl Vitals {
    /// What the service of that name used; `None` while it has no process.
    pub fn service(&self, name: &ServiceName) -> Option<&ServiceVitals> {
        self.services.iter().find(|service| service.name == *name)
    }

    /// Everything together, the launcher included. A sum with an unknown part is unknown.
    pub fn total(&self) -> Usage {
        let parts = self.services.iter().map(|service| service.usage);
        parts.fold(self.launcher, Usage::and)
    }
}

impl Usage {
    /// Both together; what is unknown of one is unknown of both.
    fn and(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.zip(other.cpu).map(|(a, b)| a + b),
            memory: self.memory.zip(other.memory).map(|(a, b)| a.saturating_add(b)),
            processes: self.processes.zip(other.processes).map(|(a, b)| a.saturating_add(b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::samples;

    #[test]
    fn a_sum_with_an_unknown_part_is_unknown() {
        let known = Usage { cpu: Some(1.5), memory: Some(10), processes: Some(2) };
        let new = Usage { cpu: None, memory: Some(5), processes: Some(1) };
        let service = |name, usage| ServiceVitals { name: samples::name(name), epoch: Epoch(1), usage };
        let services = vec![service("a", known), service("b", new)];
        let vitals = Vitals { services, launcher: known, ..Vitals::default() };
        assert_eq!(vitals.total(), Usage { cpu: None, memory: Some(25), processes: Some(5) });
        assert_eq!(vitals.service(&samples::name("b")).map(|found| found.usage), Some(new));
    }
}
