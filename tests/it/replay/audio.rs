//! A caller's sound through the real port: its tones are keys, and the same file is the same call.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use dauys::replay::audio;
use dauys::replay::replies::Replies;
use dauys_core::call::log::{Line, Log, VERSION};
use dauys_core::call::replay::{Decision, Told, story};
use dauys_core::call::{Action, Input, Opening, Output};
use dauys_core::citizen::CallerKind;
use dauys_core::flow::graph::Value;
use dauys_core::interpreter::{Answer, RequestId};
use dauys_core::key::Key;
use dauys_core::media::{Channel, Clips, Command, Frame, KeyMethod, Leg, Outlet, Port, PortConfig, Session, Signal, Taped};
use dauys_core::time::{CallTime, Tick};

use crate::seam::BUNDLE;

/// What a caller sends who presses a key at each of these times, as tones: A-law.
pub(super) fn sent(presses: &[(u64, &str)], seconds: u64) -> Vec<u8> {
    let robot: SocketAddr = "192.0.2.2:20000".parse().unwrap();
    let mut port = Port::new(PortConfig::default(), Arc::new(Clips::default()));
    let mut wire = Wire(VecDeque::new());
    let session = Session { telephone_event: None, ..Session::plain(robot) };
    port.handle_command(&Command::Session { leg: Leg::A, session }, &mut wire);
    let mut sound = Vec::new();
    for tick in 0..seconds * 50 {
        for key in presses.iter().filter(|(at, _)| at * 50 == tick).flat_map(|(_, keys)| keys.chars()) {
            port.handle_command(&Command::SendKey { leg: Leg::A, key: Key::from_char(key).unwrap() }, &mut wire);
        }
        port.tick(&mut wire);
        let packet = wire.0.pop_front();
        sound.extend(packet.map_or_else(|| vec![dauys_core::media::SILENCE; 160], |packet| packet[12..].to_vec()));
    }
    sound
}

struct Wire(VecDeque<Vec<u8>>);

impl Outlet for Wire {
    fn send(&mut self, _: SocketAddr, channel: Channel, bytes: &[u8]) {
        if channel == Channel::Rtp {
            self.0.push_back(bytes.to_vec());
        }
    }

    fn signal(&mut self, _: Signal) {}

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}

