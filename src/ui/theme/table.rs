//! The colours themselves, each for a truecolour and a 256-colour terminal.
//!
//! Chosen for contrast: text roles have at least 4.9 to 1 on dark grounds up to `#2e3440`, 5.2 on light ones down
//! to Solarized's, 9 in high contrast on black and white. The tests measure it.

use super::{Rgb, Role};

/// One colour: exact, and as an index of 256.
pub(super) type Tone = (Rgb, u8);

/// The colours of one scheme.
pub(super) struct Tones {
    pub(super) muted: Tone,
    pub(super) rule: Tone,
    pub(super) accent: Tone,
    pub(super) healthy: Tone,
    pub(super) starting: Tone,
    pub(super) warn: Tone,
    pub(super) error: Tone,
    pub(super) marks: Marks,
}

/// How a selection and a match stand out.
pub(super) enum Marks {
    /// By a ground of their own: that of the selection, that of a match, and the colour of a match's text.
    Painted { selection: Tone, found: Tone, found_text: Tone },
    /// By reversing.
    Reversed,
}

pub(super) const DARK: Tones = Tones {
    muted: (Rgb::hex(0x9a_a3b5), 247),
    rule: (Rgb::hex(0x7a_8499), 244),
    accent: (Rgb::hex(0xb7_9cff), 183),
    healthy: (Rgb::hex(0x6f_d08c), 114),
    starting: (Rgb::hex(0x5c_c8e8), 81),
    warn: (Rgb::hex(0xf0_b75a), 215),
    error: (Rgb::hex(0xff_8080), 210),
    marks: Marks::Painted {
        selection: (Rgb::hex(0x2f_3650), 236),
        found: (Rgb::hex(0x5a_4a00), 58),
        found_text: (Rgb::hex(0xff_ffff), 231),
    },
};

pub(super) const LIGHT: Tones = Tones {
    muted: (Rgb::hex(0x59_616e), 59),
    rule: (Rgb::hex(0x77_7e8b), 242),
    accent: (Rgb::hex(0x6b_3fd4), 55),
    healthy: (Rgb::hex(0x1a_7034), 22),
    starting: (Rgb::hex(0x0a_6580), 24),
    warn: (Rgb::hex(0x85_5300), 94),
    error: (Rgb::hex(0xbd_1528), 124),
    marks: Marks::Painted {
        selection: (Rgb::hex(0xdf_e3f5), 254),
        found: (Rgb::hex(0xff_e08a), 222),
        found_text: (Rgb::hex(0x1c_1400), 233),
    },
};

pub(super) const STRONG_DARK: Tones = Tones {
    muted: (Rgb::hex(0xd0_d0d0), 252),
    rule: (Rgb::hex(0xa8_a8a8), 248),
    accent: (Rgb::hex(0xd7_c4ff), 189),
    healthy: (Rgb::hex(0x5c_ff8a), 84),
    starting: (Rgb::hex(0x5e_e7ff), 45),
    warn: (Rgb::hex(0xff_d500), 220),
    error: (Rgb::hex(0xff_9c9c), 217),
    marks: Marks::Reversed,
};

pub(super) const STRONG_LIGHT: Tones = Tones {
    muted: (Rgb::hex(0x3a_3a3a), 237),
    rule: (Rgb::hex(0x5f_5f5f), 59),
    accent: (Rgb::hex(0x3d_0f9e), 18),
    healthy: (Rgb::hex(0x00_501a), 22),
    starting: (Rgb::hex(0x00_425c), 23),
    warn: (Rgb::hex(0x57_3600), 52),
    error: (Rgb::hex(0x8a_0011), 88),
    marks: Marks::Reversed,
};

/// Names of services on dark grounds, by their order in the configuration.
pub(super) const SERVICES_DARK: [Rgb; 8] = [
    Rgb::hex(0x7f_b4ff),
    Rgb::hex(0x4f_d0bd),
    Rgb::hex(0xc9_a2ff),
    Rgb::hex(0xea_a5d3),
    Rgb::hex(0xa3_d67a),
    Rgb::hex(0x86_c8f0),
    Rgb::hex(0xd8_ba8a),
    Rgb::hex(0xb3_bce0),
];

/// Names of services on light grounds, by their order in the configuration.
pub(super) const SERVICES_LIGHT: [Rgb; 8] = [
    Rgb::hex(0x1f_5fbf),
    Rgb::hex(0x00_706a),
    Rgb::hex(0x7a_3fc2),
    Rgb::hex(0xa3_357f),
    Rgb::hex(0x4a_6b00),
    Rgb::hex(0x0a_6388),
    Rgb::hex(0x80_5218),
    Rgb::hex(0x4c_5a8a),
];

/// Healthy and failed told apart by blue and orange, on dark grounds.
pub(super) const COLOUR_BLIND_DARK: [(Role, Rgb); 2] =
    [(Role::Healthy, Rgb::hex(0x56_b4e9)), (Role::Error, Rgb::hex(0xff_9a4d))];

/// The same on light grounds.
pub(super) const COLOUR_BLIND_LIGHT: [(Role, Rgb); 2] =
    [(Role::Healthy, Rgb::hex(0x00_60a0)), (Role::Error, Rgb::hex(0xa8_4800))];
