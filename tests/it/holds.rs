//! Holds, by seed: callers book a seat, change their mind and hang up at any event, while services are slow, refuse, or are never heard of again. Whatever comes, a seat that
//! was held is booked or given back, and nothing else is given back.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use dauys_core::calendar::Time;
use dauys_core::call::invariant::{Breach, Invariant, breaches};
use dauys_core::call::log::{self, Line};
use dauys_core::call::pair::Event;
use dauys_core::call::replay::replay;
use dauys_core::call::{Action, Control, HangUpCause, Input, Note, Opening, Output, Recorder, SipEvent};
use dauys_core::citizen::CallerKind;
use dauys_core::flow::graph::{Ending, Program, Value};
use dauys_core::flow::{Words, load};
use dauys_core::heard::Heard;
use dauys_core::interpreter::{Answer, RequestId, Wanted};
use dauys_core::key::Key;
use dauys_core::media::{Command, KeyMethod, Leg, PlayEnd, PlayId, Session, Signal};
use dauys_core::time::{CallTime, Tick};

use crate::flows::booking;

/// Calls of a run.
const CALLS: u64 = 1000;
/// The caller hangs up at an event below this, or later than the flows last.
const EVENTS_MAX: usize = 90;
/// The shortest silence that the flows count.
const SILENCE: Duration = Duration::from_secs(6);
const SEEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);

static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| {
    let loaded = load(&booking(), &Words::default());
    Arc::new(loaded.program.unwrap())
});

#[test]
fn whatever_happens_a_held_seat_is_booked_or_given_back() {
    let mut reached = BTreeMap::new();
    for seed in 0..CALLS {
        let call = talk(seed);
        assert_eq!(breaches(&call.trace, SILENCE), [], "seed {seed}: {:#?}", call.trace);
        for fate in call.fates(seed) {
            *reached.entry(fate).or_insert(0) += 1;
        }
    }
    // The run is worth something only if every fate came to pass.
    let least =
        [(Fate::Booked, 20), (Fate::GivenBack, 80), (Fate::GivenBackWhenKnown, 35), (Fate::GivenBackUnused, 7), (Fate::Doubtful, 35)];
    for (fate, least) in least {
        assert!(reached.get(&fate).is_some_and(|came| *came >= least), "{fate:?} of {reached:?}");
    }
}

#[test]
fn a_machine_that_forgets_a_hold_or_what_may_have_used_it_is_caught() {
    let (mut forgot, mut rash) = (0, 0);
    for seed in 0..300 {
        let call = talk(seed);
        let is_undo = |event: &Event| matches!(event, Event::Out(Output::Action(Action::Undo { .. })));
        let without: Vec<_> = call.trace.iter().filter(|(_, event)| !is_undo(event)).cloned().collect();
        let found = kinds(&breaches(&without, SILENCE));
        assert!(found.is_empty() || without.len() < call.trace.len(), "seed {seed}: {found:?}");
        let at_once: Vec<_> = call.trace.iter().map(|(at, event)| (*at, unconditional(event))).collect();
        let conditions = at_once != call.trace;
        assert_eq!(kinds(&breaches(&at_once, SILENCE)), BTreeSet::from_iter(conditions.then_some(Invariant::EveryHold)), "seed {seed}");
        (forgot, rash) = (forgot + u32::from(found.contains(&Invariant::EveryHold)), rash + u32::from(conditions));
    }
    assert!(forgot > 40 && rash > 5, "{forgot} {rash}");
}

#[test]
fn calls_with_holds_replay_to_the_same_decisions() {
    let mut faithful = 0;
    for seed in 0..CALLS {
        let call = talk(seed);
        let log = log::read(&call.log).unwrap();
        assert_eq!(replay(Arc::clone(&PROGRAM), &log).diverged, None, "seed {seed}");
        faithful += u32::from(!log.lines.contains(&Line::Unfaithful));
    }
    assert!(faithful > 400, "{faithful}");
}

fn kinds(breaches: &[Breach]) -> BTreeSet<Invariant> {
    breaches.iter().map(|breach| breach.invariant).collect()
}

