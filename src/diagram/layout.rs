//! Places for boxes, words and arrows: layers from top to bottom (Sugiyama's method).
//!
//! Boxes stand in even layers, the words of arrows in odd ones, as small boxes of their own: so no word can lie on a box or on another word. An arrow that passes a layer
//! holds a place in it. An arrow back up is laid out as if it led down, and drawn the other way.

use std::collections::BTreeMap;

use super::picture::{Box, Picture};

const LETTER: f64 = 7.0;
const LINE: f64 = 17.0;
const PADDING: f64 = 10.0;
const GAP: f64 = 26.0;
const LAYER_GAP: f64 = 30.0;
/// The width that an arrow holds in a layer that it passes.
const THREAD: f64 = 12.0;
const SWEEPS: usize = 24;

/// A rectangle, by its centre.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Place {
    pub(super) fn left(&self) -> f64 {
        self.x - self.width / 2.0
    }

    pub(super) fn top(&self) -> f64 {
        self.y - self.height / 2.0
    }

    pub(super) fn right(&self) -> f64 {
        self.x + self.width / 2.0
    }

    pub(super) fn bottom(&self) -> f64 {
        self.y + self.height / 2.0
    }
}

/// Where everything stands.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) boxes: Vec<Place>,
    /// For each arrow: the points that it passes, from its beginning to its end.
    pub(super) routes: Vec<Vec<(f64, f64)>>,
    /// For each arrow with words: where they stand.
    pub(super) labels: Vec<Option<Place>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Letters that the share of the ways takes beside a step's name: ` 2/12`, and the name is bold.
const SHARE: usize = 7;

/// How large a box is.
pub(super) fn size(drawn: &Box) -> (f64, f64) {
    let name = drawn.lines.first().map_or(0, |name| name.chars().count() + if drawn.taken.is_some() { SHARE } else { 0 });
    let letters = drawn.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(name);
    (letters as f64 * LETTER + 2.0 * PADDING, drawn.lines.len() as f64 * LINE + 2.0 * PADDING)
}

/// Lays a picture out.
pub(super) fn layout(picture: &Picture) -> Layout {
    let mut graph = Graph::of(picture);
    graph.order();
    graph.settle();
    graph.places(picture)
}

/// A box, or the place of an arrow in a layer.
struct Node {
    layer: usize,
    width: f64,
    height: f64,
    x: f64,
}

struct Graph {
    nodes: Vec<Node>,
    /// The nodes of each layer, from left to right.
    layers: Vec<Vec<usize>>,
    up: Vec<Vec<usize>>,
    down: Vec<Vec<usize>>,
    /// For each arrow its nodes from the upper box to the lower one, and whether it leads down.
    threads: Vec<(Vec<usize>, bool)>,
    /// For each arrow the node of its words.
    words: Vec<Option<usize>>,
}

impl Graph {
    fn of(picture: &Picture) -> Self {
        let layer_of = layers(picture);
        let nodes = picture.boxes.iter().zip(&layer_of).map(|(drawn, layer)| {
            let (width, height) = size(drawn);
            Node { layer: *layer, width, height, x: 0.0 }
        });
        let mut graph =
            Self { nodes: nodes.collect(), layers: Vec::new(), up: Vec::new(), down: Vec::new(), threads: Vec::new(), words: Vec::new() };
        for arrow in &picture.arrows {
            graph.thread(arrow.from, arrow.to, &arrow.label);
        }
        graph.stack();
        graph
    }

