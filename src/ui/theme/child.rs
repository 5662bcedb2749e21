//! The colours that services print, made to fit the palette: readable on its ground, and no more of them than the
//! terminal has.
//!
//! The 16 of ANSI take the palette's own hues where the ground is known, since what they really look like is the
//! terminal's secret and its blue on black is often unreadable. All other colours are moved towards white or
//! black until they have 4.5 to 1, the least that WCAG allows for text, on the hardest ground, selection included.

use ratatui::style::{Color, Modifier, Style};

use super::{Depth, Palette, Rgb, Role};

/// The least contrast of a child's text.
const READABLE: f32 = 4.5;

/// A colour as a program names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ink {
    /// An index of 256; the first 16 are ANSI's.
    Index(u8),
    /// An exact colour.
    Rgb(Rgb),
}

/// Lays `top` over `base`. Under reverse the colours of `base` go, since nobody chose them as grounds.
pub fn over(base: Style, top: Style) -> Style {
    let mut style = base;
    if top.add_modifier.contains(Modifier::REVERSED) {
        (style.fg, style.bg) = (None, None);
    } else if top.bg.is_some() && base.bg.is_some() {
        // Colours that were chosen for another ground.
        (style.fg, style.bg) = (None, None);
    }
    if top.bg.is_some() {
        style.add_modifier.remove(Modifier::REVERSED);
    }
    style.patch(top)
}

impl Ink {
    /// The colour as xterm shows it.
    fn rgb(self) -> Rgb {
        match self {
            Self::Index(index) => Rgb::of_index(index),
            Self::Rgb(colour) => colour,
        }
    }
}

impl Palette {
    /// The style for text that a child prints in `text` on `ground` with `modifier`.
    pub fn child(&self, text: Option<Ink>, ground: Option<Ink>, modifier: Modifier) -> Style {
        let Some(hardest) = self.choice().hardest_ground() else {
            return match self.choice().depth {
                Depth::Monochrome => Style::new().add_modifier(modifier & MONOCHROME),
                Depth::Ansi | Depth::Indexed | Depth::True => few_colours(text, ground, modifier),
            };
        };
        let mut style = Style::new().add_modifier(modifier);
        match ground.map(Ink::rgb).filter(|ground| ground.contrast(hardest) > 1.6) {
            Some(ground) => {
                let wanted = text.map_or_else(|| ground.opposite(), Ink::rgb);
                style.bg = Some(self.paint(ground));
                style.fg = Some(self.paint_readable(wanted, ground, READABLE));
            }
            None => style.fg = text.and_then(|ink| self.on_own_ground(ink, hardest)),
        }
        if style.fg.is_some() {
            // Dim takes contrast away that was just made sure of.
            style.add_modifier.remove(Modifier::DIM);
        }
        style
    }

    /// `ink` exactly, as this depth has it; `None` where the depth has no such colour.
    pub(super) fn exact(&self, ink: Ink) -> Option<Color> {
        match (ink, self.choice().depth) {
            (_, Depth::Monochrome) => None,
            (Ink::Index(index), Depth::Indexed | Depth::True) => Some(Color::Indexed(index)),
            (Ink::Index(index @ 1..=6), Depth::Ansi) => Some(ansi(index)),
            (ink, Depth::Ansi) => ink.rgb().to_ansi(),
            (Ink::Rgb(colour), Depth::Indexed | Depth::True) => Some(self.paint(colour)),
        }
    }

    fn on_own_ground(&self, ink: Ink, hardest: Rgb) -> Option<Color> {
        let dark = hardest.luminance() < 0.18;
        match ink {
            Ink::Index(0) if dark => self.style(Role::Muted).fg,
            Ink::Index(7) if !dark => self.style(Role::Muted).fg,
            Ink::Index(0 | 7 | 15) => None,
            Ink::Index(8) => self.style(Role::Muted).fg,
            Ink::Index(1 | 9) => self.style(Role::Error).fg,
            Ink::Index(2 | 10) => self.style(Role::Healthy).fg,
            Ink::Index(3 | 11) => self.style(Role::Warn).fg,
            Ink::Index(4 | 12) => self.service(0).fg,
            Ink::Index(5 | 13) => self.service(3).fg,
            Ink::Index(6 | 14) => self.style(Role::Starting).fg,
            Ink::Index(16..) | Ink::Rgb(_) => Some(self.paint_readable(ink.rgb(), hardest, READABLE)),
        }
    }

    /// `colour` so that its contrast to `ground` is at least `ratio`, after rounding to the depth too.
    pub(super) fn paint_readable(&self, colour: Rgb, ground: Rgb, ratio: f32) -> Color {
        let ground = match self.paint(ground) {
            Color::Indexed(index) if self.choice().hardest_ground() != Some(ground) => Rgb::of_index(index),
            _ => ground,
        };
        let mut aim = ratio;
        loop {
            let painted = self.paint(colour.readable_on(ground, aim));
            let Color::Indexed(index) = painted else { return painted };
            if Rgb::of_index(index).contrast(ground) >= ratio || aim > 20.0 {
                return painted;
            }
            aim += 0.5;
        }
    }
}

impl Rgb {
    /// Black or white, whichever can be read better on it.
    fn opposite(self) -> Self {
        if self.luminance() > 0.18 { Self(0, 0, 0) } else { Self(255, 255, 255) }
    }
}

/// What may remain without colours.
const MONOCHROME: Modifier =
    Modifier::BOLD.union(Modifier::DIM).union(Modifier::UNDERLINED).union(Modifier::REVERSED);

/// With ANSI 1 to 6 only, on a ground that nobody knows: a painted ground becomes reverse, without colours.
fn few_colours(text: Option<Ink>, ground: Option<Ink>, modifier: Modifier) -> Style {
    let mut style = Style::new().add_modifier(modifier);
    let painted =
        ground.is_some_and(|ground| ground.rgb().luminance() > 0.1 || ground.rgb().to_ansi().is_some());
    if painted || modifier.contains(Modifier::REVERSED) {
        return style.add_modifier(Modifier::REVERSED);
    }
    let colour = match text {
        Some(Ink::Index(index @ 1..=6)) => Some(ansi(index)),
        Some(Ink::Index(index @ 9..=14)) => Some(ansi(index - 8)),
        Some(Ink::Index(8)) => return style.add_modifier(Modifier::DIM),
        Some(ink) => ink.rgb().to_ansi(),
        None => None,
    };
    if colour.is_some() {
        // Never bold with a colour: bold as bright is unreadable on light grounds.
        style.add_modifier.remove(Modifier::BOLD | Modifier::DIM);
    }
    style.fg = colour;
    style
}

fn ansi(index: u8) -> Color {
    match index {
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        _ => Color::Cyan,
    }
}
