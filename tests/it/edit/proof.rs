//! Edits of which every line is sound, and the whole is not.

use std::collections::BTreeSet;

use super::bundle::{Bundle, Edit, Step};
use super::kind::Dice;
use super::name::slots;
use super::tree::{Node, in_brackets};

/// An end put before a step that only the step before it leads to.
pub(super) fn unreachable(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _) in bundle.flows() {
        let steps = bundle.steps_of(file);
        let changes = steps.iter().any(|step| step.body.find("change").is_some());
        let asks = ["ask", "form", "choose"];
        for step in steps.iter().skip(1).filter(|step| !(bundle.is_gone_to(**step) || changes && asks.contains(&step.kind))) {
            edits.push(bundle.with_step_before(*step, "end: {id: zz_end, outcome: human}"));
        }
    }
    edits
}

/// Whether a way of this step to that one leads back.
fn is_back(bundle: &Bundle, step: Step<'_>, to: &str) -> bool {
    bundle.steps_of(step.file).iter().any(|other| other.id == to && other.nth <= step.nth)
}

pub(super) fn unbounded(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let arms = bundle.arms().into_iter().map(|(step, _, _, arm)| (step, arm));
    let gotos = bundle.steps_called(&["goto"]).into_iter().map(|step| (step, step.body));
    let mut edits = Vec::new();
    for (step, map) in arms.chain(gotos) {
        for key in ["at_most", "else"] {
            edits.extend(map.entry(key).map(|(key, _)| bundle.without(step.file, map, key)));
        }
        if let (Some((key, _)), Some((_, end))) = (map.entry("at_most"), map.entry("else")) {
            let comma = bundle.text(step.file)[..key.at.start].rfind(',').unwrap();
            edits.push(bundle.edit(step.file, comma..end.at.end, "").pointing(step.file, &map.at));
        }
    }
    edits
}

/// An arm that went nowhere by name, or ahead, goes to its own step or to one before it.
pub(super) fn to_itself(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, _, _, arm) in bundle.arms() {
        let steps = bundle.steps_of(step.file);
        let to = if dice.below(2) == 0 { step.id } else { dice.pick(&steps[..=step.nth]).id };
        match arm.find("goto") {
            Some(goto) if arm.find("at_most").is_none() => edits.push(bundle.edit(step.file, goto.at.clone(), to)),
            None if arm.find("end").is_none() => edits.push(bundle.with(step.file, arm, &format!("goto: {to}"))),
            _ => {}
        }
    }
    edits
}

pub(super) fn otherwise_back(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps() {
        let steps = bundle.steps_of(step.file);
        let named = step
            .body
            .pairs()
            .into_iter()
            .filter(|(_, key, value)| matches!(key.text(), Some("else" | "give_up")) && value.text().is_some());
        for (_, _, node) in named {
            edits.push(bundle.edit(step.file, node.at.clone(), dice.pick(&steps[..=step.nth]).id));
        }
    }
    edits
}

pub(super) fn needless_bound(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let arms = bundle.arms().into_iter().map(|(step, _, _, arm)| (step, arm, "goto"));
    let gotos = bundle.steps_called(&["goto"]).into_iter().map(|step| (step, step.body, "to"));
    let mut edits = Vec::new();
    for (step, map, key) in arms.chain(gotos) {
        if let Some(to) = map.word(key).filter(|to| !is_back(bundle, step, to) && map.find("at_most").is_none()) {
            edits.push(bundle.with(step.file, map, &format!("at_most: 2, else: {to}")).pointing(step.file, &map.at));
        }
    }
    edits.retain(|edit| edit.typed[0].1.ends_with(", "));
    edits
}

/// The prompts that a step itself says, before any answer.
fn own_prompts<'a>(step: Step<'a>) -> Vec<&'a str> {
    ["prompt", "text"].into_iter().filter_map(|key| step.body.word(key)).collect()
}

/// Whether one comes to a step from the one before it.
fn is_run_into(bundle: &Bundle, step: Step<'_>) -> bool {
    let Some(before) = step.nth.checked_sub(1).map(|nth| bundle.steps_of(step.file)[nth]) else { return true };
    let stays = |arm: &Node| arm.find("goto").is_none() && arm.find("end").is_none();
    let mut arms =
        bundle.arms().into_iter().filter(|(own, ..)| own.file == before.file && own.nth == before.nth).map(|(_, _, _, arm)| arm).peekable();
    let plain = arms.peek().is_none() && !["goto", "end", "return"].contains(&before.kind);
    plain || before.kind == "if" && before.body.find("else").is_none() || arms.any(stays)
}

/// A step that empties a slot, put before one whose question says it.
pub(super) fn cleared_before_said(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps().into_iter().filter(|step| is_run_into(bundle, *step)) {
        for (_, said) in bundle.values_said(step.file).into_iter().filter(|(name, _)| own_prompts(step).contains(name)) {
            edits.extend(said.iter().map(|slot| bundle.with_step_before(step, &format!("clear: {{id: zz_tidy, slots: [{slot}]}}"))));
        }
    }
    edits
}

