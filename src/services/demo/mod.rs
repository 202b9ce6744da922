//! The services that dauys brings along, each family a file, thin over the store. What they know is made up, and no office hears of what they take in.

mod certificates;
mod complaints;
mod documents;
mod home_visits;
mod queues;

use std::error::Error;

use dauys_core::calendar::hours::Hours;
use dauys_core::calendar::{Date, Time};
use dauys_core::citizen::{ApplicationNumber, Iin, Phone};
use dauys_core::flow::graph::Value;
use dauys_core::interpreter::Answer;
use dauys_core::utterance::MessageId;

use super::{Request, Services};
use crate::config::Messages;
use crate::store::{Deed, Store, StoreError};
use certificates::CertificateOrder;
use complaints::ComplaintCreate;
pub use documents::DocumentStatus;
use home_visits::HomeVisitCreate;
use queues::Queues;

/// All of them.
pub(super) fn all(store: &Store, hours: &Hours, messages: &Messages) -> Services {
    let services = Services::default()
        .with(DocumentStatus::NAME, DocumentStatus::new(store.clone()))
        .with(CertificateOrder::NAME, CertificateOrder::new(store.clone(), messages.clone()))
        .with(ComplaintCreate::NAME, ComplaintCreate::new(store.clone()))
        .with(HomeVisitCreate::NAME, HomeVisitCreate::new(store.clone()));
    Queues::new(store.clone(), hours.clone()).served_by(services)
}

/// Whether it has this service.
pub fn has(name: &str) -> bool {
    let own = [DocumentStatus::NAME, CertificateOrder::NAME, ComplaintCreate::NAME, HomeVisitCreate::NAME];
    own.contains(&name) || Queues::has(name)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The contract asks with this field.
    #[error("asked without `{0}`")]
    Lacks(&'static str),
}

/// What the call gets: an answer; else that nothing was done, or that nobody knows, where a commit may have gone through.
fn answer(service: &str, said: Result<Answer, Failed>) -> Answer {
    let (failed, answer) = match said {
        Ok(answer) => return answer,
        Err(failed @ Failed::Store(StoreError::Unsure)) => (failed, Answer::Unknown),
        Err(failed) => (failed, Answer::Unavailable),
    };
    tracing::warn!(service, error = &failed as &dyn Error, "the demo failed");
    answer
}

fn outcome<const N: usize>(name: &str, fields: [(&str, Value); N]) -> Answer {
    Answer::Outcome { outcome: name.to_owned(), fields: fields.map(|(name, value)| (name.to_owned(), value)).into() }
}

/// What a deed came to, as the contracts say it.
fn done(deed: Deed) -> Answer {
    match deed {
        Deed::Held { hold } => outcome("held", [("ref", Value::Digits(hold))]),
        Deed::Taken => outcome("taken", []),
        Deed::Released => outcome("released", []),
        Deed::Booked { number } => outcome("booked", [("number", Value::Digits(number))]),
        Deed::Already { number: _ } | Deed::UnderWay => outcome("already", []),
        Deed::Gone => outcome("gone", []),
        Deed::Moved => outcome("moved", []),
        Deed::Cancelled => outcome("cancelled", []),
        Deed::NotFound => outcome("not_found", []),
        Deed::Ordered => outcome("ordered", []),
        Deed::NotRegistered => outcome("not_registered", []),
        Deed::Accepted { number } => outcome("accepted", [("number", Value::Digits(number))]),
        Deed::Refused => Answer::Unavailable,
    }
}

/// `iin(request, "field")`: what a request has in a field of this type.
macro_rules! fields {
    ($($kind:ident: $name:ident -> $type:ty,)*) => {$(
        fn $name<'r>(request: &'r Request, field: &'static str) -> Result<&'r $type, Failed> {
            if let Some(Value::$kind(value)) = request.get(field) { Ok(value) } else { Err(Failed::Lacks(field)) }
        }
    )*};
}

fields! {
    Iin: iin -> Iin,
    Application: application -> ApplicationNumber,
    Digits: digits -> str,
    Item: item -> str,
    Place: place -> str,
    Date: date -> Date,
    Time: time -> Time,
    Phone: phone -> Phone,
    Message: message -> MessageId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_has_what_it_says_that_it_has() {
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(data.path()).await.unwrap();
        let services = all(&store, &Hours::default(), &Messages::default());
        assert!(services.by_name.keys().all(|name| has(name)), "{:?}", services.by_name.keys());
        assert!(!has("document_order") && !services.by_name.contains_key("document_order"));
    }

    #[test]
    fn what_may_have_been_committed_is_unknown_and_what_surely_was_not_unavailable() {
        let cases = [
            (Failed::Store(StoreError::Unsure), Answer::Unknown),
            (Failed::Store(StoreError::Late), Answer::Unavailable),
            (Failed::Store(StoreError::Unreadable("a row".to_owned())), Answer::Unavailable),
            (Failed::Lacks("iin"), Answer::Unavailable),
        ];
        for (failed, expected) in cases {
            let why = failed.to_string();
            assert_eq!(answer("booking_create", Err(failed)), expected, "{why}");
        }
        assert_eq!(answer("booking_create", Ok(done(Deed::Refused))), Answer::Unavailable);
    }
}
