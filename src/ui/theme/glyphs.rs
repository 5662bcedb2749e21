//! Every sign that the console draws, each with an ASCII twin.

/// A sign by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// A healthy service.
    Healthy,
    /// A service on its way; [`Glyphs::starting`] turns it.
    Starting,
    /// A waiting service.
    Waiting,
    /// An unhealthy service.
    Unhealthy,
    /// A failed service.
    Failed,
    /// A completed one-shot service.
    Completed,
    /// A stopped service.
    Stopped,
    /// The selected row.
    Selection,
    /// A horizontal rule.
    Rule,
    /// A vertical divider.
    Divider,
    /// Corners of a dialog.
    TopLeft,
    /// Corners of a dialog.
    TopRight,
    /// Corners of a dialog.
    BottomLeft,
    /// Corners of a dialog.
    BottomRight,
    /// A divider that meets a rule from below, or branches in the graph.
    TeeDown,
    /// A divider that meets a rule from above.
    TeeUp,
    /// A branch to the right.
    TeeRight,
    /// A branch to the left.
    TeeLeft,
    /// Lines of the graph that meet from all sides.
    Cross,
    /// The head of an arrow to the right.
    Arrow,
    /// A folded block.
    Folded,
    /// An open block.
    Open,
    /// Lines left out. In ASCII three cells wide, the only one that is not one cell.
    Elided,
    /// Text that goes on past an edge.
    Cut,
    /// A bar: done, and well.
    Bar,
    /// A bar: in progress.
    BarStarting,
    /// A bar: failed.
    BarFailed,
    /// A bar: waiting.
    BarWaiting,
    /// A bar: what comes before the start.
    BarPreparing,
    /// A line down from the scale of bars.
    BarGuide,
    /// Where in the list one is, beside it.
    Thumb,
    /// The way from an old value to a new one.
    Becomes,
    /// The column that rows are sorted by.
    Sorted,
    /// Something was printed that was not looked at.
    Unseen,
}

/// Which signs a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum GlyphSet {
    /// All.
    #[default]
    Unicode,
    /// Those that are one cell wide everywhere. The terminal draws East Asian Ambiguous characters, most box
    /// lines among them, two cells wide.
    Narrow,
    /// ASCII only.
    Ascii,
}

/// The signs that a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Glyphs {
    set: GlyphSet,
}

impl Glyph {
    /// All of them.
    pub const ALL: [Self; 34] = [
        Self::Healthy,
        Self::Starting,
        Self::Waiting,
        Self::Unhealthy,
        Self::Failed,
        Self::Completed,
        Self::Stopped,
        Self::Selection,
        Self::Rule,
        Self::Divider,
        Self::TopLeft,
        Self::TopRight,
        Self::BottomLeft,
        Self::BottomRight,
        Self::TeeDown,
        Self::TeeUp,
        Self::TeeRight,
        Self::TeeLeft,
        Self::Cross,
        Self::Arrow,
        Self::Folded,
        Self::Open,
        Self::Elided,
        Self::Cut,
        Self::Bar,
        Self::BarStarting,
        Self::BarFailed,
        Self::BarWaiting,
        Self::BarPreparing,
        Self::BarGuide,
        Self::Thumb,
        Self::Becomes,
        Self::Sorted,
        Self::Unseen,
    ];

    fn pair(self) -> (&'static str, &'static str) {
        match self {
            Self::Healthy => ("●", "*"),
            Self::Starting => ("◐", "~"),
            Self::Waiting => ("◌", "."),
            Self::Unhealthy => ("▲", "!"),
            Self::Failed => ("✗", "x"),
            Self::Completed => ("✓", "+"),
            Self::Stopped => ("○", "-"),
            Self::Selection => ("▌", ">"),
            Self::Rule => ("─", "-"),
            Self::Divider => ("│", "|"),
            Self::TopLeft => ("┌", "+"),
            Self::TopRight => ("┐", "+"),
            Self::BottomLeft => ("└", "+"),
            Self::BottomRight => ("┘", "+"),
            Self::TeeDown => ("┬", "+"),
            Self::TeeUp => ("┴", "+"),
            Self::TeeRight => ("├", "+"),
            Self::TeeLeft => ("┤", "+"),
            Self::Cross => ("┼", "+"),
            Self::Arrow => ("▶", ">"),
            Self::Folded => ("▸", "+"),
            Self::Open => ("▾", "-"),
            Self::Elided => ("⋯", "..."),
            Self::Cut => ("…", ">"),
            Self::Bar => ("█", "#"),
            Self::BarStarting => ("▒", "="),
            Self::BarFailed => ("░", "."),
            Self::BarWaiting => ("╌", "-"),
            Self::BarPreparing => ("━", "~"),
            Self::BarGuide => ("┊", ":"),
            Self::Thumb => ("█", "#"),
            Self::Becomes => ("→", ">"),
            Self::Sorted => ("↓", "v"),
            Self::Unseen => ("·", "*"),
        }
    }
}

impl Glyphs {
    /// The signs of `set`.
    pub fn new(set: GlyphSet) -> Self {
        Self { set }
    }

    /// Which signs there are.
    pub fn set(self) -> GlyphSet {
        self.set
    }

    /// The sign for `glyph`.
    pub fn get(self, glyph: Glyph) -> &'static str {
        let (unicode, ascii) = glyph.pair();
        self.pick(unicode, ascii)
    }

    /// The sign of a service on its way, `frame` steps after the first one. The only thing that moves.
    pub fn starting(self, frame: usize) -> &'static str {
        match self.set {
            GlyphSet::Unicode => ["◐", "◓", "◑", "◒"][frame % 4],
            GlyphSet::Narrow | GlyphSet::Ascii => ["~", "="][frame % 2],
        }
    }

    /// Whether braille patterns can be shown, for meters. Without them there is only the number.
    pub fn braille(self) -> bool {
        match self.set {
            GlyphSet::Unicode | GlyphSet::Narrow => true,
            GlyphSet::Ascii => false,
        }
    }

    fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.set {
            GlyphSet::Unicode => unicode,
            GlyphSet::Narrow if is_neutral(unicode) => unicode,
            GlyphSet::Narrow | GlyphSet::Ascii => ascii,
        }
    }
}

/// Whether `sign` is one cell wide in East Asian terminals too.
fn is_neutral(sign: &str) -> bool {
    unicode_width::UnicodeWidthStr::width_cjk(sign) == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::CellWidth;

    #[test]
    fn every_sign_is_one_cell_wide_in_every_set() {
        for set in [GlyphSet::Unicode, GlyphSet::Narrow, GlyphSet::Ascii] {
            for glyph in Glyph::ALL {
                let sign = Glyphs::new(set).get(glyph);
                let exception = glyph == Glyph::Elided && sign == "...";
                assert!(sign.cell_width() == 1 || exception, "{glyph:?} {sign}");
                assert!(set != GlyphSet::Ascii || sign.is_ascii(), "{glyph:?} {sign}");
            }
            for frame in 0..5 {
                assert_eq!(Glyphs::new(set).starting(frame).cell_width(), 1);
            }
        }
    }

    #[test]
    fn where_ambiguous_signs_are_wide_only_neutral_ones_stay() {
        let narrow = Glyphs::new(GlyphSet::Narrow);
        let kept: Vec<_> =
            Glyph::ALL.map(|glyph| narrow.get(glyph)).into_iter().filter(|s| !s.is_ascii()).collect();
        assert_eq!(kept, ["◌", "✗", "✓", "▸", "▾", "⋯", "░", "╌"]);
        assert!(narrow.braille());
    }
}
