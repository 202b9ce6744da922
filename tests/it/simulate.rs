//! Simulated callers: thousands of calls of the shipped flows hold every invariant, and for each invariant there is a machine that breaks just it and is caught.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dauys::bundle::{self, Bundle};
use dauys::replay;
use dauys::simulate::{self, Run, Wanted};
use dauys_core::call::invariant::{Invariant, Seen};
use dauys_core::call::{Action, Control, Input, Note, Opening, Outcome, Output, SipEvent};
use dauys_core::flow::graph::{Act, Ending, FlowId, Program};
use dauys_core::flow::{self, Words, turns_to_human};
use dauys_core::interpreter::{Answer, Expects, RequestId, Trouble};
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use dauys_core::media::{Command as Wish, Leg, PlayId, Signal};
use dauys_core::simulation::{self, Lived, Machine, Manner, Reply, Stage};
use dauys_core::time::CallTime;

/// Calls of the run in every test: more of them are a matter of `dauys simulate`.
const CALLS: u64 = 4_000;
/// In so many calls a mutant must be caught.
const CAUGHT_WITHIN: u64 = 1_500;

static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| bundle::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());
static STAGE: LazyLock<Stage> = LazyLock::new(|| simulate::stage(&BUNDLE));

fn run(calls: u64, seed: u64, threads: usize, with_media: bool) -> Run {
    simulate::run(&STAGE, Wanted { calls, seed, with_media, threads }, &AtomicU64::new(0))
}

#[test]
fn thousands_of_callers_break_nothing_and_get_everywhere() {
    let Run { report, failing } = run(CALLS, 1, 2, false);
    assert_eq!((&report.broken, &failing[..]), (&[].into(), &[][..]));
    // The run is worth something only if it got everywhere.
    let outcomes: Vec<&str> = report.outcomes.keys().map(String::as_str).collect();
    assert_eq!(outcomes, ["answered", "callback", "declined", "goodbye", "human", "hung_up", "nobody"]);
    assert!(report.outcomes.values().all(|calls| *calls > CALLS / 400), "{:?}", report.outcomes);
    assert_eq!(report.manners.len(), Manner::ALL.len());
    let counts = report.counts;
    let reached = [
        ("questions to services", counts.questions, CALLS / 4),
        ("late or doubled answers", counts.stale_answers, CALLS / 40),
        ("silences", counts.silences, CALLS / 4),
        ("misunderstandings", counts.misunderstandings, CALLS / 2),
        ("interruptions", counts.interruptions, CALLS),
        ("commands", counts.commands, CALLS / 10),
        ("utterances", counts.utterances, CALLS),
    ];
    assert!(reached.iter().all(|(_, came, least)| came >= least), "{reached:?}");
}

/// Among them callers who change the language while a notice still waits to be said, which no call without media has.
#[test]
fn with_media_too() {
    let Run { report, .. } = run(200, 1, 2, true);
    assert_eq!(report.broken, [].into());
    assert!(report.counts.keys > 200 && report.counts.interruptions > 20 && report.outcomes.len() > 1, "{report:?}");
}

#[test]
fn the_same_seed_comes_to_the_same_on_any_number_of_threads() {
    let one = run(300, 7, 1, false);
    assert_eq!(one, run(300, 7, 3, false));
    assert_ne!(one, run(300, 8, 3, false));
    assert_eq!(run(6, 7, 1, true), run(6, 7, 3, true));
}

/// What was done to a call, done again, is the same call: else no call could be reduced.
#[test]
fn a_script_is_the_call_it_was_made_of() {
    for seed in 0..200 {
        let lived = simulation::call(&STAGE, seed, control, &mut |_, _| {});
        let again = simulation::lived_again(&STAGE, seed, &lived.script, control, &mut |_, _| {});
        assert_eq!(again, Lived { manner: None, ..lived });
    }
}

/// A machine that bends what a `Control` takes in and wants.
struct Bent<B> {
    control: Control,
    bend: B,
    outputs: VecDeque<(CallTime, Output)>,
}

