//! Edits of shapes: what is no map, no list, no key, no number.

use super::bundle::{Bundle, Edit, Step};
use super::kind::Dice;
use super::tree::{Kind, Node, in_brackets};

/// Maps whose keys are the language's own: (file, map).
fn known(bundle: &Bundle) -> Vec<(&str, &Node)> {
    let mut maps = Vec::new();
    for (file, tree) in &bundle.trees {
        match file.as_str() {
            "prompts/voice.yaml" => {}
            "flows/contracts.yaml" => {
                for (_, contract) in tree.entries() {
                    maps.push((file.as_str(), contract));
                    maps.extend(contract.all().into_iter().filter(|map| is_type(map)).map(|map| (file.as_str(), map)));
                }
            }
            "flows/calendar.yaml" => {
                let desks = tree.find("desks").map_or(0..0, |desks| desks.at.clone());
                maps.extend(
                    tree.all().into_iter().filter(|map| !map.entries().is_empty() && map.at != desks).map(|map| (file.as_str(), map)),
                );
            }
            path if path.starts_with("prompts/") || path == "flows/lexicon.yaml" => {
                maps.extend(tree.all().into_iter().filter(|map| map.find("ru").is_some()).map(|map| (file.as_str(), map)));
            }
            _ => walk(file, tree, "", &mut maps),
        }
    }
    maps
}

fn is_type(map: &Node) -> bool {
    matches!(map.entries(), [(key, value)] if key.text() == Some("item") && value.text().is_some())
        || map.find("most").is_some() && map.find("list").is_some()
}

/// Below a flow: the keys of `on`, `with` and the like are the author's.
fn walk<'a>(file: &'a str, node: &'a Node, under: &str, maps: &mut Vec<(&'a str, &'a Node)>) {
    let is_step = matches!(node.entries(), [(_, body)] if body.find("id").is_some());
    let authors = ["on", "cases", "with", "slots", "takes", "press"].contains(&under) || under == "set" && node.find("id").is_none();
    if !node.entries().is_empty() && !is_step && !authors {
        maps.push((file, node));
    }
    node.items().iter().for_each(|item| walk(file, item, "", maps));
    node.entries().iter().for_each(|(key, value)| walk(file, value, key.text().unwrap_or_default(), maps));
}

pub(super) fn no_map(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let arms = bundle.arms().into_iter().map(|(step, _, _, arm)| (step.file, arm));
    let on = bundle.steps().into_iter().flat_map(|step| {
        let maps =
            ["on", "cases", "with", "filler", "ladder", "when"].into_iter().filter_map(move |key| Some((step.file, step.body.find(key)?)));
        maps.filter(|(_, node)| matches!(node.kind, Kind::Map(_))).collect::<Vec<_>>()
    });
    let texts = bundle.said();
    let maps = arms.chain(on).chain(texts).collect::<Vec<_>>();
    let inline = |(file, node): &(&str, &Node)| in_brackets(bundle.text(file), node);
    maps.into_iter().filter(inline).map(|(file, node)| bundle.edit(file, node.at.clone(), *dice.pick(&["[1]", "[a, b]", "some"]))).collect()
}

pub(super) fn no_list(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let keys = ["fields", "choices", "one_of", "mention", "change", "clear", "slots"];
    let pairs = bundle.flows().flat_map(|(file, tree)| tree.pairs().into_iter().map(move |(_, key, value)| (file, key, value)));
    let lists = pairs.filter(|(_, key, value)| key.text().is_some_and(|key| keys.contains(&key)) && matches!(value.kind, Kind::List(_)));
    let inline = lists.filter(|(file, _, value)| in_brackets(bundle.text(file), value));
    inline.map(|(file, _, value)| bundle.edit(file, value.at.clone(), *dice.pick(&["{a: 1}", "{}", "some"]))).collect()
}

