//! What a service is and how it does, section by section.

use ratatui::style::Style;

use crate::stack::{RestartPolicy, ServiceDescription, ServiceName, ServiceSnapshot, State};
use crate::ui::action::Action;
use crate::ui::facts::{Facts, Ring};
use crate::ui::keymap::TABLE;
use crate::ui::model::Model;
use crate::ui::theme::{Glyph, Role, Theme, face};
use crate::ui::view::meter::{self, Scale};
use crate::ui::view::{folder, paragraph, words};

use super::fit::{Section, Span, Weight, flow};

/// Cells of the labels.
const LABEL: usize = 9;
/// Cells of a meter.
const METER: usize = 24;
/// Lines of one value at most.
const MOST: usize = 2;

/// What sections are made from.
struct Source<'a> {
    theme: &'a Theme,
    facts: &'a Facts,
    service: &'a ServiceSnapshot,
    /// Cells right of the labels.
    room: usize,
}

/// All sections, in the order in which they are read.
pub(super) fn of(
    theme: &Theme,
    facts: &Facts,
    model: &Model,
    service: &ServiceSnapshot,
    cells: usize,
) -> Vec<Section> {
    let source = Source { theme, facts, service, room: cells.saturating_sub(LABEL) };
    let mut sections = vec![air()];
    if let Some(described) = facts.described(&service.name) {
        sections.extend(source.identity(described));
    }
    sections.extend(source.address());
    sections.extend(source.health());
    sections.extend([source.needs(), source.blocks(), source.needed_by()].into_iter().flatten());
    sections.push(air());
    sections.extend(source.figures());
    if let Some(described) = facts.described(&service.name) {
        sections.push(source.text(Weight::Trivia, "restart", &restarts(described), Role::Text));
    }
    if let Some(exit) = service.exit {
        sections.push(source.text(Weight::Trivia, "ended", &exit.to_string(), Role::Text));
    }
    sections.push(air());
    sections.extend(source.keys(model));
    sections
}

fn air() -> Section {
    Section { weight: Weight::Air, lines: vec![Vec::new()] }
}