    /// Gives an arrow a place in each layer that it passes; its words stand next to the box that it leaves. A loop from a box to itself has words only.
    fn thread(&mut self, from: usize, to: usize, label: &str) {
        let leads_down = self.nodes[from].layer < self.nodes[to].layer;
        let (upper, lower) = if leads_down { (from, to) } else { (to, from) };
        let (first, last) = (self.nodes[upper].layer, self.nodes[lower].layer);
        let beside = if leads_down || from == to { first + 1 } else { last - 1 };
        let mut thread = vec![upper];
        let mut words = None;
        for layer in first + 1..last.max(first + 2) {
            let is_label = layer == beside && !label.is_empty();
            let width = if is_label { label.chars().count() as f64 * LETTER + PADDING } else { THREAD };
            thread.push(self.nodes.len());
            words = words.or(is_label.then_some(self.nodes.len()));
            self.nodes.push(Node { layer, width, height: LINE, x: 0.0 });
        }
        thread.push(lower);
        self.threads.push((thread, leads_down));
        self.words.push(words);
    }

    fn stack(&mut self) {
        let count = self.nodes.iter().map(|node| node.layer + 1).max().unwrap_or(0);
        self.layers = vec![Vec::new(); count];
        for (at, node) in self.nodes.iter().enumerate() {
            self.layers[node.layer].push(at);
        }
        self.up = vec![Vec::new(); self.nodes.len()];
        self.down = vec![Vec::new(); self.nodes.len()];
        for (thread, _) in &self.threads {
            for pair in thread.windows(2).filter(|pair| self.nodes[pair[0]].layer < self.nodes[pair[1]].layer) {
                self.down[pair[0]].push(pair[1]);
                self.up[pair[1]].push(pair[0]);
            }
        }
    }

