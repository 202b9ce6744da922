//! What changes the world, and what is taken back.

use super::*;
use crate::flow::graph::Ending;
use crate::heard::Heard;

const REF: SlotId = SlotId(1);

impl Build {
    fn contract(&mut self, name: &str, outcomes: &[(&str, &[&str])]) -> ServiceId {
        let fields = |fields: &[&str]| fields.iter().map(|field| ((*field).to_owned(), Type::Digits)).collect();
        let outcomes = outcomes.iter().map(|(outcome, named)| ((*outcome).to_owned(), fields(named))).collect();
        self.0.contracts.push(Contract { name: name.to_owned(), writes: true, request: BTreeMap::new(), outcomes });
        ServiceId(self.0.contracts.len() as u16 - 1)
    }

    fn asked(&mut self, service: ServiceId, with: SlotId, outcomes: &[(&str, Option<SlotId>)]) -> Submit {
        let each = outcomes.iter().map(|(name, field)| {
            let fields = field.iter().map(|slot| ("ref".to_owned(), *slot)).collect();
            ((*name).to_owned(), OutcomeArm { fields, arm: self.arm(name) })
        });
        let outcomes = each.collect();
        let lookup = Lookup {
            service,
            with: vec![("what".to_owned(), Operand::Slot(with))],
            deadline: Duration::from_secs(8),
            filler: None,
            outcomes,
            unavailable: self.arm("down"),
        };
        Submit { lookup, unknown: self.arm("unknown"), undo: None, tells: None, inputs: Vec::new() }
    }

    /// Holds what slot 0 names; `REF` names the hold.
    fn hold(&mut self) -> Submit {
        let service = self.contract("hold", &[("held", &["ref"]), ("taken", &[])]);
        let release = self.contract("release", &[("released", &[])]);
        let undo = Some(Undo { service: release, given: vec!["what".to_owned()], answered: vec!["ref".to_owned()] });
        Submit { undo, inputs: vec![SlotId(0)], ..self.asked(service, SlotId(0), &[("held", Some(REF)), ("taken", None)]) }
    }

    fn book(&mut self) -> Submit {
        let service = self.contract("book", &[("booked", &[])]);
        self.asked(service, REF, &[("booked", None)])
    }

    fn seat(&self) -> Act {
        Act::Set(vec![(SlotId(0), Operand::Value(Value::Digits("7".to_owned())))])
    }

    fn booking(self, between: Vec<Act>, book: Option<Submit>) -> Arc<Program> {
        let mut build = self;
        let (seat, hold) = (build.seat(), build.hold());
        let acts = [seat, Act::Submit(hold)].into_iter().chain(between).chain(book.map(Act::Submit));
        let acts = acts.collect();
        build.main(&[Type::Digits, Type::Digits], acts)
    }
}

fn held() -> Answer {
    Answer::Outcome { outcome: "held".to_owned(), fields: [("ref".to_owned(), Value::Digits("55".to_owned()))].into() }
}

fn between(act: impl FnOnce(&mut Build) -> Act) -> Arc<Program> {
    let mut build = Build::new();
    let act = act(&mut build);
    build.booking(vec![act], None)
}

fn with_booking() -> Arc<Program> {
    let mut build = Build::new();
    let seat = build.seat();
    let hold = build.hold();
    let book = build.book();
    let menu = build.menu("menu", Arm::default(), Arm::default());
    build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), Act::Submit(book), menu])
}

const TAKEN_BACK: &str = r#"release of 0 ["ref", "what"]"#;

