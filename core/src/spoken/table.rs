//! Tables of values and how they are said: what a language editor writes to check the robot's grammar.
//!
//! Tab-separated, with a header that names the columns `id`, `lang`, `direction`, `kind`, `input` and `expected`, in any order, others beside them. Reads text, opens no file.

use thiserror::Error;

use super::kazakh::{self, POSTPOSITIONS};
use super::money::Money;
use super::phrase::Phrase;
use super::russian::adjective::Adjective;
use super::russian::noun::{declined, of_plural};
use super::russian::{Case, Gender, gender_of};
use super::say::{self, Inflection, NUMBER_MAX, Year};
use crate::calendar::{Date, Time};
use crate::citizen::Phone;
use crate::lang::Lang;

/// The longest table, in bytes.
pub const TABLE_BYTES_MAX: usize = 4 << 20;

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What people call it.
    pub id: String,
    /// The language.
    pub lang: Lang,
    /// Whether the value is said or understood.
    pub direction: Direction,
    /// What kind of value it is, and in which form: `cardinal`, `genitive:до N минут`.
    pub kind: String,
    /// The value, or what a caller said.
    pub input: String,
    /// What must come of it.
    pub expected: String,
}

/// Which way a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From a value to words.
    Say,
    /// From words to a value.
    Parse,
}

/// Why a text is no table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// It is longer than [`TABLE_BYTES_MAX`].
    #[error("the table has {bytes} bytes, more than {TABLE_BYTES_MAX}: split it")]
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// It has no line but comments.
    #[error("expected a line that names the columns: id, lang, direction, kind, input, expected")]
    Empty,
    /// A column is missing.
    #[error("line {line}: expected a column `{column}`, found the columns {found}")]
    Column {
        /// The line of the header, from 1.
        line: usize,
        /// What is missing.
        column: &'static str,
        /// What is there.
        found: String,
    },
    /// A line ends before its last column.
    #[error("line {line}: expected a `{column}` here, the line has {cells} columns: separate them with tabs")]
    Short {
        /// The line, from 1.
        line: usize,
        /// What is missing.
        column: &'static str,
        /// How many columns it has.
        cells: usize,
    },
    /// A column holds what it cannot.
    #[error("line {line}: expected {expected} in `{column}`, found `{came}`")]
    Cell {
        /// The line, from 1.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What it may hold.
        expected: &'static str,
        /// What it holds.
        came: String,
    },
}

/// Why a row has no words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsaid {
    /// The kind is none of those that this version says.
    #[error("the kind `{kind}` is not known in `{lang}`")]
    Kind {
        /// The kind as the table has it.
        kind: String,
        /// The language.
        lang: Lang,
    },
    /// The input is no value of the kind.
    #[error("expected {expected}, found `{came}`")]
    Input {
        /// What the kind takes.
        expected: &'static str,
        /// The input.
        came: String,
    },
}

/// Reads a table; lines that begin with `#` and empty ones are passed over.
///
/// # Errors
/// At the first line that cannot be understood.
pub fn read(text: &str) -> Result<Vec<Row>, TableError> {
    if text.len() > TABLE_BYTES_MAX {
        return Err(TableError::TooLong { bytes: text.len() });
    }
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let mut lines = lines.map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let (line, header) = lines.next().ok_or(TableError::Empty)?;
    let header = Header::read(line, header)?;
    lines.map(|(line, text)| header.row(line, text)).collect()
}