/// How it bends; by itself, not at all.
trait Bend {
    fn takes(&mut self, input: Input, _: &Control) -> Option<Input> {
        Some(input)
    }

    fn wants(&mut self, output: Output) -> Vec<Output> {
        vec![output]
    }

    fn wakes(&self, deadline: Option<CallTime>) -> Option<CallTime> {
        deadline
    }

    /// What it wants by itself when something happens.
    fn adds(&mut self, _: &Control) -> Option<Output> {
        None
    }
}

impl<B: Bend> Bent<B> {
    fn new(program: &Arc<Program>, opening: &Opening, bend: B) -> Self {
        Self { control: Control::new(Arc::clone(program), opening), bend, outputs: VecDeque::new() }
    }

    fn bend(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            self.outputs.extend(self.bend.wants(output).into_iter().map(|output| (at, output)));
        }
    }
}

impl<B: Bend> Machine for Bent<B> {
    fn handle(&mut self, now: CallTime, input: Input) {
        let added = self.bend.adds(&self.control);
        if let Some(input) = self.bend.takes(input, &self.control) {
            self.control.handle(now, input);
        }
        self.bend();
        self.outputs.extend(added.map(|output| (now, output)));
    }

    fn handle_deadline(&mut self, now: CallTime) {
        self.control.handle_deadline(now);
        self.bend();
    }

    fn deadline(&self) -> Option<CallTime> {
        self.bend.wakes(self.control.deadline())
    }

    fn poll(&mut self) -> Option<(CallTime, Output)> {
        self.outputs.pop_front()
    }

    fn is_over(&self) -> bool {
        self.control.is_over() && self.outputs.is_empty()
    }

    fn lang(&self) -> Option<Lang> {
        self.control.lang()
    }

    fn expects(&self) -> Expects {
        self.control.expects()
    }
}

fn control(opening: &Opening) -> Control {
    Control::new(Arc::clone(&BUNDLE.program), opening)
}

/// The first call in which a mutant is caught breaking the invariant.
#[track_caller]
fn caught<M: Machine>(invariant: Invariant, make: impl Fn(&Opening) -> M) -> Lived {
    let mut calls = (0..CAUGHT_WITHIN).map(|seed| simulation::call(&STAGE, seed, &make, &mut |_, _| {}));
    let broken = calls.find(|call| call.breaches.iter().any(|breach| breach.invariant == invariant));
    broken.unwrap_or_else(|| panic!("no call of {CAUGHT_WITHIN} was caught breaking {invariant:?}"))
}

#[track_caller]
fn bent<B: Bend>(invariant: Invariant, bend: fn() -> B) -> Lived {
    caught(invariant, |opening| Bent::new(&BUNDLE.program, opening, bend()))
}

/// A machine on flows that were changed behind the judge's back.
#[track_caller]
fn edited(invariant: Invariant, edit: impl FnOnce(&mut Program)) -> Lived {
    let mut program = Program::clone(&BUNDLE.program);
    edit(&mut program);
    let program = Arc::new(program);
    caught(invariant, |opening| Control::new(Arc::clone(&program), opening))
}

fn acts(program: &mut Program) -> impl Iterator<Item = &mut Act> {
    program.flows.iter_mut().flat_map(|flow| &mut flow.steps).map(|step| &mut step.act)
}

/// As a call that trusts the port to have stopped already.
struct LosesStops;

impl Bend for LosesStops {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        if matches!(output, Output::Command(Wish::Stop { .. })) { Vec::new() } else { vec![output] }
    }
}

#[test]
fn two_prompts_at_once_are_caught() {
    bent(Invariant::OneVoice, || LosesStops);
}

/// As a call that takes the end of any Play for the end of the last.
struct IgnoresIds(PlayId);

impl Bend for IgnoresIds {
    fn takes(&mut self, input: Input, _: &Control) -> Option<Input> {
        Some(match input {
            Input::Media(Signal::PlayEnded { leg, tick, why, .. }) => Input::Media(Signal::PlayEnded { leg, tick, id: self.0, why }),
            other => other,
        })
    }

