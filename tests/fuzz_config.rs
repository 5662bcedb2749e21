//! Configurations changed at random never make the reader panic, and what it says never drives a terminal.
//!
//! `PORTOLAN_FUZZ_SECONDS` sets for how long (default 1), `PORTOLAN_FUZZ_SEED` replays one.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portolan::config::{self, LoadRequest};

/// xorshift64*: enough to choose what to break, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

const PIECES: &[&str] = &[
    "{port}",
    "{",
    "}",
    "{{",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "=",
    "[",
    "]",
    "[[",
    "]]",
    "\n",
    "\r\n",
    ".",
    ",",
    "#",
    "{auth.url}",
    "${X}",
    "$PORT",
    "-1",
    "0",
    "99999999999999999999",
    "1e999",
    "nan",
    "true",
    "\u{0}",
    "\t",
    "\u{1b}[31m",
    "ä",
    "漢",
    "\u{202e}",
    "👩‍🚀",
    "\\",
    "\\u0000",
    "8010-8000",
    "\"(?i\"",
    "env",
    "services",
    "needs",
    "health",
    "2026-11-21",
    "[services.x.env]\n",
    "../",
    "/",
    "http://",
    "=\"\"\n",
    "\u{feff}",
];

fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].bytes())),
            3 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let to = (from + random.below(200)).min(other.len());
                drop(bytes.splice(at..at, other[from..to].iter().copied()));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random.next() as u8;
                }
            }
        }
    }
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config");
    let mut files: Vec<PathBuf> = ["bad", "good"]
        .iter()
        .flat_map(|kind| fs::read_dir(corpus.join(kind)).unwrap())
        .map(|entry| entry.unwrap().path().join("portolan.toml"))
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

#[expect(clippy::disallowed_methods, reason = "the time to spend is the test's own")]
#[test]
fn no_change_of_a_configuration_makes_the_reader_panic() {
    let seconds = std::env::var("PORTOLAN_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let replay = std::env::var("PORTOLAN_FUZZ_SEED").ok().and_then(|text| text.parse::<u64>().ok());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portolan.toml");
    let seeds = seeds();
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut seed = replay.unwrap_or(1);
    while Instant::now() < end {
        let bytes = mutate(&mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), &seeds);
        fs::write(&file, &bytes).unwrap();
        let request = LoadRequest { file: file.clone(), overlays: Vec::new(), profiles: vec!["dev".into()] };
        let outcome = std::panic::catch_unwind(|| match config::load(&request) {
            Ok(loaded) => {
                let problems = config::check_commands(&loaded, "/usr/bin".as_ref());
                problems.iter().chain(&loaded.warnings).map(|problem| problem.render(false)).collect()
            }
            Err(problems) => problems.render(seed.is_multiple_of(2)),
        });
        let shown: String =
            outcome.unwrap_or_else(|_| panic!("PORTOLAN_FUZZ_SEED={seed} panics:\n{}", bytes.escape_ascii()));
        // Only colours of our own: nothing of the file drives the terminal.
        assert!(
            seed.is_multiple_of(2) || !shown.contains('\u{1b}'),
            "PORTOLAN_FUZZ_SEED={seed} lets an escape sequence through:\n{shown}"
        );
        if replay.is_some() {
            println!("{shown}");
            return;
        }
        seed += 1;
    }
    println!("{seed} configurations tried");
}
