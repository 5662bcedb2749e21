//! Memory: whether it was the out-of-memory killer that ended a process.

use super::super::case::Case;
use super::Draft;
use crate::stack::Exit;

/// How a shell tells that its command was ended by SIGKILL.
const SHELLS_SIGKILL: i32 = 137;

/// The process was ended by SIGKILL, and nobody stopped the service: tells of it if the kernel killed for want of
/// memory. It counts what it killed on the whole machine, so it is no more than probable.
pub(super) fn killed(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let by_sigkill = matches!(case.service.exit, Some(Exit::Signal(9) | Exit::Code(SHELLS_SIGKILL)));
    if !by_sigkill || !case.service.wanted {
        return None;
    }
    let killed = case.killed_for_memory.filter(|killed| *killed > 0)?;
    let processes = if killed == 1 { "one process" } else { "processes" };
    draft
        .evidence
        .push(format!("the kernel killed {processes} of this machine for want of memory meanwhile"));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples;
    use super::super::super::{Rules, diagnose};
    use crate::stack::Exit;

    #[test]
    fn a_sigkill_is_the_kernels_only_if_it_killed_for_memory() {
        let rules = Rules::own().unwrap();
        let mut scene = samples::Scene::printing(&["loading the model"]);
        scene.snapshot.services[0].exit = Some(Exit::Signal(9));
        scene.snapshot.services[0].wanted = true;
        let found = |killed| {
            let mut case = scene.case();
            case.killed_for_memory = killed;
            diagnose(&rules, &case).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(found(Some(1)), ["killed-for-memory"]);
        assert_eq!(found(Some(0)), ["killed"]);
        assert_eq!(found(None), ["killed"]);
        scene.snapshot.services[0].wanted = false;
        let mut case = scene.case();
        case.killed_for_memory = Some(1);
        assert_eq!(diagnose(&rules, &case)[0].rule, "killed", "somebody stopped it");
    }
}
