//! What the stack and the desktop answered: told in one line, or handed to the layer that asked.

use crate::ui::facts::Facts;
use crate::ui::model::{Attempt, Ending, Model, Toast};
use crate::ui::msg::{Answer, Request};

use super::findings;

/// Takes an answer.
pub(super) fn answered(model: &mut Model, facts: &Facts, answer: &Answer) -> Vec<Request> {
    let toast = match answer {
        Answer::Order { what, result: Ok(_) } => Some(Ok(what.clone())),
        Answer::Order { what, result: Err(error) } => {
            if model.ending == Ending::Stopping && facts.is_over() {
                model.ending = Ending::Over;
            }
            Some(Err(format!("{what}: {error}")))
        }
        Answer::Reload(Ok(report)) => Some(Ok(match report.changes.len() {
            0 => "reloaded: nothing changed".to_owned(),
            1 => "reloaded: 1 service changed".to_owned(),
            many => format!("reloaded: {many} services changed"),
        })),
        Answer::Reload(Err(error)) => Some(Err(format!("reload: {error}"))),
        Answer::Environment(_, Ok(_)) | Answer::Ports(Ok(_)) => None,
        Answer::PortOptions(_, Ok(_)) | Answer::PortCheck(_, _, _) => None,
        Answer::Environment(service, Err(error)) => Some(Err(format!("environment of {service}: {error}"))),
        Answer::Ports(Err(error)) => Some(Err(format!("ports: {error}"))),
        Answer::PortOptions(service, Err(error)) => Some(Err(format!("port of {service}: {error}"))),
        Answer::HolderEnded(port, Ok(())) => Some(Ok(format!("{port} is free now"))),
        Answer::HolderEnded(port, Err(error)) => Some(Err(format!("{port}: {error}"))),
        Answer::PortRemembered(service, port, Ok(file)) => {
            Some(Ok(format!("{service} prefers {port} from now on, written to {file}")))
        }
        Answer::PortRemembered(service, port, Err(error)) => {
            Some(Err(format!("{service} on {port}: {error}")))
        }
        Answer::Sent(service, Ok(())) => Some(Ok(format!("sent to {service}"))),
        Answer::Sent(service, Err(error)) => Some(Err(format!("{service}: {error}"))),
        Answer::Applied { service, action, result } => {
            let attempt = Attempt { service: service.clone(), action: action.clone() };
            let (toast, requests) = findings::applied(model, facts, attempt, result);
            Toast::show(&mut model.toast, toast.answering(), facts.now);
            return requests;
        }
        Answer::Renewed(service, Ok(())) => Some(Ok(format!("all is read again; {service} starts anew"))),
        Answer::Renewed(service, Err(error)) => Some(Err(format!("{service} does not start anew: {error}"))),
        Answer::Copied(Ok(what)) => Some(Ok(format!("{what} copied"))),
        Answer::Opened(Ok(what)) => Some(Ok(format!("opened {what}"))),
        Answer::Copied(Err(error)) | Answer::Opened(Err(error)) => Some(Err(error.clone())),
    };
    if let Some(toast) = toast {
        let toast = match toast {
            Ok(text) => Toast::said(text, facts.now),
            Err(text) => Toast::grave(text, facts.now),
        };
        Toast::show(&mut model.toast, toast.answering(), facts.now);
    }
    super::layers::answered(model, facts, answer)
}
