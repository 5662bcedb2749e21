//! Memory: whether it was the out-of-memory killer that ended a process.

use super::super::case::Case;
use super::Draft;

/// The process was ended by SIGKILL: tells of it if the kernel killed for want of memory.
pub(super) fn killed(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let killed = case.killed_for_memory.filter(|killed| *killed > 0)?;
    let processes = if killed == 1 { "one process" } else { "processes" };
    draft.evidence.push(format!("the kernel killed {processes} for want of memory since the stack began"));
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
        let found = |killed| {
            let mut case = scene.case();
            case.killed_for_memory = killed;
            diagnose(&rules, &case).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(found(Some(1)), ["killed-for-memory"]);
        assert_eq!(found(Some(0)), ["killed"]);
        assert_eq!(found(None), ["killed"]);
    }
}
