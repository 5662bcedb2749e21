//! "Why is it not up?", answered from the facts of a snapshot.

use serde::{Deserialize, Serialize};

use super::{FailReason, Finding, ServiceName, ServiceSnapshot, Severity, StackSnapshot, State};

/// The answer to "why is it not up?", in words and as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The service.
    pub service: ServiceName,
    /// Its state.
    pub state: State,
    /// One sentence.
    pub summary: String,
    /// What stands behind it, the most telling first.
    pub findings: Vec<Finding>,
}

/// Whether it was found out what keeps the service from working.
fn is_explained(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

impl StackSnapshot {
    /// Why a service is not up, or that it is; `None` if the stack has no such service.
    pub fn explain(&self, name: &ServiceName) -> Option<Explanation> {
        let service = self.service(name)?;
        Some(Explanation {
            service: name.clone(),
            state: service.state,
            summary: self.summary(service),
            findings: self.findings(service),
        })
    }

    fn summary(&self, service: &ServiceSnapshot) -> String {
        let name = &service.name;
        match service.state {
            State::Disabled => format!("{name} is disabled in portolan.toml."),
            State::Stopped => format!("{name} is stopped."),
            State::Waiting if service.waiting_for.is_empty() => format!("{name} is about to start."),
            State::Waiting => {
                let waits = self.root_causes(service);
                format!("{name} waits for {}.", waits.join(", "))
            }
            State::Preparing => format!("{name} runs its prepare commands."),
            State::Starting => match &service.unwell {
                Some(reason) => format!("{name} runs and is not healthy yet: {reason}."),
                None => format!("{name} runs and is not healthy yet."),
            },
            State::Running => {
                format!("{name} runs; it has no port and no probe, so running is all that is asked.")
            }
            State::Healthy => match &service.url {
                Some(url) => format!("{name} is healthy at {url}."),
                None => format!("{name} is healthy."),
            },
            State::Unhealthy => match &service.unwell {
                Some(reason) => format!("{name} is unhealthy: {reason}."),
                None => format!("{name} is unhealthy."),
            },
            State::Backoff => match service.exit {
                Some(exit) => format!("{name} ended with {exit} and will be started again."),
                None => format!("{name} ended and will be started again."),
            },
            State::Stopping => format!("{name} is stopping."),
            State::Completed if service.has_left() || is_explained(&service.findings) => {
                format!("{name} ran to its end, as it should not.")
            }
            State::Completed => format!("{name} ran to its end, as it should."),
            State::Failed => match &service.failure {
                Some(reason) => format!("{name} failed: {reason}."),
                None => format!("{name} failed."),
            },
        }
    }

    /// The services at the bottom of what `service` waits for, each with its state.
    fn root_causes(&self, service: &ServiceSnapshot) -> Vec<String> {
        let mut open: Vec<&ServiceName> = service.waiting_for.iter().collect();
        let mut seen = Vec::new();
        let mut roots = Vec::new();
        while let Some(name) = open.pop() {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let Some(needed) = self.service(name) else { continue };
            if needed.state == State::Waiting && !needed.waiting_for.is_empty() {
                open.extend(&needed.waiting_for);
            } else {
                roots.push(format!("{name} ({})", needed.state));
            }
        }
        roots.sort();
        roots
    }

    fn findings(&self, service: &ServiceSnapshot) -> Vec<Finding> {
        let mut findings = service.findings.clone();
        let name = &service.name;
        // What was found out says more than that something is wrong.
        let explained = is_explained(&findings);
        if let Some(reason) = service.failure.as_ref().filter(|_| !explained) {
            findings.push(failure_finding(name, reason));
        }
        for need in &service.waiting_for {
            if let Some(needed) = self.service(need) {
                findings.push(
                    Finding::new("need-pending", format!("{name} needs {need}, which is {}", needed.state))
                        .shown_by(self.summary(needed))
                        .mended_by(format!("look into {need}"), Some(format!("portolan why {need}"))),
                );
            }
        }
        let known = findings.iter().any(|finding| finding.rule == "port-ignored");
        if let (Some(took), Some(told), false) = (service.listens_elsewhere, service.port, known) {
            findings.push(
                Finding::new("port-ignored", format!("{name} listens on {took} instead of {told}"))
                    .shown_by(format!("a process of {name} listens on {took}; nobody listens on {told}"))
                    .mended_by("pass the port to it: `{port}` in its command, or have it read PORT", None),
            );
        }
        let live = service.started_at.is_some();
        if let (Some(holder), Some(preferred), Some(port), true) =
            (&service.held_by, service.preferred_port, service.port, live)
        {
            findings.push(
                Finding::new("port-moved", format!("{name} is on {port} because {preferred} is taken"))
                    .warns()
                    .shown_by(format!("{preferred} is held by {holder}"))
                    .mended_by(
                        format!("end that process, then move {name} back"),
                        Some(format!("portolan reassign {name} --to {preferred}")),
                    ),
            );
        }
        if let Some(reason) = service.unwell.as_ref().filter(|_| !explained) {
            findings.push(
                Finding::new("probe-failing", format!("the probe of {name} fails"))
                    .shown_by(reason.clone())
                    .mended_by("read what it says itself", Some(format!("portolan logs {name}"))),
            );
        }
        findings
    }
}

fn failure_finding(name: &ServiceName, reason: &FailReason) -> Finding {
    let (rule, remedy, action) = match reason {
        FailReason::NeedTimedOut { need, .. } => (
            "need-timed-out",
            format!("look into {need}, or give the need a longer timeout or a fallback"),
            Some(format!("portolan why {need}")),
        ),
        FailReason::NeedFailed { need } => {
            ("need-failed", format!("look into {need}"), Some(format!("portolan why {need}")))
        }
        FailReason::NoPort { .. } => (
            "no-port",
            "free the port, or widen the range in portolan.toml".into(),
            Some("portolan ports".into()),
        ),
        FailReason::BadEnvironment { .. } => (
            "bad-environment",
            "set the variable, then reload".into(),
            Some(format!("portolan env {name} --explain")),
        ),
        FailReason::PrepareFailed { .. } => {
            ("prepare-failed", "read what it printed".into(), Some(format!("portolan logs {name}")))
        }
        FailReason::SpawnFailed { .. } => (
            "spawn-failed",
            "correct the command in portolan.toml, then reload".into(),
            Some("portolan reload".into()),
        ),
        FailReason::Exited { .. } => {
            ("exited", "read what it printed last".into(), Some(format!("portolan logs {name}")))
        }
        FailReason::PortRace { .. } => {
            ("port-race", "find out who binds these ports".into(), Some("portolan ports".into()))
        }
    };
    Finding::new(rule, format!("{name} failed")).shown_by(reason.to_string()).mended_by(remedy, action)
}