/// The first step of a flow says what comes later. What a `route` gives is there already.
pub(super) fn said_at_first(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _) in bundle.flows() {
        let first = bundle.steps_of(file)[0];
        let known: BTreeSet<String> = slots(bundle, file).into_keys().collect();
        let sent: BTreeSet<&str> = bundle.steps_called(&["sms"]).iter().filter_map(|step| step.body.word("text")).collect();
        let given = file.ends_with("shared/topic.yaml");
        let said = bundle.values_said(file).into_iter().filter(|(name, said)| !(sent.contains(*name) || given && said.contains("topic")));
        for (name, _) in said.filter(|(_, said)| said.iter().all(|slot| known.contains(slot))) {
            edits.push(bundle.with_step_before(first, &format!("say: {{id: zz_say, prompt: {name}}}")));
        }
    }
    edits
}

/// Between two steps: back to the one before, which says nothing and asks nothing.
pub(super) fn silent_loop(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["say", "set", "clear", "language"]) {
        if let Some(next) = bundle.after(step) {
            let back = format!("goto: {{id: zz_again, to: {}, at_most: 2, else: {}}}", step.id, next.id);
            edits.push(bundle.with_step_before(next, &back));
        }
    }
    edits
}

pub(super) fn call_cycle(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let callers = bundle.flows().filter(|(other, _)| {
            let calls = bundle.steps_of(other).into_iter().any(|step| step.kind == "call" && step.body.word("flow") == tree.word("flow"));
            calls || *other == file
        });
        for (_, caller) in callers.collect::<Vec<_>>() {
            for step in bundle.steps_of(file) {
                edits.push(bundle.with_step_before(step, &format!("call: {{id: zz_call, flow: {}}}", caller.word("flow").unwrap())));
            }
        }
    }
    edits
}

/// In a flow that a caller comes to.
fn is_called(bundle: &Bundle, file: &str) -> bool {
    let name = bundle.trees[file].word("flow");
    file == "flows/main.yaml" || bundle.steps_called(&["call"]).iter().any(|step| step.body.word("flow") == name)
}

/// A service's failure leads to an end that is no human's. The text after it stays, so steps are reached as before by other ways.
pub(super) fn failure_ends(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (step, _, key, arm) in bundle.arms() {
        let fails = matches!((step.kind, key.text()), ("lookup" | "submit", Some("unavailable" | "unknown")));
        if fails
            && is_called(bundle, step.file)
            && let Some((goto, to)) = arm.entry("goto").filter(|_| arm.find("at_most").is_none())
        {
            let others = bundle.jumps(step.file).iter().filter(|node| node.text() == to.text()).count();
            if others > 1 {
                edits.push(bundle.edit(step.file, goto.at.start..to.at.end, "end: over").pointing(step.file, &step.node.at));
            }
        }
    }
    edits
}

/// In the main flow, or in one that it calls: nobody has been answered before.
fn is_called_at_first(bundle: &Bundle, file: &str) -> bool {
    let name = bundle.trees[file].word("flow");
    let calls = bundle.steps_of("flows/main.yaml");
    file == "flows/main.yaml" || calls.iter().any(|step| step.kind == "call" && step.body.word("flow") == name)
}

/// A question that is given up ends the call.
pub(super) fn silence_ends(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _) in bundle.flows().filter(|(file, _)| is_called_at_first(bundle, file)) {
        let steps = bundle.steps_of(file);
        let last = *steps.last().unwrap();
        let served = steps.iter().position(|step| ["lookup", "submit", "call"].contains(&step.kind)).unwrap_or(steps.len());
        for step in
            steps[..served].iter().filter(|step| ["ask", "menu", "confirm"].contains(&step.kind) && step.body.find("ladder").is_none())
        {
            let end = bundle.with_step_after(last, "end: {id: zz_over, outcome: over}");
            let (at, words) = end.typed[0].clone();
            edits.push(bundle.with(file, step.body, "ladder: {give_up: zz_over}").and(at, words).in_file(file));
        }
    }
    edits
}

/// `robot: human` no longer has an outcome in which failures end.
pub(super) fn no_human(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let file = "flows/main.yaml";
    let mut edits = Vec::new();
    let humans = bundle.trees[file].find("robot").and_then(|robot| robot.find("human"));
    for (step, _, key, arm) in bundle.arms() {
        let fails = matches!((step.kind, key.text()), ("lookup" | "submit", Some("unavailable" | "unknown")));
        let nth = humans.and_then(|list| list.items().iter().position(|item| fails && item.text() == arm.word("end")));
        edits.extend(nth.map(|nth| bundle.without_item(file, humans.unwrap(), nth).pointing(step.file, &step.node.at)));
    }
    for step in bundle.steps_called(&["end"]).into_iter().filter(|step| step.file == "flows/shared/human.yaml") {
        if let Some(outcome) = step.body.find("outcome").filter(|outcome| outcome.text() == Some("human")) {
            edits.push(bundle.edit(step.file, outcome.at.clone(), "over"));
        }
    }
    edits
}

