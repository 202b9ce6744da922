//! `certificate_order`: what a certificate says goes by SMS to the number that is registered for the person, and never back to the caller.

use dauys_core::interpreter::Answer;
use jiff::Timestamp;

use super::{Failed, answer, done, iin, item, outcome};
use crate::config::Messages;
use crate::services::{Reply, Request, Service};
use crate::store::{Letter, Store};

/// Item of the lexicon's `certificates`, and what everybody's says in the demo, in both languages: nobody knows which the reader wants.
const CERTIFICATES: [(&str, &str); 4] = [
    ("narcology", "1414 (үлгі, демо). Наркология: есепте тұрмайсыз. Наркология: на учёте не состоите."),
    ("psychoneurology", "1414 (үлгі, демо). Психоневрология: есепте тұрмайсыз. Психоневрология: на учёте не состоите."),
    ("no_criminal_record", "1414 (үлгі, демо). Соттылығыңыз жоқ. Судимости нет."),
    ("tuberculosis", "1414 (үлгі, демо). Туберкулез диспансері: есепте тұрмайсыз. Тубдиспансер: на учёте не состоите."),
];

/// Takes orders, and sends the letters.
#[derive(Clone, Debug)]
pub(super) struct CertificateOrder {
    store: Store,
    messages: Messages,
}

impl CertificateOrder {
    pub(super) const NAME: &str = "certificate_order";

    pub(super) fn new(store: Store, messages: Messages) -> Self {
        Self { store, messages }
    }

    async fn order(&self, key: &str, request: &Request, now: Timestamp) -> Result<Answer, Failed> {
        let (certificate, iin) = (item(request, "certificate")?, iin(request, "iin")?);
        let text = CERTIFICATES.iter().find(|(name, _)| *name == certificate).map(|(_, text)| (*text).to_owned());
        let Some(text) = text else { return Ok(outcome("not_registered", [])) };
        let due = self.messages.quiet.ends(now); // whoever gets it need not be who calls
        let letter = Letter { text, due, valid_until: self.messages.valid_until(due), most: self.messages.per_number_per_day.get() };
        Ok(done(self.store.order_certificate(key, certificate, iin, letter, now).await?))
    }
}

impl Service for CertificateOrder {
    fn submit<'a>(&'a self, key: &'a str, request: &'a Request, now: Timestamp) -> Reply<'a> {
        Box::pin(async move { answer(Self::NAME, self.order(key, request, now).await) })
    }
}

#[cfg(test)]
mod tests {
    use dauys_core::sms;

    use super::*;

    #[test]
    fn every_letter_is_short() {
        for (certificate, text) in CERTIFICATES {
            assert!(sms::parts(text) <= sms::PARTS_FAIR, "{certificate}: {} parts", sms::parts(text));
        }
    }
}