/// A WAV file of 8 kHz.
fn wav(tag: u16, channels: u16, bits: u16, samples: &[u8]) -> Vec<u8> {
    let align = channels * bits / 8;
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    for two in [tag, channels] {
        file.extend(two.to_le_bytes());
    }
    file.extend(8000_u32.to_le_bytes());
    file.extend((8000 * u32::from(align)).to_le_bytes());
    file.extend(align.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
}

fn heard(file: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    std::fs::write(&path, file).unwrap();
    audio::sound(&path).unwrap()
}

/// A log in which the service was asked about another number: a stub for any.
pub(super) fn ready() -> Log {
    let fields = [("document", "passport"), ("branch", "astana_esil")].map(|(name, item)| (name.to_owned(), Value::Item(item.to_owned())));
    let request = [("application".to_owned(), Value::Application("111111111111".parse_application()))].into();
    let lookup = Action::Lookup { id: RequestId(0), service: "document_status".into(), request, deadline_ms: 8000 };
    let answer = Answer::Outcome { outcome: "ready".into(), fields: fields.into() };
    let at = CallTime::from_millis;
    let opening = Opening {
        answered_at_ms: 0,
        called: "1414".into(),
        trusted: false,
        lang: None,
        seed: 1,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Unknown,
    };
    let lines = vec![
        Line::Out { at: at(0), output: Output::Action(lookup) },
        Line::In { at: at(400), input: Input::Reply { id: RequestId(0), answer } },
    ];
    Log { version: VERSION, opening, lines }
}

trait ParseApplication {
    fn parse_application(&self) -> dauys_core::citizen::ApplicationNumber;
}

impl ParseApplication for str {
    fn parse_application(&self) -> dauys_core::citizen::ApplicationNumber {
        dauys_core::citizen::ApplicationNumber::parse(self).unwrap()
    }
}

pub(super) fn steps(lines: &[Line]) -> Vec<String> {
    let name = |told: &Told| match told.decision()? {
        Decision::Step { step, .. } => Some(step.clone()),
        Decision::Trouble(trouble) => Some(format!("{trouble:?}")),
        Decision::Ends(outcome) => Some(outcome.to_string()),
        Decision::Obeys(command) => Some(command.clone()),
        Decision::Says { .. } | Decision::Asks { .. } | Decision::Submits { .. } | Decision::Undoes { .. } => None,
        Decision::Unheard(_) | Decision::Errand(_) | Decision::Remembers(_) => None,
        Decision::Records(_) | Decision::Keeps(_) | Decision::Marks { .. } => None,
    };
    story(&BUNDLE.program, lines).iter().filter_map(name).collect()
}

pub(super) fn keys(lines: &[Line]) -> String {
    let key = |line: &Line| match line {
        Line::In { input: Input::Media(Signal::Key { key, by: KeyMethod::Tone, .. }), .. } => Some(key.char()),
        _ => None,
    };
    lines.iter().filter_map(key).collect()
}

#[test]
fn tones_in_a_file_walk_the_flows_and_services_answer_from_a_log() {
    let sound = sent(&[(12, "2"), (20, "1"), (24, "002512345678#"), (32, "1"), (48, "2")], 70);
    let call = || audio::call(&BUNDLE, "1414", &sound, Replies::of(&ready()));
    let lines = call();
    assert_eq!(keys(&lines), "21002512345678#12");
    let steps = steps(&lines);
    let walked = "language notice hub documents number check_application status done after_documents more goodbye done answered";
    assert!(steps.join(" ").ends_with(walked), "{steps:?}");
    assert_eq!(lines, call(), "the same file twice");
    let unavailable = audio::call(&BUNDLE, "1414", &sound, Replies::default());
    assert!(!self::steps(&unavailable).contains(&"more".to_owned()), "without an answer the service is unavailable");
}

#[test]
fn services_answer_from_a_table_by_what_they_are_asked_or_in_order() {
    let sound = sent(&[(12, "2"), (20, "1"), (24, "002512345678#"), (32, "1"), (48, "2")], 70);
    let walked = |table: &str| steps(&audio::call(&BUNDLE, "1414", &sound, Replies::table(table).unwrap()));
    let ready = "{name: document_status, outcome: ready, fields: {document: {item: passport}, branch: {item: astana_esil}}, after_ms: 400}";
    let of_another = r#"{name: document_status, with: {iin: {iin: "990101100010"}}, outcome: ready}"#;
    let exactly = r#"{name: document_status, with: {application: {application: "002512345678"}}, outcome: unavailable}"#;
    assert!(walked(&format!("- service: {ready}\n")).contains(&"more".to_owned()));
    assert!(!walked(&format!("- service: {of_another}\n")).contains(&"more".to_owned()), "nobody asks for an IIN");
    let other = exactly.replace("5678", "5679").replace("unavailable", "ready");
    assert!(!walked(&format!("- service: {other}\n")).contains(&"more".to_owned()), "another number");
    assert!(!walked(&format!("- service: {ready}\n- service: {exactly}\n")).contains(&"more".to_owned()), "the equal request first");
}

#[test]
fn a_table_that_is_wrong_says_where() {
    for (table, why) in [
        ("- service: {name: a}\n", "outcome"),
        ("- service: {name: a, outcome: b, field: {}}\n", "field"),
        ("- sms: {ending: sent}\n", "sent"),
        ("- fax: {ending: queued}\n", "fax"),
        ("- sms: {ending: queued}\n- service: {name: a, outcome: b, after_ms: 600001}\n", "reply 2: expected `after_ms`"),
        ("- service: {name: a, outcome: unavailable, fields: {n: {count: 1}}}\n", "reply 1: expected no fields"),
        ("{", "line 1"),
    ] {
        let said = Replies::table(table).map(|replies| format!("{replies:?}")).unwrap_err();
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[test]
fn the_end_of_the_sound_is_the_end_of_the_call() {
    let lines = audio::call(&BUNDLE, "1414", &sent(&[(3, "1")], 6), Replies::default());
    assert_eq!(steps(&lines).last().unwrap(), "hung_up");
    assert_eq!(keys(&lines), "1");
}

#[test]
fn every_format_of_a_telephone_is_heard_and_no_other() {
    let alaw: Vec<u8> = sent(&[(0, "5")], 1);
    let decoded: Vec<i16> = alaw.iter().map(|byte| audio_codec_algorithms::decode_alaw(*byte)).collect();
    let pcm: Vec<u8> = decoded.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let ulaw: Vec<u8> = decoded.iter().map(|sample| audio_codec_algorithms::encode_ulaw(*sample)).collect();
    let stereo: Vec<u8> = alaw.iter().flat_map(|byte| [*byte, 0x2A]).collect();
    assert_eq!(heard(&wav(6, 1, 8, &alaw)), alaw);
    assert_eq!(heard(&wav(1, 1, 16, &pcm)), alaw);
    assert_eq!(heard(&wav(6, 2, 8, &stereo)), alaw);
    let again = heard(&wav(7, 1, 8, &ulaw));
    assert!(again.len() == alaw.len() && again != ulaw);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    for (file, why) in [(wav(3, 1, 32, &pcm), "came format 3"), (wav(6, 3, 8, &alaw), "3 channels"), (b"MP3".to_vec(), "RIFF")] {
        std::fs::write(&path, file).unwrap();
        let said = audio::sound(&path).unwrap_err().to_string();
        assert!(said.contains(why), "{why}: {said}");
    }
}
