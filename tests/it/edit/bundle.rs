//! Sound bundles, as trees: where their steps, arms, references and words stand.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use dauys_core::flow::Sources;

use super::tree::{Kind, Node, in_brackets};

/// A sound bundle.
pub(super) struct Bundle {
    pub(super) name: &'static str,
    pub(super) sources: Sources,
    pub(super) trees: BTreeMap<String, Node>,
}

/// One edit of one file, as somebody would type it.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) file: String,
    /// What is replaced by what.
    pub(super) typed: Vec<(Range<usize>, String)>,
    /// The file's new name, where it is moved; an empty one where it is gone.
    pub(super) moved: Option<String>,
    /// Where the fault must point: a file, and bytes of it before the edit. Without a file it may be anywhere, without bytes anywhere in the file.
    pub(super) place: Option<(String, Option<Range<usize>>)>,
    /// The name that must be suggested.
    pub(super) meant: Option<String>,
}

/// A step of a flow.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) file: &'a str,
    pub(super) nth: usize,
    pub(super) kind: &'a str,
    pub(super) id: &'a str,
    pub(super) body: &'a Node,
    pub(super) node: &'a Node,
}

impl Edit {
    /// The text of the edited file.
    pub(super) fn applied(&self, text: &str) -> String {
        let mut typed: Vec<_> = self.typed.iter().collect();
        typed.sort_by_key(|(at, _)| at.start);
        let mut applied = text.to_owned();
        typed.into_iter().rev().for_each(|(at, words)| applied.replace_range(at.clone(), words));
        applied
    }

    pub(super) fn and(mut self, at: Range<usize>, words: impl Into<String>) -> Self {
        self.typed.push((at, words.into()));
        self
    }

    pub(super) fn in_file(mut self, file: &str) -> Self {
        self.place = Some((file.to_owned(), None));
        self
    }

    pub(super) fn anywhere(mut self) -> Self {
        self.place = None;
        self
    }

    pub(super) fn pointing(mut self, file: &str, at: &Range<usize>) -> Self {
        self.place = Some((file.to_owned(), Some(at.clone())));
        self
    }

    pub(super) fn suggesting(mut self, name: &str) -> Self {
        self.meant = Some(name.to_owned());
        self
    }
}

impl Bundle {
    pub(super) fn of(name: &'static str, sources: Sources) -> Self {
        let edited = sources.files.iter().filter(|(path, _)| !path.starts_with("flows/topics/") && *path != "flows/concepts.yaml"); // those are broken in `topics` and `router`
        let trees = edited.map(|(path, text)| (path.clone(), Node::of(text))).collect();
        Self { name, sources, trees }
    }

    pub(super) fn text(&self, file: &str) -> &str {
        &self.sources.files[file]
    }

    /// The words as they stand in the file.
    pub(super) fn raw(&self, file: &str, node: &Node) -> &str {
        &self.text(file)[node.at.clone()]
    }

    /// `words` in place of `at`; the fault must lie there.
    pub(super) fn edit(&self, file: &str, at: Range<usize>, words: impl Into<String>) -> Edit {
        Edit {
            file: file.to_owned(),
            typed: vec![(at.clone(), words.into())],
            moved: None,
            place: Some((file.to_owned(), Some(at))),
            meant: None,
        }
    }

    /// Takes an entry out of a map, with its comma or its lines; the fault must point into the map.
    pub(super) fn without(&self, file: &str, map: &Node, key: &Node) -> Edit {
        let nth = map.entries().iter().position(|(own, _)| own.at == key.at).unwrap();
        let spans = map.entries().iter().map(|(key, value)| key.at.start..value.at.end).collect::<Vec<_>>();
        let at = cut(self.text(file), map, &spans, nth);
        let words = if spans.len() == 1 && !in_brackets(self.text(file), map) { "{}" } else { "" };
        self.edit(file, at, words).pointing(file, &map.at)
    }

    /// Takes an item out of a list.
    pub(super) fn without_item(&self, file: &str, list: &Node, nth: usize) -> Edit {
        let spans = list.items().iter().map(|item| item.at.clone()).collect::<Vec<_>>();
        let at = cut(self.text(file), list, &spans, nth);
        self.edit(file, at, "").pointing(file, &list.at)
    }

    /// Puts an entry before a map's first.
    pub(super) fn with(&self, file: &str, map: &Node, entry: &str) -> Edit {
        let text = self.text(file);
        let at = match map.entries().first() {
            Some((first, _)) => first.at.start,
            None => map.at.start + 1,
        };
        let end = match (map.entries().is_empty(), in_brackets(text, map)) {
            (true, _) => String::new(),
            (false, true) => ", ".to_owned(),
            (false, false) => format!("\n{}", " ".repeat(column(text, at))),
        };
        self.edit(file, at..at, format!("{entry}{end}")).pointing(file, &map.at)
    }

    /// Puts a step before another.
    pub(super) fn with_step_before(&self, step: Step<'_>, words: &str) -> Edit {
        let at = step.node.at.start;
        let indent = " ".repeat(column(self.text(step.file), at).saturating_sub(2));
        self.edit(step.file, at..at, format!("{words}\n{indent}- ")).pointing(step.file, &step.node.at)
    }

    /// Puts a step at the end of a flow.
    pub(super) fn with_step_after(&self, step: Step<'_>, words: &str) -> Edit {
        let indent = " ".repeat(column(self.text(step.file), step.node.at.start).saturating_sub(2));
        let end = step.node.at.end;
        self.edit(step.file, end..end, format!("\n{indent}- {words}"))
    }

