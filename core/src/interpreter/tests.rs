//! Talks with hand-made programs, written down as traces.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::{Answer, Effect, Event, Interpreter, RequestId, Setting};
use crate::flow::graph::*;
use crate::grammar::phrase::Phrases;
use crate::key::Key;
use crate::lang::{Both, Lang};
use crate::spoken::{self, Ending, Form, Inflection, russian};
use crate::time::CallTime;
use crate::utterance::{BargeIn, ClipId, PIECES_MAX, Piece};

mod choose;
mod errand;
mod record;
mod route;
mod submit;
mod survey;
mod tell;
mod words;

/// Twelve digits that are a valid IIN and may be an application's number too.
const BOTH: &str = "850412100429";
/// Twelve digits that are an application's number only.
const APPLICATION: &str = "850412100428";

/// Builds programs: prompts are made as they are named, each with two escalations.
struct Build(Program);

impl Build {
    fn new() -> Self {
        let mut build = Self(Program {
            flows: Vec::new(),
            topics: Vec::new(),
            router: Default::default(),
            entry: FlowId(0),
            prompts: Vec::new(),
            clips: Vec::new(),
            words: Both::default(),
            contracts: Vec::new(),
            choosing: None,
            routing: None,
            hours: Default::default(),
            humans: Default::default(),
            nobody: Default::default(),
            commands: Commands::of(FlowId(1)),
            press: BTreeMap::new(),
            lexicon: BTreeMap::new(),
            lists: Lists::new(),
            limits: Limits {
                call: Duration::from_secs(900),
                call_ended: PromptId(0),
                turns_to_human: 9,
                silence: Duration::from_secs(5),
                steps_between_turns: 50,
            },
        });
        build.prompt("call_ended");
        build
    }

    fn clip(&mut self, lang: Lang, name: String) -> ClipId {
        self.0.clips.push(ClipSpec { lang, name, text: String::new() });
        ClipId(self.0.clips.len() as u32 - 1)
    }

    fn prompt(&mut self, name: &str) -> PromptId {
        if let Some(at) = self.0.prompts.iter().position(|prompt| prompt.name == name) {
            return PromptId(at as u16);
        }
        let escalations = (0..2).map(|nth| Both::each(|lang| vec![Segment::Clip(self.clip(lang, format!("{name}.{nth}")))])).collect();
        self.push(name, escalations)
    }

    fn push(&mut self, name: &str, escalations: Vec<Both<Vec<Segment>>>) -> PromptId {
        self.0.prompts.push(Prompt { name: name.to_owned(), escalations });
        PromptId(self.0.prompts.len() as u16 - 1)
    }

    fn speaks(&mut self, slot: SlotId, by: SayAs) -> PromptId {
        self.push("value", vec![Both::each(|_| vec![Segment::Slot { slot, by, ending: Ending::Falling }])])
    }

    fn words(&mut self) {
        for lang in Lang::ALL {
            for (name, _) in spoken::inventory(lang) {
                let clip = self.clip(lang, name.clone());
                match lang {
                    Lang::Kk => self.0.words.kk.insert(name, clip),
                    Lang::Ru => self.0.words.ru.insert(name, clip),
                };
            }
        }
    }

    fn flow(&mut self, slots: &[Type], acts: Vec<Act>) -> FlowId {
        let steps = acts.into_iter().enumerate().map(|(at, act)| Step { id: at.to_string(), act }).collect();
        let slots = slots.iter().map(|ty| Slot { name: String::new(), ty: ty.clone() }).collect();
        let id = self.0.flows.len() as u16;
        self.0.flows.push(Flow {
            name: id.to_string(),
            title: Both::default(),
            intents: Vec::new(),
            slots,
            near: Vec::new(),
            steps,
            counters: 1,
        });
        FlowId(id)
    }

    fn ladder(&mut self) -> Ladder {
        let (noinput, nomatch) = (self.prompt("noinput"), self.prompt("nomatch"));
        let [noinput_after, interdigit] = [6, 3].map(Duration::from_secs);
        let give_up = GiveUp::Flow(FlowId(2));
        Ladder { noinput_after, interdigit, noinput, nomatch, tries: 3, give_up, help: None, reject: 300, accept: 600, doubt: None }
    }

