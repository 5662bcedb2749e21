//! What a discovery record says: the keys are a contract with programs that are not ours.

use serde::{Deserialize, Serialize};

use crate::stack::{Mode, Port, ServiceName, ServiceSnapshot, StackSnapshot, State, UnixMillis};

/// One service as other programs find it. Absent values are null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this format: 1.
    pub schema: u32,
    /// The stack's display name.
    pub stack: String,
    /// The service.
    pub service: ServiceName,
    /// How it is provided.
    pub mode: Mode,
    /// Its state when the record was written.
    pub state: State,
    /// The host to connect to: the address really bound, loopback for a wildcard.
    pub host: Option<String>,
    /// The port.
    pub port: Option<Port>,
    /// The base URL.
    pub url: Option<String>,
    /// The same, under the name that readers of other launchers know.
    pub api_url: Option<String>,
    /// Where a WebSocket endpoint would be by convention: the base URL with `ws` and the path `/ws`.
    pub ws_url: Option<String>,
    /// Path and query of the health probe.
    pub health_endpoint: Option<String>,
    /// The same as a URL.
    pub health_url: Option<String>,
    /// The leader of its process tree.
    pub pid: Option<u32>,
    /// When its process was started, RFC 3339 in UTC with milliseconds.
    pub started_at: Option<String>,
    /// When this record was written, in the same form.
    pub timestamp: String,
}

impl Record {
    /// The record of `service`, or `None` while there is nothing to find: before its listener is verified and after
    /// it ended. `now` is the moment of writing.
    pub fn of(stack: &StackSnapshot, service: &ServiceSnapshot, now: UnixMillis) -> Option<Self> {
        let found = match service.mode {
            Mode::Shared => {
                let pointed_at = [State::Starting, State::Running, State::Healthy, State::Unhealthy];
                pointed_at.contains(&service.state)
            }
            Mode::Local | Mode::Embedded => {
                let listens = service.host.is_some() && service.port.is_some();
                listens && !matches!(service.state, State::Stopping)
            }
            Mode::Disabled => false,
        };
        if !found {
            return None;
        }
        let url = service.url.clone();
        let http = url.as_deref().filter(|url| url.starts_with("http"));
        let health_path = service.health_path.clone();
        Some(Self {
            schema: 1,
            stack: stack.identity.stack.clone(),
            service: service.name.clone(),
            mode: service.mode,
            state: service.state,
            host: service.host.clone(),
            port: service.port,
            ws_url: http.map(|url| format!("ws{}/ws", url["http".len()..].trim_end_matches('/'))),
            health_url: health_url(http, health_path.as_deref()),
            health_endpoint: health_path,
            api_url: url.clone(),
            url,
            pid: service.pid,
            started_at: service.started_at.map(|at| at.to_string()),
            timestamp: now.to_string(),
        })
    }
}

fn health_url(base: Option<&str>, path: Option<&str>) -> Option<String> {
    let path = path?;
    if path.starts_with("http") {
        return Some(path.to_owned());
    }
    Some(format!("{}{path}", base?.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_urls_join_without_doubling_the_slash() {
        assert_eq!(health_url(Some("http://h:1/"), Some("/health")).as_deref(), Some("http://h:1/health"));
        assert_eq!(health_url(Some("http://h:1"), Some("http://x/y")).as_deref(), Some("http://x/y"));
        assert_eq!(health_url(None, Some("/health")), None);
    }
}
