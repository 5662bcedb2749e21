//! `portolan down`: ends the running stack and waits until nothing of it lives.

use std::time::Duration;

use crate::app::Target;
use crate::handle::{CommandRequest, HandleError};

use super::args::Global;
use super::failure::{Failure, complain};

/// Runs the verb. A stack that is not up is as good as taken down.
pub(super) async fn down(global: &Global) -> Result<(), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    let remote = target.remote();
    match remote.command(&CommandRequest::Down {}).await {
        Ok(_) => {}
        Err(HandleError::Gone) if !target.home.is_running() => {
            complain("nothing is running");
            return Ok(());
        }
        // It is going down already, or has not opened its socket yet.
        Err(HandleError::Gone | HandleError::Refused(_)) => {}
        Err(error) => return Err(error.into()),
    }
    // The lock is the last thing that a launcher lets go of.
    while target.home.is_running() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        if let Err(HandleError::Broken(reason)) = remote.snapshot().await {
            return Err(Failure::failed(reason));
        }
    }
    Ok(())
}