/// After transfers and calls back that failed, an end that does not say so.
pub(super) fn nobody(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    // in `rich` the call back itself ends so, and nobody comes back from it turned away
    let ends = bundle.steps_called(&["end"]).into_iter().filter(|step| step.file == "flows/shared/human.yaml" && bundle.name != "rich");
    for step in ends {
        if let Some(outcome) = step.body.find("outcome").filter(|outcome| outcome.text() == Some("nobody")) {
            edits.push(
                bundle.edit(step.file, outcome.at.clone(), *dice.pick(&["human", "over", "answered"])).pointing(step.file, &step.node.at),
            );
        }
    }
    edits
}

/// `robot: nobody` no longer has an outcome in which failed transfers end.
pub(super) fn no_nobody(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let file = "flows/main.yaml";
    let Some(nobody) = bundle.trees[file].find("robot").and_then(|robot| robot.find("nobody")) else { return Vec::new() };
    (0..nobody.items().len()).map(|nth| bundle.without_item(file, nobody, nth).anywhere()).collect()
}

pub(super) fn many_tries(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let tries = tree.pairs().into_iter().filter(|(_, key, _)| key.text() == Some("tries")).map(|(_, _, value)| value);
        for node in tries {
            let in_field = bundle.steps_of(file).iter().any(|step| step.kind == "form" && step.body.at.contains(&node.at.start));
            if !in_field {
                edits.push(bundle.edit(file, node.at.clone(), *dice.pick(&["18", "19", "20"])).anywhere());
            }
        }
    }
    edits
}

pub(super) fn low_limit(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let file = "flows/main.yaml";
    let Some(limits) = bundle.trees[file].find("robot").and_then(|robot| robot.find("limits")) else { return Vec::new() };
    ["1", "2"]
        .into_iter()
        .map(|most| match limits.find("turns_to_human") {
            Some(node) => bundle.edit(file, node.at.clone(), most).anywhere(),
            None => bundle.with(file, limits, &format!("turns_to_human: {most}")).anywhere(),
        })
        .collect()
}

/// Between two questions no more steps may be walked than any call walks.
pub(super) fn low_limit_of_steps(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let file = "flows/main.yaml";
    let limit = bundle.trees[file].find("robot").and_then(|robot| robot.find("limits")?.find("steps_between_turns"));
    limit.into_iter().flat_map(|node| ["1", "2"].map(|most| bundle.edit(file, node.at.clone(), most).anywhere())).collect()
}

/// Milliseconds of a duration as flows write it.
fn millis(text: &str) -> u64 {
    let number: u64 = text.trim_end_matches(char::is_alphabetic).parse().unwrap();
    if text.ends_with("ms") { number } else { number * 1_000 }
}

/// A filler gone, or late, or a long deadline where there is none.
pub(super) fn robot_silent(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["lookup", "submit", "sms", "callback"]) {
        let deadline = step.body.find("deadline");
        match (step.body.entry("filler"), deadline) {
            (Some((key, filler)), Some(deadline)) if millis(deadline.text().unwrap()) > 5_000 => {
                edits.push(bundle.without(step.file, step.body, key));
                for every in ["after", "every"] {
                    edits.push(
                        bundle
                            .edit(step.file, filler.find(every).unwrap().at.clone(), *dice.pick(&["6s", "7s", "5001ms"]))
                            .pointing(step.file, &step.node.at),
                    );
                }
            }
            (None, Some(deadline)) => {
                edits.push(
                    bundle
                        .edit(step.file, deadline.at.clone(), *dice.pick(&["6s", "30s", "5001ms", "1m"]))
                        .pointing(step.file, &step.node.at),
                );
            }
            (None, None) => edits.push(bundle.with(step.file, step.body, &format!("deadline: {}", dice.pick(&["6s", "30s", "1m"])))),
            _ => {}
        }
    }
    edits
}

pub(super) fn caller_silent(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.flows() {
        let patience = tree.pairs().into_iter().filter(|(_, key, _)| key.text() == Some("noinput_after"));
        edits.extend(
            patience.map(|(_, _, node)| bundle.edit(file, node.at.clone(), *dice.pick(&["16s", "15001ms", "1m", "20s"])).anywhere()),
        );
        let messages = bundle.steps_of(file).into_iter().filter(|step| step.kind == "record");
        let silences = messages.filter_map(|step| step.body.find("silence"));
        edits.extend(silences.map(|node| bundle.edit(file, node.at.clone(), *dice.pick(&["16s", "15001ms", "1m"])).anywhere()));
    }
    edits
}

pub(super) fn unused_prompt(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.prompts().filter(|(file, tree)| !in_brackets(bundle.text(file), tree)) {
        for (key, _) in tree.entries() {
            let words = format!("zz_{}: {{kk: \"Сөз.\", ru: \"Слово.\"}}\n", dice.below(100));
            edits.push(bundle.edit(file, key.at.start..key.at.start, words));
        }
    }
    edits
}
