//! What was used a moment ago, to be offered first. Kept while the console is open, never written down: lines may hold
//! what nobody should read.

use std::collections::BTreeMap;

use crate::stack::ServiceName;
use crate::ui::layers::Command;

/// Commands that are kept.
const COMMANDS: usize = 8;
/// Lines that are kept of each service.
const LINES: usize = 50;

/// What was used, the latest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent {
    /// Commands of the palette.
    pub(crate) commands: Vec<Command>,
    /// Lines that were sent to each service.
    pub(crate) lines: BTreeMap<ServiceName, Vec<String>>,
}

impl Recent {
    /// A command was used.
    pub(crate) fn used(&mut self, command: Command) {
        put_first(&mut self.commands, command, COMMANDS);
    }

    /// A line was sent.
    pub(crate) fn sent(&mut self, service: ServiceName, line: String) {
        put_first(self.lines.entry(service).or_default(), line, LINES);
    }
}

fn put_first<T: PartialEq>(kept: &mut Vec<T>, item: T, most: usize) {
    kept.retain(|other| *other != item);
    kept.insert(0, item);
    kept.truncate(most);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_comes_first_and_only_once() {
        let mut recent = Recent::default();
        let service = ServiceName::new("web").unwrap();
        for line in ["a", "b", "a"] {
            recent.sent(service.clone(), line.to_owned());
        }
        assert_eq!(recent.lines[&service], ["a", "b"]);
        for n in 0..100 {
            recent.sent(service.clone(), n.to_string());
        }
        assert_eq!(recent.lines[&service].len(), LINES);
    }
}