pub(super) fn empty_name(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let names = ["prompt", "goto", "end", "outcome", "service", "item", "from", "text", "group", "say", "undo", "of"];
    let mut edits = Vec::new();
    for step in bundle.steps() {
        let named = step
            .body
            .pairs()
            .into_iter()
            .filter(|(_, key, value)| key.text().is_some_and(|key| names.contains(&key)) && value.text().is_some());
        edits.extend(named.map(|(_, _, value)| bundle.edit(step.file, value.at.clone(), "\"\"")));
    }
    edits
}

pub(super) fn two_keys(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let steps = bundle.steps().into_iter().filter(|step| !in_brackets(bundle.text(step.file), step.node));
    steps
        .map(|step| {
            bundle.with(step.file, step.node, if step.kind == "end" { "goto: {id: zz, to: zz}" } else { "end: {id: zz, outcome: zz}" })
        })
        .collect()
}

pub(super) fn misspelled_key(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, map) in known(bundle) {
        let is_step = |key: &Node| key.text() == Some("id") && bundle.steps().iter().any(|step| step.body.at == map.at);
        // a step that has no id is none, and its keys are not looked at: see "a key gone"
        for (key, _) in map.entries().iter().filter(|(key, _)| !is_step(key)) {
            let name = key.text().unwrap();
            let slip = dice.misspelled(name);
            let suggested = bundle.edit(file, key.at.clone(), slip).suggesting(name);
            edits.push(suggested);
        }
    }
    edits
}

pub(super) fn unknown_key(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    known(bundle).into_iter().map(|(file, map)| bundle.with(file, map, "colour: red")).collect()
}