#[test]
fn what_is_held_is_used_up_by_the_submit_that_names_it() {
    talk(with_booking())
        .answer(0, held())
        .hears(r#"0 hold0 ["what"]; 0 held.0; 0 book1 ["what"]"#)
        .answer(1, outcome("booked"))
        .hears("0 booked.0; 0 menu.0")
        .keys("1")
        .hears("0 hush; 0 end completed");
}

#[test]
fn a_refused_booking_leaves_the_hold_to_be_taken_back() {
    let talk = talk(with_booking()).answer(0, held()).answer(1, Answer::Unavailable);
    talk.hears(r#"0 hold0 ["what"]; 0 held.0; 0 book1 ["what"]; 0 down.0; 0 menu.0"#)
        .keys("1")
        .hears(&format!("0 hush; 0 {TAKEN_BACK}; 0 end completed"));
}

#[test]
fn a_doubtful_booking_may_have_used_the_hold_which_is_taken_back_unless_it_did() {
    let seen = r#"0 hold0 ["what"]; 0 held.0; 0 book1 ["what"]; "#;
    for answer in [Answer::Unknown, outcome("never_declared")] {
        let talk = talk(with_booking()).answer(0, held()).answer(1, answer).hears(&format!("{seen}0 unknown.0; 0 menu.0"));
        talk.keys("1").hears(&format!("0 hush; 0 {TAKEN_BACK} unless 1; 0 end completed"));
    }
    let late = talk(with_booking()).answer(0, held()).at(8000).answer(1, outcome("booked"));
    late.hears(&format!("{seen}8000 unknown.0; 8000 menu.0"));
}

#[test]
fn a_hold_that_two_bookings_may_have_used_is_taken_back_unless_either_did() {
    let mut build = Build::new();
    let (seat, hold, mut book) = (build.seat(), build.hold(), build.book());
    book.unknown.then = Jump::AtMost { to: StepId(2), times: 1, counter: CounterId(0), otherwise: StepId(3) };
    let program = build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), Act::Submit(book)]);
    let twice = talk(program).answer(0, held()).answer(1, Answer::Unknown);
    let seen = r#"0 hold0 ["what"]; 0 held.0; 0 book1 ["what"]; 0 unknown.0; 0 book2 ["what"]"#;
    let mut twice = twice.hears(seen);
    twice.robot.abandon(twice.now);
    twice.hears(&format!("0 {TAKEN_BACK} unless 1 unless 2"));
}

