//! `document_status`: how far an application is.

use dauys_core::flow::graph::Value;
use dauys_core::interpreter::Answer;
use jiff::Timestamp;

use super::{Failed, answer, application, iin, outcome};
use crate::services::{Reply, Request, Service};
use crate::store::{Document, Status, Store};

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

    async fn find(&self, request: &Request) -> Result<Answer, Failed> {
        let document = match (application(request, "application"), iin(request, "iin")) {
            (Ok(number), _) => self.store.document_by_number(number).await?,
            (Err(_), Ok(iin)) => self.store.document_by_iin(iin).await?,
            (Err(_), Err(_)) => None,
        };
        Ok(document.map_or_else(|| outcome("not_found", []), found))
    }
}

impl Service for DocumentStatus {
    fn lookup<'a>(&'a self, request: &'a Request, _: Timestamp) -> Reply<'a> {
        Box::pin(async move { answer(Self::NAME, self.find(request).await) })
    }
}

fn found(Document { document, status, branch }: Document) -> Answer {
    let document = ("document", Value::Item(document));
    match status {
        Status::Ready | Status::Issued => outcome(status.name(), [document, ("branch", Value::Item(branch))]),
        Status::InProgress | Status::NeedsAction | Status::Rejected => outcome(status.name(), [document]),
    }
}
