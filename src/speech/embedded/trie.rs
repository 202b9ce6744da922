//! A graph of words as the states of a decoder: a blank for each place between letters, a letter for each way from one to the next. Words that begin alike share their letters.

use std::collections::BTreeMap;

use dauys_core::grammar::graph::{Arc, WordGraph};
use dauys_core::lang::Lang;

use super::letters::{BLANK, spelt};

/// So many states are listened to; of a greater graph the last words are not.
pub const STATES_MAX: usize = 400_000;

/// The states of a decoder.
#[derive(Clone, Debug, Default)]
pub struct Trie {
    /// Where a state begins, and where the next does, in `before`.
    starts: Vec<u32>,
    before: Vec<u32>,
    labels: Vec<u8>,
    words: Vec<Option<u32>>,
    first: Vec<u32>,
    last: Vec<u32>,
    vocabulary: Vec<(String, Option<Lang>)>,
}

impl Trie {
    /// The states of a graph. A word that has other letters than the network's is not listened for.
    pub fn of(graph: &WordGraph) -> Self {
        let mut grown = Grown::new(graph.len().max(1));
        for state in 0..graph.len() {
            graph.arcs(state).iter().for_each(|arc| grown.word(state, arc));
        }
        grown.closed(|node| graph.is_end(node))
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether nothing is listened for.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }

    /// Where a path may be a frame before it is here, but here.
    pub(super) fn before(&self, state: usize) -> &[u32] {
        &self.before[self.starts[state] as usize..self.starts[state + 1] as usize]
    }

    /// The letter or the blank of a state.
    pub(super) fn label(&self, state: usize) -> u8 {
        self.labels[state]
    }

    /// The word that is complete when a path comes here.
    pub(super) fn word(&self, state: usize) -> Option<u32> {
        self.words[state]
    }

    /// Where a path may begin.
    pub(super) fn first(&self) -> &[u32] {
        &self.first
    }

    /// Where it may end.
    pub(super) fn last(&self) -> &[u32] {
        &self.last
    }

    /// A word by its number.
    pub(super) fn said(&self, word: u32) -> (&str, Option<Lang>) {
        self.vocabulary.get(word as usize).map_or(("", None), |(word, lang)| (word, *lang))
    }
}

/// A way from node to node.
struct Way {
    from: usize,
    letter: u8,
    to: usize,
    word: Option<u32>,
}

/// Nodes and ways, while words are added; the first nodes are the states of the graph.
struct Grown {
    nodes: usize,
    ways: Vec<Way>,
    branches: BTreeMap<(usize, u8), usize>,
    numbers: BTreeMap<(String, Option<Lang>), u32>,
    vocabulary: Vec<(String, Option<Lang>)>,
}

impl Grown {
    fn new(nodes: usize) -> Self {
        Self { nodes, ways: Vec::new(), branches: BTreeMap::new(), numbers: BTreeMap::new(), vocabulary: Vec::new() }
    }

    /// A word from one state of the graph to another, after a space unless it is the first. Its last letter is its own: it alone completes the word.
    fn word(&mut self, state: usize, arc: &Arc) {
        let Some(mut letters) = spelt(&arc.word) else { return };
        if state > 0 {
            letters.splice(0..0, spelt(" ").unwrap_or_default());
        }
        let Some(last) = letters.pop().filter(|_| self.nodes + self.ways.len() < STATES_MAX) else { return };
        let before = letters.into_iter().fold(state, |node, letter| self.branch(node, letter));
        let word = Some(self.number(arc));
        self.ways.push(Way { from: before, letter: last, to: arc.to, word });
    }

    fn branch(&mut self, from: usize, letter: u8) -> usize {
        let next = self.nodes;
        let to = *self.branches.entry((from, letter)).or_insert(next);
        if to == next {
            self.nodes += 1;
            self.ways.push(Way { from, letter, to, word: None });
        }
        to
    }

    fn number(&mut self, arc: &Arc) -> u32 {
        let word = (arc.word.clone(), arc.lang);
        *self.numbers.entry(word.clone()).or_insert_with(|| {
            self.vocabulary.push(word);
            self.vocabulary.len() as u32 - 1
        })
    }

    /// The states: first a blank for each node, then a letter for each way.
    fn closed(self, is_end: impl Fn(usize) -> bool) -> Trie {
        let Self { nodes, ways, vocabulary, .. } = self;
        let mut into: Vec<Vec<u32>> = vec![Vec::new(); nodes];
        for (at, way) in ways.iter().enumerate() {
            into[way.to].push((nodes + at) as u32);
        }
        let mut trie = Trie { vocabulary, starts: vec![0], ..Trie::default() };
        for node in &into {
            trie.push(BLANK, None, node.iter().copied());
        }
        for way in &ways {
            // Between two equal letters there must be a blank, or they would be one.
            let letters = into[way.from].iter().copied().filter(|state| ways[*state as usize - nodes].letter != way.letter);
            trie.push(way.letter, way.word, [way.from as u32].into_iter().chain(letters));
        }
        let begins = ways.iter().enumerate().filter(|(_, way)| way.from == 0).map(|(at, _)| (nodes + at) as u32);
        trie.first = [0].into_iter().chain(begins).collect();
        let ends = (0..nodes).filter(|node| is_end(*node));
        trie.last = ends.flat_map(|node| [node as u32].into_iter().chain(into[node].iter().copied())).collect();
        trie
    }
}

impl Trie {
    fn push(&mut self, label: u8, word: Option<u32>, before: impl Iterator<Item = u32>) {
        self.before.extend(before);
        self.starts.push(self.before.len() as u32);
        self.labels.push(label);
        self.words.push(word);
    }
}
