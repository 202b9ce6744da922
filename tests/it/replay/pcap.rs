//! Calls in captures: every head that a link puts before a datagram, a line that loses, repeats and disorders, and files that are no captures.

use std::net::SocketAddr;

use dauys::replay::audio;
use dauys::replay::capture::{self, Capture, Wrong};
use dauys::replay::pcap::{self, PcapError};
use dauys::replay::replies::Replies;
use dauys_core::call::log::Line;
use etherparse::PacketBuilder;

use super::audio::{keys, ready, sent, steps};
use crate::seam::BUNDLE;

/// An answered call on the wire: who sends to whom at which millisecond.
type Wire = Vec<(u64, SocketAddr, SocketAddr, Vec<u8>)>;

const BEGINS_MS: u64 = 1_795_410_000_000;
const PRESSES: [(u64, &str); 5] = [(12, "2"), (20, "1"), (24, "002512345678#"), (32, "1"), (48, "2")];
const SECONDS: u64 = 70;

#[derive(Clone, Copy)]
struct Ends {
    caller: SocketAddr,
    robot: SocketAddr,
    caller_rtp: SocketAddr,
    robot_rtp: SocketAddr,
}

fn ends(caller: &str, robot: &str) -> Ends {
    let at = |ip: &str, port| SocketAddr::new(ip.parse().unwrap(), port);
    Ends { caller: at(caller, 5070), robot: at(robot, 5060), caller_rtp: at(caller, 40_000), robot_rtp: at(robot, 20_000) }
}

fn sip(first: &str, ends: &Ends, seq: &str, sdp: Option<SocketAddr>) -> Vec<u8> {
    let body = sdp.map_or(String::new(), |rtp| {
        let family = if rtp.is_ipv4() { "IP4" } else { "IP6" };
        let (ip, port) = (rtp.ip(), rtp.port());
        format!("v=0\r\no=t 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n")
    });
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    let (caller, length) = (ends.caller, body.len());
    format!(
        "{first}\r\nVia: SIP/2.0/UDP {caller};branch=z9hG4bK{}\r\nFrom: <sip:t@{caller}>;tag=1\r\nTo: <sip:1414@{}>;tag=2\r\nCall-ID: c@t\r\nCSeq: {seq}\r\n\
         Contact: <sip:t@{caller}>\r\nMax-Forwards: 70\r\n{kind}Content-Length: {length}\r\n\r\n{body}",
        seq.replace(' ', ""),
        ends.robot,
    )
    .into_bytes()
}

fn rtp(sequence: u64, frame: &[u8], ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 8];
    packet.extend((sequence as u16).to_be_bytes());
    packet.extend((sequence as u32 * 160).to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(frame);
    packet
}

/// The caller's tones on their way, and a robot that has tones of its own.
fn wire(ends: &Ends) -> Wire {
    let Ends { caller, robot, caller_rtp, robot_rtp } = *ends;
    let uri = format!("sip:1414@{robot}");
    let mut wire = vec![
        (0, caller, robot, sip(&format!("INVITE {uri} SIP/2.0"), ends, "1 INVITE", Some(caller_rtp))),
        (5, robot, caller, sip("SIP/2.0 100 Trying", ends, "1 INVITE", None)),
        (50, robot, caller, sip("SIP/2.0 200 OK", ends, "1 INVITE", Some(robot_rtp))),
        (60, caller, robot, sip(&format!("ACK {uri} SIP/2.0"), ends, "1 ACK", None)),
    ];
    let (ours, theirs) = (sent(&PRESSES, SECONDS), sent(&[(10, "9"), (30, "3")], SECONDS));
    for (at, frame) in ours.chunks(160).enumerate() {
        wire.push((65 + 20 * at as u64, caller_rtp, robot_rtp, rtp(at as u64, frame, 7)));
    }
    for (at, frame) in theirs.chunks(160).enumerate() {
        wire.push((68 + 20 * at as u64, robot_rtp, caller_rtp, rtp(at as u64, frame, 8)));
    }
    wire.push((65 + SECONDS * 1000, caller, robot, sip(&format!("BYE {uri} SIP/2.0"), ends, "2 BYE", None)));
    wire
}

/// What a packet has around its datagram.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Link {
    Ethernet,
    Vlan,
    Raw,
    Null,
    Cooked,
    Cooked2,
}

const LINKS: [Link; 6] = [Link::Ethernet, Link::Vlan, Link::Raw, Link::Null, Link::Cooked, Link::Cooked2];

impl Link {
    const fn number(self) -> u32 {
        match self {
            Self::Ethernet | Self::Vlan => 1,
            Self::Raw => 101,
            Self::Null => 0,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
        }
    }

