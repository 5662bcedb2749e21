//! Somebody at a terminal: a pseudo-terminal with a screen that is parsed and that answers, keys to type, and the proof
//! that the terminal is given back as it was.

use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;
use rustix::pty::OpenptFlags;
use rustix::termios::{Termios, Winsize};
use tempfile::TempDir;

use crate::support::{Done, Project, alive, in_time, portolan_command, signal};

/// The size that a terminal has when nothing else is said: columns and rows.
pub(crate) const USUAL: (u16, u16) = (120, 40);

/// A program in a terminal of its own, as if a shell had started it there. Killed when dropped, if it still runs; the
/// project ends the rest.
pub(crate) struct Desk {
    child: Child,
    master: Option<Arc<OwnedFd>>,
    /// The shell's: it stays open when the program has ended.
    slave: Option<OwnedFd>,
    before: String,
    far: Arc<Far>,
    reader: Option<JoinHandle<()>>,
}

/// What the terminal shows, and what it was sent.
struct Far {
    screen: Mutex<Shown>,
    /// Whether nobody is to read any more.
    done: AtomicBool,
}

struct Shown {
    parser: vt100::Parser<Answers>,
    sent: Vec<u8>,
}

/// What a terminal says when it is asked.
#[derive(Default)]
struct Answers(Vec<u8>);

/// A project, and a folder for its sockets and leases that no other test has.
pub(crate) struct Home {
    pub(crate) project: Project,
    pub(crate) runtime: TempDir,
}

impl Home {
    /// `FIXTURE` in `toml` is replaced by the fixture program's path.
    pub(crate) fn new(toml: &str) -> Self {
        let home = Self::empty();
        home.project.configure(toml);
        home
    }

    /// Without a portolan.toml.
    pub(crate) fn empty() -> Self {
        let runtime = tempfile::Builder::new().prefix("portolan-run-").tempdir().unwrap();
        Self { project: Project::empty(), runtime }
    }

    /// `portolan ARGUMENTS` in a terminal of 120 by 40.
    pub(crate) fn sit_down(&self, arguments: &[&str]) -> Desk {
        Desk::with(self.command(arguments), USUAL, true)
    }

    /// `portolan up`, and waits until these are healthy on the screen.
    pub(crate) fn up(&self) -> Desk {
        let desk = self.sit_down(&["up"]);
        desk.until_all_well();
        desk
    }

    /// `portolan ARGUMENTS`, to be run to its end without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        crate::support::finish(self.command(arguments))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_in(self.project.folder(), arguments)
    }

    fn command_in(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = portolan_command(&self.project, folder, arguments);
        command.env("XDG_RUNTIME_DIR", self.runtime.path());
        command
    }

    pub(crate) fn ps(&self) -> serde_json::Value {
        let done = self.run(&["ps", "--json"]);
        assert_eq!(done.code, 0, "{done:?}");
        done.json()
    }

    pub(crate) fn service(&self, name: &str) -> serde_json::Value {
        let ps = self.ps();
        let found = ps["services"].as_array().unwrap().iter().find(|service| service["name"] == name);
        found.cloned().unwrap_or_else(|| panic!("no {name} in {ps}"))
    }

    pub(crate) fn pid(&self, name: &str) -> u32 {
        u32::try_from(self.service(name)["pid"].as_u64().unwrap()).unwrap()
    }

    pub(crate) fn port(&self, name: &str) -> u16 {
        u16::try_from(self.service(name)["port"].as_u64().unwrap()).unwrap()
    }

    pub(crate) fn epoch(&self, name: &str) -> u64 {
        self.service(name)["epoch"].as_u64().unwrap()
    }

    /// Fails if a process of this project lives, after a moment for those that are being buried.
    pub(crate) fn assert_nothing_lives(&self) {
        self.project.assert_nothing_lives();
    }
}

