//! baresip as the caller: it dials, presses keys when it hears that it is time to, and records what it heard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use dauys_core::call::Input;
use dauys_core::call::log::{self, Line, Log};
use dauys_core::lang::Lang;
use dauys_core::media::{FRAME, KeyMethod, Signal};
use serde_json::{Value, json};

use super::ear::{self, SECOND};
use super::{Folder, Process, Robot, STARTS, eventually, files, free_tcp, recording};

/// How long the robot may be silent, or say something else, before what is expected.
const WAITS: Duration = Duration::from_secs(15);
/// From here on a clip was heard. The robot's bytes come through unchanged; what is missing to 1 is room for a packet that the machine delayed.
const ALIKE: f32 = 0.9;
/// Up to here it was not.
const UNALIKE: f32 = 0.5;
/// The caller's number, and what it keys in: none of it may stand in a log.
const CALLER: &str = "77012340506";
const IIN: &str = "990101100010";
const APPLICATION: &str = "002512345678";

#[test]
fn a_caller_learns_in_kazakh_by_iin_that_the_document_is_ready() {
    let robot = Robot::start();
    let mut caller = Caller::dial(&robot);
    caller.chooses(Lang::Kk, "1");
    caller.presses_while_hearing("prompts/services/document_status/ask_number", &format!("{IIN}#"));
    caller.presses_while_hearing("prompts/services/document_status/which_number", "1");
    caller.hears("prompts/services/document_status/read_iin.1-1");
    caller.hears_digits(IIN);
    caller.presses_while_hearing("prompts/services/document_status/read_iin.1-2", "1");
    caller.hears_that_the_document_is_ready();
    check(robot, caller, &format!("11{IIN}#112"));
}

#[test]
fn a_caller_learns_in_russian_by_the_application_that_the_document_is_ready() {
    let robot = Robot::start();
    let mut caller = Caller::dial(&robot);
    caller.chooses(Lang::Ru, "2");
    caller.presses_while_hearing("prompts/services/document_status/ask_number", &format!("{APPLICATION}#"));
    caller.hears("prompts/services/document_status/read_application.1-1");
    caller.hears_digits(APPLICATION);
    caller.presses_while_hearing("prompts/services/document_status/read_application.1-2", "1");
    caller.hears_that_the_document_is_ready();
    check(robot, caller, &format!("21{APPLICATION}#12"));
}

#[test]
fn a_caller_is_heard_and_hears_in_g722_and_in_opus() {
    std::thread::scope(|calls| {
        for codec in ["G722/16000/1", "opus/48000/2"] {
            calls.spawn(move || talks_in(codec));
        }
    });
}

fn talks_in(codec: &str) {
    let robot = Robot::start();
    let mut caller = Caller::dial_in(&robot, codec);
    caller.chooses(Lang::Ru, "2");
    caller.hears("prompts/services/document_status/ask_number");
    caller.control.obey("hangup", "");
    robot.terminate();
    let ended = robot.ended();
    let name = codec.split('/').next().unwrap();
    assert!(ended.status.success() && ended.log.contains("call ended"), "{name}: {}", ended.log);
}

#[test]
fn a_caller_over_tcp_or_ipv6_holds_and_the_prompt_goes_on_where_it_stood() {
    std::thread::scope(|calls| {
        for net in [("127.0.0.1", "tcp"), ("[::1]", "udp"), ("[::1]", "tcp")] {
            calls.spawn(move || holds_over(net));
        }
    });
}

