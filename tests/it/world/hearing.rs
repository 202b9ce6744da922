//! A voice that the recogniser was never trained on calls the robot over real sockets, by G.711 and with one packet in a hundred lost, and is understood; and its log replays.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dauys::config;
use dauys::sip::{Dialog, Endpoint, LocalMedia};
use dauys::speech::voice;
use dauys_core::call::log;
use dauys_core::media::{FRAME, Leg, SILENCE, Session};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::{Folder, Robot, files};

const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Nobody's.
const IIN: &str = "990101100010";
/// A variant of espeak-ng that `training/voices.py` holds out.
const VARIANT: &str = "adam";
/// So long after the caller has spoken the robot has understood, or has not: the answer with its pause, and a machine that has other things to do.
const UNDERSTANDS: Duration = Duration::from_secs(12);
/// A caller says the same so often.
const TRIES: usize = 4;

/// The model that is shipped, or the one that is being made.
fn model() -> Option<PathBuf> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/kkru-8k-v1");
    [std::env::var_os("DAUYS_MODEL").map(PathBuf::from), Some(shipped)].into_iter().flatten().find(|folder| folder.is_dir())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_never_heard_asks_after_a_document_in_russian() {
    asks_after_a_document(&["ru", "на русском", "статус документа", "один", "да"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_never_heard_asks_after_a_document_in_kazakh() {
    asks_after_a_document(&["kk", "қазақша", "өтінімнің күйі", "бір", "иә"]).await;
}

/// The language, the menu and the yes are said, over the prompts; the number is keyed in at a question that could have been answered in words.
#[allow(clippy::print_stderr, reason = "a test that tries nothing says so")]
async fn asks_after_a_document(words: &[&str; 5]) {
    let Some(model) = model() else { return eprintln!("no model in models/kkru-8k-v1 and none in DAUYS_MODEL: not tried") };
    let [lang, language, menu, which, yes] = words;
    let robot = Robot::configured(&format!(
        "recording: {{disk_free_min_mb: 1}}\nrecognition: {{model: {:?}, deadline_ms: 3000}}\n",
        model.display()
    ));
    let mut caller = Caller::dial(&robot, lang).await;
    caller.says(language, &format!("\"language\":\"{lang}\"")).await;
    caller.waits_for("\"step\":\"hub\"").await;
    caller.says(menu, "\"flow\":\"services/document_status\",\"step\":\"number\"").await;
    caller.keys(IIN);
    caller.waits_for("\"key\":{").await;
    caller.says(which, "\"step\":\"check_iin\"").await;
    caller.says(yes, "\"step\":\"status\"").await;
    caller.dialog.hang_up().await;
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success() && ended.log.contains("hears=speech"), "{}", ended.log);
    let path = only_log(ended.data.path());
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(log::read(&text).is_ok() && !text.contains("unfaithful"), "{text}");
    assert!(text.contains("\"why\":\"speech\""), "no prompt was interrupted: {text}");
    assert!(!text.contains("\"engine\":\"none\""), "an utterance was lost: {text}");
    let replayed = Command::new(env!("CARGO_BIN_EXE_dauys")).args(["replay", path.to_str().unwrap()]).output().unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stdout));
}

fn only_log(data: &Path) -> PathBuf {
    let logs = files(&data.join("calls")).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let [log] = &logs.collect::<Vec<_>>()[..] else { panic!("expected one log") };
    log.clone()
}

/// A telephone that sends what it is given to say, and silence between.
struct Caller {
    dialog: Dialog,
    lang: String,
    data: PathBuf,
    sends: Arc<Mutex<VecDeque<Sends>>>,
    folder: Folder,
    sender: JoinHandle<()>,
    _endpoint: Endpoint,
}

/// What a packet carries.
#[derive(Clone, Copy)]
enum Sends {
    Voice([u8; FRAME]),
    /// A key, by its event; so many ticks of it, and whether it ends.
    Event(u8, u16, bool),
}

