//! Peers that we have sent something: what they answer is let in, whoever else may call us.
//!
//! It grows with our own calls and registrations only, and shrinks as they end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many of our calls and registrations reach each address.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Expected {
    /// From now until the guard is dropped this peer's datagrams are let in.
    pub(super) fn from(&self, peer: IpAddr) -> Expectation {
        let peer = peer.to_canonical();
        *self.peers().entry(peer).or_default() += 1;
        Expectation { expected: self.clone(), peer }
    }

    /// Whether something of this peer is waited for.
    pub(super) fn admits(&self, peer: IpAddr) -> bool {
        self.peers().contains_key(&peer.to_canonical())
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One reason to let a peer in.
#[derive(Debug)]
pub(super) struct Expectation {
    expected: Expected,
    peer: IpAddr,
}

impl Expectation {
    /// Another reason, for the same peer.
    pub(super) fn again(&self) -> Self {
        self.expected.from(self.peer)
    }
}

impl Drop for Expectation {
    fn drop(&mut self) {
        let mut peers = self.expected.peers();
        if let Some(reasons) = peers.get_mut(&self.peer) {
            *reasons -= 1;
            if *reasons == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_let_in_until_the_last_reason_is_gone() {
        let expected = Expected::default();
        let (peer, mapped) = ("192.0.2.1".parse().unwrap(), "::ffff:192.0.2.1".parse().unwrap());
        let (call, registration) = (expected.from(peer), expected.from(mapped));
        assert!(expected.admits(peer) && expected.admits(mapped) && !expected.admits("192.0.2.2".parse().unwrap()));
        drop(call);
        assert!(expected.admits(peer));
        drop(registration);
        assert!(!expected.admits(peer) && expected.peers().is_empty());
    }
}
