//! Engines that fail: whoever asks them is answered by the deadline, and the next utterance is heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dauys::speech::pool::{Missed, Pool, Question};
use dauys::speech::recognizer::{Listener, Recognizer};
use dauys_core::calendar::{Date, Time};
use dauys_core::flow::graph::Program;
use dauys_core::grammar::Context;
use dauys_core::grammar::graph::Asked;
use dauys_core::heard::{CERTAIN, HYPOTHESES_MAX, Heard, Hypothesis, TEXT_BYTES_MAX};
use dauys_core::interpreter::Attention;

use crate::bundle::house;

const DEADLINE: Duration = Duration::from_secs(2);
/// What a busy machine may add to it.
const SLACK: Duration = Duration::from_secs(2);

/// What it does depends on how long the utterance is.
#[derive(Clone, Default)]
struct Moody {
    made: Arc<AtomicUsize>,
}

const HANGS: usize = 1;
const CRASHES: usize = 2;
const BABBLES: usize = 3;
const HEARS: usize = 4;
const IS_SLOW: usize = 5;

impl Recognizer for Moody {
    fn ready(&self, _: Asked) -> Box<dyn Listener> {
        self.made.fetch_add(1, Ordering::Relaxed);
        Box::new(self.clone())
    }
}

impl Listener for Moody {
    fn hear(&self, samples: &[i16]) -> Heard {
        match samples.len() {
            HANGS => std::thread::sleep(Duration::from_secs(3600)),
            CRASHES => panic!("an engine that crashes"),
            IS_SLOW => std::thread::sleep(Duration::from_millis(20)),
            _ => {}
        }
        let babble = Hypothesis { text: "ы\u{0}".repeat(9_999), lang: None, confidence: u16::MAX };
        if samples.len() == BABBLES { Heard::new(vec![babble; 999], "moody", 0) } else { Heard::typed("иә") }
    }
}

fn question(program: &Arc<Program>) -> Question {
    let time = |text| Time::parse(text).unwrap();
    let context = Context { today: Date::parse("2026-11-23").unwrap(), now: time("10:00"), opens: time("09:00"), closes: time("20:00") };
    Question { bundle: "b".into(), program: Arc::clone(program), attention: Attention::Commands, context }
}

fn program() -> Arc<Program> {
    dauys::bundle::load(house()).unwrap().program
}

#[tokio::test]
async fn an_engine_that_hangs_crashes_or_babbles_is_answered_for_in_time() {
    let (program, engine) = (program(), Moody::default());
    let pool = Pool::start(Box::new(engine.clone()), 2, DEADLINE).unwrap();
    for (mood, expected) in [(HEARS, None), (CRASHES, Some(Missed::Crashed)), (HANGS, Some(Missed::Late)), (BABBLES, None), (HEARS, None)] {
        let asked = Instant::now();
        let heard = pool.hear(question(&program), vec![0; mood]).heard().await;
        assert!(asked.elapsed() < DEADLINE + SLACK, "{mood}: {:?}", asked.elapsed());
        assert_eq!(heard.as_ref().err().copied(), expected, "{mood}");
        if let Ok(heard) = heard {
            assert!(heard.hypotheses().len() <= HYPOTHESES_MAX);
            assert!(heard.hypotheses().iter().all(|one| one.text.len() <= TEXT_BYTES_MAX && one.confidence <= CERTAIN));
        }
    }
    assert_eq!(engine.made.load(Ordering::Relaxed), 1, "a question is made ready once");
}

#[tokio::test]
async fn a_flood_is_refused_and_the_hanging_are_replaced() {
    let program = program();
    let pool = Pool::start(Box::new(Moody::default()), 1, DEADLINE).unwrap();
    let asked = Instant::now();
    let mut flood: Vec<_> = (0..200).map(|_| pool.hear(question(&program), vec![0; IS_SLOW])).collect();
    let mut missed = Vec::new();
    for hearing in &mut flood {
        missed.extend(hearing.heard().await.err());
    }
    assert!(asked.elapsed() < DEADLINE + SLACK, "{:?}", asked.elapsed());
    assert!(missed.contains(&Missed::Flooded) && missed.len() < 200, "{} missed", missed.len());
    tokio::time::sleep(DEADLINE).await; // what waited has expired
    assert_eq!(pool.hear(question(&program), vec![0; HANGS]).heard().await.err(), Some(Missed::Late));
    assert_eq!(pool.hear(question(&program), vec![0; HEARS]).heard().await.err(), Some(Missed::Late), "its only thread hangs");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let mut heard = Err(Missed::Late);
    for _ in 0..10 {
        heard = pool.hear(question(&program), vec![0; HEARS]).heard().await;
        if heard.is_ok() {
            break;
        }
    }
    assert!(heard.is_ok(), "another thread takes its place: {heard:?}");
}
