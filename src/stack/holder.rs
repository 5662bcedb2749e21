//! Who holds a port that a service would have liked.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Who holds a port, as far as this user may see it. Every part may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PortHolder {
    /// The process.
    pub pid: Option<u32>,
    /// Its command, short.
    pub command: Option<String>,
    /// Its working directory, or the folder of the stack that leased the port.
    pub folder: Option<PathBuf>,
    /// The stack that leased the port.
    pub stack: Option<String>,
    /// The service of that stack.
    pub service: Option<String>,
}

impl fmt::Display for PortHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.service, &self.stack, &self.command) {
            (Some(service), Some(stack), _) => write!(f, "{service} of stack {stack}")?,
            (None, Some(stack), _) => write!(f, "stack {stack}")?,
            (_, None, Some(command)) => f.write_str(command)?,
            (_, None, None) => f.write_str("another process")?,
        }
        if let Some(pid) = self.pid {
            write!(f, ", pid {pid}")?;
        }
        if let Some(folder) = &self.folder {
            write!(f, ", in {}", folder.display())?;
        }
        Ok(())
    }
}
