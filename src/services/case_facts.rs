//! What the facts of a case are gathered from: the log on disk, environments, the kernel's counters.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::env;
use crate::findings::{EnvFact, LogLine};
use crate::logs::{RunLogs, Stream, strip_into};
use crate::stack::{EnvReport, Epoch, ServiceId, ServiceName};

/// So many lines before the end are looked at, and so much of each.
const LINES: u64 = 1000;
const LONGEST: usize = 2048;

/// The last lines that a run of the service printed, oldest first.
pub(super) fn last_lines(logs: &RunLogs, service: &ServiceName, epoch: Epoch) -> Vec<LogLine> {
    let id = ServiceId::from(service.clone());
    let mut lines = Vec::new();
    // A log that cannot be read tells nothing, which is all that can be said here.
    let Ok(Some(extent)) = logs.extent(&id) else { return lines };
    let range = extent.lines.end.saturating_sub(LINES)..extent.lines.end;
    let _ = logs.lines(&id, range, |run| {
        if run.epoch != epoch || run.stream == Stream::Notice {
            return;
        }
        let mut plain = Vec::new();
        for line in run.iter() {
            plain.clear();
            strip_into(&line.bytes[..line.bytes.len().min(LONGEST)], &mut plain);
            let text = String::from_utf8_lossy(&plain).trim_end_matches('\r').to_owned();
            lines.push(LogLine { seq: line.seq, stream: run.stream, text, millis: run.micros / 1000 });
        }
    });
    lines
}

/// The variables of a report whose values are not masked; a secret goes on as its digest.
pub(super) fn env_facts(report: EnvReport) -> BTreeMap<String, EnvFact> {
    let facts = report.variables.into_iter().filter_map(|variable| {
        let value = variable.value?;
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        let fact = EnvFact {
            digest: hasher.finish(),
            length: value.chars().count(),
            oddity: env::oddity(&value),
            source: variable.source,
            value: (!variable.secret).then_some(value),
        };
        Some((variable.name, fact))
    });
    facts.collect()
}

/// How many processes the kernel has killed for want of memory since it started (`oom_kill` in /proc/vmstat, since
/// Linux 4.13); `None` where it does not count them.
pub(super) fn killed_for_memory() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    let line = counters.lines().find_map(|line| line.strip_prefix("oom_kill "))?;
    line.trim().parse().ok()
}
