//! What callers say when they answer or order, in whole sentences: `sentence.tsv` beside this file, for a recogniser. The patterns of this room understand each, and a test holds that.

use super::super::graph::Sentence;
use super::answer::Answer;
use crate::lang::Lang;

const TABLE: &str = include_str!("sentence.tsv");

/// Answers of yes, no and neither.
pub(in crate::grammar) fn answers() -> impl Iterator<Item = Sentence> {
    rows().filter(|(meaning, _)| is_answer(meaning)).map(|(_, sentence)| sentence)
}

/// Commands.
pub(in crate::grammar) fn orders() -> impl Iterator<Item = Sentence> {
    rows().filter(|(meaning, _)| !is_answer(meaning)).map(|(_, sentence)| sentence)
}

fn is_answer(meaning: &str) -> bool {
    [Answer::Yes, Answer::No, Answer::Unsure].iter().any(|answer| answer.name() == meaning)
}

/// What each sentence means, by its name.
fn rows() -> impl Iterator<Item = (&'static str, Sentence)> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).flat_map(|(meaning, cells)| {
        let sentences = cells.split('\t').zip(Lang::ALL).flat_map(|(cell, lang)| cell.split('|').map(move |sentence| (lang, sentence)));
        sentences.filter(|(_, sentence)| !sentence.is_empty()).map(move |(lang, sentence)| (meaning, (Some(lang), sentence.to_owned())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_understood_as_what_its_row_says() {
        let wrong: Vec<String> = rows()
            .filter_map(|(meaning, (lang, sentence))| {
                let came = super::super::row(lang.unwrap(), &sentence).unwrap();
                (came != meaning).then(|| format!("{sentence}: {meaning} not {came}"))
            })
            .collect();
        assert_eq!(wrong, [""; 0]);
        assert!(answers().count() > 40 && orders().count() > 100);
    }
}
