//! The choice of a port: why, what there is, what restarts, and what became of the last choice.

use crate::stack::{PortCheck, PortOptions, PortVerdict};
use crate::ui::layers::{Choice, PortDialog, PortStep};
use crate::ui::theme::Role;

use super::ask::named;
use super::field::seen;
use super::holder;
use super::sheet::{Line, Part, Sheet};

/// The column of what is chosen.
const CHOICE: usize = 26;
/// The cells of the field: a port and the cursor.
const FIELD: usize = 6;

/// The dialog.
pub(super) fn sheet(dialog: &PortDialog) -> Sheet {
    let mut sheet = Sheet::new(format!("a port for {}", dialog.service)).at_least(0, 56);
    match &dialog.options {
        Some(options) => about(&mut sheet, dialog, options),
        None if dialog.notice.is_some() => {
            sheet.say("What is free could not be found out. A port can be typed all the same.", Role::Muted);
        }
        None => {
            sheet.say("looking at what is free", Role::Muted);
        }
    }
    sheet.blank();
    if let PortStep::Asking { pid, .. } | PortStep::Ending { pid, .. } = dialog.step {
        return ending(sheet, dialog, pid);
    }
    for (n, choice) in dialog.choices().into_iter().enumerate() {
        sheet.add(choice_line(dialog, n, choice));
    }
    sheet.blank();
    if let Some(options) = &dialog.options {
        sheet.say(restarts(dialog, options), Role::Muted);
    }
    match (&dialog.notice, dialog.step) {
        (_, PortStep::Checking { port, .. }) => {
            sheet.say(format!("looking once more whether {port} is free"), Role::Starting);
        }
        (Some(notice), _) => {
            sheet.say(notice.clone(), Role::Error);
        }
        (None, _) => {}
    }
    sheet.key("Enter", "take it").key("a", "take it always").key("1-9 ↑ ↓", "choose").key("Esc", "close");
    sheet
}

/// What it has, what it would like, and who has that.
fn about(sheet: &mut Sheet, dialog: &PortDialog, options: &PortOptions) {
    let service = &dialog.service;
    let has = match options.current {
        Some(port) => format!("{service} has {port}"),
        None => format!("{service} has no port yet"),
    };
    let Some(preferred) = &options.preferred else {
        sheet.say(format!("{has} and prefers none."), Role::Text);
        return;
    };
    let port = preferred.port;
    match &preferred.held_by {
        Some(holder) => {
            sheet.say(format!("{has} and prefers {port}, which is held by"), Role::Text);
            sheet.say(format!("  {holder}"), Role::Warn);
            if let Some(stack) = &holder.stack {
                let stop = holder.service.as_ref().map_or("down".to_owned(), |name| format!("stop {name}"));
                sheet.say(format!("  portolan --stack {stack} {stop}"), Role::Accent);
            }
        }
        None if options.current == Some(port) => {
            sheet.say(format!("{has}, the port that it prefers."), Role::Text);
        }
        None => {
            sheet.say(format!("{has} and prefers {port}, which is free."), Role::Text);
        }
    }
}

fn choice_line(dialog: &PortDialog, n: usize, choice: Choice) -> Line {
    let chosen = n == dialog.at;
    let number = Part::new(format!("{}  ", n + 1), Role::Accent);
    let line = |text: String, note: &str| {
        let parts =
            vec![number.clone(), Part::column(text, Role::Text, CHOICE), Part::new(note, Role::Muted)];
        Line::choice(parts, chosen)
    };
    match choice {
        Choice::Preferred(port) => line(format!("use {port}"), "free again, the preferred one"),
        Choice::ThisTime(port) => line(format!("use {port} this time"), "free"),
        Choice::Always(port) => line(format!("use {port} always"), "writes portolan.local.toml"),
        Choice::EndHolder { port, pid } => line(format!("end pid {pid}, use {port}"), "asks again"),
        Choice::Own => {
            let (text, cursor) = seen(&dialog.input, FIELD);
            let (note, role) = verdict(dialog);
            let parts = vec![
                number,
                Part::new("other port  ", Role::Text),
                Part::new("[ ", Role::Rule),
                Part::column(text, Role::Text, FIELD),
                Part::column("]", Role::Rule, CHOICE - 12 - 2 - FIELD),
                Part::new(note, role),
            ];
            let typing = chosen && dialog.step == PortStep::Choosing;
            Line::choice(parts, chosen).with_cursor(typing.then_some(cursor + 3 + 12 + 2))
        }
    }
}

/// What is known of the port that is typed.
fn verdict(dialog: &PortDialog) -> (String, Role) {
    if dialog.input.value().is_empty() {
        return ("type a number".to_owned(), Role::Muted);
    }
    let Some(typed) = dialog.typed() else { return ("no port: 1 to 65535".to_owned(), Role::Error) };
    match &dialog.check {
        Some((port, Ok(check))) if *port == typed => told(check),
        Some((port, Err(error))) if *port == typed => (error.clone(), Role::Error),
        Some(_) | None => ("looking".to_owned(), Role::Muted),
    }
}

fn told(check: &PortCheck) -> (String, Role) {
    let outside = check.outside_of.map(|range| {
        let (first, last) = (range.first(), range.last());
        format!(", outside of {first}-{last}")
    });
    let outside = outside.unwrap_or_default();
    match &check.verdict {
        PortVerdict::Free => (format!("free{outside}"), Role::Healthy),
        PortVerdict::Current => ("it has this one".to_owned(), Role::Muted),
        PortVerdict::Held { by } => (format!("held by {by}"), Role::Error),
        PortVerdict::Privileged => ("privileged: not for you to bind".to_owned(), Role::Error),
    }
}

/// Who else restarts.
fn restarts(dialog: &PortDialog, options: &PortOptions) -> String {
    let names: Vec<&str> = options.restarts.iter().map(|name| name.as_str()).collect();
    match names.len() {
        0 => format!("{} restarts. Nobody else is told its address.", dialog.service),
        1 => format!("{} restarts, and so does {}, which is told its address.", dialog.service, names[0]),
        _ => format!(
            "{} restarts, and so do those that are told its address: {}.",
            dialog.service,
            named(&names)
        ),
    }
}

fn ending(mut sheet: Sheet, dialog: &PortDialog, pid: u32) -> Sheet {
    let holder =
        dialog.options.as_ref().and_then(|options| options.preferred.as_ref()?.held_by.as_ref()).cloned();
    match dialog.step {
        PortStep::Ending { .. } => {
            sheet.say(format!("Ending pid {pid}: asked first, killed after 3 seconds"), Role::Starting);
            sheet.key("Esc", "look away");
        }
        PortStep::Asking { .. } | PortStep::Choosing | PortStep::Checking { .. } => {
            sheet.say(holder::question(&holder.unwrap_or_default(), pid, false), Role::Error);
            sheet.key("y", format!("yes, end pid {pid}")).key("any other key", "goes back");
        }
    }
    sheet
}
