//! What the palette offers: every action, what can be done to each service, saved filters, themes.

use crate::stack::ServiceName;
use crate::ui::action::Action;
use crate::ui::keymap::{Entry, Keymap, TABLE};
use crate::ui::layers::{Change, Context, Outcome, about, names};

/// One thing that the palette can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// What a key does.
    Do(Action),
    /// The same, to a certain service.
    To(Verb, ServiceName),
    /// A saved filter, by its name.
    Filter(String),
    /// A theme, by its name.
    Theme(String),
}

/// What can be done to a service by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Logs,
    Restart,
    Stop,
    Start,
    Open,
    Port,
    Details,
}

impl Verb {
    const ALL: [Self; 7] =
        [Self::Logs, Self::Restart, Self::Stop, Self::Start, Self::Open, Self::Port, Self::Details];

    fn word(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Restart => "restart",
            Self::Stop => "stop",
            Self::Start => "start",
            Self::Open => "open",
            Self::Port => "port",
            Self::Details => "details",
        }
    }

    /// The action that does it to the selected service.
    pub(super) fn action(self) -> Action {
        match self {
            Self::Logs => Action::Zoom,
            Self::Restart => Action::Restart,
            Self::Stop => Action::Stop,
            Self::Start => Action::Start,
            Self::Open => Action::OpenUrl,
            Self::Port => Action::Reassign,
            Self::Details => Action::Details,
        }
    }
}

impl Command {
    /// All that there are: actions worth naming first, then services, filters, themes, and moving about last.
    pub(super) fn all(context: Context<'_>) -> Vec<Self> {
        let mut seen = Vec::new();
        let mut entries: Vec<&Entry> = TABLE.iter().filter(|entry| is_offered(entry)).collect();
        entries.retain(|entry| {
            let new = !seen.contains(&entry.action);
            seen.push(entry.action);
            new
        });
        let (named, moving): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| {
            let moves = entry.action == Action::NextPane;
            !moves && (!entry.hint.is_empty() || entry.keys.is_empty())
        });
        let services = context.facts.snapshot.services.iter();
        let services =
            services.flat_map(|service| Verb::ALL.map(|verb| Self::To(verb, service.name.clone())));
        let filters = context.model.settings.filters.keys().cloned().map(Self::Filter);
        let themes = names(&context.model.settings).into_iter().map(Self::Theme);
        let act = |entry: &Entry| Self::Do(entry.action);
        let mut all: Vec<Self> = named.into_iter().map(act).collect();
        all.extend(services);
        all.extend(filters);
        all.extend(themes);
        all.extend(moving.into_iter().map(act));
        all
    }

    /// Its name, and what it does where the name does not say it.
    pub(super) fn words(&self, context: Context<'_>) -> (String, String) {
        match self {
            Self::Do(action) => {
                let entry = TABLE.iter().find(|entry| entry.action == *action);
                let help = entry.map_or("", |entry| entry.help);
                (action.name().replace('-', " "), help.to_owned())
            }
            Self::To(verb, service) => (format!("{} {service}", verb.word()), String::new()),
            Self::Filter(name) => {
                let text = context.model.settings.filters.get(name).cloned().unwrap_or_default();
                (format!("filter {name}"), text)
            }
            Self::Theme(name) => (format!("theme {name}"), about(name).to_owned()),
        }
    }

    /// The live key that does it; for a service the one that does it to the selected one.
    pub(super) fn key(&self, keymap: &Keymap) -> Option<String> {
        let action = match self {
            Self::Do(action) => *action,
            Self::To(verb, _) => verb.action(),
            Self::Filter(_) | Self::Theme(_) => return None,
        };
        keymap.key_of(action).map(|key| key.to_string())
    }

    /// Does it.
    pub(super) fn outcome(&self, context: Context<'_>) -> Outcome {
        let done = Outcome::close().changing(Change::Used(self.clone()));
        match self {
            // Its only other way is the question itself.
            Self::Do(Action::StopAll) => done.changing(Change::AskToStop),
            Self::Do(action) => Outcome { action: Some(*action), ..done },
            Self::To(Verb::Details, service) => {
                Outcome { select: Some(service.clone()), ..done }.changing(Change::ShowDetails)
            }
            Self::To(verb, service) => {
                Outcome { select: Some(service.clone()), action: Some(verb.action()), ..done }
            }
            Self::Filter(name) => match context.model.settings.filters.get(name) {
                Some(text) => done.changing(Change::Filter(text.clone())),
                None => Outcome::stay(),
            },
            Self::Theme(name) => done.changing(Change::Theme((*name).to_owned())),
        }
    }
}

/// Whether it makes sense out of the palette.
fn is_offered(entry: &Entry) -> bool {
    !matches!(entry.action, Action::Palette | Action::Close)
}
