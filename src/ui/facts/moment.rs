//! Everything that is known at one moment, and the questions that views and updates ask of it.

use super::{Happenings, ServiceHistory};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::logs::{Anchor, Counts, FaultCount, Page};
use crate::stack::{
    EnvReport, PortsReport, ServiceDescription, ServiceName, ServiceSnapshot, StackDescription,
    StackSnapshot, State, Timeline, UnixMillis, Vitals,
};

use crate::ui::layout::{Contents, Layout, layout};
use crate::ui::model::{Column, Model};

/// Facts for one frame.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) now: UnixMillis,
    /// The offset of this place from UTC in seconds, for times of day.
    pub(crate) utc_offset: i32,
    pub(crate) snapshot: Arc<StackSnapshot>,
    /// The branch of the checkout, if it is one.
    pub(crate) branch: Option<String>,
    /// What the specification says; none until it has answered.
    pub(crate) description: Option<Arc<StackDescription>>,
    pub(crate) link: Link,
    /// Whether another process launched the stack, so that leaving leaves it running.
    pub(crate) attached: bool,
    /// The latest measurement; none before the first.
    pub(crate) vitals: Option<Arc<Vitals>>,
    /// What was measured of each service before.
    pub(crate) history: BTreeMap<ServiceName, ServiceHistory>,
    pub(crate) happenings: Happenings,
    pub(crate) timeline: Timeline,
    /// The ports of the machine, as they were when last asked for.
    pub(crate) ports: Option<PortsReport>,
    /// The environment of a service, as it was when last asked for.
    pub(crate) environment: Option<EnvReport>,
    /// What a service's terminal shows, while one is watched.
    pub(crate) terminal: Option<Screenful>,
    /// The lines on the screen.
    pub(crate) page: Page,
    /// Whether the page is the newest one because there was too little below the place where the pane stands.
    pub(crate) at_end: bool,
    /// What of the page is drawn; none until it is.
    pub(crate) drawn: Option<Drawn>,
    /// The rows that the logs pane has.
    pub(crate) log_rows: usize,
    /// The sequence number after the newest line.
    pub(crate) log_end: u64,
    pub(crate) counts: Counts,
    /// Errors and warnings of each service since its latest start.
    pub(crate) faults: BTreeMap<ServiceName, FaultCount>,
    /// Services that printed something since they were last looked at.
    pub(crate) unseen: BTreeSet<ServiceName>,
    /// Up to where the lines of each service were among those shown.
    pub(crate) seen_to: BTreeMap<ServiceName, u64>,
    /// Which step of the one animation is due.
    pub(crate) frame: usize,
}

/// Whether the stack answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Live,
    /// Not since then; it is tried again.
    Lost(UnixMillis),
    /// The launcher has ended: nothing of the stack lives.
    Over,
}

/// Which entries of the page have rows in the pane: where lines wrap, few of them may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    pub(crate) first: u64,
    /// The rows of the first entry that are above the pane.
    pub(crate) skip: usize,
    pub(crate) last: u64,
    /// How many rows there are.
    pub(crate) rows: usize,
}

/// What a terminal of a service shows: cells with their styles, row by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Screenful {
    pub(crate) service: Option<ServiceName>,
    pub(crate) screen: Option<Arc<vt100::Screen>>,
}

impl Facts {
    /// Facts of a stack of which only a snapshot is known.
    pub(crate) fn new(snapshot: Arc<StackSnapshot>, attached: bool, now: UnixMillis) -> Self {
        Self {
            now,
            utc_offset: 0,
            snapshot,
            branch: None,
            description: None,
            link: Link::Live,
            attached,
            vitals: None,
            history: BTreeMap::new(),
            happenings: Happenings::default(),
            timeline: Timeline::default(),
            ports: None,
            environment: None,
            terminal: None,
            page: Page::default(),
            at_end: false,
            drawn: None,
            log_rows: 0,
            log_end: 0,
            counts: Counts::default(),
            faults: BTreeMap::new(),
            unseen: BTreeSet::new(),
            seen_to: BTreeMap::new(),
            frame: 0,
        }
    }

