//! One port: what each rule says, case by case.

use dauys_core::key::Key;
use dauys_core::media::{Channel, Command, Direction, Leg, ListenId, PlayEnd, PlayId, SILENCE, Session, Signal};
use dauys_core::utterance::{BargeIn, ClipId, Piece, Rate, Volume};
use rtcp_types::{Compound, Packet};

use crate::network::{CALLER, Pair, Weather};
use crate::rig::{LONG, PEER, Rig, address, event, noise, packet, session, voice as voice_clip};

const FROM_ELSEWHERE: &str = "198.51.100.9:5000";

#[test]
fn a_prompt_stops_within_one_frame_of_the_first_event_packet() {
    let mut rig = Rig::new(session(PEER));
    rig.play(1, &[LONG], BargeIn::AtOnce);
    rig.ticks(10);
    rig.rtp(PEER, &event(1, 1000, 5));
    assert_eq!((rig.out.keys().as_str(), rig.out.ends()), ("5", vec![(1, PlayEnd::Key)]));
    rig.out.said.clear();
    rig.ticks(1);
    assert!(rig.out.said.iter().all(|sample| *sample == SILENCE));
}

#[test]
fn a_key_stops_what_its_rule_lets_it_stop_and_is_told_always() {
    let check = |barge_in, ticks, stops: bool| {
        let mut rig = Rig::new(session(PEER));
        rig.play(1, &[LONG], barge_in);
        rig.ticks(ticks);
        rig.rtp(PEER, &event(1, 1000, 1));
        assert_eq!(rig.out.keys(), "1");
        assert_eq!(!rig.out.ends().is_empty(), stops, "{barge_in:?} after {ticks} ticks");
    };
    check(BargeIn::AtOnce, 0, true);
    check(BargeIn::KeysOnly, 3, true);
    check(BargeIn::Off, 50, false);
    check(BargeIn::After(100), 4, false);
    check(BargeIn::After(100), 5, true);
}

#[test]
fn every_play_ends_exactly_once() {
    let mut rig = Rig::new(session(PEER));
    let short = Piece::Clip(ClipId(1));
    rig.play(1, &[LONG], BargeIn::AtOnce);
    rig.play(2, &[short, Piece::Pause(10), short], BargeIn::AtOnce);
    rig.ticks(10);
    rig.play(3, &[], BargeIn::AtOnce);
    rig.ticks(2);
    rig.play(4, &[Piece::Clip(ClipId(99)), short], BargeIn::Off);
    rig.ticks(5);
    rig.play(5, &[LONG], BargeIn::AtOnce);
    rig.command(&Command::Stop { leg: Leg::A, id: PlayId(4) });
    rig.command(&Command::Stop { leg: Leg::A, id: PlayId(5) });
    rig.command(&Command::Stop { leg: Leg::A, id: PlayId(5) });
    rig.ticks(5);
    use PlayEnd::{Finished, Replaced, Stopped};
    assert_eq!(rig.out.ends(), [(1, Replaced), (2, Finished), (3, Finished), (4, Finished), (5, Stopped)]);
    assert_eq!(rig.port.stats().clips_missing, 1);
}

#[test]
fn a_private_piece_is_heard_by_the_peer_and_not_by_the_tap() {
    let mut rig = Rig::new(session(PEER));
    let short = ClipId(1); // one and a half ticks
    rig.play(1, &[Piece::Clip(short), Piece::Private(short), Piece::Clip(short)], BargeIn::Off);
    rig.ticks(5);
    let sent: Vec<u8> = rig.out.rtp().iter().flat_map(|bytes| bytes[12..].to_vec()).collect();
    let rest = vec![SILENCE; 80];
    assert_eq!(sent, [vec![0x55; 720], rest.clone()].concat());
    assert_eq!(rig.out.said, [vec![0x55; 160], vec![SILENCE; 320], vec![0x55; 240], rest].concat());
}

