//! Calls back: booked before the caller hears so, for now or for the next hours of the operators' desk. Whoever calls finds them by `dauys callbacks`.
//!
//! Nobody is dialled here, and no number is logged.

use std::time::Duration;

use dauys_core::calendar;
use dauys_core::calendar::hours::Hours;
use dauys_core::citizen::{Phone, called_back};
use dauys_core::flow::graph::Ending;
use dauys_core::lang::Lang;
use jiff::Timestamp;

use crate::config;
use crate::store::{Booked, Callback, CallbackState, Store, Window};

/// Who calls back: a desk of `flows/calendar.yaml`.
const DESK: &str = "operators";
/// How often they are counted.
const COUNTED_EVERY: Duration = Duration::from_secs(60);

/// Where calls leave the wish to be called back.
#[derive(Clone, Debug)]
pub struct Callbacks {
    store: Store,
    config: config::Callbacks,
    /// Whoever called these would call the robot.
    own: Vec<config::Number>,
}

/// What a caller wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Names the wish: the same however often it is told.
    pub key: String,
    /// Whom to call; `None`: nobody knows.
    pub number: Option<Phone>,
    /// In which language.
    pub lang: Option<Lang>,
    /// What it is about, in a word of the flow's.
    pub topic: Option<String>,
    /// The file of what was spoken on it, below the data folder.
    pub message: Option<String>,
}

impl Callbacks {
    /// Those in this store, of a robot that is called at these numbers.
    pub fn new(config: &config::Callbacks, own: &[config::Number], store: Store) -> Self {
        Self { store, config: config.clone(), own: own.to_vec() }
    }

    /// Books one: once this says `booked`, somebody calls, though we die. A number that waits already is booked, and nothing changes.
    pub async fn book(&self, wish: Wish, hours: &Hours, now: Timestamp) -> Ending {
        let (ending, outcome) = self.tried(wish, hours, now).await;
        metrics::counter!("dauys_callbacks_total", "outcome" => outcome).increment(1);
        tracing::info!(outcome, "a call back was wanted");
        ending
    }

    async fn tried(&self, wish: Wish, hours: &Hours, now: Timestamp) -> (Ending, &'static str) {
        let Some(number) = wish.number else { return (Ending::Refused, "no_number") };
        if let Err(why) = called_back(&number) {
            return (Ending::Refused, why.name());
        }
        if self.own.iter().any(|own| own.is(&number)) {
            return (Ending::Refused, "own");
        }
        let Some(window) = window(hours, now) else { return (Ending::Full, "never_open") };
        let Wish { key, lang, topic, message, number: _ } = wish;
        let wanted = Callback { key, number, lang, topic, message, asked: now, window };
        match self.store.book_callback(&wanted, self.config.capacity).await {
            Ok(Booked::New) => (Ending::Booked, "booked"),
            Ok(Booked::Known) => (Ending::Booked, "known"),
            Ok(Booked::Full) => (Ending::Full, "full"),
            Err(error) => {
                tracing::warn!(%error, "a call back is not committed, and its caller told so");
                (Ending::Full, "failed")
            }
        }
    }

    /// Counts them for the metrics, until it is dropped.
    pub async fn watch(self) {
        let mut ticks = tokio::time::interval(COUNTED_EVERY);
        loop {
            ticks.tick().await;
            for state in CallbackState::ALL {
                if let Ok(count) = self.store.count_callbacks(state).await {
                    metrics::gauge!("dauys_callbacks", "state" => state.name()).set(count as f64);
                }
            }
            if let Ok(late) = self.store.late_callbacks(Timestamp::now()).await {
                metrics::gauge!("dauys_callbacks_late").set(late as f64);
            }
        }
    }
}

/// When somebody calls who is asked now; `None`: never.
fn window(hours: &Hours, now: Timestamp) -> Option<Window> {
    let (date, time) = calendar::local(now.as_millisecond());
    let (day, span) = hours.next(DESK, date, time)?;
    let moment = |time| Timestamp::from_millisecond(calendar::moment(day, time)).ok();
    Some(Window { opens: moment(span.from)?, closes: moment(span.to)? })
}