    /// The time, as queries count from it.
    pub(crate) fn system_now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now.0)
    }

    /// Whether nothing of the stack lives any more.
    pub(crate) fn is_over(&self) -> bool {
        self.link == Link::Over
    }

    /// How many services run, or are about to.
    pub(crate) fn running(&self) -> usize {
        self.snapshot.services.iter().filter(|service| !service.state.is_at_rest()).count()
    }

    /// Whether some service has not come up yet.
    pub(crate) fn is_starting(&self) -> bool {
        self.snapshot.services.iter().any(|service| {
            matches!(service.state, State::Waiting | State::Preparing | State::Starting | State::Backoff)
        })
    }

    /// Whether a person should look at it.
    pub(crate) fn is_problem(&self, service: &ServiceSnapshot) -> bool {
        matches!(service.state, State::Failed | State::Unhealthy | State::Backoff)
    }

    /// The first service that failed.
    pub(crate) fn first_failure(&self) -> Option<&ServiceName> {
        let mut services = self.snapshot.services.iter();
        services.find(|service| service.state == State::Failed).map(|service| &service.name)
    }

    /// What the specification says of a service.
    pub(crate) fn described(&self, name: &ServiceName) -> Option<&ServiceDescription> {
        self.description.as_ref()?.services.iter().find(|service| service.name == *name)
    }

    /// The services as the table has them: as configured, or sorted.
    pub(crate) fn in_order(&self, model: &Model) -> Vec<ServiceName> {
        let mut services: Vec<&ServiceSnapshot> = self.snapshot.services.iter().collect();
        match model.table.sort {
            None | Some(Column::LastEvent | Column::Spark) => {}
            Some(Column::Service) => services.sort_by(|a, b| a.name.cmp(&b.name)),
            Some(Column::State | Column::Health) => services.sort_by_key(|service| service.state.is_up()),
            Some(Column::Port) => services.sort_by_key(|service| service.port),
            Some(Column::Cpu) => services.sort_by(|a, b| self.cpu(&b.name).total_cmp(&self.cpu(&a.name))),
            Some(Column::Memory) => {
                services.sort_by_key(|service| std::cmp::Reverse(self.memory(&service.name)));
            }
            Some(Column::Up) => services.sort_by_key(|service| service.started_at),
            Some(Column::Restarts) => services.sort_by_key(|service| std::cmp::Reverse(service.restarts)),
            Some(Column::Why) => {
                services
                    .sort_by_key(|service| std::cmp::Reverse(self.snapshot.findings_of(&service.name).len()));
            }
            Some(Column::Errors) => {
                services.sort_by_key(|service| std::cmp::Reverse(self.errors(&service.name)));
            }
        }
        services.into_iter().map(|service| service.name.clone()).collect()
    }

    /// Where everything goes; `None` in a window that is too small.
    pub(crate) fn layout(&self, model: &Model) -> Option<Layout> {
        layout(model, Contents { services: self.snapshot.services.len(), starting: self.is_starting() })
    }

    /// Whether the pane is filled from the top of the page down, rather than from its bottom up.
    pub(crate) fn stands_at_top(&self, model: &Model) -> bool {
        matches!(model.logs.place.anchor, Anchor::Top(_)) && !self.at_end
    }

    /// The lines on the screen, by the sequence numbers of the first and the last entry.
    pub(crate) fn seen(&self) -> Option<RangeInclusive<u64>> {
        if let Some(drawn) = self.drawn {
            return Some(drawn.first..=drawn.last);
        }
        let entries = &self.page.entries;
        Some(entries.first()?.seq()..=entries.last()?.seq())
    }

    /// Errors of a service since its latest start.
    pub(crate) fn errors(&self, name: &ServiceName) -> u64 {
        self.faults.get(name).map_or(0, |count| count.errors)
    }

    fn cpu(&self, name: &ServiceName) -> f32 {
        let vitals = self.vitals.as_ref().and_then(|vitals| vitals.service(name));
        vitals.and_then(|service| service.usage.cpu).unwrap_or(-1.0)
    }

    fn memory(&self, name: &ServiceName) -> Option<u64> {
        self.vitals.as_ref().and_then(|vitals| vitals.service(name)).and_then(|service| service.usage.memory)
    }
}
