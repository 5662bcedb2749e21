//! The environment of a service: each value, where it comes from, what it hid. Secrets come masked.

use std::path::Path;

use ratatui::layout::Rect;

use crate::stack::{EnvReport, EnvReportVariable, EnvSource, Origin};
use crate::ui::facts::Facts;
use crate::ui::model::Model;
use crate::ui::text::width;
use crate::ui::theme::{Glyph, Role};

use super::canvas::Canvas;
use super::{folder, paragraph, scroll};

/// Below this height there is only the list.
const LOW: u16 = 12;
/// The rows that the selected variable is told in take at most this share of the window: one in so many.
const SHARE: u16 = 3;

/// Draws the view.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, facts: &Facts, model: &Model) {
    let Some(report) = &facts.environment else {
        canvas.rule(area, "environment", &[], true);
        let style = canvas.theme.style(Role::Muted);
        canvas.row(area, 2).put("   asking for the environment of the selected service", style);
        return;
    };
    let variables = in_order(report);
    let selected = facts.lit_row(model);
    let warned = warnings(canvas, area, report);
    let top = 1 + warned;
    let body = Rect { y: area.y.saturating_add(top), height: area.height.saturating_sub(top), ..area };
    let told = match variables.get(selected) {
        Some(variable) if area.height >= LOW => told(canvas, variable, area, facts),
        Some(_) | None => Vec::new(),
    };
    let told_rows = if told.is_empty() { 0 } else { told.len() + 1 };
    let told_rows = u16::try_from(told_rows).unwrap_or(u16::MAX).min(body.height / 2);
    let list = Rect { height: body.height - told_rows, ..body };
    let shell = variables.iter().filter(|variable| is_plain_shell(variable)).count();
    let own = variables.len() - shell;
    // A line between what the stack says and what only was there before takes a row of the list.
    let parted = shell > 0 && own > 0;
    let total = variables.len() + usize::from(parted);
    let at_row = |at: usize| if parted && at >= own { at + 1 } else { at };
    let shown = scroll::around(at_row(selected), total, usize::from(list.height));
    rule(canvas, area, report, shell, scroll::hidden(&shown, total));
    let columns = columns(area.width, &variables, facts);
    for (y, line) in (0u16..).zip(shown) {
        if parted && line == own {
            let style = canvas.theme.style(Role::Muted);
            canvas.row(list, y).put(&format!("   {shell} more from the shell:"), style);
            continue;
        }
        let at = if parted && line > own { line - 1 } else { line };
        let Some(variable) = variables.get(at) else { continue };
        if at == selected {
            let style = canvas.theme.style(Role::Selection);
            canvas.lay(Rect { y: list.y.saturating_add(y), height: 1, ..list }, style);
        }
        row(canvas, list, y, variable, at == selected, columns, facts);
    }
    if told_rows > 0
        && let Some(variable) = variables.get(selected)
    {
        let rest = Rect { y: list.bottom(), height: told_rows, ..body };
        canvas.rule(rest, &variable.name, &[], false);
        for (y, (text, role)) in (1u16..).zip(told) {
            let style = canvas.theme.style(role);
            canvas.row(rest, y).skip(3).put(&text, style);
        }
    }
}

fn rule(canvas: &mut Canvas<'_>, area: Rect, report: &EnvReport, shell: usize, hidden: Option<String>) {
    let own = format!("{} of the stack", report.variables.len() - shell);
    let from_shell = format!("{shell} from the shell");
    let mut right = vec![(own.as_str(), Role::Rule), (from_shell.as_str(), Role::Rule)];
    if let Some(hidden) = &hidden {
        right.push((hidden.as_str(), Role::Rule));
    }
    canvas.rule(area, &format!("environment of {}", report.service), &right, true);
}

/// What will not do what its author meant, on top; says how many rows that took.
fn warnings(canvas: &mut Canvas<'_>, area: Rect, report: &EnvReport) -> u16 {
    let most = usize::from(area.height.saturating_sub(4) / 3);
    let style = canvas.theme.style(Role::Warn);
    let sign = canvas.theme.glyphs.get(Glyph::Unhealthy);
    let mut rows = 0;
    for (y, warning) in (1u16..).zip(report.warnings.iter().take(most)) {
        let text = format!("{} {}: {}", warning.variable, warning.reason, warning.remedy);
        let mut row = canvas.row(area, y);
        let room = usize::from(row.left()).saturating_sub(3);
        row.put(" ", style).put(sign, style).put(" ", style).cell(&text, room, style);
        rows = y;
    }
    rows
}

/// What the stack says first, by name; then what only the shell says.
fn in_order(report: &EnvReport) -> Vec<&EnvReportVariable> {
    let mut variables: Vec<&EnvReportVariable> = report.variables.iter().collect();
    variables.sort_by_key(|variable| rank(&variable.source));
    variables
}

/// What is told by the stack itself comes before what files and shells say.
fn rank(source: &EnvSource) -> u8 {
    match source {
        EnvSource::Automatic { .. } | EnvSource::Record(_) => 0,
        EnvSource::Toml { .. } | EnvSource::Set | EnvSource::Generated | EnvSource::Default { .. } => 1,
        EnvSource::File { .. } => 2,
        EnvSource::Shell => 3,
    }
}

