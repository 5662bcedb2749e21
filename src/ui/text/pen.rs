//! Select-graphic-rendition sequences: how the text after them is meant to look.

use ratatui::style::{Modifier, Style};

use crate::ui::theme::{Ink, Palette, Rgb};

/// How a program wants its text to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pen {
    text: Option<Ink>,
    ground: Option<Ink>,
    modifier: Modifier,
}

/// The parameters of a sequence: numbers separated by `;`, each perhaps with sub-parameters after `:`.
struct Parameters<'a> {
    rest: Option<&'a [u8]>,
}

impl Pen {
    /// The style for this, as `palette` can show it.
    pub(super) fn style(self, palette: &Palette) -> Style {
        if self == Self::default() {
            Style::new()
        } else {
            palette.child(self.text, self.ground, self.modifier)
        }
    }

    /// Takes over what `sequence` says: `ESC [ … m`. What is unknown changes nothing.
    pub(super) fn apply(&mut self, sequence: &[u8]) {
        let body = sequence.strip_prefix(b"\x1b[").and_then(|body| body.strip_suffix(b"m"));
        let mut parameters = Parameters { rest: body };
        while let Some(parameter) = parameters.next() {
            let mut parts = parameter.split(|&byte| byte == b':').map(number);
            let code = parts.next().flatten().unwrap_or(0);
            match code {
                38 => self.text = colour(&mut parts, parameter, &mut parameters).or(self.text),
                48 => self.ground = colour(&mut parts, parameter, &mut parameters).or(self.ground),
                // Its colour is not shown, but its numbers must not be taken for codes.
                58 => drop(colour(&mut parts, parameter, &mut parameters)),
                4 => match parts.next().flatten() {
                    Some(0) => self.modifier.remove(Modifier::UNDERLINED),
                    Some(_) | None => self.modifier.insert(Modifier::UNDERLINED),
                },
                _ => self.set(code),
            }
        }
    }

    fn set(&mut self, code: u16) {
        match code {
            0 => *self = Self::default(),
            1 => self.modifier.insert(Modifier::BOLD),
            2 => self.modifier.insert(Modifier::DIM),
            3 => self.modifier.insert(Modifier::ITALIC),
            7 => self.modifier.insert(Modifier::REVERSED),
            9 => self.modifier.insert(Modifier::CROSSED_OUT),
            21 => self.modifier.insert(Modifier::UNDERLINED),
            22 => self.modifier.remove(Modifier::BOLD | Modifier::DIM),
            23 => self.modifier.remove(Modifier::ITALIC),
            24 => self.modifier.remove(Modifier::UNDERLINED),
            27 => self.modifier.remove(Modifier::REVERSED),
            29 => self.modifier.remove(Modifier::CROSSED_OUT),
            30..=37 => self.text = Some(Ink::Index((code - 30) as u8)),
            39 => self.text = None,
            40..=47 => self.ground = Some(Ink::Index((code - 40) as u8)),
            49 => self.ground = None,
            90..=97 => self.text = Some(Ink::Index((code - 82) as u8)),
            100..=107 => self.ground = Some(Ink::Index((code - 92) as u8)),
            // Blinking would move, concealed text would hide, fonts and frames no terminal has.
            _ => {}
        }
    }
}

impl<'a> Parameters<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let end = memchr::memchr(b';', rest);
        self.rest = end.map(|end| &rest[end + 1..]);
        Some(&rest[..end.unwrap_or(rest.len())])
    }

    fn number(&mut self) -> Option<u16> {
        self.next().and_then(number)
    }
}

