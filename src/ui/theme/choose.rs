//! Which colours fit: what was asked for, then what the terminal answers, then what the environment says.

use super::{Choice, CustomTheme, Depth, GlyphSet, Palette, Rgb, Scheme};

/// What the user asked for, by flag or configuration.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum ThemeSetting {
    /// Whatever fits the terminal.
    #[default]
    Auto,
    /// For dark grounds.
    Dark,
    /// For light grounds.
    Light,
    /// The strongest contrast for the ground there is.
    HighContrast,
    /// The six colours of ANSI.
    Terminal,
    /// The user's own.
    Custom(CustomTheme),
}

/// What the environment says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment {
    /// Whether `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `COLORFGBG`.
    pub colorfgbg: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
    /// Whether `TMUX` is set.
    pub tmux: bool,
}

/// What the terminal answered when it was asked at the start; [`Default`] is one that answered nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Answers {
    /// Its background (OSC 11).
    pub background: Option<Rgb>,
    /// Whether it says that it is in dark mode (mode 2031).
    pub prefers_dark: Option<bool>,
    /// Whether it draws a frame as one (mode 2026).
    pub synchronized: bool,
    /// Whether it draws East Asian Ambiguous characters two cells wide.
    pub wide_ambiguous: bool,
    /// Whether it takes the bytes of one character for several: it expects another encoding than UTF-8.
    pub other_encoding: bool,
}

/// The palette for what was asked for on the terminal there is.
pub fn choose(
    setting: &ThemeSetting,
    environment: &Environment,
    answers: &Answers,
    colour_blind: bool,
) -> Palette {
    // Whoever wants no colours wants none of any theme.
    let depth = if environment.no_color { Depth::Monochrome } else { depth(environment) };
    let dark = is_dark(environment, answers);
    let scheme = match (setting, dark) {
        (ThemeSetting::Dark, _) => Scheme::Dark,
        (ThemeSetting::Light, _) => Scheme::Light,
        (ThemeSetting::HighContrast, Some(false)) => Scheme::HighContrastLight,
        (ThemeSetting::HighContrast, Some(true)) => Scheme::HighContrastDark,
        (ThemeSetting::Custom(custom), _) => return custom.palette(depth, colour_blind),
        (ThemeSetting::Auto, _) if environment.no_color => Scheme::Terminal,
        (ThemeSetting::Auto, Some(true)) => Scheme::Dark,
        (ThemeSetting::Auto, Some(false)) => Scheme::Light,
        // Whoever assumes dark is unreadable on light.
        (ThemeSetting::Auto | ThemeSetting::HighContrast, None) | (ThemeSetting::Terminal, _) => {
            Scheme::Terminal
        }
    };
    Palette::new(Choice { scheme, depth }, colour_blind)
}

impl Answers {
    /// The signs that the terminal can show; `ascii` if only those were asked for.
    pub fn glyphs(&self, ascii: bool) -> GlyphSet {
        match (ascii || self.other_encoding, self.wide_ambiguous) {
            (true, _) => GlyphSet::Ascii,
            (false, true) => GlyphSet::Narrow,
            (false, false) => GlyphSet::Unicode,
        }
    }
}

/// How many colours the environment promises. Terminals are not asked: the query (XTGETTCAP) is printed as
/// rubbish by some.
fn depth(environment: &Environment) -> Depth {
    if matches!(environment.colorterm.as_deref(), Some("truecolor" | "24bit")) {
        return Depth::True;
    }
    match environment.term.as_deref() {
        Some("dumb") => Depth::Monochrome,
        Some(term) if ["-direct", "-truecolor"].iter().any(|end| term.ends_with(end)) => Depth::True,
        Some(term)
            if ["alacritty", "foot", "ghostty", "kitty", "wezterm"]
                .iter()
                .any(|name| term.contains(name)) =>
        {
            Depth::True
        }
        Some(term) if term.contains("256color") => Depth::Indexed,
        Some(_) => Depth::Ansi,
        // Only Windows has no TERM; its consoles know 24 bits since 2017.
        None if cfg!(windows) => Depth::True,
        None => Depth::Ansi,
    }
}

