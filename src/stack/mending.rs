//! What the action of a finding comes to: whether it mends anything, and what has to follow so that it counts.

use super::{Finding, ServiceSnapshot, State};

/// What a finding's action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mending {
    /// It only shows something: to look there is the remedy.
    Shows,
    /// It tells the running stack what to do; nothing is left to be done after it.
    Orders,
    /// It changes files or what is installed: whatever was started before has not seen that.
    Alters,
}

/// Verbs that change nothing.
const SHOWING: [&str; 8] = ["why", "logs", "env", "ports", "ps", "open", "check", "graph"];

impl Mending {
    /// What an action does, by the verb that follows `portolan`.
    pub fn of(action: &str) -> Self {
        let mut words = action.split_whitespace().skip(1);
        match words.next() {
            Some("doctor") if words.any(|word| word == "--fix") => Self::Alters,
            Some("run" | "init") => Self::Alters,
            Some("doctor") | None => Self::Shows,
            Some(verb) if SHOWING.contains(&verb) => Self::Shows,
            Some(_) => Self::Orders,
        }
    }
}

impl Finding {
    /// Its action, if that does more than to show something.
    pub fn mending_action(&self) -> Option<&str> {
        self.action.as_deref().filter(|action| Mending::of(action) != Mending::Shows)
    }
}

impl ServiceSnapshot {
    /// Whether a service that is in this state has to be started anew once what kept it from running is mended.
    pub fn has_to_start_anew(&self) -> bool {
        match self.state {
            State::Preparing | State::Starting | State::Unhealthy | State::Backoff | State::Failed => true,
            // It is up, or will start by itself, or nobody wants it.
            State::Running | State::Healthy | State::Waiting | State::Stopping => false,
            State::Disabled | State::Stopped | State::Completed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_known_by_its_verb() {
        for (action, mending) in [
            ("portolan restart api", Mending::Orders),
            ("portolan reassign api --to 8001", Mending::Orders),
            ("portolan reload", Mending::Orders),
            ("portolan doctor --fix env-crlf api", Mending::Alters),
            ("portolan doctor", Mending::Shows),
            ("portolan run api -- python -m pip install flask", Mending::Alters),
            ("portolan why search", Mending::Shows),
            ("portolan logs --fix", Mending::Shows),
            ("portolan", Mending::Shows),
            ("", Mending::Shows),
        ] {
            assert_eq!(Mending::of(action), mending, "{action}");
            let finding = Finding::new("x", "y").mended_by("z", Some(action.to_owned()));
            assert_eq!(finding.mending_action().is_some(), mending != Mending::Shows, "{action}");
        }
        assert_eq!(Finding::new("x", "y").mending_action(), None);
    }
}
