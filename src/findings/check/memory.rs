//! Memory: whether it was the out-of-memory killer that ended a process.

use super::super::case::Case;
use super::Draft;

/// The process was ended by SIGKILL, which nobody here sent.
pub(super) fn killed(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    match case.killed_for_memory {
        Some(killed) if killed > 0 => {
            draft.title = Some("the out-of-memory killer ended it".to_owned());
            draft.evidence.push(format!(
                "the kernel counts {killed} processes killed for memory since the stack began"
            ));
            draft.remedy = Some("give it more memory, or find out what it fills it with".to_owned());
        }
        Some(_) => draft
            .evidence
            .push("the kernel killed nothing for want of memory since the stack began".to_owned()),
        None => {}
    }
    Some(())
}
