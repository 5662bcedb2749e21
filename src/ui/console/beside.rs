//! What is asked of the desktop: it may take its time, so a thread of its own waits for it, and the answer is news.

use std::sync::Arc;

use crate::stack::ServiceName;
use crate::ui::msg::Answer;

use super::news::News;
use super::run::Console;

impl Console {
    /// Opens a URL in the browser.
    pub(super) fn open(&self, url: String) {
        let outside = Arc::clone(&self.outside);
        self.beside(move || Answer::Opened(outside.open(&url).map(|()| url)));
    }

    /// Does what the action of a finding says, for the stack that is shown.
    pub(super) fn apply(&self, service: ServiceName, action: String) {
        let outside = Arc::clone(&self.outside);
        let folder = self.facts.snapshot.identity.folder.clone();
        self.beside(move || {
            let result = outside.apply(&action, &folder);
            Answer::Applied { service, action, result }
        });
    }

    /// Runs something that may block, and takes its answer as news.
    pub(super) fn beside(&self, work: impl FnOnce() -> Answer + Send + 'static) {
        let news = self.news.clone();
        tokio::task::spawn_blocking(move || {
            let _ = news.send(News::Answer(work()));
        });
    }
}
