//! From an answer to an outcome: the first rule that fits says which, and where its fields come from. What no rule takes, or what lacks a field, is no answer.

use std::collections::BTreeMap;

use dauys_core::calendar::{Date, Time};
use dauys_core::citizen::{ApplicationNumber, Iin, Phone};
use dauys_core::flow::graph::{Type, Value};
use dauys_core::grammar::place;
use dauys_core::spoken::Money;

use super::document::{Document, Kind, Node, Path};

/// The most digits of a value.
const DIGITS_MAX: usize = 64;

/// What answers mean.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// What bodies are.
    pub(super) kind: Kind,
    /// The first that fits counts.
    pub(super) rules: Vec<Rule>,
}

/// What an answer means.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// `None`: any from 200 to 299.
    pub(super) status: Option<u16>,
    /// A place that must be there, and the text that must be there.
    pub(super) at: Option<(Path, Option<String>)>,
    pub(super) means: Means,
}

/// What the answers of a rule mean.
#[derive(Clone, Debug)]
pub(super) enum Means {
    Outcome {
        name: String,
        fields: BTreeMap<String, Source>,
    },
    /// Surely not done.
    Unavailable,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Constant(Value),
    Value { path: Path, ty: Type, table: Option<BTreeMap<String, String>> },
    List { path: Path, most: usize, fields: BTreeMap<String, Source> },
}

/// What an answer came to; rules count from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    Outcome {
        rule: usize,
        name: String,
        fields: BTreeMap<String, Value>,
    },
    Unavailable {
        rule: usize,
    },
    /// It is not what it should be.
    Garbage(Garbage),
    NoRule,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Garbage {
    /// The body is no such document.
    Document(Kind),
    /// A rule fits, and its field is not there or is not of its type.
    Field { rule: usize, field: String },
}

impl Rules {
    pub(super) fn judge(&self, status: u16, body: &[u8]) -> Verdict {
        let document = Document::parse(self.kind, body);
        for (at, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.takes(status)) {
            match (&rule.at, &document) {
                (Some(_), None) => return Verdict::Garbage(Garbage::Document(self.kind)),
                (Some((path, text)), Some(document)) if !is_there(document.root(), path, text.as_deref()) => {}
                (_, document) => return rule.verdict(at + 1, document.as_ref(), self.kind),
            }
        }
        Verdict::NoRule
    }
}

fn is_there(root: Node<'_>, path: &Path, text: Option<&str>) -> bool {
    match text {
        Some(text) => root.text(path).is_some_and(|found| found == text),
        None => root.has(path),
    }
}

impl Rule {
    fn takes(&self, status: u16) -> bool {
        self.status.map_or((200..300).contains(&status), |wanted| wanted == status)
    }

    fn verdict(&self, rule: usize, document: Option<&Document<'_>>, kind: Kind) -> Verdict {
        let Means::Outcome { name, fields } = &self.means else { return Verdict::Unavailable { rule } };
        let mut found = BTreeMap::new();
        for (field, source) in fields {
            let value = match (source, document) {
                (Source::Constant(value), _) => Some(value.clone()),
                (_, Some(document)) => source.read(document.root()),
                (_, None) => return Verdict::Garbage(Garbage::Document(kind)),
            };
            let Some(value) = value else { return Verdict::Garbage(Garbage::Field { rule, field: field.clone() }) };
            found.insert(field.clone(), value);
        }
        Verdict::Outcome { rule, name: name.clone(), fields: found }
    }
}

impl Source {
    fn read(&self, from: Node<'_>) -> Option<Value> {
        match self {
            Self::Constant(value) => Some(value.clone()),
            Self::Value { path, ty, table: None } => value(&from.text(path)?, ty),
            Self::Value { path, ty, table: Some(table) } => value(table.get(&from.text(path)?)?, ty),
            Self::List { path, most, fields } => {
                let items = from.list(path)?.into_iter().take(*most);
                let item =
                    |node: Node<'_>| fields.iter().map(|(field, source)| Some((field.clone(), source.read(node)?))).collect::<Option<_>>();
                items.map(item).collect::<Option<_>>().map(Value::List)
            }
        }
    }
}

