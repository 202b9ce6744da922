//! `complaint_create`: a complaint in the caller's own words gets a number. What was said lies beside the log of the call; here its name is kept.

use jiff::Timestamp;

use super::{answer, done, message};
use crate::services::{Reply, Request, Service};
use crate::store::Store;

/// Takes complaints in.
#[derive(Clone, Debug)]
pub(super) struct ComplaintCreate {
    store: Store,
}

impl ComplaintCreate {
    pub(super) const NAME: &str = "complaint_create";

    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Service for ComplaintCreate {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, now: Timestamp) -> Reply<'a> {
        let filed = async move { Ok(done(self.store.file_complaint(key, *message(request, "message")?, now).await?)) };
        Box::pin(async move { answer(Self::NAME, filed.await) })
    }
}
