//! What each action does.

use crate::logs::Level;
use crate::ui::action::Action;
use crate::ui::facts::Facts;
use crate::ui::keymap::Scope;
use crate::ui::layers::{Ask, Layer, Question};
use crate::ui::model::{Ending, Focus, Model, Screen, Toast, Undo};
use crate::ui::msg::{CopyWhat, Jump, Request};

use super::{aim, findings, logs, prompt, services};

/// Does what was asked for.
pub(super) fn act(model: &mut Model, facts: &Facts, action: Action) -> Vec<Request> {
    if !aim::aim(model, facts, action) {
        return Vec::new();
    }
    if action.is_about_logs() {
        model.screen = Screen::Main;
    }
    match action {
        Action::Down => move_by(model, facts, 1),
        Action::Up => move_by(model, facts, -1),
        Action::PageDown => page(model, facts, 1.0),
        Action::PageUp => page(model, facts, -1.0),
        Action::HalfDown => page(model, facts, 0.5),
        Action::HalfUp => page(model, facts, -0.5),
        Action::Top => to_end_of(model, facts, false),
        Action::End => to_end_of(model, facts, true),
        Action::Left => sideways(model, false),
        Action::Right => sideways(model, true),
        Action::Zoom => services::zoom(model),
        Action::Fold if facts.scope(model) == Scope::Findings => findings::fold(model),
        Action::Fold => logs::fold(model, facts),
        Action::NextPane => next_pane(model, facts),
        Action::Close => close(model),
        Action::Restart => services::restart(model, facts, false),
        Action::RestartWithDependents => services::restart(model, facts, true),
        Action::Start => services::start(model),
        Action::Stop => services::stop(model),
        Action::Reassign => services::reassign(model, facts),
        Action::EndHolder => services::end_holder(model, facts),
        Action::OpenUrl => services::open(model, facts),
        Action::Reload => vec![Request::Reload],
        Action::SendLine => services::send_line(model, facts),
        Action::Terminal => services::terminal(model, facts),
        Action::NextProblem => services::next_problem(model, facts),
        Action::Mark => services::mark(model),
        Action::AllLogs => services::all_logs(model),
        Action::NextService => services::neighbour(model, facts, 1),
        Action::PreviousService => services::neighbour(model, facts, -1),
        Action::Filter => prompt::open(model),
        Action::NextMatch => logs::to_hit(model, facts, true),
        Action::PreviousMatch => logs::to_hit(model, facts, false),
        Action::NextError => vec![Request::Jump(Jump::Fault { forward: true })],
        Action::PreviousError => vec![Request::Jump(Jump::Fault { forward: false })],
        Action::Follow => logs::follow(model, facts),
        Action::Wrap => {
            model.logs.wrap = !model.logs.wrap;
            model.logs.column = 0;
            model.settings.remembered.wrap = Some(model.logs.wrap);
            vec![Request::Remember]
        }
        Action::Timestamps => {
            model.logs.stamps = model.logs.stamps.next();
            model.settings.remembered.timestamps = Some(model.logs.stamps.name().to_owned());
            vec![Request::Remember]
        }
        Action::Level => level(model),
        Action::ClearView => logs::clear(model, facts),
        Action::Marker => logs::marker(model, facts),
        Action::NextMarker => logs::next_marker(model, facts),
        Action::SelectLines => logs::select_lines(model, facts),
        Action::PinHighlight => services::pin(model),
        Action::SaveFilter => services::save_filter(model, facts),
        Action::Copy if facts.scope(model) == Scope::Findings => findings::copy(model, facts),
        Action::Copy => logs::copy(model, facts, false),
        Action::CopyBlock => logs::copy(model, facts, true),
        Action::CopyUrl => services::copy_address(model, facts),
        Action::Pager => vec![Request::Pager],
        Action::Scrollback => vec![Request::Scrollback],
        Action::Undo => undo(model, facts),
        Action::Details => {
            model.screen = Screen::Main;
            model.details = Some(!model.shows_details());
            model.settings.remembered.details = model.details;
            vec![Request::Remember]
        }
        Action::Apply => findings::apply(model, facts),
        Action::ShowLine => findings::show_line(model, facts),
        Action::ShowMain => show(model, Screen::Main),
        Action::ShowWaterfall => show(model, Screen::Waterfall),
        Action::ShowGraph => show(model, Screen::Graph),
        Action::ShowPorts => show(model, Screen::Ports),
        Action::ShowEnvironment => show(model, Screen::Environment),
        Action::ShowEvents => {
            findings::show(model, facts);
            Vec::new()
        }
        Action::GrowTable => resize_table(model, facts, 1),
        Action::ShrinkTable => resize_table(model, facts, -1),
        Action::Mouse => mouse(model, facts),
        Action::Theme => open(model, Layer::themes),
        Action::Palette => open(model, |model| Layer::palette(model, facts)),
        Action::Help => open(model, Layer::help),
        Action::Repaint => vec![Request::Repaint],
        Action::Interrupt => interrupt(model, facts),
        Action::Quit if facts.attached => leave(model),
        Action::Quit => quit(model, facts, false),
        Action::StopAll => {
            model.told_down = true;
            model.ending = if facts.is_over() { Ending::Over } else { Ending::Stopping };
            vec![services::down()]
        }
        Action::Leave => leave(model),
    }
}

