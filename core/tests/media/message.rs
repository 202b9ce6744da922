//! Messages through two ports: the caller's voice on one side, on the other what of it is recorded, and when that is over.

use dauys_core::key::Key;
use dauys_core::media::{Command, Direction, FRAME, Leg, RecordEnd, SILENCE, Signal};
use dauys_core::utterance::{BargeIn, MessageId, Piece};

use crate::network::{CALLER, Pair, Weather};
use crate::rig::{Rig, VOICE, session, voice};

const MESSAGE: MessageId = MessageId(1);
const RECORD: Command = Command::Record { leg: Leg::A, message: MESSAGE, silence_ms: 2_000, max_ms: 30_000 };
/// Ticks that a voice may take from port to port.
const DELAY: usize = 10;

fn called() -> Pair {
    let mut pair = Pair::new(Weather::default(), session(CALLER));
    pair.ticks(20);
    pair
}

/// How each message ended.
fn ends(robot: &Rig) -> Vec<(u16, bool, RecordEnd)> {
    let end = |signal: &Signal| match signal {
        Signal::Recorded { message, enough, why, .. } => Some((message.0, *enough, *why)),
        _ => None,
    };
    robot.out.signals.iter().filter_map(end).collect()
}

fn spoken(robot: &Rig) -> usize {
    robot.out.signals.iter().filter(|signal| matches!(signal, Signal::Spoke { message: MESSAGE, .. })).count()
}

/// What was recorded, without the silence before and after.
fn recorded(robot: &Rig) -> Vec<u8> {
    let sound: Vec<u8> = robot.out.taped.iter().flat_map(|(_, frame)| *frame).collect();
    let is_sound = |sample: &u8| *sample != SILENCE;
    let (first, last) = (sound.iter().position(is_sound), sound.iter().rposition(is_sound));
    first.zip(last).map_or_else(Vec::new, |(first, last)| sound[first..=last].to_vec())
}

fn bare(sound: &[u8]) -> &[u8] {
    let is_sound = |sample: &u8| *sample != SILENCE;
    &sound[sound.iter().position(is_sound).unwrap()..=sound.iter().rposition(is_sound).unwrap()]
}

#[test]
fn speech_a_pause_of_a_second_and_speech_are_one_message_and_whole() {
    let mut pair = called();
    pair.ends[0].command(&RECORD);
    pair.ticks(30);
    pair.ends[1].play(1, &[VOICE, Piece::Pause(1_000), VOICE], BargeIn::Off);
    let ticks = (2 * voice().len() + 8_000).div_ceil(FRAME);
    pair.ticks(ticks as u64 + 250);
    let robot = &pair.ends[0];
    assert_eq!((ends(robot), spoken(robot)), (vec![(1, true, RecordEnd::Silence)], 1));
    let sent = [voice(), &vec![SILENCE; 8_000], voice()].concat();
    let recorded = recorded(robot);
    assert!(recorded == bare(&sent), "{} of {} bytes", recorded.len(), bare(&sent).len());
    let most = 30 + ticks + 100 + DELAY;
    assert!((most - 2 * DELAY..=most).contains(&robot.out.taped.len()), "{} of {most} ticks", robot.out.taped.len());
    assert!(robot.out.taped.iter().is_sorted_by_key(|(taped, _)| taped.enough), "what is a message stays one");
}

#[test]
fn of_somebody_who_says_nothing_nothing_is_a_message() {
    let mut pair = called();
    pair.ends[0].command(&RECORD);
    pair.ticks(300);
    assert_eq!((ends(&pair.ends[0]), spoken(&pair.ends[0])), (vec![(1, false, RecordEnd::Silence)], 0));
    assert_eq!(pair.ends[0].out.taped.len(), 100);
    assert!(pair.ends[0].out.taped.iter().all(|(taped, _)| !taped.enough));
}

#[test]
fn a_key_ends_a_message_within_its_tick_and_is_told_before_it() {
    let mut pair = called();
    pair.ends[0].command(&RECORD);
    pair.ends[1].play(1, &[VOICE], BargeIn::Off);
    pair.ticks(60);
    pair.ends[1].send_keys("#");
    pair.ticks(30);
    let told = pair.ends[0].out.signals.iter().filter_map(|signal| match signal {
        Signal::Key { key, tick, .. } => Some((Some(*key), *tick)),
        Signal::Recorded { why: RecordEnd::Key, enough: true, tick, .. } => Some((None, *tick)),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [Some(Key::POUND), None]);
    assert_eq!(told[0].1, told[1].1);
}

#[test]
fn a_message_has_a_longest_length_and_may_be_stopped() {
    let mut pair = called();
    pair.ends[0].command(&Command::Record { leg: Leg::A, message: MESSAGE, silence_ms: 2_000, max_ms: 1_000 });
    pair.ends[1].play(1, &[VOICE], BargeIn::Off);
    pair.ticks(100);
    let second = MessageId(2);
    pair.ends[0].command(&Command::Record { leg: Leg::A, message: second, silence_ms: 2_000, max_ms: 1_000 });
    pair.ticks(20);
    pair.ends[0].command(&Command::StopRecord { leg: Leg::A, message: MESSAGE }); // that one is over
    pair.ticks(20);
    pair.ends[0].command(&Command::StopRecord { leg: Leg::A, message: second });
    pair.ticks(20);
    let ends = ends(&pair.ends[0]);
    assert_eq!(ends.iter().map(|(message, _, why)| (*message, *why)).collect::<Vec<_>>(), [(1, RecordEnd::Full), (2, RecordEnd::Stopped)]);
    let lengths = [1, 2].map(|id| pair.ends[0].out.taped.iter().filter(|(taped, _)| taped.message == MessageId(id)).count());
    assert_eq!(lengths, [50, 40]);
}

#[test]
fn on_hold_nothing_is_spoken_into_a_message() {
    let mut pair = called();
    pair.ends[0].command(&RECORD);
    let held = dauys_core::media::Session { direction: Direction::RecvOnly, ..session(CALLER) };
    pair.ends[0].settle(held);
    pair.ends[1].play(1, &[VOICE], BargeIn::Off); // music, as it were
    pair.ticks(200);
    assert_eq!(ends(&pair.ends[0]), [(1, false, RecordEnd::Silence)]);
}

#[test]
fn the_tone_is_heard_and_no_key_is_in_it() {
    let mut pair = called();
    pair.ends[0].play(1, &[Piece::Tone], BargeIn::Off);
    pair.ticks(40);
    let caller = &pair.ends[1].out;
    let heard = caller.heard.iter().filter(|sample| **sample != SILENCE).count();
    assert!((1_300..=1_920).contains(&heard), "{heard} samples of 240 ms: a quarter of a sine of 1 kHz is zero");
    assert_eq!((caller.keys(), pair.ends[0].out.ends().len()), (String::new(), 1));
}
