//! The palette itself: what is typed, what it finds, which one is chosen.
//!
//! What was found is kept as it is shown, so that Enter does what was seen, whatever the stack does meanwhile.

use crossterm::event::KeyCode;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

use crate::ui::field::{edit, insert};
use crate::ui::keys::Key;
use crate::ui::layers::layer::leaves;
use crate::ui::layers::{Context, Outcome};

use super::Command;

/// What a match in the name is worth above one that needs the description.
const NAMED: u32 = 10_000;
/// What a command that was used before is worth above the others that fit.
const RECENT: u32 = 20;
/// How far the page keys go.
const PAGE: usize = 10;

/// The palette.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) input: Input,
    /// What fits, best first.
    pub(crate) found: Vec<Found>,
    pub(crate) at: usize,
}

/// A command that fits what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) command: Command,
    pub(crate) name: String,
    /// What it does, where the name does not say it.
    pub(crate) about: String,
    /// Its live key.
    pub(crate) key: Option<String>,
    /// The clusters of `name`, a space and `about` that were typed, in order.
    pub(crate) lit: Vec<u32>,
}

impl Palette {
    pub(in crate::ui::layers) fn new(context: Context<'_>) -> Self {
        Self { input: Input::default(), found: find("", context), at: 0 }
    }

    pub(in crate::ui::layers) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        if leaves(key) {
            return Outcome::close();
        }
        let last = self.found.len().saturating_sub(1);
        let to = match key.event().code {
            KeyCode::Enter => return self.enter(context),
            KeyCode::Down | KeyCode::Tab => self.at + 1,
            KeyCode::Up | KeyCode::BackTab => self.at.saturating_sub(1),
            KeyCode::PageDown => self.at + PAGE,
            KeyCode::PageUp => self.at.saturating_sub(PAGE),
            _ => {
                edit(&mut self.input, key);
                self.search(context);
                return Outcome::stay();
            }
        };
        self.at = to.min(last);
        Outcome::stay()
    }

    pub(in crate::ui::layers) fn paste(&mut self, text: &str, context: Context<'_>) -> Outcome {
        insert(&mut self.input, text);
        self.search(context);
        Outcome::stay()
    }

    fn search(&mut self, context: Context<'_>) {
        self.found = find(self.input.value(), context);
        self.at = 0;
    }

    fn enter(&self, context: Context<'_>) -> Outcome {
        let chosen = self.found.get(self.at).filter(|found| found.command.obstacle(context).is_none());
        chosen.map_or_else(Outcome::stay, |found| found.command.outcome(context))
    }
}

/// The commands that fit `text`; all of them if there is none, those used lately first.
fn find(text: &str, context: Context<'_>) -> Vec<Found> {
    let recent = &context.model.recent.commands;
    let place = |command: &Command| recent.iter().position(|used| used == command);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut scored = Vec::new();
    for command in Command::all(context) {
        let (name, about) = command.words(context);
        let Some((score, lit)) = score(&pattern, &mut matcher, &name, &about) else { continue };
        let rank = match (text.trim().is_empty(), place(&command)) {
            (true, at) => at.map_or(0, |at| u32::try_from(recent.len() - at).unwrap_or(0)),
            (false, at) => score + at.map_or(0, |_| RECENT),
        };
        let key = command.key(&context.model.keymap);
        scored.push((rank, Found { command, name, about, key, lit }));
    }
    // Stable: what is equally good stays in the order of the table.
    scored.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    scored.into_iter().map(|(_, found)| found).collect()
}

