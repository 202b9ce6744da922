//! Captures of a network as tcpdump and tshark write them (pcap, pcapng): the UDP datagrams in them, in order, and how many packets are of no use.
//!
//! A file is bounded, and nothing in it is believed: a length that is longer than what there is ends the reading with an error.

use std::io::{Cursor, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use etherparse::{EtherType, LaxNetSlice, LaxSlicedPacket, TransportSlice};
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};
use thiserror::Error;

use crate::files;

/// The longest file that is read, in bytes.
const BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The longest packet or block.
const BLOCK_MAX: usize = 1024 * 1024;
/// The most packets of a file.
const PACKETS_MAX: u64 = 4_000_000;
/// The most interfaces that one file was captured at.
const INTERFACES_MAX: usize = 256;
/// The buffer is filled at once; what is not whole then is not whole in the file.
const REFILLS_MAX: u32 = 3;
const MICROSECONDS: u128 = 1_000_000;

/// Why a capture cannot be read.
#[derive(Debug, Error)]
pub enum CaptureError {
    /// The file.
    #[error("cannot read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Longer than the capture of any call.
    #[error("{0}: expected at most {BYTES_MAX} bytes; cut the call out (tshark -r FILE -Y \"sip || rtp\" -w CALL)")]
    TooLong(PathBuf),
    /// What is in it.
    #[error("{path}: {why}")]
    Capture {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: Wrong,
    },
}

/// What is wrong with a capture.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Wrong {
    /// Of another format.
    #[error("expected a capture (pcap or pcapng), came something else")]
    NoCapture,
    /// It ends within a packet.
    #[error("packet {0} is cut short: the file is not whole")]
    CutShort(u64),
    /// A length that no packet has.
    #[error("packet {0} says that it is longer than {BLOCK_MAX} bytes")]
    Length(u64),
    /// Something else than a packet.
    #[error("expected a packet after packet {0}, came something else")]
    Packet(u64),
    /// More than one run reads.
    #[error("expected at most {PACKETS_MAX} packets; cut the call out (tshark -r FILE -Y \"sip || rtp\" -w CALL)")]
    TooMany,
    /// Captured where we cannot read.
    #[error("expected Ethernet (1), loopback (0, 108), IP (101, 228, 229) or Linux cooked (113, 276), came link type {0}")]
    Link(i32),
    /// A packet of an interface that was not described.
    #[error("packet {0} is of an interface that the file does not describe")]
    Interface(u64),
}

/// A datagram on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// When it was captured, in microseconds since 1970.
    pub at_us: u64,
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// What.
    pub payload: Vec<u8>,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// In the order of their times.
    pub datagrams: Vec<Datagram>,
    /// Fragments of longer datagrams: not put together.
    pub fragments: u64,
    /// Packets of which the capture kept only a part.
    pub cut: u64,
    /// Packets of other protocols, and such as cannot be read.
    pub others: u64,
}

/// The capture in this file.
///
/// # Errors
/// When it cannot be read, is no capture, or is over a bound.
pub fn read(path: &Path) -> Result<Capture, CaptureError> {
    let file = files::read(path, BYTES_MAX).map_err(|source| match source.kind() {
        ErrorKind::FileTooLarge => CaptureError::TooLong(path.to_owned()),
        _ => CaptureError::Read { path: path.to_owned(), source },
    })?;
    of_bytes(&file).map_err(|why| CaptureError::Capture { path: path.to_owned(), why })
}

/// The capture in these bytes.
///
/// # Errors
/// When they are none, or over a bound.
pub fn of_bytes(file: &[u8]) -> Result<Capture, Wrong> {
    let mut reader = create_reader(2 * BLOCK_MAX, Cursor::new(file)).map_err(|_| Wrong::NoCapture)?;
    let mut reading = Reading::default();
    let mut refills = 0;
    loop {
        let consumed = match reader.next() {
            Ok((length, block)) => {
                reading.block(block)?;
                refills = 0;
                length
            }
            Err(PcapError::Eof) => break,
            Err(PcapError::Incomplete(_)) if refills < REFILLS_MAX => {
                refills += 1;
                let _ = reader.refill(); // memory can always be read
                continue;
            }
            Err(PcapError::BufferTooSmall) => return Err(Wrong::Length(reading.packets + 1)),
            Err(PcapError::Incomplete(_) | PcapError::UnexpectedEof) => return Err(reading.is_cut()),
            Err(_) => return Err(Wrong::Packet(reading.packets)),
        };
        reader.consume(consumed);
    }
    reading.capture.datagrams.sort_by_key(|datagram| datagram.at_us);
    Ok(reading.capture)
}

/// Where packets were captured: what they begin with, and how their times count.
#[derive(Clone, Copy)]
struct Interface {
    link: Linktype,
    units_a_second: u64,
    offset_s: i64,
}

#[derive(Default)]
struct Reading {
    interfaces: Vec<Interface>,
    packets: u64,
    capture: Capture,
}

impl Reading {
    fn is_cut(&self) -> Wrong {
        Wrong::CutShort(self.packets + 1)
    }

