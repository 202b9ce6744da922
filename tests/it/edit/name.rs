//! Edits of names: of files, flows, steps, prompts, slots, services, lists.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Bundle, Edit};
use super::kind::Dice;
use super::tree::{Kind, Node};

fn moved(bundle: &Bundle, file: &str, to: &str) -> Edit {
    let edit = bundle.edit(file, 0..0, "");
    Edit { moved: Some(to.to_owned()), ..edit }.in_file(to)
}

pub(super) fn main_moved(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    (0..3)
        .map(|_| moved(bundle, "flows/main.yaml", &format!("flows/{}.yaml", dice.misspelled("main"))).in_file("flows/main.yaml"))
        .collect()
}

/// Where a flow asks freely, "A or B?" loses its words.
pub(super) fn routing_gone(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let robot = bundle.trees["flows/main.yaml"].find("robot");
    let Some((robot, (key, _))) = robot.and_then(|robot| Some((robot, robot.entry("routing")?))) else { return Vec::new() };
    let routes = bundle.steps_called(&["route"]);
    routes.iter().map(|step| bundle.without("flows/main.yaml", robot, key).in_file(step.file)).collect()
}

/// Where flows ask for hours.
pub(super) fn calendar_gone(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let asks = bundle
        .steps()
        .into_iter()
        .any(|step| step.body.word("on") == Some("hours") || step.body.find("when").is_some_and(|when| when.find("hours").is_some()));
    asks.then(|| moved(bundle, "flows/calendar.yaml", "").anywhere()).into_iter().collect()
}

pub(super) fn flow_moved(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let flows = bundle.flows().filter(|(file, _)| *file != "flows/main.yaml");
    let to = |file: &str, dice: &mut Dice| {
        format!("flows/{}.yaml", dice.misspelled(file.trim_start_matches("flows/").trim_end_matches(".yaml")))
    };
    flows.map(|(file, _)| moved(bundle, file, &to(file, dice))).collect()
}

pub(super) fn flow_renamed(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let names = bundle.flows().map(|(file, tree)| (file, tree.find("flow").unwrap()));
    names.map(|(file, name)| bundle.edit(file, name.at.clone(), dice.misspelled(name.text().unwrap()))).collect()
}

pub(super) fn no_steps(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let steps = |tree: &'_ Node| tree.find("steps").map(|steps| steps.at.clone());
    bundle.flows().filter_map(|(file, tree)| Some(bundle.edit(file, steps(tree)?, "[]"))).collect()
}

pub(super) fn step_twice(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _) in bundle.flows() {
        let steps = bundle.steps_of(file);
        for step in steps.iter().skip(1) {
            let other = dice.pick(&steps[..step.nth]);
            let id = step.body.find("id").unwrap();
            edits.push(bundle.edit(file, id.at.clone(), other.id));
        }
    }
    edits
}

/// Such that nothing else hangs on it: what a step fills, it takes along.
pub(super) fn step_gone(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let list = tree.find("steps").unwrap();
        let fills = ["ask", "form", "lookup", "submit", "choose", "route", "record", "survey", "set"];
        let steps = bundle.steps_of(file);
        for step in
            steps.iter().filter(|step| bundle.is_gone_to(**step) && !fills.contains(&step.kind) && step.body.find("result").is_none())
        {
            edits.push(bundle.without_item(file, list, step.nth));
        }
    }
    edits
}

pub(super) fn prompts_moved(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _) in bundle.prompts() {
        let flow = file.replacen("prompts/", "flows/", 1);
        let users = if bundle.trees.contains_key(&flow) { flow } else { "flows/main.yaml".to_owned() };
        let to = format!("prompts/{}.yaml", dice.misspelled(file.trim_start_matches("prompts/").trim_end_matches(".yaml")));
        edits.push(moved(bundle, file, &to).in_file(&users));
    }
    edits
}

/// A scalar, misspelled so that it is none of the names that are known.
fn slip(bundle: &Bundle, file: &str, node: &Node, known: &BTreeSet<String>, dice: &mut Dice) -> Edit {
    let name = node.text().unwrap();
    loop {
        let slip = dice.misspelled(name);
        if !known.contains(&slip) {
            return bundle.edit(file, node.at.clone(), slip);
        }
    }
}

