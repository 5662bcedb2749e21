//! Whether there is any more to wait for while a stack comes up.

use crate::cli::verdict::PROOF;
use crate::stack::{Mode, ServiceName, ServiceSnapshot, State, UnixMillis};

/// Where the services of a stack have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Settled {
    /// All are up, or have ended well.
    Up,
    /// Some never will be, and for all others it is decided, too.
    Never,
    NotYet,
}

/// A crash is enough: whether it comes up after all, it did not without a restart. Who waits for one that is lost is
/// lost, too: its patience need not be waited out.
pub(in super::super) fn settled(services: &[&ServiceSnapshot], now: UnixMillis) -> Settled {
    let own: Vec<_> = services.iter().filter(|service| service.mode != Mode::Shared).collect();
    let mut lost: Vec<&ServiceName> =
        own.iter().filter(|service| is_lost(service)).map(|service| &service.name).collect();
    loop {
        let follows = |service: &&&&ServiceSnapshot| {
            service.state == State::Waiting
                && !lost.contains(&&service.name)
                && service.waiting_for.iter().any(|need| lost.contains(&need))
        };
        let Some(next) = own.iter().find(follows) else { break };
        lost.push(&next.name);
    }
    let open = own.iter().any(|service| !lost.contains(&&service.name) && !is_up(service, now));
    match (open, lost.is_empty()) {
        (true, _) => Settled::NotYet,
        (false, true) => Settled::Up,
        (false, false) => Settled::Never,
    }
}

fn is_lost(service: &ServiceSnapshot) -> bool {
    let crashed = service.restarts > 0 && !service.state.is_up();
    let never_well = service.state == State::Unhealthy && !service.was_healthy;
    service.gave_up() || crashed || never_well || service.has_left() || service.state == State::Backoff
}

fn is_up(service: &ServiceSnapshot, now: UnixMillis) -> bool {
    let lived = now.0.saturating_sub(service.since.0) >= PROOF.as_millis() as u64;
    service.is_well() && (service.state != State::Running || lived)
}

#[cfg(test)]
mod tests {
    use super::super::samples::service;
    use super::*;

    const NOW: UnixMillis = UnixMillis(100_000);

    fn at(name: &str, state: State) -> ServiceSnapshot {
        ServiceSnapshot { state, ..service(name) }
    }

    fn waiting(name: &str, need: &str) -> ServiceSnapshot {
        ServiceSnapshot { waiting_for: vec![ServiceName::new(need).unwrap()], ..at(name, State::Waiting) }
    }

    fn of(services: &[ServiceSnapshot]) -> Settled {
        settled(&services.iter().collect::<Vec<_>>(), NOW)
    }

    #[test]
    fn all_up_is_up() {
        assert_eq!(of(&[at("a", State::Healthy), at("b", State::Running)]), Settled::Up);
        let job = ServiceSnapshot { start_limit_ms: None, ..at("job", State::Completed) };
        assert_eq!(of(&[job]), Settled::Up);
    }

    #[test]
    fn who_waits_for_a_lost_one_is_not_waited_for() {
        let failed = at("a", State::Failed);
        assert_eq!(of(&[failed.clone(), waiting("b", "a"), waiting("c", "b")]), Settled::Never);
        assert_eq!(of(&[failed, waiting("b", "a"), at("d", State::Starting)]), Settled::NotYet);
    }

    #[test]
    fn a_crash_decides_and_so_does_leaving() {
        assert_eq!(of(&[at("a", State::Backoff)]), Settled::Never);
        let again = ServiceSnapshot { restarts: 1, ..at("a", State::Starting) };
        assert_eq!(of(&[again]), Settled::Never);
        assert_eq!(of(&[at("a", State::Completed)]), Settled::Never);
        let late = ServiceSnapshot { was_healthy: false, ..at("a", State::Unhealthy) };
        assert_eq!(of(&[late]), Settled::Never);
    }

    #[test]
    fn a_shared_one_is_nobodys_to_wait_for() {
        let shared = ServiceSnapshot { mode: Mode::Shared, ..at("mail", State::Unhealthy) };
        assert_eq!(of(&[shared, at("a", State::Healthy)]), Settled::Up);
    }

    #[test]
    fn a_process_without_a_probe_has_to_live_for_a_moment() {
        let young = ServiceSnapshot { since: UnixMillis(NOW.0 - 10), ..at("a", State::Running) };
        assert_eq!(of(&[young]), Settled::NotYet);
    }
}
