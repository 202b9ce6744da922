//! What is simulated: a call's machine, or one that breaks a rule so that the judge can be seen to notice.

use crate::call::{Control, Input, Output};
use crate::interpreter::Expects;
use crate::lang::Lang;
use crate::time::CallTime;

/// The machine of a call, as [`Control`] is one.
pub trait Machine {
    /// Takes what happened; deadlines up to `now` fire first.
    fn handle(&mut self, now: CallTime, input: Input);
    /// Fires every deadline up to `now`.
    fn handle_deadline(&mut self, now: CallTime);
    /// When a deadline is due next.
    fn deadline(&self) -> Option<CallTime>;
    /// What is wanted next.
    fn poll(&mut self) -> Option<(CallTime, Output)>;
    /// Whether the call is over.
    fn is_over(&self) -> bool;
    /// The language of the call, once it is known.
    fn lang(&self) -> Option<Lang>;
    /// What the next key would answer.
    fn expects(&self) -> Expects;
}

impl Machine for Control {
    fn handle(&mut self, now: CallTime, input: Input) {
        Self::handle(self, now, input);
    }

    fn handle_deadline(&mut self, now: CallTime) {
        Self::handle_deadline(self, now);
    }

    fn deadline(&self) -> Option<CallTime> {
        Self::deadline(self)
    }

    fn poll(&mut self) -> Option<(CallTime, Output)> {
        Self::poll(self)
    }

    fn is_over(&self) -> bool {
        Self::is_over(self)
    }

    fn lang(&self) -> Option<Lang> {
        Self::lang(self)
    }

    fn expects(&self) -> Expects {
        Self::expects(self)
    }
}
