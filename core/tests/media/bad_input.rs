//! Whatever comes over the wire, the port stands.

use dauys_core::media::Channel;
use proptest::prelude::*;

use crate::rig::{PEER, Rig, address, packet, session};

fn rtp() -> impl Strategy<Value = Vec<u8>> {
    let types = prop_oneof![Just(8_u8), Just(101), Just(13), any::<u8>()];
    let payload = proptest::collection::vec(any::<u8>(), 0..400);
    (0x80..=0xBF_u8, types, any::<u16>(), any::<u32>(), 0..3_u32, payload).prop_map(|(first, kind, sequence, timestamp, ssrc, payload)| {
        let mut bytes = packet(kind, sequence, timestamp, ssrc, &payload);
        bytes[0] = first;
        bytes
    })
}

fn rtcp() -> impl Strategy<Value = Vec<u8>> {
    let body = proptest::collection::vec(any::<u8>(), 0..40);
    proptest::collection::vec((0x80..=0xBF_u8, 199..=208_u8, body), 1..4).prop_map(|packets| {
        let lay = |(first, kind, mut body): (u8, u8, Vec<u8>)| {
            body.resize(body.len().next_multiple_of(4), 0);
            [vec![first, kind, 0, (body.len() / 4) as u8], body].concat()
        };
        packets.into_iter().flat_map(lay).collect()
    })
}

proptest! {
    #[test]
    fn no_bytes_bring_the_port_down(datagrams in proptest::collection::vec((any::<bool>(), prop_oneof![rtp(), rtcp(), proptest::collection::vec(any::<u8>(), 0..1600)]), 1..60)) {
        let mut rig = Rig::new(session(PEER));
        for (is_rtp, bytes) in datagrams {
            let channel = if is_rtp { Channel::Rtp } else { Channel::Rtcp };
            rig.port.handle_datagram(channel, address(PEER), &bytes, &mut rig.out);
            rig.ticks(1);
        }
        prop_assert!(rig.port.stats().late <= 60);
    }
}

#[test]
fn what_is_no_packet_is_dropped_and_counted() {
    let mut rig = Rig::new(session(PEER));
    let rtp: [&[u8]; 5] = [&[], &[0x80; 11], &[0x40; 40], &packet(101, 1, 0, 9, &[5, 0]), &packet(8, 2, 0, 9, &[])];
    rtp.iter().for_each(|bytes| rig.rtp(PEER, bytes));
    let rtcp: [&[u8]; 3] = [&[0x80, 201, 0, 9, 0, 0, 0, 0], &[0x81, 202, 0, 0], &[0x80, 201]];
    rtcp.iter().for_each(|bytes| rig.port.handle_datagram(Channel::Rtcp, address("192.0.2.7:4001"), bytes, &mut rig.out));
    assert_eq!((rig.port.stats().malformed, rig.out.keys().as_str()), (8, ""));
}
