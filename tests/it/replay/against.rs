//! Recorded callers on another bundle: what is the same stays the same, and what changes is said where it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use dauys::bundle::compile;
use dauys_core::call::log::{self, Log};
use dauys_core::call::pair::Faithful;
use dauys_core::call::replay::{Decision, Fork, On, Place, Rerun, Told, Unanswered, Whom, against, fork, replay, story};
use dauys_core::flow::graph::Program;
use dauys_core::utterance::ClipId;

use crate::flows::shipped;
use crate::seam::{BUNDLE, logged, talk};

const CALLS: u64 = 300;
/// Calls in which a key and the beginning or end of an utterance crossed within the queues: there the log does not tell which the port saw first.
const RACES: usize = 2;

/// Seeded calls on the shipped flows.
static LOGS: LazyLock<Vec<Log>> =
    LazyLock::new(|| (0..CALLS).map(|seed| log::read(&logged(seed, &talk(seed, Faithful)).0).unwrap()).collect());

/// A call before and after.
struct Both {
    then: Vec<Told>,
    now: Vec<Told>,
    rerun: Rerun,
}

impl Both {
    fn fork(&self) -> Option<Fork> {
        fork(&self.then, &self.now)
    }

    fn is_same(&self) -> bool {
        self.fork().is_none() && self.rerun.unanswered.is_none()
    }

    fn walks(&self, step: &str) -> bool {
        walks(&self.then, step)
    }
}

fn walks(story: &[Told], wanted: &str) -> bool {
    story.iter().any(|told| matches!(told.decision(), Some(Decision::Step { flow, step }) if format!("{flow}/{step}") == wanted))
}

fn outcome(story: &[Told]) -> Option<String> {
    story.iter().find_map(|told| if let Some(Decision::Ends(outcome)) = told.decision() { Some(outcome.to_string()) } else { None })
}

/// A clip's length on the shipped bundle.
fn ticks(clip: ClipId) -> u64 {
    BUNDLE.clips.length(clip).unwrap_or(0)
}

fn shipped_bundle() -> On<'static> {
    On { program: Arc::clone(&BUNDLE.program), ticks: &ticks }
}

fn on(program: &Arc<Program>, ticks: &dyn Fn(ClipId) -> u64) -> Vec<Both> {
    let both = |log| {
        let then = story(&BUNDLE.program, &replay(Arc::clone(&BUNDLE.program), log).lines);
        if then.iter().any(|told| matches!(told.decision(), Some(Decision::Step { flow, .. }) if flow == "services/callback")) {
            return None; // a number of any length ends by a pause, and a message by silence: both part by a tick or two yet
        }
        let rerun = against(&shipped_bundle(), log, &On { program: Arc::clone(program), ticks });
        Some(Both { then, now: story(program, &rerun.lines), rerun })
    };
    LOGS.iter().filter_map(both).collect()
}

/// The shipped flows with these places of these files written otherwise.
fn edited(edits: &[(&str, &str, &str)]) -> Arc<Program> {
    let mut sources = shipped();
    for (file, from, to) in edits {
        let text = sources.files.get_mut(*file).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        *text = text.replacen(from, to, 1);
    }
    let loaded = compile(&sources);
    loaded.program.map(Arc::new).unwrap_or_else(|| panic!("{:?}", loaded.faults))
}

/// What edited flows do to the calls; clips that the shipped flows have not are a second long.
fn with(edits: &[(&str, &str, &str)]) -> Vec<Both> {
    let program = edited(edits);
    let known: BTreeMap<_, _> =
        BUNDLE.program.clips.iter().zip(0..).map(|(spec, id)| ((spec.lang, spec.name.clone()), ticks(ClipId(id)))).collect();
    let lengths: Vec<u64> = program.clips.iter().map(|spec| known.get(&(spec.lang, spec.name.clone())).copied().unwrap_or(50)).collect();
    on(&program, &|clip| lengths[clip.0 as usize])
}

fn unequal(calls: &[Both]) -> Vec<String> {
    let other = calls.iter().enumerate().filter(|(_, call)| !call.is_same() || call.rerun.unused > 0);
    let told = |(seed, call): (usize, &Both)| {
        let at = call.then.iter().zip(&call.now).take_while(|(then, now)| then.name() == now.name()).count();
        let next = [&call.then, &call.now].map(|story| story.iter().skip(at).take(3).map(Told::name).collect::<Vec<_>>());
        format!("{seed}: {:?} {:?} {}; {next:?}", call.fork(), call.rerun.unanswered, call.rerun.unused)
    };
    other.map(told).collect()
}

/// The caller's deeds are told by what was being said, not by time: on the same flows they come to the same, whatever the queues did then.
#[test]
fn on_its_own_bundle_every_call_decides_the_same() {
    let calls = on(&BUNDLE.program, &ticks);
    assert!(unequal(&calls).len() <= RACES, "{:#?}", unequal(&calls));
    let steps: BTreeSet<String> = calls.iter().flat_map(|call| &call.now).map(Told::name).filter(|name| name.starts_with("step")).collect();
    assert!(steps.len() > 12, "{steps:?}");
}

