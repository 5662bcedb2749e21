//! Small meters: a row of bars for the latest values of something.

use crate::ui::facts::Ring;

use super::canvas::Row;

/// Two values in one cell of braille: the dots of the left column, from nothing to full.
const LEFT: [u8; 5] = [0x00, 0x40, 0x44, 0x46, 0x47];
/// The dots of the right column.
const RIGHT: [u8; 5] = [0x00, 0x80, 0xa0, 0xb0, 0xb8];
/// The first braille pattern, without dots.
const EMPTY: u32 = 0x2800;

/// What a full bar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// The highest value of those kept, but at least this much: the noise of something idle shall not look like work.
    AtLeast(f32),
}

impl Scale {
    /// Processor time, in per cent of a core.
    pub(super) const CPU: Self = Self::AtLeast(5.0);
    /// Memory, in bytes: 16 MiB.
    pub(super) const MEMORY: Self = Self::AtLeast(16_777_216.0);
    /// Latency, in microseconds: 10 ms.
    pub(super) const LATENCY: Self = Self::AtLeast(10_000.0);

    fn top(self, ring: &Ring) -> f32 {
        let Self::AtLeast(least) = self;
        ring.peak().filter(|peak| peak.is_finite()).map_or(least, |peak| peak.max(least))
    }
}

/// The latest values of the processor time.
pub(super) fn of(ring: Option<&Ring>, cells: usize, row: &Row<'_, '_>) -> String {
    match row.braille() {
        true => drawn(ring, cells, Scale::CPU),
        false => String::new(),
    }
}

/// The latest values in so many cells, two in each, the newest at the right end; what is unknown is a gap, and nothing known
/// at all is nothing.
pub(super) fn drawn(ring: Option<&Ring>, cells: usize, scale: Scale) -> String {
    let Some(ring) = ring.filter(|ring| ring.peak().is_some()) else { return String::new() };
    let top = scale.top(ring);
    let mut values: Vec<Option<usize>> =
        ring.latest(cells * 2).map(|value| value.map(|value| step(value, top))).collect();
    if values.len() % 2 == 1 {
        values.insert(0, None);
    }
    let drawn = values.chunks_exact(2).map(|pair| {
        let dots = pair[0].map_or(0, |step| LEFT[step]) | pair[1].map_or(0, |step| RIGHT[step]);
        char::from_u32(EMPTY + u32::from(dots)).unwrap_or(' ')
    });
    let drawn: String = drawn.map(|c| if u32::from(c) == EMPTY { ' ' } else { c }).collect();
    format!("{}{drawn}", " ".repeat(cells.saturating_sub(values.len() / 2)))
}

/// How high a bar is: what is known has at least one dot.
fn step(value: f32, top: f32) -> usize {
    let step = (value / top * 4.0).round();
    if step.is_finite() { (step.max(1.0) as usize).min(4) } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(values: &[Option<f32>]) -> Ring {
        let mut ring = Ring::default();
        values.iter().for_each(|value| ring.push(*value));
        ring
    }

    #[test]
    fn bars_rise_to_the_highest_value_and_gaps_stay_empty() {
        let ring = ring(&[Some(0.0), Some(25.0), Some(50.0), Some(100.0), None, None, None, Some(75.0)]);
        assert_eq!(drawn(Some(&ring), 4, Scale::CPU), "⣀⣼ ⢰");
        assert_eq!(drawn(Some(&ring), 6, Scale::CPU), "  ⣀⣼ ⢰");
        assert_eq!(drawn(Some(&ring), 1, Scale::CPU), "⢰");
    }

    #[test]
    fn noise_is_low_and_nothing_is_nothing() {
        let idle = ring(&[Some(0.1), Some(0.3)]);
        assert_eq!(drawn(Some(&idle), 1, Scale::CPU), "⣀");
        assert_eq!(drawn(None, 4, Scale::CPU), "");
        assert_eq!(drawn(Some(&ring(&[None, None])), 4, Scale::CPU), "");
    }

    #[test]
    fn figures_that_are_none_do_no_harm() {
        let odd = ring(&[Some(f32::NAN), Some(f32::INFINITY), Some(-1.0), Some(f32::MAX)]);
        assert_eq!(drawn(Some(&odd), 2, Scale::MEMORY).chars().count(), 2);
    }
}