/// How well a command fits, and by which clusters.
fn score(pattern: &Pattern, matcher: &mut Matcher, name: &str, about: &str) -> Option<(u32, Vec<u32>)> {
    let mut lit = Vec::new();
    let mut within = |text: &str, lit: &mut Vec<u32>| {
        let mut buffer = Vec::new();
        pattern.indices(Utf32Str::new(text, &mut buffer), matcher, lit)
    };
    let score = match within(name, &mut lit) {
        Some(score) => score.saturating_add(NAMED),
        None => {
            lit.clear();
            within(&format!("{name} {about}"), &mut lit)?
        }
    };
    lit.sort_unstable();
    lit.dedup();
    Some((score, lit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::action::Action;
    use crate::ui::facts::Facts;
    use crate::ui::layers::Change;
    use crate::ui::layers::palette::command::Verb;
    use crate::ui::model::Model;
    use crate::ui::samples::{model, name, shop};

    fn opened(facts: &Facts, model: &Model, text: &str) -> Palette {
        let mut palette = Palette::new(Context { facts, model });
        for c in text.chars() {
            palette.key(Key::char(c), Context { facts, model });
        }
        palette
    }

    fn first(facts: &Facts, model: &Model, text: &str) -> String {
        opened(facts, model, text).found.first().map(|found| found.name.clone()).unwrap_or_default()
    }

    #[test]
    fn a_few_letters_find_a_command() {
        let facts = shop();
        let mut model = model(&facts);
        model.settings.filters.insert("slow".to_owned(), "level:warn slow".to_owned());
        for (typed, found) in [
            ("restart web", "restart web"),
            ("rsweb", "restart web"),
            ("web log", "logs web"),
            ("port api", "port api"),
            ("stop all", "stop all"),
            ("dark", "theme dark"),
            ("slow", "filter slow"),
            ("water", "waterfall"),
            ("browser", "open url"),
        ] {
            assert_eq!(first(&facts, &model, typed), found, "{typed}");
        }
        assert_eq!(first(&facts, &model, "qqqq"), "");
    }

    #[test]
    fn a_command_for_a_service_selects_it_and_is_remembered() {
        let facts = shop();
        let mut model = model(&facts);
        let mut palette = opened(&facts, &model, "restart web");
        let outcome = palette.key(Key::code(KeyCode::Enter), Context { facts: &facts, model: &model });
        assert_eq!((outcome.select, outcome.action), (Some(name("web")), Some(Action::Restart)));
        let used = Command::To(Verb::Restart, name("web"));
        assert_eq!(outcome.changes, [Change::Used(used.clone())]);
        model.recent.used(used);
        assert_eq!(first(&facts, &model, ""), "restart web");
    }

    #[test]
    fn what_cannot_be_done_is_found_and_not_done() {
        let facts = shop();
        let model = model(&facts);
        let context = Context { facts: &facts, model: &model };
        for typed in ["leave", "open migrate", "undo"] {
            let mut palette = opened(&facts, &model, typed);
            assert!(palette.found[0].command.obstacle(context).is_some(), "{typed}");
            let outcome = palette.key(Key::code(KeyCode::Enter), context);
            assert!(!outcome.close && outcome.action.is_none(), "{typed}");
        }
    }

    #[test]
    fn stopping_everything_is_asked_about() {
        let facts = shop();
        let model = model(&facts);
        let mut palette = opened(&facts, &model, "stop all");
        let outcome = palette.key(Key::code(KeyCode::Enter), Context { facts: &facts, model: &model });
        assert!(outcome.changes.contains(&Change::AskToStop));
        assert!(outcome.action.is_none() && outcome.requests.is_empty());
    }

    #[test]
    fn every_action_is_offered_once_with_its_live_key() {
        let facts = shop();
        let model = model(&facts);
        let palette = opened(&facts, &model, "");
        for entry in crate::ui::keymap::TABLE {
            let offered = palette.found.iter().filter(|found| found.command == Command::Do(entry.action));
            let many = if matches!(entry.action, Action::Palette | Action::Close) { 0 } else { 1 };
            assert_eq!(offered.count(), many, "{}", entry.action);
        }
        let restart = palette.found.iter().find(|found| found.name == "restart").unwrap();
        assert_eq!(restart.key.as_deref(), Some("r"));
    }
}
