//! Recordings of calls to a robot that serves: the caller left, the robot right, and nothing of what is private.
//!
//! The caller speaks and keys in with tones that are heard before they become RFC 4733 events, as they do behind some gateways.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command as Program;
use std::sync::Arc;
use std::time::Duration;

use dauys::config;
use dauys::pacer::{Line, LineConfig, Pacer, PacerConfig, Tap};
use dauys::sip::{Dialog, Endpoint, LocalMedia};
use dauys_core::call::log::{self, Log};
use dauys_core::call::{Input, SipEvent};
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use dauys_core::media::{Clips, Command, FRAME, Leg, Packed, PlayEnd, PlayId, Port, PortConfig, SILENCE, Signal};
use dauys_core::utterance::{BargeIn, ClipId, Piece};
use tokio::time::{sleep, timeout};

use super::ear::{self, SECOND};
use super::{Folder, Robot, files};

const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PORTS: std::ops::RangeInclusive<u16> = 42_000..=42_099;
/// What the caller says: speech that the robot does not say in these calls.
pub(super) const SPEECH: &str = "prompts/services/document_status/service_down";
const IIN: &str = "990101100010";
/// How long anything may take.
const BOUND: Duration = Duration::from_secs(60);
/// From here on a sound was heard; up to the other it was not.
const ALIKE: f32 = 0.9;
const UNALIKE: f32 = 0.5;

#[test]
fn a_recording_has_both_sides_in_time_and_nothing_private() {
    let robot = Robot::start();
    let (sip, runtime) = (robot.sip, tokio::runtime::Runtime::new().unwrap());
    let heard = runtime.block_on(async { timeout(BOUND, a_call(sip)).await.unwrap() });
    assert_eq!(robot.metric("dauys_recording_frames_lost_total"), 0.0);
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success(), "{}", ended.log);
    let (log, recording) = kept(&ended.data);
    let [left, right] = sides(&recording);

    // The robot's side: what it said, in order, and not a sample of what it read back, which the caller did hear.
    let first = part(&right, 0, Lang::Kk, "prompts/main/greeting");
    let notice = part(&right, first, Lang::Ru, "prompts/main/recording_notice");
    let read = part(&right, notice, Lang::Ru, "prompts/services/document_status/read_iin.1-1");
    let rest = ear::clip(Lang::Ru, "prompts/services/document_status/read_iin.1-2");
    let after = read + ear::find(&rest[..rest.len().min(SECOND)], &right[read..]).unwrap().at;
    assert!(after - read > 3 * SECOND, "twelve digits were read in {} samples", after - read);
    let within = &right[read + FRAME..after - FRAME];
    assert_eq!(within.iter().filter(|sample| !is_silence(**sample)).count(), 0, "something of the digits is recorded");
    let digit = ear::clip(Lang::Ru, "words/digit_9");
    assert!(ear::find(&digit, &heard).unwrap().likeness > ALIKE, "the caller did hear the digits");
    assert!(ear::find(&digit, &right).unwrap().likeness < UNALIKE);

    // The caller's side: its speech, the tone of the language's key where the log says it was, and no tone while the row was asked.
    let speech = ear::clip(Lang::Kk, SPEECH);
    let found = ear::find(&speech[..2 * SECOND], &left).unwrap();
    assert!(found.likeness > ALIKE, "{found:?}");
    assert!(ear::likeness(&speech, &left[found.at..found.at + speech.len()]) > ALIKE);
    let keys = keys(&log);
    let (language, _) = keys[0];
    assert!((left_tone(&left, language) as i64 - language as i64).unsigned_abs() < SECOND as u64 / 5, "the key of sample {language}");
    let (first, last) = (keys[2].0, keys[2 + IIN.len()].0);
    let tones = (first - SECOND / 2..last + SECOND / 2).step_by(FRAME).filter(|at| is_tone(&left[*at..at + FRAME])).count();
    assert_eq!(tones, 0, "of the frames from sample {first} to {last}");
    assert!(left[first - SECOND / 2..last + SECOND / 2].iter().all(|sample| is_silence(*sample)));

    // Times that are no ticks lie where the opening says.
    for (sample, at_ms) in keys {
        let by_time = log.opening.recording.unwrap().0 as i64 * FRAME as i64 + at_ms as i64 * 8;
        assert!((by_time - sample as i64).abs() < SECOND as i64 / 2, "{by_time} and {sample}");
    }
    opens_in_sox(&recording, left.len());
    assert_eq!(std::fs::metadata(&recording).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_robot_that_may_not_record_makes_no_recording() {
    let robot = Robot::configured("recording: {enabled: false}\n");
    let sip = robot.sip;
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut caller = Caller::dial(sip).await;
        caller.goes_on(Duration::from_secs(1)).await;
        caller.dialog.hang_up().await;
    });
    robot.terminate();
    let ended = robot.ended();
    let kinds: Vec<_> = files(&ended.data.path().join("calls")).iter().map(|path| path.extension().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["jsonl"]);
}