/// As a machine that takes back what it holds without asking what became of it.
fn unconditional(event: &Event) -> Event {
    let mut event = event.clone();
    if let Event::Out(Output::Action(Action::Undo { unless, .. })) = &mut event {
        unless.clear();
    }
    event
}

/// What became of a seat that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Booked,
    GivenBack,
    /// The hold was under way when it was taken back.
    GivenBackWhenKnown,
    /// The booking was under way when the hold was taken back, and was refused.
    GivenBackUnused,
    /// Of the booking or the hold itself nothing was ever heard.
    Doubtful,
}

struct Talk {
    trace: Vec<(CallTime, Event)>,
    log: String,
    /// What the services did, whether or not the call learnt of it in time.
    done: BTreeMap<RequestId, Answer>,
    /// The holds that each booking names.
    named: BTreeMap<RequestId, RequestId>,
    undone: BTreeMap<RequestId, (bool, Vec<RequestId>)>,
}

impl Talk {
    /// What became of each hold, by what the services did.
    fn fates(&self, seed: u64) -> Vec<Fate> {
        let holds = self.done.iter().filter(|(id, _)| !self.named.contains_key(*id));
        holds.filter_map(|(id, answer)| self.fate(seed, *id, answer)).collect()
    }

    fn fate(&self, seed: u64, id: RequestId, answer: &Answer) -> Option<Fate> {
        let users: Vec<RequestId> = self.named.iter().filter(|(_, hold)| **hold == id).map(|(user, _)| *user).collect();
        let booked = users.iter().any(|user| matches!(self.done[user], Answer::Outcome { .. }));
        let unknown = users.iter().any(|user| self.done[user] == Answer::Unknown);
        match (answer, self.undone.get(&id)) {
            (Answer::Unknown, undone) => {
                assert_eq!(undone, Some(&(false, vec![])), "seed {seed}: {id:?} may be held and is not wanted back");
                Some(Fate::Doubtful)
            }
            (answer, _) if !is_held(answer) => None,
            (_, Some((_, unless))) if unless.iter().any(|user| self.done[user] == Answer::Unknown) => Some(Fate::Doubtful),
            (_, Some((_, unless))) if unless.iter().all(|user| self.done[user] == Answer::Unavailable) => {
                assert!(!booked && !unknown, "seed {seed}: {id:?} is booked, perhaps, and given back");
                match self.undone[&id] {
                    (false, _) => Some(Fate::GivenBackWhenKnown),
                    (true, _) if unless.is_empty() => Some(Fate::GivenBack),
                    (true, _) => Some(Fate::GivenBackUnused),
                }
            }
            (_, undone) => {
                assert!(booked, "seed {seed}: {id:?} is held for ever, {undone:?}");
                Some(Fate::Booked)
            }
        }
    }
}

fn is_held(answer: &Answer) -> bool {
    answer.fields().is_some_and(|fields| fields.contains_key("ref"))
}

/// A call under way, with a port that speaks every Play in half a second and services that answer when their dice say.
struct Call {
    control: Control,
    recorder: Recorder,
    dice: Dice,
    now: u64,
    agenda: BTreeMap<(u64, usize), Vec<Event>>,
    step: String,
    playing: Option<PlayId>,
    talk: Talk,
}

fn talk(seed: u64) -> Talk {
    let mut dice = Dice(seed.wrapping_mul(2).wrapping_add(1));
    let hangs_up = dice.below(EVENTS_MAX as u64 * 3 / 2) as usize;
    let opening = Opening {
        answered_at_ms: 1_795_410_000_000,
        called: "1414".into(),
        trusted: false,
        lang: None,
        seed,
        bundle: String::new(),
        recording: None,
        caller: CallerKind::Mobile,
    };
    let talk = Talk { trace: Vec::new(), log: String::new(), done: BTreeMap::new(), named: BTreeMap::new(), undone: BTreeMap::new() };
    let (control, recorder) = (Control::new(Arc::clone(&PROGRAM), &opening), Recorder::new(Arc::clone(&PROGRAM), &opening));
    let mut call = Call { control, recorder, dice, now: 0, agenda: BTreeMap::new(), step: String::new(), playing: None, talk };
    call.happens(Event::In(Input::Sip(SipEvent::Answered { leg: Leg::A, session: Session::plain(SEEN) })));
    for event in 0..EVENTS_MAX * 4 {
        if call.control.is_over() {
            break;
        }
        let while_booking = call.step == "book" && call.dice.below(4) == 0;
        if event == hangs_up || while_booking || event > EVENTS_MAX * 3 {
            call.happens(Event::In(Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye })));
        } else {
            call.goes_on();
        }
    }
    while let Some(line) = call.recorder.poll() {
        call.talk.log += &(serde_json::to_string(&line).unwrap() + "\n");
    }
    call.talk
}

