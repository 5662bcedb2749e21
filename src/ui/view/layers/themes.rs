//! The list of themes; the window behind it is the preview.

use crate::ui::layers::{Themes, about};
use crate::ui::theme::Role;

use super::sheet::{Line, Part, Sheet};

/// The dialog.
pub(super) fn sheet(themes: &Themes) -> Sheet {
    let mut sheet = Sheet::new("colours");
    for (n, name) in themes.names.iter().enumerate() {
        let parts = vec![Part::column(name.as_str(), Role::Text, 15), Part::new(about(name), Role::Muted)];
        sheet.add(Line::choice(parts, n == themes.at));
    }
    sheet.key("↑ ↓", "try").key("Enter", "keep").key("Esc", "as before");
    sheet
}
