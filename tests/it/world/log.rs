//! One caller, three lives: the keys of a call over real sockets, in the terminal, and out of its own log.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use dauys::bundle;
use dauys::caller::Press;
use dauys::chat::{Chat, Shown};
use dauys::cli::call::Keys;
use dauys::config::Messages;
use dauys::services::Services;
use dauys::speech::wav;
use dauys::store::Store;
use dauys_core::call::log::{self, Line, Log};
use dauys_core::call::{Action, Note, Output};
use dauys_core::interpreter::Trouble;
use dauys_core::media::{PlayEnd, Signal};
use jiff::Timestamp;

use super::{Folder, Robot, files};

/// An interruption, a wrong key, a silence, an IIN that may be an application's number too.
const KEYS: &str = "w1,2,w3,9,w2,1,w15,990101100010,w1,1,w1,1,w2,2";

#[test]
fn the_same_keys_do_the_same_live_in_the_terminal_and_out_of_the_log() {
    let robot = Robot::start();
    let out = Folder::new();
    let call = dauys(&["call", &robot.uri(), "--keys", KEYS, "--longest-s", "120", "--out", out.path().to_str().unwrap()]);
    assert!(call.0, "{}", call.1);
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success(), "{}", ended.log);
    let path = only_log(ended.data.path());
    let text = std::fs::read_to_string(&path).unwrap();
    let live = log::read(&text).unwrap();
    assert!(!live.lines.contains(&Line::Unfaithful));
    was_a_difficult_call(&live);

    assert_eq!(doings_of(&live), doings_of_chat(ended.data.path()));

    let path = path.to_str().unwrap();
    let (once, twice) = (dauys(&["replay", "--trace", path]), dauys(&["replay", "--trace", path]));
    assert!(once.0, "{}", once.1);
    assert_eq!(once.1, twice.1);
    let traced: Vec<&str> = once.1.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(traced, text.lines().skip(1).collect::<Vec<_>>(), "the trace of a replay is the log");
    the_true_row_is_sealed(ended.data.path(), path, &once.1);

    let heard = std::fs::read(out.path().join("heard.wav")).unwrap();
    assert!(wav::read(&heard).unwrap().len() > 8000 * 20, "both sides are saved");
}

#[test]
fn a_log_without_its_bundle_says_what_to_do() {
    let folder = Folder::new();
    let path = folder.path().join("x.jsonl");
    let opening = r#"{"opening":{"version":1,"answered_at_ms":0,"called":"1414","trusted":false,"lang":null,"seed":1,"bundle":"00"}}"#;
    std::fs::write(&path, format!("{opening}\n")).unwrap();
    let (ok, _, said) = dauys_said(&["replay", path.to_str().unwrap()]);
    assert!(!ok && said.contains("give --data"), "{said}");
    std::fs::write(&path, "what is this\n").unwrap();
    let (ok, _, said) = dauys_said(&["replay", path.to_str().unwrap()]);
    assert!(!ok && said.contains("is this an event log of dauys?"), "{said}");
}

/// The IIN comes back with the key alone, and what is sealed may be deleted.
fn the_true_row_is_sealed(data: &Path, log: &str, replayed: &str) {
    let (sealed, key) = (Path::new(log).with_extension("sealed"), data.join("seal.key"));
    assert!(!String::from_utf8_lossy(&std::fs::read(&sealed).unwrap()).contains("990101100010"));
    assert!(!replayed.contains("990101100010"));
    let open = |key: &Path| dauys(&["replay", "--trace", "--unseal", key.to_str().unwrap(), log]);
    let opened = open(&key);
    assert!(opened.0 && opened.1.contains("\"990101100010\""), "{}", opened.1);
    let phone = data.join("other.key");
    std::fs::write(&phone, [7; 32]).unwrap();
    let refused = open(&phone);
    assert!(!refused.0 && refused.1.contains("this key does not open it"), "{}", refused.1);
    std::fs::remove_file(&sealed).unwrap();
    let without = open(&key);
    assert!(without.0 && without.1.contains("nothing is sealed beside it"), "{}", without.1);
}

/// What a call did, as far as it does not depend on how long things took.
#[derive(Debug, PartialEq)]
enum Doing {
    Step(String, String),
    Asked(String),
    Ended(String),
}

fn doings_of(log: &Log) -> Vec<Doing> {
    let outputs = log.lines.iter().filter_map(|line| if let Line::Out { output, .. } = line { Some(output) } else { None });
    let doing = |output: &Output| match output {
        Output::Note(Note::Step { flow, step }) => Some(Doing::Step(flow.clone(), step.clone())),
        Output::Action(Action::Lookup { service, .. }) => Some(Doing::Asked(service.clone())),
        Output::Action(Action::Finish(outcome)) => Some(Doing::Ended(outcome.to_string())),
        Output::Note(_) | Output::Command(_) | Output::Action(_) => None,
    };
    outputs.filter_map(doing).collect()
}

fn doings_of_chat(data: &Path) -> Vec<Doing> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shown = runtime.block_on(async {
        let (store, bundle) = (Store::open(data).await.unwrap(), bundle::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());
        let services = Services::shipped(&store, &bundle.program.hours, &Messages::default());
        let mut chat = Chat::new(Arc::new(bundle), services, store, None, Timestamp::UNIX_EPOCH, 0);
        let mut shown = chat.begin().await;
        for press in KEYS.parse::<Keys>().unwrap().0 {
            shown.extend(match press {
                Press::Key(key) => chat.press(&[key]).await,
                Press::Wait(span) => chat.wait(span).await,
            });
        }
        shown
    });
    let doing = |shown| match shown {
        Shown::Step { flow, step } => Some(Doing::Step(flow, step)),
        Shown::Asked { service } => Some(Doing::Asked(service)),
        Shown::Ended(outcome) => Some(Doing::Ended(outcome.to_string())),
        Shown::Said { .. } | Shown::Remembered(_) | Shown::Kept(_) | Shown::Marked { .. } => None,
    };
    shown.into_iter().filter_map(doing).collect()
}

/// It had an interruption, a wrong key and a silence, or the test shows nothing.
fn was_a_difficult_call(log: &Log) {
    let json: String = log.lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    for sign in [
        serde_json::to_string(&Note::Trouble(Trouble::NoMatch)).unwrap(),
        serde_json::to_string(&Note::Trouble(Trouble::NoInput)).unwrap(),
        format!("\"why\":{}", serde_json::to_string(&PlayEnd::Key).unwrap()),
    ] {
        assert!(json.contains(&sign), "{sign}");
    }
    let keys = log.lines.iter().filter(|line| matches!(line, Line::In { input: dauys_core::call::Input::Media(Signal::Key { .. }), .. }));
    assert_eq!(keys.count(), 18);
    assert!(!json.contains("990101100010"));
}

pub(super) fn only_log(data: &Path) -> PathBuf {
    let logs: Vec<PathBuf> = files(&data.join("calls")).into_iter().filter(|path| path.extension() == Some("jsonl".as_ref())).collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs.into_iter().next().unwrap()
}

pub(super) fn dauys(args: &[&str]) -> (bool, String) {
    let (ok, out, said) = dauys_said(args);
    (ok, if ok { out } else { out + &said })
}

fn dauys_said(args: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dauys")).args(args).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}
