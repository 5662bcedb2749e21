//! Colours as numbers: contrast as the Web Content Accessibility Guidelines define it, and the nearest colour
//! that a terminal with fewer of them has.

use ratatui::style::Color;

/// A colour of 24 bits, sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The levels of the colour cube of 256-colour terminals.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The hues of ANSI 1 to 6 at full strength: what is compared when a colour has to become one of them.
const ANSI_HUES: [(Color, f32); 6] = [
    (Color::Red, 0.0),
    (Color::Yellow, 60.0),
    (Color::Green, 120.0),
    (Color::Cyan, 180.0),
    (Color::Blue, 240.0),
    (Color::Magenta, 300.0),
];

impl Rgb {
    /// The colour `0xRRGGBB`.
    pub(super) const fn hex(value: u32) -> Self {
        Self((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    /// Reads `#rrggbb`; `None` if `text` is anything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| all_hex).map(Self::hex)
    }

    /// The colour of `index` of 256, as xterm has them: the first 16 are the terminal's own and only likely so.
    pub(super) fn of_index(index: u8) -> Self {
        const FIRST: [u32; 16] = [
            0x00_00_00, 0xcd_00_00, 0x00_cd_00, 0xcd_cd_00, 0x00_00_ee, 0xcd_00_cd, 0x00_cd_cd, 0xe5_e5_e5,
            0x7f_7f_7f, 0xff_00_00, 0x00_ff_00, 0xff_ff_00, 0x5c_5c_ff, 0xff_00_ff, 0x00_ff_ff, 0xff_ff_ff,
        ];
        match index {
            0..=15 => Self::hex(FIRST[usize::from(index)]),
            16..=231 => {
                let cube = usize::from(index - 16);
                Self(CUBE[cube / 36], CUBE[cube / 6 % 6], CUBE[cube % 6])
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                Self(grey, grey, grey)
            }
        }
    }

    /// Relative luminance, 0 to 1.
    pub fn luminance(self) -> f32 {
        let linear = |channel: u8| {
            let value = f32::from(channel) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.0) + 0.7152 * linear(self.1) + 0.0722 * linear(self.2)
    }

    /// The contrast ratio to `other`, 1 to 21.
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The nearest colour of the 240 that a 256-colour terminal does not let its user change.
    pub(super) fn to_index(self) -> u8 {
        (16..=255).min_by_key(|&index| self.distance(Self::of_index(index))).unwrap_or(16)
    }

    /// The nearest of ANSI 1 to 6 by hue, `None` for a grey.
    pub(super) fn to_ansi(self) -> Option<Color> {
        let (red, green, blue) = (f32::from(self.0), f32::from(self.1), f32::from(self.2));
        let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
        let spread = high - low;
        if spread < 40.0 || spread < high * 0.2 {
            return None;
        }
        let hue = if high == red {
            60.0 * ((green - blue) / spread)
        } else if high == green {
            60.0 * ((blue - red) / spread) + 120.0
        } else {
            60.0 * ((red - green) / spread) + 240.0
        };
        let away = |of: f32| {
            let turn = (hue - of).rem_euclid(360.0);
            turn.min(360.0 - turn)
        };
        ANSI_HUES.iter().min_by(|a, b| away(a.1).total_cmp(&away(b.1))).map(|(color, _)| *color)
    }

    /// This colour, moved towards white or black just so far that its contrast to `ground` is at least `ratio`.
    pub(super) fn readable_on(self, ground: Self, ratio: f32) -> Self {
        let target = if ground.luminance() > 0.18 { 0u8 } else { 255u8 };
        let towards = |step: u16| {
            let mix = |channel: u8| {
                ((u16::from(channel) * (16 - step) + u16::from(target) * step) / 16).min(255) as u8
            };
            Self(mix(self.0), mix(self.1), mix(self.2))
        };
        (0..16).map(towards).find(|colour| colour.contrast(ground) >= ratio).unwrap_or_else(|| towards(16))
    }

    /// How different two colours look: squared, weighted by how the eye takes the channels ("redmean").
    fn distance(self, other: Self) -> i32 {
        let delta = |a: u8, b: u8| i32::from(a) - i32::from(b);
        let mean = (i32::from(self.0) + i32::from(other.0)) / 2;
        let (red, green, blue) = (delta(self.0, other.0), delta(self.1, other.1), delta(self.2, other.2));
        (((512 + mean) * red * red) >> 8) + 4 * green * green + (((767 - mean) * blue * blue) >> 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contrast_runs_from_one_to_twenty_one() {
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 0.01);
        assert!((Rgb(9, 9, 9).contrast(Rgb(9, 9, 9)) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_hue_finds_its_ansi_colour_and_a_grey_none() {
        assert_eq!(Rgb::hex(0xbd1528).to_ansi(), Some(Color::Red));
        assert_eq!(Rgb::hex(0x855300).to_ansi(), Some(Color::Yellow));
        assert_eq!(Rgb::hex(0x6fd08c).to_ansi(), Some(Color::Green));
        assert_eq!(Rgb::hex(0x1f5fbf).to_ansi(), Some(Color::Blue));
        assert_eq!(Rgb::hex(0x777e8b).to_ansi(), None);
        assert_eq!(Rgb(255, 0, 20).to_ansi(), Some(Color::Red));
    }

    #[test]
    fn only_six_hex_digits_after_a_hash_are_a_colour() {
        assert_eq!(Rgb::parse("#0a6580"), Some(Rgb(0x0a, 0x65, 0x80)));
        for wrong in ["0a6580", "#0a658", "#0a658g", "#+a6580", "#é6580", ""] {
            assert_eq!(Rgb::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_colour_becomes_readable_on_any_ground(a in any::<(u8, u8, u8)>(), b in any::<(u8, u8, u8)>()) {
            let ground = Rgb(b.0, b.1, b.2);
            prop_assert!(Rgb(a.0, a.1, a.2).readable_on(ground, 4.5).contrast(ground) >= 4.5);
        }

        #[test]
        fn an_index_above_15_is_its_own_nearest(index in 16u8..) {
            prop_assert_eq!(Rgb::of_index(Rgb::of_index(index).to_index()), Rgb::of_index(index));
        }
    }
}
