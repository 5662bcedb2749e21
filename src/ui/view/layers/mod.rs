//! What lies on top, drawn last: dialogs with a border and a title, each as small as it can be.

mod ask;
mod ending;
mod field;
mod help;
mod holder;
mod line;
mod palette;
mod pile;
mod port;
mod sheet;
mod terminal;
mod themes;

pub(super) use field::seen as field;
pub(super) use pile::draw;

#[cfg(test)]
mod tests;
