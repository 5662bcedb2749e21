//! Measures the contrast that the table promises, and that few colours stay few.

use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};

use super::*;
use crate::ui::theme::over;

const TEXT: [Role; 7] =
    [Role::Muted, Role::Accent, Role::Healthy, Role::Starting, Role::Warn, Role::Error, Role::Idle];

fn palette(scheme: Scheme, depth: Depth) -> Palette {
    Palette::new(Choice { scheme, depth }, false)
}

fn rgb(colour: Option<Color>) -> Rgb {
    match colour {
        Some(Color::Rgb(red, green, blue)) => Rgb(red, green, blue),
        Some(Color::Indexed(index)) => Rgb::of_index(index),
        other => panic!("{other:?} has no known value"),
    }
}

fn lowest(palette: &Palette, grounds: &[u32]) -> f32 {
    let texts = TEXT.map(|role| palette.style(role)).into_iter().chain((0..8).map(|at| palette.service(at)));
    texts
        .flat_map(|style| grounds.iter().map(move |ground| rgb(style.fg).contrast(Rgb::hex(*ground))))
        .fold(f32::INFINITY, f32::min)
}

#[test]
fn text_is_readable_on_every_ground_that_is_promised() {
    let dark = palette(Scheme::Dark, Depth::True);
    assert!(lowest(&dark, &[0, 0x2e_3440, 0x00_2b36]) >= 4.9);
    let light = palette(Scheme::Light, Depth::True);
    assert!(lowest(&light, &[0xff_ffff, 0xfd_f6e3]) >= 5.2);
    assert!(lowest(&palette(Scheme::HighContrastDark, Depth::True), &[0]) >= 9.0);
    assert!(lowest(&palette(Scheme::HighContrastLight, Depth::True), &[0xff_ffff]) >= 9.0);
}

#[test]
fn text_is_readable_on_the_selection_and_in_a_match() {
    for scheme in [Scheme::Dark, Scheme::Light] {
        for (depth, promised) in [(Depth::True, 4.65), (Depth::Indexed, 4.49)] {
            let palette = palette(scheme, depth);
            let ground = rgb(palette.style(Role::Selection).bg);
            for role in TEXT {
                let ratio = rgb(palette.style(role).fg).contrast(ground);
                assert!(ratio >= promised, "{scheme:?} {depth:?} {role:?} {ratio}");
            }
            let found = palette.style(Role::Match);
            assert!(rgb(found.fg).contrast(rgb(found.bg)) >= 6.5, "{scheme:?} {depth:?}");
        }
    }
}

#[test]
fn with_256_colours_text_stays_readable() {
    assert!(lowest(&palette(Scheme::Dark, Depth::Indexed), &[0, 0x2e_3440]) >= 4.5);
    assert!(lowest(&palette(Scheme::Light, Depth::Indexed), &[0xff_ffff, 0xfd_f6e3]) >= 4.5);
    assert!(lowest(&palette(Scheme::HighContrastDark, Depth::Indexed), &[0]) >= 7.0);
    assert!(lowest(&palette(Scheme::HighContrastLight, Depth::Indexed), &[0xff_ffff]) >= 7.0);
}

#[test]
fn colour_blind_colours_are_readable_too() {
    for (scheme, grounds) in
        [(Scheme::Dark, [0, 0x2e_3440, 0x2f_3650]), (Scheme::Light, [0xff_ffff, 0xfd_f6e3, 0xdf_e3f5])]
    {
        let palette = Palette::new(Choice { scheme, depth: Depth::True }, true);
        assert_ne!(palette, self::palette(scheme, Depth::True));
        assert!(lowest(&palette, &grounds) >= 4.5, "{scheme:?}");
    }
}

/// Whether `style` asks nothing of a terminal of `depth` that it lacks, and never bold with one of the six.
fn fits(style: Style, depth: Depth) -> bool {
    let six =
        [Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan, Color::Reset];
    let colours = [style.fg, style.bg];
    let mut colours = colours.into_iter().flatten();
    match depth {
        Depth::Monochrome => colours.all(|colour| colour == Color::Reset),
        Depth::Ansi => {
            let bright = style.fg.is_some_and(|fg| fg != Color::Reset)
                && style.add_modifier.intersects(Modifier::BOLD | Modifier::REVERSED);
            colours.all(|colour| six.contains(&colour)) && !bright
        }
        Depth::Indexed => colours.all(|colour| matches!(colour, Color::Indexed(_) | Color::Reset)),
        Depth::True => true,
    }
}

#[test]
fn every_role_fits_every_depth() {
    for depth in [Depth::Monochrome, Depth::Ansi, Depth::Indexed] {
        for scheme in [Scheme::Dark, Scheme::Light, Scheme::HighContrastDark, Scheme::Terminal] {
            for colour_blind in [false, true] {
                let palette = Palette::new(Choice { scheme, depth }, colour_blind);
                let depth = palette.choice().depth;
                for style in Role::ALL.map(|role| palette.style(role)) {
                    assert!(fits(style, depth), "{scheme:?} {depth:?} {style:?}");
                }
                assert!((0..9).all(|at| fits(palette.service(at), depth)));
            }
        }
    }
}

fn ink() -> impl Strategy<Value = Option<Ink>> {
    prop_oneof![
        Just(None),
        any::<u8>().prop_map(|index| Some(Ink::Index(index))),
        any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Some(Ink::Rgb(Rgb(r, g, b)))),
    ]
}

proptest! {
    #[test]
    fn whatever_a_child_prints_can_be_read(
        text in ink(),
        ground in ink(),
        bits in any::<u16>(),
        scheme in prop_oneof![Just(Scheme::Dark), Just(Scheme::Light), Just(Scheme::Terminal)],
        depth in prop_oneof![Just(Depth::Monochrome), Just(Depth::Ansi), Just(Depth::Indexed), Just(Depth::True)],
    ) {
        let palette = palette(scheme, depth);
        let style = palette.child(text, ground, Modifier::from_bits_truncate(bits));
        prop_assert!(fits(style, palette.choice().depth), "{:?}", style);
        if let (Some(hardest), Some(_)) = (palette.choice().hardest_ground(), style.fg) {
            let ground = style.bg.map_or(hardest, |bg| rgb(Some(bg)));
            prop_assert!(rgb(style.fg).contrast(ground) >= 4.49, "{:?}", style);
        }
        let selected = over(style, palette.style(Role::Match));
        prop_assert!(fits(selected, palette.choice().depth), "{:?}", selected);
    }
}
