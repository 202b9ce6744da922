//! Our address as a peer sees it: what Contact, Via and SDP say to that peer.
//!
//! It asks the system for a route and sends nothing of its own.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use rsipstack::sip::{Header, Transport, typed};
use rsipstack::transaction::endpoint::EndpointInnerRef;
use rsipstack::transport::SipAddr;

use super::Error;
use crate::config::{Advertised, Sip};

/// The port that routes are asked for; any will do.
const DISCARD: u16 = 9;

/// Our addresses: one, or as many as there are ways to peers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    advertised: Option<Advertised>,
    media: Option<IpAddr>,
    bound: SocketAddr,
}

impl Addresses {
    pub(super) fn new(config: &Sip, bound: SocketAddr) -> Self {
        Self { advertised: config.advertised, media: config.advertised_media, bound }
    }

    /// The address that is advertised, the port filled in.
    pub(super) fn advertised(&self) -> Option<SocketAddr> {
        self.advertised.map(|at| SocketAddr::new(at.ip, at.port.unwrap_or(self.bound.port())))
    }

    /// What this peer shall know us by: the advertised address of its family, else the one we listen on, else, as we listen on all, the one that our datagrams to it come from.
    ///
    /// # Errors
    /// When there is no route to the peer.
    pub(super) fn toward(&self, peer: IpAddr) -> io::Result<Address> {
        let peer = peer.to_canonical();
        let sip = match self.advertised().filter(|at| at.is_ipv4() == peer.is_ipv4()) {
            Some(advertised) => advertised,
            None if self.bound.ip().is_unspecified() => SocketAddr::new(source_toward(peer)?, self.bound.port()),
            None => self.bound,
        };
        let media = self.media.filter(|ip| ip.is_ipv4() == peer.is_ipv4()).unwrap_or(sip.ip());
        Ok(Address { sip, media, transport: Transport::Udp })
    }

    /// Which peers datagrams of ours can go to.
    pub(super) fn reaches(&self, peer: IpAddr) -> bool {
        let everywhere = self.bound.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        everywhere || self.bound.is_ipv4() == peer.to_canonical().is_ipv4()
    }
}

/// Connecting a UDP socket sends nothing, but gives it the source address of the route.
fn source_toward(peer: IpAddr) -> io::Result<IpAddr> {
    let any: IpAddr = if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect((peer, DISCARD))?;
    Ok(socket.local_addr()?.ip())
}

/// Where one peer reaches our SIP and our media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    sip: SocketAddr,
    media: IpAddr,
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
        Header::Contact(format!("<sip:{user}@{}{transport}>", self.sip).into())
    }

    /// The Via of a new request of ours.
    ///
    /// # Errors
    /// [`Error::Stack`].
    pub(super) fn via(self, stack: &EndpointInnerRef) -> Result<typed::Via, Error> {
        Ok(stack.get_via(Some(SipAddr { r#type: Some(self.transport), addr: self.sip.into() }), None)?)
    }

    /// Where RTP shall be sent.
    pub(super) fn rtp(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.media, port)
    }

    /// The same, with the media where `other` has them.
    pub(super) fn with_media_of(self, other: Self) -> Self {
        Self { media: other.media, ..self }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sip.fmt(f)
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
            ("[::]:5060", None, "::1", "[::1]:5060"),
            ("192.0.2.7:5070", None, "127.0.0.1", "192.0.2.7:5070"),
            ("0.0.0.0:5060", Some("203.0.113.1"), "127.0.0.1", "203.0.113.1:5060"),
            ("0.0.0.0:5060", Some("203.0.113.1:5090"), "127.0.0.1", "203.0.113.1:5090"),
            ("[::]:5060", Some("203.0.113.1:5090"), "::ffff:127.0.0.1", "203.0.113.1:5090"),
            ("[::]:5060", Some("203.0.113.1:5090"), "::1", "[::1]:5060"),
            ("[::]:5060", Some("[2001:db8::1]:5080"), "::1", "[2001:db8::1]:5080"),
            ("10.0.0.1:5060", Some("2001:db8::1"), "127.0.0.1", "10.0.0.1:5060"),
        ];
        for (bound, advertised, peer, expected) in cases {
            let advertised = advertised.map(|text| Advertised::try_from(text.to_owned()).unwrap());
            let addresses = Addresses { advertised, media: None, bound: bound.parse().unwrap() };
            let told = addresses.toward(peer.parse().unwrap()).unwrap();
            assert_eq!((told.to_string().as_str(), told.rtp(9).ip()), (expected, told.sip.ip()), "{bound} {advertised:?} {peer}");
        }
    }

    #[test]
    fn media_may_have_an_address_of_their_own() {
        let media = Some([203, 0, 113, 9].into());
        let addresses = Addresses { advertised: Some([203, 0, 113, 1].into()), media, bound: "[::]:5060".parse().unwrap() };
        let told = |peer: &str| addresses.toward(peer.parse().unwrap()).unwrap();
        assert_eq!(
            (told("127.0.0.1").to_string(), told("127.0.0.1").rtp(4000).to_string()),
            ("203.0.113.1:5060".into(), "203.0.113.9:4000".into())
        );
        assert_eq!(told("::1").rtp(4000).to_string(), "[::1]:4000", "no IPv4 address for a peer on IPv6");
    }

    #[test]
    fn a_socket_reaches_its_own_family_and_one_on_everything_both() {
        let cases = [("0.0.0.0:1", true, false), ("127.0.0.1:1", true, false), ("[::1]:1", false, true), ("[::]:1", true, true)];
        for (bound, v4, v6) in cases {
            let addresses = Addresses { advertised: None, media: None, bound: bound.parse().unwrap() };
            let reaches = |peer: &str| addresses.reaches(peer.parse().unwrap());
            assert_eq!((reaches("192.0.2.1"), reaches("::ffff:192.0.2.1"), reaches("2001:db8::1")), (v4, v4, v6), "{bound}");
        }
    }
}
