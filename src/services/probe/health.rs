//! A single question after a service's health, for whoever wants to hear the answer itself.

use std::time::Duration;

use crate::stack::{HttpCheck, Port};

use super::http::HttpProbe;

/// Asks once, as the probe of `check` would: at `host` and `port`, or below `base` for a service elsewhere. The error
/// says in words what came instead; it holds no header and no body.
pub async fn ask_health(
    check: &HttpCheck,
    base: Option<String>,
    (host, port): (Option<&str>, Option<Port>),
    patience: Duration,
) -> Result<(), String> {
    let probe = HttpProbe::new(check, base)?;
    match tokio::time::timeout(patience, probe.ask(host, port)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("GET {} was not answered within {:.1}s", check.path, patience.as_secs_f64())),
    }
}
