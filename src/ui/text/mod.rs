//! A log line's bytes as styled, harmless, measured text, and what in it deserves attention.
//!
//! Pure. Decodes no more of a line than can be shown, whatever its length; knows nothing of panes or filters.

mod grapheme;
mod highlight;
mod label;
mod part;
mod pen;
mod shown;
mod wrap;

pub use highlight::{Highlighter, Mark, Pattern, PatternError, Spot};
pub use label::{cut, harmless, width};
pub use part::{Cut, Rows};
pub use shown::Shown;
pub use wrap::wrapped;
