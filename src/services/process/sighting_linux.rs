//! The processes of a run as anybody of the same user sees them on Linux, not only their launcher. Reads /proc, decides
//! nothing.

use super::procfs;
use super::tag::Tag;
use super::{GivenEnv, ProcessRef, RUN_ID_VARIABLE, SERVICE_VARIABLE, ServiceMarker};
use crate::stack::RunId;

/// A living process that carries the mark of a run.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The process.
    pub process: ProcessRef,
    service: Option<String>,
    tag: Option<Tag>,
}

impl Sighting {
    /// Whether it came of this service: by its environment, or where that was cleaned, by the mark in its limits.
    pub fn is_of(&self, marker: &ServiceMarker) -> bool {
        match &self.service {
            Some(service) => *service == marker.service.to_string(),
            None => self.tag == Some(marker.tag()),
        }
    }
}

/// Every living process that carries the mark of `run`. Reads all of /proc: some milliseconds for hundreds of
/// processes.
pub fn sightings_of(run: &RunId) -> Vec<Sighting> {
    let own = std::process::id();
    let marked = |pid: u32| {
        let tag = procfs::tag(pid).filter(|tag| tag.is_of_run(run.as_str()));
        let environment = environment_of(pid);
        let says = |name| environment.as_ref().and_then(|environment| environment.get(name));
        let service = says(RUN_ID_VARIABLE)
            .filter(|id| *id == run.as_str().as_bytes())
            .map(|_| String::from_utf8_lossy(says(SERVICE_VARIABLE).unwrap_or_default()).into_owned());
        (tag.is_some() || service.is_some()).then_some((tag, service))
    };
    procfs::all()
        .into_iter()
        .filter(|pid| *pid != own)
        .filter_map(|pid| {
            let (tag, service) = marked(pid)?;
            // A zombie keeps its mark until it is reaped.
            Some(Sighting { process: ProcessRef::of(pid)?, service, tag })
        })
        .collect()
}

/// The environment with which a process was started; `None` if it is gone or another user's.
pub fn environment_of(pid: u32) -> Option<GivenEnv> {
    procfs::environment(pid).map(|bytes| GivenEnv::parse(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a child with a mark in its environment")]
    fn a_marked_process_is_seen_while_it_lives() {
        let marker = ServiceMarker {
            run_id: RunId::from_bits(0x51),
            service: crate::stack::ServiceName::new("api").unwrap().into(),
        };
        let mut command = std::process::Command::new("sleep");
        let mut child = command.arg("60").envs(marker.variables()).spawn().unwrap();
        let seen = sightings_of(&marker.run_id);
        let elsewhere = sightings_of(&RunId::from_bits(0x52));
        let given = environment_of(child.id()).unwrap();
        child.kill().unwrap();
        // Not waited for yet: it is a zombie at most.
        let ended = |_: &u8| sightings_of(&marker.run_id).is_empty();
        assert!([0; 200].iter().any(|n| ended(n) || {
            std::thread::sleep(std::time::Duration::from_millis(10));
            false
        }));
        child.wait().unwrap();
        assert_eq!(seen.iter().map(|seen| seen.process.pid).collect::<Vec<_>>(), [child.id()]);
        assert!(seen[0].is_of(&marker));
        assert!(elsewhere.is_empty());
        assert_eq!(given.get(SERVICE_VARIABLE), Some(&b"api"[..]));
    }
}