/// How loud a stretch of A-law is, as the root of its mean square.
fn level(voice: &[u8]) -> f64 {
    let square = |code: &u8| f64::from(audio_codec_algorithms::decode_alaw(*code)).powi(2);
    (voice.iter().map(square).sum::<f64>() / voice.len() as f64).sqrt()
}

#[test]
fn louder_is_heard_at_once_and_slower_from_the_next_play_on() {
    let voice = Piece::Clip(ClipId(2));
    let length = voice_clip().len();
    let mut rig = Rig::new(session(PEER));
    rig.play(1, &[voice, Piece::Pause(100)], BargeIn::AtOnce);
    rig.ticks(length / 320);
    let half = rig.out.said.len();
    rig.prosody(Volume::Loud, Rate::Slow);
    rig.ticks(length / 160);
    assert_eq!(rig.out.ends(), [(1, PlayEnd::Finished)], "the Play at hand goes on as it began");
    let gain = level(&rig.out.said[half..length]) / level(&voice_clip()[half..]);
    assert!((20.0 * gain.log10() - 6.0).abs() < 1.0, "{gain}");
    rig.out.said.clear();
    rig.play(2, &[voice, Piece::Pause(100)], BargeIn::AtOnce);
    let ticks = (1..).find(|_| {
        rig.ticks(1);
        rig.out.ends().len() == 2
    });
    let slower = ticks.unwrap() as f64 * 160.0 / (length + 800) as f64;
    assert!((slower - 1.25).abs() < 0.02, "{slower}");
}

#[test]
fn a_slow_prompt_stops_at_a_key_and_its_private_piece_is_not_tapped() {
    let mut rig = Rig::new(session(PEER));
    rig.prosody(Volume::Normal, Rate::Slow);
    rig.play(1, &[Piece::Private(ClipId(2)), LONG], BargeIn::AtOnce);
    rig.ticks(20);
    assert!(rig.out.said.iter().all(|sample| *sample == SILENCE));
    rig.rtp(PEER, &event(1, 1000, 5));
    assert_eq!((rig.out.keys().as_str(), rig.out.ends()), ("5", vec![(1, PlayEnd::Key)]));
}

#[test]
fn a_command_for_the_other_leg_is_not_for_this_port() {
    let mut rig = Rig::new(session(PEER));
    rig.command(&Command::OutOfBandKey { leg: Leg::B, key: Key::ZERO });
    rig.command(&Command::SendKey { leg: Leg::B, key: Key::ZERO });
    rig.ticks(3);
    assert_eq!(rig.out.keys(), "");
    assert!(rig.out.rtp().iter().all(|bytes| bytes[1] & 0x7F == 8));
}

#[test]
fn a_press_counts_once_however_it_came() {
    let mut rig = Rig::new(session(PEER));
    let info = Command::OutOfBandKey { leg: Leg::A, key: Key::from_char('1').unwrap() };
    rig.rtp(PEER, &event(1, 1000, 1));
    rig.ticks(9);
    rig.command(&info);
    rig.rtp(PEER, &event(2, 3000, 1));
    rig.ticks(9);
    rig.command(&info);
    assert_eq!(rig.out.keys(), "11");
}

#[test]
fn packets_go_out_at_the_agreed_length_and_their_time_runs_on() {
    for (ptime_ms, ticks) in [(10, 12), (20, 12), (30, 12), (60, 12)] {
        let mut rig = Rig::new(Session { ptime_ms, ..session(PEER) });
        rig.ticks(ticks);
        let sent = rig.out.rtp();
        assert_eq!(sent.len(), 240 / usize::from(ptime_ms));
        let timestamps: Vec<_> = sent.iter().map(|bytes| u32::from_be_bytes(bytes[4..8].try_into().unwrap())).collect();
        let steps = timestamps.windows(2).all(|two| two[1].wrapping_sub(two[0]) == u32::from(ptime_ms) * 8);
        assert!(steps && sent.iter().all(|bytes| bytes.len() == 12 + usize::from(ptime_ms) * 8), "{ptime_ms}");
        let markers: Vec<_> = sent.iter().map(|bytes| bytes[1] >> 7).collect();
        assert_eq!((markers[0], markers[1..].iter().sum::<u8>()), (1, 0));
    }
}

