//! YAML into trees that know their place. The only file that knows the YAML library.
//!
//! The parser's events are read one by one under a budget, so a hostile file costs no more than its size. Anchors, aliases and tags are refused: a flow says what it means
//! in place. Every scalar stays text: what `yes`, `off` or `0123` means is decided by the key it stands under, never by YAML.

use std::sync::Arc;

use serde_saphyr::granit_parser::{self, ErrorKind, Event, Parser, ScanError};

use super::fault::{Came, Expected, FaultKind, Faults, Label, Span, YamlSlip};

/// The most bytes of a file.
pub(super) const FILE_BYTES_MAX: usize = 1 << 20;
/// The most files of a bundle.
pub(super) const FILES_MAX: usize = 200;
const DEPTH_MAX: usize = 24;
const NODES_MAX: usize = 50_000;
/// The most events of YAML in all files together: all trees are in memory at once.
pub(super) const BUNDLE_NODES_MAX: usize = 200_000;

/// A piece of YAML with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text, however it was quoted.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// What it is, for a message.
    pub(super) fn shape(&self) -> Came {
        match &self.kind {
            Kind::Scalar(text) if text.is_empty() => Came::Nothing,
            Kind::Scalar(_) => Came::Single,
            Kind::List(_) => Came::List,
            Kind::Map(_) => Came::Map,
        }
    }
}

/// The tree of one file, or a fault. What it is made of is taken from what is `left` for all files.
pub(super) fn tree(file: &Arc<str>, text: &str, left: &mut usize, faults: &mut Faults) -> Option<Node> {
    let found = refused_outright(file, text).map_or_else(|| grow(file, text, left), Err);
    let root = found.map_err(|refusal| faults.report(refusal.0, &refusal.1)).ok()?;
    report_duplicates(&root, faults);
    Some(root)
}

type Refusal = Box<(FaultKind, Span)>;

fn refused_outright(file: &Arc<str>, text: &str) -> Option<Refusal> {
    let whole = Span::whole(file);
    if text.len() > FILE_BYTES_MAX {
        return Some(Box::new((FaultKind::FileTooLarge { bytes: text.len() }, whole)));
    }
    let (at, c) = text.char_indices().find(|(_, c)| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))?;
    Some(Box::new((FaultKind::ControlCharacter { code: u32::from(c) }, whole.within(at..at + c.len_utf8()))))
}

/// A collection whose end has not come yet.
enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<(Node, Node)>, Option<Node>),
}

