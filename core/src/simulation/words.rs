//! What callers say, and what a recogniser makes of it.
//!
//! Values are said by the same rules as the robot says them; what names a choice is the author's. Numbers that are made up belong to nobody: an IIN here is born in 2060 or later.
//! No native editor has read these words yet.

use super::dice::Dice;
use crate::citizen::Iin;
use crate::flow::graph::{Act, Menu, Program};
use crate::grammar::{Context, Grammar, place};
use crate::heard::{CERTAIN, Heard, Hypothesis};
use crate::lang::{Both, Lang};
use crate::spoken::{self, Inflection, Year};

/// Words for one purpose.
type Phrases = Both<&'static [&'static str]>;

const YES: Phrases = Both {
    kk: &["иә", "иә дұрыс", "дұрыс", "иә сол", "әрине"], ru: &["да", "да верно", "верно", "правильно", "да да"]
};
const NO: Phrases = Both {
    kk: &["жоқ", "жоқ дұрыс емес", "жоқ олай емес"], ru: &["нет", "нет неверно", "неправильно", "нет не так"]
};
const OPERATOR: Phrases = Both {
    kk: &["оператор", "операторға қосыңыз", "маған тірі адам керек", "маманмен сөйлескім келеді"],
    ru: &["оператор", "соедините с оператором", "дайте живого человека", "позовите специалиста"],
};
const COMMANDS: Phrases = Both {
    kk: &[
        "қайталаңыз",
        "артқа",
        "басты мәзір",
        "орысша сөйлеңіз",
        "көмек",
        "күте тұрыңыз",
        "сен роботсың ба",
        "қаттырақ",
        "баяуырақ",
        "сау болыңыз",
    ],
    ru: &[
        "повторите",
        "назад",
        "главное меню",
        "говорите по-казахски",
        "помощь",
        "подождите минуту",
        "вы робот",
        "громче",
        "помедленнее",
        "до свидания",
    ],
};
const OFF_TOPIC: Phrases = Both {
    kk: &[
        "бүгін ауа райы қандай",
        "балам мектепте",
        "бізде су жоқ",
        "мен далада тұрмын",
        "автобус қашан келеді",
        "алло",
        "ә",
        "нан қанша тұрады",
    ],
    ru: &[
        "какая сегодня погода",
        "ребёнок в школе",
        "у нас воды нет",
        "я на улице стою",
        "когда придёт автобус",
        "алло",
        "э",
        "сколько стоит хлеб",
    ],
};
/// What takes back what was said before.
const CORRECTIONS: Phrases = Both {
    kk: &["жоқ", "кешіріңіз", "жоқ күте тұрыңыз", "дұрысы"],
    ru: &["нет", "ой", "нет подождите", "извините", "вернее"],
};
/// What a recogniser puts in the place of a word that it has not understood.
const MISHEARD: Phrases = Both {
    kk: &["бала", "ал", "да", "екі", "сол", "көп"], ru: &["дом", "ну", "два", "это", "мама", "или"]
};

/// Why something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Yes,
    No,
    Operator,
    Command,
    OffTopic,
    Correction,
}

/// Words for a purpose.
pub(super) fn words(purpose: Purpose, lang: Lang, dice: &mut Dice) -> String {
    let phrases = match purpose {
        Purpose::Yes => YES,
        Purpose::No => NO,
        Purpose::Operator => OPERATOR,
        Purpose::Command => COMMANDS,
        Purpose::OffTopic => OFF_TOPIC,
        Purpose::Correction => CORRECTIONS,
    };
    dice.one_of(phrases[lang]).map_or_else(String::new, |phrase| (*phrase).to_owned())
}

/// Digits that answer a grammar; `None` where no digits do.
pub(super) fn row(grammar: &Grammar, context: &Context, dice: &mut Dice) -> Option<String> {
    match grammar {
        Grammar::Iin => iin(dice),
        Grammar::Application => Some(format!("00{}", dice.digits(10))),
        Grammar::Digits { min, max } => {
            let length = dice.between((*min).into(), (*max).into());
            Some(dice.digits(length as usize))
        }
        Grammar::Phone => Some(format!("8700000{}", dice.digits(4))),
        Grammar::Number { min, max } => Some(dice.between((*min).into(), (*max).into()).to_string()),
        Grammar::Date { days } => {
            let day = context.today.plus_days(dice.between(0, (*days).into()) as i32)?;
            Some(format!("{:02}{:02}", day.day(), day.month()))
        }
        Grammar::Time => Some(format!("{:02}{:02}", dice.between(9, 19), dice.below(4) * 15)),
        Grammar::YesNo => Some(dice.between(1, 2).to_string()),
        Grammar::Place { .. } | Grammar::Item { .. } => None,
    }
}

