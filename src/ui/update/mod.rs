//! What each message does to the model, and what is to be done because of it. Pure: no I/O, no clock, no waiting.

mod act;
mod aim;
mod answers;
#[cfg(test)]
mod chaos_tests;
mod events;
mod findings;
mod layers;
mod logs;
mod mouse;
mod prompt;
mod services;
mod take;
#[cfg(test)]
mod tests;

pub(crate) use take::update;
