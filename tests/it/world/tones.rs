//! Tones against programs that are not ours: multimon-ng hears ours, we hear sox's; and the robot's own clips hold none.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use audio_codec_algorithms::{decode_alaw, encode_alaw};
use dauys::speech::wav;
use dauys_core::call::Input;
use dauys_core::call::log::{self, Line};
use dauys_core::key::Key;
use dauys_core::media::{
    Channel, Clips, Command as Wanted, FRAME, Frame, KeyMethod, Leg, Outlet, Packed, Port, PortConfig, Session, Signal, Taped,
};
use dauys_core::time::Tick;

use super::{Folder, Process, Robot, files};

const KEYS: &str = "0123456789*#ABCD";
const PEER: &str = "192.0.2.7:4000";
/// How long a call of the test caller may last.
const CALL: Duration = Duration::from_secs(60);

#[test]
fn multimon_hears_every_key_that_a_port_sends_as_a_tone() {
    let keys = format!("{KEYS}1199##0");
    let mut line = Trunk::new();
    for key in keys.chars().filter_map(Key::from_char) {
        line.port.handle_command(&Wanted::SendKey { leg: Leg::A, key }, &mut line.out);
    }
    (0..keys.len() * 9 + 20).for_each(|_| line.port.tick(&mut line.out));
    assert_eq!(heard_by_multimon(&line.out.sent), keys);
}

#[test]
fn a_port_hears_every_key_that_sox_makes() {
    for (tone_s, pause_s, volume) in [("0.045", "0.045", "0.3"), ("0.1", "0.1", "0.03"), ("0.07", "0.05", "0.9")] {
        let mut line = Trunk::new();
        line.hear(&[0xD5; 800]);
        for key in KEYS.chars() {
            let (low, high) = pair(key);
            line.hear(&sox(&["synth", tone_s, "sine", low, "sine", high, "remix", "1,2", "vol", volume, "pad", "0", pause_s]));
        }
        line.hear(&[0xD5; 4000]);
        assert_eq!((line.out.keys.as_str(), line.out.others), (KEYS, 0), "{tone_s} s, {pause_s} s of pause, volume {volume}");
    }
}

#[test]
fn no_clip_of_the_robot_holds_a_key_or_a_tone_of_a_line() {
    let clips: Vec<Vec<u8>> = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("audio"))
        .into_iter()
        .filter(|path| path.extension() == Some("opus".as_ref()))
        .map(|path| Packed::open(std::fs::read(path).unwrap().into()).unwrap().alaw().into_vec())
        .collect();
    assert!(clips.len() > 150, "{} clips", clips.len());
    let mut line = Trunk::new();
    clips.iter().for_each(|clip| line.hear(clip));
    clips.iter().for_each(|clip| line.hear(&changed(clip, |at| at * 5 / 4))); // a higher voice
    clips.iter().for_each(|clip| line.hear(&changed(clip, |at| at * 4 / 5)));
    clips.iter().zip(clips.iter().skip(7)).for_each(|(clip, other)| line.hear(&mixed(clip, other)));
    assert!(line.minutes() > 12, "{} minutes", line.minutes());
    assert_eq!((line.out.keys.as_str(), line.out.others), ("", 0));
}

#[test]
fn a_caller_without_events_keys_through_a_call_by_tones() {
    let robot = Robot::start();
    let saved = Folder::new();
    let mut call = Command::new(env!("CARGO_BIN_EXE_dauys"));
    call.args(["call", &robot.uri(), "--tones", "--keys", "w1,2,w1,1,w1,00251#,w1", "--longest-s", "12", "--out"]).arg(saved.path());
    let ended = Process::start(call.stdout(Stdio::null())).ended(CALL);
    assert!(ended.success());
    let said = std::fs::read(saved.path().join("said.wav")).unwrap();
    assert_eq!(heard_by_multimon(wav::read(&said).unwrap()), "2100251#");
    robot.terminate();
    let data = robot.ended().data;
    let logs: Vec<_> = files(&data.path().join("calls")).into_iter().filter(|path| path.extension() == Some("jsonl".as_ref())).collect();
    let [log] = logs.as_slice() else { panic!("expected the log of one call, found {logs:?}") };
    let log = log::read(&std::fs::read_to_string(log).unwrap()).unwrap();
    let ways: Vec<KeyMethod> = log.lines.iter().filter_map(way).collect();
    assert_eq!(ways, [KeyMethod::Tone; 8]);
}