/// A valid IIN of nobody: born from 2060 on.
fn iin(dice: &mut Dice) -> Option<String> {
    let (year, month, day) = (dice.between(60, 99), dice.between(1, 12), dice.between(1, 28));
    let eleven = format!("{year}{month:02}{day:02}{}{}", dice.between(5, 6), dice.digits(4));
    (0..10).map(|check| format!("{eleven}{check}")).find(|digits| Iin::parse(digits).is_ok())
}

/// An answer to a grammar, in words. `mixed`: each word in the language that comes to mind.
pub(super) fn answer(grammar: &Grammar, context: &Context, program: &Program, lang: Lang, mixed: bool, dice: &mut Dice) -> String {
    match grammar {
        Grammar::Iin | Grammar::Application | Grammar::Digits { .. } | Grammar::Phone => {
            row(grammar, context, dice).map_or_else(String::new, |row| said_row(&row, lang, mixed, dice))
        }
        Grammar::Number { min, max } => number(dice.between((*min).into(), (*max).into()), lang),
        Grammar::Date { days } => {
            let ahead = dice.between(0, (*days).into()) as i32;
            let day = context.today.plus_days(ahead).unwrap_or(context.today);
            if dice.percent(50) { spoken::weekday_date(lang, day, Year::Unsaid).text() } else { date(day, lang) }
        }
        Grammar::Time => crate::calendar::Time::new(dice.between(9, 19) as u8, (dice.below(4) * 15) as u8)
            .map_or_else(|_| String::new(), |time| spoken::time(lang, time).text()),
        Grammar::YesNo => words(if dice.percent(50) { Purpose::Yes } else { Purpose::No }, lang, dice),
        Grammar::Place { among } => {
            let fitting: Vec<_> = place::places().iter().filter(|place| among.has(place)).collect();
            dice.one_of(&fitting).map_or_else(String::new, |place| place.name[lang].clone())
        }
        Grammar::Item { list } => item(list, program, dice),
    }
}

fn date(day: crate::calendar::Date, lang: Lang) -> String {
    spoken::date(day, Year::Unsaid, Inflection::plain(lang)).text()
}

fn item(list: &str, program: &Program, dice: &mut Dice) -> String {
    let said: Vec<String> = program.lists.get(list).map_or_else(Vec::new, |phrases| phrases.phrases().map(|(_, text)| text).collect());
    dice.one_of(&said).cloned().unwrap_or_default()
}

fn number(number: u64, lang: Lang) -> String {
    spoken::cardinal(number, Inflection::plain(lang)).text()
}

/// A row as people say it: digit by digit, or in groups of two or three.
pub(super) fn said_row(row: &str, lang: Lang, mixed: bool, dice: &mut Dice) -> String {
    let mut said = Vec::new();
    let mut rest = row;
    while !rest.is_empty() {
        let size = if dice.percent(60) { 1 } else { dice.between(2, 3) as usize }.min(rest.len());
        let (group, after) = rest.split_at(size);
        let lang = if mixed && dice.percent(50) { other(lang) } else { lang };
        said.push(if group.starts_with('0') { spoken::digits(lang, group).text() } else { number(group.parse().unwrap_or(0), lang) });
        rest = after;
    }
    said.join(" ").replace(',', "")
}

/// What is said for a choice: the author's words for it, or its key as a number.
pub(super) fn choice(menu: &Menu, place: usize, lang: Lang, dice: &mut Dice) -> String {
    let authors: Vec<String> = menu.phrases.phrases().filter(|(at, _)| **at == place).map(|(_, text)| text).collect();
    let key = menu.choices.get(place).and_then(|choice| choice.key.digit()).unwrap_or(0);
    match dice.one_of(&authors) {
        Some(words) if dice.percent(80) => words.clone(),
        Some(_) | None => number(key.into(), lang),
    }
}

/// The menu of a step, if it is one.
pub(super) fn menu(act: Option<&Act>) -> Option<&Menu> {
    match act {
        Some(Act::Menu(menu)) => Some(menu),
        Some(_) | None => None,
    }
}

/// What is asked for in all the fields of a form.
pub(super) fn fields(act: Option<&Act>) -> Option<Vec<Grammar>> {
    match act {
        Some(Act::Form(form)) => {
            Some(form.fields.iter().flat_map(|field| &field.ask.alternatives).map(|asked| asked.grammar.clone()).collect())
        }
        Some(_) | None => None,
    }
}

