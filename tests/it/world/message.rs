//! Messages that callers speak to a robot that serves, over real sockets: what is in the file is what was said, whether calls are recorded or not.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dauys::bundle;
use dauys::store::Store;
use dauys_core::call::log::{self, Line};
use dauys_core::call::{Action, Output};
use dauys_core::lang::Lang;
use dauys_core::utterance::{ClipId, MessageId};

use super::ear::{self, SECOND};
use super::recording::{Caller, SPEECH};
use super::{Folder, Robot, files};
use crate::bundle::{A_MESSAGE, house, write};

/// From here on a sound was heard.
const ALIKE: f32 = 0.9;

#[test]
fn what_a_caller_speaks_is_one_file_and_whole_also_where_calls_are_not_recorded() {
    let root = tempfile::tempdir().unwrap();
    let mut flows = bundle::read(&house().join("tests/flows/good")).unwrap().files;
    flows.insert("flows/services/status.yaml".to_owned(), A_MESSAGE.to_owned());
    flows.into_iter().for_each(|(path, text)| write(root.path(), &path, text.as_bytes()));
    let robot = Robot::of(root.path(), Folder::new(), "recording: {enabled: false, disk_free_min_mb: 1}\n", &[]);
    let (sip, runtime) = (robot.sip, tokio::runtime::Runtime::new().unwrap());
    runtime.block_on(async {
        let mut caller = Caller::dial(sip).await;
        caller.keys("1").await;
        caller.goes_on(Duration::from_secs(1)).await; // the tone
        caller.says(ClipId(0)).await;
        caller.goes_on(Duration::from_secs(1)).await;
        caller.says(ClipId(0)).await;
        caller.goes_on(Duration::from_secs(4)).await;
        caller.keys("2").await;
        caller.goes_on(Duration::from_secs(1)).await;
        caller.dialog.hang_up().await;
        let mut silent = Caller::dial(sip).await;
        silent.keys("1").await;
        tokio::time::sleep(Duration::from_secs(4)).await; // the robot hangs up
        let mut leaver = Caller::dial(sip).await;
        leaver.keys("1").await;
        leaver.goes_on(Duration::from_secs(1)).await;
        leaver.says(ClipId(0)).await;
        leaver.dialog.hang_up().await;
    });
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success(), "{}", ended.log);
    let kept = files(&ended.data.path().join("calls"));
    let messages: Vec<&PathBuf> = kept.iter().filter(|path| path.extension() == Some("wav".as_ref())).collect();
    assert!(messages.iter().all(|path| path.to_string_lossy().ends_with(".message-1.wav")), "{kept:?}");
    let mut sounds: Vec<_> = messages.iter().map(|path| sound(path)).collect();
    sounds.sort_by_key(Vec::len);
    let [left, whole] = &sounds[..] else { panic!("expected two messages, found {kept:?}") };

    let speech = ear::clip(Lang::Kk, SPEECH);
    let first = ear::find(&speech[..2 * SECOND], &whole[..speech.len() + SECOND]).unwrap().at; // it is said twice
    assert!(ear::likeness(&speech, &whole[first..first + speech.len()]) > ALIKE);
    let rest = first + speech.len();
    let second = rest + ear::find(&speech[..2 * SECOND], &whole[rest..]).unwrap().at;
    assert!(ear::likeness(&speech, &whole[second..second + speech.len()]) > ALIKE);
    let pause = second - rest;
    assert!((SECOND * 8 / 10..SECOND * 13 / 10).contains(&pause), "a pause of {pause} samples");
    let after = whole.len() - second - speech.len();
    assert!((SECOND..3 * SECOND).contains(&after), "{after} samples of silence end it");
    let found = ear::find(&speech[..2 * SECOND], left).unwrap();
    assert!(found.likeness > ALIKE, "who hangs up has said what was said: {found:?}");

    assert_eq!(std::fs::metadata(messages[0]).unwrap().permissions().mode() & 0o777, 0o600);
    let logs = kept.iter().filter(|path| path.extension() == Some("jsonl".as_ref()));
    let mut kept: Vec<_> = logs.map(|path| messages_in(path)).collect();
    kept.sort_unstable();
    assert_eq!(kept, [0, 1, 1]);
    let marks = runtime.block_on(async { Store::open(ended.data.path()).await.unwrap().marks("ease").await.unwrap() });
    assert_eq!(marks, [(2, 1)]);
}

/// How many messages the log of a call says are kept.
fn messages_in(path: &Path) -> usize {
    let log = log::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let is_kept = |line: &&Line| matches!(line, Line::Out { output: Output::Action(Action::Keep(MessageId(1))), .. });
    log.lines.iter().filter(is_kept).count()
}

/// The samples of a message: one channel.
fn sound(path: &Path) -> Vec<f32> {
    let file = std::fs::read(path).unwrap();
    assert_eq!(file[22..24], [1, 0]);
    let length = u32::from_le_bytes(file[54..58].try_into().unwrap()) as usize;
    file[58..58 + length].iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte))).collect()
}
