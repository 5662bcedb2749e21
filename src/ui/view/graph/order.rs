//! In which layer of the graph each service stands, and in which order within it. Pure.

/// Rounds of ordering: after three, orders of real stacks do not get better.
const ROUNDS: usize = 3;

/// Something in a layer: a service, or the line of one on its way to a later layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The service, by its place in the stack.
    pub(super) service: usize,
    pub(super) layer: usize,
    /// Whether it is only the line of that service passing by.
    pub(super) passes: bool,
}

/// Layers of items, and which item leads to which ones of the next layer.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers {
    pub(super) items: Vec<Item>,
    /// From top to bottom.
    pub(super) layers: Vec<Vec<usize>>,
    /// By item.
    pub(super) leads_to: Vec<Vec<usize>>,
    /// By item.
    pub(super) comes_from: Vec<Vec<usize>>,
}

impl Layers {
    /// Layers of services, by what each one needs; `None` if the needs go round in a circle.
    pub(super) fn of(needs: &[Vec<usize>]) -> Option<Self> {
        let depths = depths(needs)?;
        let mut layers = Self::default();
        layers.layers.resize(depths.iter().max().map_or(0, |deepest| deepest + 1), Vec::new());
        let own: Vec<usize> =
            (0..needs.len()).map(|service| layers.add(service, depths[service], false)).collect();
        for (service, depth) in depths.iter().enumerate() {
            let dependents = (0..needs.len()).filter(|other| needs[*other].contains(&service));
            let dependents: Vec<usize> = dependents.collect();
            let Some(last) = dependents.iter().map(|other| depths[*other]).max() else { continue };
            let mut from = own[service];
            for layer in depth + 1..=last {
                let here = dependents.iter().filter(|other| depths[**other] == layer);
                for other in here {
                    layers.lead(from, own[*other]);
                }
                if layer < last {
                    let passing = layers.add(service, layer, true);
                    layers.lead(from, passing);
                    from = passing;
                }
            }
        }
        for _ in 0..ROUNDS {
            layers.sort_by_neighbours();
        }
        Some(layers)
    }

    fn add(&mut self, service: usize, layer: usize, passes: bool) -> usize {
        let item = self.items.len();
        self.items.push(Item { service, layer, passes });
        self.layers[layer].push(item);
        self.leads_to.push(Vec::new());
        self.comes_from.push(Vec::new());
        item
    }

    fn lead(&mut self, from: usize, to: usize) {
        self.leads_to[from].push(to);
        self.comes_from[to].push(from);
    }

    /// Puts each item near the middle of what it comes from, then of what it leads to, which undoes most crossings.
    fn sort_by_neighbours(&mut self) {
        let mut places: Vec<usize> = vec![0; self.items.len()];
        let note = |layer: &[usize], places: &mut Vec<usize>| {
            for (place, item) in layer.iter().enumerate() {
                places[*item] = place;
            }
        };
        for layer in &self.layers {
            note(layer, &mut places);
        }
        let Self { layers, comes_from, leads_to, .. } = self;
        for layer in layers.iter_mut().skip(1) {
            layer.sort_by_key(|item| middle(&comes_from[*item], places[*item], &places));
            note(layer, &mut places);
        }
        for layer in layers.iter_mut().rev().skip(1) {
            layer.sort_by_key(|item| middle(&leads_to[*item], places[*item], &places));
            note(layer, &mut places);
        }
    }
}

/// The mean place of the neighbours, in thousandths; its own if it has none.
fn middle(neighbours: &[usize], own: usize, places: &[usize]) -> usize {
    match neighbours.len() {
        0 => own * 1000,
        many => neighbours.iter().map(|item| places[*item] * 1000).sum::<usize>() / many,
    }
}

/// The longest chain of needs below each service; `None` if there is no longest one.
fn depths(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut depths = vec![0; needs.len()];
    for _ in 0..=needs.len() {
        let mut changed = false;
        for (service, needs) in needs.iter().enumerate() {
            let depth = needs.iter().filter_map(|need| depths.get(*need)).max().map_or(0, |below| below + 1);
            changed |= depths[service] != depth;
            depths[service] = depth;
        }
        if !changed {
            return Some(depths);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_stands_after_all_that_it_needs() {
        assert_eq!(depths(&[vec![], vec![0], vec![1, 0], vec![]]), Some(vec![0, 1, 2, 0]));
        assert_eq!(depths(&[vec![1], vec![0]]), None);
        assert_eq!(depths(&[vec![0]]), None);
    }

    #[test]
    fn a_long_way_passes_through_the_layers_between() {
        let layers = Layers::of(&[vec![], vec![0], vec![1, 0]]).unwrap();
        let passing: Vec<_> = layers.items.iter().filter(|item| item.passes).collect();
        assert_eq!(passing, [&Item { service: 0, layer: 1, passes: true }]);
    }

    #[test]
    fn crossings_are_undone() {
        let layers = Layers::of(&[vec![], vec![], vec![1], vec![0]]).unwrap();
        assert_eq!(layers.layers[0].len(), 2);
        let second: Vec<usize> = layers.layers[1].iter().map(|item| layers.items[*item].service).collect();
        let first: Vec<usize> = layers.layers[0].iter().map(|item| layers.items[*item].service).collect();
        let needed: Vec<usize> = second.iter().map(|service| if *service == 2 { 1 } else { 0 }).collect();
        assert_eq!(first, needed);
    }
}
