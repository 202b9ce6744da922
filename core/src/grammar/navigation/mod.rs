//! Yes and no, and the commands that hold everywhere: operator, repeat, back …
//!
//! Both are read in Kazakh and Russian at once and mixed, whatever the language of the call. What an answer and a command both fit (`да, соедините с оператором`) is not decided here: it hangs on the question, which the interpreter knows.

mod answer;
mod command;
mod pattern;
mod sentence;

pub use answer::{Answer, yes_no};
pub use command::{Command, command};
pub(super) use pattern::plain;
pub(super) use sentence::{answers, orders};

use super::words;
use crate::lang::Lang;

/// What a row of a table means. An answer wins over "wait", which people put between two answers; any other command wins over an answer.
pub(super) fn row(lang: Lang, input: &str) -> Option<String> {
    let words = words(input);
    let spelt = match (yes_no(&words), command(&words, lang)) {
        (Some(answer), None | Some(Command::Wait)) => answer.name(),
        (_, Some(command)) => command.name(),
        (None, None) => "topic_not_no",
    };
    Some(spelt.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../../../tests/tables/yesno_nav.tsv");
    const DEV: &str = include_str!("../../../../tests/tables/navigation_dev.tsv");

    /// A table's cells under the columns named, line by line.
    pub(super) fn cells<const N: usize>(table: &'static str, columns: [&str; N]) -> Vec<[&'static str; N]> {
        let mut lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
        let places = columns.map(|column| header.iter().position(|name| *name == column).unwrap());
        lines.map(|line| places.map(|at| line.split('\t').nth(at).unwrap())).collect()
    }

    pub(super) fn lang_of(code: &str) -> Lang {
        Lang::ALL.into_iter().find(|lang| lang.code() == code).unwrap()
    }

    #[test]
    fn answers_and_commands_are_what_the_table_says() {
        let rows = cells(TABLE, ["id", "call_lang", "input", "expected"]);
        assert_eq!(rows.len(), 209);
        let wrong: Vec<String> = rows
            .into_iter()
            .map(|[id, lang, input, expected]| (id, input, expected, row(lang_of(lang), input).unwrap()))
            .filter(|(_, _, expected, came)| came != expected)
            .map(|(id, input, expected, came)| format!("{id} {input}: {expected} not {came}"))
            .collect();
        assert_eq!(wrong, [""; 0]);
    }
    #[test]
    fn short_and_natural_lines_are_what_they_mean() {
        let rows = cells(DEV, ["lang", "input", "expected"]);
        assert_eq!(rows.len(), 219);
        let wrong: Vec<String> = rows
            .into_iter()
            .map(|[lang, input, expected]| (input, expected, row(lang_of(lang), input).unwrap()))
            .filter(|(_, expected, came)| came != expected)
            .map(|(input, expected, came)| format!("{input}: {expected} not {came}"))
            .collect();
        assert_eq!(wrong, [""; 0]);
    }
}