/// The colour after 38 or 48: `2;r;g;b`, `5;n`, or both with colons, where a colour space may stand before r.
fn colour(
    parts: &mut impl Iterator<Item = Option<u16>>,
    parameter: &[u8],
    parameters: &mut Parameters<'_>,
) -> Option<Ink> {
    if memchr::memchr(b':', parameter).is_none() {
        return match parameters.number()? {
            2 => {
                let (red, green, blue) = (parameters.number(), parameters.number(), parameters.number());
                exact(red, green, blue)
            }
            5 => parameters.number().and_then(|index| u8::try_from(index).ok()).map(Ink::Index),
            _ => None,
        };
    }
    match parts.next().flatten()? {
        2 => {
            // r:g:b, or space:r:g:b with whatever tolerance after it.
            let values = [parts.next(), parts.next(), parts.next(), parts.next()];
            match values {
                [Some(red), Some(green), Some(blue), None] => exact(red, green, blue),
                [_, Some(red), Some(green), Some(blue)] => exact(red, green, blue),
                _ => None,
            }
        }
        5 => parts.next().flatten().and_then(|index| u8::try_from(index).ok()).map(Ink::Index),
        _ => None,
    }
}

fn exact(red: Option<u16>, green: Option<u16>, blue: Option<u16>) -> Option<Ink> {
    let channel = |value: Option<u16>| u8::try_from(value.unwrap_or(0)).ok();
    Some(Ink::Rgb(Rgb(channel(red)?, channel(green)?, channel(blue)?)))
}

fn number(digits: &[u8]) -> Option<u16> {
    if digits.is_empty() {
        return None;
    }
    Some(digits.iter().fold(0u16, |value, digit| {
        value.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pen(sequence: &str) -> Pen {
        let mut pen = Pen::default();
        pen.apply(sequence.as_bytes());
        pen
    }

    #[test]
    fn colours_come_in_every_form() {
        let orange = Some(Ink::Rgb(Rgb(255, 100, 0)));
        for form in [
            "\x1b[38;2;255;100;0m",
            "\x1b[38:2:255:100:0m",
            "\x1b[38:2::255:100:0m",
            "\x1b[1;22;38:2:0:255:100:0m",
        ] {
            assert_eq!(pen(form), Pen { text: orange, ..Pen::default() }, "{form:?}");
        }
        assert_eq!(pen("\x1b[38;5;208m").text, Some(Ink::Index(208)));
        assert_eq!(pen("\x1b[48:5:208m").ground, Some(Ink::Index(208)));
        assert_eq!(pen("\x1b[31m").text, Some(Ink::Index(1)));
        assert_eq!(
            pen("\x1b[97;104m"),
            Pen { text: Some(Ink::Index(15)), ground: Some(Ink::Index(12)), ..Pen::default() }
        );
    }

    #[test]
    fn a_colour_takes_its_numbers_and_no_others() {
        let bold = pen("\x1b[38;5;9;1m");
        assert_eq!((bold.text, bold.modifier), (Some(Ink::Index(9)), Modifier::BOLD));
        assert_eq!(pen("\x1b[58;5;1;3m"), Pen { modifier: Modifier::ITALIC, ..Pen::default() });
        assert_eq!(pen("\x1b[38;2;1m").text, Some(Ink::Rgb(Rgb(1, 0, 0))));
        assert_eq!(pen("\x1b[38;5;999m"), Pen::default());
    }

    #[test]
    fn resets_take_back_what_they_name() {
        let mut all = pen("\x1b[1;2;3;4;7;9;31;41m");
        all.apply(b"\x1b[22;23;24;27;29;39;49m");
        assert_eq!(all, Pen::default());
        let mut curly = pen("\x1b[4:3m");
        assert_eq!(curly.modifier, Modifier::UNDERLINED);
        curly.apply(b"\x1b[4:0m");
        assert_eq!(curly, Pen::default());
        let mut red = pen("\x1b[31m");
        red.apply(b"\x1b[m");
        assert_eq!(red, Pen::default());
    }

    proptest! {
        #[test]
        fn no_sequence_is_too_strange(body in "[0-9;:]{0,40}") {
            let _ = pen(&format!("\x1b[{body}m"));
        }
    }
}
