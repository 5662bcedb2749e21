//! Everything that is wrong with a stack: the findings of all its services in one list.

use std::cmp::Reverse;
use std::fmt;

use super::{Finding, ServiceName, Severity, StackSnapshot, State};

/// Something that is wrong with a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFinding {
    /// The service.
    pub service: ServiceName,
    /// What is wrong with it.
    pub finding: Finding,
}

impl StackSnapshot {
    /// What is wrong with a service itself, the most telling first. Other than the answer to "why is it not up?", it leaves
    /// out what is in order while a stack comes up (that a service waits, or does not answer yet), and what is wrong with
    /// another: a need that failed has findings of its own.
    pub fn findings_of(&self, name: &ServiceName) -> Vec<Finding> {
        let Some(explanation) = self.explain(name) else { return Vec::new() };
        let starts = explanation.state == State::Starting;
        let is_none = |finding: &Finding| match finding.rule.as_str() {
            "need-pending" | "need-failed" => true,
            "probe-failing" => starts,
            _ => false,
        };
        let findings = explanation.findings.into_iter();
        findings.filter(|finding| !finding.evidence.is_empty() && !is_none(finding)).collect()
    }

    /// What is wrong with the stack: errors before warnings, each in the order of the services.
    pub fn all_findings(&self) -> Vec<ServiceFinding> {
        let mut all: Vec<ServiceFinding> = Vec::new();
        for service in &self.services {
            let findings = self.findings_of(&service.name).into_iter();
            all.extend(findings.map(|finding| ServiceFinding { service: service.name.clone(), finding }));
        }
        all.sort_by_key(|found| Reverse(found.finding.severity));
        all
    }
}

impl Severity {
    /// How many of `findings` are this grave.
    pub fn count<'a>(self, findings: impl IntoIterator<Item = &'a Finding>) -> usize {
        findings.into_iter().filter(|finding| finding.severity == self).count()
    }
}

/// As text for somebody else: everything that is known of it, without a sign or a colour.
impl fmt::Display for ServiceFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, finding } = self;
        write!(f, "{}: {service}: {}", finding.severity.as_str(), finding.title)?;
        for evidence in &finding.evidence {
            write!(f, "\n  {evidence}")?;
        }
        if let Some(place) = &finding.place {
            write!(f, "\n  at {place}")?;
        }
        if let Some(remedy) = &finding.remedy {
            write!(f, "\n  → {remedy}")?;
        }
        if let Some(action) = &finding.action {
            write!(f, "\n  $ {action}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{FailReason, UnixMillis, samples};

    /// A stack of these services, nothing of which was started.
    fn snapshot(names: &[&str]) -> StackSnapshot {
        let spec = samples::stack(names.iter().map(|name| samples::service(name)).collect());
        samples::snapshot(spec, UnixMillis(0))
    }

    fn found(rule: &str) -> Finding {
        Finding::new(rule, format!("{rule} is wrong")).shown_by("a look")
    }

    fn rules(snapshot: &StackSnapshot) -> Vec<(String, String)> {
        let all = snapshot.all_findings().into_iter();
        all.map(|found| (found.service.to_string(), found.finding.rule)).collect()
    }

    #[test]
    fn errors_come_first_and_services_in_their_order() {
        let mut snapshot = snapshot(&["b", "a"]);
        snapshot.services[0].findings = vec![found("wide").warns(), found("port")];
        snapshot.services[1].findings = vec![found("module"), found("slow").warns()];
        let all = [("b", "port"), ("a", "module"), ("b", "wide"), ("a", "slow")];
        assert_eq!(rules(&snapshot), all.map(|(service, rule)| (service.to_owned(), rule.to_owned())));
    }

    #[test]
    fn what_is_in_order_while_it_comes_up_is_no_finding() {
        let mut snapshot = snapshot(&["api", "web"]);
        snapshot.services[0].state = State::Starting;
        snapshot.services[0].unwell = Some("connection refused".to_owned());
        snapshot.services[1].state = State::Waiting;
        snapshot.services[1].waiting_for = vec![samples::name("api")];
        assert_eq!(rules(&snapshot), []);
        assert_eq!(snapshot.explain(&samples::name("web")).unwrap().findings[0].rule, "need-pending");
        snapshot.services[0].state = State::Unhealthy;
        assert_eq!(rules(&snapshot), [("api".to_owned(), "probe-failing".to_owned())]);
    }

    #[test]
    fn a_need_that_failed_is_wrong_only_where_it_failed() {
        let mut snapshot = snapshot(&["api", "web"]);
        for service in &mut snapshot.services {
            service.state = State::Failed;
        }
        snapshot.services[0].failure = Some(FailReason::SpawnFailed { detail: "no such program".to_owned() });
        snapshot.services[1].failure = Some(FailReason::NeedFailed { need: samples::name("api") });
        assert_eq!(rules(&snapshot), [("api".to_owned(), "spawn-failed".to_owned())]);
    }

    #[test]
    fn nothing_is_shown_without_evidence() {
        let mut snapshot = snapshot(&["api"]);
        snapshot.services[0].findings = vec![Finding::new("rumour", "something is wrong")];
        assert_eq!(rules(&snapshot), []);
    }

    #[test]
    fn as_text_it_says_everything() {
        let finding = found("module").at("api/main.py:3").mended_by("install it", Some("portolan x".into()));
        let text = ServiceFinding { service: samples::name("api"), finding }.to_string();
        let lines = [
            "error: api: module is wrong",
            "  a look",
            "  at api/main.py:3",
            "  → install it",
            "  $ portolan x",
        ];
        assert_eq!(text, lines.join("\n"));
    }
}
