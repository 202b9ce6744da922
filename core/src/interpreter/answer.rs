//! Whether a service kept its promise: an answer is taken only when the contract declares all of it.

use std::collections::BTreeMap;

use super::Answer;
use crate::flow::graph::{Contract, PromptId, Type, Value};
use crate::grammar::place;

/// The most digits a service may put into one value.
const DIGITS_MAX: usize = 64;

type Lexicon = BTreeMap<String, BTreeMap<String, PromptId>>;

/// The outcome and its fields, when the contract declares them and every declared field has come and is of its type.
pub(super) fn accepted(answer: Answer, contract: &Contract, lexicon: &Lexicon) -> Option<(String, BTreeMap<String, Value>)> {
    let Answer::Outcome { outcome, fields } = answer else { return None };
    let declared = contract.outcomes.get(&outcome)?;
    kept(&fields, declared, lexicon).then_some((outcome, fields))
}

/// Whether every declared field has come and is of its type.
fn kept(fields: &BTreeMap<String, Value>, declared: &BTreeMap<String, Type>, lexicon: &Lexicon) -> bool {
    declared.iter().all(|(field, ty)| fields.get(field).is_some_and(|value| fits(value, ty, lexicon)))
}

fn fits(value: &Value, ty: &Type, lexicon: &Lexicon) -> bool {
    match (value, ty) {
        (Value::Iin(_), Type::Iin)
        | (Value::Application(_), Type::Application)
        | (Value::Count(_), Type::Count)
        | (Value::Flag(_), Type::Flag)
        | (Value::Date(_), Type::Date)
        | (Value::Time(_), Type::Time)
        | (Value::Money(_), Type::Money)
        | (Value::Phone(_), Type::Phone) => true,
        (Value::Message(_), Type::Message) => false, // no service has spoken it
        (Value::Place(place), Type::Place) => place::place(place).is_some(),
        (Value::Digits(digits), Type::Digits) => (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()),
        (Value::List(items), Type::List { fields, most }) => {
            items.len() <= usize::from(*most) && items.iter().all(|item| kept(item, fields, lexicon) && item.len() == fields.len())
        }
        (Value::Item(item), Type::Item { list }) => lexicon.get(list).is_some_and(|items| items.contains_key(item)),
        (
            Value::Iin(_)
            | Value::Application(_)
            | Value::Digits(_)
            | Value::Count(_)
            | Value::Flag(_)
            | Value::Item(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::Money(_)
            | Value::List(_)
            | Value::Phone(_)
            | Value::Place(_)
            | Value::Message(_),
            Type::Iin
            | Type::Application
            | Type::Digits
            | Type::Count
            | Type::Flag
            | Type::Item { .. }
            | Type::Date
            | Type::Time
            | Type::Money
            | Type::List { .. }
            | Type::Phone
            | Type::Place
            | Type::Message,
        ) => false,
    }
}