#[test]
fn nothing_is_sent_that_the_direction_forbids_and_time_runs_on_meanwhile() {
    let mut rig = Rig::new(session(PEER));
    rig.ticks(2);
    rig.settle(Session { direction: Direction::RecvOnly, ..session(PEER) });
    rig.ticks(10);
    assert_eq!(rig.out.rtp().len(), 2);
    rig.settle(session(PEER));
    rig.ticks(1);
    let sent = rig.out.rtp();
    let time = |bytes: &[u8]| u32::from_be_bytes(bytes[4..8].try_into().unwrap());
    assert_eq!((time(sent[2]).wrapping_sub(time(sent[1])), sent[2][1] >> 7), (11 * 160, 1));
}

/// On hold by a direction (RFC 3264, section 8.4) and by the address 0.0.0.0 (RFC 2543).
fn on_hold() -> [Session; 3] {
    let held = |direction| Session { direction, ..session(PEER) };
    [held(Direction::RecvOnly), held(Direction::Inactive), Session { rtp: None, ..session(PEER) }]
}

#[test]
fn what_is_playing_waits_while_the_peer_holds_the_call() {
    for hold in on_hold() {
        let mut rig = Rig::new(session(PEER));
        let short = ClipId(1); // one and a half ticks
        rig.play(1, &[Piece::Private(short), Piece::Clip(short)], BargeIn::Off);
        rig.ticks(1);
        rig.settle(hold);
        rig.ticks(50);
        assert_eq!((rig.out.ends(), rig.out.untold), (vec![], 1), "silence is not private");
        rig.settle(session(PEER));
        rig.ticks(2);
        assert_eq!(rig.out.ends(), [(1, PlayEnd::Finished)]);
        let voice: Vec<u8> = rig.out.rtp().iter().flat_map(|bytes| bytes[12..].to_vec()).collect();
        assert_eq!(voice, [0x55; 480]);
    }
}

#[test]
fn a_key_stops_what_waits() {
    let mut rig = Rig::new(session(PEER));
    rig.play(1, &[LONG], BargeIn::AtOnce);
    rig.settle(Session { direction: Direction::RecvOnly, ..session(PEER) });
    rig.ticks(5);
    rig.rtp(PEER, &event(1, 1000, 1));
    assert_eq!((rig.out.keys(), rig.out.ends()), ("1".to_owned(), vec![(1, PlayEnd::Key)]));
}

#[test]
fn a_prompt_waits_while_the_peer_holds_the_call_and_goes_on_where_it_was() {
    for direction in [Direction::RecvOnly, Direction::Inactive] {
        let mut rig = Rig::new(session(PEER));
        rig.play(1, &[LONG], BargeIn::AtOnce);
        rig.ticks(250);
        rig.settle(Session { direction, ..session(PEER) });
        rig.ticks(1000);
        assert_eq!(rig.out.ends(), [], "{direction:?}");
        rig.settle(session(PEER));
        rig.ticks(250);
        assert_eq!(rig.out.ends(), [(1, PlayEnd::Finished)], "{direction:?}");
        let (before, after) = (&rig.out.said[..250 * 160], &rig.out.said[1250 * 160..]);
        assert_eq!([before, after].concat(), noise(10), "{direction:?}");
    }
}

#[test]
fn while_a_key_is_sent_there_is_no_voice() {
    let mut rig = Rig::new(session(PEER));
    rig.send_keys("1");
    rig.ticks(9);
    let types: Vec<_> = rig.out.rtp().iter().map(|bytes| bytes[1]).collect();
    assert_eq!(types, [0x80 | 101, 101, 101, 101, 101, 101, 101, 0x80 | 8, 8]);
}

