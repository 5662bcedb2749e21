//! From roles to styles, for one scheme and one depth of colour.

use ratatui::style::{Color, Modifier, Style};

use super::table::{self, Marks, Tone, Tones};
use super::{Ink, Rgb};

/// What something on the screen is, which decides how it is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Text in the terminal's own colour.
    Text,
    /// Secondary text.
    Muted,
    /// Lines between panes.
    Rule,
    /// The rule of the pane that has the keys, and titles of dialogs.
    Focus,
    /// What invites: keys in hints, addresses, the mark of the selected row.
    Accent,
    /// All is well.
    Healthy,
    /// On its way.
    Starting,
    /// Unhealthy services, warnings.
    Warn,
    /// Failed services, errors.
    Error,
    /// Waiting, stopped, completed: nothing to look at now.
    Idle,
    /// The selected row, or selected text: laid over other styles.
    Selection,
    /// What a filter or a search found: laid over other styles.
    Match,
    /// The match that the cursor is on: laid over other styles.
    CurrentMatch,
    /// The body of a dialog: laid over whatever was there.
    Dialog,
}

/// Which table the colours come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Light text on a dark ground.
    Dark,
    /// Dark text on a light ground.
    Light,
    /// As dark, with at least 9 to 1.
    HighContrastDark,
    /// As light, with at least 9 to 1.
    HighContrastLight,
    /// ANSI colours 1 to 6 on whatever ground there is.
    Terminal,
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// None, or none are wanted: bold, dim, underline and reverse remain.
    Monochrome,
    /// The 16 of ANSI, of which six are used.
    Ansi,
    /// 256.
    Indexed,
    /// 24 bits.
    True,
}

/// A scheme at a depth. [`Scheme::Terminal`] and depths below [`Depth::Indexed`] look the same: the six.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The table.
    pub scheme: Scheme,
    /// The depth.
    pub depth: Depth,
}

/// The styles of all roles, of service names and of what services print.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    choice: Choice,
    styles: [Style; Role::ALL.len()],
    services: Vec<Style>,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Muted,
        Self::Rule,
        Self::Focus,
        Self::Accent,
        Self::Healthy,
        Self::Starting,
        Self::Warn,
        Self::Error,
        Self::Idle,
        Self::Selection,
        Self::Match,
        Self::CurrentMatch,
        Self::Dialog,
    ];
}

impl Choice {
    /// What is really painted: without 256 colours there is only the terminal's scheme, and with that only six.
    pub(super) fn settled(self) -> Self {
        match (self.scheme, self.depth) {
            (_, Depth::Monochrome | Depth::Ansi) => Self { scheme: Scheme::Terminal, ..self },
            (Scheme::Terminal, Depth::Indexed | Depth::True) => Self { depth: Depth::Ansi, ..self },
            (_, Depth::Indexed | Depth::True) => self,
        }
    }

    /// The ground on which its text is hardest to read, the selection's included; `None` if nothing is known.
    pub(super) fn hardest_ground(self) -> Option<Rgb> {
        match (self.scheme, self.depth) {
            (Scheme::Terminal, _) | (_, Depth::Monochrome | Depth::Ansi) => None,
            (Scheme::Dark, Depth::True) => Some(Rgb::hex(0x2f_3650)),
            (Scheme::Dark, Depth::Indexed) => Some(Rgb::of_index(236)),
            (Scheme::Light, Depth::True) => Some(Rgb::hex(0xdf_e3f5)),
            (Scheme::Light, Depth::Indexed) => Some(Rgb::of_index(254)),
            (Scheme::HighContrastDark, Depth::Indexed | Depth::True) => Some(Rgb::hex(0x2e_3440)),
            (Scheme::HighContrastLight, Depth::Indexed | Depth::True) => Some(Rgb::hex(0xfd_f6e3)),
        }
    }
}