impl Source<'_> {
    fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Lines with a label before the first.
    fn labelled(&self, weight: Weight, label: &str, lines: Vec<Vec<Span>>) -> Section {
        let muted = self.style(Role::Muted);
        let lines = lines.into_iter().enumerate().map(|(n, mut line)| {
            line.insert(0, (format!("{:LABEL$}", if n == 0 { label } else { "" }), muted));
            line
        });
        Section { weight, lines: lines.collect() }
    }

    fn text(&self, weight: Weight, label: &str, text: &str, role: Role) -> Section {
        let cut = self.theme.glyphs.get(Glyph::Cut);
        let lines = paragraph::lines(text, self.room, MOST, cut);
        let lines = lines.into_iter().map(|line| vec![(line, self.style(role))]).collect();
        self.labelled(weight, label, lines)
    }

    fn identity(&self, described: &ServiceDescription) -> Vec<Section> {
        let mut sections = Vec::new();
        if let Some(command) = &described.command {
            sections.push(self.text(Weight::Identity, "command", command, Role::Text));
        }
        for prepare in described.prepare.iter().take(2) {
            sections.push(self.text(Weight::Trivia, "prepare", prepare, Role::Text));
        }
        let home = &self.facts.snapshot.identity.folder;
        let path = home.join(&described.directory).to_string_lossy().into_owned();
        let path = folder::short(path.trim_end_matches('/'), home);
        sections.push(self.text(Weight::Figures, "folder", &path, Role::Text));
        // The last file is the one whose values win.
        let files: Vec<String> =
            described.env_files.iter().rev().map(|file| file.to_string_lossy().into_owned()).collect();
        if !files.is_empty() {
            sections.push(self.text(Weight::Trivia, "env", &files.join(" over "), Role::Text));
        }
        sections
    }

    fn address(&self) -> Vec<Section> {
        let service = self.service;
        let port = service.port.map(|port| format!("port {port}"));
        let Some(address) = service.url.clone().or(port) else { return Vec::new() };
        let (word, role) = match (&service.host, service.pid.is_some(), service.state.is_up()) {
            (Some(_), _, true) => ("listening", Role::Healthy),
            (_, true, false) if service.state == State::Starting => ("not listening yet", Role::Muted),
            (Some(_), true, false) => ("listening", Role::Muted),
            (Some(_) | None, _, _) => ("not listening", Role::Muted),
        };
        let line = vec![
            (address, self.style(Role::Accent)),
            ("   ".to_owned(), Style::new()),
            (word.to_owned(), self.style(role)),
        ];
        vec![self.labelled(Weight::Identity, "address", vec![line])]
    }

    fn health(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        let words = self.facts.described(&self.service.name).and_then(|described| described.health.as_ref());
        if let Some(words) = words {
            sections.push(self.text(Weight::Identity, "health", words, Role::Text));
        }
        if self.service.probes.is_empty() {
            return sections;
        }
        let mut line: Vec<Span> = Vec::new();
        for mark in &self.service.probes {
            let (glyph, role) = match mark.ok {
                true => (Glyph::Completed, Role::Healthy),
                false => (Glyph::Failed, Role::Error),
            };
            line.push((format!("{} ", self.theme.glyphs.get(glyph)), self.style(role)));
        }
        let last = match (&self.service.unwell, self.service.latency_us) {
            (Some(reason), _) => format!("  last: {reason}"),
            (None, Some(latency)) => format!("  last: {}", words::latency(latency)),
            (None, None) => String::new(),
        };
        line.push((last, self.style(Role::Muted)));
        let label = if sections.is_empty() { "health" } else { "" };
        sections.push(self.labelled(Weight::Identity, label, vec![line]));
        sections
    }

    fn needs(&self) -> Option<Section> {
        let needs = &self.service.needs;
        (!needs.is_empty()).then(|| {
            let pieces = needs.iter().map(|need| self.state_of(need)).collect();
            self.labelled(Weight::Relations, "needs", flow(pieces, self.room))
        })
    }

    /// Who waits for it.
    fn blocks(&self) -> Option<Section> {
        let services = self.facts.snapshot.services.iter();
        let held = services.filter(|other| other.waiting_for.contains(&self.service.name));
        let pieces: Vec<Vec<Span>> = held
            .map(|other| {
                let since = words::span(self.facts.now.0.saturating_sub(other.since.0));
                let name = (other.name.to_string(), self.name_style(&other.name));
                vec![name, (format!(" (held {since})"), self.style(Role::Warn))]
            })
            .collect();
        (!pieces.is_empty()).then(|| self.labelled(Weight::Relations, "blocks", flow(pieces, self.room)))
    }

    /// Who needs it and does not wait.
    fn needed_by(&self) -> Option<Section> {
        let name = &self.service.name;
        let services = self.facts.snapshot.services.iter();
        let others = services.filter(|other| other.needs.contains(name) && !other.waiting_for.contains(name));
        let pieces: Vec<Vec<Span>> = others.map(|other| self.state_of(&other.name)).collect();
        (!pieces.is_empty()).then(|| self.labelled(Weight::Figures, "used by", flow(pieces, self.room)))
    }

    fn state_of(&self, name: &ServiceName) -> Vec<Span> {
        let Some(service) = self.facts.snapshot.service(name) else {
            return vec![(name.to_string(), self.style(Role::Muted))];
        };
        let face = face(service.state);
        let sign = self.theme.sign(service.state, self.facts.frame);
        vec![
            (name.to_string(), self.name_style(name)),
            (format!(" {sign} {}", face.word), self.style(face.role)),
        ]
    }

    fn name_style(&self, name: &ServiceName) -> Style {
        let index = self.facts.snapshot.services.iter().position(|service| service.name == *name);
        index.map_or(self.style(Role::Muted), |index| self.theme.palette.service(index))
    }

    fn figures(&self) -> Vec<Section> {
        let name = &self.service.name;
        let history = self.facts.history.get(name);
        let vitals = self.facts.vitals.as_ref().and_then(|vitals| vitals.service(name));
        let usage = vitals.map(|vitals| vitals.usage).unwrap_or_default();
        let mut sections = Vec::new();
        if let Some(cpu) = usage.cpu {
            let many = match usage.processes {
                None | Some(1) => String::new(),
                Some(many) => format!("   {many} processes"),
            };
            let ring = history.map(|history| &history.cpu);
            sections.push(self.meter("cpu", ring, Scale::CPU, format!("{cpu:.0}%{many}")));
        }
        if let Some(memory) = usage.memory {
            let ring = history.map(|history| &history.memory);
            sections.push(self.meter("memory", ring, Scale::MEMORY, words::bytes(memory)));
        }
        if let Some(latency) = self.service.latency_us {
            let ring = history.map(|history| &history.latency);
            sections.push(self.meter("probes", ring, Scale::LATENCY, words::latency(latency)));
        }
        sections
    }

    fn meter(&self, label: &str, ring: Option<&Ring>, scale: Scale, figure: String) -> Section {
        let cells = METER.min(self.room.saturating_sub(16));
        let mut line = Vec::new();
        if self.theme.glyphs.braille() && cells >= 4 {
            let drawn = meter::drawn(ring, cells, scale);
            line.push((drawn, self.style(Role::Starting)));
            line.push(("  ".to_owned(), Style::new()));
        }
        line.push((figure, self.style(Role::Text)));
        self.labelled(Weight::Figures, label, vec![line])
    }

    /// What can be done about it, with the live keys.
    fn keys(&self, model: &Model) -> Option<Section> {
        let service = self.service;
        let mut actions: Vec<Action> = Vec::new();
        let findings = self.facts.snapshot.findings_of(&service.name);
        if findings.iter().any(|finding| finding.mending_action().is_some()) {
            actions.push(Action::Apply);
        }
        actions.extend(match service.state {
            State::Stopped | State::Completed => vec![Action::Start],
            State::Disabled => Vec::new(),
            State::Waiting
            | State::Preparing
            | State::Starting
            | State::Running
            | State::Healthy
            | State::Unhealthy
            | State::Backoff
            | State::Stopping
            | State::Failed => vec![Action::Restart],
        });
        if service.preferred_port.is_some() {
            actions.push(Action::Reassign);
        }
        if service.held_by.is_some() {
            actions.push(Action::EndHolder);
        }
        if service.url.is_some() && service.state.is_up() {
            actions.push(Action::OpenUrl);
        }
        actions.push(Action::ShowEnvironment);
        let (accent, muted) = (self.style(Role::Accent), self.style(Role::Muted));
        let hints = actions.into_iter().filter_map(|action| {
            let entry = TABLE.iter().find(|entry| entry.action == action)?;
            let key = model.keymap.key_of(action)?;
            Some(vec![(format!("{key} "), accent), (entry.hint.to_owned(), muted)])
        });
        let lines = flow(hints.collect(), self.room);
        (!lines.is_empty()).then(|| self.labelled(Weight::Cause, "try", lines))
    }
}

fn restarts(described: &ServiceDescription) -> String {
    let policy = match described.restart {
        RestartPolicy::No => return "never".to_owned(),
        RestartPolicy::OnFailure => "when it fails",
        RestartPolicy::Always => "whenever it ends",
    };
    match described.restart_max {
        Some(most) => format!("{policy}, at most {most} times in a row"),
        None => policy.to_owned(),
    }
}