#[test]
fn silence_is_told_once_and_again_after_it_was_broken() {
    let mut rig = Rig::new(session(PEER));
    rig.ticks(1499);
    assert_eq!(rig.out.timeouts(), 0);
    rig.ticks(3000);
    assert_eq!(rig.out.timeouts(), 1);
    rig.rtp(PEER, &packet(8, 1, 0, 9, &[SILENCE; 160]));
    rig.ticks(1600);
    assert_eq!(rig.out.timeouts(), 2);
}

#[test]
fn a_peer_on_hold_or_alive_on_rtcp_is_not_silent() {
    for direction in [Direction::SendOnly, Direction::RecvOnly, Direction::Inactive] {
        let mut held = Rig::new(Session { direction, ..session(PEER) });
        held.ticks(4000);
        assert_eq!(held.out.timeouts(), 0, "{direction:?}");
        held.settle(session(PEER));
        held.ticks(1400);
        assert_eq!(held.out.timeouts(), 0, "{direction:?}");
        held.ticks(200);
        assert_eq!(held.out.timeouts(), 1, "{direction:?}");
    }
    let mut alive = Rig::new(session(PEER));
    for _ in 0..10 {
        alive.ticks(250);
        alive.port.handle_datagram(Channel::Rtcp, address("192.0.2.7:4001"), &[0x80, 201, 0, 1, 0, 0, 0, 9], &mut alive.out);
    }
    assert_eq!((alive.out.timeouts(), alive.port.stats().malformed), (0, 0));
}

/// Who sends voice when, in packets of one source, and where the port then sends to.
#[track_caller]
fn check_peer(sdp: Option<&str>, signalling: &str, senders: &[(usize, &str, u16)], expected: Option<&str>) {
    let mut rig = Rig::new(Session { rtp: sdp.map(address), signalling: signalling.parse().unwrap(), ..session(PEER) });
    for (n, (ticks, from, packets)) in senders.iter().enumerate() {
        rig.ticks(*ticks);
        (0..*packets).for_each(|at| rig.rtp(from, &packet(8, at, u32::from(at) * 160, n as u32, &[SILENCE; 160])));
    }
    rig.out.sent.clear();
    rig.ticks(1);
    let to = rig.out.sent.iter().find(|(_, channel, _)| *channel == Channel::Rtp).map(|(to, _, _)| *to);
    assert_eq!(to, expected.map(address), "{sdp:?} {senders:?}");
}

#[test]
fn the_peer_is_learnt_in_time_and_then_firm() {
    let (public, private, signalling) = ("192.0.2.7:4000", "10.0.0.5:4000", "203.0.113.1");
    let (trunk, stranger, other) = ("203.0.113.1:7000", "198.51.100.9:5000", "198.51.100.8:5000");
    check_peer(Some(public), signalling, &[], Some(public));
    check_peer(Some(public), signalling, &[(0, stranger, 2)], Some(public));
    check_peer(Some(public), signalling, &[(0, stranger, 3)], Some(stranger));
    check_peer(Some(public), signalling, &[(0, stranger, 3), (0, other, 9)], Some(stranger));
    check_peer(Some(public), signalling, &[(0, stranger, 3), (0, trunk, 3)], Some(trunk));
    check_peer(Some(public), signalling, &[(0, trunk, 3), (0, public, 1)], Some(public));
    check_peer(Some(public), signalling, &[(0, public, 1), (0, trunk, 9)], Some(public));
    check_peer(Some(public), signalling, &[(150, stranger, 9)], Some(public));
    check_peer(Some(public), signalling, &[(0, stranger, 3), (150, trunk, 9)], Some(stranger));
    check_peer(Some(private), signalling, &[(0, stranger, 1)], Some(stranger));
    check_peer(None, signalling, &[], None);
    check_peer(None, signalling, &[(0, trunk, 1), (0, stranger, 9)], Some(trunk));
    check_peer(None, signalling, &[(500, stranger, 1), (0, other, 9)], Some(stranger));
}

