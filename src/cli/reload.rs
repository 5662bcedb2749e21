//! `portolan reload`: applies a changed configuration to exactly those whose values changed.

use crate::app::Target;

use super::args::{Global, JsonArgs};
use super::failure::{Failure, Versioned, say, say_json};

/// Runs the verb.
pub(super) async fn reload(global: &Global, args: JsonArgs) -> Result<(), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    let report = target.remote().reload().await?;
    if args.json {
        return say_json(&Versioned { schema: 1, report: &report });
    }
    if report.changes.is_empty() {
        return say("nothing changed");
    }
    for change in &report.changes {
        let what = change.what.join(", ");
        let then = if change.restarts { "; restarts" } else { "" };
        say(&format!("{}: {what}{then}", change.service))?;
    }
    Ok(())
}