impl Call {
    /// The next thing that happens: what is due, or else the caller does something.
    fn goes_on(&mut self) {
        let acts = self.now + [300, 900, 2500, 7000][self.dice.below(4).min(self.dice.below(4)) as usize];
        match self.agenda.first_entry() {
            Some(due) if due.key().0 <= acts => {
                let (at, events) = due.remove_entry();
                self.now = at.0;
                for event in events {
                    self.happens(event);
                }
            }
            Some(_) | None => {
                self.now = acts;
                self.caller_acts();
            }
        }
    }

    /// Mostly what leads to a booking, and now and then something else.
    fn caller_acts(&mut self) {
        let leads_on = match self.step.as_str() {
            "hub" => "3",
            "wish" => "=Астана, паспорт алу, ертең",
            "branch" | "seat" => "1",
            "who" => "990101100010#",
            "check" => ["1", "1", "2", "=нет"][self.dice.below(4) as usize],
            _ => "",
        };
        let other = ["9", "*", "0", "=назад", "=в главное меню", "=оператор", "4", "7"];
        let does = if self.dice.below(10) == 0 { other[self.dice.below(other.len() as u64) as usize] } else { leads_on };
        match does.strip_prefix('=') {
            Some(words) => self.happens(Event::In(Input::Heard { leg: Leg::A, heard: Heard::typed(words) })),
            None => does.chars().for_each(|key| self.press(key)),
        }
    }

    fn press(&mut self, key: char) {
        let (leg, tick, key, by) = (Leg::A, Tick(self.now / 20), Key::from_char(key).unwrap(), KeyMethod::Event);
        self.told(Signal::Key { leg, tick, key, by });
        if let Some(id) = self.playing.take() {
            self.ended(id, PlayEnd::Key);
        }
    }

    fn told(&mut self, signal: Signal) {
        self.talk.trace.push((CallTime::from_millis(self.now), Event::Told(signal.clone())));
        self.happens(Event::In(Input::Media(signal)));
    }

    fn ended(&mut self, id: PlayId, why: PlayEnd) {
        self.told(Signal::PlayEnded { leg: Leg::A, tick: Tick(self.now / 20), id, why });
    }

    fn happens(&mut self, event: Event) {
        let now = CallTime::from_millis(self.now);
        match event {
            Event::In(input) if !self.control.is_over() => {
                self.control.handle_deadline(now);
                self.settle();
                if self.control.is_over() {
                    return self.recorder.after(now, &self.control);
                }
                self.recorder.before(now, &input, &self.control);
                self.talk.trace.push((now, Event::In(input.clone())));
                self.control.handle(now, input);
                self.settle();
                self.recorder.after(now, &self.control);
            }
            Event::Told(Signal::PlayEnded { id, .. }) if self.playing == Some(id) => {
                self.playing = None;
                self.ended(id, PlayEnd::Finished);
            }
            Event::In(_) | Event::Told(_) | Event::Given(_) | Event::Out(_) => {}
        }
    }

    fn later(&mut self, after_ms: u64, event: Event) {
        let place = self.agenda.len() + self.talk.trace.len();
        self.agenda.entry((self.now + after_ms, place)).or_default().push(event);
    }