/// A call in Russian with an IIN; what its caller heard.
async fn a_call(robot: SocketAddr) -> Vec<f32> {
    let mut caller = Caller::dial(robot).await;
    caller.says(ClipId(0)).await;
    caller.goes_on(Duration::from_secs(4)).await;
    caller.keys("2").await;
    caller.goes_on(Duration::from_secs(2)).await;
    caller.keys("1").await;
    caller.goes_on(Duration::from_secs(4)).await;
    caller.keys(IIN).await;
    caller.keys("#").await;
    caller.goes_on(Duration::from_secs(2)).await;
    caller.keys("1").await; // it was the IIN and no application's number
    caller.goes_on(Duration::from_secs(14)).await;
    caller.dialog.hang_up().await;
    caller.heard
}

/// A caller of our own making. Clip 0 is its speech, the others are the tones of its keys.
pub(super) struct Caller {
    pub(super) dialog: Dialog,
    line: Line,
    tap: Tap,
    plays: u32,
    heard: Vec<f32>,
    /// Hold the call.
    _house: (Endpoint, Pacer),
}

impl Caller {
    pub(super) async fn dial(robot: SocketAddr) -> Self {
        let (endpoint, _) = Endpoint::bind(&config::Sip { listen: SocketAddr::new(IP, 0), ..config::Sip::default() }).await.unwrap();
        let pacer = Pacer::start(&PacerConfig { threads: 1, realtime: true }).unwrap();
        let speech = std::fs::read(format!("{}/audio/kk/{SPEECH}.opus", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let clips = std::iter::once(Packed::open(speech.into()).unwrap().alaw().into_vec()).chain(KEYS.chars().map(tone));
        let clips = Arc::new(Clips::new(clips.map(Into::into).collect()));
        let port = Port::new(PortConfig { ssrc: 77, ..PortConfig::default() }, clips);
        let mut line = pacer.open(LineConfig { ip: IP, ports: PORTS, legs: vec![port], tap: true, ear: false }).unwrap();
        let rtp_port = line.local(Leg::A).unwrap().port();
        let mut outgoing = endpoint.invite(&format!("sip:1414@{robot}"), "+77010001414", LocalMedia { leg: Leg::A, rtp_port }).unwrap();
        let (dialog, session) = outgoing.answered().await.unwrap();
        line.command(Command::Session { leg: Leg::A, session }).unwrap();
        let tap = line.take_tap().unwrap();
        let mut caller = Self { dialog, line, tap, plays: 0, heard: Vec::new(), _house: (endpoint, pacer) };
        caller.goes_on(Duration::from_millis(500)).await;
        caller
    }

    /// Says a clip to its end.
    pub(super) async fn says(&mut self, clip: ClipId) {
        let id = self.play(clip);
        while !matches!(self.line.signal().await, Some(Signal::PlayEnded { id: ended, why: PlayEnd::Finished, .. }) if ended == id) {}
        self.listens();
    }

    /// Presses keys: each is heard as a tone for 160 ms before it becomes an event.
    pub(super) async fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.play(ClipId(KEYS.find(key).unwrap() as u32 + 1));
            self.goes_on(Duration::from_millis(160)).await;
            self.line.command(Command::SendKey { leg: Leg::A, key: Key::from_char(key).unwrap() }).unwrap();
            self.goes_on(Duration::from_millis(240)).await;
        }
    }

    fn play(&mut self, clip: ClipId) -> PlayId {
        self.plays += 1;
        let (id, pieces) = (PlayId(self.plays), [Piece::Clip(clip)].into_iter().collect());
        self.line.command(Command::Play { leg: Leg::A, id, pieces, barge_in: BargeIn::Off }).unwrap();
        id
    }

    pub(super) async fn goes_on(&mut self, time: Duration) {
        let mut time = std::pin::pin!(sleep(time));
        loop {
            tokio::select! {
                () = &mut time => break,
                event = self.dialog.next() => assert!(!matches!(event, None | Some(SipEvent::HungUp { .. })), "the robot hung up"),
                _ = self.line.signal() => {}
            }
        }
        self.listens();
    }

    fn listens(&mut self) {
        let frames = std::iter::from_fn(|| self.tap.next_frame());
        self.heard.extend(frames.flat_map(|frame| frame.heard).map(sample));
    }
}

