//! Health in a few words: what the probe says, what is waited for, how it ended.

use crate::stack::{ServiceSnapshot, State};
use crate::ui::facts::Facts;
use crate::ui::theme::Role;

use super::words;

/// What the HEALTH column says, in at most `room` cells where that can be had.
pub(super) fn of(service: &ServiceSnapshot, facts: &Facts, room: usize) -> (String, Role) {
    match service.state {
        State::Disabled | State::Running => (String::new(), Role::Muted),
        State::Stopped if service.wanted => ("stops".to_owned(), Role::Muted),
        State::Stopped => ("stopped by you".to_owned(), Role::Muted),
        State::Waiting if service.waiting_for.is_empty() => ("waits for its port".to_owned(), Role::Muted),
        State::Waiting => {
            let names: Vec<&str> = service.waiting_for.iter().map(|name| name.as_str()).collect();
            (format!("needs {}", names.join(", ")), Role::Muted)
        }
        State::Preparing => ("runs its prepare commands".to_owned(), Role::Starting),
        State::Starting => match &service.unwell {
            Some(reason) => (format!("{}: {reason}", attempts(service)), Role::Starting),
            None => (attempts(service), Role::Starting),
        },
        State::Healthy => (healthy(service, room), Role::Text),
        State::Unhealthy => (service.unwell.clone().unwrap_or_else(|| "probe fails".to_owned()), Role::Warn),
        State::Backoff => (backoff(service, facts), Role::Warn),
        State::Stopping => ("stopping".to_owned(), Role::Muted),
        State::Completed => (ended(service), Role::Muted),
        State::Failed => match &service.failure {
            Some(reason) => (reason.to_string(), Role::Error),
            None => (ended(service), Role::Error),
        },
    }
}

fn attempts(service: &ServiceSnapshot) -> String {
    match service.probes_made {
        0 => "starts".to_owned(),
        many => format!("probe {many}"),
    }
}

/// The latency, and the latest outcomes where there is room.
fn healthy(service: &ServiceSnapshot, room: usize) -> String {
    let latency = service.latency_us.map(words::latency);
    let text = match (&service.health_path, latency) {
        (Some(path), Some(latency)) if path.len() + latency.len() < room.saturating_sub(12) => {
            format!("{path} {latency}")
        }
        (_, Some(latency)) => format!("ok in {latency}"),
        (_, None) => "ok".to_owned(),
    };
    // That nobody answered yet while it started says nothing.
    let probes: Vec<_> = service.probes.iter().skip_while(|mark| !mark.ok).collect();
    let failed = probes.iter().any(|mark| !mark.ok);
    let marks = room.saturating_sub(text.len() + 2).min(10);
    if !failed || marks < 3 {
        return text;
    }
    let latest = probes.iter().skip(probes.len().saturating_sub(marks));
    let history: String = latest.map(|mark| if mark.ok { '+' } else { '-' }).collect();
    format!("{text}  {history}")
}

fn backoff(service: &ServiceSnapshot, facts: &Facts) -> String {
    let ended = ended(service);
    match service.next_start_at {
        Some(at) => format!("{ended}, again in {}", words::span(at.0.saturating_sub(facts.now.0) + 999)),
        None => ended,
    }
}

fn ended(service: &ServiceSnapshot) -> String {
    service.exit.map_or_else(|| "ended".to_owned(), |exit| exit.to_string())
}
