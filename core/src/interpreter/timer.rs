//! The interpreter's timers, as a table.

use crate::time::CallTime;

/// What may fall due. At the same instant the earlier in this list goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The call has lasted as long as it may.
    CallLimit,
    /// A service has not answered in time.
    Request,
    /// A service is slow: say so.
    Filler,
    /// A pause within a row of digits has ended it.
    InterDigit,
    /// Nothing was keyed in after the question.
    NoInput,
}

const TIMERS: [Timer; 5] = [Timer::CallLimit, Timer::Request, Timer::Filler, Timer::InterDigit, Timer::NoInput];

/// When each timer falls due, if it runs.
#[derive(Default)]
pub(super) struct Timers([Option<CallTime>; TIMERS.len()]);

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: CallTime) {
        self.0[timer as usize] = Some(at);
    }

    pub(super) fn stop(&mut self, timers: &[Timer]) {
        for timer in timers {
            self.0[*timer as usize] = None;
        }
    }

    pub(super) fn stop_all(&mut self) {
        self.stop(&TIMERS);
    }

    pub(super) fn next(&self) -> Option<(CallTime, Timer)> {
        let running = TIMERS.into_iter().filter_map(|timer| self.0[timer as usize].map(|at| (at, timer)));
        running.min_by_key(|(at, timer)| (*at, *timer as usize))
    }

    /// The next timer that has fallen due, stopped.
    pub(super) fn take_due(&mut self, now: CallTime) -> Option<(CallTime, Timer)> {
        let (at, timer) = self.next().filter(|(at, _)| *at <= now)?;
        self.stop(&[timer]);
        Some((at, timer))
    }
}