    fn settle(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            self.recorder.output(at, &output);
            self.talk.trace.push((at, Event::Out(output.clone())));
            match output {
                Output::Command(command) => self.command(command),
                Output::Action(action) => self.act(action),
                Output::Note(Note::Step { step, .. }) => self.step = step,
                Output::Note(_) => {}
            }
        }
    }

    fn command(&mut self, command: Command) {
        let now = CallTime::from_millis(self.now);
        match command {
            Command::Play { id, .. } => {
                self.talk.trace.push((now, Event::Given(command)));
                self.playing = Some(id);
                let end = Signal::PlayEnded { leg: Leg::A, tick: Tick(0), id, why: PlayEnd::Finished };
                self.later(500, Event::Told(end));
            }
            Command::Stop { id, .. } if self.playing == Some(id) => {
                self.playing = None;
                let end = Signal::PlayEnded { leg: Leg::A, tick: Tick(self.now / 20), id, why: PlayEnd::Stopped };
                self.talk.trace.push((now, Event::Told(end.clone())));
                self.later(0, Event::In(Input::Media(end)));
            }
            Command::Stop { .. } | Command::Session { .. } | Command::Prosody { .. } => {}
            Command::Listen { .. } | Command::Deafen { .. } => {}
            Command::OutOfBandKey { .. } | Command::SendKey { .. } | Command::Record { .. } | Command::StopRecord { .. } => {}
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Lookup { id, service, .. } => {
                let answer = self.looked_up(&service);
                self.answers(id, answer);
            }
            Action::Submit { id, service, request, .. } => {
                let answer = self.submitted(id, &service);
                if let Some(Value::Digits(hold)) = request.get("hold") {
                    self.talk.named.insert(id, RequestId(hold.parse().unwrap()));
                }
                self.talk.done.insert(id, answer.clone());
                self.answers(id, answer);
            }
            Action::Errand { id, wanted } => {
                let answer = match (&wanted, self.dice.below(3)) {
                    (Wanted::Transfer { .. }, 0) => Answer::Errand(Ending::Connected),
                    (_, _) => Answer::Errand(wanted.nobody()),
                };
                self.answers(id, answer);
            }
            Action::Undo { of, request, unless, .. } => {
                let before = self.talk.undone.insert(of, (request.is_some(), unless));
                assert_eq!(before, None, "{of:?} is taken back twice");
            }
            Action::RememberLanguage(_) | Action::HangUp(_) | Action::Redact { .. } | Action::Finish(_) => {}
            Action::Tape { .. } | Action::Keep(_) | Action::Mark { .. } | Action::Tell { .. } => {}
        }
    }

    /// In time, or too late; now and then twice.
    fn answers(&mut self, id: RequestId, answer: Answer) {
        let after = [20, 400, 400, 3000, 9000][self.dice.below(5) as usize];
        for _ in 0..=u64::from(self.dice.below(5) == 0) {
            self.later(after, Event::In(Input::Reply { id, answer: answer.clone() }));
        }
    }

    fn looked_up(&mut self, service: &str) -> Answer {
        let branch = |name: &str| BTreeMap::from([("branch".to_owned(), Value::Item(name.to_owned()))]);
        let seat = |seat: &str, at| {
            let (seat, at) = (Value::Digits(seat.to_owned()), Value::Time(Time::parse(at).unwrap()));
            BTreeMap::from([("seat".to_owned(), seat), ("at".to_owned(), at)])
        };
        let items = match service {
            "booking_branches" => vec![branch("esil"), branch("almaty")],
            _ => vec![seat("17", "09:00"), seat("18", "10:30")],
        };
        match self.dice.below(12) {
            0 => Answer::Unavailable,
            _ => outcome("found", "items", Some(Value::List(items))),
        }
    }

    fn submitted(&mut self, id: RequestId, service: &str) -> Answer {
        match (service, self.dice.below(8)) {
            (_, 0) => Answer::Unavailable,
            (_, 1) => Answer::Unknown,
            ("booking_hold", 2) => outcome("taken", "ref", None),
            ("booking_hold", _) => outcome("held", "ref", Some(Value::Digits(format!("{:06}", id.0)))),
            (_, 2 | 3) => Answer::Unavailable,
            (_, _) => outcome("booked", "ref", None),
        }
    }
}

fn outcome(name: &str, field: &str, value: Option<Value>) -> Answer {
    Answer::Outcome { outcome: name.to_owned(), fields: value.map(|value| (field.to_owned(), value)).into_iter().collect() }
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}
