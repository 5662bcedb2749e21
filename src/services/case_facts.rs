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

/// The variables of a report whose values are not masked; a secret goes on as its digest, and an address that holds one
/// as what it leads to.
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
            value: if variable.secret { leads_to(&value) } else { Some(value) },
        };
        Some((variable.name, fact))
    });
    facts.collect()
}

/// `postgresql://db:5432` of an address with a password and more in it.
fn leads_to(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // Without an `@` what stands there may be the secret itself.
    let (_, host) = authority.rsplit_once('@')?;
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    (plain(scheme, "+.-") && plain(host, ".-_:[]")).then(|| format!("{scheme}://{host}"))
}

/// How many processes the kernel has killed for want of memory since it started (`oom_kill` in /proc/vmstat, since
/// Linux 4.13); `None` where it does not count them.
pub(super) fn killed_for_memory() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/vmstat").ok()?;
    let line = counters.lines().find_map(|line| line.strip_prefix("oom_kill "))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_with_a_password_only_where_it_leads_is_known() {
        for (value, known) in [
            ("postgresql://app:pass@127.0.0.1:5432/app?password=x", Some("postgresql://127.0.0.1:5432")),
            ("redis://:p@ss@[::1]:6379/0", Some("redis://[::1]:6379")),
            ("https://hooks.example.com/T0/secret", None),
            ("correct horse battery staple", None),
            ("x://a@b c/", None),
        ] {
            assert_eq!(leads_to(value).as_deref(), known, "{value}");
        }
    }
}