pub(super) fn misspelled_step(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let ids: BTreeSet<String> = bundle.steps_of(file).iter().map(|step| step.id.to_owned()).collect();
        let menu = tree.find("robot").and_then(|robot| robot.find("commands")?.find("main_menu")?.find("to"));
        for node in bundle.jumps(file).into_iter().chain(menu) {
            edits.push(slip(bundle, file, node, &ids, dice).suggesting(node.text().unwrap()));
        }
    }
    edits
}

/// Every prompt, as a flow names it from outside.
fn prompts(bundle: &Bundle) -> BTreeSet<String> {
    let named = |(file, tree): (&str, &Node)| {
        let group = file.trim_start_matches("prompts/").trim_end_matches(".yaml").to_owned();
        tree.entries().iter().map(|(key, _)| format!("{group}/{}", key.text().unwrap())).collect::<Vec<_>>()
    };
    bundle.prompts().flat_map(named).collect()
}

pub(super) fn misspelled_prompt(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let keys = [
        "prompt",
        "say",
        "label",
        "which",
        "item",
        "text",
        "noinput",
        "nomatch",
        "help",
        "read_back",
        "call_ended",
        "others",
        "none_fits",
        "change",
        "before",
        "after",
    ];
    let known = prompts(bundle);
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let flow = file.trim_start_matches("flows/").trim_end_matches(".yaml");
        let is_prompt = |name: &str| known.contains(name) || known.contains(&format!("{flow}/{name}"));
        let press = tree.find("robot").and_then(|robot| robot.find("press")).map_or(&[][..], Node::entries).iter().map(|(_, value)| value);
        let pairs =
            tree.pairs().into_iter().filter(|(_, key, _)| key.text().is_some_and(|key| keys.contains(&key))).map(|(_, _, value)| value);
        for node in pairs.chain(press).filter(|node| node.text().is_some_and(is_prompt)) {
            let all: BTreeSet<String> =
                known.iter().flat_map(|name| [name.clone(), name.trim_start_matches(&format!("{flow}/")).to_owned()]).collect();
            edits.push(slip(bundle, file, node, &all, dice).suggesting(node.text().unwrap()));
        }
    }
    edits
}

/// The slots of a flow, with their types as contracts write them.
pub(super) fn slots(bundle: &Bundle, file: &str) -> BTreeMap<String, String> {
    let mut slots = BTreeMap::new();
    let flow = &bundle.trees[file];
    for (slot, ty) in flow.find("takes").map_or(&[][..], Node::entries) {
        slots.insert(slot.text().unwrap().to_owned(), bundle.raw(file, ty).to_owned());
    }
    for step in bundle.steps_of(file) {
        let asked = match step.kind {
            "ask" | "form" => {
                step.body.all().into_iter().filter(|map| map.find("slot").is_some() && map.find("grammar").is_some()).collect()
            }
            _ => Vec::new(),
        };
        slots.extend(
            asked.into_iter().map(|map| (map.word("slot").unwrap().to_owned(), grammar_type(bundle, file, map.find("grammar").unwrap()))),
        );
        let contracts = bundle.trees.get("flows/contracts.yaml");
        let contract = contracts.and_then(|contracts| contracts.find(step.body.word("service")?));
        for (_, fields) in contract.and_then(|contract| contract.find("answers")).map_or(&[][..], Node::entries) {
            let raw = |(name, ty): &(Node, Node)| {
                (format!("{}.{}", step.id, name.text().unwrap()), bundle.raw("flows/contracts.yaml", ty).to_owned())
            };
            slots.extend(fields.entries().iter().map(raw));
        }
        if step.kind == "choose" {
            let list = contracts.map_or_else(Vec::new, Node::pairs).into_iter().filter(|(_, key, _)| key.text() == Some("list"));
            let of = step.body.word("from").and_then(|from| slots.get(from)).cloned().unwrap_or_default();
            for (_, _, fields) in list.filter(|(map, ..)| bundle.raw("flows/contracts.yaml", map) == of) {
                let raw = |(name, ty): &(Node, Node)| {
                    (format!("{}.{}", step.id, name.text().unwrap()), bundle.raw("flows/contracts.yaml", ty).to_owned())
                };
                slots.extend(fields.entries().iter().map(raw));
            }
        }
        if let ("set", Some(set)) = (step.kind, step.body.find("slots")) {
            let is_flag = |value: &Node| matches!(value.text(), Some("yes" | "no"));
            let typed =
                |(slot, value): &(Node, Node)| (slot.text().unwrap().to_owned(), if is_flag(value) { "flag" } else { "count" }.to_owned());
            slots.extend(set.entries().iter().map(typed));
        }
        match step.kind {
            "route" => drop(slots.insert(step.body.word("slot").unwrap().to_owned(), "topic".to_owned())),
            "record" => drop(slots.insert(format!("{}.message", step.id), "message".to_owned())),
            "survey" => drop(slots.insert(format!("{}.mark", step.id), "count".to_owned())),
            _ => {}
        }
        if let Some(result) = step.body.word("result") {
            slots.insert(result.to_owned(), "iin".to_owned()); // the bundles' flows return nothing else
        }
    }
    slots
}