/// The keys that the caller has tones of.
const KEYS: &str = "0129#";

/// 200 ms of a key (ITU-T Q.23), A-law.
fn tone(key: char) -> Vec<u8> {
    let [low, high] = hertz(key);
    let wave = |hz: f32, at: usize| (std::f32::consts::TAU * hz * at as f32 / SECOND as f32).sin() * 6000.0;
    (0..10 * FRAME).map(|at| audio_codec_algorithms::encode_alaw((wave(low, at) + wave(high, at)) as i16)).collect()
}

fn hertz(key: char) -> [f32; 2] {
    match key {
        '1' => [697.0, 1209.0],
        '2' => [697.0, 1336.0],
        '9' => [852.0, 1477.0],
        '0' => [941.0, 1336.0],
        '#' => [941.0, 1477.0],
        other => panic!("no tones of {other}"),
    }
}

/// Whether most of a frame is the two tones of one of these keys.
fn is_tone(frame: &[f32]) -> bool {
    let energy: f32 = frame.iter().map(|sample| sample * sample).sum();
    let share = |hz: f32| {
        let angle = |at: usize| std::f32::consts::TAU * hz * at as f32 / SECOND as f32;
        let (re, im) = frame
            .iter()
            .enumerate()
            .fold((0.0, 0.0), |(re, im), (at, sample)| (re + sample * angle(at).cos(), im + sample * angle(at).sin()));
        (re * re + im * im) * 2.0 / frame.len() as f32 / energy
    };
    energy > 0.0 && KEYS.chars().any(|key| hertz(key).into_iter().all(|hz| share(hz) > 0.25))
}

/// Where a key's tone begins, within a second of this sample.
fn left_tone(left: &[f32], near: usize) -> usize {
    (near.saturating_sub(SECOND)..near + SECOND).step_by(FRAME / 2).find(|at| is_tone(&left[*at..at + FRAME])).expect("a tone is recorded")
}

/// Where a clip ends that is heard from its beginning to its end.
#[track_caller]
fn part(sound: &[f32], from: usize, lang: Lang, name: &str) -> usize {
    let clip = ear::clip(lang, name);
    let at = from + ear::find(&clip[..clip.len().min(SECOND)], &sound[from..]).unwrap().at;
    let whole = &sound[at..at + clip.len()];
    assert!(ear::likeness(&clip, whole) > ALIKE, "{name} at {at}");
    at + clip.len()
}

/// The first sample of the tick at which each key was told, and when the call took it in.
fn keys(log: &Log) -> Vec<(usize, u64)> {
    let key = |line: &log::Line| match line {
        log::Line::In { at, input: Input::Media(Signal::Key { tick, .. }) } => {
            Some(((tick.0 as usize).saturating_sub(1) * FRAME, at.millis()))
        }
        _ => None,
    };
    log.lines.iter().filter_map(key).collect()
}

/// The only log, and the recording beside it.
pub(super) fn kept(data: &Folder) -> (Log, PathBuf) {
    let mut found = files(&data.path().join("calls"));
    found.retain(|path| path.extension() != Some("sealed".as_ref()));
    found.sort();
    let [log, wav] = found.as_slice() else { panic!("expected a log and a recording, found {found:?}") };
    assert_eq!(*wav, log.with_extension("wav"));
    (log::read(&std::fs::read_to_string(log).unwrap()).unwrap(), wav.clone())
}

/// The caller's and the robot's.
pub(super) fn sides(path: &std::path::Path) -> [Vec<f32>; 2] {
    let file = std::fs::read(path).unwrap();
    let length = u32::from_le_bytes(file[54..58].try_into().unwrap()) as usize;
    let side = |side: usize| file[58..58 + length].iter().skip(side).step_by(2).map(|byte| sample(*byte)).collect();
    [side(0), side(1)]
}

fn sample(byte: u8) -> f32 {
    f32::from(audio_codec_algorithms::decode_alaw(byte))
}

pub(super) fn is_silence(sample: f32) -> bool {
    sample == f32::from(audio_codec_algorithms::decode_alaw(SILENCE))
}

/// Another program's opinion of the file.
fn opens_in_sox(path: &std::path::Path, samples: usize) {
    let told = Program::new("sox").arg("--i").arg(path).output().expect("sox; run ./setup");
    let told = String::from_utf8(told.stdout).unwrap();
    for line in ["Channels       : 2", "Sample Rate    : 8000", "8-bit A-law", &format!("= {samples} samples")] {
        assert!(told.contains(line), "{line}: {told}");
    }
}
