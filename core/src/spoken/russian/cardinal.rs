//! Russian cardinals: every word of a number is declined.

use super::super::phrase::digits;
use super::noun::{Noun, declined};
use super::{Case, Gender, Plural};
use crate::lang::Lang;

/// The words of a number below 10¹², in a case, agreeing with a noun of a gender. A thousand is `одна тысяча`.
pub(in super::super) fn cardinal(number: u64, case: Case, gender: Gender) -> Vec<String> {
    if number == 0 {
        return vec![zero(case).to_owned()];
    }
    let mut words = Vec::new();
    for (power, name, of) in SCALES {
        let group = number / power % 1000;
        if group > 0 {
            words.extend(below_thousand(group, case, of));
            words.push(declined(name, of).counted(group, case).to_owned());
        }
    }
    words.extend(below_thousand(number % 1000, case, gender));
    words
}

const SCALES: [(u64, &str, Gender); 3] =
    [(1_000_000_000, "миллиард", Gender::Masculine), (1_000_000, "миллион", Gender::Masculine), (1000, "тысяча", Gender::Feminine)];

const fn zero(case: Case) -> &'static str {
    match case {
        Case::Nominative | Case::Accusative => "ноль",
        Case::Genitive => "ноля",
        Case::Dative => "нолю",
        Case::Instrumental => "нолём",
        Case::Prepositional => "ноле",
    }
}

fn below_thousand(group: u64, case: Case, gender: Gender) -> Vec<String> {
    let (hundreds, rest) = (group / 100, group % 100);
    let (tens, ones) = if rest < 20 { (0, rest) } else { (rest / 10, rest % 10) };
    let words = [hundred(hundreds, case), ten(tens, case), one(ones, case, gender)];
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

/// 1 to 19; nothing for 0.
fn one(value: u64, case: Case, gender: Gender) -> String {
    match value {
        0 => String::new(),
        1 => single(case, gender).to_owned(),
        2 => pair(case, gender).to_owned(),
        3 => small(case, ["три", "трёх", "трём", "тремя"]).to_owned(),
        4 => small(case, ["четыре", "четырёх", "четырём", "четырьмя"]).to_owned(),
        5..=9 => soft(digits(Lang::Ru)[value as usize], case),
        _ => soft(TEENS[(value as usize).min(19) - 10], case),
    }
}

const TEENS: [&str; 10] = [
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];

const fn single(case: Case, gender: Gender) -> &'static str {
    match (gender, case) {
        (Gender::Masculine, Case::Nominative | Case::Accusative) => "один",
        (Gender::Neuter, Case::Nominative | Case::Accusative) => "одно",
        (Gender::Masculine | Gender::Neuter, Case::Genitive) => "одного",
        (Gender::Masculine | Gender::Neuter, Case::Dative) => "одному",
        (Gender::Masculine | Gender::Neuter, Case::Instrumental) => "одним",
        (Gender::Masculine | Gender::Neuter, Case::Prepositional) => "одном",
        (Gender::Feminine, Case::Nominative) => "одна",
        (Gender::Feminine, Case::Accusative) => "одну",
        (Gender::Feminine, Case::Genitive | Case::Dative | Case::Instrumental | Case::Prepositional) => "одной",
    }
}

const fn pair(case: Case, gender: Gender) -> &'static str {
    match gender {
        Gender::Masculine | Gender::Neuter => small(case, ["два", "двух", "двум", "двумя"]),
        Gender::Feminine => small(case, ["две", "двух", "двум", "двумя"]),
    }
}

