//! A call's ear: it takes what the caller says from the media thread, has it recognised, and tells what was heard. When an utterance is over depends on what has been made of it:
//! a complete answer needs a shorter pause. It always tells something, and in time.

use std::sync::Arc;

use dauys_core::flow::graph::Program;
use dauys_core::grammar::Context;
use dauys_core::heard::Heard;
use dauys_core::interpreter::Attention;
use dauys_core::media::{ListenId, Part, Uttered};

use crate::pacer;
use crate::speech::embedded::model::ACCEPT;
use crate::speech::pool::{Hearing, Missed, Pool, Question};
use crate::speech::recognizer::{Due, Utterance};

/// The engine's name where none has heard anything.
const NOBODY: &str = "none";

/// The ear.
pub(super) struct Ear {
    ticks: pacer::Ear,
    pool: Arc<Pool>,
    bundle: Arc<str>,
    program: Arc<Program>,
    listens: Option<(ListenId, Question)>,
    utterance: Option<Utterance>,
    made: Made,
    /// The utterance is over, whatever it is.
    over: bool,
}

/// What has been made of the utterance up to the pause at hand.
enum Made {
    /// Nothing yet.
    Nothing,
    /// It is at the recogniser.
    Asked(Hearing),
    /// This.
    Found(Heard),
}

/// What the ear waits for.
enum Came {
    Tick(Uttered),
    Answer(Result<Heard, Missed>),
}

impl Ear {
    pub(super) fn new(ticks: pacer::Ear, pool: Arc<Pool>, bundle: Arc<str>, program: Arc<Program>) -> Self {
        Self { ticks, pool, bundle, program, listens: None, utterance: None, made: Made::Nothing, over: false }
    }

    /// Listens for this from now on, or to nobody; what was being said is forgotten.
    pub(super) fn listen(&mut self, listening: Option<(ListenId, Attention)>, context: Context) {
        self.forget();
        self.listens = listening.map(|(id, attention)| {
            let (bundle, program) = (Arc::clone(&self.bundle), Arc::clone(&self.program));
            (id, Question { bundle, program, attention, context })
        });
        if let Some((_, question)) = &self.listens {
            self.pool.prepare(question.clone());
        }
    }

    /// What the caller has said. May be dropped at any time, and called again.
    pub(super) async fn heard(&mut self) -> Heard {
        loop {
            let came = match &mut self.made {
                Made::Asked(hearing) => tokio::select! {
                    answer = hearing.heard() => Came::Answer(answer),
                    tick = self.ticks.uttered() => Came::Tick(tick),
                },
                Made::Nothing | Made::Found(_) => Came::Tick(self.ticks.uttered().await),
            };
            match came {
                Came::Tick(tick) => self.take(&tick),
                Came::Answer(answer) => self.made = Made::Found(answer.unwrap_or_else(missed)),
            }
            if let Some(heard) = self.told() {
                return heard;
            }
        }
    }

    fn take(&mut self, uttered: &Uttered) {
        let Some((_, question)) = self.listens.as_ref().filter(|(id, _)| *id == uttered.listen) else { return };
        if uttered.part == Part::Broken {
            return self.forget();
        }
        let pauses = || question.attention.pauses(&question.program);
        let utterance = self.utterance.get_or_insert_with(|| Utterance::new(pauses(), uttered));
        match utterance.push(uttered) {
            Due::Nothing => {}
            Due::GoesOn => self.made = Made::Nothing,
            Due::Try => self.ask(),
            Due::Over => {
                self.over = true;
                if matches!(self.made, Made::Nothing) {
                    self.ask();
                }
            }
        }
    }

    fn ask(&mut self) {
        if let (Some((_, question)), Some(utterance)) = (&self.listens, &self.utterance) {
            self.made = Made::Asked(self.pool.hear(question.clone(), utterance.samples().to_vec()));
        }
    }

    /// What is known, if it is over: one utterance is told, and the next once somebody listens anew.
    fn told(&mut self) -> Option<Heard> {
        let Made::Found(heard) = &self.made else { return None };
        if !(self.over || is_complete(heard)) {
            return None;
        }
        let spoken = self.utterance.as_ref().map(Utterance::spoken).unwrap_or_default();
        let heard = heard.clone().begun(spoken);
        let outcome = if heard.hypotheses().is_empty() { "no_speech" } else { "words" };
        if heard.engine() != NOBODY {
            metrics::counter!("dauys_utterances_total", "outcome" => outcome).increment(1);
        }
        self.forget();
        self.listens = None;
        Some(heard)
    }

    fn forget(&mut self) {
        (self.utterance, self.made, self.over) = (None, Made::Nothing, false);
    }
}

fn is_complete(heard: &Heard) -> bool {
    heard.hypotheses().first().is_some_and(|best| best.confidence >= ACCEPT)
}

/// The caller is told that nothing was understood, and the administrators why.
fn missed(why: Missed) -> Heard {
    metrics::counter!("dauys_utterances_total", "outcome" => why.name()).increment(1);
    tracing::warn!(why = why.name(), "an utterance was not recognised");
    Heard::lost(NOBODY)
}