/// What a step cannot do without.
fn needed(step: &Step<'_>) -> &'static [&'static str] {
    match step.kind {
        "say" => &["prompt"],
        "ask" if step.body.find("one_of").is_none() => &["prompt", "slot", "grammar"],
        "ask" => &["prompt", "which"],
        "form" => &["fields"],
        "menu" => &["prompt", "choices"],
        "confirm" => &["prompt"],
        "lookup" | "submit" => &["service", "deadline"],
        "choose" => &["from", "page", "prompt", "item"],
        "sms" => &["to", "text"],
        "transfer" => &["group"],
        "callback" => &["number"],
        "route" => &["prompt", "slot"],
        "record" | "survey" => &["prompt"],
        "if" => &["when", "then"],
        "switch" => &["on", "cases"],
        "set" | "clear" => &["slots"],
        "goto" | "language" => &["to"],
        "call" => &["flow"],
        "end" => &["outcome"],
        "return" => &[],
        other => panic!("say here what `{other}` cannot do without"),
    }
}

/// What other maps cannot do without, by the key they stand under.
const NEEDED: &[(&str, &[&str])] = &[
    ("filler", &["after", "every", "say"]),
    ("robot", &["commands", "ladder", "press", "limits"]),
    ("commands", &["operator"]),
    ("operator", &["flow", "label"]),
    ("main_menu", &["to"]),
    ("wait", &["say"]),
    ("doubt", &["before", "after"]),
    ("choosing", &["others", "none_fits", "change"]),
    ("routing", &["either", "or"]),
    ("limits", &["call", "call_ended", "steps_between_turns"]),
    ("digits", &["min", "max"]),
    ("number", &["min", "max"]),
    ("date", &["days"]),
    ("place", &["in"]),
];

pub(super) fn missing_key(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut lose = |file: &str, map: &Node, name: &str| {
        if let Some((key, _)) = map.entry(name) {
            edits.push(bundle.without(file, map, key));
        }
    };
    for (file, tree) in bundle.flows() {
        ["flow", "title", "steps", "robot"].into_iter().for_each(|name| lose(file, tree, name));
        for (_, key, value) in tree.pairs() {
            let needed = NEEDED.iter().find(|(under, _)| key.text() == Some(under)).map_or(&[][..], |(_, needed)| needed);
            needed.iter().for_each(|name| lose(file, value, name));
        }
        if let Some(ladder) = tree.find("robot").and_then(|robot| robot.find("ladder")) {
            ["noinput_after", "interdigit", "noinput", "nomatch", "tries", "give_up"].into_iter().for_each(|name| lose(file, ladder, name));
        }
    }
    for step in bundle.steps() {
        needed(&step).iter().for_each(|name| lose(step.file, step.body, name));
        let items = |key: &str| step.body.find(key).map_or(&[][..], Node::items);
        items("fields").iter().for_each(|field| ["slot", "prompt", "grammar"].into_iter().for_each(|name| lose(step.file, field, name)));
        items("one_of").iter().for_each(|other| ["slot", "grammar"].into_iter().for_each(|name| lose(step.file, other, name)));
        items("choices").iter().for_each(|choice| ["id", "key"].into_iter().for_each(|name| lose(step.file, choice, name)));
    }
    for step in bundle.steps() {
        edits.push(bundle.without(step.file, step.body, &step.body.entry("id").unwrap().0).pointing(step.file, &step.node.at));
    }
    let mut lose = |file: &str, map: &Node, name: &str| edits.extend(map.entry(name).map(|(key, _)| bundle.without(file, map, key)));
    if let Some(tree) = bundle.trees.get("flows/contracts.yaml") {
        for (_, contract) in tree.entries() {
            ["asks", "answers"].into_iter().for_each(|name| lose("flows/contracts.yaml", contract, name));
            let lists = contract.all().into_iter().filter(|map| map.find("most").is_some() && map.find("list").is_some());
            lists.for_each(|map| ["list", "most"].into_iter().for_each(|name| lose("flows/contracts.yaml", map, name)));
        }
    }
    if let Some(tree) = bundle.trees.get("flows/calendar.yaml") {
        ["until", "desks"].into_iter().for_each(|name| lose("flows/calendar.yaml", tree, name));
        tree.find("desks").map_or(&[][..], Node::entries).iter().for_each(|(_, desk)| lose("flows/calendar.yaml", desk, "holidays"));
        let days = |key: &str| tree.find(key).map_or(&[][..], Node::items);
        days("holidays").iter().for_each(|day| ["day", "name"].into_iter().for_each(|name| lose("flows/calendar.yaml", day, name)));
        days("moved").iter().for_each(|day| ["day", "off", "as"].into_iter().for_each(|name| lose("flows/calendar.yaml", day, name)));
    }
    edits
}

pub(super) fn bound_without_aim(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let arms = bundle.arms().into_iter().filter(|(_, _, _, arm)| arm.find("at_most").is_some());
    arms.filter_map(|(step, _, _, arm)| Some(bundle.without(step.file, arm, &arm.entry("goto")?.0))).collect()
}

pub(super) fn no_request(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let steps = bundle.steps_called(&["lookup", "submit"]);
    steps.into_iter().filter_map(|step| Some(bundle.without(step.file, step.body, &step.body.entry("with")?.0))).collect()
}

/// Values of these keys, where they are the language's own.
fn values_of<'a>(bundle: &'a Bundle, keys: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str, &'a Node)> {
    let maps = known(bundle).into_iter();
    let pairs = maps.flat_map(|(file, map)| map.entries().iter().map(move |(key, value)| (file, map, key, value)));
    pairs.filter_map(|(file, map, key, value)| {
        let name = key.text().filter(|name| keys.contains(name) && map.find("slot").is_none_or(|_| *name == "grammar"))?;
        value.text().map(|_| (file, name, value))
    })
}

pub(super) fn bad_duration(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let durations = values_of(bundle, &["noinput_after", "interdigit", "deadline", "after", "every", "for", "call", "silence"]);
    let durations = durations.filter(|(_, _, node)| node.text().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit())));
    let bad = |node: &Node, dice: &mut Dice| {
        let number = node.text().unwrap().trim_end_matches(char::is_alphabetic).to_owned();
        let unit = *dice.pick(&["", " s", "с", "sec", "d", "S"]);
        format!("{number}{unit}")
    };
    durations.map(|(file, _, node)| bundle.edit(file, node.at.clone(), bad(node, dice))).collect()
}

