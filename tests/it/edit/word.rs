//! Edits of words: languages, texts, templates.

use super::bundle::{Bundle, Edit};
use super::kind::Dice;
use super::tree::Node;

/// Every text that is said in a language: (file, both languages, the text).
fn texts(bundle: &Bundle) -> Vec<(&str, &Node, &Node)> {
    let both = bundle.said().into_iter();
    both.flat_map(|(file, map)| map.entries().iter().map(move |(_, text)| (file, map, text))).collect()
}

/// Also of titles, of holidays, and of what callers say.
pub(super) fn one_language(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, tree) in bundle.trees.iter().filter(|(file, _)| *file != "prompts/voice.yaml") {
        for map in
            tree.all().into_iter().filter(|map| map.find("kk").is_some() && map.find("ru").is_some() && map.find("unknown").is_none())
        {
            let is_text = map.entries().iter().all(|(_, value)| value.text().is_some() || !value.items().is_empty());
            let own = map.entries().iter().filter(|_| is_text);
            edits.extend(own.map(|(key, _)| bundle.without(file, map, key)));
        }
    }
    edits
}

pub(super) fn empty(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let plain = texts(bundle).into_iter().filter(|(_, _, text)| !text.text().unwrap().contains("{{"));
    plain.map(|(file, _, text)| bundle.edit(file, text.at.clone(), *dice.pick(&["\"\"", "\"…\"", "\"?!\"", "\" \"", "\"—\""]))).collect()
}

/// The templates of a text: the bytes of each, with its brackets.
fn templates(bundle: &Bundle, file: &str, text: &Node) -> Vec<std::ops::Range<usize>> {
    let raw = bundle.raw(file, text);
    let ends = |from: usize| raw[from..].find("}}").map(|length| text.at.start + from..text.at.start + from + length + 2);
    raw.match_indices("{{").filter_map(|(from, _)| ends(from)).collect()
}

pub(super) fn bad_template(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _, text) in texts(bundle) {
        for at in templates(bundle, file, text) {
            let raw = &bundle.text(file)[at.clone()];
            let (slot, filter) = raw.trim_matches(['{', '}']).split_once('|').unwrap();
            let name: String = filter.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let bad = match dice.below(6) {
                0 => format!("{{{{{slot}}}}}"),
                1 => raw.replacen("}}", "}", 1),
                2 => raw.replacen(&name, &dice.misspelled(&name), 1),
                3 => format!("{{{{{slot}| {name}(tone=sad) }}}}"),
                4 => format!("{{{{ | {name} }}}}"),
                _ => format!("{{{{{slot}| {name}( }}}}"),
            };
            edits.push(bundle.edit(file, at, bad).pointing(file, &text.at));
        }
    }
    edits
}

/// Where the text says the slot once.
pub(super) fn other_values(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, map, text) in texts(bundle) {
        for at in templates(bundle, file, text) {
            let slot = bundle.text(file)[at.clone()].split('|').next().unwrap().to_owned();
            if bundle.raw(file, text).matches(&slot).count() == 1 {
                edits.push(bundle.edit(file, at, *dice.pick(&["бар", "да", "сол", "он"])).pointing(file, &map.at));
            }
        }
    }
    edits
}

const ALIKE: [(char, char); 8] = [('а', 'a'), ('е', 'e'), ('о', 'o'), ('р', 'p'), ('с', 'c'), ('х', 'x'), ('у', 'y'), ('і', 'i')];

pub(super) fn lookalike(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let is_cyrillic = |c: char| ('\u{400}'..='\u{52f}').contains(&c);
    let mut edits = Vec::new();
    for (file, _, text) in texts(bundle) {
        let raw = bundle.raw(file, text);
        let near = |at: usize, c: char| {
            raw[..at].chars().next_back().is_some_and(is_cyrillic) || raw[at + c.len_utf8()..].chars().next().is_some_and(is_cyrillic)
        };
        let places: Vec<(usize, char, char)> = raw
            .char_indices()
            .filter(|(at, c)| near(*at, *c))
            .filter_map(|(at, c)| Some((at, c, ALIKE.iter().find(|(own, _)| *own == c)?.1)))
            .collect();
        if !places.is_empty() {
            let (at, c, latin) = *dice.pick(&places);
            let from = text.at.start + at;
            edits.push(bundle.edit(file, from..from + c.len_utf8(), latin));
        }
    }
    edits
}

