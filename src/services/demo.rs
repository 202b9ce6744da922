//! The demo service `document_status`, answered from the store, as `flows/contracts.yaml` promises.

use std::collections::BTreeMap;

use dauys_core::flow::graph::Value;
use dauys_core::interpreter::Answer;

use super::{Reply, Request, Service};
use crate::store::{Document, Status, Store, StoreError};

/// Finds an application by its number, else the applicant's most recent one by IIN.
#[derive(Clone, Debug)]
pub struct DocumentStatus {
    store: Store,
}

impl DocumentStatus {
    /// The name that flows use.
    pub const NAME: &str = "document_status";

    /// Answers from this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    async fn find(&self, request: &Request) -> Result<Option<Document>, StoreError> {
        match (request.get("application"), request.get("iin")) {
            (Some(Value::Application(number)), _) => self.store.document_by_number(number).await,
            (_, Some(Value::Iin(iin))) => self.store.document_by_iin(iin).await,
            (_, _) => Ok(None),
        }
    }
}

impl Service for DocumentStatus {
    fn lookup<'a>(&'a self, request: &'a Request) -> Reply<'a> {
        Box::pin(async move {
            match self.find(request).await {
                Ok(Some(document)) => answer(document),
                Ok(None) => Answer::Outcome { outcome: "not_found".to_owned(), fields: BTreeMap::new() },
                Err(error) => {
                    tracing::warn!(service = Self::NAME, error = &error as &dyn std::error::Error, "the store failed");
                    Answer::Unavailable
                }
            }
        })
    }
}

fn answer(found: Document) -> Answer {
    let mut fields = BTreeMap::from([("document".to_owned(), Value::Item(found.document))]);
    match found.status {
        Status::Ready | Status::Issued => {
            fields.insert("branch".to_owned(), Value::Item(found.branch));
        }
        Status::InProgress | Status::NeedsAction | Status::Rejected => {}
    }
    Answer::Outcome { outcome: found.status.name().to_owned(), fields }
}
