//! Which dialogs there are, how to reach them, and how many calls may be. What enters leaves when its guard is dropped, so nothing dead can stay and no sweep is needed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsipstack::dialog::DialogId;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::mpsc;

/// Requests of one dialog that wait for it.
const REQUESTS_MAX: usize = 16;

/// Shared by the endpoint and its dialogs.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry {
    dialogs: Arc<Mutex<HashMap<DialogId, mpsc::Sender<Transaction>>>>,
    calls: Arc<AtomicUsize>,
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

    fn dialogs(&self) -> MutexGuard<'_, HashMap<DialogId, mpsc::Sender<Transaction>>> {
        self.dialogs.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    fn a_call_too_many_is_not_admitted_until_another_ends() {
        let registry = Registry::default();
        let slots: Vec<_> = (0..3).map_while(|_| registry.admit(2)).collect();
        assert_eq!(slots.len(), 2);
        drop(slots);
        assert!(registry.admit(2).is_some());
        assert!(registry.admit(0).is_none());
    }
}
