//! What the stack says by itself, as messages at the right end of the hint line.

use crate::handle::Entry;
use crate::stack::{NoticeKind, Severity};
use crate::ui::facts::Facts;
use crate::ui::model::{Model, Toast};

/// Tells of an event if it is one that a person did not ask for.
pub(super) fn tell(model: &mut Model, facts: &Facts, entry: &Entry) {
    let service = &entry.notice.service;
    let what = &entry.notice.what;
    let grave = match what {
        NoticeKind::State { .. } | NoticeKind::Spawned { .. } | NoticeKind::OwnerUnknown { .. } => return,
        NoticeKind::PortMoved { .. }
        | NoticeKind::BoundWide { .. }
        | NoticeKind::ReservationReleased { .. }
        | NoticeKind::Restarting { .. }
        | NoticeKind::EnvironmentChanged
        | NoticeKind::FellBack { .. } => false,
        NoticeKind::Found { finding } => {
            let text = format!("{service}: {}", finding.title);
            let toast = match finding.severity {
                Severity::Error => Toast::grave(text, facts.now),
                Severity::Warning => Toast::said(text, facts.now),
            };
            return Toast::show(&mut model.toast, toast, facts.now);
        }
        NoticeKind::PortIgnored { .. }
        | NoticeKind::PortLost { .. }
        | NoticeKind::Exited { .. }
        | NoticeKind::NeedLost { .. }
        | NoticeKind::Unwell { .. }
        | NoticeKind::Killed { .. }
        | NoticeKind::Failed { .. } => true,
    };
    let text = format!("{service} {what}");
    let toast = if grave { Toast::grave(text, facts.now) } else { Toast::said(text, facts.now) };
    Toast::show(&mut model.toast, toast, facts.now);
}