/// Which column stands where.
struct Header([(&'static str, usize); 6]);

impl Header {
    fn read(line: usize, text: &str) -> Result<Self, TableError> {
        let names: Vec<&str> = text.split('\t').map(str::trim).collect();
        let place = |column: &'static str| match names.iter().position(|name| *name == column) {
            Some(at) => Ok((column, at)),
            None => Err(TableError::Column { line, column, found: names.join(", ") }),
        };
        Ok(Self([place("id")?, place("lang")?, place("direction")?, place("kind")?, place("input")?, place("expected")?]))
    }

    fn row(&self, line: usize, text: &str) -> Result<Row, TableError> {
        let cells: Vec<&str> = text.split('\t').map(str::trim).collect();
        let cell = |(column, at): (&'static str, usize)| {
            cells.get(at).map(|cell| (*cell).to_owned()).ok_or(TableError::Short { line, column, cells: cells.len() })
        };
        let [id, lang, direction, kind, input, expected] = self.0.map(cell);
        let wrong = |column, expected, came: String| TableError::Cell { line, column, expected, came };
        let lang = lang?;
        let lang = Lang::ALL.into_iter().find(|known| known.code() == lang).ok_or_else(|| wrong("lang", "kk or ru", lang))?;
        let direction = match direction?.as_str() {
            "say" => Direction::Say,
            "parse" => Direction::Parse,
            other => return Err(wrong("direction", "say or parse", other.to_owned())),
        };
        Ok(Row { id: id?, lang, direction, kind: kind?, input: input?, expected: expected? })
    }
}

/// What the robot says for a kind of value in a language.
///
/// # Errors
/// When the kind is not known, or the input is no value of it.
pub fn said(lang: Lang, kind: &str, input: &str) -> Result<Phrase, Unsaid> {
    let unknown = || Unsaid::Kind { kind: kind.to_owned(), lang };
    if let Some((head, rest)) = kind.split_once(':') {
        let rest = rest.trim();
        return match head.trim() {
            "count" => counted(lang, rest, whole(input)?),
            head => in_template(form(lang, &[head]).ok_or_else(unknown)?, rest, whole(input)?),
        };
    }
    let words: Vec<&str> = kind.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let (head, modifiers) = words.split_first().ok_or_else(unknown)?;
    let plain = |phrase: Phrase| if modifiers.is_empty() { Ok(phrase) } else { Err(unknown()) };
    let inflected = || form(lang, modifiers).ok_or_else(unknown);
    match *head {
        "cardinal" => Ok(say::cardinal(whole(input)?, inflected()?)),
        "ordinal" => Ok(say::ordinal(whole(input)?, inflected()?)),
        "year" => Ok(say::year(whole(input)?, inflected()?)),
        "digits" => plain(say::digits(lang, row(input)?)),
        "iin" => Ok(say::grouped_digits(lang, row(input)?)),
        "phone" => plain(say::phone(lang, &Phone::parse(input).map_err(|_| wrong("a telephone number, as +77012340506", input))?)),
        "percent" => plain(say::percent(lang, whole(input.trim_end_matches('%').trim_end())?)),
        "money" => plain(say::money(lang, Money::parse(input).ok_or_else(|| wrong("a sum, as 17300 KZT or 17300.50 KZT", input))?)),
        "duration" => plain(say::duration(lang, whole(input)?)),
        "date" => dated(lang, modifiers, day(input)?).ok_or_else(unknown),
        "weekday" => on_weekday(lang, modifiers, day(input)?).ok_or_else(unknown),
        "time" if matches!(modifiers, [] | ["at"]) => Ok(say::time(lang, time(input)?)),
        "range" => plain(hours(lang, input)?),
        _ => Ok(say::cardinal(whole(input)?, form(lang, &words).ok_or_else(unknown)?)), // a case alone
    }
}

/// The form that words name: a case of the language, and in Russian a gender. Each at most once.
fn form(lang: Lang, words: &[&str]) -> Option<Inflection> {
    if words.len() > 2 {
        return None;
    }
    let mut form = Inflection::plain(lang);
    for word in words {
        form = match form {
            Inflection::Kk(_) => Inflection::Kk(kazakh::Case::ALL.into_iter().find(|case| case.name() == *word)?),
            Inflection::Ru(case, gender) => match Gender::ALL.into_iter().find(|gender| named(*gender, word)) {
                Some(gender) => Inflection::Ru(case, gender),
                None => Inflection::Ru(Case::ALL.into_iter().find(|case| case.name() == *word)?, gender),
            },
        };
    }
    Some(form)
}

fn named(gender: Gender, word: &str) -> bool {
    let long = match gender {
        Gender::Masculine => "masculine",
        Gender::Feminine => "feminine",
        Gender::Neuter => "neuter",
    };
    word == gender.name() || word == long
}

fn dated(lang: Lang, modifiers: &[&str], day: Date) -> Option<Phrase> {
    let (year, rest) = with_year(modifiers);
    let form = if rest.is_empty() { say::when(lang) } else { form(lang, &rest)? };
    Some(say::date(day, year, form))
}

fn on_weekday(lang: Lang, modifiers: &[&str], day: Date) -> Option<Phrase> {
    match with_year(modifiers) {
        (Year::Unsaid, rest) if rest.is_empty() => Some(say::weekday(lang, day)),
        (year, rest) if rest == ["date"] => Some(say::weekday_date(lang, day, year)),
        (_, _) => None,
    }
}

fn with_year<'a>(modifiers: &[&'a str]) -> (Year, Vec<&'a str>) {
    let rest: Vec<&str> = modifiers.iter().copied().filter(|word| *word != "year").collect();
    (if rest.len() < modifiers.len() { Year::Said } else { Year::Unsaid }, rest)
}