    /// Files whose trees are flows.
    pub(super) fn flows(&self) -> impl Iterator<Item = (&str, &Node)> {
        let is_flow = |path: &str| {
            path.starts_with("flows/") && !["flows/contracts.yaml", "flows/lexicon.yaml", "flows/calendar.yaml"].contains(&path)
        };
        self.trees.iter().map(|(path, tree)| (path.as_str(), tree)).filter(move |(path, _)| is_flow(path))
    }

    /// Files of words: prompts, and the lexicon's lists as if they were such.
    pub(super) fn prompts(&self) -> impl Iterator<Item = (&str, &Node)> {
        let is_prompts = |path: &str| path.starts_with("prompts/") && path != "prompts/voice.yaml";
        self.trees.iter().map(|(path, tree)| (path.as_str(), tree)).filter(move |(path, _)| is_prompts(path))
    }

    /// Every text in two languages that is said: (file, map of `kk` and `ru`).
    pub(super) fn said(&self) -> Vec<(&str, &Node)> {
        let lexicon = self.trees.get_key_value("flows/lexicon.yaml").map(|(path, tree)| (path.as_str(), tree));
        let both = |node: &&Node| node.find("kk").is_some() && node.find("ru").is_some();
        let files = self.prompts().chain(lexicon);
        files.flat_map(|(path, tree)| tree.all().into_iter().filter(both).map(move |node| (path, node)).collect::<Vec<_>>()).collect()
    }

    pub(super) fn steps_of<'a>(&'a self, file: &'a str) -> Vec<Step<'a>> {
        let nodes = self.trees[file].find("steps").map_or(&[][..], Node::items);
        let step = |(nth, node): (usize, &'a Node)| {
            let [(key, body)] = node.entries() else { panic!("{file}: a step is a map with one key") };
            Step { file, nth, kind: key.text().unwrap(), id: body.word("id").unwrap(), body, node }
        };
        nodes.iter().enumerate().map(step).collect()
    }

    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        self.flows().flat_map(|(file, _)| self.steps_of(file)).collect()
    }

    pub(super) fn steps_called<'a>(&'a self, kinds: &[&str]) -> Vec<Step<'a>> {
        self.steps().into_iter().filter(|step| kinds.contains(&step.kind)).collect()
    }

    /// Every arm of every step: (step, map that holds it, its key, its map).
    pub(super) fn arms(&self) -> Vec<(Step<'_>, &Node, &Node, &Node)> {
        let mut arms = Vec::new();
        for step in self.steps() {
            let holders =
                if step.kind == "if" { vec![step.body] } else { ["on", "cases"].iter().filter_map(|key| step.body.find(key)).collect() };
            for holder in holders {
                let own = holder.entries().iter().filter(|(key, value)| matches!(value.kind, Kind::Map(_)) && key.text() != Some("when"));
                arms.extend(own.map(|(key, value)| (step, holder, key, value)));
            }
        }
        arms
    }

    /// Where each step is named by another: (the scalar that names it, its step).
    pub(super) fn jumps(&self, file: &str) -> Vec<&Node> {
        let names = ["goto", "to", "else", "give_up"];
        let ids: BTreeSet<&str> = self.steps_of(file).iter().map(|step| step.id).collect();
        let steps = self.trees[file].find("steps").map_or_else(Vec::new, Node::pairs);
        let named = steps.into_iter().filter(|(_, key, _)| key.text().is_some_and(|key| names.contains(&key)));
        named.map(|(_, _, value)| value).filter(|value| value.text().is_some_and(|name| ids.contains(name))).collect()
    }

    /// Whether some step goes to this one by name.
    pub(super) fn is_gone_to(&self, step: Step<'_>) -> bool {
        self.jumps(step.file).iter().any(|node| node.text() == Some(step.id))
    }

    /// The prompts that say values, of a flow's own file: (name, the slots that it says).
    pub(super) fn values_said(&self, flow: &str) -> Vec<(&str, BTreeSet<String>)> {
        let file = flow.replacen("flows/", "prompts/", 1);
        let Some(tree) = self.trees.get(&file) else { return Vec::new() };
        let said = tree.entries().iter().map(|(key, value)| (key.text().unwrap(), slots_in(value)));
        said.filter(|(_, slots)| !slots.is_empty()).collect()
    }

    /// The steps that a step leads to where nothing else is written: the one after it.
    pub(super) fn after<'a>(&'a self, step: Step<'a>) -> Option<Step<'a>> {
        self.steps_of(step.file).get(step.nth + 1).copied()
    }
}

/// The slots in `{{ … }}` of all texts below a node.
pub(super) fn slots_in(node: &Node) -> BTreeSet<String> {
    let texts = node.all().into_iter().filter_map(Node::text);
    let slots = texts.flat_map(|text| text.split("{{").skip(1).filter_map(|rest| rest.split_once('|')).map(|(slot, _)| slot.trim()));
    slots.map(str::to_owned).collect()
}

/// The column of a byte, from 0.
pub(super) fn column(text: &str, at: usize) -> usize {
    text[..at].chars().rev().take_while(|c| *c != '\n').count()
}

/// What to remove of a collection so that one of its parts is gone and the others stay.
fn cut(text: &str, collection: &Node, spans: &[Range<usize>], nth: usize) -> Range<usize> {
    let own = spans[nth].clone();
    match (in_brackets(text, collection), spans.get(nth + 1)) {
        (_, Some(next)) => own.start..next.start,
        (true, None) if nth > 0 => spans[nth - 1].end..own.end,
        (false, None) if nth > 0 => spans[nth - 1].end..own.end,
        (_, None) => own,
    }
}
