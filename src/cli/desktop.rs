//! The user's desktop, as the console asks for it: browser, clipboard, pager.

use std::path::Path;

use crate::app;
use crate::services::process::{Launcher, copy_with_tool, is_web_address, open_in_browser};
use crate::ui::{Applied, Outside};

use super::paging::Paging;

/// The desktop that this process runs on.
#[derive(Clone, Debug)]
pub(super) struct Desktop {
    pub(super) paging: Paging,
    /// What starts processes in this one, if it runs a stack.
    pub(super) launcher: Option<Launcher>,
}

impl Outside for Desktop {
    fn open(&self, url: &str) -> Result<(), String> {
        if !is_web_address(url) {
            return Err(format!("{url} is nothing that a browser could open"));
        }
        open_in_browser(url).map_err(|error| format!("failed to open a browser: {error}"))
    }

    fn copy(&self, text: &str) -> Result<bool, String> {
        // Over SSH the clipboard of this host is not the one that the user looks at.
        if std::env::var_os("SSH_CONNECTION").is_some() {
            return Ok(false);
        }
        copy_with_tool(text).map_err(|error| format!("the clipboard's tool failed: {error}"))
    }

    fn page(&self, file: &Path) -> Result<(), String> {
        self.paging.show(file).map_err(|error| format!("failed to open a pager: {error}; set PAGER"))
    }

    fn apply(&self, action: &str, folder: &Path) -> Result<Applied, String> {
        let applied =
            app::apply(action, folder, self.launcher.as_ref()).map_err(|error| error.to_string())?;
        Ok(Applied { success: applied.code == 0, output: applied.output })
    }
}
