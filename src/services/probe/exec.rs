//! The exec probe: a command that exits with 0 when the service is well.

use tokio_process_stream::Item;

use crate::services::process::{Launcher, SpawnRequest};

/// How much of what it prints is kept to say why it failed.
const MOST_OUTPUT: usize = 400;

/// Runs the command once. Dropping the future kills it, on Unix with its process group.
pub(super) async fn ask(request: &SpawnRequest, launcher: &Launcher) -> Result<(), String> {
    let mut step = launcher.spawn_step(request).map_err(|error| format!("failed to start {error}"))?;
    let mut said = Vec::new();
    // It is at its end when the pipes are, which a grandchild may hold open: the caller has the timeout.
    let status = loop {
        match step.next().await {
            Some(Item::Stdout(chunk) | Item::Stderr(chunk)) => {
                let room = MOST_OUTPUT.saturating_sub(said.len());
                said.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Some(Item::Done(status)) => break status.map_err(|error| error.to_string())?,
            None => return Err("the probe's command ended without a status".into()),
        }
    };
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    Err(if last.is_empty() { format!("the probe ended with {status}") } else { format!("{status}: {last}") })
}