fn grow(file: &Arc<str>, text: &str, left: &mut usize) -> Result<Node, Refusal> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let options = granit_parser::options! { disallow_directives: true, flow_nesting_limit: DEPTH_MAX, block_nesting_limit: DEPTH_MAX };
    for (nth, event) in Parser::new_from_str_with_options(text, options).enumerate() {
        let (event, place) = event.map_err(|error| not_yaml(file, text, &error))?;
        let bytes = place.byte_range().unwrap_or(0..0);
        let span = Span { file: file.clone(), start: bytes.start, end: trimmed_end(text, &bytes) };
        let refuse = |kind| Err(Box::new((kind, span.clone())));
        *left = left.saturating_sub(1);
        if nth > NODES_MAX || *left == 0 {
            return refuse(FaultKind::TooManyNodes);
        }
        let done = match event {
            Event::Scalar(value, _, 0, None) => Some(Node { kind: Kind::Scalar(value.into_owned()), span }),
            Event::SequenceStart(_, 0, None) => {
                open.push(Open::List(span.start, Vec::new()));
                None
            }
            Event::MappingStart(_, 0, None) => {
                open.push(Open::Map(span.start, Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|collection| close(collection, span)),
            Event::DocumentStart(..) if root.is_some() => return refuse(FaultKind::ManyDocuments),
            Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd | Event::Comment(..) => None,
            _ => return refuse(FaultKind::AnchorOrTag), // the library's enum is open; whatever else it knows, a flow does without
        };
        if let Some(node) = done {
            match open.last_mut() {
                None => root = Some(node),
                Some(Open::List(_, nodes)) => nodes.push(node),
                Some(Open::Map(_, entries, key)) => match key.take() {
                    None => *key = Some(node),
                    Some(key) => entries.push((key, node)),
                },
            }
        }
    }
    root.ok_or_else(|| Box::new((FaultKind::WrongShape { expected: Expected::Map, came: Came::Nothing }, Span::whole(file))))
}

fn close(collection: Open, end: Span) -> Node {
    match collection {
        Open::List(start, nodes) => Node { span: end.within(start..end.end.max(start)), kind: Kind::List(nodes) },
        Open::Map(start, entries, _) => Node { span: end.within(start..end.end.max(start)), kind: Kind::Map(entries) },
    }
}

/// Block scalars and collections end where the next thing begins: the blank between is not theirs.
fn trimmed_end(text: &str, bytes: &std::ops::Range<usize>) -> usize {
    text.get(bytes.clone()).map_or(bytes.end, |slice| bytes.start + slice.trim_end().len())
}

fn not_yaml(file: &Arc<str>, text: &str, error: &ScanError) -> Refusal {
    let at = error.marker().byte_offset().unwrap_or(0).min(text.len());
    let is_too_deep = *error.kind() == ErrorKind::RecursionLimitExceeded;
    let kind = if is_too_deep { FaultKind::TooDeep } else { FaultKind::NotYaml { slip: slip(error) } };
    Box::new((kind, Span::whole(file).within(at..at)))
}

/// What the library says, in our words where an editor meets it; it knows much that no flow has.
fn slip(error: &ScanError) -> YamlSlip {
    use ErrorKind as E;
    match error.kind() {
        E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabAtBlockScalarStart | E::TabInPlainScalar => YamlSlip::Tab,
        E::UnclosedFlowCollection { open } => YamlSlip::OpenBracket(*open),
        E::MisplacedFlowCollectionEnd | E::MismatchedFlowCollectionEnd { .. } => YamlSlip::WrongBracket,
        E::UnclosedQuotedScalar => YamlSlip::OpenQuote,
        E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => YamlSlip::AfterQuote,
        E::UnknownQuotedScalarEscape
        | E::InvalidQuotedScalarHexEscape
        | E::InvalidLowSurrogateHexEscape
        | E::InvalidLowSurrogate
        | E::MissingLowSurrogate
        | E::UnpairedLowSurrogate
        | E::InvalidUnicodeEscape => YamlSlip::Escape,
        E::InvalidIndentation | E::InvalidBlockScalarIndent | E::InvalidQuotedScalarIndent | E::InvalidFlowScalarIndent => {
            YamlSlip::Indentation
        }
        E::MappingValueNotAllowed | E::MappingKeyNotAllowed | E::InvalidColonPlacement => YamlSlip::Colon,
        E::SimpleKeyExpected | E::InvalidSimpleKey | E::ExpectedBlockMappingKey => YamlSlip::NoColon,
        E::ExpectedFlowMappingSeparator | E::ExpectedFlowSequenceSeparator => YamlSlip::Comma,
        E::BlockSequenceEntryNotAllowed | E::BlockEntryInFlowCollection | E::ExpectedBlockSequenceEntry => YamlSlip::Dash,
        E::UnexpectedCharacter { character } => YamlSlip::Character(*character),
        E::UnknownAnchor => YamlSlip::UnknownAnchor,
        E::UnexpectedEof
        | E::UnexpectedEofFlowSequence
        | E::UnexpectedEofFlowMapping
        | E::UnexpectedEofImplicitFlowMapping
        | E::UnexpectedEofBlockSequence
        | E::UnexpectedEofBlockMapping => YamlSlip::End,
        _ => YamlSlip::Other(error.info()), // the library's enum is open
    }
}

fn report_duplicates(node: &Node, faults: &mut Faults) {
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::List(nodes) => nodes.iter().for_each(|node| report_duplicates(node, faults)),
        Kind::Map(entries) => {
            let mut seen: std::collections::BTreeMap<&str, &Span> = std::collections::BTreeMap::new();
            for (key, value) in entries {
                report_duplicates(value, faults);
                let Kind::Scalar(name) = &key.kind else {
                    faults.report(FaultKind::WrongShape { expected: Expected::NameAsKey, came: key.shape() }, &key.span);
                    continue;
                };
                if let Some(first) = seen.insert(name, &key.span) {
                    let labels = vec![(first.clone(), Label::FirstHere)];
                    faults.report_with(FaultKind::DuplicateKey { key: name.clone() }, &key.span, labels);
                }
            }
        }
    }
}
