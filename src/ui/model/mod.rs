//! What the user has done to the console: cursor, scroll, filters, what is on top. Facts of the stack are not here.

mod ending;
mod findings;
mod logs;
mod recent;
mod settings;
mod state;
mod table;
mod toast;
mod undo;
mod welcome;

pub(crate) use ending::Ending;
pub(crate) use findings::{Attempt, FindingKey, FindingsState};
pub(crate) use logs::{LogsState, Looking, Place, Prompt, Source, Span, Spot, Stamps};
pub(crate) use recent::Recent;
pub(crate) use settings::{ProjectLook, Remembered, Settings};
pub(crate) use state::{Drag, Focus, Model, Screen};
pub(crate) use table::{Column, TableState};
pub(crate) use toast::Toast;
pub(crate) use undo::Undo;
pub use welcome::Welcome;
