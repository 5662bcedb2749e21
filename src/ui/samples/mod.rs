//! Stacks for tests of the console: facts as the loop would gather them, and a window to draw them in.
//!
//! Only for tests. The shop is the stack of the documentation: every state that a start-up has is in it.

mod beside;
mod hostile;
mod lines;
mod shop;
mod stacks;
mod window;

pub(crate) use hostile::{NASTY, hostile};
pub(crate) use lines::{line, page};
pub(crate) use shop::{BEGIN, NOW, shop};
pub(crate) use stacks::{all, bare, healthy, many, name, none};
pub(crate) use window::{look, look_with, model, paint, render, text, text_in};
