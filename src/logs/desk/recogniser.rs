//! Recognises tracebacks in the lines of one stream, one line after the other. Pure; knows no ANSI.
//!
//! A block ends with the last line that belongs to it for sure. Lines that may belong (a blank one before
//! another goroutine, the rest of a message before the first frame) are waited out for a few lines; they are
//! never faults of their own, so nothing has to be looked at twice.

use super::kinds::{
    Kind, is_go_line, is_java_frame, is_node_frame, is_python_exception, is_python_link, kind, names_error,
};
use super::page::Language;

/// How many lines of a message may stand before the first frame, and how many may lie between two parts.
const PATIENCE: u8 = 6;

/// A traceback: where it stands within its stream, by sequence numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockMark {
    /// Its first and its last line.
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The line that names the exception.
    pub(crate) head: u64,
    /// How many lines it has.
    pub(crate) lines: u64,
    pub(crate) language: Language,
}

/// What lines meant.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// The first line of each fault, tracebacks and single lines.
    pub(crate) faults: Vec<u64>,
    /// Tracebacks that have come to their end.
    pub(crate) blocks: Vec<BlockMark>,
    pub(crate) warnings: u64,
}

/// What is known of a stream.
#[derive(Default)]
pub(crate) struct Recogniser {
    state: State,
    /// The block so far; one line until the next one that belongs.
    block: Option<BlockMark>,
    /// Lines since the last one that belongs.
    waited: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    /// After a line that names an error and is a fault only if frames follow.
    Named,
    /// After a fault of one line: frames, or a whole traceback, may follow.
    Headed,
    /// Within a traceback that is indented so far, before its exception.
    Python {
        indent: usize,
    },
    /// After its exception.
    PythonEnd {
        indent: usize,
    },
    /// After the sentence that links it to another one, which the next lines must bring.
    PythonLinked,
    /// Within an exception group; whether its own exception has been seen.
    Group {
        named: bool,
    },
    /// Before the message, if it is on the next line.
    RustMessage,
    /// After it; whether the backtrace has begun.
    Rust {
        traced: bool,
    },
    /// Before and within the goroutines.
    Go {
        dumped: bool,
    },
    /// Within frames; within the braces after them.
    Node {
        braces: bool,
    },
    Java,
    /// Nothing more can belong.
    Over,
}

impl Recogniser {
    /// No line matters now that [`kind`] takes for plain.
    pub(crate) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// The block that has not come to its end yet.
    pub(crate) fn open(&self) -> Option<BlockMark> {
        self.block.filter(|block| block.lines > 1)
    }

