//! What a stack costs with the real binary: output through `up`, the way to health, idling, and `ps`.
//!
//! `scripts/bench` builds what is needed and runs this; `--quick` takes shorter looks at the idle stack, and words
//! (`output`, `layers`, `idle`, `ps`, `console-flood`, `console-keys`, `console-idle`) choose rows. What is compared is measured in turns within the one run; every
//! figure is a median of at least five. It ends with 1 if a limit was passed. Linux only, since it reads /proc.
#![cfg_attr(
    target_os = "linux",
    expect(clippy::disallowed_methods, reason = "a benchmark starts processes and reads the clock")
)]

#[cfg(target_os = "linux")]
mod console_flood;
#[cfg(target_os = "linux")]
mod console_idle;
#[cfg(target_os = "linux")]
mod console_keys;
#[cfg(target_os = "linux")]
mod idle;
#[cfg(target_os = "linux")]
mod layers;
#[cfg(target_os = "linux")]
mod output;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod project;
#[cfg(target_os = "linux")]
mod ps;
#[cfg(target_os = "linux")]
mod pty;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod rows;
#[cfg(target_os = "linux")]
mod tmux;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    rows::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("nothing is measured: this reads /proc");
}