fn grammar_type(bundle: &Bundle, file: &str, grammar: &Node) -> String {
    match &grammar.kind {
        Kind::Scalar(name) if name == "yes_no" => "flag".to_owned(),
        Kind::Scalar(name) => name.clone(),
        Kind::Map(entries) => match entries[0].0.text().unwrap() {
            "item" => bundle.raw(file, grammar).to_owned(),
            "number" => "count".to_owned(),
            other => other.to_owned(),
        },
        Kind::List(_) => panic!("a grammar is no list"),
    }
}

/// Where a flow reads or empties a slot by name, apart from prompts.
pub(super) fn slots_read<'a>(bundle: &'a Bundle, file: &'a str) -> Vec<&'a Node> {
    let known = slots(bundle, file);
    let mut read = Vec::new();
    for step in bundle.steps_of(file) {
        for (_, key, value) in step.body.pairs() {
            match (key.text().unwrap(), &value.kind) {
                ("clear" | "change", Kind::List(items)) => read.extend(items),
                ("slots", Kind::List(items)) if step.kind == "clear" => read.extend(items),
                ("from", Kind::Scalar(_)) if step.kind == "choose" => read.push(value),
                ("filled", Kind::Scalar(_)) => read.push(value),
                ("slot", Kind::Scalar(_)) if step.kind == "if" => read.push(value),
                ("on", Kind::Scalar(_)) if step.kind == "switch" => read.push(value),
                ("value", Kind::Scalar(_)) if step.kind == "return" => read.push(value),
                ("number", Kind::Scalar(_)) if step.kind == "callback" => read.push(value),
                ("with", Kind::Map(entries)) => read.extend(entries.iter().map(|(_, value)| value)),
                _ => {}
            }
        }
    }
    read.retain(|node| node.text().is_some_and(|name| known.contains_key(name)));
    read
}

pub(super) fn misspelled_slot(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _) in bundle.flows() {
        let known: BTreeSet<String> = slots(bundle, file).into_keys().collect();
        for node in slots_read(bundle, file) {
            edits.push(slip(bundle, file, node, &known, dice).suggesting(node.text().unwrap()));
        }
    }
    edits
}

pub(super) fn misspelled_said_slot(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, map) in bundle.said() {
        for (_, node) in map.entries() {
            let raw = bundle.raw(file, node);
            for (at, _) in raw.match_indices("{{ ") {
                let from = node.at.start + at + 3;
                let slot = raw[at + 3..].split(' ').next().unwrap();
                let known = slots(bundle, &file.replacen("prompts/", "flows/", 1)).into_keys().collect();
                let name = Node { at: from..from + slot.len(), kind: Kind::Scalar(slot.to_owned()) };
                edits.push(slip(bundle, file, &name, &known, dice).suggesting(slot));
            }
        }
    }
    edits
}

