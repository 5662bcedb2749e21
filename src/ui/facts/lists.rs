//! The lists that fill the window: how many rows each has, and which of them is lit.

use super::Facts;
use crate::ui::model::{Model, Screen};

impl Facts {
    /// How many rows the list of a view has.
    pub(crate) fn list_rows(&self, screen: Screen) -> usize {
        match screen {
            Screen::Main | Screen::Waterfall | Screen::Graph => self.snapshot.services.len(),
            Screen::Ports => self.ports.as_ref().map_or(0, |report| report.ports.len()),
            Screen::Environment => self.environment.as_ref().map_or(0, |report| report.variables.len()),
            Screen::Events => self.happenings.all().len(),
        }
    }

    /// The lit row of the list that fills the window, never below its last one. Events follow their end until they are
    /// moved.
    pub(crate) fn lit_row(&self, model: &Model) -> usize {
        let last = self.list_rows(model.screen).saturating_sub(1);
        let resting = if model.screen == Screen::Events { last } else { 0 };
        model.lists.get(&model.screen).map_or(resting, |row| (*row).min(last))
    }
}
