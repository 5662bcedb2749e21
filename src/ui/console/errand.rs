//! Lines that are read to be copied, or for a pager: what few there are at once, more of them between keys.

use std::io;

use tempfile::NamedTempFile;

use crate::logs::Desk;

use super::copying::{Progress, Reading};

/// What lines are read for.
pub(super) enum Errand {
    Copy(Box<Reading>),
    Page(Box<Reading>, NamedTempFile),
}

/// What was read.
pub(super) enum Read {
    /// Less than all of it.
    Some(Errand),
    /// To be copied: the text, and what it is in words.
    Copy(String, String),
    /// For a pager, and what it does not get, in words.
    Page(NamedTempFile, Option<String>),
}

impl Errand {
    /// Reads one batch more.
    pub(super) fn go_on(self, desk: &mut Desk) -> io::Result<Read> {
        match self {
            Self::Copy(mut reading) => match reading.go_on(desk)? {
                Progress::More => Ok(Read::Some(Self::Copy(reading))),
                progress @ (Progress::Whole | Progress::Cut) => {
                    let (text, named) = reading.copied(desk, progress)?;
                    Ok(Read::Copy(text, named))
                }
            },
            Self::Page(mut reading, mut file) => {
                let progress = reading.go_on(desk)?;
                io::Write::write_all(&mut file, reading.drain().as_bytes())?;
                match progress {
                    Progress::More => Ok(Read::Some(Self::Page(reading, file))),
                    Progress::Whole | Progress::Cut => Ok(Read::Page(file, reading.cut_short(progress))),
                }
            }
        }
    }
}