/// `заявка(f)`, `рабочий день(m)`; the gender may be left out. A Kazakh noun is any text.
fn counted(lang: Lang, noun: &str, number: u64) -> Result<Phrase, Unsaid> {
    let (noun, gender) = match noun.strip_suffix(')').and_then(|noun| noun.rsplit_once('(')) {
        Some((noun, gender)) => (noun.trim(), Some(gender.trim())),
        None => (noun, None),
    };
    if !noun.chars().any(char::is_alphabetic) {
        return Err(wrong("a noun, as count:заявка(f)", noun));
    }
    if lang == Lang::Kk {
        return Ok(say::counted_kk(number, noun));
    }
    let (adjectives, noun) = noun.rsplit_once(' ').unwrap_or(("", noun));
    let adjectives: Vec<Adjective> = adjectives.split_whitespace().map(Adjective::of).collect();
    let gender = match gender {
        Some(word) => Gender::ALL.into_iter().find(|gender| named(*gender, word)).ok_or_else(|| wrong("a gender: m, f or n", word))?,
        None => gender_of(noun).unwrap_or(Gender::Masculine),
    };
    Ok(say::counted_ru(number, Case::Nominative, &adjectives, &declined(noun, gender)))
}

/// What stands for the number in a template.
const PLACEHOLDER: &str = "N";

/// A template with the number in its place, and what follows it in the form that the number asks for.
fn in_template(form: Inflection, template: &str, number: u64) -> Result<Phrase, Unsaid> {
    let words: Vec<&str> = template.split_whitespace().collect();
    let stands = |word: &&str| word.split('-').next() == Some(PLACEHOLDER);
    let place = words.iter().position(stands).ok_or_else(|| wrong("a template with N in the place of the number", template))?;
    let has_ending = words[place] != PLACEHOLDER;
    let before = Phrase::of(words[..place].iter().map(|word| (*word).to_owned()));
    let after: Vec<&str> = words[place + 1..].to_vec();
    Ok(before.then(match form {
        Inflection::Kk(case) => after_number_kk(number, case, has_ending, &after),
        Inflection::Ru(case, gender) => after_number_ru(number, case, gender, &after),
    }))
}

/// A Kazakh noun has the ending itself, as the template writes it; without one, or in `N-ға`, the number has it.
fn after_number_kk(number: u64, case: kazakh::Case, has_ending: bool, after: &[&str]) -> Phrase {
    let alone = has_ending || after.first().is_none_or(|word| POSTPOSITIONS.contains(word));
    let case = if alone { case } else { kazakh::Case::Nominative };
    say::cardinal(number, Inflection::Kk(case)).then(as_written(after))
}

