//! Actions on findings: moving among them, opening, copying, going to their line, applying what they suggest.

use crate::stack::{Mending, ServiceFinding, ServiceName};
use crate::ui::facts::Facts;
use crate::ui::layers::{Ask, Layer, Question};
use crate::ui::model::{Attempt, Model, Screen, Source, Toast};
use crate::ui::msg::{Applied, CopyWhat, Jump, Request};

use super::{act, logs, services};

/// Lights the finding so many rows on, or back.
pub(super) fn move_by(model: &mut Model, facts: &Facts, by: i64) {
    let findings = facts.findings();
    let Some(lit) = Facts::lit_finding(&findings, model) else { return };
    let by = isize::try_from(by).unwrap_or(if by < 0 { isize::MIN } else { isize::MAX });
    let to = lit.saturating_add_signed(by).min(findings.len() - 1);
    model.findings.select(to, &findings[to]);
    if to != lit {
        model.findings.folded = false;
    }
}

/// Shows the view with the first finding of the selected service lit, if it has one.
pub(super) fn show(model: &mut Model, facts: &Facts) {
    model.findings.in_events = false;
    model.findings.folded = false;
    let findings = facts.findings();
    let selected = model.table.selected.as_ref();
    if let Some(at) = findings.iter().position(|found| Some(&found.service) == selected) {
        model.findings.select(at, &findings[at]);
    }
    model.screen = Screen::Events;
}

/// Gives the focus to the events, or back to the findings; false if there are none to give it to.
pub(super) fn other_part(model: &mut Model, facts: &Facts) -> bool {
    if model.screen != Screen::Events || facts.findings().is_empty() {
        return false;
    }
    model.findings.in_events = !model.findings.in_events;
    true
}

pub(super) fn fold(model: &mut Model) -> Vec<Request> {
    model.findings.folded = !model.findings.folded;
    Vec::new()
}

pub(super) fn copy(model: &Model, facts: &Facts) -> Vec<Request> {
    let found = facts.finding_at_hand(model).into_iter();
    found.map(|found| Request::Copy(CopyWhat::Text(found.to_string()))).collect()
}

/// Goes to the line of the log that shows it; to the next one of it if the cursor is on one already.
pub(super) fn show_line(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(found) = facts.finding_at_hand(model) else { return nothing_wrong(model, facts) };
    let lines = &found.finding.lines;
    let after = model.logs.place.cursor.and_then(|at| lines.iter().position(|line| *line == at));
    let next = after.map_or(0, |at| (at + 1) % lines.len());
    let Some(&line) = lines.get(next) else {
        let text = format!("no line of the log shows it: {}", found.finding.title);
        model.toast = Some(Toast::said(text, facts.now));
        return Vec::new();
    };
    // Whatever would hide it goes out of the way, and u brings it back.
    act::remember(model);
    model.screen = Screen::Main;
    let shown = match &model.logs.source {
        Source::All => true,
        Source::Marked => model.logs.marked.contains(&found.service),
        Source::One(service) => *service == found.service,
    };
    if !shown {
        model.logs.show(Source::All);
    }
    model.logs.looking = None;
    model.logs.level = None;
    if model.logs.cleared > line {
        model.logs.cleared = 0;
    }
    vec![logs::look(model), Request::Jump(Jump::To(line))]
}

/// Asks whether to do what the finding suggests; what only shows something is shown at once.
pub(super) fn apply(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(ServiceFinding { service, finding }) = facts.finding_at_hand(model) else {
        return nothing_wrong(model, facts);
    };
    let refused = match (&finding.action, &model.findings.applying) {
        (None, _) => {
            let remedy = finding.remedy.as_deref().unwrap_or("it is for you to decide");
            format!("no command does it: {remedy}")
        }
        (Some(action), _) if Mending::of(action) == Mending::Shows => return look(model, facts, action),
        (Some(_), Some(Attempt { action, .. })) => format!("{action} is not done yet"),
        (Some(_), None) if facts.is_over() => "the stack has ended".to_owned(),
        (Some(action), None) => {
            let question = Question::Apply { service, action: action.clone() };
            model.layers.push(Layer::Ask(Ask { question }));
            return Vec::new();
        }
    };
    model.toast = Some(Toast::grave(refused, facts.now));
    Vec::new()
}