/// Two to four: the prepositional is the genitive.
const fn small(case: Case, [direct, genitive, dative, instrumental]: [&'static str; 4]) -> &'static str {
    match case {
        Case::Nominative | Case::Accusative => direct,
        Case::Genitive | Case::Prepositional => genitive,
        Case::Dative => dative,
        Case::Instrumental => instrumental,
    }
}

/// What ends in a soft sign: five to twenty, and thirty.
fn soft(word: &str, case: Case) -> String {
    let stem = if word == "восемь" { "восьм" } else { word.trim_end_matches('ь') };
    match case {
        Case::Nominative | Case::Accusative => word.to_owned(),
        Case::Genitive | Case::Dative | Case::Prepositional => format!("{stem}и"),
        Case::Instrumental => format!("{stem}ью"),
    }
}

/// Twenty to ninety; nothing for less.
fn ten(tens: u64, case: Case) -> String {
    let direct = matches!(case, Case::Nominative | Case::Accusative);
    match tens {
        2 => soft("двадцать", case),
        3 => soft("тридцать", case),
        4 => if direct { "сорок" } else { "сорока" }.to_owned(),
        5..=8 => format!("{}{}", soft(digits(Lang::Ru)[tens as usize], case), if direct { "десят" } else { ten_ending(case) }),
        9 => if direct { "девяносто" } else { "девяноста" }.to_owned(),
        _ => String::new(),
    }
}

const fn ten_ending(case: Case) -> &'static str {
    match case {
        Case::Nominative | Case::Accusative => "десят",
        Case::Genitive | Case::Dative | Case::Prepositional => "десяти",
        Case::Instrumental => "десятью",
    }
}

/// One hundred to nine hundred; nothing for 0.
fn hundred(hundreds: u64, case: Case) -> String {
    let direct = matches!(case, Case::Nominative | Case::Accusative);
    match hundreds {
        1 => if direct { "сто" } else { "ста" }.to_owned(),
        2 if direct => "двести".to_owned(),
        3..=4 if direct => format!("{}ста", digits(Lang::Ru)[hundreds as usize]),
        5..=9 if direct => format!("{}сот", digits(Lang::Ru)[hundreds as usize]),
        2..=9 => format!("{}{}", one(hundreds, case, Gender::Masculine), hundred_ending(case)),
        _ => String::new(),
    }
}

const fn hundred_ending(case: Case) -> &'static str {
    match case {
        Case::Nominative | Case::Accusative | Case::Genitive => "сот",
        Case::Dative => "стам",
        Case::Instrumental => "стами",
        Case::Prepositional => "стах",
    }
}

/// The form of a noun that a number in a case asks for.
impl Noun {
    pub(in super::super) fn counted(&self, number: u64, case: Case) -> &str {
        match (case, Plural::of(number)) {
            (_, Plural::One) => self.singular(case),
            (Case::Nominative | Case::Accusative, Plural::Few) => self.singular(Case::Genitive),
            (Case::Nominative | Case::Accusative, Plural::Many) => self.plural(Case::Genitive),
            (Case::Genitive | Case::Dative | Case::Instrumental | Case::Prepositional, Plural::Few | Plural::Many) => self.plural(case),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(number: u64, case: Case) -> String {
        cardinal(number, case, Gender::Masculine).join(" ")
    }

    fn check(case: Case, forms: &[(u64, &str)]) {
        for (number, expected) in forms {
            assert_eq!(said(*number, case), *expected, "{case:?}");
        }
    }

    #[test]
    fn every_word_of_a_number_is_declined() {
        check(
            Case::Genitive,
            &[
                (0, "ноля"),
                (8, "восьми"),
                (40, "сорока"),
                (58, "пятидесяти восьми"),
                (90, "девяноста"),
                (100, "ста"),
                (201, "двухсот одного"),
                (345, "трёхсот сорока пяти"),
                (1000, "одной тысячи"),
                (21_000, "двадцати одной тысячи"),
                (2_000_000, "двух миллионов"),
            ],
        );
        check(
            Case::Dative,
            &[
                (3, "трём"),
                (11, "одиннадцати"),
                (500, "пятистам"),
                (999, "девятистам девяноста девяти"),
                (1001, "одной тысяче одному"),
                (5000, "пяти тысячам"),
            ],
        );
        check(
            Case::Instrumental,
            &[
                (2, "двумя"),
                (4, "четырьмя"),
                (8, "восьмью"),
                (50, "пятьюдесятью"),
                (80, "восьмьюдесятью"),
                (100, "ста"),
                (200, "двумястами"),
                (800, "восьмьюстами"),
                (1000, "одной тысячей"),
                (3000, "тремя тысячами"),
                (21, "двадцатью одним"),
            ],
        );
        check(Case::Prepositional, &[(1, "одном"), (300, "трёхстах"), (600, "шестистах"), (2000, "двух тысячах"), (40, "сорока")]);
        check(
            Case::Accusative,
            &[(1000, "одну тысячу"), (2000, "две тысячи"), (5000, "пять тысяч"), (1_000_000, "один миллион"), (51, "пятьдесят один")],
        );
    }

    #[test]
    fn the_noun_decides_the_gender_of_one_and_two_only() {
        let forms = Gender::ALL.map(|gender| cardinal(102_021, Case::Nominative, gender).join(" "));
        assert_eq!(forms, ["сто две тысячи двадцать один", "сто две тысячи двадцать одна", "сто две тысячи двадцать одно"]);
        assert_eq!(cardinal(2, Case::Accusative, Gender::Feminine), ["две"]);
        assert_eq!(cardinal(21, Case::Accusative, Gender::Feminine), ["двадцать", "одну"]);
    }
}
