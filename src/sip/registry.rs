//! Which dialogs there are, how to reach them, how many calls may be, and which requests have come of late. What enters leaves when its guard is dropped, so nothing dead can stay and no sweep is needed.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rsipstack::dialog::DialogId;
use rsipstack::sip::{HeadersExt, Request};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Requests of one dialog that wait for it.
const REQUESTS_MAX: usize = 16;
/// Requests outside dialogs that are remembered, so that their copies are known.
const RECENT_MAX: usize = 8192;

/// Shared by the endpoint and its dialogs.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry {
    dialogs: Arc<Mutex<HashMap<DialogId, mpsc::Sender<Transaction>>>>,
    calls: Arc<AtomicUsize>,
    recent: Arc<Mutex<Recent>>,
}

impl Registry {
    /// Counts a call in, unless there are `calls_max` already.
    pub(super) fn admit(&self, calls_max: usize) -> Option<Slot> {
        let more = |calls| (calls < calls_max).then_some(calls + 1);
        self.calls.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        Some(Slot { calls: self.calls.clone() })
    }

    /// Calls counted in and not yet over.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Acquire)
    }

    /// From here on requests within the dialog come to the receiver.
    pub(super) fn enter(&self, id: DialogId, slot: Slot) -> (Entry, mpsc::Receiver<Transaction>) {
        let (sender, receiver) = mpsc::channel(REQUESTS_MAX);
        self.dialogs().insert(id.clone(), sender);
        (Entry { registry: self.clone(), id, _slot: slot }, receiver)
    }

    /// Where requests of this dialog go.
    pub(super) fn find(&self, id: &DialogId) -> Option<mpsc::Sender<Transaction>> {
        self.dialogs().get(id).cloned()
    }

    /// Dialogs that there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.dialogs().len()
    }

    /// Whether this request is of a dialog that there is.
    pub(super) fn holds(&self, request: &Request) -> bool {
        DialogId::try_from((request, TransactionRole::Server)).is_ok_and(|id| self.dialogs().contains_key(&id))
    }

    /// Whether this request outside a dialog is a copy that took another way than one that came less than `lasts` ago (RFC 3261, section 8.2.2.2).
    pub(super) fn is_merged(&self, tx: &Transaction, lasts: Duration) -> bool {
        let recent = &mut self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.is_merged(&tx.original, &tx.key, lasts, Instant::now())
    }

    fn dialogs(&self) -> MutexGuard<'_, HashMap<DialogId, mpsc::Sender<Transaction>>> {
        self.dialogs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The requests of late, as hashes: who sent what, and by which transaction it came.
#[derive(Debug, Default)]
struct Recent {
    hashes: RandomState,
    transactions: HashMap<u64, u64>,
    order: VecDeque<(Instant, u64)>,
}

impl Recent {
    /// A retransmission is none of these: the stack has answered it.
    fn is_merged(&mut self, request: &Request, transaction: impl Hash, lasts: Duration, now: Instant) -> bool {
        self.forget(lasts, now);
        let Some(sent) = sent(request).map(|sent| self.hashes.hash_one(sent)) else { return false };
        let transaction = self.hashes.hash_one(transaction);
        if let Some(first) = self.transactions.get(&sent) {
            return *first != transaction;
        }
        self.transactions.insert(sent, transaction);
        self.order.push_back((now, sent));
        false
    }

    fn forget(&mut self, lasts: Duration, now: Instant) {
        while self.order.front().is_some_and(|(at, _)| *at + lasts <= now) || self.order.len() >= RECENT_MAX {
            let Some((_, sent)) = self.order.pop_front() else { break };
            self.transactions.remove(&sent);
        }
    }
}

/// What all copies of a request have in common.
fn sent(request: &Request) -> Option<(&str, String, &str)> {
    let tag = request.from_header().ok()?.tag().ok()??;
    Some((request.call_id_header().ok()?.value(), tag.value().to_owned(), request.cseq_header().ok()?.value()))
}

/// One call, counted until this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    calls: Arc<AtomicUsize>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.calls.fetch_sub(1, Ordering::AcqRel);
    }
}

/// One dialog, reachable until this is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    registry: Registry,
    id: DialogId,
    _slot: Slot,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.registry.dialogs().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_found_until_its_entry_goes() {
        let registry = Registry::default();
        let id = DialogId { call_id: "c".to_owned(), local_tag: "l".to_owned(), remote_tag: "r".to_owned() };
        let (entry, _requests) = registry.enter(id.clone(), registry.admit(1).unwrap());
        assert!(registry.find(&id).is_some() && registry.calls() == 1);
        drop(entry);
        assert!(registry.find(&id).is_none() && registry.calls() == 0);
    }

    #[test]
    fn copies_on_other_ways_are_known_for_a_time() {
        let request = |call_id: &str, tag: &str, cseq: &str| {
            let text = format!("INVITE sip:a@h SIP/2.0\r\nFrom: <sip:b@h>;tag={tag}\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\n\r\n");
            Request::try_from(text.as_str()).unwrap()
        };
        let (start, lasts) = (Instant::now(), Duration::from_secs(32));
        let mut recent = Recent::default();
        let mut merged = |request: &Request, way, at_s| recent.is_merged(request, way, lasts, start + Duration::from_secs(at_s));
        assert!(!merged(&request("c", "t", "1 INVITE"), "way 1", 0));
        for (copy, way, at_s, expected) in [
            (request("c", "t", "1 INVITE"), "way 2", 1, true),
            (request("c", "t", "1 INVITE"), "way 3", 2, true),
            (request("c", "t", "1 INVITE"), "way 1", 2, false),
            (request("c", "t", "2 INVITE"), "way 2", 3, false),
            (request("c", "u", "1 INVITE"), "way 2", 3, false),
            (request("d", "t", "1 INVITE"), "way 2", 3, false),
            (request("c", "t", "1 OPTIONS"), "way 2", 3, false),
            (request("c", "t", "1 INVITE"), "way 2", 31, true),
            (request("c", "t", "1 INVITE"), "way 2", 32, false),
        ] {
            assert_eq!(merged(&copy, way, at_s), expected, "{way} at {at_s} s: {copy}");
        }
    }

    #[test]
    fn no_more_requests_are_remembered_than_fit() {
        let mut recent = Recent::default();
        for number in 0..2 * RECENT_MAX {
            let text = format!("OPTIONS sip:a@h SIP/2.0\r\nFrom: <sip:b@h>;tag=t\r\nCall-ID: {number}\r\nCSeq: 1 OPTIONS\r\n\r\n");
            recent.is_merged(&Request::try_from(text.as_str()).unwrap(), number, Duration::from_secs(3600), Instant::now());
        }
        assert_eq!((recent.order.len(), recent.transactions.len()), (RECENT_MAX, RECENT_MAX));
    }

    #[test]
    fn a_call_too_many_is_not_admitted_until_another_ends() {
        let registry = Registry::default();
        let slots: Vec<_> = (0..3).map_while(|_| registry.admit(2)).collect();
        assert_eq!(slots.len(), 2);
        drop(slots);
        assert!(registry.admit(2).is_some());
        assert!(registry.admit(0).is_none());
    }
}
