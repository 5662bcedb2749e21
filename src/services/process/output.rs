//! What a started program writes to, seen from our side. The pipes are only handed over here, never read.

/// The end of a pipe, or of a pseudo-terminal, from which a program's output is read. It blocks.
///
/// It is at its end once every process that inherited the other side has closed it, which may be long after
/// the leader's exit.
#[cfg(unix)]
pub type OutputPipe = std::os::fd::OwnedFd;

/// The end of a pipe from which a program's output is read. It blocks.
#[cfg(windows)]
pub type OutputPipe = std::os::windows::io::OwnedHandle;

/// Where a program's output arrives.
#[derive(Debug)]
pub enum Output {
    /// One pipe for each stream.
    Pipes {
        /// What it writes to standard output.
        stdout: OutputPipe,
        /// What it writes to standard error.
        stderr: OutputPipe,
    },
    /// A pseudo-terminal that carries both streams. On Linux a read fails with EIO, not 0, at its end.
    Terminal(OutputPipe),
}
