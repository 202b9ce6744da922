//! YAML as an editor sees it: values with the bytes they stand at. It knows nothing of flows, and shares no code with the reader that is tested.

use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser};

/// A value and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Range<usize>,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The tree of a sound file.
    pub(super) fn of(text: &str) -> Self {
        let mut open: Vec<Node> = Vec::new();
        for event in Parser::new_from_str(text) {
            let (event, span) = event.unwrap();
            let at = span.byte_range().unwrap();
            let done = match event {
                Event::Scalar(value, ..) => Node { at: trimmed(text, at), kind: Kind::Scalar(value.into_owned()) },
                Event::SequenceStart(..) => {
                    open.push(Node { at, kind: Kind::List(Vec::new()) });
                    continue;
                }
                Event::MappingStart(..) => {
                    open.push(Node { at, kind: Kind::Map(Vec::new()) });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let node = open.pop().unwrap();
                    Node { at: trimmed(text, node.at.start..at.end.max(node.at.start)), kind: paired(node.kind) }
                }
                _ => continue,
            };
            match open.last_mut().map(|parent| &mut parent.kind) {
                None => return done,
                Some(Kind::List(nodes)) => nodes.push(done),
                Some(Kind::Map(entries)) => entries.push((done.clone(), done)), // key and value come one after the other: see `paired`
                Some(Kind::Scalar(_)) => unreachable!("a scalar holds nothing"),
            }
        }
        Node { at: 0..0, kind: Kind::Map(Vec::new()) }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Kind::Scalar(text) = &self.kind { Some(text) } else { None }
    }

    pub(super) fn entries(&self) -> &[(Node, Node)] {
        if let Kind::Map(entries) = &self.kind { entries } else { &[] }
    }

    pub(super) fn items(&self) -> &[Node] {
        if let Kind::List(items) = &self.kind { items } else { &[] }
    }

    pub(super) fn entry(&self, name: &str) -> Option<&(Node, Node)> {
        self.entries().iter().find(|(key, _)| key.text() == Some(name))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|(_, value)| value)
    }

    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.find(name).and_then(Node::text)
    }

    /// This node and all below it.
    pub(super) fn all(&self) -> Vec<&Node> {
        let below = match &self.kind {
            Kind::Scalar(_) => Vec::new(),
            Kind::List(items) => items.iter().flat_map(Node::all).collect(),
            Kind::Map(entries) => entries.iter().flat_map(|(key, value)| [key.all(), value.all()].concat()).collect(),
        };
        [vec![self], below].concat()
    }

    /// Every entry of every map below it: (map, key, value).
    pub(super) fn pairs(&self) -> Vec<(&Node, &Node, &Node)> {
        self.all().into_iter().flat_map(|map| map.entries().iter().map(move |(key, value)| (map, key, value))).collect()
    }
}

/// Keys and values, which came as a row of nodes.
fn paired(kind: Kind) -> Kind {
    let Kind::Map(row) = kind else { return kind };
    let mut row = row.into_iter().map(|(node, _)| node);
    let mut entries = Vec::new();
    while let (Some(key), Some(value)) = (row.next(), row.next()) {
        entries.push((key, value));
    }
    Kind::Map(entries)
}

fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    at.start..at.start + text[at].trim_end().len()
}

/// Whether a value stands in brackets or behind a bracketed parent: `{a: 1}` against lines of its own.
pub(super) fn in_brackets(text: &str, node: &Node) -> bool {
    text[node.at.start..].starts_with(['{', '['])
}