/// Whether it is there only because Portolan was started in a shell that had it.
fn is_plain_shell(variable: &EnvReportVariable) -> bool {
    variable.source == EnvSource::Shell
}

/// Cells of name, value and source.
fn columns(area: u16, variables: &[&EnvReportVariable], facts: &Facts) -> (usize, usize, usize) {
    let area = usize::from(area).saturating_sub(2);
    let names = variables.iter().map(|variable| width(&variable.name)).max().unwrap_or(0);
    let sources = variables.iter().map(|variable| width(&source(variable, facts))).max().unwrap_or(0);
    let name = names.min(32).min(area / 2) + 2;
    let left = area.saturating_sub(name);
    let source = match left {
        ..36 => 0,
        _ => sources.min(left * 2 / 5),
    };
    (name, left.saturating_sub(source), source)
}

fn row(
    canvas: &mut Canvas<'_>,
    area: Rect,
    y: u16,
    variable: &EnvReportVariable,
    selected: bool,
    (name, value, source_cells): (usize, usize, usize),
    facts: &Facts,
) {
    let mut row = canvas.row(area, y);
    let (accent, muted, text) = (row.style(Role::Accent), row.style(Role::Muted), row.style(Role::Text));
    row.put(if selected { row.glyph(Glyph::Selection) } else { " " }, accent).skip(1);
    let of_stack = !is_plain_shell(variable);
    row.cell(&variable.name, name.saturating_sub(2), if of_stack { accent } else { muted }).skip(2);
    let room = value.saturating_sub(2);
    match (&variable.value, variable.secret) {
        (Some(shown), true) => row.cell(shown, room, muted),
        (Some(shown), false) => row.cell(shown, room, if of_stack { text } else { muted }),
        (None, _) => row.cell("not known yet", room, muted),
    };
    if source_cells > 0 {
        row.skip(value.min(2)).cell(&source(variable, facts), source_cells, muted);
    }
}

/// Where a value comes from, in few words, and how many others it hid.
fn source(variable: &EnvReportVariable, facts: &Facts) -> String {
    let from = match &variable.source {
        EnvSource::Generated => "generated".to_owned(),
        EnvSource::Automatic { .. } => "portolan".to_owned(),
        EnvSource::Record(field) => field.to_string(),
        EnvSource::Toml { origin, .. } => place(&origin.file, origin.line, facts),
        EnvSource::Default { .. } => "default".to_owned(),
        EnvSource::File { .. } | EnvSource::Shell | EnvSource::Set => told_source(&variable.source, facts),
    };
    match variable.hidden.len() {
        0 => from,
        many => format!("{from}, hides {many}"),
    }
}

/// A line of a file, told from the folder of the stack.
fn place(path: &Path, line: u32, facts: &Facts) -> String {
    let here = &facts.snapshot.identity.folder;
    let path = path.strip_prefix(here).unwrap_or(path).to_string_lossy().into_owned();
    format!("{}:{line}", folder::short(&path, here))
}

/// As the report says it, with paths told from the folder of the stack.
fn told_source(source: &EnvSource, facts: &Facts) -> String {
    let at = |origin: &Origin| place(&origin.file, origin.line, facts);
    match source {
        EnvSource::Default { origin } => format!("default at {}", at(origin)),
        EnvSource::File { path, line } => place(path, *line, facts),
        EnvSource::Toml { origin, from } if from.is_empty() => at(origin),
        EnvSource::Toml { origin, from } => {
            let mut services: Vec<&str> = from.iter().map(|field| field.service.as_str()).collect();
            services.dedup();
            format!("{}, from {}", at(origin), services.join(", "))
        }
        EnvSource::Generated
        | EnvSource::Automatic { .. }
        | EnvSource::Record(_)
        | EnvSource::Shell
        | EnvSource::Set => source.to_string(),
    }
}

/// Everything about one variable, in lines.
fn told(canvas: &Canvas<'_>, variable: &EnvReportVariable, area: Rect, facts: &Facts) -> Vec<(String, Role)> {
    let cells = usize::from(area.width.saturating_sub(4));
    let most = usize::from(area.height / SHARE).saturating_sub(1);
    let cut = canvas.theme.glyphs.get(Glyph::Cut);
    let mut lines: Vec<(String, Role)> = Vec::new();
    let mut say = |text: &str, role: Role, rows: usize| {
        lines.extend(paragraph::lines(text, cells, rows, cut).into_iter().map(|line| (line, role)));
    };
    match &variable.value {
        Some(value) if value.is_empty() => say("empty", Role::Muted, 1),
        Some(value) => say(value, Role::Text, most.saturating_sub(2).max(1)),
        None => say("not known yet: the service that it is the address of is not up", Role::Warn, 2),
    }
    say(&format!("from {}", told_source(&variable.source, facts)), Role::Muted, 1);
    for hidden in &variable.hidden {
        let text = format!("hides {} from {}", hidden.value, told_source(&hidden.source, facts));
        say(&text, Role::Warn, 1);
    }
    lines.truncate(most);
    lines
}
