//! The way of one call through its flows, as coverage counts it: read from what the call wants, live or in its log.

use super::log::{Line, Log};
use super::{Note, Opening, Output};
use crate::flow::coverage::{Cell, Coverage};
use crate::lang::Lang;

/// Follows one call.
#[derive(Clone, Copy, Debug)]
pub struct Trail {
    lang: Option<Lang>,
}

impl Trail {
    /// From the start of a call.
    pub const fn new(opening: &Opening) -> Self {
        Self { lang: opening.lang }
    }

    /// Counts what an output tells.
    pub fn follow(&mut self, output: &Output, coverage: &mut Coverage) {
        match output {
            Output::Note(Note::Language(lang)) => self.lang = Some(*lang),
            Output::Note(Note::Step { flow, step }) => coverage.enter(flow, step, self.lang),
            Output::Note(Note::Way { flow, step, kind, way, by }) => {
                let cell = Cell { flow: flow.clone(), step: step.clone(), kind: *kind, way: way.clone(), by: *by, lang: self.lang };
                coverage.take(cell);
            }
            Output::Note(Note::Trouble(_) | Note::Command { .. } | Note::Unheard(_) | Note::StalePlay(_) | Note::StaleReply(_)) => {}
            Output::Command(_) | Output::Action(_) => {}
        }
    }

    /// Counts a whole call by its log. `false`: the log is older than version 3 and does not tell.
    pub fn follow_log(log: &Log, coverage: &mut Coverage) -> bool {
        let mut trail = Self::new(&log.opening);
        for line in &log.lines {
            if let Line::Out { output, .. } = line {
                trail.follow(output, coverage);
            }
        }
        log.version >= 3
    }
}
