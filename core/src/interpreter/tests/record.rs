//! Messages that the caller speaks: how they begin, how they end, and what they never are.

use super::*;
use crate::flow::graph::Ending;
use crate::heard::Heard;
use crate::utterance::MessageId;

impl Build {
    fn record(&mut self) -> Act {
        Act::Record(Record {
            prompt: self.prompt("speak"),
            barge_in: BargeIn::AtOnce,
            slot: SlotId(0),
            max: Duration::from_secs(60),
            silence: Duration::from_secs(4),
            recorded: self.arm("thanks"),
            empty: self.arm("nothing"),
            failed: self.arm("sorry"),
        })
    }
}

fn one_message() -> Arc<Program> {
    let mut build = Build::new();
    let record = build.record();
    build.main(&[Type::Message], vec![record])
}

fn spoke(message: u16) -> Event {
    Event::Spoke(MessageId(message))
}

fn recorded(message: u16, enough: bool) -> Event {
    Event::Recorded { message: MessageId(message), enough }
}

/// After the tone.
fn speaking() -> Talk {
    talk(one_message()).at(1000).said().at(1240).said().hears("0 tape0 1; 0 speak.0; 1000 tone!; 1240 record 1 4s 60s")
}

#[test]
fn what_is_spoken_after_the_tone_fills_the_slot() {
    let talk = speaking().at(2000).event(spoke(1)).at(9000).event(recorded(1, true));
    assert_eq!(talk.robot.frame().slot(SlotId(0)), Some(&Value::Message(MessageId(1))));
    talk.hears("9000 keep 1; 9000 thanks.0; 9000 end completed");
}

#[test]
fn who_says_nothing_leaves_no_message() {
    let talk = speaking().at(5240).event(recorded(1, false));
    assert_eq!(talk.robot.frame().slot(SlotId(0)), None);
    talk.hears("5240 nothing.0; 5240 end completed");
}

#[test]
fn where_nothing_can_be_recorded_nobody_is_left_talking_to_nobody() {
    let failed = || Answer::Errand(Ending::Failed);
    talk(one_message()).at(500).answer(0, failed()).hears("0 tape0 1; 0 speak.0; 500 hush; 500 sorry.0; 500 end completed");
    speaking().at(3000).answer(0, failed()).hears("3000 stop 1; 3000 sorry.0; 3000 end completed");
    speaking().at(3000).answer(1, failed()).hears("");
}

#[test]
fn a_port_that_never_tells_the_end_has_failed() {
    speaking().at(67_239).hears("").at(67_240).hears("67240 stop 1; 67240 sorry.0; 67240 end completed");
}

#[test]
fn who_hangs_up_has_said_what_was_said() {
    let mut talk = speaking().at(3000).event(spoke(1));
    talk.robot.abandon(CallTime::from_millis(4000));
    talk.hears("4000 stop 1; 4000 keep 1");
    let mut talk = speaking();
    talk.robot.abandon(CallTime::from_millis(1500));
    talk.hears("1500 stop 1");
    let mut talk = super::talk(one_message());
    talk.robot.abandon(CallTime::from_millis(500));
    talk.hears("0 tape0 1; 0 speak.0");
}

#[test]
fn the_longest_call_keeps_what_was_spoken() {
    let mut build = Build::new();
    build.0.limits.call = Duration::from_secs(10);
    let record = build.record();
    let program = build.main(&[Type::Message], vec![record]);
    let talk = talk(program).said().said().event(spoke(1)).at(20_000);
    talk.hears("0 tape0 1; 0 speak.0; 0 tone!; 0 record 1 4s 60s; 10000 call_ended.0!; 10000 stop 1; 10000 keep 1; 10000 end call_limit");
}

#[test]
fn a_digit_goes_on_to_the_tone_and_a_star_says_the_prompt_again() {
    let before = "0 tape0 1; 0 speak.0; ";
    talk(one_message()).at(500).keys("5").hears(&format!("{before}500 hush; 500 tone!"));
    talk(one_message()).at(500).keys("*").hears(&format!("{before}500 hush; 500 speak.0"));
    talk(one_message()).at(500).keys("#").hears(&format!("{before}500 hush; 500 speak.0"));
    talk(one_message()).at(500).keys("55").hears(&format!("{before}500 hush; 500 tone!"));
}

#[test]
fn a_key_ends_a_message_as_the_port_says_and_answers_nothing_else() {
    speaking().at(3000).event(spoke(1)).keys("#7").event(recorded(1, true)).hears("3000 keep 1; 3000 thanks.0; 3000 end completed");
}

#[test]
fn zero_is_the_operators_and_then_the_message_is_asked_for_anew() {
    let again = "tape1 2; 500 speak.0";
    talk(one_message()).at(500).keys("0").hears(&format!("0 tape0 1; 0 speak.0; 500 hush; 500 operator.0; 500 {again}"));
    let talk = speaking().at(500).keys("0").event(recorded(1, true));
    let talk = talk.hears("1240 keep 1; 1240 operator.0; 1240 tape1 2; 1240 speak.0");
    talk.at(70_000).hears(""); // the first message's time is over with it
}

#[test]
fn words_are_not_listened_for_and_late_ends_move_nothing() {
    speaking().at(3000).event(Event::Heard(Heard::typed("оператор"))).event(recorded(7, true)).hears("3000 unheard Unasked");
    let over = speaking().at(3000).event(recorded(1, true)).event(recorded(1, true));
    over.hears("3000 keep 1; 3000 thanks.0; 3000 end completed");
}

#[test]
fn what_another_message_or_another_moment_tells_is_not_of_this_one() {
    talk(one_message()).at(500).event(recorded(1, true)).hears("0 tape0 1; 0 speak.0");
    let mut talk = speaking().at(3000).event(spoke(7));
    talk.robot.abandon(CallTime::from_millis(4000));
    talk.hears("4000 stop 1");
}

#[test]
fn a_message_that_is_asked_for_anew_is_empty_until_it_is_spoken() {
    let mut build = Build::new();
    let Act::Record(record) = build.record() else { unreachable!() };
    let recorded_once =
        Arm { then: Jump::AtMost { to: StepId(0), times: 1, counter: CounterId(0), otherwise: StepId(1) }, ..Arm::default() };
    let program = build.main(&[Type::Message], vec![Act::Record(Record { recorded: recorded_once, ..record })]);
    let talk = talk(program).said().said().event(recorded(1, true)).said().said().event(recorded(2, false));
    assert_eq!(talk.robot.frame().slot(SlotId(0)), None);
}

#[test]
fn so_many_messages_and_no_more() {
    let mut build = Build::new();
    let Act::Record(record) = build.record() else { unreachable!() };
    let empty = Arm { then: Jump::AtMost { to: StepId(0), times: 50, counter: CounterId(0), otherwise: StepId(1) }, ..Arm::default() };
    let mut talk = talk(build.main(&[Type::Message], vec![Act::Record(Record { empty, ..record })]));
    for message in 1..=20 {
        talk = talk.said().said().event(recorded(message, false));
    }
    assert!(std::iter::from_fn(|| talk.robot.poll()).any(|(_, effect)| effect == Effect::End { outcome: "completed".to_owned() }));
}
