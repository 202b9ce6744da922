//! Edits of arms, contracts, keys and phrases.

use super::bundle::{Bundle, Edit, Step};
use super::kind::Dice;
use super::name::slots;
use super::tree::{Kind, Node};

const CONTRACTS: &str = "flows/contracts.yaml";
const CALENDAR: &str = "flows/calendar.yaml";

pub(super) fn day_twice(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let Some(tree) = bundle.trees.get(CALENDAR) else { return Vec::new() };
    let days = ["holidays", "moved"].into_iter().filter_map(|key| tree.find(key)).flat_map(Node::items);
    let again = |day: &Node| format!("{}\n  - ", bundle.raw(CALENDAR, day));
    days.map(|day| bundle.edit(CALENDAR, day.at.start..day.at.start, again(day)).pointing(CALENDAR, &day.at)).collect()
}

/// The steps that ask a service.
fn users<'a>(bundle: &'a Bundle, service: &str) -> Vec<Step<'a>> {
    bundle.steps_called(&["lookup", "submit"]).into_iter().filter(|step| step.body.word("service") == Some(service)).collect()
}

fn contract<'a>(bundle: &'a Bundle, service: Option<&str>) -> Option<&'a Node> {
    bundle.trees.get(CONTRACTS)?.find(service?)
}

/// The type of a slot by any of its names.
fn type_of(bundle: &Bundle, file: &str, name: &str) -> Option<String> {
    let known = slots(bundle, file);
    known.get(name).or_else(|| known.get(&format!("{name}.{name}"))).cloned()
}

pub(super) fn other_type(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps() {
        let others = |wanted: &str| {
            let known = slots(bundle, step.file);
            // what a choice fills is no slot before it is made: another fault
            let own = |name: &str| step.kind == "choose" && name.starts_with(&format!("{}.", step.id));
            let is_same = |ty: &str| ty == wanted || ty.contains("digits") && wanted.contains("digits"); // of whatever length
            known.into_iter().filter(|(name, ty)| !is_same(ty) && !own(name)).map(|(name, _)| name).collect::<Vec<_>>()
        };
        let mut swap = |node: &Node, wanted: &str| {
            let others = others(wanted);
            if !others.is_empty() {
                edits.push(bundle.edit(step.file, node.at.clone(), dice.pick(&others)));
            }
        };
        let with = if step.kind == "call" { None } else { step.body.find("with") };
        for (_, value) in with.map_or(&[][..], Node::entries) {
            // what a called flow gives back has a type that the text here does not say
            let is_result = |name: &&str| bundle.steps_of(step.file).iter().any(|step| step.body.word("result") == Some(name));
            if let Some(ty) = value.text().filter(|name| !is_result(name)).and_then(|name| type_of(bundle, step.file, name)) {
                swap(value, &ty);
            }
        }
        if let ("choose", Some(from)) = (step.kind, step.body.find("from"))
            && let Some(ty) = type_of(bundle, step.file, from.text().unwrap())
        {
            swap(from, &ty); // topics that are near have no type of their own in the text
        }
        if let ("callback", Some(number)) = (step.kind, step.body.find("number")) {
            swap(number, "phone");
        }
        let when = step.body.find("when").filter(|when| when.find("at_least").or(when.find("at_most")).is_some());
        if let Some(slot) = when.and_then(|when| when.find("slot")) {
            swap(slot, "count");
        }
    }
    edits.into_iter().filter(|edit| !lists_differ(bundle, edit)).collect()
}

/// A `choose` from another list fills other slots: that is another fault.
fn lists_differ(bundle: &Bundle, edit: &Edit) -> bool {
    type_of(bundle, &edit.file, &edit.typed[0].1).is_some_and(|ty| ty.contains("list:"))
}

pub(super) fn two_types(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let asked = |slot: &str| {
            bundle.steps_of(file).into_iter().find_map(|step| {
                step.body
                    .all()
                    .into_iter()
                    .find(|map| map.word("slot") == Some(slot) && map.find("grammar").is_some())
                    .map(|map| (step, map))
            })
        };
        for (slot, ty) in tree.find("takes").map_or(&[][..], Node::entries) {
            if let Some((_, map)) = asked(slot.text().unwrap()) {
                let others: Vec<&str> = ["count", "flag", "money", "phone"].into_iter().filter(|other| ty.text() != Some(other)).collect();
                edits.push(bundle.edit(file, ty.at.clone(), *dice.pick(&others)).pointing(file, &map.at));
            }
        }
        for step in bundle.steps_of(file) {
            if let Some([first, second, ..]) = step.body.find("one_of").map(Node::items) {
                let slot = second.find("slot").unwrap();
                edits.push(bundle.edit(file, slot.at.clone(), first.word("slot").unwrap()));
            }
        }
    }
    edits
}