/// The noun after the number, with the adjectives before it, follows the number; words after it stay.
fn after_number_ru(number: u64, case: Case, gender: Gender, after: &[&str]) -> Phrase {
    let mut adjectives = Vec::new();
    for (at, word) in after.iter().enumerate() {
        if let Some(adjective) = Adjective::of_plural(word).filter(|_| at + 1 < after.len()) {
            adjectives.push(adjective);
            continue;
        }
        let Some(noun) = of_plural(word, case) else { break };
        return say::counted_ru(number, case, &adjectives, &noun).then(as_written(&after[at + 1..]));
    }
    say::cardinal(number, Inflection::Ru(case, gender)).then(as_written(after))
}

fn as_written(words: &[&str]) -> Phrase {
    Phrase::of(words.iter().map(|word| (*word).to_owned()))
}

fn hours(lang: Lang, input: &str) -> Result<Phrase, Unsaid> {
    let (from, to) = input.split_once(['-', '–']).ok_or_else(|| wrong("two times, as 09:00-18:00", input))?;
    Ok(say::range(lang, time(from.trim())?, time(to.trim())?))
}

fn wrong(expected: &'static str, came: &str) -> Unsaid {
    Unsaid::Input { expected, came: came.to_owned() }
}

fn whole(input: &str) -> Result<u64, Unsaid> {
    let digits = input.bytes().all(|b| b.is_ascii_digit());
    let number = input.parse().ok().filter(|number| digits && *number <= NUMBER_MAX);
    number.ok_or_else(|| wrong("a whole number of at most twelve digits", input))
}

fn row(input: &str) -> Result<&str, Unsaid> {
    let fits = !input.is_empty() && input.len() <= 64 && input.bytes().any(|b| b.is_ascii_digit());
    let digits = input.bytes().all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-'));
    (fits && digits).then_some(input).ok_or_else(|| wrong("digits, at most 64", input))
}

fn day(input: &str) -> Result<Date, Unsaid> {
    Date::parse(input).map_err(|_| wrong("a day that exists, as 2026-11-24", input))
}