    fn menu(&mut self, name: &str, one: Arm, two: Arm) -> Act {
        let choices = [('1', one), ('2', two)].map(|(key, arm)| Choice { id: key.into(), key: key_of(key), label: None, name: None, arm });
        Act::Menu(Menu {
            prompt: self.prompt(name),
            barge_in: BargeIn::AtOnce,
            choices: choices.into(),
            phrases: Phrases::of([]),
            mentions: Vec::new(),
            route: None,
            ladder: self.ladder(),
        })
    }

    fn ask(&mut self, grammars: &[Grammar]) -> Act {
        let each = grammars.iter().zip(0..);
        let alternatives =
            each.map(|(grammar, at)| Alternative { grammar: grammar.clone(), slot: SlotId(at), arm: Arm::default() }).collect();
        let which = Some(self.prompt("which"));
        Act::Ask(Ask {
            prompt: self.prompt("ask"),
            barge_in: BargeIn::AtOnce,
            alternatives,
            phrases: Phrases::of([]),
            which,
            ladder: self.ladder(),
        })
    }

    fn say(&mut self, name: &str) -> Act {
        Act::Say { prompt: self.prompt(name), barge_in: BargeIn::AtOnce }
    }

    fn notice(&mut self) -> Act {
        Act::Say { prompt: self.prompt("notice"), barge_in: BargeIn::Off }
    }

    fn arm(&mut self, say: &str) -> Arm {
        Arm { say: Some(self.prompt(say)), ..Arm::default() }
    }

    fn lookup(&mut self) -> Act {
        self.0.lexicon = [("doc".to_owned(), [("card".to_owned(), self.prompt("card"))].into())].into();
        let doc = Type::Item { list: "doc".to_owned() };
        let outcomes = [("ready".to_owned(), [("doc".to_owned(), doc)].into()), ("none".to_owned(), BTreeMap::new())].into();
        self.0.contracts.push(Contract { name: "status".to_owned(), writes: false, request: BTreeMap::new(), outcomes });
        let (ready, none) = (self.arm("ready"), self.arm("none"));
        let ready = OutcomeArm { fields: vec![("doc".to_owned(), SlotId(0))], arm: ready };
        let filler = Filler { after: Duration::from_secs(2), every: Duration::from_secs(3), prompt: self.prompt("wait") };
        Act::Lookup(Lookup {
            service: ServiceId(0),
            with: vec![("empty".to_owned(), Operand::Slot(SlotId(0))), ("flag".to_owned(), Operand::Value(Value::Flag(true)))],
            deadline: Duration::from_secs(8),
            filler: Some(filler),
            outcomes: [("ready".to_owned(), ready), ("none".to_owned(), OutcomeArm { fields: vec![], arm: none })].into(),
            unavailable: self.arm("down"),
        })
    }

    /// The main flow, and the two that stand beside it: the operator's, which returns, and the one that a given-up question leads to.
    fn main(mut self, slots: &[Type], acts: Vec<Act>) -> Arc<Program> {
        assert_eq!(self.flow(slots, acts), FlowId(0));
        for name in ["operator", "human"] {
            let say = self.say(name);
            self.flow(&[], vec![say]);
        }
        Arc::new(self.0)
    }
}

fn key_of(c: char) -> Key {
    Key::from_char(c).unwrap()
}

fn at_most(times: u8) -> Arm {
    Arm { then: Jump::AtMost { to: StepId(0), times, counter: CounterId(0), otherwise: StepId(1) }, ..Arm::default() }
}

fn item(name: &str) -> Answer {
    Answer::Outcome { outcome: "ready".to_owned(), fields: [("doc".to_owned(), Value::Item(name.to_owned()))].into() }
}

fn outcome(name: &str) -> Answer {
    Answer::Outcome { outcome: name.to_owned(), fields: BTreeMap::new() }
}

/// A caller and the robot.
struct Talk {
    program: Arc<Program>,
    robot: Interpreter,
    now: CallTime,
}