    /// Takes the next line, without its newline.
    pub(crate) fn push(&mut self, line: &[u8], seq: u64, findings: &mut Findings) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.state == State::Named && (is_node_frame(line) || is_java_frame(line)) {
            findings.faults.extend(self.block.map(|block| block.first));
            self.state = State::Headed;
        }
        if self.goes_on(line, seq) {
            return;
        }
        match kind(line) {
            Kind::Plain if self.may_be_headed_by(line) => self.expect_frames(seq, findings),
            Kind::Plain if self.may_wait() => self.waited += 1,
            Kind::Plain => self.end(findings),
            Kind::Warning => {
                findings.warnings += 1;
                if names_error(line) {
                    self.expect_frames(seq, findings);
                } else {
                    self.end(findings);
                }
            }
            Kind::Fault => self.begin(State::Headed, Language::Node, seq, findings),
            Kind::Traceback { indent } => {
                self.lead(State::Python { indent }, Language::Python, seq, findings);
            }
            Kind::ExceptionGroup => self.lead(State::Group { named: false }, Language::Python, seq, findings),
            Kind::RustPanic { message_follows: true } => {
                self.begin(State::RustMessage, Language::Rust, seq, findings);
            }
            Kind::RustPanic { message_follows: false } => {
                self.begin(State::Rust { traced: false }, Language::Rust, seq, findings);
            }
            Kind::GoPanic => self.begin(State::Go { dumped: false }, Language::Go, seq, findings),
        }
    }

    /// The stream has ended: what comes next is another process's.
    pub(crate) fn end(&mut self, findings: &mut Findings) {
        findings.blocks.extend(self.open());
        *self = Self::default();
    }

    fn begin(&mut self, state: State, language: Language, seq: u64, findings: &mut Findings) {
        self.end(findings);
        findings.faults.push(seq);
        let block = BlockMark { first: seq, last: seq, head: seq, lines: 1, language };
        *self = Self { state, block: Some(block), waited: 0 };
    }

    /// The line is the head of a traceback if one of the next has its first frame.
    fn expect_frames(&mut self, seq: u64, findings: &mut Findings) {
        self.end(findings);
        let block = BlockMark { first: seq, last: seq, head: seq, lines: 1, language: Language::Node };
        *self = Self { state: State::Named, block: Some(block), waited: 0 };
    }

    /// As [`Self::begin`]; but right after a line that says what went wrong it is that fault's traceback.
    fn lead(&mut self, state: State, language: Language, seq: u64, findings: &mut Findings) {
        match &mut self.block {
            Some(block) if self.state == State::Headed && self.waited == 0 => {
                (block.last, block.lines, block.language) = (seq, 2, language);
                self.state = state;
            }
            Some(_) | None => self.begin(state, language, seq, findings),
        }
    }

    /// Whether a plain line may be the head of another traceback. What may be a line of a message is that.
    fn may_be_headed_by(&self, line: &[u8]) -> bool {
        let starts = line.first().is_some_and(|byte| !byte.is_ascii_whitespace());
        starts && (self.state == State::Named || !self.may_wait()) && names_error(line)
    }

    /// Whether a plain line may stand between two that belong.
    fn may_wait(&self) -> bool {
        self.waited < PATIENCE
            && match self.state {
                State::Idle | State::Over | State::Group { .. } | State::Node { braces: false } => false,
                State::Python { .. } | State::PythonEnd { .. } | State::PythonLinked => false,
                State::Named | State::Headed | State::RustMessage => true,
                State::Rust { traced: done } | State::Go { dumped: done } => !done,
                State::Node { braces: true } | State::Java => true,
            }
    }

    /// Takes the line into the block, if it belongs to it.
    fn goes_on(&mut self, line: &[u8], seq: u64) -> bool {
        let text = line.trim_ascii_start();
        let indent = line.len() - text.len();
        let next = match self.state {
            State::Idle | State::Named => None,
            State::Headed if is_java_frame(line) => self.speaks(Language::Java, State::Java),
            State::Headed if is_node_frame(line) => self.speaks(Language::Node, State::node(line)),
            State::Headed => None,
            State::Python { indent: base } => return self.python(line, base, seq),
            State::PythonEnd { .. } if is_python_link(text) => Some(State::PythonLinked),
            State::PythonEnd { .. } if text.starts_with(b"(Background on this error at") => Some(self.state),
            State::PythonEnd { .. } | State::PythonLinked if text.is_empty() => return self.wait(),
            State::PythonEnd { indent: base } => (indent > base && self.waited == 0).then_some(self.state),
            State::PythonLinked => match kind(line) {
                Kind::Traceback { indent } => Some(State::Python { indent }),
                Kind::ExceptionGroup => Some(State::Group { named: true }),
                Kind::Plain | Kind::Warning | Kind::Fault | Kind::RustPanic { .. } | Kind::GoPanic => None,
            },
            State::Group { named } => return self.group(text, named, seq),
            State::RustMessage => {
                self.take(seq);
                self.name(seq);
                self.state = State::Rust { traced: false };
                return true;
            }
            State::Rust { .. } if line.starts_with(b"stack backtrace:") => Some(State::Rust { traced: true }),
            // The last line of a panic.
            State::Rust { .. } if line.starts_with(b"note: ") => Some(State::Over),
            State::Rust { .. } => line.starts_with(b" ").then_some(self.state),
            State::Go { .. } if text.is_empty() => return self.wait(),
            State::Go { .. } if line.starts_with(b"exit status ") => Some(State::Over),
            State::Go { dumped: true } if line.starts_with(b"panic: ") => None,
            State::Go { dumped } => {
                is_go_line(line).then(|| State::Go { dumped: dumped || line.starts_with(b"goroutine ") })
            }
            State::Node { braces: true } if text.starts_with(b"}") && indent == 0 => {
                Some(State::Node { braces: false })
            }
            State::Node { braces: true } => (indent > 0).then_some(self.state),
            State::Node { braces: false } if is_node_frame(line) => Some(State::node(line)),
            State::Node { braces: false } if line.starts_with(b"Node.js v") => Some(self.state),
            State::Node { braces: false } if text.is_empty() => return self.wait(),
            State::Node { braces: false } => None,
            State::Java if text.starts_with(b"Caused by: ") || is_java_frame(line) => Some(State::Java),
            State::Java | State::Over => None,
        };
        let Some(next) = next else { return false };
        self.take(seq);
        self.state = next;
        true
    }

    /// The indented part of a traceback and the exception after it.
    fn python(&mut self, line: &[u8], base: usize, seq: u64) -> bool {
        let text = line.trim_ascii_start();
        let indent = line.len() - text.len();
        if text.is_empty() {
            return self.wait();
        }
        if indent > base {
            self.take(seq);
            return true;
        }
        if indent == base && is_python_exception(text) {
            self.take(seq);
            self.name(seq);
            self.state = State::PythonEnd { indent: base };
            return true;
        }
        false
    }

    /// The lines of a group all stand behind a bar or on a rule.
    fn group(&mut self, text: &[u8], named: bool, seq: u64) -> bool {
        if !matches!(text.first(), Some(b'|' | b'+')) || text.starts_with(b"+ Exception Group ") {
            if text.is_empty() || is_python_link(text) {
                self.state = State::PythonEnd { indent: 0 };
                return self.goes_on(text, seq);
            }
            return false;
        }
        self.take(seq);
        let inner = text.strip_prefix(b"| ").unwrap_or(b"");
        if !named && is_python_exception(inner) {
            self.name(seq);
            self.state = State::Group { named: true };
        }
        true
    }

    /// A blank line, or what stands for one: it belongs if something follows that does.
    fn wait(&mut self) -> bool {
        self.waited += 1;
        self.waited <= PATIENCE
    }

    fn take(&mut self, seq: u64) {
        if let Some(block) = &mut self.block {
            block.last = seq;
            block.lines += 1 + u64::from(std::mem::take(&mut self.waited));
        }
    }

    /// This line names the exception; of a chain the last one does.
    fn name(&mut self, seq: u64) {
        if let Some(block) = &mut self.block {
            block.head = seq;
        }
    }

    fn speaks(&mut self, language: Language, state: State) -> Option<State> {
        if let Some(block) = &mut self.block {
            block.language = language;
        }
        Some(state)
    }
}

impl State {
    /// After a frame; the last one may open the error's own fields.
    fn node(line: &[u8]) -> Self {
        Self::Node { braces: line.trim_ascii_end().ends_with(b" {") }
    }
}

#[cfg(test)]
#[path = "recogniser_tests.rs"]
mod tests;
