//! A port, once made, allocates nothing: counted by the allocator itself.

#![allow(unsafe_code, reason = "an allocator is unsafe to write; this one only counts and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;

use dauys_core::key::Key;
use dauys_core::media::{Channel, Codec, Command, FRAME, Frame, KeyMethod, Leg, Outlet, PlayId, Port, Session, Signal, Taped};
use dauys_core::time::Tick;
use dauys_core::utterance::{BargeIn, Piece, Pieces, Prosody, Rate, Volume};

use crate::rig::{LONG, PEER, VOICE, address, clips, config, event, packet, session};
use crate::sound::Sound;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on unchanged to the system's allocator; the count is a thread's own and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn counted(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.with(Cell::get);
    work();
    ALLOCATIONS.with(Cell::get) - before
}

/// Takes everything and keeps nothing but its number.
#[derive(Debug, Default)]
struct Void {
    calls: u64,
    tones: u64,
}

impl Outlet for Void {
    fn send(&mut self, _: SocketAddr, _: Channel, _: &[u8]) {
        self.calls += 1;
    }

    fn signal(&mut self, signal: Signal) {
        self.calls += 1;
        self.tones += u64::from(matches!(signal, Signal::Key { by: KeyMethod::Tone, .. }));
    }

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}

#[test]
fn a_minute_of_a_call_allocates_and_frees_nothing() {
    let mut port = Port::new(config(1), clips());
    let mut out = Void::default();
    let peer = address(PEER);
    let tone = Sound::default().key('7', 5 * FRAME, -10.0).alaw();
    let sound = |n: usize| if n % 20 < 5 { &tone[n % 20 * FRAME..][..FRAME] } else { &[0x55; FRAME] };
    let voice: Vec<_> = (0..3000_u16).map(|n| packet(if n < 2000 { 0 } else { 8 }, n, u32::from(n) * 160, 9, sound(n.into()))).collect();
    let keys: Vec<_> = (0..30_u16).map(|n| event(3000 + n, u32::from(n) * 16_000, 5)).collect();
    let report = [&[0x80, 200, 0, 6][..], &[0; 24], &[0x81, 202, 0, 3, 0, 0, 0, 9, 1, 4, b'a', b'b', b'c', b'd', 0, 0]].concat();
    let settle = Command::Session { leg: Leg::A, session: Session { codec: Codec::Pcmu, payload_type: 0, ptime_ms: 30, ..session(PEER) } };
    let again = Command::Session { leg: Leg::A, session: Session { telephone_event: None, ..session(PEER) } };
    let pieces = Pieces::from_iter([LONG, Piece::Pause(100)]);
    let play = Command::Play { leg: Leg::A, id: PlayId(1), pieces, barge_in: BargeIn::AtOnce };
    let send = Command::SendKey { leg: Leg::A, key: Key::STAR };
    let slow = Command::Prosody { leg: Leg::A, prosody: Prosody { volume: Volume::Louder, rate: Rate::Slow } };
    let allocations = counted(|| {
        port.handle_command(&settle, &mut out);
        for (n, bytes) in voice.iter().enumerate() {
            if n % 7 != 0 {
                port.handle_datagram(Channel::Rtp, peer, bytes, &mut out);
            }
            if n == 2000 {
                port.handle_command(&again, &mut out);
                port.handle_command(&slow, &mut out);
            }
            if n % 100 == 0 {
                port.handle_command(&play, &mut out);
                port.handle_command(&send, &mut out);
                port.handle_datagram(Channel::Rtp, peer, &keys[n / 100], &mut out);
                port.handle_datagram(Channel::Rtcp, SocketAddr::new(peer.ip(), 4001), &report, &mut out);
                port.handle_datagram(Channel::Rtp, peer, &bytes[..9], &mut out);
                port.handle_datagram(Channel::Rtp, address("198.51.100.9:1"), bytes, &mut out);
            }
            port.tick(&mut out);
        }
    });
    let stats = port.stats();
    assert!(out.calls > 1500 && out.tones > 40 && stats.concealed > 0 && stats.strangers > 0 && stats.malformed == 30, "{out:?} {stats:?}");
    assert_eq!(allocations, 0);
}

/// What half a minute of a call in this codec takes from the allocator and gives back, once the codec is made.
fn of_a_call_in(codec: Codec, payload: &[u8]) -> u64 {
    let mut port = Port::new(config(1), clips());
    let mut out = Void::default();
    let number = codec.format().static_payload_type.unwrap_or(96);
    let step = codec.format().clock_hz / 50;
    let voice: Vec<_> = (0..1500_u16).map(|n| packet(number, n, u32::from(n) * step, 9, payload)).collect();
    let settle = |codec, payload_type| Command::Session { leg: Leg::A, session: Session { codec, payload_type, ..session(PEER) } };
    let play = Command::Play { leg: Leg::A, id: PlayId(1), pieces: Pieces::from_iter([VOICE]), barge_in: BargeIn::AtOnce };
    port.handle_command(&settle(codec, number), &mut out);
    port.handle_command(&play, &mut out);
    counted(|| {
        for (n, bytes) in voice.iter().enumerate() {
            if n % 7 != 0 {
                port.handle_datagram(Channel::Rtp, address(PEER), bytes, &mut out);
            }
            port.tick(&mut out);
        }
        if codec != Codec::Opus {
            port.handle_command(&settle(Codec::G722, 9), &mut out);
            port.handle_command(&settle(Codec::Pcma, 8), &mut out);
        }
    })
}

#[test]
fn no_codec_allocates_but_opus_and_that_little() {
    for codec in [Codec::Pcma, Codec::Pcmu, Codec::G722] {
        assert_eq!(of_a_call_in(codec, &[0x5A; 160]), 0, "{codec:?}");
    }
    let packet = [0x08, 0x0B, 0xE4, 0xC1, 0x36, 0xEC, 0xC5, 0x80];
    let of_opus = of_a_call_in(Codec::Opus, &packet);
    assert!((1..1500 * 40).contains(&of_opus), "{of_opus} in 1500 ticks");
}

#[test]
fn the_counter_counts() {
    assert_eq!(counted(|| drop(std::hint::black_box(vec![1_u8, 2, 3]))), 2);
}
