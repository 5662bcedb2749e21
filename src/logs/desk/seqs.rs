//! A growing list of rising sequence numbers in one to two bytes each. Pure.

/// Numbers between two of which the whole value is kept.
const STRIDE: usize = 128;

/// Bytes allocated at once, so that growing never copies what is there.
const PAGE: usize = 32 << 10;

/// The longest varint.
const LONGEST: usize = 10;

/// Rising numbers, appended one by one. Finding one costs a binary search and the decoding of at most 128.
#[derive(Default)]
pub(crate) struct SeqList {
    pages: Vec<Vec<u8>>,
    marks: Vec<Mark>,
    len: u64,
    last: u64,
}

/// The first of every 128 numbers, and where the differences of those after it stand.
#[derive(Clone, Copy)]
struct Mark {
    value: u64,
    page: u32,
    offset: u32,
}

impl SeqList {
    /// How many numbers it holds.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Adds a number, which must be above all others; otherwise nothing happens.
    pub(crate) fn push(&mut self, value: u64) {
        if self.len > 0 && value <= self.last {
            return;
        }
        if self.len.is_multiple_of(STRIDE as u64) {
            if self.pages.last().is_none_or(|page| PAGE - page.len() < (STRIDE - 1) * LONGEST) {
                self.pages.push(Vec::with_capacity(if self.pages.is_empty() { 0 } else { PAGE }));
            }
            let page = self.pages.len() - 1;
            let offset = self.pages[page].len() as u32;
            self.marks.push(Mark { value, page: page as u32, offset });
        } else if let Some(page) = self.pages.last_mut() {
            let mut delta = value - self.last;
            while delta >= 0x80 {
                page.push(delta as u8 | 0x80);
                delta >>= 7;
            }
            page.push(delta as u8);
        }
        self.len += 1;
        self.last = value;
    }

    /// The number in this place, counted from 0.
    pub(crate) fn nth(&self, place: u64) -> Option<u64> {
        if place >= self.len {
            return None;
        }
        self.stretch((place / STRIDE as u64) as usize).nth((place % STRIDE as u64) as usize)
    }

    /// How many numbers are below `value`.
    pub(crate) fn rank(&self, value: u64) -> u64 {
        if self.len == 0 || value > self.last {
            return self.len;
        }
        let Some(mark) = self.marks.partition_point(|mark| mark.value < value).checked_sub(1) else {
            return 0;
        };
        let within = self.stretch(mark).take_while(|&number| number < value).count();
        (mark * STRIDE + within) as u64
    }

    /// The first number at or above `value`.
    pub(crate) fn from(&self, value: u64) -> Option<u64> {
        self.nth(self.rank(value))
    }

    /// The last number below `value`.
    pub(crate) fn before(&self, value: u64) -> Option<u64> {
        self.nth(self.rank(value).checked_sub(1)?)
    }

    /// The numbers from this mark up to the next one.
    fn stretch(&self, mark: usize) -> impl Iterator<Item = u64> + '_ {
        let mark_at = self.marks[mark];
        let many = (self.len as usize - mark * STRIDE).min(STRIDE);
        let mut bytes = self.pages[mark_at.page as usize][mark_at.offset as usize..].iter();
        let mut value = mark_at.value;
        (0..many).map(move |n| {
            if n > 0 {
                let (mut delta, mut shift) = (0u64, 0);
                for &byte in bytes.by_ref() {
                    delta |= u64::from(byte & 0x7f) << shift;
                    shift += 7;
                    if byte < 0x80 {
                        break;
                    }
                }
                value += delta;
            }
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_answers_as_a_plain_list_does(
            steps in proptest::collection::vec(prop_oneof![1u64..4, 1u64..300, 1u64..1 << 40], 0..300),
            asked in 0u64..3000,
        ) {
            let (mut list, mut plain, mut value) = (SeqList::default(), Vec::new(), 0);
            for step in steps {
                value += step;
                list.push(value);
                plain.push(value);
            }
            prop_assert_eq!(list.len(), plain.len() as u64);
            for place in 0..plain.len() + 1 {
                prop_assert_eq!(list.nth(place as u64), plain.get(place).copied());
            }
            for asked in plain.iter().flat_map(|&value| [value - 1, value, value + 1]).chain([asked]) {
                prop_assert_eq!(list.rank(asked), plain.partition_point(|&value| value < asked) as u64);
                prop_assert_eq!(list.from(asked), plain.iter().copied().find(|&value| value >= asked));
                prop_assert_eq!(list.before(asked), plain.iter().copied().rfind(|&value| value < asked));
            }
        }
    }

    #[test]
    fn ten_million_numbers_fit_twenty_megabytes() {
        let mut list = SeqList::default();
        (0..10_000_000u64).for_each(|n| list.push(n * 100));
        let bytes: usize = list.pages.iter().map(Vec::capacity).sum::<usize>() + list.marks.capacity() * 16;
        assert!(bytes < 20 << 20, "{bytes}");
        assert_eq!(list.rank(500_000_000), 5_000_000);
    }
}
