//! A caller by night who wants a person: a call back is booked before the caller hears so, with what was spoken on it. sipp calls, as a trunk that we trust tells of it.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};

use dauys::bundle;
use dauys::store::Store;
use dauys_core::call::log::{self, Line};
use dauys_core::call::{Action, Input, Outcome, Output};
use dauys_core::flow::graph::Ending;
use dauys_core::interpreter::{Answer, Wanted};
use dauys_core::utterance::MessageId;

use super::log::{dauys, only_log};
use super::sipp::{Calls, Sipp};
use super::{Folder, Robot};
use crate::bundle::{house, write};

const NUMBER: &str = "+77012340506";
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sip/callback.xml");

#[test]
fn by_night_a_caller_says_what_it_is_about_and_is_booked_for_the_next_opening() {
    let root = tempfile::tempdir().unwrap();
    let mut flows = bundle::read(house()).unwrap().files;
    let calendar = flows.get_mut("flows/calendar.yaml").unwrap();
    let opens = Timestamp::now().to_zoned(TimeZone::fixed(offset(5))).date().checked_add(jiff::Span::new().days(3)).unwrap();
    *calendar = closed_until(calendar, opens.weekday());
    flows.into_iter().for_each(|(path, text)| write(root.path(), &path, text.as_bytes()));
    let config = "recording: {disk_free_min_mb: 1}\nsip: {trunks: [{address: 127.0.0.1, trusted: true}]}\n";
    let robot = Robot::of(root.path(), Folder::new(), config, &[]);
    for nth in 1..=2 {
        let calls = Sipp::start(&robot, &["-sf", SCENARIO, "-m", "1"]).ended();
        assert_eq!(calls, Calls { successful: 1, failed: 0 }, "call {nth}");
        if nth == 1 {
            assert_eq!(robot.metric_of("dauys_callbacks_total", "outcome", "booked"), 1.0);
            judge(&robot.data, opens);
        }
    }
    assert_eq!(robot.metric_of("dauys_callbacks_total", "outcome", "known"), 1.0, "who waits already is told so");
    robot.terminate();
    let ended = robot.ended();
    assert!(ended.status.success() && !ended.log.contains(&NUMBER[2..]), "{}", ended.log);
}

/// The first call: its row, its message, its log.
fn judge(data: &Folder, opens: jiff::civil::Date) {
    let path = only_log(data.path());
    super::eventually(super::STARTS, "the end of the log", || std::fs::read_to_string(&path).unwrap().contains("finish").then_some(()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kept = runtime.block_on(async { Store::open(data.path()).await.unwrap().callbacks(true, 9).await.unwrap() });
    let [one] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(one.number.as_ref().unwrap().e164(), NUMBER);
    assert_eq!(one.lang, Some(dauys_core::lang::Lang::Ru));
    assert_eq!(one.window.opens, opens.at(9, 0, 0, 0).to_zoned(TimeZone::fixed(offset(5))).unwrap().timestamp());
    let message = data.path().join(one.message.as_ref().unwrap());
    assert_eq!(message, path.with_extension("message-1.wav"));
    let spoken = super::eventually(super::STARTS, "the message", || std::fs::metadata(&message).ok().filter(|file| file.len() > 8000));
    assert!(spoken.is_file());

    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains(&NUMBER[2..]), "{text}");
    let lines = log::read(&text).unwrap().lines;
    let about = Wanted::Callback { number: None, topic: None, message: Some(MessageId(1)) };
    let wanted = |line: &Line| matches!(line, Line::Out { output: Output::Action(Action::Errand { wanted, .. }), .. } if *wanted == about);
    let booked = |line: &Line| matches!(line, Line::In { input: Input::Reply { answer: Answer::Errand(Ending::Booked), .. }, .. });
    let ended =
        |line: &Line| matches!(line, Line::Out { output: Output::Action(Action::Finish(Outcome::Flow(word))), .. } if word == "callback");
    let at = |what: &dyn Fn(&Line) -> bool| lines.iter().position(what).unwrap_or_else(|| panic!("{text}"));
    assert!(at(&wanted) < at(&booked) && at(&booked) < at(&ended), "{text}");
    let (same, said) = dauys(&["replay", path.to_str().unwrap()]);
    assert!(same, "{said}");
}

/// The operators' desk works on this day of the week only.
fn closed_until(calendar: &str, weekday: jiff::civil::Weekday) -> String {
    let name = format!("{weekday:?}").to_lowercase();
    let always = calendar.lines().find(|line| line.trim_start().starts_with("{monday:") && line.contains("sunday:")).unwrap();
    calendar.replace(always, &format!("    {{{name}: \"09:00-21:00\", holidays: open}}"))
}
