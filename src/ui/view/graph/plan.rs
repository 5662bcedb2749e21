//! Where everything of the graph stands, in cells. Pure: knows nothing of colours or of a window's buffer.

use std::collections::{BTreeMap, BTreeSet};

use super::order::Layers;
use super::route::{Channel, route};

/// A place, in cells from the left and from the top.
pub(super) type Cell = (usize, usize);

/// The sides of a cell to which a line goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) up: bool,
    pub(super) down: bool,
    pub(super) left: bool,
    pub(super) right: bool,
}

/// The graph in cells.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    /// Where each service stands.
    pub(super) places: Vec<Cell>,
    pub(super) lines: BTreeMap<Cell, Sides>,
    /// Heads of arrows.
    pub(super) heads: BTreeSet<Cell>,
    /// The cells of the way from a need to what needs it, by their places in the stack.
    pub(super) ways: BTreeMap<(usize, usize), Vec<Cell>>,
    pub(super) width: usize,
    pub(super) height: usize,
}

impl Plan {
    /// Draws up the graph of services by what each one needs, with labels that are so wide, in so many rows if that can be
    /// done; `None` where lines would run into each other.
    pub(super) fn of(needs: &[Vec<usize>], labels: &[usize], rows: usize) -> Option<Self> {
        let layers = Layers::of(needs)?;
        let rows_of = heights(&layers, rows);
        let mut plan = Self { places: vec![(0, 0); needs.len()], ..Self::default() };
        let mut lines = Lines { plan: &mut plan, hops: BTreeMap::new() };
        let mut x = 0;
        for layer in 0..layers.layers.len() {
            let mut widest = 0;
            for item in &layers.layers[layer] {
                let found = layers.items[*item];
                if !found.passes {
                    lines.plan.places[found.service] = (x, rows_of[*item]);
                    widest = widest.max(labels.get(found.service).copied().unwrap_or(0));
                }
            }
            let channel = route(&layers, layer, &rows_of)?;
            let start = x + widest + 1;
            let end = start + 1 + channel.tracks.len() * 2;
            let begins = |item: usize| match layers.items[item].passes {
                true => x.saturating_sub(2),
                false => x + labels[layers.items[item].service] + 1,
            };
            lines.draw(&layers, layer, &channel, &rows_of, (start, end), begins);
            lines.plan.width = lines.plan.width.max(x + widest);
            x = end + 2;
        }
        let hops = lines.hops;
        plan.height = rows_of.iter().max().map_or(0, |last| last + 1);
        plan.follow(&layers, &hops);
        Some(plan)
    }

    /// Puts together the ways from service to service out of those from layer to layer.
    fn follow(&mut self, layers: &Layers, hops: &BTreeMap<(usize, usize), Vec<Cell>>) {
        for (start, item) in layers.items.iter().enumerate().filter(|(_, item)| !item.passes) {
            let mut open: Vec<(usize, Vec<Cell>)> = vec![(start, Vec::new())];
            while let Some((at, way)) = open.pop() {
                for to in &layers.leads_to[at] {
                    let mut way = way.clone();
                    way.extend(hops.get(&(at, *to)).into_iter().flatten());
                    match layers.items[*to].passes {
                        true => open.push((*to, way)),
                        false => {
                            self.ways.insert((item.service, layers.items[*to].service), way);
                        }
                    }
                }
            }
        }
    }
}

/// Lines being drawn.
struct Lines<'p> {
    plan: &'p mut Plan,
    /// The cells from item to item.
    hops: BTreeMap<(usize, usize), Vec<Cell>>,
}