fn open(model: &mut Model, layer: impl FnOnce(&Model) -> Layer) -> Vec<Request> {
    let layer = layer(model);
    model.layers.push(layer);
    Vec::new()
}

fn show(model: &mut Model, screen: Screen) -> Vec<Request> {
    model.screen = screen;
    match screen {
        Screen::Ports => vec![Request::Ports],
        Screen::Environment => services::environment(model),
        Screen::Main | Screen::Waterfall | Screen::Graph | Screen::Events => Vec::new(),
    }
}

/// Moves what moves in this view: the selected service, the cursor in the logs, or the selected row.
pub(super) fn move_by(model: &mut Model, facts: &Facts, by: i64) -> Vec<Request> {
    match (model.screen, model.focus) {
        (Screen::Main, Focus::Services) => {
            services::move_by(model, facts, by);
            Vec::new()
        }
        (Screen::Main, Focus::Logs) => vec![Request::Jump(Jump::Step(by))],
        (screen @ (Screen::Waterfall | Screen::Graph | Screen::Environment), _)
            if follows_selection(screen) =>
        {
            services::move_by(model, facts, by);
            Vec::new()
        }
        (Screen::Events, _) if facts.scope(model) == Scope::Findings => {
            findings::move_by(model, facts, by);
            Vec::new()
        }
        (Screen::Waterfall | Screen::Graph | Screen::Environment | Screen::Ports | Screen::Events, _) => {
            move_list(model, facts, by);
            Vec::new()
        }
    }
}

/// Whether moving in this view moves the selection among services.
fn follows_selection(screen: Screen) -> bool {
    match screen {
        Screen::Main | Screen::Waterfall | Screen::Graph => true,
        Screen::Ports | Screen::Environment | Screen::Events => false,
    }
}

/// Moves the lit row of the list that fills the window, as far as it has rows. Events moved back to their end follow it.
fn move_list(model: &mut Model, facts: &Facts, by: i64) {
    let last = facts.list_rows(model.screen).saturating_sub(1);
    let by = isize::try_from(by).unwrap_or(if by < 0 { isize::MIN } else { isize::MAX });
    let row = facts.lit_row(model).saturating_add_signed(by).min(last);
    if model.screen == Screen::Events && row == last {
        model.lists.remove(&model.screen);
    } else {
        model.lists.insert(model.screen, row);
    }
}

fn page(model: &mut Model, facts: &Facts, pages: f32) -> Vec<Request> {
    let rows = match model.screen {
        Screen::Main => facts.log_rows.max(2) - 1,
        Screen::Waterfall | Screen::Graph | Screen::Ports | Screen::Environment | Screen::Events => {
            usize::from(model.size.height.saturating_sub(4)).max(1)
        }
    };
    let by = (rows as f32 * pages) as i64;
    match (model.screen, model.focus) {
        // The table rarely has a second page, and the logs always have: pages are of the logs.
        (Screen::Main, _) => {
            model.focus = Focus::Logs;
            vec![Request::Jump(Jump::Step(by))]
        }
        _ => move_by(model, facts, by),
    }
}

fn to_end_of(model: &mut Model, facts: &Facts, end: bool) -> Vec<Request> {
    match (model.screen, model.focus, end) {
        (Screen::Main, Focus::Logs, true) => {
            model.logs.place = Default::default();
            Vec::new()
        }
        (Screen::Main, Focus::Logs, false) => vec![Request::Jump(Jump::First)],
        _ => {
            let far = i64::try_from(isize::MAX).unwrap_or(i64::MAX);
            move_by(model, facts, if end { far } else { -far })
        }
    }
}