impl Desk {
    /// Starts `command` as the leader of a session whose terminal this is; one that `reads` what comes or not.
    pub(crate) fn with(command: Command, (columns, rows): (u16, u16), reads: bool) -> Self {
        let (master, slave) = pair();
        resize(&master, columns, rows);
        let before = modes(&slave);
        let child = start(command, &slave);
        let parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Answers::default());
        let screen = Mutex::new(Shown { parser, sent: Vec::new() });
        let far = Arc::new(Far { screen, done: AtomicBool::new(false) });
        let master = Arc::new(master);
        let reader = reads.then(|| {
            let (far, master) = (Arc::clone(&far), Arc::clone(&master));
            std::thread::spawn(move || far.read(&master))
        });
        Self { child, master: Some(master), slave: Some(slave), before, far, reader }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        self.far.shown().parser.screen().contents()
    }

    /// The row on the screen that holds `part`.
    pub(crate) fn row_with(&self, part: &str) -> Option<String> {
        self.text().lines().find(|row| row.contains(part)).map(str::to_owned)
    }

    /// The digit that a dialog has before `choice`.
    pub(crate) fn number_of(&self, choice: &str) -> char {
        let row = self.row_with(choice).unwrap_or_else(|| panic!("no {choice:?}: {self:?}"));
        let before = row.split(choice).next().unwrap_or_default();
        before.trim_end().chars().next_back().filter(char::is_ascii_digit).expect("a number")
    }

    /// Everything that the terminal was sent.
    pub(crate) fn sent(&self) -> Vec<u8> {
        self.far.shown().sent.clone()
    }

    /// Types, as a terminal sends it.
    pub(crate) fn type_in(&self, text: &str) {
        let master = self.master.as_ref().expect("the terminal is open");
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let written = rustix::io::write(master, rest).unwrap();
            rest = &rest[written..];
        }
    }

    /// Types, and waits until the screen shows `part`.
    pub(crate) fn press(&self, keys: &str, part: &str) {
        self.type_in(keys);
        self.until(part);
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        // The same moment for both, or what was drawn for the old size would be read in the new one.
        let mut shown = self.far.shown();
        shown.parser.screen_mut().set_size(rows, columns);
        resize(self.master.as_ref().expect("the terminal is open"), columns, rows);
    }

    /// Waits until the screen shows `part`.
    pub(crate) fn until(&self, part: &str) {
        self.until_screen(&format!("{part:?} on the screen"), |text| text.contains(part));
    }

    /// Waits until the screen shows `part` no more.
    pub(crate) fn until_gone(&self, part: &str) {
        self.until_screen(&format!("no {part:?} on the screen"), |text| !text.contains(part));
    }

    /// Waits until one row of the screen holds all of these.
    pub(crate) fn until_row(&self, parts: &[&str]) {
        self.until_screen(&format!("a row with {parts:?}"), |text| {
            text.lines().any(|row| parts.iter().all(|part| row.contains(part)))
        });
    }

    pub(crate) fn until_screen(&self, what: &str, mut holds: impl FnMut(&str) -> bool) {
        let found = in_time(|| holds(&self.text()).then_some(()));
        assert!(found.is_some(), "waited in vain: {what}; {self:?}");
    }

    /// Waits until the header counts nothing but healthy, running and completed services.
    pub(crate) fn until_all_well(&self) {
        self.until_screen("all is well", |text| {
            let header = text.lines().next().unwrap_or_default();
            let busy = ["waiting", "preparing", "starting", "unhealthy", "failed", "backoff", "stopping"];
            header.contains("healthy") && !busy.iter().any(|word| header.contains(word))
        });
    }

    pub(crate) fn signal(&self, kind: Signal) {
        signal(self.pid(), kind);
    }

    /// Closes the terminal, as its window is closed: nobody has it open any more.
    pub(crate) fn close_terminal(&mut self) {
        self.stop_reading();
        self.slave = None;
        let master = Arc::into_inner(self.master.take().expect("the terminal is open"));
        assert!(master.is_some(), "only we have it");
    }

    /// Waits until the program has ended; its exit code as a shell has it.
    pub(crate) fn ended(&mut self) -> i32 {
        let status = in_time(|| self.child.try_wait().unwrap());
        let status = status.unwrap_or_else(|| panic!("it does not end: {self:?}"));
        status.code().unwrap_or_else(|| 128 + status.signal().expect("a code or a signal"))
    }

    /// What is on the screen once the program has ended and all that it sent is read.
    pub(crate) fn last_words(&mut self) -> String {
        self.stop_reading();
        self.text()
    }

    /// Fails unless the terminal is as it was before the program.
    pub(crate) fn assert_given_back(&mut self) {
        self.stop_reading();
        self.assert_modes_given_back();
        assert_eq!(left_on(&self.sent()), [""; 0], "modes that were not taken back: {self:?}");
        let shown = self.far.shown();
        let screen = shown.parser.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        assert!(!screen.application_cursor() && !screen.application_keypad());
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        let colours = (screen.fgcolor(), screen.bgcolor());
        assert_eq!(colours, (vt100::Color::Default, vt100::Color::Default));
        assert!(!screen.bold() && !screen.dim() && !screen.underline() && !screen.inverse());
        // A piece of a sequence would show as text.
        let text = screen.contents();
        assert!(!text.contains("[?") && !text.contains('\u{fffd}'), "{text:?}");
    }

    /// Fails unless the line discipline is as it was before the program.
    pub(crate) fn assert_modes_given_back(&self) {
        let after = modes(self.slave.as_ref().expect("the terminal is open"));
        assert_eq!(self.before, after, "the terminal's modes");
    }

    /// Writes onto the screen, as another program does that has the same terminal.
    pub(crate) fn scribble(&self, bytes: &[u8]) {
        self.far.shown().parser.process(bytes);
    }

    /// Reads what is left, and no more from then on.
    fn stop_reading(&mut self) {
        self.far.done.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.far.done.store(true, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lives = alive(self.pid());
        write!(f, "the program {}:\n{}", if lives { "runs" } else { "has ended" }, self.text())
    }
}

