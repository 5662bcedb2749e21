//! Whether one value is what its key takes: ports, ranges, durations, patterns, names. One message and remedy each.

use regex::Regex;
use url::Url;

use crate::stack::{Port, PortRange, ServiceName, StatusRange, StopSignal};

use super::duration;
use super::keys::MapKey;
use super::problem::Problem;
use super::suggest::quoted;
use super::tree::{Node, Value};

/// What is wrong with a value, and what to write instead.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) remedy: Option<String>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: Some(remedy.into()) }
    }

    /// The fault as a problem without a place.
    pub(super) fn problem(self) -> Problem {
        Problem { remedy: self.remedy, ..Problem::error(self.message) }
    }
}

/// The signals by name, without `SIG`.
pub(super) const SIGNALS: &[(&str, StopSignal)] = &[
    ("TERM", StopSignal::Term),
    ("INT", StopSignal::Int),
    ("QUIT", StopSignal::Quit),
    ("HUP", StopSignal::Hup),
    ("USR1", StopSignal::Usr1),
    ("USR2", StopSignal::Usr2),
    ("KILL", StopSignal::Kill),
];

pub(super) fn text(text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new("this text is empty", "write something, or leave the key out"));
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(Fault::new(
            format!("this text holds the control character {c:?}"),
            "remove it; a newline or tab has no place here",
        )),
        None => Ok(()),
    }
}

pub(super) fn time(node: &Node) -> Result<std::time::Duration, Fault> {
    let read = match &node.value {
        Value::Text(text) => duration::parse_duration(text),
        Value::Integer(seconds) => duration::from_seconds(*seconds as f64),
        Value::Float(seconds) => duration::from_seconds(*seconds),
        Value::Bool(_) | Value::Date | Value::List(_) | Value::Table(_) => {
            Err(duration::DurationError::Malformed(node.value.kind().into()))
        }
    };
    read.map_err(|error| Fault::new(error.to_string(), error.remedy()))
}

pub(super) fn time_above_zero(node: &Node) -> Result<std::time::Duration, Fault> {
    let time = time(node)?;
    if time.is_zero() {
        return Err(Fault::new("this duration is zero", "write more than nothing, such as \"25ms\""));
    }
    Ok(time)
}

pub(super) fn port(number: i64) -> Result<Port, Fault> {
    Port::try_from(number).map_err(|error| {
        Fault::new(error.to_string(), "choose a port from 1024 to 65535; the lower ones need special rights")
    })
}

pub(super) fn port_range(text: &str) -> Result<PortRange, Fault> {
    text.parse().map_err(|error: crate::stack::PortError| {
        let remedy = match error {
            crate::stack::PortError::NotANumber(_) => {
                "write one port or a range, such as \"8000-8010\"".into()
            }
            crate::stack::PortError::OutOfRange(_) => {
                "choose ports from 1024 to 65535; the lower ones need special rights".into()
            }
            crate::stack::PortError::Reversed(first, last) => format!("write \"{last}-{first}\""),
        };
        let message = match error {
            crate::stack::PortError::NotANumber(_) => {
                format!("{} is neither a port nor a range", quoted(text))
            }
            crate::stack::PortError::OutOfRange(i64::MAX) => {
                format!("{} is not a port: ports go from 1 to 65535", quoted(text))
            }
            crate::stack::PortError::OutOfRange(_) => error.to_string(),
            crate::stack::PortError::Reversed(first, last) => format!("the range {first}-{last} is reversed"),
        };
        Fault::new(message, remedy)
    })
}

pub(super) fn regex(text: &str) -> Result<Regex, Fault> {
    Regex::new(text).map_err(|error| {
        // The crate draws the pattern over several lines; what is wrong stands in the last.
        let shown = error.to_string();
        let reason = shown.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Fault::new(
            format!("this regular expression is not valid: {reason}"),
            "escape special characters with a backslash; a TOML string in single quotes keeps backslashes",
        )
    })
}

pub(super) fn url(text: &str) -> Result<Url, Fault> {
    let write = "write scheme, host and port, such as \"http://127.0.0.1:8081\"";
    match Url::parse(text) {
        Ok(url) if url.has_host() => Ok(url),
        Ok(_) => Err(Fault::new(format!("{} is not a URL with a host", shown_url(text)), write)),
        Err(error) => Err(Fault::new(format!("{} is not a URL: {error}", shown_url(text)), write)),
    }
}

/// A URL may carry a password, so one that has user information is not quoted.
fn shown_url(text: &str) -> String {
    if text.contains('@') { "this".into() } else { quoted(text) }
}

pub(super) fn http_target(text: &str) -> Result<(), Fault> {
    if text.starts_with('/') {
        return match text.chars().find(|c| c.is_control() || c.is_whitespace()) {
            Some(c) => Err(Fault::new(
                format!("this path holds {c:?}, which cannot stand in a request"),
                "encode it as %20 and the like",
            )),
            None => Ok(()),
        };
    }
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        Ok(_) | Err(_) => Err(Fault::new(
            format!("{} is neither a path nor an http URL", shown_url(text)),
            if text.contains("://") || text.contains(' ') {
                "write the path to ask, such as \"/health\"".to_owned()
            } else {
                format!("write \"/{}\"", text.trim_start_matches("./"))
            },
        )),
    }
}

pub(super) fn status_range(text: &str) -> Result<StatusRange, Fault> {
    let fault = |message: String| Fault::new(message, "write a code or a range, such as 200 or \"200-299\"");
    let code = |part: &str| {
        let part = part.trim();
        match part.parse::<u16>() {
            Ok(code @ 100..=599) => Ok(code),
            Ok(code) => Err(fault(format!("{code} is not an HTTP status: they go from 100 to 599"))),
            Err(_) => Err(fault(format!("{} is not an HTTP status", quoted(part)))),
        }
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (code(first)?, code(last)?),
        None => (code(text)?, code(text)?),
    };
    if first > last {
        return Err(Fault::new(
            format!("the range {first}-{last} is reversed"),
            format!("write \"{last}-{first}\""),
        ));
    }
    Ok(StatusRange { first, last })
}

pub(super) fn signal(text: &str) -> Result<StopSignal, Fault> {
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, signal)| *signal).ok_or_else(|| {
        let known: Vec<&str> = SIGNALS.iter().map(|(known, _)| *known).collect();
        Fault::new(format!("unknown signal {}", quoted(text)), format!("use one of {}", known.join(", ")))
    })
}

pub(super) fn variable(name: &str) -> Result<(), Fault> {
    let bad = name.chars().find(|c| *c == '=' || c.is_control() || c.is_whitespace());
    match bad {
        _ if name.is_empty() => Err(Fault::new("the name of a variable is empty", "give it a name")),
        Some(c) => Err(Fault::new(
            format!("{} cannot be the name of a variable: it holds {c:?}", quoted(name)),
            "use letters, digits and `_`",
        )),
        None => Ok(()),
    }
}

pub(super) fn map_key(kind: MapKey, name: &str) -> Result<(), Fault> {
    match kind {
        MapKey::Service => ServiceName::new(name).map(drop).map_err(|error| {
            Fault::new(error.to_string(), "rename the service; its name is also the name of a file")
        }),
        MapKey::Variable => variable(name),
        MapKey::Name => text(name),
        MapKey::Header => {
            let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if name.is_empty() || !name.chars().all(token) {
                return Err(Fault::new(
                    format!("{} cannot be the name of an HTTP header", quoted(name)),
                    "use letters, digits and `-`",
                ));
            }
            Ok(())
        }
    }
}
