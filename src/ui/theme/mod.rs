//! How things look: colours by role and by what the terminal can show, glyphs with their ASCII twins, and which
//! of all that fits a terminal.
//!
//! Pure: it is told what the environment and the terminal say. Reads no file, asks no terminal, draws nothing.

mod child;
mod choose;
mod colour;
mod custom;
mod glyphs;
mod palette;
mod state;
mod table;

pub use child::{Ink, over};
pub use choose::{Answers, Environment, ThemeSetting, choose};
pub use colour::Rgb;
pub use custom::{CustomTheme, ThemeError};
pub use glyphs::{Glyph, GlyphSet, Glyphs};
pub use palette::{Choice, Depth, Palette, Role, Scheme};
pub use state::{Face, Theme, face};