/// Whether a step needs an arm for each of its answers.
fn needs_all(step: Step<'_>) -> bool {
    match step.kind {
        "ask" => step.body.find("one_of").is_some(),
        "switch" => step.body.find("cases").is_some_and(|cases| cases.find("else").is_none()),
        "if" | "survey" | "route" => false,
        _ => true,
    }
}

/// A message that a pause for thought would end, that nobody would listen to, or that is shorter than the silence that ends it.
pub(super) fn message_span(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["record"]) {
        for (key, wrong) in [("silence", ["500ms", "999ms"]), ("max", ["11m", "2s"])] {
            edits.extend(step.body.find(key).map(|node| bundle.edit(step.file, node.at.clone(), *dice.pick(&wrong))));
        }
    }
    edits
}

pub(super) fn gone(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let arms =
        bundle.arms().into_iter().filter(|(step, _, key, _)| needs_all(*step) || step.kind == "switch" && key.text() == Some("else"));
    arms.map(|(step, holder, key, _)| bundle.without(step.file, holder, key)).collect()
}

pub(super) fn misspelled(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let named =
        |step: &Step<'_>| step.kind != "if" && (step.kind != "switch" || matches!(step.body.word("on"), Some("lang" | "hours" | "caller")));
    let arms = bundle.arms().into_iter().filter(|(step, ..)| named(step));
    let slip = |holder: &Node, key: &Node, dice: &mut Dice| loop {
        let slip = dice.misspelled(key.text().unwrap());
        if holder.find(&slip).is_none() {
            return slip;
        }
    };
    arms.map(|(step, holder, key, _)| bundle.edit(step.file, key.at.clone(), slip(holder, key, dice)).suggesting(key.text().unwrap()))
        .collect()
}

pub(super) fn outcome_added(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (name, contract) in bundle.trees.get(CONTRACTS).map_or(&[][..], Node::entries) {
        for user in users(bundle, name.text().unwrap()) {
            let answers = contract.find("answers").unwrap();
            let outcome = dice.pick(&["put_off: {}", "refused: {}", "expired: {}", "partly: {left: count}"]);
            edits.push(bundle.with(CONTRACTS, answers, outcome).pointing(user.file, &user.node.at));
        }
    }
    edits
}

pub(super) fn outcome_removed(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (name, contract) in bundle.trees.get(CONTRACTS).map_or(&[][..], Node::entries) {
        let answers = contract.find("answers").unwrap();
        for user in users(bundle, name.text().unwrap()) {
            let own =
                answers.entries().iter().map(|(outcome, _)| bundle.without(CONTRACTS, answers, outcome).pointing(user.file, &user.node.at));
            edits.extend(own);
        }
    }
    edits
}

/// (step, its choices).
fn menus(bundle: &Bundle) -> Vec<(Step<'_>, &[Node])> {
    bundle.steps_called(&["menu"]).into_iter().map(|step| (step, step.body.find("choices").unwrap().items())).collect()
}

pub(super) fn no_route(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, _) in menus(bundle) {
        let Some(route) = step.body.find("route") else { continue };
        let later = bundle.steps_of(step.file).into_iter().filter(|other| other.nth > step.nth && other.kind != "route");
        edits.extend(later.map(|other| bundle.edit(step.file, route.at.clone(), other.id)));
    }
    edits
}

pub(super) fn untold(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["submit"]) {
        let Some(on) = step.body.find("tells").and_then(|tells| tells.find("on")) else { continue };
        edits.extend(on.entries().iter().map(|(outcome, _)| bundle.without(step.file, on, outcome)));
    }
    edits
}

pub(super) fn key_twice(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, choices) in menus(bundle) {
        for (nth, choice) in choices.iter().enumerate() {
            for other in choices.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, other)| other) {
                let words = bundle.raw(step.file, other.find("key").unwrap());
                edits.push(bundle.edit(step.file, choice.find("key").unwrap().at.clone(), words).pointing(step.file, &step.node.at));
            }
        }
    }
    edits
}

pub(super) fn reserved_key(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let keys =
        menus(bundle).into_iter().flat_map(|(step, choices)| choices.iter().map(move |choice| (step.file, choice.find("key").unwrap())));
    keys.map(|(file, key)| bundle.edit(file, key.at.clone(), *dice.pick(&["0", "\"0\"", "\"*\"", "\"#\""]))).collect()
}

pub(super) fn choice_twice(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, choices) in menus(bundle) {
        for pair in choices.windows(2) {
            let (first, second) = (pair[0].word("id").unwrap(), pair[1].find("id").unwrap());
            edits.push(bundle.edit(step.file, second.at.clone(), first).pointing(step.file, &pair[1].at));
        }
    }
    edits
}