    /// Orders each layer by the middle of its neighbours, down and up again, and keeps the order with the fewest crossings.
    fn order(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            let count = self.layers.len();
            for nth in 1..count {
                let layer = if down { nth } else { count - 1 - nth };
                self.order_layer(layer, down);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn order_layer(&mut self, layer: usize, by_upper: bool) {
        let place = self.ranks();
        let middle = |node: &usize| {
            let neighbours = if by_upper { &self.up[*node] } else { &self.down[*node] };
            let sum: usize = neighbours.iter().map(|other| place[other]).sum();
            if neighbours.is_empty() { place[node] as f64 } else { sum as f64 / neighbours.len() as f64 }
        };
        let mut keyed: Vec<(f64, usize)> = self.layers[layer].iter().map(|node| (middle(node), *node)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0)); // stable: what is equal stays as it was
        self.layers[layer] = keyed.into_iter().map(|(_, node)| node).collect();
    }

    fn ranks(&self) -> BTreeMap<usize, usize> {
        self.layers.iter().flat_map(|layer| layer.iter().enumerate().map(|(rank, node)| (*node, rank))).collect()
    }

    fn crossings(&self) -> usize {
        let place = self.ranks();
        let between = |layer: &Vec<usize>| {
            let lines: Vec<(usize, usize)> =
                layer.iter().flat_map(|node| self.down[*node].iter().map(|other| (place[node], place[other]))).collect();
            let crossed = |(nth, a): (usize, &(usize, usize))| {
                lines[nth + 1..].iter().filter(|b| (a.0 < b.0 && a.1 > b.1) || (a.0 > b.0 && a.1 < b.1)).count()
            };
            lines.iter().enumerate().map(crossed).sum::<usize>()
        };
        self.layers.iter().map(between).sum()
    }

    /// Moves each node towards its neighbours, as far as those beside it allow.
    fn settle(&mut self) {
        for layer in 0..self.layers.len() {
            let mut x = 0.0;
            for node in self.layers[layer].clone() {
                self.nodes[node].x = x + self.nodes[node].width / 2.0;
                x += self.nodes[node].width + GAP;
            }
        }
        for sweep in 0..SWEEPS * 2 {
            let count = self.layers.len();
            for nth in 0..count {
                let layer = if sweep % 2 == 0 { nth } else { count - 1 - nth };
                let wanted: Vec<f64> = self.layers[layer].iter().map(|node| self.wanted(*node)).collect();
                self.fit(layer, &wanted);
            }
        }
    }

    fn wanted(&self, node: usize) -> f64 {
        let neighbours: Vec<f64> = self.up[node].iter().chain(&self.down[node]).map(|other| self.nodes[*other].x).collect();
        if neighbours.is_empty() { self.nodes[node].x } else { neighbours.iter().sum::<f64>() / neighbours.len() as f64 }
    }

    /// The places nearest to the wanted ones, in the sense of least squares, at which nothing overlaps (pool adjacent violators).
    fn fit(&mut self, layer: usize, wanted: &[f64]) {
        let order = self.layers[layer].clone();
        let mut offset = 0.0;
        let mut offsets = Vec::new();
        for (nth, node) in order.iter().enumerate() {
            if nth > 0 {
                offset += (self.nodes[order[nth - 1]].width + self.nodes[*node].width) / 2.0 + GAP;
            }
            offsets.push(offset);
        }
        let mut blocks: Vec<(f64, usize)> = Vec::new(); // (sum of what its members want, members)
        for (want, offset) in wanted.iter().zip(&offsets) {
            blocks.push((want - offset, 1));
            while let [.., before, last] = blocks.as_slice() {
                if before.0 / before.1 as f64 <= last.0 / last.1 as f64 {
                    break;
                }
                let merged = (before.0 + last.0, before.1 + last.1);
                blocks.truncate(blocks.len() - 2);
                blocks.push(merged);
            }
        }
        let level = blocks.iter().flat_map(|(sum, members)| std::iter::repeat_n(sum / *members as f64, *members));
        for ((node, level), offset) in order.iter().zip(level).zip(&offsets) {
            self.nodes[*node].x = level + offset;
        }
    }

    fn places(self, picture: &Picture) -> Layout {
        let heights: Vec<f64> =
            self.layers.iter().map(|layer| layer.iter().map(|node| self.nodes[*node].height).fold(0.0, f64::max)).collect();
        let mut top = GAP + LINE * 2.0;
        let middles: Vec<f64> = heights
            .iter()
            .map(|height| {
                let middle = top + height / 2.0;
                top += height + LAYER_GAP / 2.0;
                middle
            })
            .collect();
        let left = self.nodes.iter().map(|node| node.x - node.width / 2.0).fold(f64::INFINITY, f64::min);
        let shift = if left.is_finite() { GAP - left } else { 0.0 };
        let place = |at: usize| {
            let node = &self.nodes[at];
            Place { x: node.x + shift, y: middles[node.layer], width: node.width, height: node.height }
        };
        let boxes: Vec<Place> = (0..picture.boxes.len()).map(place).collect();
        let mut routes: Vec<Vec<(f64, f64)>> = self.threads.iter().map(|(thread, _)| route(thread, place)).collect();
        spread(&mut routes, &self.threads, &boxes);
        for (route, _) in routes.iter_mut().zip(&self.threads).filter(|(_, (_, leads_down))| !leads_down) {
            route.reverse();
        }
        let right = (0..self.nodes.len()).map(|at| place(at).right()).fold(0.0, f64::max);
        Layout { routes, labels: self.words.iter().map(|word| word.map(place)).collect(), boxes, width: right + GAP, height: top + GAP }
    }
}

/// The points of an arrow, from the bottom of its upper box to the top of its lower one; a loop comes back to the bottom.
fn route(thread: &[usize], place: impl Fn(usize) -> Place) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = thread.iter().map(|node| place(*node)).map(|place| (place.x, place.y)).collect();
    let (upper, lower) = (thread[0], thread[thread.len() - 1]);
    let last = points.len() - 1;
    points[0].1 = place(upper).bottom();
    points[last].1 = if upper == lower { place(lower).bottom() } else { place(lower).top() };
    points
}

/// Between two arrows at the edge of a box, where there is room.
const PORT_GAP: f64 = 16.0;

