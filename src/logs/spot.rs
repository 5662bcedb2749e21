//! Who wants to hear of lines as they are printed: a seam, so that what a line means is known elsewhere.

/// Looks at lines that speak of trouble. Called on the thread that reads every pipe: it must not block.
pub trait Spotter: Send + Sync {
    /// Words without one of which no line matters, as they are printed; lines with the usual words of trouble (`error`,
    /// `warn`, `panic` and their like) are shown in any case. Few: all output is searched for them.
    fn words(&self) -> Vec<String>;

    /// The numbers of what the line, without ANSI and newline, is told of for; empty for most.
    fn spot(&self, line: &[u8]) -> Vec<u32>;
}
