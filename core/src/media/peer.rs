//! Who the peer is: where media goes, and from whom it is taken. It learns in a short window after each offer and answer and is then firm.
//!
//! An SDP address may lie (a private address behind a NAT), and so may a source (anybody can send a datagram). Hence a rank: the address of the SDP is taken at once and
//! for good; the host that signals comes next; any other must prove itself with three packets of one SSRC. While the window is open a better rank takes over, never an equal.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use arrayvec::ArrayVec;

use super::Session;
use crate::time::Tick;

/// How long the window is open: 3 s.
const WINDOW_TICKS: u64 = Tick::covering(Duration::from_secs(3));
/// Valid packets of one SSRC that prove a source.
const PROOF: u8 = 3;
/// Sources that may be on trial at once; further ones are turned away.
const CANDIDATES_MAX: usize = 4;

/// The peer of a leg.
#[derive(Debug)]
pub(super) struct Peer {
    session: Session,
    closes: Tick,
    learnt: Option<(Rank, SocketAddr)>,
    learnt_rtcp: Option<SocketAddr>,
    candidates: ArrayVec<Candidate, CANDIDATES_MAX>,
}

/// How much an address is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It has sent valid packets.
    Proven,
    /// And it is the host that signals.
    Signalling,
    /// It is the address of the SDP.
    Sdp,
}

#[derive(Debug)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    packets: u8,
}

impl Peer {
    /// What an offer and its answer settled, at the tick when they did. What was learnt before holds on while the SDP address is the same.
    pub(super) fn new(session: &Session, before: Option<&Self>, now: Tick) -> Self {
        let before = before.filter(|before| before.session.rtp == session.rtp);
        Self {
            session: *session,
            closes: Tick(now.0 + WINDOW_TICKS),
            learnt: before.and_then(|before| before.learnt),
            learnt_rtcp: before.and_then(|before| before.learnt_rtcp),
            candidates: ArrayVec::new(),
        }
    }

    /// Where RTP goes.
    pub(super) fn rtp(&self) -> Option<SocketAddr> {
        self.learnt.map(|(_, from)| from).or(self.session.rtp)
    }

    /// Where RTCP goes: whence it comes, else as the SDP says, else to the port above RTP's.
    pub(super) fn rtcp(&self) -> Option<SocketAddr> {
        let announced = self.session.rtcp.filter(|_| self.rtp() == self.session.rtp);
        self.learnt_rtcp.or(announced).or_else(|| above(self.rtp()?))
    }

    /// Whether a valid RTP packet from here is the peer's; it may make its sender the peer.
    pub(super) fn admits(&mut self, from: SocketAddr, ssrc: u32, now: Tick) -> bool {
        if self.is_peer(from) {
            return true;
        }
        let rank = self.rank(from);
        if !(self.is_open(now) || rank == Rank::Sdp) || self.learnt.is_some_and(|(held, _)| held >= rank) {
            return false;
        }
        let proven = rank == Rank::Sdp || self.sdp_is_no_address() || self.proves(from, ssrc);
        if proven {
            self.learn(rank, from);
        }
        proven
    }

    /// Whether RTCP from here is the peer's. It must come from the host that RTP comes from.
    pub(super) fn admits_rtcp(&mut self, from: SocketAddr) -> bool {
        let known = self.learnt_rtcp == Some(from) || self.session.rtcp == Some(from);
        let admitted = known || self.rtp().is_some_and(|rtp| rtp.ip() == from.ip());
        if admitted && self.learnt.is_some() && self.learnt_rtcp.is_none() {
            self.learnt_rtcp = Some(from);
        }
        admitted
    }

    fn is_peer(&self, from: SocketAddr) -> bool {
        self.learnt.is_some_and(|(_, learnt)| learnt == from)
    }

    fn rank(&self, from: SocketAddr) -> Rank {
        if self.session.rtp == Some(from) {
            Rank::Sdp
        } else if self.session.signalling == from.ip() {
            Rank::Signalling
        } else {
            Rank::Proven
        }
    }

    /// Open for its time; and on while there is nobody to send to, since then whoever comes is better than silence.
    fn is_open(&self, now: Tick) -> bool {
        now < self.closes || (self.learnt.is_none() && self.sdp_is_no_address())
    }

    /// The SDP gave none, or one that cannot be reached from elsewhere.
    fn sdp_is_no_address(&self) -> bool {
        self.session.rtp.is_none_or(|sdp| is_private(sdp.ip()))
    }

    fn proves(&mut self, from: SocketAddr, ssrc: u32) -> bool {
        let Some(candidate) = self.candidates.iter_mut().find(|candidate| candidate.from == from) else {
            if !self.candidates.is_full() {
                self.candidates.push(Candidate { from, ssrc, packets: 1 });
            }
            return false;
        };
        if candidate.ssrc != ssrc {
            *candidate = Candidate { from, ssrc, packets: 0 };
        }
        candidate.packets += 1;
        candidate.packets >= PROOF
    }

    fn learn(&mut self, rank: Rank, from: SocketAddr) {
        self.learnt = Some((rank, from));
        self.learnt_rtcp = None;
        self.candidates.clear();
    }
}

fn above(rtp: SocketAddr) -> Option<SocketAddr> {
    Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?))
}

/// Private, shared (RFC 6598), link-local or unspecified; not loopback, which is reached from where it is named.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_private() || ip.is_link_local() || ip.is_unspecified() || (ip.octets()[0] == 100 && ip.octets()[1] & 0xC0 == 64)
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
    }
}