#[test]
fn what_was_not_held_is_not_taken_back() {
    for (answer, said) in [(outcome("taken"), "taken"), (Answer::Unavailable, "down")] {
        talk(between(|build| build.say("bye")))
            .answer(0, answer)
            .hears(&format!(r#"0 hold0 ["what"]; 0 {said}.0; 0 bye.0; 0 end completed"#));
    }
}

#[test]
fn what_may_be_held_is_taken_back_as_soon_as_that_is_known() {
    talk(between(|build| build.say("bye")))
        .at(8000)
        .answer(0, held())
        .hears(r#"0 hold0 ["what"]; 8000 release of 0 when known; 8000 unknown.0; 8000 bye.0; 8000 end completed"#);
}

#[test]
fn a_caller_who_hangs_up_takes_back_once_whatever_is_under_way() {
    let hang_up = |mut talk: Talk| {
        for _ in 0..2 {
            talk.robot.abandon(talk.now);
        }
        talk
    };
    let waiting = || talk(between(|build| build.menu("menu", Arm::default(), Arm::default()))).at(900);
    hang_up(waiting()).hears(r#"0 hold0 ["what"]; 900 release of 0 when known"#).answer(0, held()).hears("");
    hang_up(waiting().answer(0, held())).hears(&format!(r#"0 hold0 ["what"]; 900 held.0; 900 menu.0; 900 {TAKEN_BACK}"#));
    hang_up(talk(with_booking()).answer(0, held()))
        .hears(&format!(r#"0 hold0 ["what"]; 0 held.0; 0 book1 ["what"]; 0 {TAKEN_BACK} unless 1"#));
}

#[test]
fn what_it_was_made_from_takes_it_back_when_it_is_emptied() {
    let undone = format!(r#"0 hold0 ["what"]; 0 held.0; 0 {TAKEN_BACK}; 0 end completed"#);
    for slot in [SlotId(0), REF] {
        let mut build = Build::new();
        let between = vec![Act::Clear(vec![slot]), build.say("bye")]; // at the end of the call it would be taken back anyway
        talk(build.booking(between, None)).answer(0, held()).hears(&undone.replace("0 end", "0 bye.0; 0 end"));
    }
    let arm = Arm { clear: vec![SlotId(0)], ..Arm::default() };
    let when = Condition::Filled(SlotId(0));
    talk(between(|_| Act::If { when, then: arm, otherwise: Arm::default() })).answer(0, held()).hears(&undone);
}

#[test]
fn its_name_is_gone_once_it_is_taken_back() {
    let mut build = Build::new();
    let (seat, hold, book) = (build.seat(), build.hold(), build.book());
    let program = build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), Act::Clear(vec![SlotId(0)]), Act::Submit(book)]);
    talk(program).answer(0, held()).hears(&format!(r#"0 hold0 ["what"]; 0 held.0; 0 {TAKEN_BACK}; 0 book1 []"#));
}

#[test]
fn a_flow_that_is_called_uses_up_nothing_of_its_caller() {
    let mut build = Build::new();
    let (seat, hold, book) = (build.seat(), build.hold(), build.book());
    let call = Act::Call { flow: FlowId(1), with: Vec::new(), result: None };
    let mut program = build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), call]);
    let flows = &mut Arc::get_mut(&mut program).unwrap().flows;
    flows[1].slots = flows[0].slots.clone();
    flows[1].steps = vec![Step { id: "x".into(), act: Act::Submit(book) }];
    let talk = talk(program).answer(0, held()).answer(1, outcome("booked"));
    talk.hears(&format!(r#"0 hold0 ["what"]; 0 held.0; 0 book1 []; 0 booked.0; 0 {TAKEN_BACK}; 0 end completed"#));
}

#[test]
fn who_speaks_with_a_human_holds_nothing_any_more() {
    let mut build = Build::new();
    let (seat, hold, transfer, bye) = (build.seat(), build.hold(), build.transfer(), build.say("bye"));
    let program = build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), transfer, bye]);
    let wanted = r#"0 1 Transfer { group: "operators" }"#;
    let seen = |ending: Ending, back: &str| {
        let talk = talk(Arc::clone(&program)).answer(0, held()).answer(1, Answer::Errand(ending));
        talk.hears(&format!(r#"0 hold0 ["what"]; 0 held.0; {wanted}; {back}"#));
    };
    seen(Ending::Connected, &format!("0 {TAKEN_BACK}; 0 connected.0; 0 bye.0; 0 end completed"));
    seen(Ending::Busy, &format!("0 busy.0; 0 bye.0; 0 {TAKEN_BACK}; 0 end completed"));
}

#[test]
fn more_holds_than_a_call_may_have_are_not_asked_for() {
    let mut build = Build::new();
    let mut acts = vec![build.seat()];
    for _ in 0..17 {
        let hold = build.hold();
        acts.push(Act::Submit(hold));
    }
    let program = build.main(&[Type::Digits, Type::Digits], acts);
    let talk = (0..16).fold(talk(program), |talk, id| talk.answer(id, held()));
    let each: String = (0..16).map(|id| format!(r#"0 hold{id} ["what"]; 0 held.0; "#)).collect();
    let back: String = (0..16).map(|id| format!("0 {}; ", TAKEN_BACK.replace("of 0", &format!("of {id}")))).collect();
    talk.hears(&format!("{each}0 down.0; {back}0 end completed"));
}

#[test]
fn a_caller_in_the_main_menu_holds_nothing() {
    let mut build = Build::new();
    build.words();
    let (hub, seat, hold) = (build.menu("hub", Arm::default(), Arm::default()), build.seat(), build.hold());
    let menu = build.menu("menu", Arm::default(), Arm::default());
    let mut program = build.main(&[Type::Digits, Type::Digits], vec![hub, seat, Act::Submit(hold), menu]);
    Arc::get_mut(&mut program).unwrap().commands.main_menu = Some(StepId(0));
    let talk = talk(program).keys("1").answer(0, held()).event(Event::Heard(Heard::typed("главное меню")));
    talk.hears(&format!(r#"0 hub.0; 0 hush; 0 hold0 ["what"]; 0 held.0; 0 menu.0; 0 hush; 0 command main_menu; 0 {TAKEN_BACK}; 0 hub.0"#));
}

#[test]
fn who_goes_back_past_what_was_taken_back_finds_its_name_gone() {
    let mut build = Build::new();
    build.words();
    let (seat, hold) = (build.seat(), build.hold());
    let [one, two] = ["one", "two"].map(|name| build.menu(name, Arm::default(), Arm::default()));
    let program = build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), one, Act::Clear(vec![SlotId(0)]), two]);
    let talk = talk(program).answer(0, held()).keys("1").event(Event::Heard(Heard::typed("назад")));
    assert_eq!(talk.robot.frame().slot(REF), None, "a booking would name what nobody holds");
    talk.hears(&format!(r#"0 hold0 ["what"]; 0 held.0; 0 one.0; 0 hush; 0 {TAKEN_BACK}; 0 two.0; 0 hush; 0 command back; 0 one.0"#));
}

#[test]
fn a_second_hold_of_the_same_step_takes_the_first_back() {
    let mut build = Build::new();
    let (seat, hold) = (build.seat(), build.hold());
    let again = Arm { then: Jump::AtMost { to: StepId(1), times: 1, counter: CounterId(0), otherwise: StepId(3) }, ..Arm::default() };
    let round = Act::If { when: Condition::Filled(REF), then: again, otherwise: Arm::default() };
    let program = build.main(&[Type::Digits, Type::Digits], vec![seat, Act::Submit(hold), round]);
    talk(program)
        .answer(0, held())
        .hears(&format!(r#"0 hold0 ["what"]; 0 held.0; 0 {TAKEN_BACK}; 0 hold1 ["what"]"#))
        .answer(1, held())
        .hears(&format!("0 held.0; 0 {}; 0 end completed", TAKEN_BACK.replace("of 0", "of 1")));
}

#[test]
fn a_flow_that_is_left_and_a_caller_who_is_given_up_take_back() {
    let menu = |build: &mut Build| build.menu("menu", Arm::default(), Arm::default());
    let given_up = talk(between(menu)).answer(0, held()).keys("777");
    given_up.hears(&format!(
        r#"0 hold0 ["what"]; 0 held.0; 0 menu.0; 0 hush; 0 nomatch.0; 0 menu.1; 0 hush; 0 nomatch.1; 0 menu.1; 0 hush; 0 {TAKEN_BACK}; 0 human.0; 0 end given_up"#
    ));
    let mut build = Build::new();
    let (seat, hold) = (build.seat(), build.hold());
    let (call, bye) = (Act::Call { flow: FlowId(1), with: Vec::new(), result: None }, build.say("bye"));
    let mut program = build.main(&[Type::Digits, Type::Digits], vec![call, bye]);
    let flows = &mut Arc::get_mut(&mut program).unwrap().flows;
    flows[1].slots = flows[0].slots.clone();
    flows[1].steps = [seat, Act::Submit(hold)].map(|act| Step { id: "x".into(), act }).into();
    talk(program).answer(0, held()).hears(&format!(r#"0 hold0 ["what"]; 0 held.0; 0 {TAKEN_BACK}; 0 bye.0; 0 end completed"#));
}

#[test]
fn a_question_that_the_operator_interrupts_keeps_what_is_held() {
    let talk = talk(between(|build| build.menu("menu", Arm::default(), Arm::default()))).answer(0, held()).keys("0");
    talk.hears(r#"0 hold0 ["what"]; 0 held.0; 0 menu.0; 0 hush; 0 operator.0; 0 menu.0"#);
}

/// A question before the hold, and one after it.
fn asked_around() -> Arc<Program> {
    let mut build = Build::new();
    let (seat, hold) = (build.seat(), build.hold());
    let [first, second] = ["first", "second"].map(|name| build.menu(name, Arm::default(), Arm::default()));
    build.0.commands.main_menu = Some(StepId(1));
    build.main(&[Type::Digits, Type::Digits], vec![seat, first, Act::Submit(hold), second])
}

#[test]
fn who_goes_back_over_a_hold_or_to_the_main_menu_gives_it_back_and_may_hold_anew() {
    for (said, command) in [("назад", "back"), ("артқа", "back"), ("главное меню", "main_menu"), ("басты мәзір", "main_menu")]
    {
        let held_once = talk(asked_around()).keys("1").answer(0, held());
        let gone = held_once.hears(r#"0 first.0; 0 hush; 0 hold0 ["what"]; 0 held.0; 0 second.0"#).says(said);
        assert_eq!(gone.robot.frame().slots()[1], None, "{said}: what is no longer held has no name");
        let anew = gone.hears(&format!("0 hush; 0 command {command}; 0 {TAKEN_BACK}; 0 first.0"));
        let held_again = anew.keys("1").answer(1, held()).hears(r#"0 hush; 0 hold1 ["what"]; 0 held.0; 0 second.0"#);
        held_again.keys("1").hears(&format!("0 hush; 0 {}; 0 end completed", TAKEN_BACK.replace("of 0", "of 1")));
    }
}

/// A question before the booking, and one after it.
fn booked_between(build: &mut Build) -> Vec<Act> {
    let (seat, hold, book) = (build.seat(), build.hold(), build.book());
    let [before, after] = ["before", "after"].map(|name| build.menu(name, Arm::default(), Arm::default()));
    vec![seat, Act::Submit(hold), before, Act::Submit(book), after]
}

const BOOKED: &str = r#"0 hold0 ["what"]; 0 held.0; 0 before.0; 0 hush; 0 book1 ["what"]; "#;

#[test]
fn nobody_goes_back_past_what_was_done_for_good_or_may_have_been() {
    for (answer, said, back_at) in
        [(outcome("booked"), "booked", "after"), (Answer::Unknown, "unknown", "after"), (Answer::Unavailable, "down", "before")]
    {
        let mut build = Build::new();
        build.words();
        let acts = booked_between(&mut build);
        let program = build.main(&[Type::Digits, Type::Digits], acts);
        let talk = talk(program).answer(0, held()).keys("1").answer(1, answer).hears(&format!("{BOOKED}0 {said}.0; 0 after.0"));
        talk.says("назад").hears(&format!("0 hush; 0 command back; 0 {back_at}.0"));
    }
}

#[test]
fn nobody_goes_back_past_what_a_flow_that_was_called_did_for_good() {
    let mut build = Build::new();
    build.words();
    let [first, last] = ["first", "last"].map(|name| build.menu(name, Arm::default(), Arm::default()));
    let inner = booked_between(&mut build);
    let mut program = build.main(&[], vec![first, Act::Call { flow: FlowId(1), with: Vec::new(), result: None }, last]);
    let called = &mut Arc::get_mut(&mut program).unwrap().flows[1];
    called.slots = [(); 2].map(|()| Slot { name: String::new(), ty: Type::Digits }).into();
    called.steps = inner.into_iter().map(|act| Step { id: "x".into(), act }).collect();
    let booked = talk(program).keys("1").answer(0, held()).keys("1").answer(1, outcome("booked"));
    let within =
        booked.hears(&format!("0 first.0; 0 hush; {BOOKED}0 booked.0; 0 after.0")).says("назад").hears("0 hush; 0 command back; 0 after.0");
    let returned = within.keys("1").hears("0 hush; 0 last.0");
    returned.says("назад").hears("0 hush; 0 command back; 0 last.0");
}

#[test]
fn who_goes_back_in_the_flow_of_a_command_comes_to_the_question_that_it_interrupted() {
    let mut build = Build::new();
    build.words();
    let menu = build.menu("menu", Arm::default(), Arm::default());
    build.0.commands.callback = Some(FlowId(1));
    let inner = booked_between(&mut build);
    let mut program = build.main(&[], vec![menu]);
    let called = &mut Arc::get_mut(&mut program).unwrap().flows[1];
    called.slots = [(); 2].map(|()| Slot { name: String::new(), ty: Type::Digits }).into();
    called.steps = inner.into_iter().map(|act| Step { id: "x".into(), act }).collect();
    let booked = talk(program).says("перезвоните мне").answer(0, held()).keys("1").answer(1, outcome("booked"));
    let seen = booked.hears(&format!("0 menu.0; 0 hush; 0 command callback; {BOOKED}0 booked.0; 0 after.0"));
    seen.says("назад").hears("0 hush; 0 command back; 0 menu.0");
}

#[test]
fn the_main_menu_names_nothing_that_was_taken_back() {
    let mut build = Build::new();
    build.words();
    let on = Arm { then: Jump::Goto(StepId(4)), ..Arm::default() };
    let (seat, hold, hub, menu) =
        (build.seat(), build.hold(), build.menu("hub", Arm::default(), on), build.menu("menu", Arm::default(), Arm::default()));
    let round = Act::Goto(Jump::AtMost { to: StepId(1), times: 3, counter: CounterId(0), otherwise: StepId(4) });
    build.0.commands.main_menu = Some(StepId(1));
    let program = build.main(&[Type::Digits, Type::Digits], vec![seat, hub, Act::Submit(hold), round, menu]);
    let held = talk(program).keys("1").answer(0, held()).keys("2");
    let there = held.hears(r#"0 hub.0; 0 hush; 0 hold0 ["what"]; 0 held.0; 0 hub.0; 0 hush; 0 menu.0"#).says("главное меню");
    assert_eq!(there.robot.frame().slot(REF), None, "a booking would name what nobody holds");
    there.hears(&format!("0 hush; 0 command main_menu; 0 {TAKEN_BACK}; 0 hub.0"));
}

/// A booking that can itself be taken back, with a question before it and two after it.
fn booked_until_further_notice() -> Talk {
    let mut build = Build::new();
    build.words();
    let mut acts = booked_between(&mut build);
    let release = ServiceId(1);
    if let Act::Submit(book) = &mut acts[3] {
        book.undo = Some(Undo { service: release, given: Vec::new(), answered: vec!["ref".to_owned()] });
        book.lookup.outcomes.get_mut("booked").unwrap().fields = vec![("ref".to_owned(), SlotId(2))];
    }
    build.0.contracts[2].outcomes = [("booked".to_owned(), [("ref".to_owned(), Type::Digits)].into())].into();
    acts.push(build.menu("last", Arm::default(), Arm::default()));
    let program = build.main(&[Type::Digits, Type::Digits, Type::Digits], acts);
    let Answer::Outcome { fields, .. } = held() else { unreachable!() };
    let booked = talk(program).answer(0, held()).keys("1").answer(1, Answer::Outcome { outcome: "booked".to_owned(), fields });
    booked.hears(&format!("{BOOKED}0 booked.0; 0 after.0"))
}

#[test]
fn what_was_used_up_has_its_name_after_the_booking_and_none_before_it() {
    let after = booked_until_further_notice().keys("1").says("назад").hears("0 hush; 0 last.0; 0 hush; 0 command back; 0 after.0");
    assert!(after.robot.frame().slot(REF).is_some(), "a prompt may say it");
    let before = after.says("назад").hears(r#"0 hush; 0 command back; 0 release of 1 ["ref"]; 0 before.0"#);
    assert_eq!(before.robot.frame().slot(REF), None, "a booking would name what is used up");
}
