//! Messages, transfers, calls back; the hours of desks, and who calls.

use super::*;
use crate::calendar::hours::{Desk, Hours, Span};
use crate::calendar::{Date, Time, Weekday};
use crate::citizen::CallerKind;
use crate::flow::graph::Ending;
use crate::interpreter::{Setting, Wanted};
use crate::utterance::MessageId;

/// 23 November 2026, a Monday, 10:00 in Almaty.
const MONDAY_MS: i64 = 1_795_410_000_000;

impl Build {
    fn errand(&mut self, what: What) -> Act {
        let arms = what.endings().iter().map(|ending| (*ending, self.arm(ending.name()))).collect();
        Act::Errand(Errand { what, deadline: Duration::from_secs(5), arms })
    }

    pub(super) fn transfer(&mut self) -> Act {
        self.errand(What::Transfer { group: "operators".to_owned() })
    }
}

fn ended(ending: Ending) -> Answer {
    Answer::Errand(ending)
}

#[test]
fn every_ending_has_its_arm_and_what_cannot_end_so_has_failed() {
    let wanted = r#"0 0 Transfer { group: "operators" }"#;
    let endings = [Ending::Connected, Ending::Busy, Ending::NoAnswer, Ending::Closed, Ending::Failed];
    let answers = endings.map(|ending| (ended(ending), ending.name()));
    let odd = [(ended(Ending::Queued), "failed"), (outcome("connected"), "failed"), (Answer::Unavailable, "failed")];
    for (answer, said) in answers.into_iter().chain(odd) {
        let mut build = Build::new();
        let transfer = build.transfer();
        talk(build.main(&[], vec![transfer])).answer(0, answer).hears(&format!("{wanted}; 0 {said}.0; 0 end completed"));
    }
}