/// Does it, now that the user has agreed.
pub(super) fn agreed(model: &mut Model, facts: &Facts, service: ServiceName, action: String) -> Vec<Request> {
    model.toast = Some(Toast::said(format!("applies {action}"), facts.now).answering());
    model.findings.applying = Some(Attempt { service: service.clone(), action: action.clone() });
    model.findings.failed = None;
    vec![Request::Apply { service, action }]
}

/// Tells how it came out. What was altered is read again, and a service that did not run because of it starts anew.
pub(super) fn applied(
    model: &mut Model,
    facts: &Facts,
    attempt: Attempt,
    result: &Result<Applied, String>,
) -> (Toast, Vec<Request>) {
    model.findings.applying = None;
    let Attempt { service, action } = &attempt;
    let said = match result {
        Ok(applied) if applied.success => {
            let state = facts.snapshot.service(service);
            let anew = state.is_some_and(|service| service.has_to_start_anew());
            if Mending::of(action) == Mending::Alters {
                let (then, request) = if anew {
                    (format!("{service} is read again and starts anew"), Request::Renew(service.clone()))
                } else {
                    ("everything is read again".to_owned(), Request::Reload)
                };
                return (Toast::said(format!("{action} is done; {then}"), facts.now), vec![request]);
            }
            let text = first_line(&applied.output).map_or_else(|| format!("{action}: done"), str::to_owned);
            return (Toast::said(text, facts.now), Vec::new());
        }
        Ok(applied) => applied.output.clone(),
        Err(error) => error.clone(),
    };
    let text = match telling_line(&said) {
        Some(line) => format!("{action}: {line}"),
        None => format!("{action} failed and said nothing"),
    };
    model.findings.failed = Some((attempt, said));
    (Toast::grave(text, facts.now), Vec::new())
}

fn first_line(said: &str) -> Option<&str> {
    said.lines().map(str::trim).find(|line| !line.is_empty())
}

/// The line that says what went wrong, which is often not the first.
fn telling_line(said: &str) -> Option<&str> {
    let mut lines = said.lines().map(str::trim);
    let begins = |line: &str| line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("error"));
    lines.find(|line| begins(line)).or_else(|| first_line(said))
}

/// Shows here what the command would print.
fn look(model: &mut Model, facts: &Facts, action: &str) -> Vec<Request> {
    let mut words = action.split_whitespace().skip(1);
    let verb = words.next().unwrap_or_default();
    let service = words.filter_map(|word| ServiceName::new(word).ok());
    let service = service.into_iter().find(|name| facts.snapshot.service(name).is_some());
    match (verb, service) {
        ("ports", _) => {
            model.screen = Screen::Ports;
            vec![Request::Ports]
        }
        ("logs", Some(service)) => {
            model.screen = Screen::Main;
            services::select(model, service);
            services::zoom(model)
        }
        ("env", Some(service)) => {
            model.screen = Screen::Environment;
            services::select(model, service);
            services::environment(model)
        }
        ("why", Some(service)) => {
            let known = !facts.snapshot.findings_of(&service).is_empty();
            services::select(model, service);
            if known {
                show(model, facts);
            } else {
                model.screen = Screen::Main;
                model.details = Some(true);
            }
            Vec::new()
        }
        (_, _) => {
            model.toast = Some(Toast::said(format!("in a shell: {action}"), facts.now));
            Vec::new()
        }
    }
}

fn nothing_wrong(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let text = match &model.table.selected {
        Some(service) => format!("nothing is wrong with {service}"),
        None => "nothing is wrong".to_owned(),
    };
    model.toast = Some(Toast::said(text, facts.now));
    Vec::new()
}