impl Far {
    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows what comes, and answers what is asked, until told to end and nothing more comes.
    fn read(&self, master: &OwnedFd) {
        let mut block = vec![0; 16 * 1024];
        loop {
            let done = self.done.load(Ordering::Relaxed);
            let mut poll = [PollFd::new(master, PollFlags::IN)];
            let wait = Timespec { tv_sec: 0, tv_nsec: if done { 0 } else { 10_000_000 } };
            let ready = rustix::event::poll(&mut poll, Some(&wait)).unwrap_or(0);
            match (ready, done) {
                (0, true) => return,
                (0, false) => continue,
                (_, _) => {}
            }
            let Ok(count @ 1..) = rustix::io::read(master, &mut block) else { return };
            let mut shown = self.shown();
            shown.sent.extend_from_slice(&block[..count]);
            shown.parser.process(&block[..count]);
            let answers = std::mem::take(&mut shown.parser.callbacks_mut().0);
            drop(shown);
            if !answers.is_empty() {
                let _ = rustix::io::write(master, &answers);
            }
        }
    }
}

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        let number = params.first().and_then(|param| param.first()).copied().unwrap_or(0);
        match (first, second, last, number) {
            (None, None, 'c', 0) => self.0.extend(b"\x1b[?62;22c"),
            (None, None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                self.0.extend(format!("\x1b[{};{}R", row + 1, column + 1).bytes());
            }
            (Some(b'?'), None, 'n', 996) => self.0.extend(b"\x1b[?997;1n"),
            (Some(b'?'), Some(b'$'), 'p', mode) => self.0.extend(format!("\x1b[?{mode};2$y").bytes()),
            (_, _, _, _) => {}
        }
    }

    fn unhandled_osc(&mut self, _screen: &mut vt100::Screen, params: &[&[u8]]) {
        if let [b"11", b"?"] = params {
            self.0.extend(b"\x1b]11;rgb:1a1a/1b1b/2626\x1b\\");
        }
    }
}

/// Every private mode that `bytes` set and did not reset, the cursor's aside, which is on where nobody asks.
pub(crate) fn left_on(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut on: Vec<String> = Vec::new();
    for part in text.split("\x1b[?").skip(1) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match part[digits.len()..].chars().next() {
            Some('h') if digits != "25" && !on.contains(&digits) => on.push(digits),
            Some('l') => on.retain(|mode| *mode != digits),
            Some(_) | None => {}
        }
    }
    on
}

/// `command` in a session of its own with this terminal: what a terminal's window does with a shell.
#[expect(clippy::disallowed_methods, reason = "the tests start the binary")]
fn start(command: Command, slave: &OwnedFd) -> Child {
    // Executes the program in its own place, so that the child is the program.
    let mut inside = Command::new("setsid");
    inside.arg("--ctty").arg(command.get_program()).args(command.get_args());
    inside.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    inside.env("TERM", "xterm-256color").env("LANG", "C.UTF-8");
    inside.current_dir(command.get_current_dir().expect("a folder"));
    let end = || Stdio::from(slave.try_clone().unwrap());
    inside.stdin(end()).stdout(end()).stderr(end());
    inside.spawn().expect("setsid of util-linux starts")
}

fn pair() -> (OwnedFd, OwnedFd) {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    (master, slave)
}

fn resize(master: &OwnedFd, columns: u16, rows: u16) {
    let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(master, size).unwrap();
}

/// All that a terminal's line discipline is set to.
fn modes(slave: &OwnedFd) -> String {
    let modes: Termios = rustix::termios::tcgetattr(slave).unwrap();
    format!("{modes:?}")
}