/// A text as a value; `None` where it is none of that type. Whether an item is in its list is the contract's to know.
pub fn value(text: &str, ty: &Type) -> Option<Value> {
    match ty {
        Type::Iin => Iin::parse(text).ok().map(Value::Iin),
        Type::Application => ApplicationNumber::parse(text).ok().map(Value::Application),
        Type::Digits => is_digits(text).then(|| Value::Digits(text.to_owned())),
        Type::Count => is_digits(text).then(|| text.parse().ok()).flatten().map(Value::Count),
        Type::Flag => flag(text).map(Value::Flag),
        Type::Item { .. } => (!text.is_empty()).then(|| Value::Item(text.to_owned())),
        Type::Date => date(text).map(Value::Date),
        Type::Time => Time::parse(text).or_else(|why| text.strip_suffix(":00").map_or(Err(why), Time::parse)).ok().map(Value::Time),
        Type::Money => Money::parse(text).map(Value::Money),
        Type::Phone => Phone::parse(text).ok().map(Value::Phone),
        Type::Place => place::place(text).map(|_| Value::Place(text.to_owned())),
        Type::List { .. } | Type::Message => None, // what a caller has spoken no service answers with
    }
}

fn is_digits(text: &str) -> bool {
    (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// `2026-11-24`, or `24.11.2026` as it is written here.
fn date(text: &str) -> Option<Date> {
    let turned = || match text.split('.').collect::<Vec<_>>()[..] {
        [day, month, year] => Date::parse(&format!("{year}-{month}-{day}")).ok(),
        _ => None,
    };
    Date::parse(text).ok().or_else(turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_value_of_its_type_or_none() {
        let item = Type::Item { list: "documents".to_owned() };
        let date = |text| Value::Date(Date::parse(text).unwrap());
        let time = |text| Value::Time(Time::parse(text).unwrap());
        let good = [
            ("850412100429", Type::Iin, Value::Iin(Iin::parse("850412100429").unwrap())),
            ("002512345678", Type::Application, Value::Application(ApplicationNumber::parse("002512345678").unwrap())),
            ("0042", Type::Digits, Value::Digits("0042".to_owned())),
            ("42", Type::Count, Value::Count(42)),
            ("true", Type::Flag, Value::Flag(true)),
            ("0", Type::Flag, Value::Flag(false)),
            ("passport", item.clone(), Value::Item("passport".to_owned())),
            ("2026-11-24", Type::Date, date("2026-11-24")),
            ("24.11.2026", Type::Date, date("2026-11-24")),
            ("09:15", Type::Time, time("09:15")),
            ("09:15:00", Type::Time, time("09:15")),
            ("17300.50", Type::Money, Value::Money(Money::parse("17300.50").unwrap())),
            ("8 701 234 05 06", Type::Phone, Value::Phone(Phone::parse("+77012340506").unwrap())),
        ];
        for (text, ty, expected) in good {
            assert_eq!(value(text, &ty), Some(expected), "{text}");
        }
        let bad = [
            ("850412100428", Type::Iin),
            ("12", Type::Application),
            ("", Type::Digits),
            ("1a", Type::Digits),
            ("-1", Type::Count),
            ("+1", Type::Count),
            ("4294967296", Type::Count),
            ("1.0", Type::Count),
            ("yes", Type::Flag),
            ("", item),
            ("2026-02-30", Type::Date),
            ("2026-11-24T00:00:00Z", Type::Date),
            ("09:15:30", Type::Time),
            ("24:00", Type::Time),
            ("1e9", Type::Money),
            ("112", Type::Phone),
            ("atlantis", Type::Place),
        ];
        for (text, ty) in bad {
            assert_eq!(value(text, &ty), None, "{text}");
        }
    }
}
