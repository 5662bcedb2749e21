//! What a person can choose from, from what is known of the ports.

use crate::stack::{Port, PortOptions};

/// Free ports that are offered: more would be noise, any other can be typed.
const FREE: usize = 3;

/// One thing to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The preferred port, which is free again.
    Preferred(Port),
    /// Another free port, until the stack is down.
    ThisTime(Port),
    /// This port from now on, written to portolan.local.toml.
    Always(Port),
    /// One that is typed.
    Own,
    /// The preferred port, once its holder was ended.
    EndHolder { port: Port, pid: u32 },
}

/// The choices, in the order in which they are numbered.
pub(super) fn choices(options: &PortOptions) -> Vec<Choice> {
    let mut choices = Vec::new();
    let preferred = options.preferred.as_ref().filter(|preferred| Some(preferred.port) != options.current);
    if let Some(preferred) = preferred
        && preferred.held_by.is_none()
    {
        choices.push(Choice::Preferred(preferred.port));
    }
    let taken = preferred.map(|preferred| preferred.port);
    let free: Vec<Port> = options.free.iter().copied().filter(|port| Some(*port) != taken).collect();
    choices.extend(free.iter().take(FREE).copied().map(Choice::ThisTime));
    // A service that was moved may keep the port that it was moved to.
    let moved = options.current.filter(|_| preferred.is_some());
    choices.extend(moved.or(free.first().copied()).map(Choice::Always));
    choices.push(Choice::Own);
    if let Some(preferred) = preferred
        && let Some(holder) = &preferred.held_by
        && let (Some(pid), None) = (holder.pid, &holder.stack)
    {
        choices.push(Choice::EndHolder { port: preferred.port, pid });
    }
    choices
}
