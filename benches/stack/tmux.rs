//! A tmux server of one's own, and a client in control mode: one process that is asked what a pane shows, instead of
//! one process for each look, which would take a good part of a core from what is measured.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::report::Outcome;

pub(crate) const COLUMNS: u16 = 200;
pub(crate) const ROWS: u16 = 60;

/// A server with one window; it ends with this.
pub(crate) struct Tmux {
    client: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Tmux {
    /// Whether there is a tmux.
    pub(crate) fn is_there() -> bool {
        let asked = Command::new("tmux").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    }

    /// Starts a server whose socket lies in `folder`, with a window of 200 by 60 cells.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        let mut client = Command::new("tmux")
            .args(["-C", "-f", "/dev/null", "-S"])
            .arg(folder.join("tmux"))
            .args(["new-session", "-x", &COLUMNS.to_string(), "-y", &ROWS.to_string(), "cat"])
            .env_remove("TMUX")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asks = client.stdin.take().ok_or("no pipe")?;
        let answers = BufReader::new(client.stdout.take().ok_or("no pipe")?);
        let mut tmux = Self { client, asks, answers };
        tmux.answer()?;
        tmux.ask(&format!("refresh-client -C {COLUMNS}x{ROWS}"))?;
        // The client gets what it asks for, not a copy of everything that is drawn.
        tmux.ask("refresh-client -f no-output")?;
        tmux.ask("set-option -g status off")?;
        tmux.ask("set-option -g remain-on-exit on")?;
        Ok(tmux)
    }

    /// Runs a shell command in the window, in place of what runs there.
    pub(crate) fn run(&mut self, command: &str) -> Outcome<()> {
        // tmux reads the line as a shell would; a script file spares quoting twice.
        self.ask(&format!("respawn-pane -k '{command}'")).map(drop)
    }

    /// The rows that the window shows.
    pub(crate) fn screen(&mut self) -> Outcome<Vec<String>> {
        self.ask("capture-pane -p")
    }

    fn ask(&mut self, command: &str) -> Outcome<Vec<String>> {
        writeln!(self.asks, "{command}")?;
        self.asks.flush()?;
        self.answer()
    }

    /// The lines between the next `%begin` and its `%end`.
    fn answer(&mut self) -> Outcome<Vec<String>> {
        let (mut lines, mut within) = (Vec::new(), false);
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line)? == 0 {
                return Err("tmux has ended".into());
            }
            let line = line.trim_end_matches('\n');
            match line.split(' ').next() {
                Some("%begin") => within = true,
                Some("%end") => return Ok(lines),
                Some("%error") => return Err(format!("tmux: {}", lines.join(" ")).into()),
                _ if within => lines.push(line.to_owned()),
                _ => {}
            }
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = self.ask("kill-server");
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
