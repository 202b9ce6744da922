//! Surveys: a mark by key or word, at most one question more, and never twice.

use super::*;
use crate::heard::Heard;

impl Build {
    fn survey(&mut self) -> Act {
        let (prompt, arm, skipped) = (self.prompt("rate"), self.arm("thanks"), self.arm("pity"));
        let grammar = Grammar::Number { min: *MARKS.start(), max: *MARKS.end() };
        let alternatives = vec![Alternative { grammar, slot: SlotId(0), arm }];
        let ladder = Ladder { tries: 2, give_up: GiveUp::Skip, ..self.ladder() };
        let ask = Ask { prompt, barge_in: BargeIn::AtOnce, alternatives, phrases: Phrases::of([]), which: None, ladder };
        Act::Survey(Survey { ask, skipped })
    }
}

fn one_survey() -> Arc<Program> {
    let mut build = Build::new();
    let survey = build.survey();
    build.main(&[Type::Count], vec![survey])
}

#[test]
fn a_mark_is_a_key_from_1_to_5_or_its_word() {
    for mark in 1..=5 {
        let talk = talk(one_survey()).keys(&mark.to_string());
        assert_eq!(talk.robot.frame().slot(SlotId(0)), Some(&Value::Count(mark)));
        talk.hears(&format!("0 rate.0; 0 hush; 0 mark 0 {mark}; 0 thanks.0; 0 end completed"));
    }
    for (lang, words, mark) in [(Lang::Ru, "пять", 5), (Lang::Ru, "ставлю четыре", 4), (Lang::Kk, "бес", 5), (Lang::Kk, "үш", 3)]
    {
        let talk = talk_in(one_survey(), Some(lang)).at(3000).said().at(4000).event(Event::Heard(Heard::typed(words)));
        talk.hears(&format!("0 rate.0; 4000 mark 0 {mark}; 4000 thanks.0; 4000 end completed"));
    }
}

#[test]
fn who_gives_no_mark_is_asked_once_more_and_let_go() {
    let talk = talk(one_survey()).said().at(6000).said().at(12_000);
    assert_eq!(talk.robot.frame().slot(SlotId(0)), None);
    talk.hears("0 rate.0; 6000 noinput.0; 6000 rate.1; 12000 pity.0; 12000 end completed");
    super::talk(one_survey()).keys("79").hears("0 rate.0; 0 hush; 0 nomatch.0; 0 rate.1; 0 hush; 0 pity.0; 0 end completed");
}

#[test]
fn zero_is_the_operators_and_a_star_asks_again() {
    talk(one_survey()).keys("0").hears("0 rate.0; 0 hush; 0 operator.0; 0 rate.0");
    talk(one_survey()).keys("*").hears("0 rate.0; 0 hush; 0 rate.0");
}

#[test]
fn nobody_is_asked_twice() {
    let again = |keys: &str| {
        let mut build = Build::new();
        let Act::Survey(mut survey) = build.survey() else { unreachable!() };
        let back = |say| Arm { say: Some(say), then: at_most(1).then, ..Arm::default() };
        survey.ask.alternatives[0].arm = back(build.prompt("thanks"));
        survey.skipped = back(build.prompt("pity"));
        talk(build.main(&[Type::Count], vec![Act::Survey(survey)])).keys(keys)
    };
    assert_eq!(again("5").robot.frame().slot(SlotId(0)), None, "the slot is the last asking's");
    again("5").hears("0 rate.0; 0 hush; 0 mark 0 5; 0 thanks.0; 0 pity.0; 0 end completed");
    again("77").hears("0 rate.0; 0 hush; 0 nomatch.0; 0 rate.1; 0 hush; 0 pity.0; 0 pity.0; 0 end completed");
}
