//! Edits that leave no YAML, or YAML that a flow does without.

use super::bundle::{Bundle, Edit};
use super::kind::Dice;
use super::tree::{Kind, Node, in_brackets};

/// (file, its text, its tree, the bytes from a place to its end).
fn files(bundle: &Bundle) -> impl Iterator<Item = (&str, &str, &Node)> {
    bundle.trees.iter().filter(|(path, _)| *path != "prompts/voice.yaml").map(|(path, tree)| (path.as_str(), bundle.text(path), tree))
}

pub(super) fn tab(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, text, tree) in files(bundle) {
        for (map, key, _) in tree.pairs().into_iter().filter(|(map, ..)| !in_brackets(text, map)) {
            let line = text[..key.at.start].rfind('\n').map_or(0, |at| at + 1);
            if map.at.start > 0 && line < key.at.start && text[line..key.at.start].trim().is_empty() {
                let before = line.saturating_sub(1); // a plain scalar of the line above might have gone on
                edits.push(bundle.edit(file, line..key.at.start, "\t").pointing(file, &(before..text.len())));
            }
        }
    }
    edits
}

pub(super) fn open_bracket(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let is_bracketed = |text: &str, node: &Node| !matches!(node.kind, Kind::Scalar(_)) && in_brackets(text, node);
    let mut edits = Vec::new();
    for (file, text, tree) in files(bundle) {
        for node in tree.all().into_iter().filter(|node| is_bracketed(text, node)) {
            edits.push(bundle.edit(file, node.at.end - 1..node.at.end, "").pointing(file, &(node.at.start..text.len())));
        }
    }
    edits
}

pub(super) fn open_quote(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, text, tree) in files(bundle) {
        for node in tree.all().into_iter().filter(|node| node.text().is_some() && text[node.at.clone()].starts_with(['"', '\''])) {
            edits.push(bundle.edit(file, node.at.end - 1..node.at.end, "").pointing(file, &(node.at.start..text.len())));
        }
    }
    edits
}

/// Not of a step's own map: that one would have two keys.
pub(super) fn twice(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, text, tree) in files(bundle) {
        for (map, key, value) in tree.pairs().into_iter().filter(|(map, ..)| !is_step(map)) {
            if in_brackets(text, map) || !in_brackets(text, value) {
                let end = if in_brackets(text, map) { ", " } else { "\n" };
                let indent = if in_brackets(text, map) { 0 } else { super::bundle::column(text, key.at.start) };
                let again = format!("{}{end}{}", &text[key.at.start..value.at.end], " ".repeat(indent));
                edits.push(bundle.edit(file, key.at.start..key.at.start, again).pointing(file, &map.at));
            }
        }
    }
    edits
}

fn is_step(map: &Node) -> bool {
    matches!(map.entries(), [(_, body)] if body.find("id").is_some())
}

pub(super) fn anchor(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    before_values(bundle, "&here ")
}

pub(super) fn tag(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    before_values(bundle, "!!str ")
}

fn before_values(bundle: &Bundle, sign: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _, tree) in files(bundle) {
        let scalars = tree.pairs().into_iter().filter(|(_, _, value)| value.text().is_some());
        edits.extend(scalars.map(|(_, _, value)| bundle.edit(file, value.at.start..value.at.start, sign).pointing(file, &value.at)));
    }
    edits
}

pub(super) fn second_document(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _, tree) in files(bundle) {
        for (key, _) in tree.entries().iter().skip(1) {
            edits.push(bundle.edit(file, key.at.start..key.at.start, "---\n").pointing(file, &key.at));
        }
    }
    edits
}

pub(super) fn control_character(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _, tree) in files(bundle) {
        for node in tree.all().into_iter().filter(|node| node.text().is_some_and(|text| !text.is_empty())) {
            let sign = dice.pick(&["\u{0}", "\u{7}", "\u{1b}", "\u{7f}", "\u{85}"]);
            edits.push(bundle.edit(file, node.at.end..node.at.end, *sign));
        }
    }
    edits
}

pub(super) fn nested(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, text, tree) in files(bundle) {
        for (_, _, value) in tree.pairs().into_iter().filter(|(_, _, value)| value.text().is_some()) {
            let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
            edits.push(bundle.edit(file, value.at.clone(), deep).pointing(file, &(value.at.start..text.len())));
        }
    }
    edits
}
