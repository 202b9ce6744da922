//! The seam, at virtual time: seeded callers talk to the shipped flows through two ports, with every message between the machines 0 to 2 ticks under way. The invariants
//! hold for every seed. For those that a queue can break there is a mutant queue that breaks them and is caught; for the other two
//! the judge is shown a broken trace here, and a machine that breaks them in `simulate`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dauys::bundle::{self, Bundle};
use dauys_core::call::invariant::{Breach, Invariant, breaches};
use dauys_core::call::log::{self, Line};
use dauys_core::call::pair::{Event, Faithful, Link};
use dauys_core::call::replay::replay;
use dauys_core::call::{Action, Control, HangUpCause, Input, Note, Opening, Output, Pair, Recorder, SipEvent};
use dauys_core::citizen::CallerKind;
use dauys_core::flow::graph::{Ending, Value};
use dauys_core::interpreter::{Answer, Expects, RequestId, Wanted};
use dauys_core::key::Key;
use dauys_core::media::{
    Channel, Clips, Command, Frame, KeyMethod, Leg, Outlet, PlayEnd, PlayId, Port, PortConfig, Session, Signal, Taped,
};
use dauys_core::time::{CallTime, Tick};
use dauys_core::utterance::Piece;

/// Calls of a run.
const CALLS: u64 = 1000;
/// The longest call, in ticks: then the caller hangs up.
const TICKS_MAX: u64 = 9000;
/// 23 November 2026, a Monday, 10:00 in Almaty: operators work.
const MONDAY_MS: i64 = 1_795_410_000_000;
/// The shortest silence that the shipped flows count.
const SILENCE: Duration = Duration::from_secs(6);

pub(super) static BUNDLE: LazyLock<Bundle> = LazyLock::new(|| bundle::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap());

