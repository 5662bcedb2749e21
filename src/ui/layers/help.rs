//! All keys by where they count, what the mouse does, and how filters are written, in columns as the window allows.

use crossterm::event::KeyCode;
use ratatui::layout::Size;

use crate::ui::keymap::{Keymap, Scope, TABLE};
use crate::ui::keys::Key;
use crate::ui::text::width;

use super::{Context, Outcome};

/// The least width of a column: a key, and words that are worth reading.
const COLUMN: usize = 46;
/// The widest column: longer lines are hard to follow.
const WIDEST: usize = 76;
/// Cells between columns.
pub(crate) const GAP: usize = 3;

/// What the mouse does.
const MOUSE: &[(&str, &str)] = &[
    (
        "click",
        "Select a service; its ERR cell shows its errors, its WHY cell what is wrong, a column's title sorts, Esc undoes that",
    ),
    ("wheel", "Scroll what is under the mouse"),
    ("drag", "Select text inside the logs; letting go copies it"),
    ("drag the rule", "Give the table more or fewer rows"),
    ("ctrl-click", "Open the URL"),
    ("Shift-drag", "Your terminal's own selection (on some Macs: Option)"),
];

/// How filters are written.
const FILTERS: &[(&str, &str)] = &[
    ("word", "Lines with this text; lower case finds any case"),
    ("\"two words\"", "Lines with exactly this"),
    ("/re/  re:...", "Lines that match this regular expression"),
    ("-word  !word", "Lines without it"),
    ("a b  a|b  ( )", "Both, either, grouped"),
    ("svc:api,web", "Lines of these services"),
    ("level:warn", "Warnings and worse; also info, error"),
    ("stream:err", "What was printed to standard error"),
    ("since:5m", "The last five minutes"),
    ("run:last", "Since the latest start"),
    ("status>=500", "Fields of JSON and logfmt lines; also = != < > and user.id=7"),
];

/// All keys, scrolled down by so many rows.
#[derive(Debug, Default)]
pub(crate) struct Help {
    offset: usize,
}

/// One row of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HelpRow {
    Title(&'static str),
    /// Keys, and what they do; without keys it goes on from the row before.
    Key {
        keys: String,
        help: String,
    },
    Blank,
}

/// Everything that help says, laid out for a window.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Columns of rows, from left to right.
    pub(crate) columns: Vec<Vec<HelpRow>>,
    /// The width of each column.
    pub(crate) width: usize,
    /// The width of the keys in it.
    pub(crate) keys: usize,
    /// The rows that are seen at once.
    pub(crate) seen: usize,
}

impl Help {
    pub(super) fn key(&mut self, key: Key, context: Context<'_>) -> Outcome {
        let leaf = Leaf::of(&context.model.keymap, context.model.size);
        let page = leaf.seen.max(2) - 1;
        let at = self.offset(&leaf);
        let to = match (key.event().code, key.typed()) {
            (KeyCode::Down, _) | (_, Some('j')) => at + 1,
            (KeyCode::Up, _) | (_, Some('k')) => at.saturating_sub(1),
            (KeyCode::PageDown, _) | (_, Some(' ')) => at + page,
            (KeyCode::PageUp, _) => at.saturating_sub(page),
            (KeyCode::Home, _) | (_, Some('g')) => 0,
            (KeyCode::End, _) | (_, Some('G')) => usize::MAX,
            (_, _) => return Outcome::close(),
        };
        self.offset = to.min(leaf.hidden());
        Outcome::stay()
    }

    /// The first row that is seen.
    pub(crate) fn offset(&self, leaf: &Leaf) -> usize {
        self.offset.min(leaf.hidden())
    }
}

impl Leaf {
    /// Lays it out.
    pub(crate) fn of(keymap: &Keymap, window: Size) -> Self {
        // Two borders with a space each; two borders, the line of keys, and the hint line below.
        let room = usize::from(window.width).saturating_sub(4);
        let seen = usize::from(window.height).saturating_sub(4).max(1);
        let many = ((room + GAP) / (COLUMN + GAP)).clamp(1, 3);
        let column = (room.saturating_sub((many - 1) * GAP) / many).clamp(1, WIDEST);
        let keys = 13.min(column / 3);
        let mut rows = Vec::new();
        for (title, entries) in sections(keymap) {
            if !rows.is_empty() {
                rows.push(HelpRow::Blank);
            }
            rows.push(HelpRow::Title(title));
            for (names, help) in entries {
                push_entry(&mut rows, names, &help, keys, column);
            }
        }
        let columns = divided(rows, many);
        Self { columns, width: column, keys, seen }
    }

    /// The rows of the tallest column.
    pub(crate) fn rows(&self) -> usize {
        self.columns.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// How far it can be scrolled.
    pub(crate) fn hidden(&self) -> usize {
        self.rows().saturating_sub(self.seen)
    }
}

/// The rows in `many` columns, none of which begins within an entry or with an empty row.
fn divided(mut rows: Vec<HelpRow>, many: usize) -> Vec<Vec<HelpRow>> {
    let mut columns = Vec::new();
    for left in (1..=many).rev() {
        let tall = rows.len().div_ceil(left);
        let goes_on = |row: &HelpRow| matches!(row, HelpRow::Key { keys, .. } if keys.is_empty());
        let end = (tall..rows.len()).find(|end| !goes_on(&rows[*end])).unwrap_or(rows.len());
        let mut rest = rows.split_off(end);
        if rest.first() == Some(&HelpRow::Blank) {
            rest.remove(0);
        }
        columns.push(std::mem::replace(&mut rows, rest));
    }
    columns.retain(|column| !column.is_empty());
    columns
}

type Section = (&'static str, Vec<(String, String)>);

fn sections(keymap: &Keymap) -> Vec<Section> {
    let scoped = |scope: Scope| {
        let entries = TABLE.iter().filter(|entry| entry.scope == scope);
        let named = entries.map(|entry| {
            let keys: Vec<String> = keymap.keys_of(entry).iter().map(ToString::to_string).collect();
            (keys.join(" "), entry.help.to_owned())
        });
        named.filter(|(keys, _)| !keys.is_empty()).collect::<Vec<_>>()
    };
    let palette = TABLE.iter().filter(|entry| keymap.key_of(entry.action).is_none());
    let palette = palette.map(|entry| (entry.action.name().replace('-', " "), entry.help.to_owned()));
    let told = |table: &[(&str, &str)]| {
        table.iter().map(|(keys, help)| ((*keys).to_owned(), (*help).to_owned())).collect::<Vec<_>>()
    };
    vec![
        ("in the table of services", scoped(Scope::Services)),
        ("in the logs", scoped(Scope::Logs)),
        ("among the findings", scoped(Scope::Findings)),
        ("anywhere", scoped(Scope::Anywhere)),
        ("only among the commands", palette.collect()),
        ("mouse and copying", told(MOUSE)),
        ("filters", told(FILTERS)),
    ]
}

/// Adds an entry, what it does over as many rows as it needs.
fn push_entry(rows: &mut Vec<HelpRow>, keys: String, help: &str, room: usize, column: usize) {
    let words = column.saturating_sub(room + 2).max(8);
    // Keys that are too wide for their place stand in a row of their own.
    let mut keys = if width(&keys) > room {
        rows.push(HelpRow::Key { keys, help: String::new() });
        String::new()
    } else {
        keys
    };
    for help in crate::ui::text::wrapped(help, words) {
        rows.push(HelpRow::Key { keys: std::mem::take(&mut keys), help });
    }
}