impl Caller {
    async fn dial(robot: &Robot, lang: &str) -> Self {
        let (endpoint, _) = Endpoint::bind(&config::Sip { listen: SocketAddr::new(IP, 0), ..config::Sip::default() }).await.unwrap();
        let socket = UdpSocket::bind(SocketAddr::new(IP, 0)).await.unwrap();
        let rtp_port = socket.local_addr().unwrap().port();
        let mut outgoing = endpoint.invite(&robot.uri(), "+77012340506", LocalMedia { leg: Leg::A, rtp_port }).unwrap();
        let (dialog, session) = outgoing.answered().await.unwrap();
        let sends = Arc::<Mutex<VecDeque<Sends>>>::default();
        let sender = tokio::spawn(send(socket, session, Arc::clone(&sends)));
        let (lang, data, folder) = (lang.to_owned(), robot.data.path().to_owned(), Folder::new());
        Self { dialog, lang, data, sends, folder, sender, _endpoint: endpoint }
    }

    /// Says it until the log has what should come of it.
    async fn says(&mut self, words: &str, until: &str) {
        let frames = self.spoken(words);
        for _ in 0..TRIES {
            tokio::time::sleep(Duration::from_millis(700)).await;
            self.sends.lock().unwrap().extend(frames.iter().copied().map(Sends::Voice));
            if self.comes(until).await {
                return;
            }
        }
        panic!("said {words:?} {TRIES} times, expected {until} in the log:\n{}", self.log());
    }

    fn keys(&self, keys: &str) {
        let mut sends = self.sends.lock().unwrap();
        for key in keys.bytes() {
            sends.extend((1..=5).map(|ticks| Sends::Event(key - b'0', ticks, false)));
            sends.extend([Sends::Event(key - b'0', 5, true); 3]);
            sends.extend([Sends::Voice([SILENCE; FRAME]); 6]);
        }
    }

    async fn waits_for(&self, what: &str) {
        assert!(self.comes(what).await, "expected {what} in the log:\n{}", self.log());
    }

    async fn comes(&self, what: &str) -> bool {
        let start = Instant::now();
        while start.elapsed() < UNDERSTANDS {
            if self.log().contains(what) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }

    fn log(&self) -> String {
        let logs = files(&self.data.join("calls")).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
        logs.map(|path| std::fs::read_to_string(path).unwrap_or_default()).collect()
    }

    /// What espeak-ng makes of it, as a telephone sends it.
    fn spoken(&self, words: &str) -> Vec<[u8; FRAME]> {
        let file = self.folder.path().join("said.wav");
        let espeak = Command::new("espeak-ng").args(["-v", &format!("{}+{VARIANT}", self.lang), "-w"]).arg(&file).arg(words).status();
        assert!(espeak.expect("espeak-ng; run ./setup").success(), "{words}");
        let samples = voice::read(&std::fs::read(&file).unwrap()).unwrap();
        let mut alaw: Vec<u8> = samples.iter().map(|sample| audio_codec_algorithms::encode_alaw(*sample)).collect();
        alaw.resize(alaw.len().next_multiple_of(FRAME), SILENCE);
        alaw.as_chunks().0.to_vec()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.sender.abort();
    }
}

/// A packet every 20 ms, and of a hundred voice packets one is lost.
async fn send(socket: UdpSocket, session: Session, sends: Arc<Mutex<VecDeque<Sends>>>) {
    let to = session.rtp.unwrap();
    let mut every = tokio::time::interval(Duration::from_millis(20));
    let (mut sequence, mut timestamp, mut event_from, mut dice) = (0_u16, 0_u32, 0_u32, 1_u32);
    loop {
        every.tick().await;
        let sends = sends.lock().unwrap().pop_front().unwrap_or(Sends::Voice([SILENCE; FRAME]));
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (payload_type, stamp, payload, lost) = match sends {
            Sends::Voice(voice) => (session.payload_type, timestamp, voice.to_vec(), (dice >> 16) % 100 == 0),
            Sends::Event(event, ticks, end) => {
                event_from = if ticks == 1 { timestamp } else { event_from };
                let [high, low] = (ticks * FRAME as u16).to_be_bytes();
                (session.telephone_event.unwrap(), event_from, vec![event, u8::from(end) << 7 | 10, high, low], false)
            }
        };
        let mut packet = vec![0x80, payload_type];
        packet.extend(sequence.to_be_bytes());
        packet.extend(stamp.to_be_bytes());
        packet.extend(77_u32.to_be_bytes());
        packet.extend(payload);
        if !lost {
            let _ = socket.send_to(&packet, to).await; // the robot may have hung up
        }
        (sequence, timestamp) = (sequence.wrapping_add(1), timestamp.wrapping_add(FRAME as u32));
    }
}
