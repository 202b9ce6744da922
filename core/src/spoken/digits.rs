//! Rows of digits, said one by one in groups of three, as one sentence: the pitch stays up until the last digit of the row.

use crate::lang::Lang;

const KK: [&str; 10] = ["нөл", "бір", "екі", "үш", "төрт", "бес", "алты", "жеті", "сегіз", "тоғыз"];
const RU: [&str; 10] = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"];

/// So many digits are said in one breath.
const GROUP: usize = 3;

/// One spoken digit. The last of a row falls in pitch, so it has a clip of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    digit: u8,
    last: bool,
}

impl Word {
    /// The name of its clip: `digit_3`, or `digit_3_end` at the end of a row.
    pub fn name(self) -> String {
        format!("digit_{}{}", self.digit, if self.last { "_end" } else { "" })
    }

    /// The word itself, as it is spoken.
    pub fn text(self, lang: Lang) -> &'static str {
        match lang {
            Lang::Kk => KK[usize::from(self.digit)],
            Lang::Ru => RU[usize::from(self.digit)],
        }
    }
}

/// The groups in which a row of digits is said, a pause between each; whatever is no digit is passed over.
pub fn digits(row: &str) -> Vec<Vec<Word>> {
    let values: Vec<u8> = row.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let words: Vec<Word> = values.iter().enumerate().map(|(at, &digit)| Word { digit, last: at + 1 == values.len() }).collect();
    words.chunks(GROUP).map(<[Word]>::to_vec).collect()
}

/// Every clip that [`digits`] may name, with its words: what the loader declares and the voice renders. A voice hears in the comma that more follows, in the full stop
/// that nothing does.
pub fn inventory(lang: Lang) -> Vec<(String, String)> {
    let words = (0..10).flat_map(|digit| [false, true].map(|last| Word { digit, last }));
    words.map(|word| (word.name(), format!("{}{}", word.text(lang), if word.last { '.' } else { ',' }))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../../tests/tables/digits.tsv");

    fn said(row: &str, lang: Lang, between: &str) -> String {
        let groups = digits(row);
        let groups: Vec<String> =
            groups.iter().map(|group| group.iter().map(|word| word.text(lang)).collect::<Vec<_>>().join(" ")).collect();
        groups.join(between)
    }

    #[test]
    fn rows_are_said_as_the_table_says() {
        let rows: Vec<Vec<&str>> = TABLE.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert_eq!(rows.len(), 8);
        for row in rows {
            let lang = if row[0] == "kk" { Lang::Kk } else { Lang::Ru };
            let between = if row[1] == "iin" { ", " } else { " " };
            assert_eq!(said(row[2], lang, between), row[3], "{row:?}");
        }
    }

    #[test]
    fn only_the_last_of_a_row_falls() {
        let names: Vec<Vec<String>> = digits("1234").into_iter().map(|group| group.into_iter().map(Word::name).collect()).collect();
        assert_eq!(names, [vec!["digit_1", "digit_2", "digit_3"], vec!["digit_4_end"]]);
        assert!(digits("").is_empty());
    }

    #[test]
    fn every_word_is_in_the_inventory_once() {
        for lang in Lang::ALL {
            let names: Vec<String> = inventory(lang).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 20);
            assert!(digits("0123456789").into_iter().flatten().all(|word| names.contains(&word.name())));
        }
    }

    #[test]
    fn a_clip_of_a_digit_is_made_from_words_that_say_whether_more_follows() {
        let text = |lang, name: &str| inventory(lang).into_iter().find(|(other, _)| other == name).unwrap().1;
        assert_eq!(["digit_3", "digit_3_end"].map(|name| text(Lang::Kk, name)), ["үш,", "үш."]);
        assert_eq!(["digit_3", "digit_3_end"].map(|name| text(Lang::Ru, name)), ["три,", "три."]);
    }
}