fn time(input: &str) -> Result<Time, Unsaid> {
    Time::parse(input).map_err(|_| wrong("a time, as 09:15", input))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: [&str; 2] = [include_str!("../../../tests/tables/numbers.tsv"), include_str!("../../../tests/tables/dates.tsv")];

    fn told(lang: Lang, kind: &str, input: &str) -> String {
        said(lang, kind, input).map_or_else(|why| why.to_string(), |phrase| phrase.text())
    }

    #[test]
    fn values_are_said_as_the_tables_say() {
        let rows: Vec<Row> = TABLES.iter().flat_map(|table| read(table).unwrap()).filter(|row| row.direction == Direction::Say).collect();
        assert_eq!(rows.len(), 262);
        let wrong: Vec<String> = rows
            .iter()
            .map(|row| (row, told(row.lang, &row.kind, &row.input)))
            .filter(|(row, told)| *told != row.expected)
            .map(|(row, told)| format!("{} {} {}: {} not {told}", row.id, row.kind, row.input, row.expected))
            .collect();
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn kinds_beyond_the_tables_follow_the_same_rules() {
        for (lang, kind, input, expected) in [
            (Lang::Ru, "genitive:в течение N рабочих дней", "1", "в течение одного рабочего дня"),
            (Lang::Ru, "genitive:в течение N рабочих дней", "15", "в течение пятнадцати рабочих дней"),
            (Lang::Ru, "genitive:старше N лет", "21", "старше двадцати одного года"),
            (Lang::Ru, "genitive:не более N заявлений в день", "2", "не более двух заявлений в день"),
            (Lang::Ru, "accusative:через N минут", "1", "через одну минуту"),
            (Lang::Ru, "accusative:через N часов", "22", "через двадцать два часа"),
            (Lang::Ru, "dative:к N часам", "1", "к одному часу"),
            (Lang::Ru, "dative:по N заявкам", "3", "по трём заявкам"),
            (Lang::Ru, "instrumental:с N документами", "21", "с двадцатью одним документом"),
            (Lang::Ru, "prepositional:в N окнах", "4", "в четырёх окнах"),
            (Lang::Ru, "dative", "40", "сорока"),
            (Lang::Ru, "genitive (f)", "1", "одной"),
            (Lang::Ru, "ordinal (genitive, f)", "23", "двадцать третьей"),
            (Lang::Ru, "count:рабочий день(m)", "2", "два рабочих дня"),
            (Lang::Ru, "count:новое обращение(n)", "1", "одно новое обращение"),
            (Lang::Ru, "count:справка", "2", "две справки"),
            (Lang::Ru, "money", "102.02 KZT", "сто два тенге два тиына"),
            (Lang::Ru, "money", "0.21 KZT", "двадцать один тиын"),
            (Lang::Ru, "percent", "101%", "сто один процент"),
            (Lang::Ru, "time (at)", "00:00", "в ноль часов"),
            (Lang::Ru, "time (at)", "01:02", "в один час две минуты"),
            (Lang::Ru, "range", "14:30-15:00", "с четырнадцати часов тридцати минут до пятнадцати часов"),
            (Lang::Ru, "date dative", "2027-03-08", "восьмому марта"),
            (Lang::Ru, "date+year", "2000-01-01", "первого января двухтысячного года"),
            (Lang::Ru, "weekday", "2026-11-24", "во вторник"),
            (Lang::Ru, "year genitive", "2026", "две тысячи двадцать шестого года"),
            (Lang::Ru, "year prepositional", "2027", "две тысячи двадцать седьмом году"),
            (Lang::Ru, "duration", "61", "один час одну минуту"),
            (Lang::Ru, "phone", "8 700 007 00 10", "плюс семь, семьсот, ноль ноль семь, ноль ноль, десять"),
            (Lang::Kk, "ablative:N минуттан кейін", "40", "қырық минуттан кейін"),
            (Lang::Kk, "dative:N дейін", "18", "он сегізге дейін"),
            (Lang::Kk, "ablative:N-нан бастап", "40", "қырықтан бастап"),
            (Lang::Kk, "instrumental", "1000", "бір мыңмен"),
            (Lang::Kk, "money", "5.05 KZT", "бес теңге бес тиын"),
            (Lang::Kk, "time (at)", "00:20", "сағат нөл жиырмада"),
            (Lang::Kk, "range", "09:00-18:00", "сағат тоғыздан он сегізге дейін"),
            (Lang::Kk, "date dative", "2026-12-01", "бірінші желтоқсанға"),
            (Lang::Kk, "year locative", "2027", "екі мың жиырма жетінші жылда"),
            (Lang::Kk, "duration", "90", "бір сағат отыз минут"),
        ] {
            assert_eq!(told(lang, kind, input), expected, "{kind} {input}");
        }
    }

    #[test]
    fn what_is_not_known_is_said_to_be_so() {
        for (lang, kind, input, why) in [
            (Lang::Kk, "song", "1", "the kind `song` is not known in `kk`"),
            (Lang::Kk, "", "1", "the kind `` is not known in `kk`"),
            (Lang::Kk, "prepositional", "1", "is not known"),
            (Lang::Ru, "locative:в N окнах", "1", "is not known"),
            (Lang::Kk, "cardinal (f)", "1", "is not known"),
            (Lang::Ru, "date+time", "2026-12-01", "is not known"),
            (Lang::Ru, "genitive:до минут", "1", "expected a template with N"),
            (Lang::Ru, "count:", "1", "expected a noun"),
            (Lang::Ru, "count:заявка(x)", "1", "expected a gender"),
            (Lang::Ru, "cardinal", "-5", "expected a whole number"),
            (Lang::Ru, "cardinal", "1000000000000", "expected a whole number"),
            (Lang::Ru, "date", "2026-02-30", "expected a day that exists"),
            (Lang::Ru, "time (at)", "24:00", "expected a time"),
            (Lang::Ru, "range", "09:00", "expected two times"),
            (Lang::Ru, "money", "5 USD", "expected a sum"),
            (Lang::Ru, "phone", "1414", "expected a telephone number"),
            (Lang::Ru, "percent", "2.5%", "expected a whole number"),
            (Lang::Ru, "digits", "12a", "expected digits"),
        ] {
            let told = told(lang, kind, input);
            assert!(told.contains(why), "{kind} {input}: {told}");
        }
    }
}
