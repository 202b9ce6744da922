//! Our address as a peer sees it: what Contact, Via and SDP say to that peer.
//!
//! It asks the system for a route and sends nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rsipstack::sip::{Header, Transport, typed};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transport::SipAddr;

use super::Error;
use crate::config::Sip;

/// The port that routes are asked for; any will do.
const DISCARD: u16 = 9;

/// Our addresses: one, or as many as there are ways to peers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    advertised: Option<IpAddr>,
    bound: SocketAddr,
}

impl Addresses {
    pub(super) fn new(config: &Sip, bound: SocketAddr) -> Self {
        Self { advertised: config.advertised, bound }
    }

    /// The address that is advertised to everyone, the port filled in.
    pub(super) fn advertised(&self) -> Option<SocketAddr> {
        self.advertised.map(|ip| SocketAddr::new(ip, self.bound.port()))
    }

    /// What this peer shall know us by: the advertised address, else the one we listen on, else, as we listen on all, the one that our datagrams to it come from.
    ///
    /// # Errors
    /// When there is no route to the peer.
    pub(super) fn toward(&self, peer: IpAddr) -> io::Result<Address> {
        let fixed = self.advertised.or_else(|| Some(self.bound.ip()).filter(|ip| !ip.is_unspecified()));
        let ip = fixed.map_or_else(|| source_toward(peer.to_canonical()), Ok)?;
        Ok(Address { socket: SocketAddr::new(ip, self.bound.port()), transport: Transport::Udp })
    }
}

/// Connecting a UDP socket sends nothing, but gives it the source address of the route.
fn source_toward(peer: IpAddr) -> io::Result<IpAddr> {
    let any: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect((peer, DISCARD))?;
    Ok(socket.local_addr()?.ip())
}

/// Where one peer reaches our SIP; its media reach us at the same IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    socket: SocketAddr,
    transport: Transport,
}

impl Address {
    /// The same for a peer that speaks to us by this transport.
    pub(super) fn over(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    /// A Contact of ours.
    pub(super) fn contact(self, user: &str) -> Header {
        let user: String = user.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_')).collect();
        let transport = if self.transport == Transport::Tcp { ";transport=tcp" } else { "" };
        Header::Contact(format!("<sip:{user}@{}{transport}>", self.socket).into())
    }

    /// The Via of a new request of ours.
    ///
    /// # Errors
    /// [`Error::Stack`].
    pub(super) fn via(self, stack: &EndpointInnerRef) -> Result<typed::Via, Error> {
        Ok(stack.get_via(Some(SipAddr { r#type: Some(self.transport), addr: self.socket.into() }), None)?)
    }

    /// Where RTP shall be sent.
    pub(super) fn rtp(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.socket.ip(), port)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.socket.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_told_the_address_that_it_can_reach() {
        let cases = [
            ("0.0.0.0:5060", None, "127.0.0.1", "127.0.0.1:5060"),
            ("[::]:5060", None, "::ffff:127.0.0.1", "127.0.0.1:5060"),
            ("192.0.2.7:5070", None, "127.0.0.1", "192.0.2.7:5070"),
            ("0.0.0.0:5060", Some("203.0.113.1"), "127.0.0.1", "203.0.113.1:5060"),
            ("10.0.0.1:5060", Some("2001:db8::1"), "127.0.0.1", "[2001:db8::1]:5060"),
        ];
        for (bound, advertised, peer, expected) in cases {
            let addresses = Addresses { advertised: advertised.map(|ip| ip.parse().unwrap()), bound: bound.parse().unwrap() };
            assert_eq!(addresses.toward(peer.parse().unwrap()).unwrap().to_string(), expected, "{bound} {advertised:?} {peer}");
        }
    }
}