fn is_dark(environment: &Environment, answers: &Answers) -> Option<bool> {
    if answers.prefers_dark.is_some() {
        return answers.prefers_dark;
    }
    if let Some(background) = answers.background {
        return Some(background.luminance() <= 0.5);
    }
    if environment.tmux {
        // The variable is that of the terminal in which the server was started, days ago and elsewhere.
        return None;
    }
    let ground = environment.colorfgbg.as_deref()?.rsplit(';').next()?.parse::<u8>().ok()?;
    match ground {
        0..=6 | 8 => Some(true),
        7 | 9..=15 => Some(false),
        16.. => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(term: &str) -> Environment {
        Environment { term: Some(term.to_owned()), ..Environment::default() }
    }

    fn chosen(setting: ThemeSetting, environment: &Environment, answers: &Answers) -> (Scheme, Depth) {
        let choice = choose(&setting, environment, answers, false).choice();
        (choice.scheme, choice.depth)
    }

    #[test]
    fn an_explicit_setting_beats_no_color_and_no_color_beats_answers() {
        let no_color = Environment { no_color: true, ..environment("xterm-256color") };
        let dark = Answers { background: Some(Rgb(0, 0, 0)), ..Answers::default() };
        assert_eq!(chosen(ThemeSetting::Light, &no_color, &dark), (Scheme::Light, Depth::Indexed));
        assert_eq!(chosen(ThemeSetting::Auto, &no_color, &dark), (Scheme::Terminal, Depth::Monochrome));
    }

    #[test]
    fn the_terminals_answer_beats_the_environment() {
        let says_dark = Environment { colorfgbg: Some("15;0".into()), ..environment("xterm-256color") };
        let light = Answers { background: Some(Rgb(0xfd, 0xf6, 0xe3)), ..Answers::default() };
        assert_eq!(chosen(ThemeSetting::Auto, &says_dark, &light).0, Scheme::Light);
        assert_eq!(chosen(ThemeSetting::HighContrast, &says_dark, &light).0, Scheme::HighContrastLight);
        let switched = Answers { prefers_dark: Some(true), ..light };
        assert_eq!(chosen(ThemeSetting::Auto, &says_dark, &switched).0, Scheme::Dark);
        assert_eq!(chosen(ThemeSetting::Auto, &says_dark, &Answers::default()).0, Scheme::Dark);
    }

    #[test]
    fn an_unknown_ground_gets_the_six_colours() {
        let silent = Answers::default();
        assert_eq!(
            chosen(ThemeSetting::Auto, &environment("xterm-256color"), &silent),
            (Scheme::Terminal, Depth::Ansi)
        );
        let tmux = Environment {
            tmux: true,
            colorfgbg: Some("15;0".into()),
            colorterm: Some("truecolor".into()),
            ..environment("tmux-256color")
        };
        assert_eq!(chosen(ThemeSetting::Auto, &tmux, &silent).0, Scheme::Terminal);
        assert_eq!(chosen(ThemeSetting::Dark, &tmux, &silent), (Scheme::Dark, Depth::True));
    }

    #[test]
    fn signs_are_those_that_the_terminal_draws_in_one_cell() {
        let wide = Answers { wide_ambiguous: true, ..Answers::default() };
        let latin = Answers { other_encoding: true, ..Answers::default() };
        assert_eq!(Answers::default().glyphs(false), GlyphSet::Unicode);
        assert_eq!(wide.glyphs(false), GlyphSet::Narrow);
        assert_eq!(latin.glyphs(false), GlyphSet::Ascii);
        assert_eq!(Answers::default().glyphs(true), GlyphSet::Ascii);
    }

    #[test]
    fn a_terminal_of_16_colours_gets_no_more() {
        assert_eq!(
            chosen(ThemeSetting::Dark, &environment("linux"), &Answers::default()),
            (Scheme::Terminal, Depth::Ansi)
        );
        assert_eq!(
            chosen(ThemeSetting::Dark, &environment("dumb"), &Answers::default()).1,
            Depth::Monochrome
        );
    }
}