pub(super) fn bad_number(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let numbers =
        values_of(bundle, &["at_most", "tries", "page", "most", "accept", "reject", "steps_between_turns", "turns_to_human", "days"]);
    let bad = |name: &str, dice: &mut Dice| {
        let over = match name {
            "at_most" | "tries" => "21",
            "page" => "9",
            "most" | "turns_to_human" => "101",
            "accept" | "reject" | "days" => "1001",
            _ => "10001",
        };
        *dice.pick(&["0", over, "-1", "1.5", "many", "\"2 \""])
    };
    numbers.map(|(file, name, node)| bundle.edit(file, node.at.clone(), bad(name, dice))).collect()
}

pub(super) fn bad_word(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, name, node) in
        values_of(bundle, &["barge_in", "writes", "caller", "hours", "language", "as", "off", "holidays", "until", "from", "in", "grammar"])
    {
        let in_calendar = file == "flows/calendar.yaml";
        let bad = match name {
            "barge_in" => "loud",
            "writes" | "off" => "maybe",
            "caller" => "fax",
            "hours" => "ajar",
            "language" => "en",
            "as" => "someday",
            "holidays" => "sometimes",
            "until" if in_calendar => "2028-13-01",
            "from" if in_calendar => "1999",
            "from" if node.text() == Some("today") => "tomorrow",
            "in" => "villages",
            "grammar" => *dice.pick(&["passport", "code", "iinn", "phones"]),
            _ => continue,
        };
        edits.push(bundle.edit(file, node.at.clone(), bad));
    }
    for step in bundle.steps_called(&["language"]) {
        edits.extend(step.body.find("to").map(|node| bundle.edit(step.file, node.at.clone(), "en")));
    }
    if let Some(tree) = bundle.trees.get("flows/calendar.yaml") {
        let file = "flows/calendar.yaml";
        let hours = tree.find("desks").map_or_else(Vec::new, Node::all);
        let hours = hours.into_iter().filter(|node| node.text().is_some_and(|text| text.contains('-')));
        edits.extend(
            hours.map(|node| {
                bundle.edit(file, node.at.clone(), *dice.pick(&["\"18:00-09:00\"", "\"9-18\"", "\"09:00\"", "\"09:00-09:00\""]))
            }),
        );
        let days = tree.pairs().into_iter().filter(|(_, key, _)| key.text() == Some("day"));
        edits
            .extend(days.map(|(_, _, node)| bundle.edit(file, node.at.clone(), *dice.pick(&["13-01", "02-30", "tomorrow", "2027-02-29"]))));
    }
    if let Some(tree) = bundle.trees.get("flows/contracts.yaml") {
        let asks = tree.entries().iter().filter_map(|(_, contract)| contract.find("asks")).flat_map(Node::entries);
        let types = asks.filter(|(_, ty)| ty.text().is_some());
        edits.extend(
            types.map(|(_, ty)| bundle.edit("flows/contracts.yaml", ty.at.clone(), *dice.pick(&["text", "string", "code", "number"]))),
        );
    }
    edits
}

pub(super) fn misspelled_step(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let slip = |step: Step<'_>, dice: &mut Dice| {
        let (key, _) = &step.node.entries()[0];
        bundle.edit(step.file, key.at.clone(), dice.misspelled(step.kind)).suggesting(step.kind)
    };
    bundle.steps().into_iter().map(|step| slip(step, dice)).collect()
}

pub(super) fn contradiction(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let arms = bundle.arms().into_iter().filter(|(_, _, _, arm)| arm.find("goto").is_some());
    let mut edits: Vec<Edit> = arms.map(|(step, _, _, arm)| bundle.with(step.file, arm, "end: over")).collect();
    if let Some(tree) = bundle.trees.get("flows/calendar.yaml") {
        let moved = tree.find("moved").map_or(&[][..], Node::items).iter();
        edits.extend(
            moved.map(|day| bundle.with("flows/calendar.yaml", day, if day.find("off").is_some() { "as: monday" } else { "off: yes" })),
        );
    }
    for step in bundle.steps_called(&["form"]) {
        let ladders = step.body.find("fields").map_or(&[][..], Node::items).iter().filter_map(|field| field.find("ladder"));
        edits.extend(ladders.map(|ladder| bundle.with(step.file, ladder, "give_up: human")));
    }
    edits
}
