//! The dialog: choosing, looking once more whether the port is free, and only then the order.

use crossterm::event::KeyCode;
use tui_input::Input;

use crate::handle::CommandRequest;
use crate::stack::{Port, PortCheck, PortOptions, PortVerdict, ServiceName};
use crate::ui::field::{edit, insert};
use crate::ui::keys::Key;
use crate::ui::layers::layer::leaves;
use crate::ui::layers::{Consent, Outcome};
use crate::ui::msg::{Answer, Request};

use super::choice::{Choice, choices};

/// The digits of the highest port.
const DIGITS: usize = 5;

/// The choice of a port for one service.
#[derive(Debug)]
pub(crate) struct PortDialog {
    pub(crate) service: ServiceName,
    pub(crate) step: PortStep,
    /// What there is to choose from; none until the stack has answered.
    pub(crate) options: Option<PortOptions>,
    pub(crate) at: usize,
    /// The port that is typed.
    pub(crate) input: Input,
    /// What is known of the port that is typed.
    pub(crate) check: Option<(Port, Result<PortCheck, String>)>,
    /// Why the last choice was not taken.
    pub(crate) notice: Option<String>,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortStep {
    /// Something is to be chosen.
    Choosing,
    /// This port was chosen; whether it is free is looked at once more.
    Checking { port: Port, always: bool },
    /// The holder of the preferred port is to be ended.
    Asking { port: Port, pid: u32, consent: Consent },
    /// It was told to end.
    Ending { port: Port, pid: u32 },
}

impl PortDialog {
    pub(in crate::ui::layers) fn new(service: ServiceName) -> Self {
        Self {
            service,
            step: PortStep::Choosing,
            options: None,
            at: 0,
            input: Input::default(),
            check: None,
            notice: None,
        }
    }

    /// The choices, in the order of their numbers. A port can be typed even if nothing else is known.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        self.options.as_ref().map_or_else(|| vec![Choice::Own], choices)
    }

    /// The chosen one.
    pub(crate) fn chosen(&self) -> Choice {
        self.choices().get(self.at).copied().unwrap_or(Choice::Own)
    }

    /// The port that is typed, if it is one.
    pub(crate) fn typed(&self) -> Option<Port> {
        self.input.value().parse().ok()
    }

    pub(in crate::ui::layers) fn key(&mut self, key: Key) -> Outcome {
        match self.step {
            PortStep::Choosing if leaves(key) => Outcome::close(),
            PortStep::Choosing => self.choose(key),
            PortStep::Checking { .. } if leaves(key) => {
                self.step = PortStep::Choosing;
                Outcome::stay()
            }
            // The order was given to end it: closing only looks away.
            PortStep::Ending { .. } if leaves(key) => Outcome::close(),
            PortStep::Checking { .. } | PortStep::Ending { .. } => Outcome::stay(),
            PortStep::Asking { port, pid, consent } => {
                let Some(consent) = consent.key(key) else {
                    self.step = PortStep::Choosing;
                    return Outcome::stay();
                };
                if consent == Consent::Given {
                    self.step = PortStep::Ending { port, pid };
                    return Outcome::stay().and(Request::EndHolder { port, pid, force: false });
                }
                self.step = PortStep::Asking { port, pid, consent };
                Outcome::stay()
            }
        }
    }