pub(super) fn wrong_step(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (name, contract) in bundle.trees.get(CONTRACTS).map_or(&[][..], Node::entries) {
        let name = name.text().unwrap();
        let undoes = bundle.steps_called(&["submit"]).into_iter().filter(|step| step.body.word("undo") == Some(name));
        for user in users(bundle, name).into_iter().chain(undoes) {
            let edit = match contract.entry("writes") {
                Some((key, _)) => bundle.without(CONTRACTS, contract, key),
                None => bundle.with(CONTRACTS, contract, "writes: yes"),
            };
            edits.push(edit.pointing(user.file, &user.node.at));
        }
    }
    edits
}

/// (submit, its undoing service's contract).
fn undoes(bundle: &Bundle) -> Vec<(Step<'_>, &Node)> {
    let submits = bundle.steps_called(&["submit"]).into_iter();
    submits.filter_map(|step| Some((step, contract(bundle, step.body.word("undo"))?))).collect()
}

pub(super) fn undo_unfilled(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, undo) in undoes(bundle) {
        for ty in ["phone", "iin", "date", "money", "count"] {
            let name = dice.pick(&["reason", "desk", "by_whom", "until"]);
            edits.push(bundle.with(CONTRACTS, undo.find("asks").unwrap(), &format!("{name}: {ty}")).pointing(step.file, &step.node.at));
        }
    }
    edits
}

/// It asks only what the submit was asked with.
pub(super) fn undo_of_nothing(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, undo) in undoes(bundle) {
        let asks = contract(bundle, step.body.word("service")).and_then(|own| own.find("asks")).unwrap();
        let text = bundle.raw(CONTRACTS, asks);
        for words in [text, "{}"] {
            edits.push(bundle.edit(CONTRACTS, undo.find("asks").unwrap().at.clone(), words).pointing(step.file, &step.node.at));
        }
    }
    edits
}

pub(super) fn never_asked(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["confirm"]) {
        let changes = step.body.find("change").map_or(&[][..], Node::items);
        let known = slots(bundle, step.file);
        let services: Vec<&str> = bundle.steps_called(&["lookup", "submit"]).iter().map(|step| step.id).collect();
        let answered = known.keys().filter(|slot| slot.split_once('.').is_some_and(|(step, _)| services.contains(&step)));
        for slot in answered {
            edits.extend(changes.iter().map(|node| bundle.edit(step.file, node.at.clone(), slot)));
        }
    }
    edits
}

/// The phrases of a choice: (language, phrase).
fn phrases(choice: &Node) -> Vec<(&str, &Node)> {
    let mut phrases = Vec::new();
    for (lang, said) in choice.find("say").map_or(&[][..], Node::entries) {
        let own = if let Kind::List(items) = &said.kind { items.iter().collect() } else { vec![said] };
        phrases.extend(own.into_iter().map(|phrase| (lang.text().unwrap(), phrase)));
    }
    phrases
}

pub(super) fn phrase_twice(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, choices) in menus(bundle) {
        for (nth, choice) in choices.iter().enumerate() {
            for other in choices.iter().enumerate().filter(|(other, _)| *other != nth).map(|(_, other)| other) {
                for (lang, phrase) in phrases(choice) {
                    let theirs = phrases(other).into_iter().filter(|(other, _)| *other == lang);
                    edits.extend(theirs.map(|(_, theirs)| {
                        bundle.edit(step.file, phrase.at.clone(), bundle.raw(step.file, theirs)).pointing(step.file, &step.node.at)
                    }));
                }
            }
        }
    }
    edits
}

pub(super) fn phrase_taken(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, choices) in menus(bundle) {
        for (choice, (lang, phrase)) in choices.iter().flat_map(|choice| phrases(choice).into_iter().map(move |phrase| (choice, phrase))) {
            let words = match lang {
                "kk" => dice.pick(&["\"оператор\"", "\"қайталаңыз\"", "\"артқа\"", "\"көмек\"", "\"бас мәзір\""]),
                _ => dice.pick(&["\"оператор\"", "\"повторите\"", "\"назад\"", "\"помощь\"", "\"главное меню\""]),
            };
            edits.push(bundle.edit(step.file, phrase.at.clone(), *words).pointing(step.file, &choice.at));
        }
    }
    edits
}

/// An alternative of an `ask`, or a field of a form, written down once more.
pub(super) fn slot_twice(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["ask", "form"]) {
        let lists = ["one_of", "fields"].into_iter().filter_map(|key| step.body.find(key));
        for item in lists.flat_map(|list| list.items()) {
            let text = bundle.text(step.file);
            let indent = text[..item.at.start].rfind('\n').map_or(0, |at| at + 1);
            let dash = &text[indent..item.at.start];
            if dash.trim() == "-" {
                edits.push(bundle.edit(step.file, item.at.end..item.at.end, format!("\n{dash}{}", bundle.raw(step.file, item))));
            }
        }
    }
    edits
}
