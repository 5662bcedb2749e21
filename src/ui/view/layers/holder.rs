//! Who holds a port, all that is known, and what may be done about it.

use crate::stack::PortHolder;
use crate::ui::layers::{Consent, HolderDialog, HolderStep};
use crate::ui::theme::Role;

use super::sheet::{Line, Part, Sheet};

/// The dialog.
pub(super) fn sheet(dialog: &HolderDialog) -> Sheet {
    let HolderDialog { service, port, holder, step } = dialog;
    let mut sheet = Sheet::new(format!("port {port} is held"));
    sheet.say(format!("{service} would like {port}. It is held by:"), Role::Text);
    known(&mut sheet, holder);
    sheet.blank();
    match step {
        HolderStep::Unknown => {
            let text = "You may not see which process that is: it belongs to another user, or to the system.";
            sheet.say(text, Role::Muted).key("Esc", "leave it");
        }
        HolderStep::OfStack { stack, .. } => {
            sheet.say(format!("The stack {stack} runs it, and stops it in its own way with"), Role::Text);
            sheet.say(dialog.command().unwrap_or_default(), Role::Accent);
            sheet.key("Esc", "leave it").key("f", "end it all the same (asks)");
        }
        HolderStep::Asking { consent: Consent::Asked, .. } => {
            sheet.say("End this process?", Role::Warn);
            sheet.key("y", "end it (asks again)").key("n", "leave it");
        }
        HolderStep::Asking { pid, force, .. } => {
            sheet.say(question(holder, *pid, *force), Role::Error);
            sheet.key("y", format!("yes, end pid {pid}")).key("any other key", "leaves it");
        }
        HolderStep::Ending { pid } => {
            sheet.say(format!("Ending pid {pid}: asked first, killed after 3 seconds"), Role::Starting);
            sheet.key("Esc", "look away");
        }
        HolderStep::Ended => {
            sheet.say(format!("{port} is free now. Give it to {service}?"), Role::Healthy);
            sheet.key("y", format!("move {service} to {port}")).key("Esc", "leave it");
        }
        HolderStep::Failed(error) => {
            sheet.say(error.clone(), Role::Error).key("Esc", "close");
        }
    }
    sheet
}

/// The second question, with the name and the number of the process.
pub(super) fn question(holder: &PortHolder, pid: u32, force: bool) -> String {
    let command = holder.command.as_deref().unwrap_or("the process");
    let stack = match (&holder.stack, force) {
        (Some(stack), true) => format!(" Stack {stack} will take it for a crash."),
        (Some(_), false) | (None, _) => String::new(),
    };
    format!("Really end {command}, pid {pid}? What it has not saved is lost.{stack}")
}

fn known(sheet: &mut Sheet, holder: &PortHolder) {
    let pid = holder.pid.map(|pid| pid.to_string());
    let folder = holder.folder.as_ref().map(|folder| folder.display().to_string());
    let service = holder.service.clone();
    let facts = [
        ("command", holder.command.clone()),
        ("pid", pid),
        ("folder", folder),
        ("stack", holder.stack.clone()),
        ("service", service),
    ];
    let known = facts.into_iter().filter_map(|(what, value)| Some((what, value?)));
    let mut none = true;
    for (what, value) in known {
        none = false;
        sheet.add(Line::row(vec![
            Part::column(format!("  {what}"), Role::Muted, 11),
            Part::new(value, Role::Text),
        ]));
    }
    if none {
        sheet.say("  another process", Role::Text);
    }
}