/// Nobody presses sooner or later because a voice is slower: what is another time is no other decision.
#[test]
fn slower_voices_longer_silences_and_other_words_change_nothing() {
    // Who keys in a row over the legal notice hears less of what follows when that is slower; nobody goes another way.
    let slower = on(&BUNDLE.program, &|clip| ticks(clip) * 2);
    let is_elsewhere = |call: &&Both| {
        call.rerun.unanswered.is_some() || call.rerun.unused > 0 || outcome(&call.now) != outcome(&call.then) // come to the operators
    };
    assert!(slower.iter().filter(is_elsewhere).count() <= RACES);
    assert!(unequal(&slower).len() < 50, "{}", unequal(&slower).len());
    let patient = with(&[("flows/main.yaml", "noinput_after: 6s", "noinput_after: 15s")]);
    assert!(unequal(&patient).len() <= RACES, "{:#?}", unequal(&patient));
    let reworded = with(&[("prompts/main.yaml", "Спасибо за обращение.", "Благодарим.")]);
    assert!(unequal(&reworded).len() <= RACES, "{:#?}", unequal(&reworded));
}

/// 1 is pressed where 1 was pressed; it leads elsewhere now, and only calls that came there part, there.
#[test]
fn a_key_that_means_something_else_parts_the_calls_at_its_menu() {
    let calls = with(&[
        ("flows/main.yaml", "- id: documents\n          key: \"1\"", "- id: documents\n          key: \"8\""),
        ("flows/main.yaml", "{id: other_language, key: \"2\"", "{id: other_language, key: \"1\""),
    ]);
    let mut parted = 0;
    for call in &calls {
        match call.fork() {
            Some(fork) => {
                assert_eq!(fork.step, "main/hub");
                parted += 1;
            }
            None => assert!(!call.walks("main/documents") && !call.walks("main/switch_language"), "{:?}", call.then),
        }
    }
    assert!(parted > 100, "{parted}");
}

#[test]
fn a_sentence_more_is_said_and_every_answer_still_meets_its_question() {
    let calls =
        with(&[("flows/main.yaml", "  - say: {id: goodbye,", "  - say: {id: thanks, prompt: recording_notice}\n  - say: {id: goodbye,")]);
    let mut changed = 0;
    let odd = calls.iter().filter(|call| call.fork().is_some() != call.walks("main/goodbye"));
    assert!(odd.count() <= RACES);
    for call in &calls {
        assert_eq!(call.rerun.unanswered, None);
        assert_eq!(walks(&call.now, "main/thanks"), call.walks("main/goodbye"));
        changed += u32::from(call.fork().is_some());
    }
    assert!(changed > 5, "{changed}");
}

#[test]
fn a_new_question_is_where_the_log_has_no_more_answers() {
    let calls = with(&[
        (
            "flows/main.yaml",
            "  - call: {id: documents,",
            "  - confirm: {id: sure, prompt: anything_else, on: {yes: {goto: documents}, no: {goto: documents}}}\n  - call: {id: documents,",
        ),
        ("flows/main.yaml", "documents: {goto: documents}", "documents: {goto: sure}"),
    ]);
    let mut diverged = 0;
    for call in &calls {
        let sure = Unanswered::Question { place: Place { flow: "main".into(), step: "sure".into(), visit: 1 }, asking: 1 };
        assert_eq!(call.rerun.unanswered == Some(sure), walks(&call.now, "main/sure"), "{:?}", call.rerun.unanswered);
        assert_eq!(walks(&call.now, "main/sure"), call.walks("main/documents"));
        assert_eq!(outcome(&call.now).is_none(), call.rerun.unanswered.is_some());
        diverged += u32::from(call.rerun.unanswered.is_some());
    }
    assert!(diverged > 80, "{diverged}");
}

#[test]
fn another_request_has_no_answer_and_the_same_to_another_service_neither() {
    let calls = with(&[
        ("flows/contracts.yaml", "document_status:", "document_state:"),
        ("flows/services/document_status.yaml", "service: document_status", "service: document_state"),
    ]);
    let mut diverged = 0;
    for call in &calls {
        let asked = call.walks("services/document_status/status");
        assert_eq!(
            matches!(&call.rerun.unanswered, Some(Unanswered::Service { whom: Whom::Service(name), .. }) if name == "document_state"),
            asked
        );
        diverged += u32::from(asked);
    }
    assert!(diverged > 30, "{diverged}");
}

#[test]
fn fewer_tries_hand_over_sooner_and_more_are_not_answered() {
    let fewer = with(&[("flows/main.yaml", "tries: 3", "tries: 1")]);
    let handed = fewer.iter().filter(|call| walks(&call.now, "shared/human/working") && !call.walks("shared/human/working"));
    assert!(handed.count() > 2);
    // who never came to the operators was never asked there whether to be called back
    let within = |place: &Place| ["shared/human", "services/callback"].contains(&place.flow.as_str());
    let by_log = |unanswered: &Unanswered| match unanswered {
        Unanswered::Question { place, .. } | Unanswered::Service { place, .. } => !within(place),
        Unanswered::Endless => true,
    };
    assert!(!fewer.iter().filter_map(|call| call.rerun.unanswered.as_ref()).any(by_log));
    let patient = ("flows/main.yaml", "    steps_between_turns: 200", "    steps_between_turns: 200\n    turns_to_human: 100");
    let more = with(&[("flows/main.yaml", "tries: 3", "tries: 9"), patient]);
    let asked = |call: &&Both| matches!(&call.rerun.unanswered, Some(Unanswered::Question { asking: 4, .. }));
    let given_up = more.iter().filter(asked).count();
    assert!(given_up > 2, "{given_up}");
}

#[test]
fn the_same_run_twice_is_the_same() {
    for log in LOGS.iter().take(20) {
        let once = || against(&shipped_bundle(), log, &shipped_bundle());
        assert_eq!(once(), once());
    }
}
