//! How the parts of the shell report to the supervisor's loop.

use tokio::sync::mpsc;

use crate::logs::LogSignal;
use crate::ports::{AllocateError, Allocated};
use crate::stack::{Epoch, Finding, RunReport, ServiceName, State};

/// Something for the supervisor's loop.
#[derive(Debug)]
pub(super) enum Report {
    /// A fact about one run.
    Run(ServiceName, Epoch, RunReport),
    /// The answer to the question of this number for a port.
    Port(ServiceName, u64, Result<Allocated, AllocateError>),
    /// What the ingest thread saw.
    Log(LogSignal),
    /// What was found to be wrong with a run, in the state in which it was looked into.
    Diagnosed(ServiceName, Epoch, State, Vec<Finding>),
}

/// Where reports go. Few and small: unbounded, so that nobody ever waits to tell the truth.
#[derive(Clone, Debug)]
pub(super) struct Reports {
    inbox: mpsc::UnboundedSender<Report>,
}

impl Reports {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Report>) {
        let (inbox, reports) = mpsc::unbounded_channel();
        (Self { inbox }, reports)
    }

    pub(super) fn send(&self, report: Report) {
        // Without a loop the stack is gone, and nobody is left who could act on it.
        let _ = self.inbox.send(report);
    }

    /// A reporter for one run.
    pub(super) fn of_run(&self, service: &ServiceName, epoch: Epoch) -> RunReports {
        RunReports { reports: self.clone(), service: service.clone(), epoch }
    }
}

/// Reports of one run of one service.
#[derive(Clone, Debug)]
pub(super) struct RunReports {
    reports: Reports,
    service: ServiceName,
    epoch: Epoch,
}

impl RunReports {
    pub(super) fn tell(&self, report: RunReport) {
        self.reports.send(Report::Run(self.service.clone(), self.epoch, report));
    }
}
