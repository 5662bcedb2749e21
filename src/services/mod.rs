//! The impure shell: what starts, watches and ends the processes of a stack.
//!
//! It decides nothing that the heart (`stack`) decides.

pub mod process;