fn talk(program: Arc<Program>) -> Talk {
    talk_in(program, Some(Lang::Ru))
}

fn talk_in(program: Arc<Program>, lang: Option<Lang>) -> Talk {
    talk_of(program, Setting { lang, ..Setting::default() })
}

fn talk_of(program: Arc<Program>, setting: Setting) -> Talk {
    let robot = Interpreter::new(Arc::clone(&program), setting);
    Talk { program, robot, now: CallTime::START }.event(Event::Started)
}

impl Talk {
    fn at(mut self, ms: u64) -> Self {
        self.now = CallTime::from_millis(ms);
        self.robot.handle_deadline(self.now);
        self
    }

    fn event(mut self, event: Event) -> Self {
        self.robot.handle(self.now, event);
        self
    }

    fn said(self) -> Self {
        self.event(Event::Said)
    }

    fn keys(self, keys: &str) -> Self {
        keys.chars().fold(self, |talk, key| talk.event(Event::Key(key_of(key))))
    }

    fn answer(self, id: u32, answer: Answer) -> Self {
        self.event(Event::Answered { id: RequestId(id), answer })
    }

    /// All that the robot has wanted, one line each; steps and troubles are left out.
    #[track_caller]
    fn hears(mut self, expected: &str) -> Self {
        let effects: Vec<_> = std::iter::from_fn(|| self.robot.poll()).collect();
        let effects: Vec<String> = effects.into_iter().filter_map(|(at, effect)| self.line(at, effect)).collect();
        assert_eq!(effects.join("; "), expected);
        self
    }

