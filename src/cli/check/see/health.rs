//! Asks after a service's health once more, whatever its latest probe said.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::services::ask_health;
use crate::stack::{
    HttpCheck, Mode, Port, ProbeCheck, ProbeSpec, Runs, ServiceSnapshot, ServiceSpec, StatusRange,
};

use super::super::facts::Asked;

/// What well means here: of the codes that a probe accepts those that say yes. A probe that accepts none of these was
/// meant so.
const YES: StatusRange = StatusRange { first: 200, last: 299 };

/// Asks what the service's probe asks.
pub(in super::super) async fn ask(service: &ServiceSnapshot, spec: Option<&ServiceSpec>) -> Asked {
    let Some(probe) = spec.and_then(ServiceSpec::probe) else { return Asked::Nothing };
    let (host, port) = (service.host.as_deref(), service.port);
    let base = match spec.map(|spec| &spec.runs) {
        Some(Runs::Shared { url }) => Some(url.clone()),
        Some(Runs::Command(_) | Runs::Embedded(_)) | None => None,
    };
    match &probe.check {
        ProbeCheck::Http(check) => {
            let asked = format!("GET {}", check.path);
            match ask_health(&meaning_yes(check), base, (host, port), patience(&probe)).await {
                Ok(()) => Asked::Well(asked),
                Err(instead) => Asked::Unwell(instead),
            }
        }
        // A shared service is reached where its own probe reaches it, which knows the usual ports of schemes.
        ProbeCheck::Tcp | ProbeCheck::Listening if service.mode != Mode::Shared => {
            connect(host, port, patience(&probe)).await
        }
        ProbeCheck::Tcp | ProbeCheck::Listening | ProbeCheck::Exec(_) | ProbeCheck::Log(_) => {
            by_its_probe(service)
        }
    }
}

/// A command or a pattern is the prober's to ask.
fn by_its_probe(service: &ServiceSnapshot) -> Asked {
    if service.state.is_up() {
        return Asked::Well("its probe passes".into());
    }
    Asked::Unwell(service.unwell.clone().unwrap_or_else(|| format!("it is {}", service.state)))
}

async fn connect(host: Option<&str>, port: Option<Port>, patience: Duration) -> Asked {
    let (host, Some(port)) = (host.unwrap_or("127.0.0.1"), port) else { return Asked::Nothing };
    match tokio::time::timeout(patience, TcpStream::connect((host, port.get()))).await {
        Ok(Ok(_)) => Asked::Well(format!("connected to {port}")),
        Ok(Err(error)) => Asked::Unwell(format!("no connection to {port}: {error}")),
        Err(_) => Asked::Unwell(format!("no connection to {port} within {:.1}s", patience.as_secs_f64())),
    }
}

fn patience(probe: &ProbeSpec) -> Duration {
    probe.timeout
}

/// The same check, with those codes alone that mean yes.
pub(super) fn meaning_yes(check: &HttpCheck) -> HttpCheck {
    let both = |range: &StatusRange| {
        let (first, last) = (range.first.max(YES.first), range.last.min(YES.last));
        (first <= last).then_some(StatusRange { first, last })
    };
    let status: Vec<StatusRange> = check.status.iter().filter_map(both).collect();
    if status.is_empty() { check.clone() } else { HttpCheck { status, ..check.clone() } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(ranges: &[(u16, u16)]) -> Vec<(u16, u16)> {
        let status = ranges.iter().map(|&(first, last)| StatusRange { first, last }).collect();
        let check = HttpCheck { path: "/".into(), status, headers: Vec::new(), body: None };
        meaning_yes(&check).status.iter().map(|range| (range.first, range.last)).collect()
    }

    #[test]
    fn a_redirect_is_no_yes_unless_it_is_what_was_asked_for() {
        assert_eq!(status(&[(200, 399)]), [(200, 299)]);
        assert_eq!(status(&[(204, 204), (500, 599)]), [(204, 204)]);
        assert_eq!(status(&[(401, 401)]), [(401, 401)]);
    }
}