#[test]
fn strangers_are_dropped_and_counted() {
    let mut rig = Rig::new(session(PEER));
    rig.rtp(PEER, &packet(8, 1, 0, 9, &[SILENCE; 160]));
    rig.rtp(FROM_ELSEWHERE, &event(2, 100, 1));
    rig.port.handle_datagram(Channel::Rtcp, address(FROM_ELSEWHERE), &[0x80, 203, 0, 1, 0, 0, 0, 9], &mut rig.out);
    assert_eq!((rig.out.keys().as_str(), rig.port.stats().strangers), ("", 2));
}

#[test]
fn reports_are_well_formed_and_not_in_step() {
    let mut rig = Rig::new(session(PEER));
    rig.rtp(PEER, &packet(8, 1, 0, 9, &[SILENCE; 160]));
    rig.ticks(3000);
    let reports: Vec<_> = rig.out.sent.iter().filter(|(_, channel, _)| *channel == Channel::Rtcp).collect();
    assert!((8..=24).contains(&reports.len()), "{} in a minute", reports.len());
    for (to, _, bytes) in reports {
        assert_eq!(*to, address("192.0.2.7:4001"));
        let packets: Vec<_> = Compound::parse(bytes).unwrap().map(Result::unwrap).collect();
        let [Packet::Sr(report), Packet::Sdes(description)] = packets.as_slice() else { panic!("{packets:?}") };
        assert_eq!((report.ssrc(), report.n_reports()), (1, 1));
        assert_eq!(description.chunks().next().unwrap().items().next().unwrap().value(), b"dauys-dauys-dauy");
    }
}

/// How much of what these packets bring is heard, in samples that are no silence.
fn heard(packets: &[Vec<u8>]) -> usize {
    let mut rig = Rig::new(session(PEER));
    packets.iter().for_each(|bytes| {
        rig.rtp(PEER, bytes);
        rig.ticks(1);
    });
    let mut comfort = packet(13, 100, 0, 0, &[60]);
    comfort[8..12].copy_from_slice(&packets[packets.len() - 1][8..12]);
    rig.rtp(PEER, &comfort);
    rig.ticks(20);
    assert_eq!(rig.port.stats().malformed, 0);
    rig.out.heard.iter().filter(|sample| **sample == 0x55).count()
}

#[test]
fn every_shape_of_packet_is_heard() {
    let voice = |sequence, timestamp, ssrc| packet(8, sequence, timestamp, ssrc, &[0x55; 160]);
    let mut padded = voice(1, 0, 9);
    padded[0] |= 0x20;
    padded.extend([0, 0, 0, 4]);
    let mut extended = packet(8, 1, 0, 9, &[0xBE, 0xDE, 0, 1, 1, 2, 3, 4]);
    extended[0] |= 0x10;
    extended.extend([0x55; 160]);
    let mut mixed = packet(8, 1, 0, 9, &[0, 0, 0, 7]);
    mixed[0] |= 1;
    mixed.extend([0x55; 160]);
    for shape in [padded, extended, mixed] {
        assert_eq!(heard(&[shape]), 160);
    }
    assert_eq!(heard(&[packet(8, 1, 0, 9, &[0x55; 333])]), 333);
    assert_eq!(heard(&[voice(1, 0, 9), voice(1, 0, 9)]), 160, "twice");
    assert_eq!(heard(&[voice(65_535, u32::MAX - 159, 9), voice(0, 0, 9)]), 320, "across the wrap");
    assert_eq!(heard(&[voice(1, 0, 9), voice(2, 3_000_000_000, 9)]), 160, "a leap in time begins anew");
    assert_eq!(
        heard(&[voice(1, 0, 9), voice(2, 160, 9), voice(7, 70_000_000, 10)]),
        160,
        "another source begins anew, and the old one's rest is gone"
    );
}

