//! Over real sockets on loopback: the only tests of this room that wait, each with a bound.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::pin::pin;
use std::sync::Arc;
use std::task::Context;
use std::time::{Duration, Instant};

use dauys_core::key::Key;
use dauys_core::media::{Clips, Command, KeyMethod, Leg, PlayEnd, PlayId, Port, PortConfig, SILENCE, Session, Signal};
use dauys_core::time::Tick;
use dauys_core::utterance::{BargeIn, ClipId, Piece, Pieces};

use super::*;

const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const BOUND: Duration = Duration::from_secs(10);

fn pacer() -> Pacer {
    Pacer::start(&PacerConfig { threads: 1, realtime: true }).unwrap()
}

fn line(pacer: &Pacer, ports: RangeInclusive<u16>, ssrc: u32) -> Result<Line, OpenError> {
    let clips = Clips::new(vec![(0..8000).map(|n| (n % 251) as u8).collect::<Vec<_>>().into()]);
    let port = Port::new(PortConfig { ssrc, ..PortConfig::default() }, Arc::new(clips));
    pacer.open(LineConfig { ip: IP, ports, legs: vec![port], tap: true, ear: false })
}

fn session(peer: SocketAddr) -> Command {
    Command::Session { leg: Leg::A, session: Session::plain(peer) }
}

fn play(id: u32) -> Command {
    // The pause lets the other end learn of its session first.
    let pieces = Pieces::from_iter([Piece::Pause(200), Piece::Clip(ClipId(0))]);
    Command::Play { leg: Leg::A, id: PlayId(id), pieces, barge_in: BargeIn::AtOnce }
}

/// Two lines that talk to each other.
fn couple(pacer: &Pacer, from: u16) -> (Line, Line) {
    let mut robot = line(pacer, from..=from + 19, 1).unwrap();
    let mut caller = line(pacer, from..=from + 19, 2).unwrap();
    robot.command(session(caller.local(Leg::A).unwrap())).unwrap();
    caller.command(session(robot.local(Leg::A).unwrap())).unwrap();
    (robot, caller)
}

/// An even port that is free together with the one above it.
fn free_pair() -> u16 {
    let port = |_| UdpSocket::bind((IP, 0)).unwrap().local_addr().unwrap().port();
    let is_free = |port: &u16| port.is_multiple_of(2) && [*port, port + 1].iter().all(|port| UdpSocket::bind((IP, *port)).is_ok());
    (0..1000).map(port).find(is_free).expect("a free pair of ports")
}

async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(BOUND, future).await.expect("within ten seconds")
}

