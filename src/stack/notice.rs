//! What the stack tells whoever watches: the lines beside the services' own output, and the event stream.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Epoch, Exit, FailReason, Finding, Port, PortHolder, ServiceName, State};

/// Something about one service that its user may want to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The service.
    pub service: ServiceName,
    /// The run it is about.
    pub epoch: Epoch,
    /// What happened.
    #[serde(flatten)]
    pub what: NoticeKind,
}

/// What happened to a service. `type` in the event stream is the name in snake case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum NoticeKind {
    /// Its state changed.
    State {
        /// The state before.
        from: State,
        /// The state now.
        to: State,
    },
    /// It got a port that is not the preferred one, or another one than before.
    PortMoved {
        /// The port that it would have liked, or had.
        from: Port,
        /// The port that it has now.
        to: Port,
        /// Who holds the first one.
        held_by: Option<PortHolder>,
    },
    /// Its process started.
    Spawned {
        /// The process; none for a shared service.
        pid: Option<u32>,
        /// Its port.
        port: Option<Port>,
    },
    /// It listens where other machines can reach it.
    BoundWide {
        /// The address that it bound.
        host: String,
    },
    /// Somebody listens on its port whose owner this user may not see; it is believed to be the service.
    OwnerUnknown {
        /// The port.
        port: Port,
    },
    /// It listens on another port than it was told.
    PortIgnored {
        /// The port that it was told.
        told: Port,
        /// The port that it took.
        took: Port,
    },
    /// Somebody else listens on its port.
    PortLost {
        /// The port.
        port: Port,
        /// Who took it.
        held_by: Option<PortHolder>,
    },
    /// It could not bind beside our reservation, which is let go from now on.
    ReservationReleased {
        /// The port.
        port: Port,
    },
    /// Its process ended by itself.
    Exited {
        /// How.
        exit: Exit,
    },
    /// It will be started again.
    Restarting {
        /// Which restart in a row.
        attempt: u32,
        /// After how many milliseconds.
        in_ms: u64,
    },
    /// It restarts because values that it was given have changed.
    EnvironmentChanged,
    /// A service that it needs was not up in time; it goes on with the fallback.
    FellBack {
        /// The needed service.
        need: ServiceName,
        /// The address that it is given instead.
        url: String,
    },
    /// A service that it needs went down while it runs.
    NeedLost {
        /// The needed service.
        need: ServiceName,
    },
    /// Its probe fails.
    Unwell {
        /// In what way.
        reason: String,
    },
    /// It did not end within its grace period and is killed.
    Killed {
        /// The grace period in milliseconds.
        grace_ms: u64,
    },
    /// It will not be started again by itself.
    Failed {
        /// Why.
        reason: FailReason,
    },
    /// Something was found to be wrong with it.
    Found {
        /// What.
        finding: Finding,
    },
}

impl NoticeKind {
    /// Whether it belongs among the lines that a person reads; the others are for the event stream alone.
    pub fn is_for_people(&self) -> bool {
        match self {
            Self::State { to, .. } => {
                matches!(to, State::Healthy | State::Running | State::Completed | State::Stopped)
            }
            Self::Spawned { .. } => false,
            Self::PortMoved { .. }
            | Self::BoundWide { .. }
            | Self::OwnerUnknown { .. }
            | Self::PortIgnored { .. }
            | Self::PortLost { .. }
            | Self::ReservationReleased { .. }
            | Self::Exited { .. }
            | Self::Restarting { .. }
            | Self::EnvironmentChanged
            | Self::FellBack { .. }
            | Self::NeedLost { .. }
            | Self::Unwell { .. }
            | Self::Killed { .. }
            | Self::Failed { .. }
            | Self::Found { .. } => true,
        }
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State { to, .. } => write!(f, "{to}"),
            Self::PortMoved { from, to, held_by: Some(holder) } => {
                write!(f, "moved {from} → {to}: {from} is held by {holder}")
            }
            Self::PortMoved { from, to, held_by: None } => write!(f, "moved {from} → {to}"),
            Self::Spawned { pid: Some(pid), port: Some(port) } => {
                write!(f, "started, pid {pid}, port {port}")
            }
            Self::Spawned { pid: Some(pid), port: None } => write!(f, "started, pid {pid}"),
            Self::Spawned { pid: None, .. } => f.write_str("started"),
            Self::BoundWide { host } => {
                write!(f, "listens on {host}, so other machines can reach it; 127.0.0.1 keeps it here")
            }
            Self::OwnerUnknown { port } => {
                write!(
                    f,
                    "who listens on {port} cannot be seen; taken for the service, since it came after the start"
                )
            }
            Self::PortIgnored { told, took } => {
                write!(f, "listens on {took} instead of {told}: it ignores the port that it is told")
            }
            Self::PortLost { port, held_by: Some(holder) } => {
                write!(f, "lost port {port} to {holder}; starting again on another")
            }
            Self::PortLost { port, held_by: None } => {
                write!(f, "lost port {port}; starting again on another")
            }
            Self::ReservationReleased { port } => {
                write!(f, "could not bind {port} beside our reservation; starting again without it")
            }
            Self::Exited { exit } => write!(f, "ended by itself: {exit}"),
            Self::Restarting { attempt, in_ms } => {
                write!(f, "restart {attempt} in {:.1}s", *in_ms as f64 / 1000.0)
            }
            Self::EnvironmentChanged => f.write_str("restarts: values that it was given have changed"),
            Self::FellBack { need, url } => write!(f, "{need} was not up in time; going on with {url}"),
            Self::NeedLost { need } => write!(f, "{need}, which it needs, went down"),
            Self::Unwell { reason } => write!(f, "unhealthy: {reason}"),
            Self::Killed { grace_ms } => {
                write!(f, "did not end within {:.1}s and is killed", *grace_ms as f64 / 1000.0)
            }
            Self::Failed { reason } => write!(f, "failed: {reason}"),
            Self::Found { finding } => {
                write!(f, "found: {}", finding.title)?;
                if let Some(place) = &finding.place {
                    write!(f, "\n  at {place}")?;
                }
                if let Some(remedy) = &finding.remedy {
                    write!(f, "\n  → {remedy}")?;
                }
                Ok(())
            }
        }
    }
}

impl Notice {
    /// What people are told, beside the service's name: several lines for a finding, of which the last says how to have
    /// it mended.
    pub fn told(&self) -> String {
        let told = self.what.to_string();
        match &self.what {
            NoticeKind::Found { finding } if finding.mending_action().is_some() => {
                format!("{told}\n  $ portolan why {} --apply", self.service)
            }
            _ => told,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.service, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_told_with_place_remedy_and_how_to_have_it_done() {
        let finding = |action: &str| {
            Finding::new("module-missing", "the module flask is missing")
                .shown_by("No module named flask")
                .at("api/main.py:3")
                .mended_by("install it", Some(action.to_owned()))
        };
        let told = |action| {
            let what = NoticeKind::Found { finding: finding(action) };
            Notice { service: ServiceName::new("api").unwrap(), epoch: Epoch(1), what }.told()
        };
        let lines = ["found: the module flask is missing", "  at api/main.py:3", "  → install it"];
        assert_eq!(told("portolan logs api"), lines.join("\n"), "to look at something mends nothing");
        let last = "  $ portolan why api --apply";
        assert_eq!(told("portolan run api -- pip install flask"), [&lines[..], &[last]].concat().join("\n"));
    }
}
