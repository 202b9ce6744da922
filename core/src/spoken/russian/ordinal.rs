//! Russian ordinals: the last word is an adjective, what stands before it a cardinal in the nominative.

use super::adjective::Adjective;
use super::cardinal::cardinal;
use super::{Case, Gender};

/// The words of an ordinal below 10¹², in a case and a gender: `двадцать первого`, `две тысячи двадцать шестой`, `двухтысячный`.
pub(in super::super) fn ordinal(number: u64, case: Case, gender: Gender) -> Vec<String> {
    let (before, last) = split(number);
    let mut words = if before > 0 { cardinal(before, Case::Nominative, Gender::Masculine) } else { Vec::new() };
    words.push(last.form(case, gender));
    words
}

/// The part that stays a cardinal, and the adjective of the rest: of its last word, or of a round thousand with all before it in one word.
fn split(number: u64) -> (u64, Adjective) {
    let rest = number % 1000;
    if number == 0 || rest > 0 {
        let last = match (rest % 100, rest % 10) {
            (0, _) => rest,
            (tens @ 1..=19, _) | (tens, 0) => tens,
            (_, ones) => ones,
        };
        return (number - last, Adjective::of(&below_thousand(last)));
    }
    let (power, name) = match (number / 1000 % 1000, number / 1_000_000 % 1000) {
        (1.., _) => (1000, "тысячный"),
        (0, 1..) => (1_000_000, "миллионный"),
        (0, 0) => (1_000_000_000, "миллиардный"),
    };
    let group = number / power % 1000;
    (number - group * power, Adjective::of(&format!("{}{name}", prefix(group))))
}

/// Round below a thousand, or below twenty.
fn below_thousand(number: u64) -> String {
    const TO_TEN: [&str; 11] =
        ["нулевой", "первый", "второй", "третий", "четвёртый", "пятый", "шестой", "седьмой", "восьмой", "девятый", "десятый"];
    match number {
        0..=10 => TO_TEN[number as usize].to_owned(),
        11..=20 | 30 => format!("{}ый", last_word(number, Case::Nominative).trim_end_matches('ь')),
        40 => "сороковой".to_owned(),
        90 => "девяностый".to_owned(),
        100 => "сотый".to_owned(),
        50..=80 => format!("{}ый", last_word(number, Case::Genitive).trim_end_matches('и')),
        _ => format!("{}сотый", last_word(number / 100, Case::Genitive)),
    }
}

/// A number that is one word.
fn last_word(number: u64, case: Case) -> String {
    cardinal(number, case, Gender::Masculine).concat()
}

/// `двух`, `двадцатиодно`, `сто`: what stands before `тысячный` in one word with it. One thousand needs nothing.
fn prefix(group: u64) -> String {
    if group == 1 {
        return String::new();
    }
    let (round, ones) = if group % 100 < 20 { (group / 100 * 100, group % 100) } else { (group / 10 * 10, group % 10) };
    let words = [round / 100 * 100, round % 100, ones];
    words.into_iter().filter(|word| *word > 0).map(glued).collect()
}

/// The genitive, but for one, ninety and a hundred.
fn glued(number: u64) -> String {
    match number {
        1 => "одно".to_owned(),
        90 => "девяносто".to_owned(),
        100 => "сто".to_owned(),
        _ => last_word(number, Case::Genitive),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(case: Case, gender: Gender, forms: &[(u64, &str)]) {
        for (number, expected) in forms {
            assert_eq!(ordinal(*number, case, gender).join(" "), *expected);
        }
    }

    #[test]
    fn ordinals_in_the_nominative() {
        check(
            Case::Nominative,
            Gender::Masculine,
            &[
                (0, "нулевой"),
                (3, "третий"),
                (11, "одиннадцатый"),
                (12, "двенадцатый"),
                (20, "двадцатый"),
                (21, "двадцать первый"),
                (30, "тридцатый"),
                (40, "сороковой"),
                (50, "пятидесятый"),
                (80, "восьмидесятый"),
                (90, "девяностый"),
                (100, "сотый"),
                (101, "сто первый"),
                (111, "сто одиннадцатый"),
                (140, "сто сороковой"),
                (200, "двухсотый"),
                (300, "трёхсотый"),
                (500, "пятисотый"),
                (1000, "тысячный"),
                (1001, "одна тысяча первый"),
                (2000, "двухтысячный"),
                (2100, "две тысячи сотый"),
                (5000, "пятитысячный"),
                (21_000, "двадцатиоднотысячный"),
                (40_000, "сорокатысячный"),
                (90_000, "девяностотысячный"),
                (100_000, "стотысячный"),
                (250_000, "двухсотпятидесятитысячный"),
                (1_000_000, "миллионный"),
                (2_000_000, "двухмиллионный"),
                (1_002_000, "один миллион двухтысячный"),
                (1_000_000_000, "миллиардный"),
            ],
        );
        check(Case::Nominative, Gender::Feminine, &[(3, "третья"), (23, "двадцать третья"), (6, "шестая"), (40, "сороковая")]);
        check(Case::Nominative, Gender::Neuter, &[(3, "третье"), (15, "пятнадцатое"), (2, "второе")]);
    }

    #[test]
    fn ordinals_are_declined() {
        check(Case::Genitive, Gender::Masculine, &[(3, "третьего"), (2026, "две тысячи двадцать шестого"), (2000, "двухтысячного")]);
        check(Case::Dative, Gender::Neuter, &[(3, "третьему"), (31, "тридцать первому")]);
        check(Case::Accusative, Gender::Feminine, &[(3, "третью"), (5, "пятую"), (2, "вторую")]);
        check(Case::Instrumental, Gender::Masculine, &[(3, "третьим"), (7, "седьмым")]);
        check(Case::Prepositional, Gender::Masculine, &[(3, "третьем"), (8, "восьмом")]);
        check(Case::Genitive, Gender::Feminine, &[(3, "третьей"), (4, "четвёртой")]);
    }
}