fn holds_over(net: Net) {
    let robot = Robot::everywhere("recording: {disk_free_min_mb: 1}\n");
    let mut caller = Caller::dial_over(&robot, net, "PCMA/8000/1");
    caller.hears_beginning("prompts/main/greeting");
    caller.renegotiates("hold");
    std::thread::sleep(Duration::from_millis(300)); // what was on its way
    let held = caller.received();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(caller.received(), held, "{net:?}: packets while the call is held");
    caller.renegotiates("resume");
    let clip = ear::clip(Lang::Kk, "prompts/main/greeting");
    let all = clip.len() / FRAME;
    eventually(WAITS, "as many packets as the prompt has", || (caller.received() as usize > held as usize + all).then_some(()));
    caller.control.obey("hangup", "");
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success(), "{}", ended.log);

    // baresip's own recorder is lost in a hold, so the robot's is read.
    let [_, said] = recording::sides(&recording::kept(&ended.data).1);
    let said = &said[ear::find(beginning(&clip), &said).unwrap().at..];
    let stood = clip.iter().zip(said).take_while(|(clip, said)| clip == said).count();
    assert!((SECOND..clip.len() - SECOND).contains(&stood), "{net:?}: held at sample {stood} of {}", clip.len());
    let (rest, said) = (&clip[stood..], &said[stood..]);
    let went_on = ear::find(beginning(rest), said).unwrap().at;
    assert!(went_on >= SECOND && said[..went_on].iter().all(|sample| recording::is_silence(*sample)), "{net:?}: {went_on} samples");
    assert!(ear::likeness(rest, &said[went_on..][..rest.len()]) > ALIKE, "{net:?}: the rest of the prompt");
}

/// What holds of every call once the caller was hung up on: the other language was not heard any more, the event log has the keys, the logs name nobody.
fn check(robot: Robot, mut caller: Caller, keys: &str) {
    caller.is_hung_up_on();
    caller.heard_no_other_language();
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success());
    let logs: Vec<PathBuf> =
        files(&ended.data.path().join("calls")).into_iter().filter(|path| path.extension() == Some("jsonl".as_ref())).collect();
    let [log] = logs.as_slice() else { panic!("expected the log of one call, found {logs:?}") };
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(masked(&keys_in(&log::read(&log).unwrap())), masked(keys));
    let private = |line: &&str| [CALLER, IIN, APPLICATION].iter().any(|digits| line.contains(digits));
    for (kept, text) in [("event log", &log), ("log", &ended.log)] {
        assert_eq!(text.lines().filter(private).collect::<Vec<_>>(), [""; 0], "lines of the {kept} that name somebody");
    }
}

/// Keys without what is private: the twelve digits before a `#` are false in a log.
fn masked(keys: &str) -> String {
    let Some((before, after)) = keys.split_once('#') else { return keys.to_owned() };
    let (public, row) = before.split_at(before.len().saturating_sub(IIN.len()));
    format!("{public}{}#{after}", row.replace(|key: char| key.is_ascii_digit(), "?"))
}

/// The keys that came as RFC 4733 events, in order.
fn keys_in(log: &Log) -> String {
    let key = |line: &Line| match line {
        Line::In { input: Input::Media(Signal::Key { key, by: KeyMethod::Event, .. }), .. } => Some(key.char()),
        _ => None,
    };
    log.lines.iter().filter_map(key).collect()
}

/// How a caller reaches the robot: a host as a URI has it, and a transport.
type Net = (&'static str, &'static str);

/// A call of baresip's.
struct Caller {
    /// Ends with the caller.
    _process: Process,
    control: Control,
    folder: Folder,
    lang: Lang,
    /// Where what was heard last ends, in samples.
    heard_to: usize,
    /// What was heard in `lang`, and from where on.
    heard: Vec<String>,
    chosen_at: usize,
}

impl Caller {
    /// Starts baresip and dials in A-law.
    fn dial(robot: &Robot) -> Self {
        Self::dial_in(robot, "PCMA/8000/1")
    }

    /// Starts baresip and dials in a codec as baresip names it: with its rate and channels.
    fn dial_in(robot: &Robot, codec: &str) -> Self {
        Self::dial_over(robot, ("127.0.0.1", "udp"), codec)
    }

    fn dial_over(robot: &Robot, net: Net, codec: &str) -> Self {
        let (folder, control) = (Folder::new(), free_tcp());
        configure(&folder, control, net, codec);
        let mut baresip = Command::new("baresip");
        baresip.arg("-f").arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(&mut baresip);
        let mut control = Control::connect(control);
        control.obey("dial", &format!("sip:1414@{}:{}", net.0, robot.sip.port()));
        control.event("CALL_ESTABLISHED");
        Self { _process: process, control, folder, lang: Lang::Kk, heard_to: 0, heard: Vec::new(), chosen_at: 0 }
    }

