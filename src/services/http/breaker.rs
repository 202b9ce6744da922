//! Leaves a server alone that fails: after so many failures in a row nobody asks it for a while, then one caller does, and what that comes to decides.
//!
//! It tells time by tokio's clock and asks nobody.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Of one service.
#[derive(Debug)]
pub(super) struct Breaker {
    service: String,
    failures_max: u32,
    open_for: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Everybody may ask. So many failures in a row.
    Closed { failures: u32 },
    /// Nobody may.
    Open { until: Instant },
    /// One asks.
    HalfOpen,
}

/// Leave to ask. Whoever goes away with it has learnt nothing.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    breaker: &'a Breaker,
    is_probe: bool,
    is_told: bool,
}

impl Breaker {
    pub(super) fn new(service: &str, failures_max: u32, open_for: Duration) -> Self {
        Self { service: service.to_owned(), failures_max, open_for, state: Mutex::new(State::Closed { failures: 0 }) }
    }

    /// `None` while it is open.
    pub(super) fn admit(&self) -> Option<Pass<'_>> {
        let mut state = self.state();
        let is_probe = match *state {
            State::Closed { .. } => false,
            State::Open { until } if until <= Instant::now() => {
                self.set(&mut state, State::HalfOpen);
                true
            }
            State::Open { .. } | State::HalfOpen => return None,
        };
        Some(Pass { breaker: self, is_probe, is_told: false })
    }

    fn succeeded(&self) {
        let mut state = self.state();
        if *state == State::HalfOpen {
            tracing::info!(service = self.service, "the service answers again: it is asked again");
        }
        self.set(&mut state, State::Closed { failures: 0 });
    }

    fn failed(&self) {
        let mut state = self.state();
        match *state {
            State::Closed { failures } if failures + 1 < self.failures_max => *state = State::Closed { failures: failures + 1 },
            State::Closed { .. } => {
                let (failures, open_s) = (self.failures_max, self.open_for.as_secs());
                tracing::warn!(service = self.service, failures, open_s, "the service fails: it is not asked for a while");
                self.open(&mut state);
            }
            State::HalfOpen => self.open(&mut state),
            State::Open { .. } => {} // asked before it opened
        }
    }

    fn open(&self, state: &mut State) {
        self.set(state, State::Open { until: Instant::now() + self.open_for });
    }

    fn set(&self, state: &mut State, to: State) {
        *state = to;
        self.show(to);
    }

    fn show(&self, state: State) {
        let level = match state {
            State::Closed { .. } => 0.0,
            State::Open { .. } => 1.0,
            State::HalfOpen => 2.0,
        };
        metrics::gauge!("dauys_service_breaker", "service" => self.service.clone()).set(level);
    }

    /// A state is whole whoever panicked beside it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The server answered. One that was asked before the breaker opened does not close it.
    pub(super) fn succeeded(mut self) {
        self.is_told = true;
        let is_open = matches!(*self.breaker.state(), State::Open { .. } | State::HalfOpen);
        if self.is_probe || !is_open {
            self.breaker.succeeded();
        }
    }

    /// It did not.
    pub(super) fn failed(mut self) {
        self.is_told = true;
        let is_half_open = *self.breaker.state() == State::HalfOpen;
        if self.is_probe || !is_half_open {
            self.breaker.failed();
        }
    }
}

/// A caller who hung up has learnt nothing: the next one may ask.
impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.is_probe && !self.is_told {
            let mut state = self.breaker.state();
            self.breaker.set(&mut state, State::Open { until: Instant::now() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN_FOR: Duration = Duration::from_secs(30);

    fn breaker() -> Breaker {
        Breaker::new("s", 3, OPEN_FOR)
    }

    fn fail(breaker: &Breaker, times: usize) {
        (0..times).for_each(|_| breaker.admit().unwrap().failed());
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_failures_in_a_row_only() {
        let breaker = breaker();
        for _ in 0..5 {
            fail(&breaker, 2);
            breaker.admit().unwrap().succeeded();
        }
        fail(&breaker, 3);
        assert!(breaker.admit().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn one_asks_once_its_time_is_over_and_that_decides() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(OPEN_FOR - Duration::from_millis(1)).await;
        assert!(breaker.admit().is_none(), "not yet");
        tokio::time::advance(Duration::from_millis(1)).await;
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_none(), "one alone");
        probe.failed();
        assert!(breaker.admit().is_none(), "open again");
        tokio::time::advance(OPEN_FOR).await;
        breaker.admit().unwrap().succeeded();
        fail(&breaker, 2);
        assert!(breaker.admit().is_some(), "closed, and the count begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_goes_away_leaves_its_place_to_the_next() {
        let breaker = breaker();
        fail(&breaker, 3);
        tokio::time::advance(OPEN_FOR).await;
        drop(breaker.admit().unwrap());
        breaker.admit().unwrap().succeeded();
        assert!(breaker.admit().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_asked_before_it_opened_decide_nothing() {
        let breaker = breaker();
        let (early, late) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        fail(&breaker, 3);
        early.succeeded();
        assert!(breaker.admit().is_none(), "an old success does not close it");
        tokio::time::advance(OPEN_FOR).await;
        let probe = breaker.admit().unwrap();
        late.failed();
        probe.succeeded();
        assert!(breaker.admit().is_some(), "an old failure does not count against the probe");
    }
}
