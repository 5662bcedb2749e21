//! Programs that belong to the user's terminal or desktop, not to a stack: `portolan run`, `portolan open`, pagers,
//! clipboards.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::guest;

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

/// Whether a browser can open `url`, and cannot take it for anything else.
pub fn is_web_address(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
}

/// Opens `url` with $BROWSER, or with what the desktop has for it.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn open_in_browser(url: &str) -> io::Result<()> {
    let mut command = match chosen("BROWSER") {
        Some((browser, arguments)) => {
            let mut command = Command::new(browser);
            command.args(arguments);
            command
        }
        None if cfg!(windows) => {
            let mut command = Command::new("rundll32");
            command.arg("url.dll,FileProtocolHandler");
            command
        }
        None if cfg!(target_os = "macos") => Command::new("open"),
        None => Command::new("xdg-open"),
    };
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    guest::invite_to_stay(&mut command);
    let mut child = command.spawn()?;
    // Some stay for as long as their window: only a thread can wait for those, so that they are buried.
    let wait = move || drop(child.wait());
    let _ = thread::Builder::new().name("browser".into()).spawn(wait);
    Ok(())
}

/// The program that the user chose with the variable `name`, and its arguments. A path may hold spaces.
fn chosen(name: &str) -> Option<(String, Vec<String>)> {
    let text = std::env::var(name).ok().filter(|text| !text.trim().is_empty())?;
    words_of(text, |whole| Path::new(whole).is_file())
}

fn words_of(text: String, is_program: impl FnOnce(&str) -> bool) -> Option<(String, Vec<String>)> {
    if is_program(&text) {
        return Some((text, Vec::new()));
    }
    let mut words = shell_words::split(&text).ok()?.into_iter();
    Some((words.next()?, words.collect()))
}

/// Shows a file with $PAGER, or `less`, and returns when that has ended. It has our terminal meanwhile.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn show_in_pager(file: &Path) -> io::Result<()> {
    let fallback = if cfg!(windows) { "more" } else { "less" };
    let (program, arguments) = chosen("PAGER").unwrap_or_else(|| (fallback.to_owned(), Vec::new()));
    let mut command = Command::new(&program);
    command.args(arguments).arg(file);
    guest::invite(&mut command);
    // Ctrl-C in a pager is the pager's; ours is raw mode's, which is off meanwhile.
    let status = command.status();
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
    // What it leaves in the background holds the clipboard for as long as nobody else does.
    guest::invite_to_stay(&mut command);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_program_may_have_arguments_or_spaces_in_its_path() {
        let words = |text: &str, is_program| words_of(text.to_owned(), |_| is_program);
        let (program, arguments) = words("firefox --private-window '-P two words'", false).unwrap();
        assert_eq!(
            (program.as_str(), &arguments[..]),
            ("firefox", &["--private-window", "-P two words"].map(String::from)[..])
        );
        let path = r"C:\Program Files\Mozilla Firefox\firefox.exe";
        assert_eq!(words(path, true), Some((path.to_owned(), Vec::new())));
        assert_eq!(words("'open", false), None);
    }
}