#[test]
fn an_errand_that_takes_too_long_has_failed_and_its_late_end_moves_nothing() {
    let mut build = Build::new();
    let transfer = build.transfer();
    let late = talk(build.main(&[], vec![transfer])).at(6000).answer(0, ended(Ending::Connected));
    late.hears(r#"0 0 Transfer { group: "operators" }; 5000 failed.0; 5000 end completed"#);
}

#[test]
fn where_nobody_runs_an_errand_it_ends_without_success() {
    let sms = Wanted::Sms { to: None, text: String::new() };
    let callback = Wanted::Callback { number: None, topic: None, message: None };
    let ends = [sms, Wanted::Transfer { group: String::new() }, callback].map(|wanted| wanted.nobody());
    assert_eq!(ends, [Ending::Unavailable, Ending::Failed, Ending::Full]);
}

#[test]
fn a_message_is_written_in_figures_and_names_nobody() {
    let mut build = Build::new();
    let words = ["day", "of"].map(|word| {
        let clip = build.clip(Lang::Ru, word.to_owned());
        build.0.clips[clip.0 as usize].text = word.to_owned();
        Segment::Clip(clip)
    });
    let slot = |at| Segment::Slot { slot: SlotId(at), by: SayAs::Item, ending: crate::spoken::Ending::Falling };
    let [day, of] = words;
    let text = build.push("text", vec![Both::each(|_| vec![day.clone(), slot(0), of.clone(), slot(1)])]);
    let values =
        [Value::Date(Date::parse("2026-12-01").unwrap()), Value::Application(crate::citizen::ApplicationNumber::parse(BOTH).unwrap())];
    let set = Act::Set(values.into_iter().zip(0..).map(|(value, at)| (SlotId(at), Operand::Value(value))).collect());
    let sms = build.errand(What::Sms { to: Recipient::Caller, text });
    let program = build.main(&[Type::Date, Type::Application], vec![set, sms]);
    talk(program).hears(r#"0 0 Sms { to: None, text: "day 01.12.2026 of …" }"#);
}

#[test]
fn nothing_is_sent_to_a_number_that_is_missing() {
    let mut build = Build::new();
    let text = build.prompt("text");
    let sms = build.errand(What::Sms { to: Recipient::Slot(SlotId(0)), text });
    talk(build.main(&[Type::Phone], vec![sms])).hears("0 unavailable.0; 0 end completed");
}

#[test]
fn no_message_is_sent_to_a_line_that_takes_none() {
    let cases = [
        (CallerKind::Mobile, r#"0 0 Sms { to: None, text: "" }"#),
        (CallerKind::Foreign, r#"0 0 Sms { to: None, text: "" }"#),
        (CallerKind::Unknown, r#"0 0 Sms { to: None, text: "" }"#),
        (CallerKind::Landline, "0 landline.0; 0 end completed"),
        (CallerKind::Withheld, "0 withheld.0; 0 end completed"),
    ];
    for (caller, heard) in cases {
        let mut build = Build::new();
        let text = build.push("text", vec![Both::each(|_| Vec::new())]);
        let sms = build.errand(What::Sms { to: Recipient::Caller, text });
        let setting = Setting { lang: Some(Lang::Ru), caller, ..Setting::default() };
        talk_of(build.main(&[], vec![sms]), setting).hears(heard);
    }
}

#[test]
fn a_call_back_is_about_the_last_message_of_its_flow() {
    let value = |message| Operand::Value(Value::Message(MessageId(message)));
    let none = r"0 0 Callback { number: None, topic: None, message: None }";
    for (filled, wanted) in [
        (vec![], none),
        (vec![(SlotId(0), value(3))], &none.replace("message: None", "message: Some(MessageId(3))")),
        (vec![(SlotId(0), value(3)), (SlotId(1), value(2))], &none.replace("message: None", "message: Some(MessageId(3))")),
    ] {
        let mut build = Build::new();
        let callback = build.errand(What::Callback { number: Recipient::Caller, topic: None });
        talk(build.main(&[Type::Message, Type::Message], vec![Act::Set(filled), callback])).hears(wanted);
    }
}

/// Says `then` or `else`.
fn branch(when: Condition, setting: Setting, hours: Hours) -> String {
    let mut build = Build::new();
    build.0.hours = hours;
    let (then, otherwise) = (build.arm("then"), build.arm("else"));
    let set = Act::Set(vec![(SlotId(0), Operand::Value(Value::Count(2)))]);
    let program = build.main(&[Type::Count], vec![set, Act::If { when, then, otherwise }]);
    let mut robot = Interpreter::new(Arc::clone(&program), setting);
    robot.handle(CallTime::START, Event::Started);
    let said = std::iter::from_fn(|| robot.poll())
        .find_map(|(_, effect)| if let Effect::Say { pieces, .. } = effect { pieces.first().copied() } else { None });
    let Some(Piece::Clip(clip)) = said else { panic!("nothing was said") };
    program.clips[clip.0 as usize].name.trim_end_matches(".0").to_owned()
}

fn office() -> Hours {
    let span = Span { from: Time::parse("10:00").unwrap(), to: Time::parse("10:30").unwrap() };
    let desk = Desk { weekly: [(Weekday::Monday, span)].into(), works_on_holidays: false };
    Hours { desks: [("operators".to_owned(), desk)].into(), ..Hours::default() }
}

#[test]
fn hours_are_those_of_the_moment_in_almaty() {
    let hour = 3_600_000;
    for (later, open) in [(-60_000, false), (0, true), (hour / 2 - 1, true), (hour / 2, false), (24 * hour, false), (7 * 24 * hour, true)] {
        let setting = Setting { lang: Some(Lang::Ru), answered_at_ms: MONDAY_MS + later, ..Setting::default() };
        for wanted in [true, false] {
            let when = Condition::Hours { desk: "operators".to_owned(), open: wanted };
            assert_eq!(branch(when, setting, office()) == "then", open == wanted, "{later} {wanted}");
        }
    }
}

#[test]
fn callers_and_numbers_are_compared() {
    let setting = Setting { lang: Some(Lang::Ru), caller: CallerKind::Mobile, ..Setting::default() };
    let n = SlotId(0);
    let cases = [
        (Condition::Caller(CallerKind::Mobile), "then"),
        (Condition::Caller(CallerKind::Landline), "else"),
        (Condition::AtLeast(n, 2), "then"),
        (Condition::AtLeast(n, 3), "else"),
        (Condition::AtMost(n, 2), "then"),
        (Condition::AtMost(n, 1), "else"),
    ];
    for (when, expected) in cases {
        assert_eq!(branch(when.clone(), setting, Hours::default()), expected, "{when:?}");
    }
}