#[test]
fn comfort_noise_is_silence_and_no_loss() {
    let check = |comfort: bool, concealed: bool| {
        let mut rig = Rig::new(session(PEER));
        (0..10).for_each(|n| rig.rtp(PEER, &packet(8, n, u32::from(n) * 160, 9, &[0x55; 160])));
        rig.ticks(6);
        if comfort {
            rig.rtp(PEER, &packet(13, 10, 1600, 9, &[60]));
        }
        rig.ticks(50);
        assert_eq!(rig.port.stats().concealed > 0, concealed);
    };
    check(true, false);
    check(false, true);
}

#[test]
fn a_lost_packet_is_concealed_and_fades() {
    let mut rig = Rig::new(session(PEER));
    rig.rtp(PEER, &packet(8, 1, 0, 9, &[0x2A; 160]));
    rig.ticks(8);
    let loud: Vec<_> =
        rig.out.heard.chunks_exact(160).map(|frame| i32::from(audio_codec_algorithms::decode_alaw(frame[0])).abs()).collect();
    assert!(loud[2] >= loud[3] && loud[3] > loud[4] && loud[4] > loud[5] && loud[5] > loud[6], "{loud:?}");
    assert_eq!(rig.out.heard[6 * 160], SILENCE);
}

#[test]
fn what_comes_too_late_is_not_heard_out_of_order() {
    let mut rig = Rig::new(session(PEER));
    let voice = |n: u16, sample: u8| packet(8, n, u32::from(n) * 160, 9, &[sample; 160]);
    [voice(0, 0x20), voice(2, 0x22), voice(3, 0x23)].iter().for_each(|bytes| rig.rtp(PEER, bytes));
    rig.ticks(6);
    rig.rtp(PEER, &voice(1, 0x21));
    rig.rtp(PEER, &voice(4, 0x24));
    rig.ticks(20);
    let mut told: Vec<u8> = rig.out.heard.chunks_exact(160).map(|frame| frame[0]).filter(|sample| (0x20..0x25).contains(sample)).collect();
    told.dedup();
    assert_eq!(told, [0x20, 0x22, 0x23, 0x24]);
    assert!(!rig.out.heard.windows(80).any(|samples| samples == [0x21; 80]));
}

/// Sends voice for `ticks`, one packet more in every `extra_every` ticks, and then says how many ticks a packet waits before it is heard.
fn wait_after(rig: &mut Rig, ticks: u64, extra_every: u64) -> usize {
    let mut sequence = 0_u16;
    let mut send = |rig: &mut Rig, sample: u8| {
        rig.rtp(PEER, &packet(8, sequence, u32::from(sequence) * 160, 9, &[sample; 160]));
        sequence += 1;
    };
    for tick in 0..ticks {
        send(rig, 0x30);
        if tick % extra_every == 0 {
            send(rig, 0x30);
        }
        rig.ticks(1);
    }
    rig.out.heard.clear();
    send(rig, 0x2A);
    rig.ticks(40);
    rig.out.heard.chunks_exact(160).position(|frame| frame[0] == 0x2A).expect("it is heard")
}

#[test]
fn a_peer_whose_clock_is_fast_is_not_heard_later_and_later() {
    let mut rig = Rig::new(session(PEER));
    let wait = wait_after(&mut rig, 10_000, 500);
    assert!(wait <= 4, "{wait} ticks");
}

#[test]
fn keys_under_a_source_of_their_own_leave_the_voice_alone() {
    let mut rig = Rig::new(session(PEER));
    for n in 0..20_u16 {
        rig.rtp(PEER, &packet(8, n, u32::from(n) * 160, 9, &[0x31; 160]));
        rig.rtp(PEER, &packet(101, 700 + n, u32::from(n / 10) * 5000, 10, &[u8::from(n >= 10), 10, 0, 160]));
        rig.ticks(1);
    }
    rig.ticks(4);
    assert_eq!(rig.out.keys(), "01");
    assert_eq!(rig.out.heard.iter().filter(|sample| **sample == 0x31).count(), 20 * 160);
}

