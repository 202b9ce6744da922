//! What a line says of itself, and the call: a fax and a busy line are hung up on, at virtual time, through both machines.

use std::f32::consts::TAU;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use audio_codec_algorithms::encode_alaw;
use dauys::bundle::{self, Bundle};
use dauys_core::call::invariant::breaches;
use dauys_core::call::log::{self, Line};
use dauys_core::call::pair::{Event, Faithful};
use dauys_core::call::replay::replay;
use dauys_core::call::{Action, Control, Input, Opening, Outcome, Output, Pair, Recorder, SipEvent};
use dauys_core::citizen::CallerKind;
use dauys_core::media::{Channel, FRAME, Leg, Port, PortConfig, Session};
use dauys_core::time::CallTime;

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| bundle::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());
const CALLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 30_000);
/// The shortest silence that the shipped flows count.
const SILENCE: Duration = Duration::from_secs(6);
/// The longest that is waited, in ticks: 20 s.
const TICKS_MAX: usize = 1000;

/// A call whose caller sounds like this, sample by sample: all that passed, and how many ticks it took.
fn call(sound: impl Fn(usize) -> f32, seed: u64) -> (Vec<(CallTime, Event)>, usize) {
    let port = Port::new(PortConfig { seed, ..PortConfig::default() }, Arc::clone(&BUNDLE.clips));
    let mut pair = Pair::new(Control::new(Arc::clone(&BUNDLE.program), &opening()), port, Faithful, seed);
    pair.handle(Input::Sip(SipEvent::Answered { leg: Leg::A, session: Session::plain(CALLER) }));
    let mut ticks = 0;
    while !pair.is_over() && ticks < TICKS_MAX {
        let mut packet = vec![0x80, 8];
        packet.extend((ticks as u16).to_be_bytes());
        packet.extend(((ticks * FRAME) as u32).to_be_bytes());
        packet.extend(9_u32.to_be_bytes());
        packet.extend((ticks * FRAME..(ticks + 1) * FRAME).map(|at| encode_alaw(sound(at) as i16)));
        pair.handle_datagram(Channel::Rtp, CALLER, &packet, &mut |_, _, _| {});
        pair.step(&mut |_, _, _| {});
        ticks += 1;
    }
    (pair.trace().to_vec(), ticks)
}

/// A tone, in a cadence of seconds on and off.
fn tone(hz: f32, on: f32, off: f32) -> impl Fn(usize) -> f32 {
    move |at| {
        let second = at as f32 / 8000.0;
        if second % (on + off) < on { 4000.0 * (TAU * (hz * second).fract()).sin() } else { 0.0 }
    }
}

/// The actions of a call, in order.
fn actions(trace: &[(CallTime, Event)]) -> Vec<Action> {
    let action = |(_, event): &(CallTime, Event)| if let Event::Out(Output::Action(action)) = event { Some(action.clone()) } else { None };
    trace.iter().filter_map(action).collect()
}

#[track_caller]
fn check(sound: impl Fn(usize) -> f32, expected: Outcome, ticks_max: usize) {
    for seed in 0..5 {
        let (trace, ticks) = call(&sound, seed);
        assert_eq!(actions(&trace), [Action::HangUp(Leg::A), Action::Finish(expected.clone())], "after {ticks} ticks");
        assert!(ticks <= ticks_max, "{expected}: {ticks} ticks");
        assert_eq!(breaches(&trace, SILENCE), []);
        assert_replays(&trace);
    }
}

/// The log of the call has the tone and the end, and leads to the same decisions.
#[track_caller]
fn assert_replays(trace: &[(CallTime, Event)]) {
    let mut control = Control::new(Arc::clone(&BUNDLE.program), &opening());
    let mut recorder = Recorder::new(Arc::clone(&BUNDLE.program), &opening());
    for (now, event) in trace {
        let Event::In(input) = event else { continue };
        control.handle_deadline(*now);
        outputs(&mut control, &mut recorder);
        recorder.after(*now, &control);
        recorder.before(*now, input, &control);
        control.handle(*now, input.clone());
        outputs(&mut control, &mut recorder);
        recorder.after(*now, &control);
    }
    let text: String = std::iter::from_fn(|| recorder.poll()).map(|line| serde_json::to_string(&line).unwrap() + "\n").collect();
    let log = log::read(&text).unwrap();
    assert!(text.contains("\"tone\":{\"leg\":\"a\"") && !log.lines.contains(&Line::Unfaithful), "{text}");
    assert_eq!(replay(Arc::clone(&BUNDLE.program), &log).diverged, None);
}

fn outputs(control: &mut Control, recorder: &mut Recorder) {
    while let Some((at, output)) = control.poll() {
        recorder.output(at, &output);
    }
}

#[test]
fn a_fax_that_calls_is_hung_up_on_at_its_second_tone() {
    check(tone(1100.0, 0.5, 3.0), Outcome::Fax, 220);
}

#[test]
fn a_fax_that_answers_is_hung_up_on() {
    check(tone(2100.0, 3.0, 30.0), Outcome::Fax, 130);
}

#[test]
fn a_busy_line_is_hung_up_on_after_three_cycles() {
    check(tone(425.0, 0.35, 0.35), Outcome::Busy, 130);
    check(tone(425.0, 0.5, 0.5), Outcome::Busy, 180);
    check(tone(425.0, 60.0, 1.0), Outcome::Busy, 270);
}

#[test]
fn a_line_that_rings_or_hums_is_no_reason_to_hang_up() {
    for sound in [Box::new(tone(425.0, 1.0, 4.0)) as Box<dyn Fn(usize) -> f32>, Box::new(tone(100.0, 1.0, 0.0))] {
        let (trace, ticks) = call(sound, 1);
        assert!(ticks == TICKS_MAX && actions(&trace).is_empty());
    }
}

fn opening() -> Opening {
    Opening {
        answered_at_ms: 0,
        called: "1414".into(),
        trusted: false,
        lang: None,
        seed: 1,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Unknown,
    }
}
