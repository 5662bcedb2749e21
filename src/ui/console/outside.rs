//! What the console asks of the desktop that it runs on. Starting programs is not this room's business.

use std::path::Path;

/// How the action of a finding came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Whether it did what it says.
    pub success: bool,
    /// What it said.
    pub output: String,
}

/// The user's desktop. Calls may block; they come from threads of their own, but for [`Outside::page`].
pub trait Outside: Send + Sync {
    /// Opens a URL in the user's browser. The error says what was tried.
    fn open(&self, url: &str) -> Result<(), String>;

    /// Copies with a local tool; false if there is none, or the clipboard here is not the user's, as over SSH.
    fn copy(&self, text: &str) -> Result<bool, String>;

    /// Shows a file in the user's pager and returns when that has ended. The terminal is not ours meanwhile.
    fn page(&self, file: &Path) -> Result<(), String>;

    /// Does what the action of a finding says, for the stack whose portolan.toml is in `folder`, and returns when that has
    /// ended. The user has agreed to it.
    fn apply(&self, action: &str, folder: &Path) -> Result<Applied, String>;
}