/// What callers ask in their own words: a topic's phrase, or two topics in one breath.
pub(super) fn question(program: &Program, lang: Lang, dice: &mut Dice) -> String {
    let mut phrase = || {
        let topic = dice.one_of(&program.topics)?;
        let phrases: Vec<&str> =
            topic.phrases.iter().filter(|phrase| phrase.lang.is_none_or(|own| own == lang)).map(|phrase| phrase.text.as_str()).collect();
        dice.one_of(&phrases).map(|phrase| (*phrase).to_owned())
    };
    let (one, other) = (phrase().unwrap_or_default(), phrase().unwrap_or_default());
    if dice.percent(15) { format!("{one} {other}") } else { one }
}

/// A number alone: the key of what is meant.
pub(super) fn key_in_words(digit: u8, lang: Lang) -> String {
    number(digit.into(), lang)
}

/// The other language.
pub(super) const fn other(lang: Lang) -> Lang {
    match lang {
        Lang::Kk => Lang::Ru,
        Lang::Ru => Lang::Kk,
    }
}

/// What the recogniser makes of it: sometimes a word is lost or another, sometimes it believes in nothing, sometimes nothing comes.
pub(super) fn recognised(said: &str, lang: Lang, errors_percent: u64, dice: &mut Dice) -> Heard {
    let words: Vec<&str> = said.split_whitespace().collect();
    let spoken_ms = 250 + 280 * words.len() as u32;
    let sure = dice.between(700, CERTAIN.into()) as u16;
    let hypotheses =
        if dice.percent(errors_percent) { misheard(&words, lang, dice) } else { vec![hypothesis(said.to_owned(), lang, sure)] };
    Heard::new(hypotheses, "simulated", spoken_ms)
}

fn misheard(words: &[&str], lang: Lang, dice: &mut Dice) -> Vec<Hypothesis> {
    let at = dice.below(words.len() as u64) as usize;
    let stray = dice.one_of(MISHEARD[lang]).copied().unwrap_or_default();
    let without: Vec<&str> = words.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, word)| *word).collect();
    let replaced: Vec<&str> = words.iter().enumerate().map(|(place, word)| if place == at { stray } else { *word }).collect();
    let doubtful = dice.between(350, 590) as u16;
    match dice.below(5) {
        0 => vec![hypothesis(without.join(" "), lang, 800)],
        1 => vec![hypothesis(replaced.join(" "), lang, 800)],
        2 => vec![hypothesis(words.join(" "), lang, doubtful)],
        3 => vec![hypothesis(replaced.join(" "), lang, 650), hypothesis(words.join(" "), lang, 600)],
        _ => Vec::new(),
    }
}

fn hypothesis(text: String, lang: Lang, confidence: u16) -> Hypothesis {
    Hypothesis { text, lang: Some(lang), confidence }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Date, Time};
    use crate::grammar::{Lists, readings, said};

    fn context() -> Context {
        let time = |text| Time::parse(text).unwrap();
        Context { today: Date::parse("2026-11-23").unwrap(), now: time("10:00"), opens: time("09:00"), closes: time("20:00") }
    }

    #[test]
    fn rows_that_are_made_up_answer_their_grammar_and_are_nobodys() {
        let grammars = [
            Grammar::Iin,
            Grammar::Application,
            Grammar::Digits { min: 4, max: 6 },
            Grammar::Phone,
            Grammar::Number { min: 3, max: 200 },
            Grammar::Date { days: 14 },
            Grammar::Time,
            Grammar::YesNo,
        ];
        let mut dice = Dice::new(1);
        for grammar in &grammars {
            for _ in 0..200 {
                let Some(row) = row(grammar, &context(), &mut dice) else { continue }; // a few beginnings of an IIN have no check digit
                assert!(readings(&row, grammar, &context()).is_some(), "{row} {grammar:?}");
                assert!(*grammar != Grammar::Iin || (row[..2].parse::<u32>().unwrap() >= 60 && matches!(&row[6..7], "5" | "6")));
            }
        }
    }

    #[test]
    fn rows_that_are_said_are_heard_by_their_grammar_in_both_languages_and_mixed() {
        let mut dice = Dice::new(2);
        for mixed in [false, true] {
            for lang in Lang::ALL {
                let mut heard = 0;
                for _ in 0..100 {
                    let digits = format!("00{}", dice.digits(10));
                    let text = said_row(&digits, lang, mixed, &mut dice);
                    let readings = said(&crate::grammar::words(&text), &Grammar::Application, &context(), &Lists::new());
                    heard += usize::from(
                        readings.iter().any(|reading| format!("{:?}", reading.value).ends_with(&format!("{}))", &digits[8..]))),
                    );
                }
                assert!(heard > 90, "{lang}, mixed {mixed}: {heard} of 100");
            }
        }
    }
}