    fn packet(self, from: SocketAddr, to: SocketAddr, payload: &[u8]) -> Vec<u8> {
        let mut packet = match (from, to) {
            (SocketAddr::V4(from), SocketAddr::V4(to)) => {
                let mut packet = Vec::new();
                let builder = PacketBuilder::ipv4(from.ip().octets(), to.ip().octets(), 64).udp(from.port(), to.port());
                builder.write(&mut packet, payload).unwrap();
                packet
            }
            (SocketAddr::V6(from), SocketAddr::V6(to)) => {
                let mut packet = Vec::new();
                let builder = PacketBuilder::ipv6(from.ip().octets(), to.ip().octets(), 64).udp(from.port(), to.port());
                builder.write(&mut packet, payload).unwrap();
                packet
            }
            _ => panic!("two families"),
        };
        let kind: [u8; 2] = if from.is_ipv4() { [0x08, 0x00] } else { [0x86, 0xDD] };
        let head: Vec<u8> = match self {
            Self::Ethernet => [&[2; 6][..], &[4; 6], &kind].concat(),
            Self::Vlan => [&[2; 6][..], &[4; 6], &[0x81, 0, 0, 12], &kind].concat(),
            Self::Raw => Vec::new(),
            Self::Null => vec![if from.is_ipv4() { 2 } else { 30 }, 0, 0, 0],
            Self::Cooked => [&[0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0][..], &kind].concat(),
            Self::Cooked2 => [&kind[..], &[0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0]].concat(),
        };
        packet.splice(0..0, head);
        packet
    }
}

fn frame(at_ms: u64, packet: &[u8], original: usize) -> Vec<u8> {
    let at_ms = BEGINS_MS + at_ms;
    let mut bytes = Vec::new();
    for word in [at_ms / 1000, at_ms % 1000 * 1000, packet.len() as u64, original as u64] {
        bytes.extend((word as u32).to_le_bytes());
    }
    bytes.extend(packet);
    bytes
}

fn header(link: u32) -> Vec<u8> {
    let mut file = 0xA1B2_C3D4_u32.to_le_bytes().to_vec();
    file.extend([2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0]);
    file.extend(link.to_le_bytes());
    file
}

fn pcap(wire: &Wire, link: Link) -> Vec<u8> {
    let mut file = header(link.number());
    for (at_ms, from, to, payload) in wire {
        let packet = link.packet(*from, *to, payload);
        file.extend(frame(*at_ms, &packet, packet.len()));
    }
    file
}

/// The same as pcapng, with times in nanoseconds.
fn pcapng(wire: &Wire, link: Link) -> Vec<u8> {
    let block = |kind: u32, body: &[u8]| {
        let length = (12 + body.len()) as u32;
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), body, &length.to_le_bytes()].concat()
    };
    let section = [&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xFF; 8]].concat();
    let interface = [&(link.number() as u16).to_le_bytes()[..], &[0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]].concat();
    let mut file = [block(0x0A0D_0D0A, &section), block(1, &interface)].concat();
    for (at_ms, from, to, payload) in wire {
        let mut packet = link.packet(*from, *to, payload);
        let length = packet.len() as u32;
        packet.resize(packet.len().next_multiple_of(4), 0);
        let at_ns = (BEGINS_MS + at_ms) * 1_000_000;
        let head = [0, (at_ns >> 32) as u32, at_ns as u32, length, length].map(u32::to_le_bytes).concat();
        file.extend(block(6, &[head, packet].concat()));
    }
    file
}

fn replayed(file: &[u8]) -> Vec<Line> {
    let captured = pcap::find(&capture::of_bytes(file).unwrap(), None).unwrap();
    assert_eq!(captured.called, "1414");
    pcap::call(&BUNDLE, &captured, None, Replies::of(&ready()))
}

#[test]
fn every_link_and_both_families_and_formats_hold_the_same_datagrams() {
    for ends in [ends("192.0.2.1", "192.0.2.2"), ends("2001:db8::1", "2001:db8::2")] {
        let wire: Wire = wire(&ends).into_iter().take(20).collect();
        let whole = |capture: &Capture| {
            let told = capture.datagrams.iter().map(|one| (one.at_us / 1000 - BEGINS_MS, one.from, one.to, one.payload.clone()));
            assert_eq!((told.collect::<Wire>(), capture.others), (wire.clone(), 0));
        };
        for link in LINKS {
            whole(&capture::of_bytes(&pcap(&wire, link)).unwrap());
            whole(&capture::of_bytes(&pcapng(&wire, link)).unwrap());
        }
    }
}

#[test]
fn a_captured_call_decides_as_the_sound_of_its_caller_does() {
    let sound = audio::call(&BUNDLE, "1414", &sent(&PRESSES, SECONDS), Replies::of(&ready()));
    let wire = wire(&ends("192.0.2.1", "192.0.2.2"));
    let lines = replayed(&pcap(&wire, Link::Cooked));
    assert_eq!((keys(&lines), steps(&lines)), (keys(&sound), steps(&sound)));
    assert!(steps(&lines).contains(&"answered".to_owned()), "{:?}", steps(&lines));
    assert_eq!(lines, replayed(&pcapng(&wire, Link::Ethernet)), "the same call in another file");
}