impl Lines<'_> {
    /// Draws what goes on between a layer and the next one, in the columns from `start` to `end`.
    fn draw(
        &mut self,
        layers: &Layers,
        layer: usize,
        channel: &Channel,
        rows: &[usize],
        (start, end): (usize, usize),
        begins: impl Fn(usize) -> usize,
    ) {
        let track = |item: usize| {
            channel.tracks.iter().position(|other| *other == item).map(|track| start + 1 + track * 2)
        };
        let mut upright: BTreeMap<Cell, bool> = BTreeMap::new();
        for item in &channel.tracks {
            let (Some(x), from) = (track(*item), rows[*item]) else { continue };
            let to: Vec<usize> = layers.leads_to[*item].iter().map(|to| rows[*to]).collect();
            let top = to.iter().copied().fold(from, usize::min);
            let bottom = to.iter().copied().fold(from, usize::max);
            for y in top..=bottom {
                let meets = y == from || to.contains(&y);
                upright.insert((x, y), meets);
                let sides = self.plan.lines.entry((x, y)).or_default();
                sides.up |= y > top;
                sides.down |= y < bottom;
                sides.left |= y == from;
                sides.right |= to.contains(&y);
            }
        }
        let across = |plan: &mut Plan, from: usize, to: usize, y: usize| -> Vec<Cell> {
            let cells: Vec<Cell> = (from..to).map(|x| (x, y)).collect();
            for cell in &cells {
                // Where a line only crosses an upright one, it goes on behind it.
                if upright.get(cell) != Some(&false) {
                    let sides = plan.lines.entry(*cell).or_default();
                    sides.left = true;
                    sides.right = true;
                }
            }
            cells
        };
        for item in layers.layers[layer].iter().copied().filter(|item| !layers.leads_to[*item].is_empty()) {
            let from = rows[item];
            let turn = track(item);
            let out = across(self.plan, begins(item), turn.unwrap_or(end), from);
            for to in &layers.leads_to[item] {
                let mut way = out.clone();
                let y = rows[*to];
                if let Some(turn) = turn {
                    way.extend((from.min(y)..=from.max(y)).map(|y| (turn, y)));
                    way.extend(across(self.plan, turn + 1, end, y));
                }
                if !layers.items[*to].passes {
                    self.plan.heads.insert((end, y));
                    way.push((end, y));
                }
                self.hops.insert((item, *to), way);
            }
        }
    }
}

/// The row of each item: near what it comes from, in the order of its layer, with a free row between where there is room.
fn heights(layers: &Layers, rows: usize) -> Vec<usize> {
    let most = layers.layers.iter().map(Vec::len).max().unwrap_or(0);
    let apart = if most * 2 <= rows + 1 { 2 } else { 1 };
    let mut heights = vec![0; layers.items.len()];
    for layer in &layers.layers {
        let mut next = 0;
        for item in layer {
            let from = &layers.comes_from[*item];
            let wished = match from.len() {
                0 => next,
                many => from.iter().map(|item| heights[*item]).sum::<usize>() / many,
            };
            heights[*item] = wished.max(next);
            next = heights[*item] + apart;
        }
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_chain_is_one_straight_line() {
        let plan = Plan::of(&[vec![], vec![0], vec![1]], &[3, 3, 3], 10).unwrap();
        assert!(plan.places.iter().all(|(_, y)| *y == 0));
        assert_eq!(plan.heads.len(), 2);
        assert!(plan.lines.values().all(|sides| sides.left && sides.right && !sides.up && !sides.down));
    }

    proptest! {
        #[test]
        fn every_need_has_a_way_that_hangs_together(
            needs in proptest::collection::vec(proptest::collection::vec(0usize..12, 0..4), 0..12),
            rows in 0usize..40,
        ) {
            let needs: Vec<Vec<usize>> = needs.into_iter().enumerate().map(|(n, mut of)| {
                of.retain(|need| *need < n);
                of.sort_unstable();
                of.dedup();
                of
            }).collect();
            let labels: Vec<usize> = (0..needs.len()).map(|n| 3 + n % 5).collect();
            let Some(plan) = Plan::of(&needs, &labels, rows) else { return Ok(()) };
            for (service, of) in needs.iter().enumerate() {
                for need in of {
                    let way = &plan.ways[&(*need, service)];
                    prop_assert!(plan.heads.contains(way.last().unwrap()));
                    let sorted: BTreeSet<Cell> = way.iter().copied().collect();
                    for (x, y) in &sorted {
                        let near = [(x + 1, *y), (*x, y + 1), (x.wrapping_sub(1), *y), (*x, y.wrapping_sub(1))];
                        prop_assert!(sorted.len() < 2 || near.iter().any(|cell| sorted.contains(cell)));
                    }
                }
            }
            for (service, (x, y)) in plan.places.iter().enumerate() {
                for n in 0..labels[service] {
                    prop_assert!(!plan.lines.contains_key(&(x + n, *y)), "a line runs through a label");
                }
            }
        }
    }
}