impl Palette {
    /// The built-in palette for `choice`; `colour_blind` tells healthy and failed apart by blue and orange.
    pub fn new(choice: Choice, colour_blind: bool) -> Self {
        let choice = choice.settled();
        let (tones, names, swaps) = match choice.scheme {
            Scheme::Dark => (&table::DARK, &table::SERVICES_DARK, &table::COLOUR_BLIND_DARK),
            Scheme::Light => (&table::LIGHT, &table::SERVICES_LIGHT, &table::COLOUR_BLIND_LIGHT),
            Scheme::HighContrastDark => {
                (&table::STRONG_DARK, &table::SERVICES_DARK, &table::COLOUR_BLIND_DARK)
            }
            Scheme::HighContrastLight => {
                (&table::STRONG_LIGHT, &table::SERVICES_LIGHT, &table::COLOUR_BLIND_LIGHT)
            }
            Scheme::Terminal => return Self::of_terminal(choice, colour_blind),
        };
        let styles = Role::ALL.map(|role| toned(role, tones, choice.depth));
        let mut palette = Self { choice, styles, services: Vec::new() };
        palette.services = names.map(|name| Style::new().fg(palette.text_colour(name))).to_vec();
        if colour_blind {
            for (role, colour) in swaps {
                palette.set_foreground(*role, palette.text_colour(*colour));
            }
        }
        palette
    }

    /// What is painted, after what the depth allows.
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// The style of `role`.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The style of `role` where it has to catch the eye: bold too, unless that would change its colour.
    pub fn emphasis(&self, role: Role) -> Style {
        let style = self.style(role);
        match self.choice.depth {
            Depth::Ansi => style,
            Depth::Monochrome | Depth::Indexed | Depth::True => style.add_modifier(Modifier::BOLD),
        }
    }

    /// The style for the name of the service that is at `index` in the configuration; they repeat.
    pub fn service(&self, index: usize) -> Style {
        match self.services.len() {
            0 => Style::new(),
            many => self.services[index % many],
        }
    }

    /// Paints `role` in the colour `ink` instead; what is a ground stays one.
    pub(super) fn set(&mut self, role: Role, ink: Ink) {
        let colour = self.exact(ink);
        match role {
            Role::Selection | Role::Match | Role::CurrentMatch if self.choice.depth >= Depth::Indexed => {
                let style = &mut self.styles[role as usize];
                style.bg = colour;
                style.add_modifier.remove(Modifier::REVERSED);
            }
            Role::Selection | Role::Match | Role::CurrentMatch => {}
            Role::Dialog => self.styles[role as usize].bg = colour.or(Some(Color::Reset)),
            Role::Text
            | Role::Muted
            | Role::Rule
            | Role::Focus
            | Role::Accent
            | Role::Healthy
            | Role::Starting
            | Role::Warn
            | Role::Error
            | Role::Idle => {
                if let Some(colour) = colour {
                    self.set_foreground(role, colour);
                }
            }
        }
    }

    /// Paints the names of services in these colours instead.
    pub(super) fn set_services(&mut self, inks: &[Ink]) {
        let name = |ink: &Ink| self.exact(*ink).map_or(Style::new(), |colour| Style::new().fg(colour));
        self.services = inks.iter().map(name).collect();
    }

    fn set_foreground(&mut self, role: Role, colour: Color) {
        let style = &mut self.styles[role as usize];
        style.fg = Some(colour);
        if self.choice.depth <= Depth::Ansi {
            // Many terminals show bold ANSI colours as the bright ones, which are unreadable on light grounds.
            style.add_modifier.remove(Modifier::BOLD | Modifier::DIM);
        }
    }

    /// `colour` as this depth has it.
    pub(super) fn paint(&self, colour: Rgb) -> Color {
        match self.choice.depth {
            Depth::True => Color::Rgb(colour.0, colour.1, colour.2),
            Depth::Indexed => Color::Indexed(colour.to_index()),
            Depth::Ansi => colour.to_ansi().unwrap_or(Color::Reset),
            Depth::Monochrome => Color::Reset,
        }
    }

