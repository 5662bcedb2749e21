//! The services' lines on standard output and our notices on standard error, by a thread of its own: it may be as slow
//! as the terminal, the log store never waits for it.

use std::io::{self, Write};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::logs::{Follower, Plain, PlainOptions, Step, Stream, Timestamps};
use crate::stack::ServiceId;

use super::colour::ColorChoice;

/// What is collected before it is written, while there is more at once.
const WRITE: usize = 256 << 10;

/// Prints until the log is closed, or until standard output takes no more, of which `gone` is told.
pub(super) fn print(
    mut follower: Follower,
    services: Vec<ServiceId>,
    color: ColorChoice,
    timestamps: bool,
    gone: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let printer = move || {
        if Printer::new(&services, color, timestamps).run(&mut follower).is_err() {
            gone();
        }
    };
    thread::Builder::new().name("print".into()).spawn(printer)
}

struct Printer {
    lines: Plain,
    notices: Plain,
    out: Vec<u8>,
}

impl Printer {
    fn new(services: &[ServiceId], color: ColorChoice, timestamps: bool) -> Self {
        let timestamps = if timestamps { time_of_day() } else { Timestamps::Off };
        let options = |color| PlainOptions { color, timestamps };
        Self {
            lines: Plain::new(services, options(color.on(&io::stdout()))),
            notices: Plain::new(services, options(color.on(&io::stderr()))),
            out: Vec::new(),
        }
    }

    fn run(&mut self, follower: &mut Follower) -> io::Result<()> {
        loop {
            // Nothing to wait with while something waits to be written.
            let patience = if self.out.is_empty() { Duration::from_secs(3600) } else { Duration::ZERO };
            match follower.step(patience)? {
                Step::Run(run) if run.stream == Stream::Notice => {
                    let mut text = Vec::new();
                    self.notices.render(&run, &mut text);
                    self.write_out()?;
                    // A closed standard error is nobody's loss.
                    let _ = io::stderr().lock().write_all(&text);
                }
                Step::Run(run) => {
                    self.lines.render(&run, &mut self.out);
                    if self.out.len() >= WRITE {
                        self.write_out()?;
                    }
                }
                Step::Lost { service, lines } => {
                    let _ = writeln!(io::stderr().lock(), "{service}: {lines} lines are lost");
                }
                Step::Idle => self.write_out()?,
                Step::End => return self.write_out(),
            }
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(&self.out)?;
        stdout.flush()?;
        self.out.clear();
        Ok(())
    }
}

/// The time of day where the user is.
pub(super) fn time_of_day() -> Timestamps {
    Timestamps::TimeOfDay { utc_offset: utc_offset() }
}

/// How many seconds this place is ahead of UTC.
pub(super) fn utc_offset() -> i32 {
    let now = jiff::Timestamp::from_millisecond(i64::try_from(crate::services::now().wall.0).unwrap_or(0));
    let zone = jiff::tz::TimeZone::system();
    now.map_or(0, |now| zone.to_offset(now).seconds())
}
