//! Programs that belong to the user's terminal or desktop, not to a stack: `portolan run` and `portolan open`.

use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};

/// Runs a command with this terminal and these variables added to our own, and returns its exit code as a shell shows
/// it. On Unix it takes our place, so that signals and the terminal are its own; only a failure returns.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn run_in_place(words: &[OsString], env: &[(OsString, OsString)]) -> io::Result<i32> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut command = Command::new(program);
    command.args(arguments).envs(env.iter().map(|(name, value)| (name, value)));
    take_over(command)
}

#[cfg(unix)]
fn take_over(mut command: Command) -> io::Result<i32> {
    use std::os::unix::process::CommandExt;
    Err(command.exec())
}

#[cfg(windows)]
fn take_over(mut command: Command) -> io::Result<i32> {
    Ok(command.status()?.code().unwrap_or(1))
}

/// Opens `url` with $BROWSER, or with what the desktop has for it.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn open_in_browser(url: &str) -> io::Result<()> {
    let chosen = std::env::var_os("BROWSER").filter(|browser| !browser.is_empty());
    let mut command = match chosen {
        Some(browser) => Command::new(browser),
        None if cfg!(windows) => {
            let mut command = Command::new("rundll32");
            command.arg("url.dll,FileProtocolHandler");
            command
        }
        None if cfg!(target_os = "macos") => Command::new("open"),
        None => Command::new("xdg-open"),
    };
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Some browsers stay: nobody waits for them.
    command.spawn().map(drop)
}