    /// When the caller was private and when no longer, and the end.
    #[track_caller]
    fn redacts(mut self, expected: &str) {
        let told = std::iter::from_fn(|| self.robot.poll()).filter_map(|(at, effect)| match effect {
            Effect::Redact(on) => Some(format!("{} {on}", at.millis())),
            Effect::End { .. } => Some(format!("{} end", at.millis())),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>().join("; "), expected);
    }

    fn line(&self, at: CallTime, effect: Effect) -> Option<String> {
        let what = match effect {
            Effect::Say { pieces, barge_in, .. } => self.line_of_say(&pieces, barge_in),
            Effect::Hush => "hush".to_owned(),
            Effect::Lookup { id, service, request, .. } => format!("{service}{} {:?}", id.0, request.keys().collect::<Vec<_>>()),
            Effect::Submit { id, service, request, .. } => format!("{service}{} {:?}", id.0, request.keys().collect::<Vec<_>>()),
            Effect::Errand { id, wanted } => format!("{} {wanted:?}", id.0),
            Effect::Undo { of, service, request, unless } => {
                let asked = request.map_or("when known".to_owned(), |asked| format!("{:?}", asked.keys().collect::<Vec<_>>()));
                let unless: String = unless.iter().map(|id| format!(" unless {}", id.0)).collect();
                format!("{service} of {} {asked}{unless}", of.0)
            }
            Effect::Tell { of } => format!("tell {}", of.0),
            Effect::Tape { id, message } => format!("tape{} {}", id.0, message.0),
            Effect::Record { message, silence, max } => format!("record {} {silence:?} {max:?}", message.0),
            Effect::StopRecord(message) => format!("stop {}", message.0),
            Effect::Keep(message) => format!("keep {}", message.0),
            Effect::Mark { survey, mark } => format!("mark {survey} {mark}"),
            Effect::Language(lang) => format!("lang {lang}"),
            Effect::End { outcome } => format!("end {outcome}"),
            Effect::Command { name } => format!("command {name}"),
            Effect::Prosody(prosody) => format!("prosody {:?} {:?}", prosody.volume, prosody.rate),
            Effect::Unheard(why) => format!("unheard {why:?}"),
            Effect::Step { .. } | Effect::Way { .. } | Effect::Trouble(_) | Effect::Redact(_) | Effect::Listen(_) => return None,
        };
        Some(format!("{} {what}", at.millis()))
    }

    fn line_of_say(&self, pieces: &[Piece], barge_in: BargeIn) -> String {
        let said = pieces.iter().map(|piece| match piece {
            Piece::Clip(clip) | Piece::Private(clip) => {
                let spec = &self.program.clips[clip.0 as usize];
                if self.robot.lang() == Some(spec.lang) { spec.name.clone() } else { format!("{}/{}", spec.lang, spec.name) }
            }
            Piece::Pause(_) => "_".to_owned(),
            Piece::Tone => "tone".to_owned(),
        });
        said.collect::<Vec<_>>().join(" ") + if barge_in == BargeIn::Off { "!" } else { "" }
    }
}

fn one_menu() -> Arc<Program> {
    let mut build = Build::new();
    let menu = build.menu("menu", Arm::default(), at_most(2));
    let bye = build.say("bye");
    build.main(&[], vec![menu, bye])
}

fn one_ask(grammars: &[Grammar]) -> Arc<Program> {
    let mut build = Build::new();
    build.words();
    let ask = build.ask(grammars);
    let value = build.speaks(SlotId(0), SayAs::Words(Form::Digits));
    let bye = build.say("bye");
    build.main(&[Type::Digits, Type::Digits], vec![ask, Act::Say { prompt: value, barge_in: BargeIn::AtOnce }, bye])
}

fn one_lookup() -> Arc<Program> {
    let mut build = Build::new();
    let lookup = build.lookup();
    build.main(&[Type::Item { list: "doc".to_owned() }], vec![lookup])
}

#[test]
fn silence_goes_to_a_human_after_three_tries() {
    talk(one_menu())
        .at(1000)
        .said()
        .hears("0 menu.0")
        .at(7000)
        .hears("7000 noinput.0; 7000 menu.1")
        .at(8000)
        .said()
        .at(14000)
        .said()
        .hears("14000 noinput.1; 14000 menu.1")
        .at(20000)
        .hears("20000 human.0; 20000 end given_up");
}

#[test]
fn misunderstanding_goes_to_a_human_after_three_tries() {
    talk(one_menu())
        .keys("777")
        .hears("0 menu.0; 0 hush; 0 nomatch.0; 0 menu.1; 0 hush; 0 nomatch.1; 0 menu.1; 0 hush; 0 human.0; 0 end given_up");
}

#[test]
fn star_repeats_and_so_does_a_pound_that_cut_the_prompt() {
    talk(one_menu())
        .keys("*")
        .hears("0 menu.0; 0 hush; 0 menu.0")
        .keys("#")
        .hears("0 hush; 0 menu.0")
        .said()
        .keys("#")
        .hears("")
        .keys("1")
        .hears("0 bye.0; 0 end completed");
}

/// What has been said of an answer is not lost with the prompt that follows it; what was heard out before a legal notice is not said twice.
#[test]
fn a_pound_that_cut_speech_brings_back_all_that_it_may_have_cut() {
    let program = || {
        let mut build = Build::new();
        let notice = Act::Say { prompt: build.prompt("notice"), barge_in: BargeIn::Off };
        let steps = vec![build.say("hello"), notice, build.say("told"), build.menu("menu", Arm::default(), at_most(2)), build.say("bye")];
        build.main(&[], steps)
    };
    let before = "0 hello.0; 0 notice.0!; 0 told.0; 0 menu.0; ";
    talk(program()).keys("#").hears(&format!("{before}0 hush; 0 hello.0; 0 told.0; 0 menu.0"));
    talk(program()).event(Event::NoticeSaid).keys("#").hears(&format!("{before}0 hush; 0 told.0; 0 menu.0"));
}

#[test]
fn the_operator_is_called_and_the_question_asked_again() {
    talk(one_menu()).keys("0").hears("0 menu.0; 0 hush; 0 operator.0; 0 menu.0");
}

#[test]
fn a_backward_arc_is_taken_so_many_times() {
    talk(one_menu()).keys("222").hears("0 menu.0; 0 hush; 0 menu.0; 0 hush; 0 menu.0; 0 hush; 0 bye.0; 0 end completed");
}

#[test]
fn keys_during_a_legal_notice_answer_three_questions_and_the_notice_plays_on() {
    let mut build = Build::new();
    let notice = build.notice();
    let menus = ["one", "two", "three"].map(|name| build.menu(name, Arm::default(), Arm::default()));
    let mut acts = vec![notice];
    acts.extend(menus);
    let lookup = build.lookup();
    acts.push(lookup);
    let program = build.main(&[Type::Flag], acts);
    talk(program)
        .hears("0 notice.0!; 0 one.0")
        .at(500)
        .keys("121")
        .hears("500 hush; 500 two.0; 500 hush; 500 three.0; 500 hush; 500 status0 [\"flag\"]");
}

#[test]
fn keys_during_a_lookup_answer_the_next_question_unasked() {
    let mut build = Build::new();
    let lookup = build.lookup();
    let menu = build.menu("menu", Arm::default(), Arm::default());
    let program = build.main(&[Type::Flag], vec![lookup, menu]);
    talk(program).keys("1").hears("0 status0 [\"flag\"]").answer(0, outcome("none")).hears("0 none.0; 0 hush; 0 end completed");
}

#[test]
fn the_interrupting_key_is_the_first_digit_and_a_late_said_starts_no_silence() {
    let talk = talk(one_ask(&[Grammar::Digits { min: 2, max: 4 }])).at(900).keys("1").said().said();
    assert_eq!(talk.robot.deadline(), Some(CallTime::from_millis(3900)));
    talk.at(1000).keys("2").hears("0 ask.0; 900 hush").at(9000).hears("4000 digit_1 digit_2_end; 4000 bye.0; 4000 end completed");
}

#[test]
fn a_second_said_does_not_start_the_silence_anew() {
    let talk = talk(one_menu()).at(1000).said().at(3000).said();
    assert_eq!(talk.robot.deadline(), Some(CallTime::from_millis(7000)));
}

#[test]
fn a_row_ends_by_pound_by_pause_or_by_its_length() {
    let grammar = [Grammar::Digits { min: 2, max: 4 }];
    let cases = [
        ("12#", 0, "0 digit_1 digit_2_end"),
        ("12", 3000, "3000 digit_1 digit_2_end"),
        ("1*34#", 0, "0 ask.0; 0 hush; 0 digit_3 digit_4_end"),
    ];
    for (keys, at, expected) in cases {
        talk(one_ask(&grammar)).keys(keys).at(at).hears(&format!("0 ask.0; 0 hush; {expected}; {at} bye.0; {at} end completed"));
    }
    talk(one_ask(&grammar)).keys("1234").hears("0 ask.0; 0 hush; 0 digit_1 digit_2 digit_3 _ digit_4_end; 0 bye.0; 0 end completed");
    talk(one_ask(&grammar)).keys("1#").hears("0 ask.0; 0 hush; 0 nomatch.0; 0 ask.1");
    for (keys, at) in [("0#", 0), ("0", 3000)] {
        talk(one_ask(&grammar)).keys(keys).at(at).hears(&format!("0 ask.0; 0 hush; {at} operator.0; {at} ask.0"));
    }
}

#[test]
fn ambiguous_twelve_digits_ask_which() {
    let program = one_ask(&[Grammar::Iin, Grammar::Application]);
    talk(Arc::clone(&program))
        .keys(BOTH)
        .hears("0 ask.0; 0 hush; 0 which.0")
        .keys("3")
        .hears("0 hush; 0 nomatch.0; 0 which.1")
        .keys("2")
        .hears("0 hush; 0 bye.0; 0 end completed");
    talk(program).keys(APPLICATION).hears("0 ask.0; 0 hush; 0 bye.0; 0 end completed");
}

#[test]
fn an_answer_is_taken_only_when_the_contract_declares_it() {
    let garbage = Answer::Outcome { outcome: "ready".to_owned(), fields: [("doc".to_owned(), Value::Flag(true))].into() };
    let cases = [
        (item("card"), "ready"),
        (outcome("none"), "none"),
        (Answer::Unavailable, "down"),
        (item("spoon"), "down"),
        (outcome("ready"), "down"),
        (outcome("else"), "down"),
        (garbage, "down"),
    ];
    for (answer, said) in cases {
        let expected = format!("0 status0 [\"flag\"]; 1000 {said}.0; 1000 end completed");
        talk(one_lookup()).at(1000).answer(1, item("card")).answer(0, answer).hears(&expected);
    }
}

#[test]
fn a_slow_service_is_filled_in_for_and_a_late_one_is_unavailable() {
    talk(one_lookup())
        .at(2000)
        .said()
        .at(9000)
        .answer(0, item("card"))
        .hears("0 status0 [\"flag\"]; 2000 wait.0; 5000 wait.1; 8000 down.0; 8000 end completed");
}

#[test]
fn no_language_speaks_both_and_a_chosen_one_speaks_itself() {
    let mut build = Build::new();
    let russian = Arm { language: Some(Lang::Ru), ..Arm::default() };
    let menu = build.menu("menu", russian, Arm::default());
    let program = build.main(&[], vec![menu.clone(), menu]);
    talk_in(program, None).hears("0 kk/menu.0 _ ru/menu.0").keys("1").hears("0 hush; 0 lang ru; 0 menu.0");
}

#[test]
fn a_call_that_lasts_too_long_is_ended() {
    talk(one_menu()).at(10_000_000).hears("0 menu.0; 900000 hush; 900000 call_ended.0!; 900000 end call_limit");
}

#[test]
fn a_flow_that_turns_in_a_circle_is_a_fault() {
    let build = Build::new();
    talk(build.main(&[], vec![Act::Goto(Jump::Goto(StepId(0)))])).hears("0 end flow_fault");
}

#[test]
fn a_long_utterance_is_split_and_never_cut() {
    let mut build = Build::new();
    let clip = build.clip(Lang::Ru, "x".to_owned());
    let prompt = build.push("long", vec![Both::each(|_| vec![Segment::Clip(clip); PIECES_MAX + 1])]);
    let mut talk = talk(build.main(&[], vec![Act::Say { prompt, barge_in: BargeIn::Off }]));
    let lengths: Vec<usize> = std::iter::from_fn(|| talk.robot.poll())
        .filter_map(|(_, effect)| if let Effect::Say { pieces, .. } = effect { Some(pieces.len()) } else { None })
        .collect();
    assert_eq!(lengths, [PIECES_MAX, 1]);
}

#[test]
fn a_row_begun_during_a_notice_waits_for_its_next_digit_and_not_for_silence() {
    let mut build = Build::new();
    let (notice, mut ask) = (build.notice(), build.ask(&[Grammar::Digits { min: 2, max: 4 }]));
    if let Act::Ask(ask) = &mut ask {
        ask.ladder.noinput_after = Duration::from_secs(1);
    }
    let talk = talk(build.main(&[Type::Digits], vec![notice, ask])).keys("1").at(500).said();
    assert_eq!(talk.robot.deadline(), Some(CallTime::from_millis(3000)));
}

#[test]
fn a_menu_names_each_choice_with_its_key_and_then_the_commands() {
    let mut build = Build::new();
    let mut menu = build.menu("menu", Arm::default(), Arm::default());
    if let Act::Menu(menu) = &mut menu {
        menu.choices[0].label = Some(build.prompt("documents"));
        menu.mentions = vec![(build.prompt("operator"), Key::ZERO)];
    }
    build.0.press = ['0', '1'].map(|key| (key_of(key), build.prompt(&format!("press_{key}")))).into();
    talk(build.main(&[], vec![menu])).hears("0 menu.0 _ documents.0 press_1.0 _ operator.0 press_0.0");
}

#[test]
fn a_called_flow_takes_values_and_returns_one() {
    let mut build = Build::new();
    build.words();
    let value = build.speaks(SlotId(1), SayAs::Words(Form::Digits));
    let digits = Operand::Value(Value::Digits("42".to_owned()));
    let call = Act::Call { flow: FlowId(3), with: vec![(SlotId(0), digits)], result: Some(SlotId(1)) };
    let mut program = build.main(&[Type::Digits, Type::Digits], vec![call, Act::Say { prompt: value, barge_in: BargeIn::AtOnce }]);
    let mut called = program.flows[0].clone();
    called.steps = vec![Step { id: "back".to_owned(), act: Act::Return(Some(SlotId(0))) }];
    Arc::get_mut(&mut program).unwrap().flows.push(called);
    talk(program).hears("0 digit_4 digit_2_end; 0 end completed");
}

/// What is heard of a value, in Russian.
fn check_said(value: Value, ty: Type, by: SayAs, expected: &str) {
    let mut build = Build::new();
    build.words();
    let prompt = build.speaks(SlotId(0), by);
    let set = Act::Set(vec![(SlotId(0), Operand::Value(value))]);
    let program = build.main(&[ty], vec![set, Act::Say { prompt, barge_in: BargeIn::AtOnce }]);
    talk(program).hears(&format!("0 {expected}; 0 end completed"));
}

#[test]
fn values_are_said_in_words_of_which_the_last_falls() {
    use crate::calendar::{Date, Time};
    use crate::spoken::{Money, Year, when};
    let plain = Inflection::plain(Lang::Ru);
    check_said(Value::Count(21), Type::Count, SayAs::Words(Form::Cardinal(plain)), "dvadtsat digit_1_end");
    check_said(Value::Count(40), Type::Count, SayAs::Words(Form::Ordinal(plain)), "sorokovoj_end");
    let day = Date::parse("2026-11-24").unwrap();
    check_said(Value::Date(day), Type::Date, SayAs::Words(Form::WeekdayDate), "vo_vtornik _ dvadtsat chetvyortogo noyabrya_end");
    check_said(Value::Date(day), Type::Date, SayAs::Words(Form::Date(when(Lang::Ru), Year::Unsaid)), "dvadtsat chetvyortogo noyabrya_end");
    check_said(Value::Time(Time::parse("09:01").unwrap()), Type::Time, SayAs::Words(Form::Time), "v_devyat chasov odnu minutu_end");
    check_said(Value::Money(Money::parse("2.50").unwrap()), Type::Money, SayAs::Words(Form::Money), "digit_2 tenge pyatdesyat tiynov_end");
}

#[test]
fn a_number_without_clips_is_said_digit_by_digit() {
    let ordinal = SayAs::Words(Form::Ordinal(Inflection::plain(Lang::Ru)));
    check_said(Value::Count(21_000), Type::Count, ordinal, "digit_2 digit_1 digit_0 _ digit_0 digit_0_end");
}

#[test]
fn a_counted_noun_follows_its_number() {
    for (number, expected) in [(1, "odna zayavka"), (22, "dvadtsat dve zayavki"), (11, "odinnadtsat zayavok")] {
        let mut build = Build::new();
        build.words();
        let noun = ["zayavka", "zayavki", "zayavok"].map(|form| build.clip(Lang::Ru, form.to_owned()));
        let form = Inflection::Ru(russian::Case::Nominative, russian::Gender::Feminine);
        let prompt = build.speaks(SlotId(0), SayAs::Counted { form, noun });
        let set = Act::Set(vec![(SlotId(0), Operand::Value(Value::Count(number)))]);
        let program = build.main(&[Type::Count], vec![set, Act::Say { prompt, barge_in: BargeIn::AtOnce }]);
        talk(program).hears(&format!("0 {expected}; 0 end completed"));
    }
}

#[test]
fn a_private_span_ends_with_its_row_and_stays_open_where_the_call_ends_first() {
    let ask = || one_ask(&[Grammar::Digits { min: 3, max: 3 }]);
    talk(ask()).said().at(100).keys("123").redacts("0 true; 100 false; 100 end");
    let mut brief = ask();
    Arc::get_mut(&mut brief).unwrap().limits.call = Duration::from_millis(500);
    talk(brief).said().at(100).keys("12").at(2000).redacts("0 true; 500 end");
    let mut build = Build::new();
    let menu = build.menu("menu", Arm { then: Jump::End { outcome: "chosen".to_owned() }, ..Arm::default() }, at_most(2));
    let program = build.main(&[], vec![menu]);
    talk(program).at(100).keys("91").redacts("100 true; 100 false; 100 end");
}

#[test]
fn within_the_operators_flow_zero_only_repeats() {
    let mut build = Build::new();
    let menu = build.menu("menu", Arm::default(), Arm::default());
    let inner = build.menu("inner", Arm::default(), Arm::default());
    let mut program = build.main(&[], vec![menu]);
    Arc::get_mut(&mut program).unwrap().flows[1].steps = vec![Step { id: "inner".to_owned(), act: inner }];
    talk(program).keys("001").hears("0 menu.0; 0 hush; 0 inner.0; 0 hush; 0 inner.0; 0 hush; 0 menu.0");
}

#[test]
fn a_question_may_be_given_up_to_a_step_of_its_flow() {
    let mut build = Build::new();
    let mut menu = build.menu("menu", Arm::default(), Arm::default());
    if let Act::Menu(menu) = &mut menu {
        menu.ladder.tries = 1;
        menu.ladder.give_up = GiveUp::Step(StepId(2));
    }
    let (skipped, bye) = (build.say("skipped"), build.say("bye"));
    talk(build.main(&[], vec![menu, skipped, bye])).said().at(6000).hears("0 menu.0; 6000 bye.0; 6000 end completed");
}

#[test]
fn what_is_keyed_in_does_not_show_in_debug() {
    let talk = talk(one_ask(&[Grammar::Iin])).keys("85041");
    assert!(!format!("{:?}", talk.robot).contains("85041"));
}

/// Every kind of waiting, in one program that goes round.
fn round() -> Arc<Program> {
    let mut build = Build::new();
    let ask = build.ask(&[Grammar::Digits { min: 2, max: 4 }, Grammar::Digits { min: 1, max: 3 }]);
    let (notice, lookup) = (build.notice(), build.lookup());
    let back = Arm { language: Some(Lang::Kk), then: Jump::Goto(StepId(0)), ..Arm::default() };
    let menu = build.menu("menu", back, Arm::default());
    build.main(&[Type::Digits, Type::Digits], vec![ask, notice, lookup, menu])
}

fn event() -> impl Strategy<Value = Event> {
    let key = (0u8..16).prop_map(|code| Event::Key(Key::from_event(code).unwrap()));
    let answers = prop_oneof![Just(Answer::Unavailable), Just(item("card")), Just(outcome("none"))];
    let answered = (0u32..4, answers).prop_map(|(id, answer)| Event::Answered { id: RequestId(id), answer });
    prop_oneof![1 => Just(Event::Started), 4 => Just(Event::Said), 8 => key, 3 => answered]
}

/// All effects of these events, each so many milliseconds after the one before; `punctual` wakes at every deadline, else only the events do.
fn run(events: &[(u64, Event)], punctual: bool) -> Vec<(CallTime, Effect)> {
    let mut robot = Interpreter::new(round(), Setting::default());
    robot.handle(CallTime::START, Event::Started);
    let mut now = CallTime::START;
    for (gap, event) in events {
        now = now + Duration::from_millis(*gap);
        while let Some(at) = robot.deadline().filter(|at| punctual && *at <= now) {
            robot.handle_deadline(at);
        }
        robot.handle(now, event.clone());
    }
    std::iter::from_fn(|| robot.poll()).collect()
}

proptest! {
    #[test]
    fn a_late_wake_up_changes_nothing(events in prop::collection::vec((0u64..5000, event()), 0..60)) {
        prop_assert_eq!(run(&events, true), run(&events, false));
    }

    #[test]
    fn whatever_comes_time_runs_forward_and_nothing_follows_the_end(events in prop::collection::vec((0u64..20_000, event()), 0..120)) {
        let effects = run(&events, false);
        prop_assert!(effects.is_sorted_by_key(|(at, _)| *at));
        let end = effects.iter().position(|(_, effect)| matches!(effect, Effect::End { .. }));
        prop_assert!(end.is_none_or(|at| at + 1 == effects.len()));
        let requests: Vec<RequestId> =
            effects.iter().filter_map(|(_, effect)| if let Effect::Lookup { id, .. } = effect { Some(*id) } else { None }).collect();
        prop_assert!(requests.is_sorted_by(|earlier, later| earlier < later));
        prop_assert!(effects.len() <= 200 + 60 * events.len());
    }
}