fn names_of(bundle: &Bundle, file: &str) -> BTreeSet<String> {
    bundle.trees.get(file).map_or(&[][..], Node::entries).iter().map(|(key, _)| key.text().unwrap().to_owned()).collect()
}

pub(super) fn misspelled_service(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let known = names_of(bundle, "flows/contracts.yaml");
    let steps = bundle.steps_called(&["lookup", "submit"]);
    let named =
        steps.into_iter().flat_map(|step| ["service", "undo"].into_iter().filter_map(move |key| Some((step.file, step.body.find(key)?))));
    named.map(|(file, node)| slip(bundle, file, node, &known, dice).suggesting(node.text().unwrap())).collect()
}

pub(super) fn misspelled_flow(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let known: BTreeSet<String> =
        bundle.flows().map(|(file, _)| file.trim_start_matches("flows/").trim_end_matches(".yaml").to_owned()).collect();
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let named = tree.pairs().into_iter().filter(|(map, key, _)| key.at.start != tree.at.start && map.at != tree.at);
        let named = named.filter(|(_, key, value)| {
            matches!(key.text(), Some("flow" | "give_up")) && value.text().is_some_and(|name| known.contains(name))
        });
        edits.extend(named.map(|(_, _, node)| slip(bundle, file, node, &known, dice).suggesting(node.text().unwrap())));
    }
    edits
}

/// In contracts, in what a flow takes, in a grammar.
pub(super) fn misspelled_list(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let known = names_of(bundle, "flows/lexicon.yaml");
    let mut edits = Vec::new();
    for (file, tree) in bundle.trees.iter().filter(|(file, _)| file.starts_with("flows/")) {
        let named = tree
            .pairs()
            .into_iter()
            .filter(|(_, key, value)| key.text() == Some("item") && value.text().is_some_and(|name| known.contains(name)));
        let named = named.filter(|(map, ..)| map.entries().len() == 1);
        edits.extend(named.map(|(_, _, node)| slip(bundle, file, node, &known, dice).suggesting(node.text().unwrap())));
    }
    edits
}

pub(super) fn misspelled_desk(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let named = tree.pairs().into_iter().filter(|(_, key, _)| key.text() == Some("of"));
        edits.extend(named.map(|(_, _, node)| slip(bundle, file, node, &BTreeSet::new(), dice).suggesting(node.text().unwrap())));
    }
    edits
}

pub(super) fn misspelled_field(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["lookup", "submit", "call"]) {
        let fields = step.body.find("with").map_or(&[][..], Node::entries);
        let known = fields.iter().map(|(key, _)| key.text().unwrap().to_owned()).collect();
        edits.extend(fields.iter().map(|(key, _)| slip(bundle, step.file, key, &known, dice).suggesting(key.text().unwrap())));
    }
    edits
}

/// Of a key that some labelled choice or some list has.
pub(super) fn no_press_words(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    let Some(press) = bundle.trees["flows/main.yaml"].find("robot").and_then(|robot| robot.find("press")) else { return edits };
    for (key, _) in press.entries() {
        let digit = key.text().unwrap();
        let in_menu = |step: &super::bundle::Step<'_>| {
            let choices = step.body.find("choices").map_or(&[][..], Node::items);
            choices.iter().any(|choice| choice.find("label").is_some() && choice.word("key") == Some(digit))
        };
        let in_list = |step: &super::bundle::Step<'_>| {
            let most = step
                .body
                .word("page")
                .map_or_else(|| step.body.find("change").map_or(0, |list| list.items().len()), |page| page.parse().unwrap());
            most > 0 && (digit == "9" || (1..=most).any(|nth| nth.to_string() == digit))
        };
        if let Some(user) = bundle.steps().iter().find(|step| in_menu(step) || in_list(step)) {
            let lines = user.node.at.clone();
            edits.push(if user.file == "flows/main.yaml" {
                bundle.without("flows/main.yaml", press, key).in_file(user.file)
            } else {
                bundle.without("flows/main.yaml", press, key).pointing(user.file, &lines)
            });
        }
    }
    edits
}
