//! How a problem looks on a terminal: message, file:line:column, the line with the place marked, the remedy.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};

use super::problem::{Place, Problem, Severity};

impl Problem {
    /// The problem as text for a terminal, without a final newline; with ANSI colours if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = match &self.place {
            Some(place) => with_place(Group::with_title(level.primary_title(&self.message)), place),
            None => Group::with_title(level.primary_title(&self.message)),
        };
        if let Some(remedy) = &self.remedy {
            group = group.element(Level::HELP.message(normalize_untrusted_str(remedy)));
        }
        let mut report = vec![group];
        for note in &self.notes {
            let title = Level::NOTE.secondary_title(normalize_untrusted_str(&note.message));
            report.push(with_place(Group::with_title(title), &note.place));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&report)
    }
}

fn with_place<'a>(group: Group<'a>, place: &'a Place) -> Group<'a> {
    let path = place.file.to_string_lossy();
    match &place.excerpt {
        Some(excerpt) => group.element(
            Snippet::source(&excerpt.text)
                .path(path)
                .line_start(place.line as usize)
                .fold(false)
                .annotation(AnnotationKind::Primary.span(excerpt.marked.clone())),
        ),
        None => {
            group.element(Origin::path(path).line(place.line as usize).char_column(place.column as usize))
        }
    }
}
