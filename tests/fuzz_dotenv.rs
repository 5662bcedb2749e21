//! The reader of environment files on hostile input, without a fuzzer: seeded mutations of the corpus for
//! `PORTOLAN_FUZZ_SECONDS` (default: a second's worth by count), and inputs made to be slow. The fuzz target in
//! `fuzz/` checks the same promises.

#[path = "dotenv_support/cases.rs"]
mod cases;
#[path = "dotenv_support/invariants.rs"]
mod invariants;

use std::time::{Duration, Instant};

use cases::{Random, corpus, generated};

#[test]
#[expect(clippy::disallowed_methods, reason = "the harness runs for a time that its caller chooses")]
fn no_input_breaks_a_promise() {
    let seconds = std::env::var("PORTOLAN_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let corpus = corpus();
    // A run that was asked for tries something new each time, and says how to repeat it.
    let seed = until.map_or(1, |_| u64::from(std::process::id()));
    println!("seed {seed}");
    let mut random = Random::new(seed);
    let mut count = 0;
    while until.map_or(count < 3_000, |until| Instant::now() < until) {
        let mut bytes = generated(&mut random, &corpus, count).into_bytes();
        for _ in 0..random.below(3) {
            if !bytes.is_empty() {
                let at = random.below(bytes.len());
                bytes[at] = random.pick(&[0, 0xff, 0xfe, b'\\', b'\'', b'"', b'\r', b'$', 0x80]);
            }
        }
        if let Err(panic) = std::panic::catch_unwind(|| invariants::check(&bytes)) {
            eprintln!("seed {seed}, input {count}: {bytes:?}");
            std::panic::resume_unwind(panic);
        }
        count += 1;
    }
    println!("{count} inputs");
}

/// Each of these takes many minutes for a reader that looks again at what it has seen.
#[test]
fn half_a_megabyte_made_to_be_slow_is_read() {
    for piece in [
        "A='\n",
        "A=\"\n",
        "A=\\'",
        "'",
        "'A\n",
        "A=\"\\\"",
        "A= ",
        " ",
        "\n",
        "\r",
        "A=${",
        "A=${x:",
        "${A:-",
        "a#",
        "A=a #",
        "A\u{2028}",
        "export ",
        "#",
        "\\",
        "A=\\\n",
        "A='\"\n",
    ] {
        let mut text = piece.repeat((512 << 10) / piece.len());
        invariants::check(text.as_bytes());
        text.insert_str(0, "A=\"");
        invariants::check(text.as_bytes());
    }
}
