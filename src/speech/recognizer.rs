//! What an engine that hears must do, whichever it is: it is told what is asked, then it hears one utterance. And where in a caller's voice that utterance ends.

use dauys_core::grammar::graph::{Asked, Pauses};
use dauys_core::heard::Heard;
use dauys_core::media::{Part, Uttered, linear};
use dauys_core::time::Tick;

/// An engine.
pub trait Recognizer: Send + Sync {
    /// Gets ready for a question; it may be asked often.
    fn ready(&self, asked: Asked) -> Box<dyn Listener>;
}

/// An engine that knows what is asked.
pub trait Listener: Send + Sync {
    /// What was said: samples at 8 kHz from a little before the first word to a little after the last. Commands are always listened for, too. No hypothesis: it was no speech.
    fn hear(&self, samples: &[i16]) -> Heard;
}

/// The longest utterance, in samples: twenty seconds. Of a longer one the end is not heard.
pub const SAMPLES_MAX: usize = 20 * 8_000;

/// One utterance while it is spoken. Parts with pauses between them are one.
#[derive(Debug)]
pub struct Utterance {
    pauses: Pauses,
    samples: Vec<i16>,
    began: Tick,
    now: Tick,
    /// Ticks of the pause at hand.
    quiet: u64,
}

/// What is to be done after a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// Somebody speaks on: what was made of it so far is no more.
    GoesOn,
    /// Here it would be over, if it is a complete answer.
    Try,
    /// It is over.
    Over,
}

impl Utterance {
    /// One that begins with this tick.
    pub fn new(pauses: Pauses, first: &Uttered) -> Self {
        Self { pauses, samples: Vec::new(), began: first.tick, now: first.tick, quiet: 0 }
    }

    /// Takes the next tick.
    pub fn push(&mut self, uttered: &Uttered) -> Due {
        self.now = uttered.tick;
        self.samples.extend(uttered.voice.iter().map(|sample| linear(*sample)));
        let [complete, any] = [self.pauses.complete, self.pauses.any].map(Tick::covering);
        match uttered.part {
            Part::Lead => self.began = uttered.tick, // the last of them is nearest to the first sound
            Part::Speech | Part::Broken => self.quiet = 0,
            Part::Pause => self.quiet += 1,
        }
        match self.quiet {
            _ if self.samples.len() >= SAMPLES_MAX => Due::Over,
            0 => Due::GoesOn,
            quiet if quiet >= any => Due::Over,
            quiet if quiet == complete => Due::Try,
            _ => Due::Nothing,
        }
    }

    /// What was said until now, and the beginning of the pause.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// How long ago it began.
    pub fn spoken(&self) -> std::time::Duration {
        dauys_core::time::TICK * u32::try_from(self.now.0.saturating_sub(self.began.0)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dauys_core::grammar::Grammar;
    use dauys_core::media::{FRAME, ListenId};

    use super::*;

    /// What is asked, what is heard of it, and what is due when.
    type Case<'c> = (Grammar, &'c [(Part, u64)], &'c [(u64, Due)]);

    /// What is due after stretches of ticks, and at which tick.
    fn due(grammar: &Grammar, stretches: &[(Part, u64)]) -> Vec<(u64, Due)> {
        let parts = stretches.iter().flat_map(|(part, ticks)| std::iter::repeat_n(*part, *ticks as usize));
        let mut ticks = (1..).zip(parts).map(|(tick, part)| Uttered { listen: ListenId(1), tick: Tick(tick), voice: [0xD5; FRAME], part });
        let first = ticks.next().unwrap();
        let mut utterance = Utterance::new(Pauses::of(std::slice::from_ref(grammar)), &first);
        let mut due = Vec::new();
        for uttered in [first].into_iter().chain(ticks) {
            match utterance.push(&uttered) {
                Due::Nothing | Due::GoesOn => {}
                told => due.push((uttered.tick.0, told)),
            }
            if due.last().is_some_and(|(_, told)| *told == Due::Over) {
                break;
            }
        }
        assert_eq!(utterance.samples().len() as u64 / FRAME as u64, utterance.now.0);
        due
    }

    #[test]
    fn a_complete_answer_may_end_soon_and_the_groups_of_a_row_are_one() {
        use Due::{Over, Try};
        use Part::{Lead, Pause, Speech};
        let digits = |min, max| Grammar::Digits { min, max };
        let yes = [(Lead, 15), (Speech, 6), (Pause, 200)];
        let row = [(Lead, 15), (Speech, 60), (Pause, 60), (Speech, 60), (Pause, 90), (Speech, 60), (Pause, 200)];
        let cases: [Case<'_>; 6] = [
            (Grammar::YesNo, &yes, &[(36, Try), (66, Over)]),
            (Grammar::Iin, &yes, &[(36, Try), (121, Over)]),
            (digits(4, 6), &yes, &[(66, Try), (121, Over)]),
            (Grammar::Number { min: 0, max: 900 }, &yes, &[(66, Over)]),
            (Grammar::Iin, &row, &[(90, Try), (210, Try), (360, Try), (445, Over)]),
            (Grammar::YesNo, &[(Lead, 15), (Speech, 2_000)], &[(1_000, Over)]),
        ];
        for (grammar, stretches, expected) in cases {
            assert_eq!(due(&grammar, stretches), expected, "{grammar:?} {stretches:?}");
        }
    }

    #[test]
    fn it_began_with_its_first_sound_and_not_with_what_is_kept_from_before() {
        let uttered = |tick, part| Uttered { listen: ListenId(1), tick: Tick(tick), voice: [0xD5; FRAME], part };
        let mut utterance = Utterance::new(Pauses::of(&[]), &uttered(1, Part::Lead));
        for tick in 1..=30 {
            utterance.push(&uttered(tick, if tick > 15 { Part::Speech } else { Part::Lead }));
        }
        assert_eq!(utterance.spoken(), Duration::from_millis(300));
    }
}
