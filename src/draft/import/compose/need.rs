//! `depends_on`, short and long.

use crate::draft::import::error::ImportError;
use crate::draft::import::keys::{Entry, Keys, reason};
use crate::draft::import::leftover::Leftovers;
use crate::draft::service::{DraftNeed, DraftService, Note, Said};
use crate::stack::Until;

pub(super) fn read(
    entry: &Entry<'_>,
    service: &mut DraftService,
    leftovers: &mut Leftovers,
) -> Result<(), ImportError> {
    if entry.node.map().is_none() {
        for name in entry.node.items().iter().filter_map(|item| item.text()) {
            service
                .needs
                .push(Said::plainly(DraftNeed { until: Until::Started, ..DraftNeed::healthy(name) }));
        }
        return Ok(());
    }
    for (key, node) in entry.node.map().unwrap_or_default() {
        let mut keys = Keys::of(node, &format!("{}.{}", entry.key, key.name))?;
        let condition = keys.text("condition", leftovers);
        let restart = keys.flag("restart", leftovers).is_some_and(|(restart, _)| restart);
        let optional = keys.flag("required", leftovers).filter(|(required, _)| !required);
        keys.rest(leftovers, |name| reason(&[], name));
        let until = match condition.as_ref().map(|(word, _)| *word) {
            None | Some("service_started") => Until::Started,
            Some("service_completed_successfully") => Until::Completed,
            Some("service_healthy") => Until::Healthy,
            Some(_) => {
                if let Some((_, at)) = condition {
                    leftovers.nearly(
                        at.key,
                        at.line,
                        "a condition that Portolan does not know; healthy is taken",
                    );
                }
                Until::Healthy
            }
        };
        let note = optional.map(|(_, at)| {
            leftovers.nearly(at.key, at.line, "it is waited for all the same; a need has no `required`");
            Note::Remark("was optional".to_owned())
        });
        service.needs.push(Said { value: DraftNeed { service: key.name.clone(), until, restart }, note });
    }
    Ok(())
}