fn sideways(model: &mut Model, on: bool) -> Vec<Request> {
    let step = usize::from(model.size.width / 4).max(1);
    let column = model.logs.column;
    model.logs.column = if on { column.saturating_add(step) } else { column.saturating_sub(step) };
    Vec::new()
}

fn next_pane(model: &mut Model, facts: &Facts) -> Vec<Request> {
    if findings::other_part(model, facts) {
        return Vec::new();
    }
    model.screen = Screen::Main;
    model.focus = match model.focus {
        Focus::Services => Focus::Logs,
        Focus::Logs if model.logs.zoomed => Focus::Logs,
        Focus::Logs => Focus::Services,
    };
    Vec::new()
}

/// Takes away one thing, the topmost first. Never quits.
fn close(model: &mut Model) -> Vec<Request> {
    let details = model.shows_details() && model.size.width < crate::ui::layout::WIDE;
    let logs = &mut model.logs;
    if model.screen != Screen::Main {
        model.screen = Screen::Main;
    } else if logs.span.is_some() {
        logs.span = None;
    } else if logs.looking.is_some() || logs.level.is_some() {
        remember(model);
        model.logs.looking = None;
        model.logs.level = None;
        return vec![logs::look(model)];
    } else if logs.zoomed {
        return services::unzoom(model);
    } else if details {
        model.details = Some(false);
    } else if model.table.sort.is_some() {
        model.table.sort = None;
    } else if !logs.follows() {
        logs.place = Default::default();
    } else {
        model.focus = Focus::Services;
    }
    Vec::new()
}

fn level(model: &mut Model) -> Vec<Request> {
    remember(model);
    model.logs.level = match model.logs.level {
        // Most lines do not say their level, so "info and above" would hide them.
        None | Some(Level::Unknown | Level::Trace | Level::Debug | Level::Info) => Some(Level::Warn),
        Some(Level::Warn) => Some(Level::Error),
        Some(Level::Error) => None,
    };
    vec![logs::look(model)]
}

fn resize_table(model: &mut Model, facts: &Facts, by: i16) -> Vec<Request> {
    let rows = facts.layout(model).map_or(1, |layout| layout.table.height);
    model.table.rows = Some(rows.saturating_add_signed(by).max(1));
    model.settings.remembered.table_rows = model.table.rows;
    vec![Request::Remember]
}

fn mouse(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let ours = !model.settings.mouse();
    model.settings.remembered.mouse = Some(ours);
    let said = if ours { "the mouse is Portolan's" } else { "the mouse is the terminal's; M takes it back" };
    model.toast = Some(Toast::said(said, facts.now));
    vec![Request::Mouse(ours), Request::Remember]
}

/// Keeps the view as it is for undo.
pub(super) fn remember(model: &mut Model) {
    const KEPT: usize = 20;
    if model.undo.len() == KEPT {
        model.undo.remove(0);
    }
    model.undo.push(Undo::of(&model.logs));
}

fn undo(model: &mut Model, facts: &Facts) -> Vec<Request> {
    let Some(before) = model.undo.pop() else {
        model.toast = Some(Toast::said("nothing to undo", facts.now));
        return Vec::new();
    };
    before.restore(&mut model.logs);
    model.settings.remembered.pins = model.logs.pins.clone();
    vec![logs::look(model), Request::Remember]
}

/// Ctrl-C: copies a selection; else asks, and a second one while asking is a yes.
fn interrupt(model: &mut Model, facts: &Facts) -> Vec<Request> {
    if let Some(span) = model.logs.span.take() {
        return vec![Request::Copy(CopyWhat::Span(span))];
    }
    match model.ending {
        Ending::Not => quit(model, facts, true),
        Ending::Stopping => {
            model.ending = Ending::Killing;
            vec![services::kill()]
        }
        Ending::Killing | Ending::Over => Vec::new(),
    }
}

/// Closes the console and leaves the stack as it is, if another process launched it; else it ends with ours.
fn leave(model: &mut Model) -> Vec<Request> {
    model.ending = Ending::Over;
    Vec::new()
}

fn quit(model: &mut Model, facts: &Facts, interrupted: bool) -> Vec<Request> {
    if model.ending != Ending::Not {
        return Vec::new();
    }
    model.interrupted = interrupted;
    let running = facts.running();
    // The launcher of another process is not ended without a question, even if nothing runs.
    if facts.is_over() || (running == 0 && !facts.attached) {
        return act(model, facts, Action::StopAll);
    }
    model.layers.push(Layer::Ask(Ask { question: Question::Quit { running, attached: facts.attached } }));
    Vec::new()
}
