//! Whether a text names an amount of money. Fees change each January, so no answer may say one.

use crate::grammar::number::written_down;

/// How words begin that count money, and what an amount is counted in by law: the monthly index.
const UNITS: [&str; 10] = ["теңге", "тенге", "тиын", "тг", "мрп", "аек", "kzt", "рубл", "доллар", "көрсеткіш"];
/// The same in words: `месячный расчётный показатель`.
const INDEX: [&str; 2] = ["расчетн", "показател"];
/// So many words may stand between a numeral and its unit: `восемь месячных расчётных показателей`.
const BETWEEN_MAX: usize = 3;

/// The first amount in a text, in its own words.
pub(super) fn amount(text: &str) -> Option<String> {
    let words = words(text);
    let is_unit = |at: &usize| UNITS.iter().any(|unit| words[*at].starts_with(unit)) || *at > 0 && is_index(&words[at - 1..=*at]);
    let units: Vec<usize> = (0..words.len()).filter(is_unit).collect();
    if units.is_empty() {
        return None; // reading numerals costs
    }
    let numerals: Vec<_> = written_down(&words).into_iter().map(|number| number.words).collect();
    units.into_iter().find_map(|at| {
        let before = numerals.iter().rev().find(|number| number.end <= at && at - number.end <= BETWEEN_MAX);
        let after = numerals.iter().find(|number| number.start == at + 1);
        let said = before.map(|number| number.start..at + 1).or(after.map(|number| at..number.end))?;
        Some(words[said].join(" "))
    })
}

fn is_index(pair: &[String]) -> bool {
    pair.iter().zip(INDEX).all(|(word, stem)| word.starts_with(stem))
}

/// In small letters, `ё` as `е`, the sign of the tenge as its word.
fn words(text: &str) -> Vec<String> {
    let plain = text.to_lowercase().replace('ё', "е").replace('₸', " тенге ");
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn amounts_are_found_in_figures_and_in_words() {
        for (text, amount) in [
            ("Пошлина составляет восемь МРП.", "восемь мрп"),
            ("Баж жеті мың теңге.", "жеті мың теңге"),
            ("Баж екі айлық есептік көрсеткіш.", "екі айлық есептік көрсеткіш"),
            ("Нужно заплатить 4325 тенге.", "4325 тенге"),
            ("Заплатите 700₸ на портале.", "700 тенге"),
            ("Пособие: тридцать восемь месячных расчётных показателей.", "тридцать восемь месячных расчетных показателей"),
            ("Мөлшері АЕК-тің жиырма пайызы.", ""),
            ("Төлем АЕК: 20", "аек 20"),
        ] {
            assert_eq!(super::amount(text).as_deref().unwrap_or_default(), amount, "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_money_is_no_amount() {
        for text in [
            "Размер пошлины зависит от МРП и указан на странице оплаты.",
            "Брак регистрируют не раньше чем через пятнадцать календарных дней. Пошлину платят в тенге.",
            "Баж теңгемен төленеді.",
            "Регистрация рождения бесплатная.",
            "Кәмелетке толмаған төрт және одан да көп баласы бар отбасыларға жәрдемақы беріледі.",
        ] {
            assert_eq!(super::amount(text), None, "{text}");
        }
    }
}
