//! Values as the file of a talk writes them.

use dauys_core::calendar::{Date, Time};
use dauys_core::citizen::{ApplicationNumber, Iin, Phone};
use dauys_core::flow::graph::{Program, Type, Value};
use dauys_core::grammar::place::place;
use dauys_core::spoken::Money;
use dauys_core::utterance::MessageId;

/// A value of a type, as it is written. An item must stand in its list.
pub(super) fn read(text: &str, ty: &Type, program: &Program) -> Option<Value> {
    match ty {
        Type::Iin => Iin::parse(text).ok().map(Value::Iin),
        Type::Application => ApplicationNumber::parse(text).ok().map(Value::Application),
        Type::Digits => text.bytes().all(|b| b.is_ascii_digit()).then(|| Value::Digits(text.to_owned())),
        Type::Count => text.parse().ok().map(Value::Count),
        Type::Flag => matches!(text, "yes" | "no").then(|| Value::Flag(text == "yes")),
        Type::Item { list } => program.lexicon.get(list)?.contains_key(text).then(|| Value::Item(text.to_owned())),
        Type::Date => Date::parse(text).ok().map(Value::Date),
        Type::Time => Time::parse(text).ok().map(Value::Time),
        Type::Money => Money::parse(text).map(Value::Money),
        Type::Phone => Phone::parse(text).ok().map(Value::Phone),
        Type::Message => text.parse().ok().map(|number| Value::Message(MessageId(number))),
        Type::List { .. } => None, // more than a line can say
        Type::Place => place(text).map(|place| Value::Place(place.id.to_owned())),
    }
}

/// A value as it would be written.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Iin(iin) => iin.digits().to_owned(),
        Value::Application(number) => number.digits().to_owned(),
        Value::Phone(phone) => phone.e164().to_owned(),
        Value::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Value::Count(count) => count.to_string(),
        Value::Digits(text) | Value::Item(text) | Value::Place(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Money(money) => money.to_string(),
        Value::Message(message) => message.0.to_string(),
        Value::List(items) => format!("{} items", items.len()),
    }
}
