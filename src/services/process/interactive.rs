//! Programs that belong to the user's terminal or desktop, not to a stack: `portolan run`, `portolan open`, pagers,
//! clipboards.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
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

/// Shows a file with $PAGER, or `less`, and returns when that has ended. It has our terminal meanwhile.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn show_in_pager(file: &Path) -> io::Result<()> {
    let chosen = std::env::var("PAGER").unwrap_or_default();
    let words = shell_words::split(&chosen).unwrap_or_default();
    let fallback = if cfg!(windows) { "more" } else { "less" };
    let (program, arguments) = match words.split_first() {
        Some((program, arguments)) => (program.as_str(), arguments),
        None => (fallback, &[][..]),
    };
    // Ctrl-C in a pager is the pager's; ours is raw mode's, which is off meanwhile.
    let status = Command::new(program).args(arguments).arg(file).status();
    status.map(drop).map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))
}

/// Gives `text` to the desktop's clipboard tool; false if there is none.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn copy_with_tool(text: &str) -> io::Result<bool> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let words: &[&str] = if cfg!(target_os = "macos") {
        &["pbcopy"]
    } else if cfg!(windows) {
        &["clip"]
    } else if set("WAYLAND_DISPLAY") {
        &["wl-copy"]
    } else if set("DISPLAY") {
        &["xclip", "-selection", "clipboard"]
    } else {
        return Ok(false);
    };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    // These tools go to the background by themselves and return at once.
    Ok(child.wait()?.success())
}
