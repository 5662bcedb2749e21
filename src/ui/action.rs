//! Everything that a key, the palette or a click can ask for, by name. What an action does is `update`'s business.

use std::fmt;

/// One thing that the console can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Action {
    Down,
    Up,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    Top,
    End,
    Left,
    Right,
    Zoom,
    Fold,
    NextPane,
    Close,
    Restart,
    RestartWithDependents,
    Start,
    Stop,
    Reassign,
    EndHolder,
    OpenUrl,
    Reload,
    SendLine,
    Terminal,
    NextProblem,
    Mark,
    AllLogs,
    NextService,
    PreviousService,
    Filter,
    NextMatch,
    PreviousMatch,
    NextError,
    PreviousError,
    Follow,
    Wrap,
    Timestamps,
    Level,
    ClearView,
    Marker,
    NextMarker,
    SelectLines,
    PinHighlight,
    SaveFilter,
    Copy,
    CopyUrl,
    CopyBlock,
    Pager,
    Scrollback,
    Undo,
    Details,
    Apply,
    ShowLine,
    ShowMain,
    ShowWaterfall,
    ShowGraph,
    ShowPorts,
    ShowEnvironment,
    ShowEvents,
    GrowTable,
    ShrinkTable,
    Mouse,
    Theme,
    Palette,
    Help,
    Repaint,
    Interrupt,
    Quit,
    StopAll,
    Leave,
}

impl Action {
    /// Its name, as in `[keys]` of portolan.toml.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Up => "up",
            Self::PageDown => "page-down",
            Self::PageUp => "page-up",
            Self::HalfDown => "half-page-down",
            Self::HalfUp => "half-page-up",
            Self::Top => "top",
            Self::End => "end",
            Self::Left => "left",
            Self::Right => "right",
            Self::Zoom => "zoom",
            Self::Fold => "fold",
            Self::NextPane => "next-pane",
            Self::Close => "close",
            Self::Restart => "restart",
            Self::RestartWithDependents => "restart-with-dependents",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Reassign => "reassign",
            Self::EndHolder => "end-holder",
            Self::OpenUrl => "open-url",
            Self::Reload => "reload",
            Self::SendLine => "send-line",
            Self::Terminal => "terminal",
            Self::NextProblem => "next-problem",
            Self::Mark => "mark",
            Self::AllLogs => "all-logs",
            Self::NextService => "next-service",
            Self::PreviousService => "previous-service",
            Self::Filter => "filter",
            Self::NextMatch => "next-match",
            Self::PreviousMatch => "previous-match",
            Self::NextError => "next-error",
            Self::PreviousError => "previous-error",
            Self::Follow => "follow",
            Self::Wrap => "wrap",
            Self::Timestamps => "timestamps",
            Self::Level => "level",
            Self::ClearView => "clear-view",
            Self::Marker => "marker",
            Self::NextMarker => "next-marker",
            Self::SelectLines => "select-lines",
            Self::PinHighlight => "pin-highlight",
            Self::SaveFilter => "save-filter",
            Self::Copy => "copy",
            Self::CopyUrl => "copy-url",
            Self::CopyBlock => "copy-block",
            Self::Pager => "pager",
            Self::Scrollback => "scrollback",
            Self::Undo => "undo",
            Self::Details => "details",
            Self::Apply => "apply",
            Self::ShowLine => "show-line",
            Self::ShowMain => "main",
            Self::ShowWaterfall => "waterfall",
            Self::ShowGraph => "graph",
            Self::ShowPorts => "ports",
            Self::ShowEnvironment => "environment",
            Self::ShowEvents => "events",
            Self::GrowTable => "grow-table",
            Self::ShrinkTable => "shrink-table",
            Self::Mouse => "mouse",
            Self::Theme => "theme",
            Self::Palette => "palette",
            Self::Help => "help",
            Self::Repaint => "repaint",
            Self::Interrupt => "interrupt",
            Self::Quit => "quit",
            Self::StopAll => "stop-all",
            Self::Leave => "leave",
        }
    }
}

/// What an action is about, which decides where it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// A service: that of the lit row.
    Service,
    /// What the logs show: they have to be in sight.
    Logs,
    /// Which service's logs are shown.
    ServiceInLogs,
    /// The console itself, or whatever has the focus.
    Console,
}

impl Action {
    /// Whether it is done to one service.
    pub(crate) fn is_about_a_service(self) -> bool {
        matches!(self.about(), About::Service | About::ServiceInLogs)
    }

    /// Whether it changes what the logs show, so that they have to be in sight.
    pub(crate) fn is_about_logs(self) -> bool {
        matches!(self.about(), About::Logs | About::ServiceInLogs)
    }

    fn about(self) -> About {
        match self {
            Self::Restart | Self::RestartWithDependents | Self::Start | Self::Stop => About::Service,
            Self::Reassign | Self::EndHolder | Self::OpenUrl | Self::CopyUrl => About::Service,
            Self::SendLine | Self::Terminal | Self::Details | Self::ShowEnvironment => About::Service,
            Self::Apply | Self::ShowLine => About::Service,
            Self::Mark | Self::Zoom => About::ServiceInLogs,
            Self::AllLogs | Self::NextService | Self::PreviousService => About::Logs,
            Self::Filter | Self::NextMatch | Self::PreviousMatch => About::Logs,
            Self::NextError | Self::PreviousError | Self::Follow | Self::Level => About::Logs,
            Self::Wrap | Self::Timestamps | Self::Left | Self::Right => About::Logs,
            Self::ClearView | Self::Undo => About::Logs,
            Self::Down | Self::Up | Self::PageDown | Self::PageUp | Self::HalfDown => About::Console,
            Self::HalfUp | Self::Top | Self::End | Self::NextPane | Self::Close => About::Console,
            Self::Fold | Self::Marker | Self::NextMarker | Self::SelectLines => About::Console,
            Self::Copy | Self::CopyBlock | Self::Pager | Self::Scrollback => About::Console,
            Self::PinHighlight | Self::SaveFilter | Self::Reload | Self::NextProblem => About::Console,
            Self::ShowMain | Self::ShowWaterfall | Self::ShowGraph | Self::ShowPorts => About::Console,
            Self::ShowEvents | Self::GrowTable | Self::ShrinkTable | Self::Mouse => About::Console,
            Self::Theme | Self::Palette | Self::Help | Self::Repaint => About::Console,
            Self::Interrupt | Self::Quit | Self::StopAll | Self::Leave => About::Console,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
