//! What the launcher tells the guardian: one line of text for each message, the same program at both ends.

use std::fmt;

use super::super::ProcessRef;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// The run whose processes are to be ended.
    Run(String),
    /// A leader was started.
    Leader(ProcessRef),
    /// A leader and all of its tree have ended.
    Gone(ProcessRef),
    /// The launcher ends in good order.
    Done,
}

impl Message {
    /// Reads a line; `None` for what no launcher of this version says.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let message = match words.next()? {
            "run" => Self::Run(words.next()?.to_owned()),
            "leader" => Self::Leader(read_process(&mut words)?),
            "gone" => Self::Gone(read_process(&mut words)?),
            "done" => Self::Done,
            _ => return None,
        };
        words.next().is_none().then_some(message)
    }
}

fn read_process<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<ProcessRef> {
    let pid = words.next()?.parse().ok()?;
    let start_time = match words.next() {
        Some(word) => Some(word.parse().ok()?),
        None => None,
    };
    Some(ProcessRef { pid, start_time })
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (verb, process) = match self {
            Self::Run(run_id) => return write!(f, "run {run_id}"),
            Self::Done => return f.write_str("done"),
            Self::Leader(process) => ("leader", process),
            Self::Gone(process) => ("gone", process),
        };
        write!(f, "{verb} {}", process.pid)?;
        match process.start_time {
            Some(start_time) => write!(f, " {start_time}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_reads_back_as_itself() {
        let known = ProcessRef { pid: 12, start_time: Some(345) };
        let bare = ProcessRef { pid: 12, start_time: None };
        for message in [
            Message::Run("00ff".into()),
            Message::Leader(known),
            Message::Leader(bare),
            Message::Gone(known),
            Message::Done,
        ] {
            assert_eq!(Message::read(&message.to_string()), Some(message));
        }
    }

    #[test]
    fn a_torn_or_foreign_line_is_no_message() {
        for line in ["", "lead", "leader", "leader x", "leader 1 y", "done now", "run"] {
            assert_eq!(Message::read(line), None, "{line}");
        }
    }
}
