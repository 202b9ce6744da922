//! Reading trees: maps with known keys, names, numbers, durations. Every slip is reported once, and reading goes on.

use std::time::Duration;

use super::fault::{FaultKind, Faults, nearest};
use super::source::{Kind, Node};
use crate::key::Key;
use crate::lang::{Both, Lang};
use crate::utterance::BargeIn;

/// A map whose keys are known.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) node: &'a Node,
    of: &'static str,
}

impl<'a> Fields<'a> {
    /// `of` names the map in messages. Unknown keys are reported here.
    pub(super) fn open(node: &'a Node, of: &'static str, known: &[&str], faults: &mut Faults) -> Option<Self> {
        for (key, _) in entries(node, faults)? {
            let Kind::Scalar(name) = &key.kind else { continue };
            if !known.contains(&name.as_str()) {
                let kind =
                    FaultKind::UnknownKey { key: name.clone(), of, nearest: nearest(name, known.iter().copied()), known: known.join(", ") };
                faults.report(kind, &key.span);
            }
        }
        Some(Self { node, of })
    }

    pub(super) fn find(&self, name: &str) -> Option<&'a Node> {
        let Kind::Map(entries) = &self.node.kind else { return None };
        entries.iter().find(|(key, _)| matches!(&key.kind, Kind::Scalar(text) if text == name)).map(|(_, value)| value)
    }

    pub(super) fn need(&self, name: &'static str, faults: &mut Faults) -> Option<&'a Node> {
        let found = self.find(name);
        if found.is_none() {
            faults.report(FaultKind::MissingKey { key: name.to_owned(), of: self.of }, &self.node.span);
        }
        found
    }
}

pub(super) fn entries<'a>(node: &'a Node, faults: &mut Faults) -> Option<&'a [(Node, Node)]> {
    match &node.kind {
        Kind::Map(entries) => Some(entries),
        Kind::Scalar(_) | Kind::List(_) => wrong_shape("a map", node, faults),
    }
}

/// The entries of a map whose keys are names of the author's.
pub(super) fn named<'a>(node: &'a Node, faults: &mut Faults) -> Vec<(&'a str, &'a Node, &'a Node)> {
    let pair = |(key, value): &'a (Node, Node)| match &key.kind {
        Kind::Scalar(name) => Some((name.as_str(), key, value)),
        Kind::List(_) | Kind::Map(_) => None,
    };
    entries(node, faults).unwrap_or_default().iter().filter_map(pair).collect()
}

pub(super) fn list<'a>(node: &'a Node, faults: &mut Faults) -> Option<&'a [Node]> {
    match &node.kind {
        Kind::List(nodes) => Some(nodes),
        Kind::Scalar(_) | Kind::Map(_) => wrong_shape("a list", node, faults),
    }
}

/// The most bytes of a name, a value or a title.
const TEXT_BYTES_MAX: usize = 500;

pub(super) fn text<'a>(node: &'a Node, faults: &mut Faults) -> Option<&'a str> {
    match &node.kind {
        Kind::Scalar(text) if (1..=TEXT_BYTES_MAX).contains(&text.len()) => Some(text),
        Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => wrong_shape("a name or a value of at most 500 bytes", node, faults),
    }
}

pub(super) fn texts(node: &Node, faults: &mut Faults) -> Option<Both<String>> {
    let fields = Fields::open(node, "a text", &["kk", "ru"], faults)?;
    let [kk, ru] = Lang::ALL.map(|lang| {
        let found = fields.find(lang.code());
        if found.is_none() {
            faults.report(FaultKind::MissingLanguage { lang }, &node.span);
        }
        text(found?, faults).map(str::to_owned)
    });
    Some(Both { kk: kk?, ru: ru? })
}

fn wrong_shape<T>(expected: &'static str, node: &Node, faults: &mut Faults) -> Option<T> {
    faults.report(FaultKind::WrongShape { expected, came: node.shape() }, &node.span);
    None
}

/// A value by its own reading of the text.
pub(super) fn value<T>(node: &Node, expected: &'static str, read: impl Fn(&str) -> Option<T>, faults: &mut Faults) -> Option<T> {
    let text = text(node, faults)?;
    let found = read(text);
    if found.is_none() {
        faults.report(FaultKind::BadValue { expected, came: text.chars().take(40).collect() }, &node.span);
    }
    found
}

pub(super) fn duration(node: &Node, faults: &mut Faults) -> Option<Duration> {
    value(node, "a duration such as 800ms, 6s or 15m, at most 24h", read_duration, faults)
}

fn read_duration(text: &str) -> Option<Duration> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(millis)?;
    (1..=86_400_000).contains(&millis).then(|| Duration::from_millis(millis))
}

pub(super) fn count(node: &Node, most: u16, faults: &mut Faults) -> Option<u16> {
    value(node, "a whole number from 1 up, within its limit", |text| text.parse().ok().filter(|n| (1..=most).contains(n)), faults)
}

pub(super) fn times(node: &Node, faults: &mut Faults) -> Option<u8> {
    count(node, 20, faults).and_then(|n| u8::try_from(n).ok())
}

pub(super) fn flag(node: &Node, faults: &mut Faults) -> Option<bool> {
    let read = |text: &str| match text {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    };
    value(node, "yes or no", read, faults)
}

/// Whether a node is this name.
pub(super) fn is(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Scalar(text) if text == name)
}

pub(super) fn lang(node: &Node, faults: &mut Faults) -> Option<Lang> {
    value(node, "kk or ru", |text| Lang::ALL.into_iter().find(|lang| lang.code() == text), faults)
}

pub(super) fn key(node: &Node, faults: &mut Faults) -> Option<Key> {
    value(node, "a telephone key", read_key, faults)
}

fn read_key(text: &str) -> Option<Key> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none()).and_then(Key::from_char)
}

/// `at_once`, `keys_only`, `off`, or `{after: 800ms}`.
pub(super) fn barge_in(node: &Node, faults: &mut Faults) -> Option<BargeIn> {
    if let Kind::Map(_) = node.kind {
        let after = Fields::open(node, "barge_in", &["after"], faults)?.need("after", faults)?;
        let millis = duration(after, faults)?.as_millis();
        return Some(BargeIn::After(u16::try_from(millis).unwrap_or(u16::MAX)));
    }
    let read = |text: &str| match text {
        "at_once" => Some(BargeIn::AtOnce),
        "keys_only" => Some(BargeIn::KeysOnly),
        "off" => Some(BargeIn::Off),
        _ => None,
    };
    value(node, "at_once, keys_only, off or {after: 800ms}", read, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_number_and_a_unit() {
        let cases = [("800ms", Some(800)), ("6s", Some(6_000)), ("15m", Some(900_000)), ("24h", Some(86_400_000))];
        let refused = ["", "6", "s", "-6s", "1.5s", "6 s", "0s", "25h", "99999999999999999999s", "18446744073709551615m", "6с"];
        for (text, millis) in cases.into_iter().chain(refused.map(|text| (text, None))) {
            assert_eq!(read_duration(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_key_is_one_character() {
        for (text, key) in [("1", Some('1')), ("*", Some('*')), ("12", None), ("", None), ("x", None)] {
            assert_eq!(read_key(text).map(Key::char), key, "{text}");
        }
    }
}