    fn block(&mut self, block: PcapBlockOwned<'_>) -> Result<(), Wrong> {
        match block {
            PcapBlockOwned::LegacyHeader(header) => {
                let units_a_second = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
                self.interface(Interface { link: header.network, units_a_second, offset_s: 0 })
            }
            PcapBlockOwned::Legacy(packet) => {
                let at = self.interfaces.first().map(|interface| (*interface, u64::from(packet.ts_usec)));
                let (interface, part) = at.ok_or(Wrong::Interface(self.packets + 1))?;
                let at_us = u64::from(packet.ts_sec) * 1_000_000 + microseconds(part, interface.units_a_second);
                self.packet(interface.link, at_us, packet.data, packet.caplen == packet.origlen)
            }
            PcapBlockOwned::NG(Block::SectionHeader(_)) => {
                self.interfaces.clear();
                Ok(())
            }
            PcapBlockOwned::NG(Block::InterfaceDescription(described)) => {
                let units_a_second = described.ts_resolution().unwrap_or(1_000_000).max(1);
                self.interface(Interface { link: described.linktype, units_a_second, offset_s: described.ts_offset() })
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let interface = self.interfaces.get(packet.if_id as usize).copied().ok_or(Wrong::Interface(self.packets + 1))?;
                let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let offset_us = interface.offset_s.saturating_mul(1_000_000);
                let at_us = microseconds(units, interface.units_a_second).saturating_add_signed(offset_us);
                let data = packet.data.get(..packet.caplen as usize).ok_or(self.is_cut())?;
                self.packet(interface.link, at_us, data, packet.caplen == packet.origlen)
            }
            PcapBlockOwned::NG(Block::SimplePacket(_)) => {
                self.capture.others += 1; // it has no time
                self.count()
            }
            PcapBlockOwned::NG(_) => Ok(()), // the format's notes about itself
        }
    }

    fn interface(&mut self, interface: Interface) -> Result<(), Wrong> {
        let known = [Linktype::NULL, Linktype::LOOP, Linktype::ETHERNET, Linktype::RAW, Linktype::IPV4, Linktype::IPV6];
        if !known.contains(&interface.link) && ![Linktype::LINUX_SLL, Linktype::LINUX_SLL2].contains(&interface.link) {
            return Err(Wrong::Link(interface.link.0));
        }
        if self.interfaces.len() == INTERFACES_MAX {
            return Err(Wrong::TooMany);
        }
        self.interfaces.push(interface);
        Ok(())
    }

    fn count(&mut self) -> Result<(), Wrong> {
        self.packets += 1;
        if self.packets > PACKETS_MAX { Err(Wrong::TooMany) } else { Ok(()) }
    }

    fn packet(&mut self, link: Linktype, at_us: u64, bytes: &[u8], is_whole: bool) -> Result<(), Wrong> {
        self.count()?;
        match datagram(link, bytes) {
            Found::Datagram { from, to, payload } if is_whole => {
                self.capture.datagrams.push(Datagram { at_us, from, to, payload: payload.to_vec() });
            }
            Found::Datagram { .. } => self.capture.cut += 1,
            Found::Fragment => self.capture.fragments += 1,
            Found::Other => self.capture.others += 1,
        }
        Ok(())
    }
}

fn microseconds(units: u64, units_a_second: u64) -> u64 {
    let us = u128::from(units) * MICROSECONDS / u128::from(units_a_second);
    u64::try_from(us).unwrap_or(u64::MAX)
}

/// What a packet is.
enum Found<'a> {
    Datagram { from: SocketAddr, to: SocketAddr, payload: &'a [u8] },
    Fragment,
    Other,
}

fn datagram(link: Linktype, bytes: &[u8]) -> Found<'_> {
    let Some(packet) = sliced(link, bytes) else { return Found::Other };
    let (from, to) = match &packet.net {
        Some(LaxNetSlice::Ipv4(ip)) => (IpAddr::V4(ip.header().source_addr()), IpAddr::V4(ip.header().destination_addr())),
        Some(LaxNetSlice::Ipv6(ip)) => (IpAddr::V6(ip.header().source_addr()), IpAddr::V6(ip.header().destination_addr())),
        Some(LaxNetSlice::Arp(_)) | None => return Found::Other,
    };
    if packet.net.as_ref().and_then(LaxNetSlice::ip_payload_ref).is_some_and(|payload| payload.fragmented) {
        return Found::Fragment;
    }
    match &packet.transport {
        Some(TransportSlice::Udp(udp)) => Found::Datagram {
            from: SocketAddr::new(from, udp.source_port()),
            to: SocketAddr::new(to, udp.destination_port()),
            payload: udp.payload(),
        },
        Some(_) | None => Found::Other,
    }
}

/// The packet behind the head of its link.
fn sliced(link: Linktype, bytes: &[u8]) -> Option<LaxSlicedPacket<'_>> {
    let behind = |kind: usize, length: usize| {
        let kind = u16::from_be_bytes(bytes.get(kind..kind + 2)?.try_into().ok()?);
        Some(LaxSlicedPacket::from_ether_type(EtherType(kind), bytes.get(length..)?))
    };
    match link {
        Linktype::ETHERNET => LaxSlicedPacket::from_ethernet(bytes).ok(),
        Linktype::LINUX_SLL => behind(14, 16),
        Linktype::LINUX_SLL2 => behind(0, 20),
        Linktype::NULL | Linktype::LOOP => LaxSlicedPacket::from_ip(bytes.get(4..)?).ok(),
        Linktype::RAW | Linktype::IPV4 | Linktype::IPV6 => LaxSlicedPacket::from_ip(bytes).ok(),
        _ => None, // refused with its interface
    }
}
