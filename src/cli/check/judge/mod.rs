//! Judgement: from facts to outcomes. Pure; one file per check.

mod dependencies;
mod findings;
mod gone;
mod health;
mod logs;
mod ports;
mod settled;
mod started;
mod variables;
mod words;

#[cfg(test)]
mod samples;

mod all;

pub(super) use all::{judge, refused};
pub(super) use settled::{Settled, settled};
