//! Ending whoever holds a port, asked twice. What belongs to another stack is better stopped there.

use crossterm::event::KeyCode;

use crate::handle::CommandRequest;
use crate::stack::{Port, PortHolder, ServiceName};
use crate::ui::keys::Key;
use crate::ui::msg::{Answer, Request};

use super::layer::leaves;
use super::{Consent, Outcome};

/// Who holds the port that a service would like, and the way to end it.
#[derive(Debug)]
pub(crate) struct HolderDialog {
    pub(crate) service: ServiceName,
    pub(crate) port: Port,
    pub(crate) holder: PortHolder,
    pub(crate) step: HolderStep,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HolderStep {
    /// The holder cannot be seen by this user, let alone be ended.
    Unknown,
    /// The holder is of a stack that has a command for it; `f` ends it all the same.
    OfStack { stack: String, pid: u32 },
    /// The end of this process is asked for; of a stack's by force.
    Asking { pid: u32, force: bool, consent: Consent },
    /// It was told to end.
    Ending { pid: u32 },
    /// The port is free; `y` gives it to the service.
    Ended,
    /// It could not be ended.
    Failed(String),
}

impl HolderDialog {
    pub(super) fn new(service: ServiceName, port: Port, holder: PortHolder) -> Self {
        let step = match (holder.pid, &holder.stack) {
            (None, _) => HolderStep::Unknown,
            (Some(pid), Some(stack)) => HolderStep::OfStack { stack: stack.clone(), pid },
            (Some(pid), None) => HolderStep::Asking { pid, force: false, consent: Consent::Asked },
        };
        Self { service, port, holder, step }
    }

    /// The command that stops a holder of another stack as that stack would.
    pub(crate) fn command(&self) -> Option<String> {
        let stack = self.holder.stack.as_ref()?;
        Some(match &self.holder.service {
            Some(service) => format!("portolan --stack {stack} stop {service}"),
            None => format!("portolan --stack {stack} down"),
        })
    }

    pub(super) fn key(&mut self, key: Key) -> Outcome {
        if leaves(key) {
            return Outcome::close();
        }
        match self.step.clone() {
            HolderStep::Unknown | HolderStep::Failed(_) if key == Key::code(KeyCode::Enter) => {
                Outcome::close()
            }
            HolderStep::Unknown | HolderStep::Failed(_) | HolderStep::Ending { .. } => Outcome::stay(),
            HolderStep::OfStack { pid, .. } if key == Key::char('f') => {
                self.step = HolderStep::Asking { pid, force: true, consent: Consent::AskedAgain };
                Outcome::stay()
            }
            HolderStep::OfStack { .. } => Outcome::close(),
            HolderStep::Asking { pid, force, consent } => match consent.key(key) {
                None => Outcome::close(),
                Some(Consent::Given) => {
                    self.step = HolderStep::Ending { pid };
                    Outcome::stay().and(Request::EndHolder { port: self.port, pid, force })
                }
                Some(consent @ (Consent::Asked | Consent::AskedAgain)) => {
                    self.step = HolderStep::Asking { pid, force, consent };
                    Outcome::stay()
                }
            },
            HolderStep::Ended if key == Key::char('y') => {
                let order = CommandRequest::Reassign { service: self.service.clone(), to: Some(self.port) };
                let what = format!("move {} to {}", self.service, self.port);
                Outcome::close().and(Request::Order { what, order })
            }
            HolderStep::Ended => Outcome::close(),
        }
    }

    pub(super) fn answer(&mut self, answer: &Answer) -> Outcome {
        if let (Answer::HolderEnded(port, result), HolderStep::Ending { .. }) = (answer, &self.step)
            && *port == self.port
        {
            self.step = match result {
                Ok(()) => HolderStep::Ended,
                Err(error) => HolderStep::Failed(error.clone()),
            };
        }
        Outcome::stay()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples::name;

    fn dialog(stack: Option<&str>) -> HolderDialog {
        let holder = PortHolder {
            pid: Some(811),
            command: Some("node".to_owned()),
            stack: stack.map(str::to_owned),
            ..PortHolder::default()
        };
        HolderDialog::new(name("web"), Port::new(5173).unwrap(), holder)
    }

    fn press(dialog: &mut HolderDialog, keys: &str) -> (Vec<Request>, bool) {
        let mut requests = Vec::new();
        for key in keys.split_whitespace() {
            let outcome = dialog.key(key.parse().unwrap());
            requests.extend(outcome.requests);
            if outcome.close {
                return (requests, true);
            }
        }
        (requests, false)
    }

    #[test]
    fn only_a_second_yes_ends_the_holder() {
        let end = |force| Request::EndHolder { port: Port::new(5173).unwrap(), pid: 811, force };
        for (stack, keys, requests, closed) in [
            (None, "y y", vec![end(false)], false),
            (None, "y n", vec![], true),
            (None, "Enter", vec![], true),
            (None, "y Enter", vec![], true),
            (None, "Esc", vec![], true),
            (None, "y y y y", vec![end(false)], false),
            (Some("notes"), "y", vec![], true),
            (Some("notes"), "f f", vec![], true),
            (Some("notes"), "f y", vec![end(true)], false),
        ] {
            assert_eq!(press(&mut dialog(stack), keys), (requests, closed), "{keys}");
        }
    }

    #[test]
    fn the_freed_port_is_offered_to_the_service_and_a_failure_is_told() {
        let port = Port::new(5173).unwrap();
        let mut freed = dialog(None);
        press(&mut freed, "y y");
        freed.answer(&Answer::HolderEnded(Port::new(1).unwrap(), Ok(())));
        assert_eq!(
            freed.step,
            HolderStep::Ending { pid: 811 },
            "another port's answer is not for this dialog"
        );
        freed.answer(&Answer::HolderEnded(port, Ok(())));
        let (requests, closed) = press(&mut freed, "y");
        let order = CommandRequest::Reassign { service: name("web"), to: Some(port) };
        assert_eq!(requests, [Request::Order { what: "move web to 5173".to_owned(), order }]);
        assert!(closed);

        let mut failed = dialog(None);
        press(&mut failed, "y y");
        failed.answer(&Answer::HolderEnded(port, Err("not permitted".to_owned())));
        assert_eq!(failed.step, HolderStep::Failed("not permitted".to_owned()));
        assert_eq!(press(&mut failed, "y y Enter"), (vec![], true));
    }
}