fn way(line: &Line) -> Option<KeyMethod> {
    match line {
        Line::In { input: Input::Media(Signal::Key { by, .. }), .. } => Some(*by),
        _ => None,
    }
}

/// The keys in A-law, as multimon-ng hears them.
fn heard_by_multimon(alaw: &[u8]) -> String {
    let folder = Folder::new();
    let (wave, raw) = (folder.path().join("said.wav"), folder.path().join("said.raw"));
    std::fs::write(&wave, wav::write(alaw)).unwrap();
    run(Command::new("sox").arg(&wave).args(["-t", "raw", "-r", "22050", "-e", "signed", "-b", "16", "-c", "1"]).arg(&raw));
    let told = run(Command::new("multimon-ng").args(["-q", "-t", "raw", "-c", "-a", "DTMF"]).arg(&raw));
    told.lines().filter_map(|line| line.strip_prefix("DTMF: ")).collect()
}

/// What sox makes, as A-law.
fn sox(effects: &[&str]) -> Vec<u8> {
    let folder = Folder::new();
    let raw = folder.path().join("made.al");
    run(Command::new("sox").args(["-R", "-r", "8000", "-c", "2", "-n", "-c", "1", "-t", "al"]).arg(&raw).args(effects));
    std::fs::read(raw).unwrap()
}

/// What a program prints.
fn run(command: &mut Command) -> String {
    let program = command.get_program().to_owned();
    let output = command.output().unwrap_or_else(|why| panic!("{}: {why}; run ./setup", program.display()));
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn pair(key: char) -> (&'static str, &'static str) {
    let at = "123A456B789C*0#D".find(key).unwrap();
    (["697", "770", "852", "941"][at / 4], ["1209", "1336", "1477", "1633"][at % 4])
}

/// A clip played at another speed.
fn changed(clip: &[u8], place: impl Fn(usize) -> usize) -> Vec<u8> {
    (0..).map_while(|at| clip.get(place(at)).copied()).collect()
}

/// Two clips at once.
fn mixed(clip: &[u8], other: &[u8]) -> Vec<u8> {
    let sum = |(a, b): (&u8, &u8)| encode_alaw((decode_alaw(*a) / 2).saturating_add(decode_alaw(*b) / 2));
    clip.iter().zip(other).map(sum).collect()
}

/// A port whose peer has no events.
struct Trunk {
    port: Port,
    out: Out,
    rest: Vec<u8>,
    packets: usize,
}

/// What it gave.
#[derive(Default)]
struct Out {
    /// Voice that was sent.
    sent: Vec<u8>,
    /// Keys that were heard as tones.
    keys: String,
    /// Other signals.
    others: usize,
}

impl Outlet for Out {
    fn send(&mut self, _: SocketAddr, channel: Channel, bytes: &[u8]) {
        if channel == Channel::Rtp {
            self.sent.extend(&bytes[12..]);
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Key { key, by: KeyMethod::Tone, .. } => self.keys.push(key.char()),
            _ => self.others += 1,
        }
    }

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}

impl Trunk {
    fn new() -> Self {
        let peer: SocketAddr = PEER.parse().unwrap();
        let mut out = Out::default();
        let mut port = Port::new(PortConfig::default(), Arc::new(Clips::default()));
        let session = Session { telephone_event: None, ..Session::plain(peer) };
        port.handle_command(&Wanted::Session { leg: Leg::A, session }, &mut out);
        Self { port, out, rest: Vec::new(), packets: 0 }
    }

    /// Hears a packet a tick.
    fn hear(&mut self, alaw: &[u8]) {
        self.rest.extend(alaw);
        while let Some((frame, rest)) = self.rest.split_first_chunk::<FRAME>() {
            let mut packet = vec![0x80, 8];
            packet.extend((self.packets as u16).to_be_bytes());
            packet.extend(((self.packets * FRAME) as u32).to_be_bytes());
            packet.extend(9_u32.to_be_bytes());
            packet.extend(frame);
            self.rest = rest.to_vec();
            self.port.handle_datagram(Channel::Rtp, PEER.parse().unwrap(), &packet, &mut self.out);
            self.port.tick(&mut self.out);
            self.packets += 1;
        }
    }

    fn minutes(&self) -> usize {
        self.packets / 3000
    }
}