    fn wants(&mut self, output: Output) -> Vec<Output> {
        if let Output::Command(Wish::Play { id, .. }) = &output {
            self.0 = *id;
        }
        vec![output]
    }
}

#[test]
fn a_silence_counted_too_early_is_caught() {
    bent(Invariant::TrueSilence, || IgnoresIds(PlayId(0)));
}

/// As a call that sends what it may have lost once more.
struct PlaysTwice;

impl Bend for PlaysTwice {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        if matches!(output, Output::Command(Wish::Play { .. })) { vec![output.clone(), output] } else { vec![output] }
    }
}

#[test]
fn a_play_said_twice_under_one_name_is_caught() {
    bent(Invariant::OneEnd, || PlaysTwice);
    bent(Invariant::FreshIds, || PlaysTwice);
}

/// As a call whose timer of the question does not run: it says how long it waits, and waits twice as long.
struct Hurries;

impl Bend for Hurries {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        vec![match output {
            Output::Action(Action::Lookup { id, service, request, deadline_ms }) => {
                Output::Action(Action::Lookup { id, service, request, deadline_ms: deadline_ms / 2 })
            }
            other => other,
        }]
    }
}

#[test]
fn an_answer_taken_after_its_time_is_caught() {
    let mut program = Program::clone(&BUNDLE.program);
    for act in acts(&mut program) {
        if let Act::Lookup(lookup) = act {
            lookup.deadline *= 2;
        }
    }
    let program = Arc::new(program);
    caught(Invariant::OneAnswer, |opening| Bent::new(&program, opening, Hurries));
}

/// As a call that takes every answer as new: it notes none as stale.
struct TakesAll;

impl Bend for TakesAll {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        if matches!(output, Output::Note(Note::StaleReply(_))) { Vec::new() } else { vec![output] }
    }
}

#[test]
fn an_answer_taken_twice_is_caught() {
    bent(Invariant::OneAnswer, || TakesAll);
}

/// As a call that hangs up once more for whatever still comes in.
struct Talkative;

impl Bend for Talkative {
    fn adds(&mut self, control: &Control) -> Option<Output> {
        control.is_over().then_some(Output::Action(Action::HangUp(Leg::A)))
    }
}

#[test]
fn a_word_after_the_last_is_caught() {
    bent(Invariant::LastWord, || Talkative);
}

#[test]
fn a_call_without_end_is_caught() {
    let endless = |program: &mut Program| {
        program.limits.call *= 100;
        for_each_ladder(program, |ladder| ladder.tries = u8::MAX);
    };
    edited(Invariant::Ends, endless);
}

fn for_each_ladder(program: &mut Program, mut edit: impl FnMut(&mut dauys_core::flow::graph::Ladder)) {
    for act in acts(program) {
        match act {
            Act::Ask(ask) => edit(&mut ask.ladder),
            Act::Menu(menu) => edit(&mut menu.ladder),
            Act::Confirm(confirm) => edit(&mut confirm.ladder),
            _ => {}
        }
    }
}

#[test]
fn a_silent_caller_who_is_never_handed_over_is_caught() {
    edited(Invariant::WayOut, |program| for_each_ladder(program, |ladder| ladder.tries += 10));
}

/// As a call that has forgotten what `0` is.
struct NoOperator;

impl Bend for NoOperator {
    fn takes(&mut self, input: Input, _: &Control) -> Option<Input> {
        let zero = matches!(input, Input::Media(Signal::Key { key: Key::ZERO, .. }));
        (!zero).then_some(input)
    }
}

#[test]
fn a_caller_whose_wish_for_a_person_is_lost_is_caught() {
    bent(Invariant::WayOut, || NoOperator);
    let elsewhere = |program: &mut Program| {
        let flow = program.flows.iter().position(|flow| flow.name == "services/document_status").unwrap();
        program.commands.operator = FlowId(flow as u16);
    };
    edited(Invariant::WayOut, elsewhere);
}