/// Gives the arrows at each edge of a box ends of their own, in the order in which they go on.
fn spread(routes: &mut [Vec<(f64, f64)>], threads: &[(Vec<usize>, bool)], boxes: &[Place]) {
    for (at, drawn) in boxes.iter().enumerate() {
        for is_top in [false, true] {
            let end = |nth: usize| if is_top { routes[nth].len() - 1 } else { 0 };
            let next = |nth: usize| routes[nth][if is_top { routes[nth].len() - 2 } else { 1 }].0;
            let here = |thread: &[usize]| if is_top { thread.last() == Some(&at) && thread[0] != at } else { thread[0] == at };
            let mut ends: Vec<usize> = (0..routes.len()).filter(|nth| here(&threads[*nth].0)).collect();
            ends.sort_by(|a, b| next(*a).total_cmp(&next(*b)));
            let gap = PORT_GAP.min(drawn.width * 0.8 / ends.len().max(1) as f64);
            let first = drawn.x - gap * (ends.len().saturating_sub(1)) as f64 / 2.0;
            let moved: Vec<(usize, usize, f64)> =
                ends.iter().enumerate().map(|(rank, nth)| (*nth, end(*nth), first + gap * rank as f64)).collect();
            for (nth, point, x) in moved {
                routes[nth][point].0 = x;
            }
        }
    }
}

/// The layer of each box: one below the lowest of those that lead to it from earlier in the flow. Even numbers; the words of arrows stand between.
fn layers(picture: &Picture) -> Vec<usize> {
    let mut layers = vec![0; picture.boxes.len()];
    for at in 0..picture.boxes.len() {
        let before = picture.arrows.iter().filter(|arrow| arrow.to == at && arrow.from < at).map(|arrow| layers[arrow.from] + 2);
        layers[at] = before.max().unwrap_or(0);
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::super::picture::{Arrow, Kind};
    use super::*;

    fn boxed(name: &str) -> Box {
        Box { kind: Kind::Step, lines: vec![name.to_owned(), "some words of a prompt".to_owned()], taken: None }
    }

    fn arrow(from: usize, to: usize, label: &str) -> Arrow {
        Arrow { from, to, label: label.to_owned(), is_last_resort: false, taken: None }
    }

    /// Forty steps with arrows ahead, back and to themselves, the same ones on every machine.
    fn tangle() -> Picture {
        let boxes = (0..40).map(|at| boxed(&format!("step_{at}"))).collect();
        let ahead = (0..39).map(|at| arrow(at, at + 1, "found"));
        let jumps = (0..39).filter(|at| at % 3 == 0).map(|at| arrow(at, (at + 2 + at * 7 % 11).min(39), "unavailable"));
        let back = (5..40).filter(|at| at % 6 == 0).map(|at| arrow(at, at - at % 5 - 1, "no ≤2"));
        let itself = [arrow(7, 7, "again ≤3")];
        Picture { title: "tangle".to_owned(), boxes, arrows: ahead.chain(jumps).chain(back).chain(itself).collect(), is_counted: false }
    }

    fn overlap(a: &Place, b: &Place) -> bool {
        a.left() < b.right() && b.left() < a.right() && a.top() < b.bottom() && b.top() < a.bottom()
    }

    #[test]
    fn no_two_boxes_or_words_overlap() {
        let layout = layout(&tangle());
        let all: Vec<&Place> = layout.boxes.iter().chain(layout.labels.iter().flatten()).collect();
        for (nth, a) in all.iter().enumerate() {
            for b in &all[nth + 1..] {
                assert!(!overlap(a, b), "{a:?} {b:?}");
            }
            assert!(a.left() > 0.0 && a.right() < layout.width && a.bottom() < layout.height, "{a:?}");
        }
    }

    #[test]
    fn every_arrow_ends_at_its_boxes() {
        let picture = tangle();
        let layout = layout(&picture);
        for (arrow, route) in picture.arrows.iter().zip(&layout.routes) {
            let touches = |at: usize, (x, y): (f64, f64)| {
                let place = layout.boxes[at];
                x > place.left() && x < place.right() && ((y - place.top()).abs() < 0.01 || (y - place.bottom()).abs() < 0.01)
            };
            assert!(touches(arrow.from, route[0]) && touches(arrow.to, route[route.len() - 1]), "{arrow:?} {route:?}");
        }
    }
}
