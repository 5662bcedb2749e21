//! Which lines between two layers turn where, so that none runs along another. Pure.

use super::order::Layers;

/// What goes on between one layer and the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Channel {
    /// Items whose lines turn, by where they do, from left to right. The lines of all others go straight on.
    pub(super) tracks: Vec<usize>,
}

/// Finds the tracks; `None` if some lines would have to run along each other.
pub(super) fn route(layers: &Layers, layer: usize, rows: &[usize]) -> Option<Channel> {
    let turns = |item: &&usize| layers.leads_to[**item].iter().any(|to| rows[*to] != rows[**item]);
    let mut open: Vec<usize> = layers.layers[layer].iter().filter(turns).copied().collect();
    open.sort_by_key(|item| preference(*item, layers, rows));
    let mut tracks = Vec::with_capacity(open.len());
    while !open.is_empty() {
        // A line arrives at a row only right of where the line that starts there has turned away.
        let free = |item: &usize| {
            let arrives = |row: usize| layers.leads_to[*item].iter().any(|to| rows[*to] == row);
            open.iter().all(|other| other == item || !arrives(rows[*other]))
        };
        let next = open.iter().position(free)?;
        tracks.push(open.remove(next));
    }
    Some(Channel { tracks })
}

/// What turns down turns before what is above it, and what turns up before what is below it: that crosses least.
fn preference(item: usize, layers: &Layers, rows: &[usize]) -> (bool, i64) {
    let row = i64::try_from(rows[item]).unwrap_or(i64::MAX);
    let to = &layers.leads_to[item];
    let down = to.iter().filter(|to| rows[**to] > rows[item]).count() * 2 >= to.len();
    (down, if down { -row } else { row })
}