/// As a call that the caller cannot leave.
struct HoldsOn;

impl Bend for HoldsOn {
    fn takes(&mut self, input: Input, _: &Control) -> Option<Input> {
        (!matches!(input, Input::Sip(SipEvent::HungUp { .. }))).then_some(input)
    }
}

/// As a call that leaves a timer behind.
struct WakesUp;

impl Bend for WakesUp {
    fn wakes(&self, deadline: Option<CallTime>) -> Option<CallTime> {
        deadline.or(Some(CallTime::from_millis(u64::MAX)))
    }
}

#[test]
fn a_call_that_is_not_let_go_is_caught() {
    bent(Invariant::Released, || HoldsOn);
    bent(Invariant::Released, || WakesUp);
}

#[test]
fn a_robot_that_falls_silent_is_caught() {
    let mute = |program: &mut Program| {
        for act in acts(program) {
            if let Act::Lookup(lookup) = act {
                lookup.filler = None;
            }
        }
    };
    edited(Invariant::NoDeadAir, mute);
    bent(Invariant::NoDeadAir, || Swallows(0));
}

/// As a call that now and then believes to have spoken.
struct Swallows(u32);

impl Bend for Swallows {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        if matches!(output, Output::Command(Wish::Play { .. })) {
            self.0 += 1;
            if self.0.is_multiple_of(5) {
                return Vec::new();
            }
        }
        vec![output]
    }
}

/// A single prompt whose languages were mixed up.
#[test]
fn a_prompt_in_the_wrong_language_is_caught() {
    let mixed_up = |program: &mut Program| {
        let prompt = program.prompts.iter_mut().find(|prompt| prompt.name == "shared/common/noinput").unwrap();
        for escalation in &mut prompt.escalations {
            std::mem::swap(&mut escalation.kk, &mut escalation.ru);
        }
    };
    edited(Invariant::OneLanguage, mixed_up);
}

/// As a call that forgets to end a private span.
struct NeverPublic;

impl Bend for NeverPublic {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        if matches!(output, Output::Action(Action::Redact { on: false, .. })) { Vec::new() } else { vec![output] }
    }
}

#[test]
fn a_private_span_without_end_is_caught() {
    bent(Invariant::PrivateSpans, || NeverPublic);
}

/// As a call that comes to something that nobody counts.
struct Nonsense;

impl Bend for Nonsense {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        vec![match output {
            Output::Action(Action::Finish(Outcome::Flow(word))) if word == "human" => {
                Output::Action(Action::Finish(Outcome::Flow("nonsense".to_owned())))
            }
            other => other,
        }]
    }
}

#[test]
fn an_outcome_that_no_flow_declares_is_caught() {
    bent(Invariant::KnownOutcome, || Nonsense);
}

/// A long call comes down to what breaks it: only that an operator answers, since silence leads to one as well.
#[test]
fn a_failing_call_is_reduced_and_told_as_a_talk() {
    let make = |opening: &Opening| Bent::new(&BUNDLE.program, opening, Nonsense);
    let broken = |call: &Lived| call.breaches.iter().any(|breach| breach.invariant == Invariant::KnownOutcome);
    // a reply is known by its request: only the first can stay where all else goes
    let connected = |reply: &Reply| reply.id == RequestId(0) && reply.answer == Answer::Errand(Ending::Connected);
    let connects = |call: &Lived| call.script.replies.iter().any(connected);
    let long = (0..500)
        .map(|seed| simulation::call(&STAGE, seed, make, &mut |_, _| {}))
        .find(|call| broken(call) && connects(call) && call.script.len() > 12);
    let long = long.unwrap();
    let short = simulation::shrunk(&STAGE, long.seed, &long.script, Invariant::KnownOutcome, make);
    let [Reply { answer: Answer::Errand(Ending::Connected), .. }] = &short.replies[..] else { panic!("{short:?}") };
    assert_eq!(short.deeds, []);
    let told = simulation::told(&STAGE, long.seed, &short, make);
    assert!(
        told.contains("note     Trouble(NoInput)") && told.contains("over     nonsense") && told.contains("KnownOutcome is broken at"),
        "{told}"
    );
}

