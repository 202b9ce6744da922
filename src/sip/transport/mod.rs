//! The wires below the stack: UDP and TCP at one port, the [`Gate`] in front of both.
//!
//! Every byte from the network passes the guard here before the stack sees it. Nothing here knows what a message asks.

mod tcp;
mod udp;
mod way;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rsipstack::sip::SipMessage;
use socket2::{Domain, Socket, Type};
use tokio::net::{TcpListener, UdpSocket};

use super::expected::Expected;
use super::guard::{self, Grant, Rates, Verdict, Wire};
use super::registry::Registry;
use crate::config::Sip;

pub(super) use tcp::Flows;
pub(super) use udp::Udp;
pub(super) use way::{Way, transport};

/// Tries for a port that is free for both.
const PORT_TRIES: usize = 16;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;

/// Binds UDP and TCP at one port; an IPv6 address that stands for all takes IPv4, too.
///
/// # Errors
/// When one of them cannot be had.
pub(super) fn sockets(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = if address.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let udp = UdpSocket::from_std(bound(address, Type::DGRAM)?.into())?;
        let listener = bound(udp.local_addr()?, Type::STREAM).and_then(|socket| socket.listen(BACKLOG).map(|()| socket));
        match listener {
            Ok(listener) => return Ok((udp, TcpListener::from_std(listener.into())?)),
            Err(_) if tries > 0 => {}
            Err(error) => return Err(error),
        }
    }
}

fn bound(address: SocketAddr, kind: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    if kind == Type::STREAM {
        // The port of connections that ended a moment ago may be listened at again.
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

/// An IPv4 peer of a socket for both looks like an IPv6 one; it is not.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The guard with what it needs to know of senders: who may send at all, and how much.
#[derive(Debug)]
pub(super) struct Gate {
    config: Arc<Sip>,
    expected: Expected,
    registry: Registry,
    rates: Mutex<Rates>,
}

/// What the gate did with a message.
enum Gated {
    /// It goes to the stack.
    Pass(Box<SipMessage>),
    /// This goes back, over UDP to that address.
    Answer(Vec<u8>, SocketAddr),
    /// Nothing happens.
    Drop,
}

impl Gate {
    pub(super) fn new(config: Arc<Sip>, expected: Expected, registry: Registry) -> Self {
        let rates = Mutex::new(Rates::new(config.source_requests_per_s.get()));
        Self { config, expected, registry, rates }
    }

    /// Strangers hear nothing.
    fn admits(&self, ip: IpAddr) -> bool {
        let admitted = self.config.admits(ip) || self.expected.admits(ip);
        if !admitted {
            tracing::debug!(%ip, "message from outside the allow-list dropped");
            count("stranger");
        }
        admitted
    }

    fn gate(&self, message: &[u8], from: SocketAddr, wire: Wire) -> Gated {
        let verdict = guard::judge(message, from, wire);
        let class = guard::class(&verdict, |request| self.registry.holds(request));
        let grant = class.map_or(Grant::Serve, |class| self.take(from.ip(), class));
        match (grant, verdict) {
            (Grant::Serve, Verdict::Pass(message)) => Gated::Pass(message),
            (Grant::Serve, Verdict::Answer { status, response, to, why }) => {
                tracing::debug!(%from, status, why, "request refused by the guard");
                count("refused");
                Gated::Answer(response, to)
            }
            (Grant::Refuse, _) => {
                count("too_many");
                let busy = guard::busy(message, from, self.config.retry_after_s);
                busy.map_or(Gated::Drop, |(response, to)| Gated::Answer(response, to))
            }
            (Grant::Ignore, _) => {
                count("flood");
                Gated::Drop
            }
            (Grant::Serve, Verdict::Drop(why)) => {
                tracing::debug!(%from, why, "message dropped by the guard");
                count("dropped");
                Gated::Drop
            }
        }
    }

    fn take(&self, ip: IpAddr, class: guard::Class) -> Grant {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner).take(ip, class, Instant::now())
    }
}

/// Messages that never reached the stack, by why.
fn count(why: &'static str) {
    metrics::counter!("dauys_sip_guarded_total", "why" => why).increment(1);
}