#[test]
fn for_a_thousand_callers_and_every_delay_the_invariants_hold() {
    let calls: Vec<Talk> = std::thread::scope(|scope| {
        let halves = [0, 1].map(|half| scope.spawn(move || (half..CALLS).step_by(2).map(|seed| talk(seed, Faithful)).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    for call in &calls {
        assert_eq!(call.breaches, [], "seed {}", call.seed);
        assert!(call.rows_asked_were_pressed(), "seed {}: {:?} of {:?}", call.seed, call.rows, call.pressed);
    }
    // The run is worth something only if it got everywhere.
    let outcomes: BTreeSet<&str> = calls.iter().map(|call| call.outcome.as_str()).collect();
    assert!(["answered", "human", "hung_up", "declined", "callback"].iter().all(|outcome| outcomes.contains(outcome)), "{outcomes:?}");
    let sum = |what: fn(&Talk) -> usize| calls.iter().map(what).sum::<usize>();
    let reached = [
        ("questions to the service", sum(|call| call.rows.len()), 300),
        ("late ends of a Play", sum(|call| call.stale_plays), 100),
        ("late answers", sum(|call| call.stale_replies), 50),
        ("silences", sum(|call| call.silences), 150),
        ("interruptions", sum(|call| call.interrupted), 1000),
    ];
    assert!(reached.iter().all(|(_, came, least)| came >= least), "{reached:?}");
}

#[test]
fn each_invariant_of_the_queues_has_a_mutant_that_breaks_it() {
    let caught = |invariant, link: fn() -> Box<dyn Link>| {
        let found = (0..200).flat_map(|seed| talk(seed, Boxed(link())).breaches).any(|breach| breach.invariant == invariant);
        assert!(found, "no call of 200 was caught breaking {invariant:?}");
    };
    caught(Invariant::OneVoice, || Box::new(LosesStops));
    caught(Invariant::EveryKey, || Box::<LosesInterruptingKeys>::default());
    caught(Invariant::TrueSilence, || Box::<IgnoresIds>::default());
    caught(Invariant::OneEnd, || Box::new(PlaysTwice));
}

/// What a `Link` cannot break is broken in the trace: the judge sees it.
#[test]
fn the_judge_sees_an_answer_taken_twice_and_a_word_after_the_last() {
    let call = (0..200).map(|seed| talk(seed, Faithful)).find(|call| call.stale_replies > 0).unwrap();
    let deaf: Vec<_> =
        call.trace.iter().filter(|(_, event)| !matches!(event, Event::Out(Output::Note(Note::StaleReply(_))))).cloned().collect();
    assert_eq!(kinds(&breaches(&deaf, SILENCE)), [Invariant::OneAnswer]);
    let mut talkative = call.trace.clone();
    talkative.push((CallTime::from_millis(u64::MAX), Event::Out(Output::Action(Action::HangUp(Leg::A)))));
    assert_eq!(kinds(&breaches(&talkative, SILENCE)), [Invariant::LastWord]);
    let endless: Vec<_> =
        call.trace.iter().filter(|(_, event)| !matches!(event, Event::Out(Output::Action(Action::Finish(_))))).cloned().collect();
    assert!(kinds(&breaches(&endless, SILENCE)).contains(&Invariant::LastWord));
}

/// What `serve` does with an event log, over the inputs of seeded calls: the log is faithful, holds no digits of the caller, and replays to itself.
#[test]
fn logs_of_seeded_calls_replay_to_the_same_decisions_and_name_nobody() {
    let (mut rows, mut held, mut faithful) = (0, 0, 0);
    for seed in 0..200 {
        let call = talk(seed, Faithful);
        let (text, ahead) = logged(seed, &call);
        let log = log::read(&text).unwrap();
        assert!(ahead || !log.lines.contains(&Line::Unfaithful), "seed {seed}");
        let again = replay(Arc::clone(&BUNDLE.program), &log);
        assert_eq!(again.diverged, None, "seed {seed}");
        assert_eq!(again, replay(Arc::clone(&BUNDLE.program), &log));
        faithful += u32::from(!log.lines.contains(&Line::Unfaithful));
        let keyed: String = log.lines.iter().filter_map(key).collect();
        assert_eq!(keyed.len(), call.taken().len());
        for row in ["990101100010", "850412100429", "002512345678"] {
            assert!(!text.contains(row) && !keyed.contains(row), "seed {seed}: {row} is in the log");
            held += usize::from(call.taken().contains(row));
        }
        rows += call.rows.len();
    }
    assert!(rows > 100 && held > 100 && faithful > 100, "{rows} {held} {faithful}");
}

#[test]
fn a_log_that_was_tampered_with_diverges() {
    let call = talk(3, Faithful);
    let (text, _) = logged(3, &call);
    let menu = text.replacen("\"key\":\"1\"", "\"key\":\"2\"", 1);
    assert_ne!(menu, text);
    assert!(replay(Arc::clone(&BUNDLE.program), &log::read(&menu).unwrap()).diverged.is_some());
}

/// What a recording must be silent for: each digit of a row at its question, from before its first packet on, and digits keyed in ahead of one. And nothing more: at a question with
/// choices, where nobody has keyed in anything else, the caller is heard.
#[test]
fn digits_of_rows_come_while_the_caller_is_private_and_choices_do_not() {
    let (mut rows, mut ahead, mut choices) = (0, 0, 0);
    for seed in 0..200 {
        let call = talk(seed, Faithful);
        let mut control = Control::new(Arc::clone(&BUNDLE.program), &opening(seed));
        let (mut private, mut failed) = (false, false);
        for (now, event) in &call.trace {
            let Event::In(input) = event else { continue };
            control.handle_deadline(*now);
            follow(&mut control, &mut private, &mut failed);
            let digit = matches!(input, Input::Media(Signal::Key { key, .. }) if key.digit().is_some());
            let (expects, before, had_failed) = (control.expects(), private, failed);
            control.handle(*now, input.clone());
            follow(&mut control, &mut private, &mut failed);
            match expects {
                _ if !digit || control.is_over() || control.is_parting() => {}
                Expects::Row { .. } => {
                    assert!(before, "seed {seed}: a row's digit at {now:?}");
                    rows += 1;
                }
                Expects::Nothing => {
                    assert!(private, "seed {seed}: a digit ahead of its question at {now:?}");
                    ahead += 1;
                }
                Expects::OneOf(_) if !had_failed => {
                    assert!(!before, "seed {seed}: a choice at {now:?}");
                    choices += 1;
                }
                Expects::OneOf(_) | Expects::Message => {}
            }
        }
        assert!(!private || call.outcome == "hung_up", "seed {seed}: the span ends with the call's last question");
    }
    assert!(rows > 1000 && ahead > 20 && choices > 500, "{rows} {ahead} {choices}");
}

/// Takes note of what is wanted: whether the caller is private, and whether the open question has not been answered with what it offers.
fn follow(control: &mut Control, private: &mut bool, failed: &mut bool) {
    while let Some((_, output)) = control.poll() {
        match output {
            Output::Action(Action::Redact { leg: Leg::A, on }) => *private = on,
            Output::Note(Note::Trouble(_)) => *failed = true,
            Output::Note(Note::Step { .. }) => *failed = false,
            Output::Action(_) | Output::Command(_) | Output::Note(_) => {}
        }
    }
}

/// As a robot wrote it that marked nothing as private, told no deadlines, and had other clips.
fn in_version_1(text: &str) -> String {
    let later = ["{\"redact\":", "{\"listen\":", "{\"deafen\":"];
    let lines = text.lines().filter(|line| !later.iter().any(|later| line.contains(later))).map(|line| {
        let line =
            line.replace("{\"private\":", "{\"clip\":").replace("{\"clip\":", "{\"clip\":7").replacen("\"version\":4", "\"version\":1", 1);
        match line.split_once(",\"deadline_ms\":") {
            Some((before, after)) => format!("{before}{}\n", after.trim_start_matches(|c: char| c.is_ascii_digit())),
            None => line + "\n",
        }
    });
    lines.collect()
}

#[test]
fn a_log_of_version_1_still_replays() {
    let (mut spans, mut questions, mut others) = (0, 0, 0);
    for seed in 0..20 {
        let (text, _) = logged(seed, &talk(seed, Faithful));
        spans += text.matches("{\"redact\":").count();
        questions += text.matches("deadline_ms").count();
        let older = in_version_1(&text);
        assert_eq!(replay(Arc::clone(&BUNDLE.program), &log::read(&older).unwrap()).diverged, None, "seed {seed}");
        let newer = older.replacen("\"version\":1", "\"version\":4", 1);
        assert!(replay(Arc::clone(&BUNDLE.program), &log::read(&newer).unwrap()).diverged.is_some(), "seed {seed}");
        let other = older.replacen("\"key\":\"1\"", "\"key\":\"2\"", 1);
        others += u32::from(replay(Arc::clone(&BUNDLE.program), &log::read(&other).unwrap()).diverged.is_some());
    }
    assert!(spans > 20 && questions > 5 && others > 5, "{spans} {questions}; {others} other choices were seen");
}

/// The log, and whether a row may have been keyed in ahead of its question.
pub(super) fn logged(seed: u64, call: &Talk) -> (String, bool) {
    let mut ahead = false;
    let mut control = Control::new(Arc::clone(&BUNDLE.program), &opening(seed));
    let mut recorder = Recorder::new(Arc::clone(&BUNDLE.program), &opening(seed));
    for (now, event) in &call.trace {
        let Event::In(input) = event else { continue };
        control.handle_deadline(*now);
        outputs(&mut control, &mut recorder);
        recorder.after(*now, &control);
        ahead |= control.expects() == Expects::Nothing && matches!(input, Input::Media(Signal::Key { .. }));
        recorder.before(*now, input, &control);
        control.handle(*now, input.clone());
        outputs(&mut control, &mut recorder);
        recorder.after(*now, &control);
    }
    (std::iter::from_fn(|| recorder.poll()).map(|line| serde_json::to_string(&line).unwrap() + "\n").collect(), ahead)
}

pub(super) fn outputs(control: &mut Control, recorder: &mut Recorder) {
    while let Some((at, output)) = control.poll() {
        recorder.output(at, &output);
    }
}

fn key(line: &Line) -> Option<char> {
    match line {
        Line::In { input: Input::Media(Signal::Key { key, .. }), .. } => Some(key.char()),
        _ => None,
    }
}

/// A legal notice that was heard long ago must not keep the robot from saying that it is still looking.
#[test]
fn a_slow_service_is_bridged_after_a_notice_and_interruptions() {
    let mut control = Control::new(Arc::clone(&BUNDLE.program), &opening(1));
    let at = CallTime::from_millis;
    let mut play = PlayId(0);
    let mut drain = |control: &mut Control| {
        let mut said = Vec::new();
        while let Some((_, output)) = control.poll() {
            if let Output::Command(Command::Play { id, pieces, .. }) = output {
                play = id;
                said.extend(pieces.iter().filter_map(|piece| match piece {
                    Piece::Clip(clip) | Piece::Private(clip) => Some(BUNDLE.program.clips[clip.0 as usize].name.clone()),
                    Piece::Pause(_) | Piece::Tone => None,
                }));
            }
        }
        (play, said)
    };
    control.handle(at(0), Input::Sip(SipEvent::Answered { leg: Leg::A, session: Session::plain(CALLER) }));
    let press = |control: &mut Control, ms, key| {
        let key = Key::from_char(key).unwrap();
        control.handle(at(ms), Input::Media(Signal::Key { leg: Leg::A, tick: Tick(ms / 20), key, by: KeyMethod::Event }));
    };
    press(&mut control, 1000, '2');
    let (notice, said) = drain(&mut control);
    assert!(said.contains(&"prompts/main/recording_notice".to_owned()), "{said:?}");
    control.handle(at(4000), Input::Media(Signal::PlayEnded { leg: Leg::A, tick: Tick(200), id: notice, why: PlayEnd::Finished }));
    for (place, key) in "10025123456781".chars().enumerate() {
        press(&mut control, 5000 + 200 * place as u64, key);
    }
    drain(&mut control);
    control.handle_deadline(at(12_000));
    let (_, said) = drain(&mut control);
    assert_eq!(said, ["prompts/services/document_status/still_looking"]);
}

#[test]
fn the_same_seed_is_the_same_call() {
    for seed in 0..20 {
        assert_eq!(talk(seed, Faithful).trace, talk(seed, Faithful).trace);
    }
}

fn kinds(breaches: &[Breach]) -> Vec<Invariant> {
    breaches.iter().map(|breach| breach.invariant).collect()
}

/// What became of one call.
pub(super) struct Talk {
    seed: u64,
    pressed: String,
    /// Digits that the service was asked about.
    pub(super) rows: Vec<String>,
    outcome: String,
    stale_plays: usize,
    stale_replies: usize,
    silences: usize,
    interrupted: usize,
    breaches: Vec<Breach>,
    pub(super) trace: Vec<(CallTime, Event)>,
}

impl Talk {
    /// The keys that the call took in.
    pub(super) fn taken(&self) -> String {
        let keys = self.trace.iter().filter_map(|(_, event)| match event {
            Event::In(Input::Media(Signal::Key { key, .. })) => Some(key.char()),
            _ => None,
        });
        keys.collect()
    }

    /// The first digit is never lost: a row that the service was asked about stands, whole, among the keys that were pressed.
    fn rows_asked_were_pressed(&self) -> bool {
        self.rows.iter().all(|row| self.pressed.contains(row))
    }
}

pub(super) fn talk<L: Link>(seed: u64, link: L) -> Talk {
    let mut dice = Dice(seed.wrapping_mul(2).wrapping_add(1));
    let mut caller = Caller::new(&mut dice);
    let mut pair = Pair::new(Control::new(Arc::clone(&BUNDLE.program), &opening(seed)), robot(seed), link, seed);
    let mut replies: VecDeque<(u64, Input)> = VecDeque::new();
    let mut rows = Vec::new();
    let mut outcome = String::new();
    pair.handle(Input::Sip(SipEvent::Answered { leg: Leg::A, session: Session::plain(CALLER) }));
    for tick in 0..TICKS_MAX + 200 {
        if tick == TICKS_MAX {
            pair.handle(Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye }));
        }
        caller.step(tick, &mut dice, &mut pair);
        while let Some(action) = pair.poll_action() {
            match action {
                Action::Lookup { id, request, .. } | Action::Submit { id, request, .. } => {
                    rows.extend(request.values().filter_map(digits));
                    let due = tick + [1, 20, 150, 399, 600][dice.below(5) as usize];
                    replies.extend(answers(due, id, &mut dice));
                }
                Action::Finish(word) => outcome = word.to_string(),
                Action::Errand { id, wanted } => {
                    let due = tick + [1, 20, 150, 399, 600][dice.below(5) as usize];
                    replies.push_back((due, Input::Reply { id, answer: Answer::Errand(ending(&wanted, &mut dice)) }));
                }
                Action::RememberLanguage(_) | Action::HangUp(_) | Action::Redact { .. } => {}
                Action::Undo { .. } | Action::Tell { .. } => {}
                Action::Tape { .. } | Action::Keep(_) | Action::Mark { .. } => {}
            }
        }
        if !pair.is_over() {
            while replies.front().is_some_and(|(due, _)| *due <= tick) {
                pair.handle(replies.pop_front().unwrap().1);
            }
        }
    }
    let trace = pair.trace().to_vec();
    let count = |what: fn(&Event) -> bool| trace.iter().filter(|(_, event)| what(event)).count();
    Talk {
        seed,
        pressed: caller.pressed,
        rows,
        outcome,
        stale_plays: count(|event| matches!(event, Event::Out(Output::Note(Note::StalePlay(_))))),
        stale_replies: count(|event| matches!(event, Event::Out(Output::Note(Note::StaleReply(_))))),
        silences: count(|event| matches!(event, Event::Out(Output::Note(Note::Trouble(dauys_core::interpreter::Trouble::NoInput))))),
        interrupted: count(|event| matches!(event, Event::Told(Signal::PlayEnded { why: PlayEnd::Key, .. }))),
        breaches: breaches(&trace, SILENCE),
        trace,
    }
}

/// Any that it may have.
fn ending(wanted: &Wanted, dice: &mut Dice) -> Ending {
    let endings: &[Ending] = match wanted {
        Wanted::Sms { .. } => &Ending::OF_SMS,
        Wanted::Transfer { .. } => &Ending::OF_TRANSFER,
        Wanted::Callback { .. } => &Ending::OF_CALLBACK,
    };
    endings[dice.below(endings.len() as u64) as usize]
}

/// One answer or two, early, late or too late; some are garbage.
fn answers(due: u64, id: RequestId, dice: &mut Dice) -> Vec<(u64, Input)> {
    let outcome = |word: &str, fields: &[(&str, &str)]| Answer::Outcome {
        outcome: word.to_owned(),
        fields: fields.iter().map(|(name, item)| ((*name).to_owned(), Value::Item((*item).to_owned()))).collect::<BTreeMap<_, _>>(),
    };
    let answer = match dice.below(5) {
        0 => outcome("ready", &[("document", "id_card"), ("branch", "astana_esil")]),
        1 => outcome("in_progress", &[("document", "passport")]),
        2 => outcome("not_found", &[]),
        3 => outcome("ready", &[("document", "a_thing_nobody_declared")]),
        _ => Answer::Unavailable,
    };
    let times = 1 + dice.below(2);
    (0..times).map(|_| (due, Input::Reply { id, answer: answer.clone() })).collect()
}

fn digits(value: &Value) -> Option<String> {
    match value {
        Value::Iin(iin) => Some(iin.digits().to_owned()),
        Value::Application(number) => Some(number.digits().to_owned()),
        Value::Digits(_)
        | Value::Count(_)
        | Value::Flag(_)
        | Value::Item(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Money(_)
        | Value::List(_) => None,
        Value::Phone(_) | Value::Place(_) | Value::Message(_) => None,
    }
}

/// A caller with a port of its own: presses single keys and rows, sooner or later, as its dice say.
struct Caller {
    port: Port,
    pressed: String,
    due: u64,
    /// How far it has come with what it wants.
    purpose: u32,
    /// The longest pause between two things it does; a patient one hears prompts out and lets silences pass.
    patience: u64,
    /// Datagrams to the robot.
    wire: VecDeque<(Channel, Vec<u8>)>,
}

const CALLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 30_000);
const ROBOT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 20_000);

impl Caller {
    fn new(dice: &mut Dice) -> Self {
        let mut port = Port::new(PortConfig { ssrc: 77, ..PortConfig::default() }, Arc::new(Clips::default()));
        port.handle_command(&Command::Session { leg: Leg::A, session: Session::plain(ROBOT) }, &mut Wire(&mut VecDeque::new()));
        let patience = [60, 300, 900][dice.below(3) as usize];
        Self { port, pressed: String::new(), due: 0, purpose: 0, patience, wire: VecDeque::new() }
    }

    fn step<L: Link>(&mut self, tick: u64, dice: &mut Dice, pair: &mut Pair<L>) {
        if tick >= self.due {
            let keys = self.next(dice);
            for key in keys.chars() {
                self.press(key);
            }
            self.due = tick + keys.len() as u64 * 9 + 5 + dice.below(self.patience);
        }
        self.port.tick(&mut Wire(&mut self.wire));
        for (channel, bytes) in std::mem::take(&mut self.wire) {
            pair.handle_datagram(channel, CALLER, &bytes, &mut |_, _, _| {});
        }
        let mut back = VecDeque::new();
        pair.step(&mut |_, channel, bytes| back.push_back((channel, bytes.to_vec())));
        for (channel, bytes) in back {
            self.port.handle_datagram(channel, ROBOT, &bytes, &mut Wire(&mut self.wire));
        }
    }

    /// Mostly what leads on, and now and then something else.
    fn next(&mut self, dice: &mut Dice) -> &'static str {
        if dice.below(5) == 0 {
            return ["0", "9", "*", "#", "12#", "2", "1"][dice.below(7) as usize];
        }
        let rows = ["002512345678#", "990101100010", "850412100429#", "002512345678"];
        let keys = match self.purpose % 6 {
            0 | 1 | 4 => "1",
            2 => rows[dice.below(4) as usize],
            3 => ["1", "2"][dice.below(2) as usize],
            _ => ["1", "1", "2"][dice.below(3) as usize],
        };
        self.purpose += 1;
        keys
    }

    fn press(&mut self, key: char) {
        self.pressed.push(key);
        let key = Key::from_char(key).unwrap();
        self.port.handle_command(&Command::SendKey { leg: Leg::A, key }, &mut Wire(&mut self.wire));
    }
}

