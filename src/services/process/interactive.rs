//! Programs that belong to the user's terminal or desktop, not to a stack: `portolan run`, `portolan open`, pagers,
//! clipboards.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{ProcessRef, guest};

/// The pause between two looks at a pager.
const LOOK: Duration = Duration::from_millis(20);
/// How long a pager may take to end when it is asked to.
const PAGER_GRACE: Duration = Duration::from_millis(300);

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
    let wait = move || drop(wait_for(&mut child));
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

/// Shows a file with $PAGER, or `less`, and returns when that has ended, or was ended because `ending` says so. It has
/// our terminal meanwhile, and is in our process group, so that Ctrl-Z stops both.
#[expect(clippy::disallowed_methods, reason = "this is where processes are started")]
pub fn show_in_pager(file: &Path, ending: &AtomicBool) -> io::Result<()> {
    let fallback = if cfg!(windows) { "more" } else { "less" };
    let (program, arguments) = chosen("PAGER").unwrap_or_else(|| (fallback.to_owned(), Vec::new()));
    let mut command = Command::new(&program);
    command.args(arguments).arg(file);
    guest::invite(&mut command);
    let mut pager =
        command.spawn().map_err(|error| io::Error::new(error.kind(), format!("{program}: {error}")))?;
    let process = ProcessRef::of(pager.id());
    while !has_ended(&mut pager)? {
        if ending.load(Ordering::Relaxed) {
            // Asked first: only the pager itself can take back what it told the terminal.
            let _ = process.map(|pager| pager.end(PAGER_GRACE));
            return wait_for(&mut pager).map(drop);
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Whether `child` has ended. One that was buried already has: a launcher buries every child that nobody has claimed
/// there, and the user's programs have no launcher.
fn has_ended(child: &mut Child) -> io::Result<bool> {
    match child.try_wait() {
        Ok(status) => Ok(status.is_some()),
        Err(error) if was_buried(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Waits until `child` has ended; whether well, as far as can be told of one that was buried already.
fn wait_for(child: &mut Child) -> io::Result<bool> {
    match child.wait() {
        Ok(status) => Ok(status.success()),
        Err(error) if was_buried(&error) => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn was_buried(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ECHILD)
}

#[cfg(windows)]
fn was_buried(_error: &io::Error) -> bool {
    false
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
    wait_for(&mut child)
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

    #[cfg(unix)]
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a child to be buried by somebody else")]
    fn a_child_that_somebody_else_buried_has_ended_well() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        rustix::process::waitpid(pid, rustix::process::WaitOptions::empty()).unwrap();
        assert!(has_ended(&mut child).unwrap());
        assert!(wait_for(&mut child).unwrap());
    }
}