/// What needs the caller keeps what it needs of the caller: one key, of all that was pressed.
#[test]
fn what_a_breach_needs_is_not_left_out() {
    let make = |opening: &Opening| Bent::new(&BUNDLE.program, opening, NoOperator);
    let wished = |call: &Lived| call.breaches.iter().any(|breach| breach.what.contains("wished"));
    let long = (0..500).map(|seed| simulation::call(&STAGE, seed, make, &mut |_, _| {})).find(|call| wished(call) && call.script.len() > 8);
    let long = long.unwrap();
    let short = simulation::shrunk(&STAGE, long.seed, &long.script, Invariant::WayOut, make);
    assert!((1..=2).contains(&short.len()), "{} of {}: {short:?}", short.len(), long.script.len());
}

#[test]
fn a_kept_log_replays_to_the_same_decisions() {
    let folder = tempfile::tempdir().unwrap();
    for (seed, with_media) in [(3, false), (4, true)] {
        let path = simulate::keep(&STAGE, &BUNDLE, folder.path(), (Invariant::WayOut, seed), with_media).unwrap();
        let replayed = replay::Archive::default().replay(&path).unwrap();
        assert_eq!(replayed.diverged, None, "{}", path.display());
        assert!(replayed.lines.len() > 5);
    }
}

#[test]
fn the_command_prints_the_same_figures_whatever_the_threads() {
    let figures = |threads: &str, format: &str| {
        let args = ["simulate", "--calls", "60", "--seed", "5", "--threads", threads, "--format", format];
        let run = Command::new(env!("CARGO_BIN_EXE_dauys")).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    };
    assert_eq!(figures("1", "json"), figures("3", "json"));
    let text = figures("2", "text");
    assert!(text.starts_with("60 calls, ") && text.ends_with("every invariant held\n"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&figures("2", "json")).unwrap();
    assert_eq!((json["calls"].as_u64(), json["broken"].as_object().map(|broken| broken.len())), (Some(60), Some(0)));
}

#[test]
fn the_command_says_what_it_wants() {
    let code = |args: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_dauys")).arg("simulate").args(args).output().unwrap();
        run.status.code()
    };
    assert_eq!((code(&["--calls", "0"]), code(&["--threads", "many"]), code(&["--root", "/nowhere"])), (Some(2), Some(2), Some(3)));
}

/// The calls of a run take virtual time only.
#[test]
fn silence_takes_no_time() {
    let silent =
        (0..200).map(|seed| simulation::call(&STAGE, seed, control, &mut |_, _| {})).find(|call| call.manner == Some(Manner::Silent));
    assert!(Duration::from_millis(silent.unwrap().counts.virtual_ms) > Duration::from_secs(20));
}

/// Submits, choices from a list, errands: flows that book a seat hold as well, and every hold is undone or used up.
#[test]
fn callers_of_flows_that_change_the_world_break_nothing() {
    let stage = booking();
    let mut report = simulation::Report::default();
    for seed in 0..1_000 {
        report.add(&simulation::call(&stage, seed, |opening| Control::new(Arc::clone(stage.program()), opening), &mut |_, _| {}));
    }
    assert_eq!(report.broken, [].into());
    assert!(report.counts.questions > 200, "{report:?}");
}

/// As a call that leaves what it holds to others.
struct NeverUndoes;

impl Bend for NeverUndoes {
    fn wants(&mut self, output: Output) -> Vec<Output> {
        if matches!(output, Output::Action(Action::Undo { .. })) { Vec::new() } else { vec![output] }
    }
}

#[test]
fn a_hold_that_nobody_takes_back_is_caught() {
    let stage = booking();
    let make = |opening: &Opening| Bent::new(stage.program(), opening, NeverUndoes);
    let mut calls = (0..CAUGHT_WITHIN).map(|seed| simulation::call(&stage, seed, make, &mut |_, _| {}));
    assert!(calls.any(|call| call.breaches.iter().any(|breach| breach.invariant == Invariant::EveryHold)));
}

