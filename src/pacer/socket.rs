//! The two sockets of a leg: RTP on an even port, RTCP on the odd one above it. Bound and never connected, since the peer may turn out to be another than the SDP says.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};

use dauys_core::media::{Channel, Port};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::OpenError;
use super::sys::{BATCH, Batch};

/// Batches taken from one socket in one tick: a flood waits in the kernel, where it is dropped.
const BATCHES_MAX: usize = 2;
/// RTCP is looked at every so many ticks: 160 ms are soon enough for it.
const RTCP_EVERY: u64 = 8;

/// DSCP 46 in the upper six bits of the traffic class.
const EXPEDITED: u32 = 46 << 2;

/// Where the next search for a pair of ports begins, so that a pair just given back rests.
#[derive(Debug, Default)]
pub(super) struct Spread(AtomicUsize);

/// The sockets of a leg.
#[derive(Debug)]
pub(super) struct Sockets {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    local: SocketAddr,
    ticks: u64,
}

impl Sockets {
    pub(super) fn bind(ip: IpAddr, ports: &RangeInclusive<u16>, spread: &Spread) -> Result<Self, OpenError> {
        let none = || OpenError::NoPorts { ip, from: *ports.start(), to: *ports.end() };
        let first = ports.start().checked_next_multiple_of(2).ok_or_else(none)?;
        let pairs = (usize::from(*ports.end()) + 1).saturating_sub(usize::from(first)) / 2;
        for _ in 0..pairs {
            let at = spread.0.fetch_add(1, Ordering::Relaxed) % pairs;
            match Self::bind_pair(ip, first + at as u16 * 2) {
                Ok(sockets) => return Ok(sockets),
                Err(why) if why.kind() == io::ErrorKind::AddrInUse => {}
                Err(why) => return Err(OpenError::Bind { ip, why }),
            }
        }
        Err(none())
    }

    fn bind_pair(ip: IpAddr, port: u16) -> io::Result<Self> {
        let local = SocketAddr::new(ip, port);
        let rtp = bind(local)?;
        let rtcp = bind(SocketAddr::new(ip, port + 1))?;
        for socket in [&rtp, &rtcp] {
            socket.set_nonblocking(true)?;
            expedite(socket, ip);
        }
        Ok(Self { rtp, rtcp, local, ticks: 0 })
    }

    /// Where RTP is received.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Hands what has come to `take`, in order of arrival.
    pub(super) fn drain(&mut self, batch: &mut Batch, mut take: impl FnMut(Channel, SocketAddr, &[u8])) {
        drain(&self.rtp, batch, |from, bytes| take(Channel::Rtp, from, bytes));
        self.ticks += 1;
        if self.ticks.is_multiple_of(RTCP_EVERY) {
            drain(&self.rtcp, batch, |from, bytes| take(Channel::Rtcp, from, bytes));
        }
    }

    /// Sends, or drops what the system will not take now: media is never kept for later.
    pub(super) fn send(&self, to: SocketAddr, channel: Channel, bytes: &[u8]) -> bool {
        let socket = match channel {
            Channel::Rtp => &self.rtp,
            Channel::Rtcp => &self.rtcp,
        };
        socket.send_to(bytes, to).is_ok()
    }
}

/// Bound to `[::]` it serves both families, whatever the system's own default is: Linux sends from it to IPv4 addresses as they are.
fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Marks what is sent as Expedited Forwarding (RFC 4594, section 4.1). A system that will not does no harm.
fn expedite(socket: &UdpSocket, ip: IpAddr) {
    let socket = SockRef::from(socket);
    let _ = match ip {
        IpAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        // What goes to IPv4 peers through a socket of both families is marked by the other option.
        IpAddr::V6(_) => socket.set_tclass_v6(EXPEDITED).and(socket.set_tos_v4(EXPEDITED)),
    };
}

fn drain(socket: &UdpSocket, batch: &mut Batch, mut take: impl FnMut(SocketAddr, &[u8])) {
    for _ in 0..BATCHES_MAX {
        let count = batch.receive(socket);
        (0..count).filter_map(|at| batch.datagram(at)).for_each(|(from, bytes)| take(from, bytes));
        if count < BATCH {
            return;
        }
    }
}

/// A leg as the media thread holds it.
pub(super) type Leg = (Port, Sockets);