    /// Hears the greeting and the question in every language up to this one, then chooses it and the first choice of the main menu.
    fn chooses(&mut self, lang: Lang, key: &str) {
        for said in Lang::ALL {
            self.lang = said;
            self.hears("prompts/main/greeting");
        }
        for said in Lang::ALL.into_iter().filter(|said| *said <= lang) {
            self.lang = said;
            self.hears_beginning("prompts/main/choose_language");
        }
        self.presses(key);
        (self.heard, self.chosen_at) = (Vec::new(), self.heard_to);
        self.hears("prompts/main/recording_notice");
        self.presses_while_hearing("prompts/main/hub", "1");
    }

    fn hears_that_the_document_is_ready(&mut self) {
        self.hears("prompts/services/document_status/ready.1-1");
        self.hears("lexicon/documents/id_card");
        self.hears("prompts/services/document_status/ready.1-2");
        self.hears("lexicon/branches/astana_esil");
        self.presses_while_hearing("prompts/main/anything_else", "2");
        self.hears("prompts/main/goodbye");
    }

    /// Hears a row of digits, one after another; the last has a clip of its own.
    fn hears_digits(&mut self, row: &str) {
        for (at, digit) in row.chars().enumerate() {
            let end = if at + 1 == row.len() { "_end" } else { "" };
            let word = format!("words/digit_{digit}{end}");
            self.hears_clip(&word, &ear::clip(self.lang, &word), Some(SECOND / 4));
        }
    }

    /// Hears a clip from its beginning to its end, after all that was heard before.
    fn hears(&mut self, name: &str) {
        self.hears_clip(name, &ear::clip(self.lang, name), None);
    }

    /// Hears the first second of a clip.
    fn hears_beginning(&mut self, name: &str) {
        self.hears_clip(name, beginning(&ear::clip(self.lang, name)), None);
    }

    fn presses_while_hearing(&mut self, name: &str, keys: &str) {
        self.hears_beginning(name);
        self.presses(keys);
    }

    /// Presses keys one after another, as RFC 4733 events.
    fn presses(&mut self, keys: &str) {
        self.control.obey("sndcode", keys);
    }

    /// Waits until a clip has been heard. `gap_max` is the greatest number of samples before it.
    fn hears_clip(&mut self, name: &str, clip: &[f32], gap_max: Option<usize>) {
        let what = format!("to hear {}/{name} after {:.2} s", self.lang.code(), self.heard_to as f32 / SECOND as f32);
        self.heard_to = eventually(WAITS, &what, || {
            let sound = self.sound();
            let to = gap_max.map_or(sound.len(), |gap| (self.heard_to + gap + clip.len()).min(sound.len()));
            let after = &sound[self.heard_to..to];
            let found = ear::find(beginning(clip), after)?;
            let whole = after.get(found.at..found.at + clip.len())?;
            (ear::likeness(clip, whole) > ALIKE).then_some(self.heard_to + found.at + clip.len())
        });
        self.heard.push(name.to_owned());
    }

    /// All that was heard so far.
    fn sound(&self) -> Vec<f32> {
        let recordings = files(self.folder.path());
        let heard = recordings.iter().find(|path| path.to_string_lossy().ends_with("-dec.wav"));
        heard.map(|path| ear::recording(path)).unwrap_or_default()
    }

    /// Gives a command that makes baresip send an offer, and waits for the answer.
    fn renegotiates(&mut self, command: &str) {
        self.control.said.clear();
        self.control.obey(command, "");
        self.control.event("CALL_REMOTE_SDP");
    }

    /// Packets of the robot's voice so far.
    fn received(&mut self) -> u32 {
        let told = self.control.ask("audio_debug", "");
        let count = told.split("rcvd=").nth(1).unwrap_or_else(|| panic!("expected rcvd=, got {told}"));
        count.split(|digit: char| !digit.is_ascii_digit()).next().unwrap().parse().unwrap()
    }

    fn is_hung_up_on(&mut self) {
        self.control.event("CALL_CLOSED");
    }

