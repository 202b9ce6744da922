//! The bodies of the fuzz targets in `fuzz/`: bytes in, and whether what the code promises of any bytes held. `tests/it/fuzz.rs` replays the corpora.
//!
//! Nothing of the product calls them, and they never touch a socket or a file.

use std::net::SocketAddr;
use std::sync::Arc;

use dauys_core::flow::Sources;
use dauys_core::media::{Channel, Clips, Codec, Command, Frame, Leg, Outlet, Port, PortConfig, Session, Signal, Taped};
use dauys_core::time::Tick;

pub use crate::sip::fuzz::{guard, sdp};
use crate::{bundle, config, sip};

/// Where media of a fuzzer come from.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 40_000);

/// RTP datagrams, each after a byte with its length, a tick after each: whatever codec was agreed, a port takes them all and never sends more than a packet or a report a tick.
pub fn rtp(bytes: &[u8]) -> bool {
    Codec::ALL.into_iter().all(|codec| media(codec, Channel::Rtp, bytes))
}

/// RTCP datagrams, each after a byte with its length, a tick after each.
pub fn rtcp(bytes: &[u8]) -> bool {
    media(Codec::Pcma, Channel::Rtcp, bytes)
}

/// The text of `dauys.yaml`, of a flow and of prompts: each loads or is refused with a place.
pub fn yaml(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let configured =
        config::Config::parse("dauys.yaml", &text).is_ok_and(|config| config.sip.calls_max.get() <= config.media.ports.pairs());
    let refused = config::Config::parse("dauys.yaml", &text).is_err();
    let files = ["flows/main.yaml", "prompts/main.yaml"].map(|path| (path.to_owned(), text.clone())).into();
    let loaded = bundle::compile(&Sources { files });
    (configured || refused) && (loaded.program.is_some() || !loaded.faults.is_empty())
}

fn media(codec: Codec, channel: Channel, mut bytes: &[u8]) -> bool {
    let Some(session) = sip::fuzz::session().map(|session| Session { codec, ..session }) else { return false };
    let mut port = Port::new(PortConfig::default(), Arc::new(Clips::new(Vec::new())));
    let mut sent = Sent { datagrams: 0, ticks: 0 };
    port.handle_command(&Command::Session { leg: Leg::A, session }, &mut sent);
    while let Some((length, rest)) = bytes.split_first() {
        let (datagram, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        port.handle_datagram(channel, PEER, datagram, &mut sent);
        port.tick(&mut sent);
        bytes = rest;
    }
    sent.datagrams <= 2 * sent.ticks
}

/// Counts what a port gives.
struct Sent {
    datagrams: u64,
    ticks: u64,
}

impl Outlet for Sent {
    fn send(&mut self, _to: SocketAddr, _channel: Channel, _bytes: &[u8]) {
        self.datagrams += 1;
    }

    fn signal(&mut self, _signal: Signal) {}

    fn frame(&mut self, _tick: Tick, _heard: &Frame, _said: Option<&Frame>, _taped: Option<Taped>) {
        self.ticks += 1;
    }
}