#[tokio::test]
async fn keys_of_one_line_are_signals_of_the_other_and_stop_its_prompt() {
    let pacer = pacer();
    let (mut robot, mut caller) = couple(&pacer, 41_000);
    robot.command(play(1)).unwrap();
    for key in "14#".chars() {
        caller.command(Command::SendKey { leg: Leg::A, key: Key::from_char(key).unwrap() }).unwrap();
    }
    let mut told = String::new();
    while told.len() < 4 {
        match within(robot.signal()).await.unwrap() {
            Signal::Key { key, by: KeyMethod::Event, .. } => told.push(key.char()),
            Signal::PlayEnded { id: PlayId(1), why: PlayEnd::Key, .. } => told.push('!'),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, "1!4#");
    let counts_packets = |line: &Line| line.counters(Leg::A).any(|(name, count)| name == "received" && count > 0);
    let began = Instant::now();
    while !(counts_packets(&robot) && counts_packets(&caller)) {
        assert!(began.elapsed() < BOUND);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_clip_is_heard_byte_for_byte_at_the_other_end() {
    let pacer = pacer();
    let (mut robot, mut caller) = couple(&pacer, 41_100);
    let mut tap = caller.take_tap().unwrap();
    robot.command(play(7)).unwrap();
    assert!(matches!(within(robot.signal()).await, Some(Signal::PlayEnded { id: PlayId(7), why: PlayEnd::Finished, .. })));
    let mut heard = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(300) {
        heard.extend(tap.next_frame().into_iter().flat_map(|frame| frame.heard));
        tokio::task::yield_now().await;
    }
    let start = heard.windows(4).position(|four| four == [0, 1, 2, 3]).expect("the clip begins");
    let clip: Vec<u8> = (0..8000).map(|n| (n % 251) as u8).collect();
    let same = heard[start..].iter().zip(&clip).filter(|(heard, clip)| heard == clip).count();
    assert!(same > 7000, "{same} of 8000");
    assert!(heard[..start].iter().all(|sample| *sample == SILENCE));
}

/// However short, and however long nobody reads the tap: what is private is told.
#[tokio::test]
async fn what_was_private_between_two_ticks_is_told_with_the_next_frame_that_is_read() {
    let pacer = pacer();
    let mut line = line(&pacer, 41_400..=41_419, 1).unwrap();
    let mut tap = line.take_tap().unwrap();
    let until = |lost: u64, tap: &Tap| {
        let began = Instant::now();
        while tap.lost() < lost {
            assert!(began.elapsed() < BOUND);
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until(1, &tap);
    line.redact(Leg::A, true);
    line.redact(Leg::A, false);
    until(tap.lost() + 3, &tap);
    let mut private = Vec::new();
    let began = Instant::now();
    while private.len() < 250 {
        assert!(began.elapsed() < BOUND);
        private.extend(std::iter::from_fn(|| tap.next_frame()).map(|frame| frame.private));
        tokio::task::yield_now().await;
    }
    assert_eq!(private.iter().filter(|private| **private).count(), 1);
    assert!(line.tick() > Tick(250));
}

#[tokio::test]
async fn a_line_let_go_gives_its_ports_back_and_a_full_range_says_so() {
    let pacer = pacer();
    let even = free_pair();
    let (from, to) = (even - 1, even + 2);
    let held = line(&pacer, from..=to, 1).unwrap();
    assert_eq!(held.local(Leg::A), Some(SocketAddr::new(IP, even)));
    let refused = line(&pacer, from..=to, 1).unwrap_err().to_string();
    assert_eq!(
        refused,
        format!("no free pair of an even and an odd UDP port in {from}-{to} on 127.0.0.1: widen the range or let calls end")
    );
    drop(held);
    let began = Instant::now();
    while line(&pacer, from..=to, 1).is_err() {
        assert!(began.elapsed() < BOUND);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_end_of_the_pacer_is_the_end_of_every_line() {
    let pacer = pacer();
    let mut held = line(&pacer, 41_300..=41_319, 1).unwrap();
    let waiting = tokio::spawn(async move { held.signal().await });
    tokio::task::yield_now().await;
    drop(pacer);
    assert_eq!(within(waiting).await.unwrap(), None);
}

#[test]
fn keys_outlast_a_task_that_does_not_read() {
    let pacer = pacer();
    let mut held = line(&pacer, 41_400..=41_419, 1).unwrap();
    let local = held.local(Leg::A).unwrap();
    let peer = UdpSocket::bind((IP, 0)).unwrap();
    held.command(session(peer.local_addr().unwrap())).unwrap();
    std::thread::sleep(Duration::from_millis(60));
    for n in 0..200_u16 {
        let [high, low] = n.to_be_bytes();
        peer.send_to(&[0x80, 101, high, low, 0, 0, high, low, 0, 0, 0, 9, (n % 10) as u8, 10, 0, 160], local).unwrap();
        std::thread::sleep(Duration::from_millis(3));
    }
    let mut told = Vec::new();
    let began = Instant::now();
    while told.len() < 200 && began.elapsed() < BOUND {
        let mut context = Context::from_waker(std::task::Waker::noop());
        match pin!(&mut held).get_mut().poll_signal(&mut context) {
            std::task::Poll::Ready(Some(Signal::Key { key, .. })) => told.push(key.event()),
            std::task::Poll::Ready(other) => panic!("{other:?}"),
            std::task::Poll::Pending => std::thread::yield_now(),
        }
    }
    assert_eq!(told, (0..200).map(|n| (n % 10) as u8).collect::<Vec<_>>());
    assert_eq!(held.signals_lost(), 0);
}

#[test]
fn lateness_is_measured_and_priority_is_told() {
    let pacer = pacer();
    let _held = line(&pacer, 41_500..=41_519, 1).unwrap();
    let began = Instant::now();
    while pacer.lateness().count() < 5 && began.elapsed() < BOUND {
        std::thread::yield_now();
    }
    assert!(pacer.lateness().p50() > Duration::ZERO);
    let words = pacer.realtime().to_string();
    assert!(words == "granted" || words.starts_with("refused: "), "{words}");
}

#[tokio::test]
async fn both_legs_of_a_call_are_on_one_line() {
    let pacer = pacer();
    let port = |leg| Port::new(PortConfig { leg, ..PortConfig::default() }, Arc::new(Clips::default()));
    let legs = vec![port(Leg::A), port(Leg::B)];
    let mut held = pacer.open(LineConfig { ip: IP, ports: 41_600..=41_639, legs, tap: false, ear: false }).unwrap();
    assert_ne!(held.local(Leg::A), held.local(Leg::B));
    for leg in [Leg::B, Leg::A] {
        held.command(Command::OutOfBandKey { leg, key: Key::STAR }).unwrap();
    }
    let mut told = Vec::new();
    for _ in 0..2 {
        let Some(Signal::Key { leg, by: KeyMethod::Info, .. }) = within(held.signal()).await else { panic!("a key") };
        told.push(leg);
    }
    assert_eq!(told, [Leg::B, Leg::A]);
}