#[test]
fn rtcp_goes_where_the_sdp_says_until_it_comes_from_elsewhere_on_the_peers_host() {
    let mut rig = Rig::new(Session { rtcp: Some(address("192.0.2.7:9000")), ..session(PEER) });
    let next = |rig: &mut Rig| {
        rig.out.sent.clear();
        rig.ticks(400);
        rig.out.sent.iter().find(|(_, channel, _)| *channel == Channel::Rtcp).map(|(to, _, _)| *to)
    };
    assert_eq!(next(&mut rig), Some(address("192.0.2.7:9000")));
    rig.settle(Session { rtcp: Some(address("192.0.2.7:9000")), ..session(PEER) });
    rig.rtp(PEER, &packet(8, 1, 0, 9, &[SILENCE; 160]));
    rig.port.handle_datagram(Channel::Rtcp, address("192.0.2.7:9100"), &[0x80, 201, 0, 1, 0, 0, 0, 9], &mut rig.out);
    assert_eq!(next(&mut rig), Some(address("192.0.2.7:9100")));
}

#[test]
fn speech_stops_what_its_rule_lets_it_stop_and_is_told_once() {
    let check = |barge_in, ticks, stops: bool| {
        let mut pair = Pair::new(Weather::default(), session(CALLER));
        pair.ends[0].command(&Command::Listen { leg: Leg::A, id: ListenId(7) });
        pair.ticks(20);
        pair.ends[0].play(1, &[Piece::Clip(ClipId(2)), LONG], barge_in);
        pair.ticks(ticks);
        pair.ends[1].play(1, &[Piece::Clip(ClipId(2))], BargeIn::Off);
        pair.ticks(60);
        let robot = &pair.ends[0];
        let speech: Vec<u64> = robot
            .out
            .signals
            .iter()
            .filter_map(|signal| if let Signal::Speech { tick, listen: ListenId(7), .. } = signal { Some(tick.0) } else { None })
            .collect();
        assert_eq!(speech.len(), 1, "{barge_in:?}: {speech:?}");
        assert_eq!(robot.out.ends(), if stops { vec![(1, PlayEnd::Speech)] } else { vec![] }, "{barge_in:?} after {ticks} ticks");
    };
    check(BargeIn::AtOnce, 20, true);
    check(BargeIn::After(100), 20, true);
    check(BargeIn::After(5_000), 20, false);
    check(BargeIn::KeysOnly, 20, false);
    check(BargeIn::Off, 20, false);
}

#[test]
fn a_key_is_no_speech_and_nothing_is_where_nobody_listens() {
    let speech = |pair: &Pair| pair.ends[0].out.signals.iter().filter(|signal| matches!(signal, Signal::Speech { .. })).count();
    let listening = || {
        let mut pair = Pair::new(Weather::default(), session(CALLER));
        pair.ends[0].command(&Command::Listen { leg: Leg::A, id: ListenId(1) });
        pair
    };
    let mut keys = Pair::new(Weather::default(), Session { telephone_event: None, ..session(CALLER) });
    keys.ends[0].command(&Command::Listen { leg: Leg::A, id: ListenId(1) });
    keys.ticks(20);
    keys.ends[1].send_keys("1234567890");
    keys.ticks(200);
    assert_eq!((keys.ends[0].out.keys().as_str(), speech(&keys)), ("1234567890", 0));
    let mut deaf = listening();
    deaf.ends[0].command(&Command::Deafen { leg: Leg::A });
    deaf.ends[1].play(1, &[Piece::Clip(ClipId(2))], BargeIn::Off);
    deaf.ticks(100);
    assert_eq!(speech(&deaf), 0);
}
