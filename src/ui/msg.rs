//! What the console is told, and what it asks for in return: the two borders of `update`.

use std::sync::Arc;

use crossterm::event::MouseEvent;
use ratatui::layout::Size;

use crate::handle::{CommandRequest, Entry, ReloadReport};
use crate::logs::{Level, Reach};
use crate::stack::{Accepted, EnvReport, Port, PortCheck, PortOptions, PortsReport, ServiceName};

pub(crate) use super::console::Applied;
use super::keys::Key;
use super::model::{Column, Looking, Span, Spot};

/// Something that happened to the console. Facts of the stack come beside it, in `Facts`.
#[derive(Clone, Debug)]
pub(crate) enum Msg {
    Key(Key),
    /// The mouse did something, over what the latest frame showed there.
    Mouse {
        event: MouseEvent,
        under: Under,
        near: Option<Spot>,
    },
    /// Text that was pasted.
    Paste(String),
    Resize(Size),
    /// The window came into focus, or lost it.
    Focused(bool),
    /// The stack said something, after the console opened.
    Event(Arc<Entry>),
    /// What a step, a jump or a search came to: the line, if there is one.
    Landed(Landing),
    /// The stack's answer to a request.
    Answered(Answer),
    /// Facts are newer, or time has passed.
    Tick,
}

/// What a line was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Jump {
    /// This many entries on, or back.
    Step(i64),
    /// The pane this many entries on, or back; the cursor stays.
    Scroll(i64),
    First,
    /// This line, if it is still there and in view.
    To(u64),
    /// The next or previous error.
    Fault {
        forward: bool,
    },
    /// The next or previous match.
    Hit {
        forward: bool,
    },
}

/// What is at a place on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Under {
    /// A service's row, and the column of it.
    Service {
        name: ServiceName,
        column: Option<Column>,
    },
    /// The title of a column.
    Title(Column),
    /// The rule between table and logs.
    Rule,
    /// The text of a line, and the URL there.
    Text {
        spot: Spot,
        url: Option<String>,
    },
    Nothing,
}

/// Where a jump came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Landing {
    pub(crate) jump: Jump,
    /// The line, or why there is none to go to.
    pub(crate) reach: Reach,
    /// The entry a third of the pane above it, to show it with what came before.
    pub(crate) top: Option<u64>,
    /// Where lines wrap: the first row that the pane is to show, as the line and the rows of it that are above.
    pub(crate) pane: Option<(u64, usize)>,
    /// Whether nothing comes after it.
    pub(crate) last: bool,
}

/// An answer of the stack, or of the desktop.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// An order was taken on; `what` says it in words: "restart api".
    Order {
        what: String,
        result: Result<Accepted, String>,
    },
    Reload(Result<ReloadReport, String>),
    Environment(ServiceName, Result<EnvReport, String>),
    Ports(Result<PortsReport, String>),
    PortOptions(ServiceName, Result<PortOptions, String>),
    PortCheck(ServiceName, Port, Result<PortCheck, String>),
    HolderEnded(Port, Result<(), String>),
    /// A port was written down as the preferred one.
    PortRemembered(ServiceName, Port, Result<String, String>),
    /// A line was sent to a service.
    Sent(ServiceName, Result<(), String>),
    /// Something was copied, said in words: "12 lines".
    Copied(Result<String, String>),
    Opened(Result<String, String>),
    /// The action of a finding of this service was done, or could not be.
    Applied {
        service: ServiceName,
        action: String,
        result: Result<Applied, String>,
    },
    /// What was mended counts now: all was read again, and the service starts anew.
    Renewed(ServiceName, Result<(), String>),
}

/// Something that the loop is to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// An order to the stack; `what` says it in words.
    Order {
        what: String,
        order: CommandRequest,
    },
    Reload,
    /// The environment of a service; with secrets shown or masked.
    Environment {
        service: ServiceName,
        reveal: bool,
    },
    Ports,
    PortOptions(ServiceName),
    CheckPort(ServiceName, Port),
    EndHolder {
        port: Port,
        pid: u32,
        force: bool,
    },
    RememberPort(ServiceName, Port),
    /// Read everything again, then start the service anew.
    Renew(ServiceName),
    Send {
        service: ServiceName,
        bytes: Vec<u8>,
    },
    /// Show what a terminal service prints, in this many columns and rows; none: stop showing it.
    WatchTerminal(Option<(ServiceName, Size)>),
    /// Look for a line, from the cursor or the bottom of the pane on.
    Jump(Jump),
    /// Filter the log by this, or find it; all lines when neither a query nor a level is given.
    Look {
        looking: Option<Looking>,
        level: Option<Level>,
    },
    Copy(CopyWhat),
    Open(String),
    /// Do what the action of a finding of this service says. The user has agreed.
    Apply {
        service: ServiceName,
        action: String,
    },
    Pager,
    /// Leave the full screen and print plain lines until a key is pressed.
    Scrollback,
    Repaint,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    Theme(String),
    /// Write down what is kept from console to console.
    Remember,
}

/// What is to be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CopyWhat {
    Text(String),
    /// One line of the log, or the folded block that it stands for.
    Line(u64),
    /// The whole block that a line belongs to.
    Block(u64),
    Span(Span),
}