/// The bundle of the compiler's tests that books a seat, over the good one. It has no clips: words take as long as they are.
fn booking() -> Stage {
    let read = |name: &str| bundle::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows").join(name)).unwrap();
    let mut sources = read("good");
    sources.files.append(&mut read("good_booking").files);
    let loaded = flow::load(&sources, &Words::default());
    Stage::new(Arc::new(loaded.program.unwrap()), Arc::default(), String::new())
}

/// Two loops around one question, gone without a word of the caller, and another question after them.
const LOOPS: &str = r#"
  - ask: {id: first, prompt: ask_number, slot: iin, grammar: iin, ladder: {tries: 2, give_up: status}}
  - lookup:
      id: status
      service: document_status
      with: {iin: iin}
      filler: {after: 2s, every: 5s, say: wait}
      deadline: 8s
      on:
        ready: {}
        not_found: {goto: first, at_most: 2, else: second}
        unavailable: {goto: first, at_most: 2, else: second}
  - confirm: {id: second, prompt: which, ladder: {tries: 3}, on: {yes: {}, no: {}}}
"#;

/// The good bundle, of which the main flow is nothing but these loops.
fn loops() -> Stage {
    let mut sources = bundle::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows/good")).unwrap();
    let status = format!("flow: services/status\ntitle: {{kk: \"Құжат\", ru: \"Документ\"}}\nsteps:{LOOPS}");
    sources.files.insert("flows/services/status.yaml".to_owned(), status);
    let main = &sources.files["flows/main.yaml"];
    let robot = main[..main.find("steps:").unwrap()].replace("steps_between_turns: 200", "steps_between_turns: 200, turns_to_human: 13");
    let main = format!("{robot}steps:\n  - call: {{id: status, flow: services/status}}\n  - end: {{id: done, outcome: answered}}\n");
    sources.files.insert("flows/main.yaml".to_owned(), main.replace("mention: [operator]", ""));
    let loaded = flow::load(&sources, &Words::default());
    let faults: String = loaded.faults.iter().map(|fault| fault.to_plain(&sources)).filter(|fault| fault.contains("error")).collect();
    Stage::new(Arc::new(loaded.program.expect(&faults)), Arc::default(), String::new())
}

/// The most questions that anybody let pass one after another before a human came.
fn most_silences(stage: &Stage, calls: u64) -> u32 {
    let mut most = 0;
    for seed in 0..calls {
        let mut now = 0;
        let control = |opening: &Opening| Control::new(Arc::clone(stage.program()), opening);
        simulation::call(stage, seed, control, &mut |_, seen| match seen {
            Seen::In(Input::Heard { .. } | Input::Media(Signal::Key { .. })) => now = 0,
            Seen::In(Input::Reply { answer: Answer::Errand(Ending::Connected | Ending::Booked), .. }) => now = 0,
            Seen::Out(Output::Note(Note::Trouble(Trouble::NoInput))) => {
                now += 1;
                most = most.max(now);
            }
            _ => {}
        });
    }
    most
}

/// `turns_to_human` is proved, and here it is tried: no caller is asked more often, and in flows whose silent ways are few some caller is asked just as often.
#[test]
fn nobody_is_asked_in_vain_more_often_than_is_proved() {
    let rich = bundle::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/flows/rich")).unwrap();
    let rich = Stage::new(Arc::new(flow::load(&rich, &Words::default()).program.unwrap()), Arc::default(), String::new());
    for (name, stage, bound, reached) in
        [("shipped", &*STAGE, 9, 3), ("booking", &booking(), 3, 3), ("loops", &loops(), 13, 13), ("rich", &rich, 5, 5)]
    {
        let proved = turns_to_human(stage.program()).into_iter().flatten().max();
        let most = most_silences(stage, 3_000);
        assert_eq!((name, proved), (name, Some(bound)));
        assert!((reached..=bound).contains(&most), "{name}: {most} of {bound}");
    }
}