    pub(in crate::ui::layers) fn paste(&mut self, text: &str) -> Outcome {
        if self.step != PortStep::Choosing || self.chosen() != Choice::Own {
            return Outcome::stay();
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let room = DIGITS.saturating_sub(self.input.value().len());
        insert(&mut self.input, &digits[..digits.len().min(room)]);
        self.look()
    }

    pub(in crate::ui::layers) fn answer(&mut self, answer: &Answer) -> Outcome {
        match (answer, self.step) {
            (Answer::PortOptions(service, result), _) if *service == self.service => {
                match result {
                    Ok(options) => self.options = Some(options.clone()),
                    Err(error) => self.notice = Some(error.clone()),
                }
                // A port that is being typed stays the choice.
                let own = self.choices().iter().position(|choice| *choice == Choice::Own);
                let typing = !self.input.value().is_empty();
                self.at = own.filter(|_| typing).unwrap_or(0);
                Outcome::stay()
            }
            (Answer::PortCheck(service, port, result), step) if *service == self.service => {
                if self.typed() == Some(*port) {
                    self.check = Some((*port, result.clone()));
                }
                match step {
                    PortStep::Checking { port: wanted, always } if wanted == *port => {
                        self.checked(*port, always, result)
                    }
                    PortStep::Choosing
                    | PortStep::Checking { .. }
                    | PortStep::Asking { .. }
                    | PortStep::Ending { .. } => Outcome::stay(),
                }
            }
            (Answer::HolderEnded(ended, result), PortStep::Ending { port, .. }) if *ended == port => {
                match result {
                    Ok(()) => Outcome::close().and(self.order(port)),
                    Err(error) => {
                        self.refuse(error.clone());
                        Outcome::stay()
                    }
                }
            }
            (_, _) => Outcome::stay(),
        }
    }

    fn choose(&mut self, key: Key) -> Outcome {
        let last = self.choices().len().saturating_sub(1);
        let own = self.chosen() == Choice::Own;
        let number = key.typed().and_then(|c| c.to_digit(10)).map(|digit| digit as usize);
        match (key.event().code, key.typed()) {
            (KeyCode::Enter, _) => return self.act(false),
            (_, Some('a')) => return self.act(true),
            (KeyCode::Down | KeyCode::Tab, _) | (_, Some('j')) => self.at = (self.at + 1).min(last),
            (KeyCode::Up | KeyCode::BackTab, _) | (_, Some('k')) => self.at = self.at.saturating_sub(1),
            (_, Some(_)) if own => return self.type_digit(key, number.is_some()),
            (_, Some(_)) => {
                let picked = number.and_then(|number| number.checked_sub(1)).filter(|at| *at <= last);
                self.at = picked.unwrap_or(self.at);
            }
            (_, None) if own => {
                edit(&mut self.input, key);
                return self.look();
            }
            (_, None) => {}
        }
        self.notice = None;
        Outcome::stay()
    }

    fn type_digit(&mut self, key: Key, digit: bool) -> Outcome {
        if !digit || self.input.value().len() >= DIGITS {
            return Outcome::stay();
        }
        edit(&mut self.input, key);
        self.look()
    }

    /// Has what is typed looked at, if it is a port and has changed.
    fn look(&mut self) -> Outcome {
        self.notice = None;
        let known = self.check.as_ref().map(|(port, _)| *port);
        match self.typed() {
            Some(port) if known == Some(port) => Outcome::stay(),
            Some(port) => {
                self.check = None;
                Outcome::stay().and(Request::CheckPort(self.service.clone(), port))
            }
            None => {
                self.check = None;
                Outcome::stay()
            }
        }
    }

    /// Takes the chosen one; `always` writes it down too.
    fn act(&mut self, always: bool) -> Outcome {
        self.notice = None;
        match self.chosen() {
            Choice::Preferred(port) => self.recheck(port, false),
            Choice::ThisTime(port) => self.recheck(port, always),
            Choice::Always(port) if self.has(port) => {
                Outcome::close().and(Request::RememberPort(self.service.clone(), port))
            }
            Choice::Always(port) => self.recheck(port, true),
            Choice::Own => match self.typed() {
                Some(port) => self.recheck(port, always),
                None => {
                    self.refuse("a port is a number from 1 to 65535".to_owned());
                    Outcome::stay()
                }
            },
            // The choice asks, and the dialog asks again.
            Choice::EndHolder { port, pid } => {
                self.step = PortStep::Asking { port, pid, consent: Consent::AskedAgain };
                Outcome::stay()
            }
        }
    }

    fn has(&self, port: Port) -> bool {
        self.options.as_ref().is_some_and(|options| options.current == Some(port))
    }

    /// What was free when the dialog opened may not be any more.
    fn recheck(&mut self, port: Port, always: bool) -> Outcome {
        self.step = PortStep::Checking { port, always };
        Outcome::stay().and(Request::CheckPort(self.service.clone(), port))
    }

    fn checked(&mut self, port: Port, always: bool, result: &Result<PortCheck, String>) -> Outcome {
        let refusal = match result {
            Ok(check) => match &check.verdict {
                PortVerdict::Free => {
                    let remember = always.then(|| Request::RememberPort(self.service.clone(), port));
                    let mut outcome = Outcome::close();
                    outcome.requests.extend(remember);
                    return outcome.and(self.order(port));
                }
                PortVerdict::Current if always => {
                    return Outcome::close().and(Request::RememberPort(self.service.clone(), port));
                }
                PortVerdict::Current => format!("{} has {port} already", self.service),
                PortVerdict::Held { by } => format!("{port} is held by {by}"),
                PortVerdict::Privileged => format!("the system does not let you have {port}"),
            },
            Err(error) => error.clone(),
        };
        self.refuse(refusal);
        Outcome::stay()
    }

    fn refuse(&mut self, why: String) {
        self.step = PortStep::Choosing;
        self.notice = Some(why);
    }

    fn order(&self, port: Port) -> Request {
        let order = CommandRequest::Reassign { service: self.service.clone(), to: Some(port) };
        Request::Order { what: format!("move {} to {port}", self.service), order }
    }
}

#[cfg(test)]
mod tests;
