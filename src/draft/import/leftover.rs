//! What of an imported file is not in the draft as it was, and why.

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing in Portolan does that.
    Lost,
    /// Something in Portolan does nearly that.
    Approximated,
    /// The other tool still does it, since Portolan calls that tool.
    Kept,
}

/// A key that has no equivalent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Where it stands, as a path of keys: `processes.api.log_location`.
    pub key: String,
    /// Its line, counted from 1.
    pub line: u32,
    /// What became of it.
    pub fate: Fate,
    /// Why, and what to do instead.
    pub why: String,
}

/// The list while it grows.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    list: Vec<Leftover>,
}

impl Leftovers {
    pub(super) fn lost(&mut self, key: impl Into<String>, line: u32, why: impl Into<String>) {
        self.push(Fate::Lost, key.into(), line, why.into());
    }

    pub(super) fn nearly(&mut self, key: impl Into<String>, line: u32, why: impl Into<String>) {
        self.push(Fate::Approximated, key.into(), line, why.into());
    }

    pub(super) fn kept(&mut self, key: impl Into<String>, line: u32, why: impl Into<String>) {
        self.push(Fate::Kept, key.into(), line, why.into());
    }

    fn push(&mut self, fate: Fate, key: String, line: u32, why: String) {
        let key = key.chars().filter(|c| !c.is_control()).take(200).collect();
        let leftover = Leftover { key, line, fate, why };
        if !self.list.contains(&leftover) {
            self.list.push(leftover);
        }
    }

    /// By line.
    pub(super) fn into_list(mut self) -> Vec<Leftover> {
        self.list.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.list
    }
}
