//! A log that became a test: of nobody, and with the same decisions.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use dauys_core::calendar::{Date, Time};
use dauys_core::call::log::{self, Line, Log};
use dauys_core::call::pair::Faithful;
use dauys_core::call::replay::{Decision, RedactError, Told, redacted, replay, story};
use dauys_core::call::{Control, Input, Opening, Output, Recorder, SipEvent};
use dauys_core::citizen::CallerKind;
use dauys_core::flow::graph::{Program, Value};
use dauys_core::interpreter::{Answer, RequestId};
use dauys_core::key::Key;
use dauys_core::media::{KeyMethod, Leg, PlayEnd, PlayId, Session, Signal};
use dauys_core::spoken::Money;
use dauys_core::time::{CallTime, Tick};

use crate::flows::{compile, good, house, read};
use crate::seam::{BUNDLE, logged, outputs, talk};

fn json(log: &Log) -> String {
    log.lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
}

/// Decisions without the values in them.
fn steps(program: &Program, log: &Log) -> Vec<String> {
    let name = |told: &Told| match told.decision()? {
        Decision::Asks { service, .. } => Some(service.clone()),
        Decision::Says { .. } => None,
        Decision::Step { .. } | Decision::Trouble(_) | Decision::Obeys(_) | Decision::Unheard(_) => Some(told.name()),
        Decision::Submits { .. }
        | Decision::Undoes { .. }
        | Decision::Errand(_)
        | Decision::Remembers(_)
        | Decision::Ends(_)
        | Decision::Records(_)
        | Decision::Keeps(_)
        | Decision::Marks { .. } => Some(told.name()),
    };
    story(program, &log.lines).iter().filter_map(name).collect()
}

fn rows(log: &Log) -> Vec<String> {
    let digits = json(log);
    let found = digits.split(|c: char| !c.is_ascii_digit()).filter(|row| row.len() == 12);
    found.map(str::to_owned).collect()
}

#[test]
fn calls_of_nobody_decide_the_same_and_share_no_row_with_the_log() {
    let (mut made, mut with_rows, mut refused) = (0, 0, 0);
    for seed in 0..100 {
        let (text, _) = logged(seed, &talk(seed, Faithful));
        let log = log::read(&text).unwrap();
        let Ok(nobody) = redacted(&BUNDLE.program, &log) else {
            refused += 1;
            continue;
        };
        assert_eq!(replay(Arc::clone(&BUNDLE.program), &nobody).diverged, None, "seed {seed}");
        assert_eq!(steps(&BUNDLE.program, &nobody), steps(&BUNDLE.program, &log), "seed {seed}");
        let before = rows(&log);
        assert!(rows(&nobody).iter().all(|row| !before.contains(row)), "seed {seed}");
        assert!(!json(&nobody).contains("192.0.2.1:30000\",\"rtcp\":null,\"signalling\":\"127"), "seed {seed}");
        assert_ne!(nobody.opening.seed, seed.max(99));
        assert_eq!(nobody, redacted(&BUNDLE.program, &log).unwrap(), "the same log, the same file");
        made += 1;
        with_rows += u32::from(!before.is_empty());
    }
    assert!(made > 60 && with_rows > 20, "{made} made, {with_rows} with rows, {refused} refused");
}

/// A bundle whose service answers with days, hours and sums, and whose flow looks at the day.
fn booking() -> Arc<Program> {
    let mut sources = good();
    sources.files.append(&mut read(&house().join("tests/flows/values")).files);
    let main = sources.files.get_mut("flows/main.yaml").unwrap();
    *main = main.replace(
        "  - call: {id: status,",
        "  - call: {id: book, flow: services/booking, with: {wish: 2026-12-01}}\n  - call: {id: status,",
    );
    let loaded = compile(&sources);
    Arc::new(loaded.program.unwrap_or_else(|| panic!("{:?}", loaded.faults)))
}

fn booked(program: &Arc<Program>, day: Date) -> Log {
    let opening = Opening {
        answered_at_ms: 1_795_437_296_000,
        called: "+77172906984".into(),
        trusted: false,
        lang: None,
        seed: 77,
        bundle: String::new(),
        recording: Some(Tick(4)),
        caller: CallerKind::Unknown,
    };
    let session = Session::plain(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 20, 30, 40)), 4000));
    let key = Signal::Key { leg: Leg::A, tick: Tick(50), key: Key::from_char('1').unwrap(), by: KeyMethod::Event };
    let ended = |id| Input::Media(Signal::PlayEnded { leg: Leg::A, tick: Tick(400), id: PlayId(id), why: PlayEnd::Finished });
    let fields = [
        ("day", Value::Date(day)),
        ("at", Value::Time(Time::new(9, 45).unwrap())),
        ("fee", Value::Money(Money::from_tiyn(1_234_500).unwrap())),
        ("ahead", Value::Count(3)),
    ];
    let fields: BTreeMap<_, _> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let inputs = [
        (0, Input::Sip(SipEvent::Answered { leg: Leg::A, session })),
        (1000, Input::Media(key)),
        (1500, Input::Reply { id: RequestId(0), answer: Answer::Outcome { outcome: "booked".into(), fields } }),
        (8000, ended(2)),
        (8500, ended(3)),
        (9000, Input::Drain),
    ];
    let mut control = Control::new(Arc::clone(program), &opening);
    let mut recorder = Recorder::new(Arc::clone(program), &opening);
    for (at, input) in inputs {
        let at = CallTime::from_millis(at);
        control.handle_deadline(at);
        outputs(&mut control, &mut recorder);
        recorder.before(at, &input, &control);
        control.handle(at, input);
        outputs(&mut control, &mut recorder);
        recorder.after(at, &control);
    }
    let lines: Vec<Line> = std::iter::from_fn(|| recorder.poll()).skip(1).collect();
    assert!(lines.iter().any(|line| matches!(line, Line::Out { output: Output::Action(_), .. })));
    Log { version: log::VERSION, opening, lines }
}

#[test]
fn what_a_service_told_of_somebody_becomes_false_and_what_the_flow_decides_by_stays() {
    let program = booking();
    let log = booked(&program, Date::new(2026, 12, 3).unwrap());
    let nobody = redacted(&program, &log).unwrap();
    let (before, after) = (json(&log), json(&nobody));
    for personal in ["2026-12-03", "09:45", "1234500", "10.20.30.40"] {
        assert!(before.contains(personal), "{personal} is not in the log: the test shows nothing\n{before}");
        assert!(!after.contains(personal), "{personal}");
    }
    assert!(after.contains("\"count\":3"));
    assert_eq!((nobody.opening.called.as_str(), nobody.opening.recording), ("1414", None));
    assert_ne!((nobody.opening.seed, nobody.opening.answered_at_ms), (log.opening.seed, log.opening.answered_at_ms));
    assert_eq!(steps(&program, &nobody), steps(&program, &log));
}

/// The flow looks at the day, so another day is another way: no test can be made of this call.
#[test]
fn a_log_that_would_decide_otherwise_is_refused() {
    let program = booking();
    let why = redacted(&program, &booked(&program, Date::new(2026, 12, 16).unwrap())).unwrap_err();
    assert!(matches!(why, RedactError::Elsewhere(_) | RedactError::OtherWords), "{why}");
    let mut torn = booked(&program, Date::new(2026, 12, 3).unwrap());
    torn.lines.remove(2);
    assert_eq!(redacted(&program, &torn), Err(RedactError::Unequal));
}