struct Wire<'a>(&'a mut VecDeque<(Channel, Vec<u8>)>);

impl Outlet for Wire<'_> {
    fn send(&mut self, _: SocketAddr, channel: Channel, bytes: &[u8]) {
        self.0.push_back((channel, bytes.to_vec()));
    }

    fn signal(&mut self, _: Signal) {}

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}

fn robot(seed: u64) -> Port {
    Port::new(PortConfig { seed, ..PortConfig::default() }, Arc::clone(&BUNDLE.clips))
}

pub(super) fn opening(seed: u64) -> Opening {
    Opening {
        answered_at_ms: MONDAY_MS,
        called: "1414".into(),
        trusted: seed.is_multiple_of(3),
        lang: None,
        seed,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Unknown,
    }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

struct Boxed(Box<dyn Link>);

impl Link for Boxed {
    fn command(&mut self, command: Command) -> Vec<Command> {
        self.0.command(command)
    }

    fn signal(&mut self, signal: Signal) -> Vec<Signal> {
        self.0.signal(signal)
    }
}

/// As a call that trusts the port to have stopped already.
struct LosesStops;

impl Link for LosesStops {
    fn command(&mut self, command: Command) -> Vec<Command> {
        if matches!(command, Command::Stop { .. }) { Vec::new() } else { vec![command] }
    }
}

/// As a port that takes the key for the barge-in and forgets that it is an answer, too.
#[derive(Default)]
struct LosesInterruptingKeys {
    playing: bool,
}

impl Link for LosesInterruptingKeys {
    fn command(&mut self, command: Command) -> Vec<Command> {
        self.playing |= matches!(command, Command::Play { .. });
        vec![command]
    }

    fn signal(&mut self, signal: Signal) -> Vec<Signal> {
        if matches!(signal, Signal::PlayEnded { .. }) {
            self.playing = false;
        }
        if self.playing && matches!(signal, Signal::Key { .. }) { Vec::new() } else { vec![signal] }
    }
}

/// As a call that takes the end of any Play for the end of the last.
#[derive(Default)]
struct IgnoresIds {
    last: Option<PlayId>,
}

impl Link for IgnoresIds {
    fn command(&mut self, command: Command) -> Vec<Command> {
        if let Command::Play { id, .. } = command {
            self.last = Some(id);
        }
        vec![command]
    }

    fn signal(&mut self, signal: Signal) -> Vec<Signal> {
        match (signal, self.last) {
            (Signal::PlayEnded { leg, tick, why, .. }, Some(id)) => vec![Signal::PlayEnded { leg, tick, id, why }],
            (other, _) => vec![other],
        }
    }
}

/// As a queue that delivers at least once.
struct PlaysTwice;

impl Link for PlaysTwice {
    fn command(&mut self, command: Command) -> Vec<Command> {
        if matches!(command, Command::Play { .. }) { vec![command.clone(), command] } else { vec![command] }
    }
}