/// Filters by what they say.
const FAMILIES: [&[&str]; 6] = [
    &["say_item", "say_title", "say_answer", "documents"],
    &["say_digits"],
    &["say_number", "say_ordinal", "say_percent", "plural"],
    &["say_date", "say_full_date", "say_weekday_date"],
    &["say_time"],
    &["say_money"],
];

pub(super) fn misfit(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, _, text) in texts(bundle) {
        for at in templates(bundle, file, text) {
            let (slot, filter) = bundle.text(file)[at.clone()].split_once('|').unwrap();
            let name: String = filter.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let others: Vec<&str> = FAMILIES.iter().filter(|family| !family.contains(&name.as_str())).map(|family| family[0]).collect();
            edits.push(bundle.edit(file, at.clone(), format!("{slot}| {} }}}}", dice.pick(&others))).pointing(file, &text.at));
        }
    }
    edits
}

pub(super) fn too_long(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (file, map, text) in texts(bundle) {
        for at in templates(bundle, file, text) {
            let again = format!("{} там ", &bundle.text(file)[at.clone()]).repeat(40);
            edits.push(bundle.edit(file, at.start..at.start, again).pointing(file, &map.at));
        }
    }
    edits
}

pub(super) fn long_speech(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    before_words(bundle, &"там ".repeat(300))
}

pub(super) fn long_message(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    before_messages(bundle, &"там ".repeat(60))
}

pub(super) fn endless_message(bundle: &Bundle, _: &mut Dice) -> Vec<Edit> {
    before_messages(bundle, &"там ".repeat(110))
}

/// Puts something before the texts of messages; what is wrong then is that a step sends it.
fn before_messages(bundle: &Bundle, what: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in bundle.steps_called(&["sms"]) {
        let file = step.file.replacen("flows/", "prompts/", 1);
        let sent = step.body.find("text").unwrap();
        let maps = bundle.said().into_iter().filter(|(path, _)| *path == file);
        let map = maps
            .map(|(_, map)| map)
            .find(|map| bundle.text(&file)[..map.at.start].trim_end().ends_with(&format!("{}:", sent.text().unwrap())));
        // with a list of documents in it, it is near its limit already
        for (_, text) in map.unwrap().entries().iter().filter(|(_, text)| !bundle.raw(&file, text).contains("| documents")) {
            let at = text.at.start + usize::from(bundle.raw(&file, text).starts_with('"'));
            edits.push(bundle.edit(&file, at..at, what).pointing(step.file, &sent.at));
        }
    }
    edits
}

pub(super) fn numeral(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    before_words(bundle, dice.pick::<&str>(&["25 ", "3 ", "1414 "]))
}

pub(super) fn sign(bundle: &Bundle, dice: &mut Dice) -> Vec<Edit> {
    before_words(bundle, dice.pick::<&str>(&["* ", "# ", "№ "]))
}

/// Puts something before the first Cyrillic letter of a text that says no value.
fn before_words(bundle: &Bundle, what: &str) -> Vec<Edit> {
    let is_cyrillic = |c: char| ('\u{400}'..='\u{52f}').contains(&c);
    let plain = texts(bundle).into_iter().filter(|(_, _, text)| !text.text().unwrap().contains("{{"));
    let place = |(file, map, text): (&str, &Node, &Node)| {
        let at = text.at.start + bundle.raw(file, text).find(is_cyrillic)?;
        Some(bundle.edit(file, at..at, what).pointing(file, &map.at))
    };
    plain.filter_map(place).collect()
}