    /// A colour of the ordinary schemes for text. High contrast asks more of it, and rounding to 256 takes some away.
    fn text_colour(&self, colour: Rgb) -> Color {
        let (ground, ratio) = match self.choice.scheme {
            Scheme::HighContrastDark => (Rgb(0, 0, 0), 9.0),
            Scheme::HighContrastLight => (Rgb(255, 255, 255), 9.0),
            Scheme::Dark | Scheme::Light | Scheme::Terminal => {
                (self.choice.hardest_ground().unwrap_or(Rgb(0, 0, 0)), 4.5)
            }
        };
        self.paint_readable(colour, ground, ratio)
    }

    fn of_terminal(choice: Choice, colour_blind: bool) -> Self {
        let coloured = choice.depth != Depth::Monochrome;
        let in_colour = |colour: Color, without: Modifier| match coloured {
            true => Style::new().fg(colour),
            false => Style::new().add_modifier(without),
        };
        let (well, ill) =
            if colour_blind { (Color::Blue, Color::Yellow) } else { (Color::Green, Color::Red) };
        let styles = Role::ALL.map(|role| match role {
            Role::Text => Style::new(),
            Role::Muted | Role::Rule | Role::Idle => Style::new().add_modifier(Modifier::DIM),
            Role::Focus | Role::Accent => Style::new().add_modifier(Modifier::BOLD),
            Role::Healthy => in_colour(well, Modifier::empty()),
            Role::Starting => in_colour(Color::Cyan, Modifier::empty()),
            Role::Warn => in_colour(Color::Yellow, Modifier::BOLD),
            Role::Error => in_colour(ill, Modifier::BOLD),
            Role::Selection => Style::new().add_modifier(Modifier::REVERSED),
            Role::Match => Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
            Role::CurrentMatch => {
                Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED | Modifier::BOLD)
            }
            Role::Dialog => Style::reset(),
        });
        let services = match coloured {
            true => [Color::Blue, Color::Cyan, Color::Magenta, Color::Green, Color::Yellow]
                .map(|colour| Style::new().fg(colour))
                .to_vec(),
            false => Vec::new(),
        };
        Self { choice, styles, services }
    }
}

fn toned(role: Role, tones: &Tones, depth: Depth) -> Style {
    let paint = |tone: &Tone| match depth {
        Depth::True => Color::Rgb(tone.0.0, tone.0.1, tone.0.2),
        Depth::Indexed | Depth::Ansi | Depth::Monochrome => Color::Indexed(tone.1),
    };
    let text = |tone: &Tone| Style::new().fg(paint(tone));
    match role {
        Role::Text => Style::new(),
        Role::Muted | Role::Idle => text(&tones.muted),
        Role::Rule => text(&tones.rule),
        Role::Accent => text(&tones.accent),
        Role::Focus => text(&tones.accent).add_modifier(Modifier::BOLD),
        Role::Healthy => text(&tones.healthy),
        Role::Starting => text(&tones.starting),
        Role::Warn => text(&tones.warn),
        Role::Error => text(&tones.error),
        Role::Dialog => Style::reset(),
        Role::Selection => match &tones.marks {
            Marks::Painted { selection, .. } => Style::new().bg(paint(selection)),
            Marks::Reversed => Style::new().add_modifier(Modifier::REVERSED),
        },
        Role::Match => match &tones.marks {
            Marks::Painted { found, found_text, .. } => Style::new().bg(paint(found)).fg(paint(found_text)),
            Marks::Reversed => Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
        },
        Role::CurrentMatch => match &tones.marks {
            Marks::Painted { found, found_text, .. } => Style::new()
                .bg(paint(found))
                .fg(paint(found_text))
                .add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Marks::Reversed => {
                Style::new().add_modifier(Modifier::REVERSED | Modifier::UNDERLINED | Modifier::BOLD)
            }
        },
    }
}

#[cfg(test)]
mod tests;
