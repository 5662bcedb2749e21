//! The corpus of environment files, and texts made from it: mutated, composed from the grammar, and plain noise.
//! The same seed gives the same texts on every machine.
#![expect(clippy::unwrap_used, reason = "a broken corpus ends the test")]

use std::fs;
use std::path::PathBuf;

/// A stream of pseudo-random numbers (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// The files of the corpus, by name.
pub(crate) fn corpus() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/dotenv");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "env"))
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Everything that some rule of the grammar cares about, and neighbours that none does.
const PIECES: &[&str] = &[
    "A",
    "B",
    "SHELL_ONLY",
    "EMPTY",
    "x",
    "1",
    "_",
    "=",
    "=",
    "=",
    "#",
    " #",
    "'",
    "'",
    "\"",
    "\"",
    "\\",
    "\\\\",
    "\\'",
    "\\\"",
    "\\n",
    "\\t",
    "\\v",
    "\\x",
    "$",
    "{",
    "}",
    "${A}",
    "${B}",
    "${A:-x}",
    "${SHELL_ONLY}",
    "${EMPTY:-d}",
    "${",
    ":-",
    ":",
    "-",
    " ",
    " ",
    "\t",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "export ",
    "export",
    "\u{b}",
    "\u{c}",
    "\u{1c}",
    "\u{1f}",
    "\u{85}",
    "\u{a0}",
    "\u{1680}",
    "\u{2028}",
    "\u{2029}",
    "\u{3000}",
    "\u{200b}",
    "\u{feff}",
    "é",
    "😀",
    "\u{1}",
    "`",
    "$(",
];
const NAMES: &[&str] = &["A", "B", "C", "SHELL_ONLY", "EMPTY", "'A'", "'q k'", "a.b", "", "A B", "é"];
const BEFORE: &[&str] = &["", "", "", "export ", " ", "\t", "\n", "\u{c}", "export\t ", "\u{a0}"];
const EQUALS: &[&str] = &["=", "=", "=", " = ", "= ", " =", "", "==", "\u{a0}=\u{2003}"];
const QUOTES: &[&str] = &["", "", "'", "\"", "'", "\"", "“"];
const AFTER: &[&str] = &["", "", "", " ", " # c", "#c", " x", "\u{c}", "\u{1d}# '"];
const ENDS: &[&str] = &["\n", "\n", "\n", "\r\n", "\r", "", "\u{2028}", "\n\n"];

/// The text number `number` made from `corpus`.
pub(crate) fn generated(random: &mut Random, corpus: &[(String, String)], number: usize) -> String {
    match number % 4 {
        0 => noise(random),
        1 => composed(random),
        2 => {
            let at = random.below(corpus.len());
            mutated(random, &corpus[at].1)
        }
        _ => {
            let text = composed(random);
            mutated(random, &text)
        }
    }
}

fn noise(random: &mut Random) -> String {
    (0..random.below(40)).map(|_| random.pick(PIECES)).collect()
}

fn composed(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(6) {
        text.push_str(random.pick(BEFORE));
        text.push_str(random.pick(NAMES));
        text.push_str(random.pick(EQUALS));
        let quote = random.pick(QUOTES);
        text.push_str(quote);
        for _ in 0..random.below(6) {
            text.push_str(random.pick(PIECES));
        }
        text.push_str(quote);
        text.push_str(random.pick(AFTER));
        text.push_str(random.pick(ENDS));
    }
    text
}

fn mutated(random: &mut Random, text: &str) -> String {
    // Long files would spend the time on copies of one line.
    let mut chars: Vec<char> = text.chars().take(600).collect();
    for _ in 0..=random.below(5) {
        let at = random.below(chars.len() + 1);
        match random.below(4) {
            0 if at < chars.len() => {
                chars.remove(at);
            }
            1 if at < chars.len() => {
                let end = (at + random.below(12)).min(chars.len());
                let copy: Vec<char> = chars[at..end].to_vec();
                let to = random.below(chars.len() + 1);
                chars.splice(to..to, copy);
            }
            2 => chars.truncate(at),
            _ => {
                let piece: Vec<char> = random.pick(PIECES).chars().collect();
                chars.splice(at..at, piece);
            }
        }
    }
    chars.into_iter().collect()
}
