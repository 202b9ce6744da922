//! False words: what an event log holds instead of numbers that a caller said.
//!
//! The words of a row are replaced by those of a false row, in the same groups and the same language, so that what was ambiguous stays ambiguous and what was wrong stays wrong.

use std::ops::Range;

use super::number::{WrittenDown, written_down};
use super::{Context, Grammar, Lists, Value, readings, said, words};
use crate::lang::Lang;
use crate::spoken::{self, Inflection};

/// So many digits name somebody, also where nobody asked for any.
const DIGITS_MAX: usize = 5;

/// What is listened for, and from where it is seen.
#[derive(Clone, Debug)]
pub struct Listened {
    /// The grammars of the open question; none where it has only choices, or nothing is asked.
    pub grammars: Vec<Grammar>,
    /// What a day or an hour is seen from.
    pub context: Context,
}

impl Listened {
    fn is_private(&self) -> bool {
        self.grammars.iter().any(Grammar::is_private)
    }

    fn private(&self) -> Vec<Grammar> {
        self.grammars.iter().filter(|grammar| grammar.is_private()).cloned().collect()
    }
}

/// The text with false numbers, where it has any to hide: all of them where a private row is asked for, elsewhere only six digits or more. `false_row` makes false digits for true
/// ones, in groups of these lengths, with which these grammars do the same; where its digits are `alike`, also a row that only an unnatural reading makes one keeps its groups.
///
/// Words that answer the question and are not private (a day, a number of people) stay: the path hangs on them, and nobody is named by them.
pub fn disguised(
    text: &str,
    listened: &Listened,
    lists: &Lists,
    alike: bool,
    mut false_row: impl FnMut(&str, &[usize], &[Grammar]) -> String,
) -> Option<String> {
    let words = words(text);
    let stays = answers(&words, listened, lists);
    let mut hidden: Vec<WrittenDown> = written_down(&words);
    for stretch in stretches(&hidden) {
        let words = hidden[stretch.start].words.start..hidden[stretch.end - 1].words.end;
        if stays.iter().any(|answer| answer.start <= words.start && words.end <= answer.end) {
            hidden[stretch].iter_mut().for_each(|one| one.digits.clear());
        }
    }
    hidden.retain(|one| !one.digits.is_empty());
    let digits: usize = hidden.iter().map(|one| one.digits.len()).sum();
    if digits <= if listened.is_private() { 1 } else { DIGITS_MAX } {
        return None;
    }
    let private = listened.private();
    let mut out = words.clone();
    for mut row in rows(&words, &hidden, listened, lists) {
        row.otherwise = row.otherwise.filter(|_| !alike);
        replace(&mut out, &hidden[row.places.clone()], &row, |digits, groups| false_row(digits, groups, &private));
    }
    out.retain(|word| !word.is_empty());
    Some(out.join(" "))
}

/// The words that answer the question without naming anybody.
fn answers(words: &[String], listened: &Listened, lists: &Lists) -> Vec<Range<usize>> {
    let open = listened.grammars.iter().filter(|grammar| !grammar.is_private());
    open.flat_map(|grammar| said(words, grammar, &listened.context, lists)).map(|reading| reading.words).collect()
}

/// Numbers right after each other.
fn stretches(numbers: &[WrittenDown]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, one) in numbers.iter().enumerate() {
        match found.last_mut() {
            Some(stretch) if numbers[at - 1].words.end == one.words.start => stretch.end = at + 1,
            Some(_) | None => found.push(at..at + 1),
        }
    }
    found
}

/// A row among the numbers: its places, and its digits where a grammar reads others in it than a listener would write down (`сегіз жүз елу төрт` as 80054).
struct Row {
    places: Range<usize>,
    otherwise: Option<String>,
}

/// The numbers by the rows that they belong to; what the grammars make no row of is one by stretches.
fn rows(words: &[String], hidden: &[WrittenDown], listened: &Listened, lists: &Lists) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for grammar in listened.private() {
        for reading in said(words, &grammar, &listened.context, lists) {
            let within = |one: &WrittenDown| reading.words.start <= one.words.start && one.words.end <= reading.words.end;
            let Some(from) = hidden.iter().position(within) else { continue };
            let places = from..from + hidden[from..].iter().take_while(|one| within(one)).count();
            let fits = readings(&written(&hidden[places.clone()]), &grammar, &listened.context).is_some();
            if rows.iter().all(|row| row.places.end <= places.start || places.end <= row.places.start) {
                rows.push(Row { places, otherwise: digits_of(&reading.value).filter(|_| !fits) });
            }
        }
    }
    for stretch in stretches(hidden) {
        let free: Vec<usize> = stretch.filter(|at| rows.iter().all(|row| !row.places.contains(at))).collect();
        if let (Some(first), Some(last)) = (free.first(), free.last()) {
            rows.push(Row { places: *first..*last + 1, otherwise: None });
        }
    }
    rows
}

fn written(numbers: &[WrittenDown]) -> String {
    numbers.iter().map(|one| one.digits.as_str()).collect()
}

fn digits_of(value: &Value) -> Option<String> {
    match value {
        Value::Iin(iin) => Some(iin.digits().to_owned()),
        Value::Application(number) => Some(number.digits().to_owned()),
        Value::Digits(digits) => Some(digits.clone()),
        Value::Phone(phone) => Some(phone.e164().trim_start_matches('+').to_owned()),
        Value::Count(_)
        | Value::Flag(_)
        | Value::Item(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Money(_)
        | Value::Place(_)
        | Value::Message(_)
        | Value::List(_) => None,
    }
}

/// Puts a false row in the place of a true one: group by group, or digit by digit.
fn replace(words: &mut [String], numbers: &[WrittenDown], row: &Row, mut false_row: impl FnMut(&str, &[usize]) -> String) {
    let Some(first) = numbers.first() else { return };
    if let Some(digits) = &row.otherwise {
        let said = false_row(digits, &vec![1; digits.len()])
            .chars()
            .map(|digit| spelled(first.lang, &digit.to_string()))
            .collect::<Vec<_>>()
            .join(" ");
        numbers.iter().for_each(|one| words[one.words.clone()].iter_mut().for_each(String::clear));
        words[first.words.start] = said;
        return;
    }
    let groups: Vec<usize> = numbers.iter().map(|one| one.digits.len()).collect();
    let other = false_row(&written(numbers), &groups);
    let mut rest = other.as_str();
    for one in numbers {
        let (group, after) = rest.split_at(one.digits.len().min(rest.len()));
        rest = after;
        let said = if one.is_written { rewritten(&words[one.words.clone()].join(""), group) } else { spelled(one.lang, group) };
        words[one.words.clone()].iter_mut().for_each(String::clear);
        words[one.words.start] = said;
    }
}

/// Digits as they were written, with other digits.
fn rewritten(text: &str, digits: &str) -> String {
    let mut digits = digits.chars();
    text.chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or('0') } else { c }).collect()
}

/// A group in words: its noughts one by one, then the rest as one number.
fn spelled(lang: Lang, digits: &str) -> String {
    let number = digits.trim_start_matches('0');
    let noughts = spoken::digits(lang, &digits[..digits.len() - number.len()]).text();
    let rest = number.parse().map(|number| spoken::cardinal(number, Inflection::plain(lang)).text()).unwrap_or_default();
    format!("{noughts} {rest}").replace(',', "").trim().to_owned()
}
