//! What a fuzzer may throw at SIP: bytes in, and whether a promise of the code about them held.
//!
//! It is here since only this room sees the guard. Nothing of the product calls it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use dauys_core::media::{Codec, Session};

use super::guard::{self, Framing, MESSAGE_MAX, Verdict, Wire};
use super::sdp::{Local, Remote};

const PEER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 5060);
const OFFER: &str = "v=0\r\no=t 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";
/// What an answer may have more than the request: the status line, a tag, what the socket saw, Allow, and the blanks of up to 200 Via.
const GROWTH_MAX: usize = 1024;

/// A message, as a datagram and in a stream: an answer is no longer than the request with fixed headers, and what passed would pass again.
pub fn guard(bytes: &[u8]) -> bool {
    let framed = match guard::frame(bytes) {
        Framing::More => bytes.len() <= 2 * MESSAGE_MAX,
        Framing::Blank(length) | Framing::Whole(length) | Framing::Lost(length) => (1..=bytes.len()).contains(&length),
    };
    framed && [Wire::Udp, Wire::Tcp].into_iter().all(|wire| judged(bytes, wire))
}

fn judged(bytes: &[u8], wire: Wire) -> bool {
    match guard::judge(bytes, PEER, wire) {
        Verdict::Pass(message) => matches!(guard::judge(message.to_string().as_bytes(), PEER, Wire::Udp), Verdict::Pass(_)),
        Verdict::Answer { status, response, .. } => {
            status >= 400 && response.starts_with(b"SIP/2.0 ") && response.len() <= bytes.len() + GROWTH_MAX
        }
        Verdict::Drop(_) => true,
    }
}

/// A description: what was taken is answered, and our answer can be read by us.
pub fn sdp(bytes: &[u8]) -> bool {
    let mut local = Local::new(PEER, &Codec::ALL, 1);
    let Ok(offer) = local.read_offer(bytes) else { return true };
    let answer = local.answer(&offer);
    offer.session(PEER.ip());
    local.read_answer(answer.as_bytes()).is_ok()
}

/// The session of a plain offer, for what fuzzes media.
pub fn session() -> Option<Session> {
    Remote::parse(OFFER.as_bytes(), &Codec::ALL).ok().map(|offer| offer.session(PEER.ip()))
}