    /// Nothing that was heard in one language was heard in another, too.
    fn heard_no_other_language(&self) {
        let sound = self.sound();
        let after = &sound[self.chosen_at..];
        for other in Lang::ALL.into_iter().filter(|other| *other != self.lang) {
            for name in self.heard.iter().filter(|name| !name.starts_with("words/")) {
                let found = ear::find(beginning(&ear::clip(other, name)), after).unwrap();
                assert!(found.likeness < UNALIKE, "{}/{name} was heard: {found:?}", other.code());
            }
        }
    }
}

/// The first second of a clip, or all of a shorter one.
fn beginning(clip: &[f32]) -> &[f32] {
    &clip[..clip.len().min(SECOND)]
}

/// Writes baresip's folder: a caller who is silent, and whose ear is a file that grows as the call goes on.
fn configure(folder: &Folder, control: SocketAddr, (host, transport): Net, codec: &str) {
    let path = |name: &str| folder.path().join(name);
    let [_, rate, channels] = *codec.split('/').collect::<Vec<_>>() else { panic!("expected name/rate/channels, got {codec}") };
    let shape = hound::WavSpec {
        channels: channels.parse().unwrap(),
        sample_rate: rate.parse().unwrap(),
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut silence = hound::WavWriter::create(path("silence.wav"), shape).unwrap();
    (0..SILENCE_S * shape.sample_rate * u32::from(shape.channels)).for_each(|_| silence.write_sample(0i16).unwrap());
    silence.finalize().unwrap();
    std::fs::create_dir(path("heard")).unwrap();
    std::fs::write(path("accounts"), format!("<sip:{CALLER}@{host};transport={transport}>;regint=0;audio_codecs={codec}\n")).unwrap();
    let (silence, heard) = (path("silence.wav"), path("heard"));
    let config = format!(
        "module_path /usr/lib/baresip/modules
sip_listen {host}:0
net_interface {ip}
audio_source aufile,{silence}
audio_player aubridge,nobody
jitter_buffer_delay 0-0
audio_srate {rate}-{rate}
audio_channels {channels}-{channels}
snd_path {heard}
ctrl_tcp_listen {control}
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
",
        ip = host.trim_matches(['[', ']']),
        silence = silence.display(),
        heard = heard.display(),
    );
    std::fs::write(path("config"), config).unwrap();
}

/// baresip hangs up when its source ends: longer than any of these calls.
const SILENCE_S: u32 = 90;

/// baresip's control port: JSON in netstrings.
struct Control {
    stream: BufReader<TcpStream>,
    /// What it said that nobody has asked for yet.
    said: Vec<Value>,
}

impl Control {
    fn connect(address: SocketAddr) -> Self {
        let stream = eventually(STARTS, "baresip's control port", || TcpStream::connect(address).ok());
        stream.set_read_timeout(Some(WAITS)).unwrap();
        Self { stream: BufReader::new(stream), said: Vec::new() }
    }

    /// Gives a command, and waits until it was obeyed.
    fn obey(&mut self, command: &str, params: &str) {
        self.ask(command, params);
    }

    /// The same; what it says to that.
    fn ask(&mut self, command: &str, params: &str) -> String {
        let message = json!({"command": command, "params": params}).to_string();
        write!(self.stream.get_mut(), "{}:{message},", message.len()).unwrap();
        let answer = self.wait(&format!("an answer to {command}"), |said| said["response"] == true);
        assert_eq!(answer["ok"], true, "{command} {params}: {answer}");
        answer["data"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits for an event, unless it has come already.
    fn event(&mut self, kind: &str) {
        self.wait(kind, |said| said["type"] == kind);
    }

    fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(at) = self.said.iter().position(&wanted) {
                return self.said.remove(at);
            }
            let said =
                self.read().unwrap_or_else(|why| panic!("expected {what} of baresip within {WAITS:?}, {why}; it said {:?}", self.said));
            self.said.push(said);
        }
    }

    fn read(&mut self) -> std::io::Result<Value> {
        let mut length = Vec::new();
        self.stream.read_until(b':', &mut length)?;
        let length: usize = String::from_utf8_lossy(&length).trim_end_matches(':').parse().map_err(std::io::Error::other)?;
        let mut message = vec![0; length + 1]; // with the comma after it
        self.stream.read_exact(&mut message)?;
        Ok(serde_json::from_slice(&message[..length])?)
    }
}