#[test]
fn a_line_that_repeats_and_disorders_and_loses_a_little_is_heard_the_same() {
    let wire = wire(&ends("192.0.2.1", "192.0.2.2"));
    let whole = replayed(&pcap(&wire, Link::Raw));
    let twice: Wire = wire.iter().flat_map(|one| [one.clone(), one.clone()]).collect();
    let mut disordered = wire.clone();
    disordered[4..].chunks_exact_mut(8).for_each(|few| {
        let (first, second) = (few[2].0, few[3].0);
        (few[2].0, few[3].0) = (second, first);
    });
    let lossy: Wire = wire.iter().enumerate().filter(|(at, _)| *at < 4 || at % 50 != 7).map(|(_, one)| one.clone()).collect();
    for (name, wire) in [("twice", twice), ("disordered", disordered), ("lossy", lossy)] {
        let lines = replayed(&pcap(&wire, Link::Raw));
        assert_eq!((keys(&lines), steps(&lines)), (keys(&whole), steps(&whole)), "{name}");
    }
}

#[test]
fn the_caller_is_found_by_address_and_a_call_that_is_none_says_what_is_missing() {
    let wire = wire(&ends("192.0.2.1", "192.0.2.2"));
    let find = |wire: &Wire, caller: Option<&str>| {
        let capture = capture::of_bytes(&pcap(wire, Link::Raw)).unwrap();
        pcap::find(&capture, caller.map(|ip| ip.parse().unwrap())).map(|captured| captured.answered_us)
    };
    assert_eq!(find(&wire, Some("192.0.2.1")), Ok((BEGINS_MS + 60) * 1000));
    let nobody = find(&wire, Some("192.0.2.9")).unwrap_err();
    assert!(nobody.to_string().contains("expected an INVITE in a UDP datagram from 192.0.2.9"), "{nobody}");
    let refused: Wire = wire.iter().filter(|(at_ms, ..)| *at_ms != 50).cloned().collect();
    assert_eq!(find(&refused, None), Err(PcapError::NotAnswered(1)));
    let media: Wire = wire[4..8].to_vec();
    assert_eq!(find(&media, None), Err(PcapError::NoCall { caller: None, datagrams: 4, fragments: 0, cut: 0 }));
    assert_eq!(find(&Vec::new(), None), Err(PcapError::NoCall { caller: None, datagrams: 0, fragments: 0, cut: 0 }));
}

#[test]
fn fragments_and_cut_packets_are_counted_and_passed_over() {
    let ends = ends("192.0.2.1", "192.0.2.2");
    let packet = Link::Raw.packet(ends.caller, ends.robot, b"x");
    let mut fragment = packet.clone();
    fragment[6] = 0x20; // more fragments follow
    let mut file = header(101);
    file.extend(frame(1, &packet, packet.len()));
    file.extend(frame(2, &fragment, fragment.len()));
    file.extend(frame(3, &packet, packet.len() + 100));
    file.extend(frame(4, &[], 0));
    let capture = capture::of_bytes(&file).unwrap();
    assert_eq!((capture.datagrams.len(), capture.fragments, capture.cut, capture.others), (1, 1, 1, 1));
}

#[test]
fn what_is_no_capture_is_refused_and_never_believed() {
    let wire: Wire = wire(&ends("192.0.2.1", "192.0.2.2")).into_iter().take(6).collect();
    for whole in [pcap(&wire, Link::Raw), pcapng(&wire, Link::Raw)] {
        let packets = capture::of_bytes(&whole).unwrap().datagrams.len();
        for length in 0..whole.len() {
            match capture::of_bytes(&whole[..length]) {
                Ok(capture) => assert!(capture.datagrams.len() < packets, "{length}"),
                Err(Wrong::NoCapture) => assert!(length < 48, "{length}"),
                Err(why) => assert!(matches!(why, Wrong::CutShort(_)), "{length}: {why}"),
            }
        }
    }
    let mut long = header(1);
    long.extend([0; 8]);
    long.extend([0xFF; 8]);
    assert_eq!(capture::of_bytes(&long), Err(Wrong::Length(1)));
    assert_eq!(capture::of_bytes(&header(147)), Err(Wrong::Link(147)));
    assert_eq!(capture::of_bytes(b"RIFF and so on, but no capture at all"), Err(Wrong::NoCapture));
    assert_eq!(capture::of_bytes(&header(1)), Ok(Capture::default()));
}

#[test]
fn noise_ends_in_an_answer() {
    let whole = pcapng(&wire(&ends("192.0.2.1", "192.0.2.2")).into_iter().take(12).collect(), Link::Vlan);
    let mut dice = 1414_u64;
    for _ in 0..3000 {
        let mut noisy = whole.clone();
        for _ in 0..4 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (dice >> 33) as usize % noisy.len();
            noisy[at] = (dice >> 24) as u8;
        }
        if let Ok(capture) = capture::of_bytes(&noisy) {
            let _ = pcap::find(&capture, None);
        }
    }
}
