//! How to tell that a service is healthy: what is asked, how often, and what the answer must be.

use std::fmt;
use std::time::Duration;

use super::CommandLine;

/// How to tell that a service is healthy, and how often to ask.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSpec {
    /// What is asked.
    pub check: ProbeCheck,
    /// How long one answer may take.
    pub timeout: Duration,
    /// Between two probes of a healthy service.
    pub interval: Duration,
    /// Between two probes while it starts, after the first second.
    pub start_interval: Duration,
    /// Between two probes of an unhealthy service.
    pub unhealthy_interval: Duration,
    /// How long it may take to become healthy for the first time before it counts as unhealthy.
    pub start_timeout: Duration,
    /// Failures in a row that make a healthy service unhealthy; at least 1.
    pub failures: u32,
}

impl ProbeSpec {
    /// A probe with the default rhythm: fast while starting, calm when healthy.
    pub fn new(check: ProbeCheck) -> Self {
        Self {
            check,
            timeout: Duration::from_secs(5),
            interval: Duration::from_secs(10),
            start_interval: Duration::from_millis(25),
            unhealthy_interval: Duration::from_secs(1),
            start_timeout: Duration::from_secs(60),
            failures: 3,
        }
    }
}

/// What a probe asks.
#[derive(Clone, Debug, PartialEq)]
pub enum ProbeCheck {
    /// The verified listener alone.
    Listening,
    /// A TCP connection is accepted.
    Tcp,
    /// An HTTP request is answered as expected.
    Http(HttpCheck),
    /// A command exits with 0.
    Exec(CommandLine),
    /// A line of output matches this regular expression.
    Log(String),
}

/// The request of an HTTP probe and what its answer must be. `Debug` shows no header's value: it may be a token.
#[derive(Clone, PartialEq)]
pub struct HttpCheck {
    /// Path and query, beginning with `/`; or a whole URL for a shared service.
    pub path: String,
    /// Accepted status codes; 200 to 399 by default.
    pub status: Vec<StatusRange>,
    /// Extra request headers.
    pub headers: Vec<(String, String)>,
    /// A regular expression that the body must match.
    pub body: Option<String>,
}

/// An inclusive range of HTTP status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRange {
    /// The lowest code accepted.
    pub first: u16,
    /// The highest code accepted.
    pub last: u16,
}

impl StatusRange {
    /// Whether `status` lies in the range.
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl fmt::Debug for HttpCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("HttpCheck")
            .field("path", &self.path)
            .field("status", &self.status)
            .field("headers", &headers)
            .field("body", &self.body)
            .finish()
    }
}
