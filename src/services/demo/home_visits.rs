//! `home_visit_create`: a wish for a visit at home gets a number, whoever it is for: who may have one is found out by people.

use jiff::Timestamp;

use super::{answer, done, iin, message, phone};
use crate::services::{Reply, Request, Service};
use crate::store::Store;

/// Takes wishes in; a person's second one only after a week.
#[derive(Clone, Debug)]
pub(super) struct HomeVisitCreate {
    store: Store,
}

impl HomeVisitCreate {
    pub(super) const NAME: &str = "home_visit_create";

    pub(super) fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Service for HomeVisitCreate {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, now: Timestamp) -> Reply<'a> {
        let wished = async move {
            let (iin, phone, message) = (iin(request, "iin")?, phone(request, "phone")?, *message(request, "message")?);
            Ok(done(self.store.wish_visit(key, iin, phone, message, now).await?))
        };
        Box::pin(async move { answer(Self::NAME, wished.await) })
    }
}
