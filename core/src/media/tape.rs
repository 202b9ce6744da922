//! A message being recorded: which ticks belong to it, whether anybody speaks in them, and when it is over. It keeps no sound and no table, so a tick allocates nothing.
use super::gate::{Gate, power};
use super::{Frame, RecordEnd, Taped};
use crate::utterance::MessageId;

/// Ticks of speech that are a message: half a second. A cough is none.
const ENOUGH: u32 = 25;
/// Ticks above the threshold that begin speech.
const BEGINS: u8 = 3;

/// A message.
#[derive(Debug)]
pub(super) struct Tape {
    message: MessageId,
    /// Ticks of silence that end it, and how many of them have passed.
    silence: u64,
    quiet: u64,
    /// Ticks that are left.
    left: u64,
    spoken: u32,
    gate: Gate,
}

/// What a tick comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing new.
    Nothing,
    /// With it, enough has been spoken.
    Spoke,
    /// It was the last.
    Over(RecordEnd),
}

impl Tape {
    /// A message that begins with the next tick.
    pub(super) fn new(message: MessageId, silence: u64, most: u64) -> Self {
        Self { message, silence, quiet: 0, left: most, spoken: 0, gate: Gate::default() }
    }

    pub(super) const fn message(&self) -> MessageId {
        self.message
    }

    pub(super) const fn taped(&self) -> Taped {
        Taped { message: self.message, enough: self.spoken >= ENOUGH }
    }

    /// A tick of the caller; `None` where the caller cannot be heard: the line is on hold.
    pub(super) fn hear(&mut self, heard: Option<&Frame>) -> Told {
        let speaks = heard.is_some_and(|heard| self.gate.hear(power(heard), BEGINS, 0.0));
        (self.quiet, self.spoken) = if speaks { (0, self.spoken + 1) } else { (self.quiet + 1, self.spoken) };
        self.left = self.left.saturating_sub(1);
        if self.quiet >= self.silence {
            Told::Over(RecordEnd::Silence)
        } else if self.left == 0 {
            Told::Over(RecordEnd::Full)
        } else if speaks && self.spoken == ENOUGH {
            Told::Spoke
        } else {
            Told::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::FRAME;
    use super::super::codec::g711::alaw;
    use super::super::sinusoid::MILLIWATT;
    use super::*;

    /// So loud a tick, in dBm0: a tone stands for a voice, and a soft noise is on every line.
    fn tick(dbm0: f32, nth: u64) -> Frame {
        let amplitude = (MILLIWATT * 10_f32.powf(dbm0 / 10.0) * 2.0).sqrt();
        std::array::from_fn(|at| alaw((((nth as usize * FRAME + at) as f32 * 0.31).sin() * amplitude) as i16))
    }

    /// What becomes of a message of stretches of (ticks, dBm0), ended by 100 ticks of silence: at which tick it was told what.
    fn told(stretches: &[(u64, f32)]) -> Vec<(u64, Told)> {
        let mut tape = Tape::new(MessageId(1), 100, 1_000);
        let levels = stretches.iter().flat_map(|(ticks, dbm0)| std::iter::repeat_n(*dbm0, *ticks as usize));
        let mut told = Vec::new();
        for (nth, level) in (1..).zip(levels) {
            match tape.hear(Some(&tick(level, nth))) {
                Told::Nothing => {}
                other => told.push((nth, other)),
            }
            if matches!(told.last(), Some((_, Told::Over(_)))) {
                break;
            }
        }
        told
    }

    /// What is called so, what is heard (for how many ticks, how loud), and what is told when.
    type Case<'c> = (&'c str, &'c [(u64, f32)], &'c [(u64, Told)]);

    #[test]
    fn a_message_is_over_after_its_silence_and_no_pause_is_one() {
        use RecordEnd::{Full, Silence};
        const NOISE: f32 = -60.0;
        let cases: [Case<'_>; 9] = [
            ("nobody speaks", &[(500, NOISE)], &[(100, Told::Over(Silence))]),
            (
                "speech, a pause of a second, speech",
                &[(10, NOISE), (60, -20.0), (50, NOISE), (60, -20.0), (500, NOISE)],
                &[(37, Told::Spoke), (280, Told::Over(Silence))],
            ),
            ("a cough", &[(20, NOISE), (10, -10.0), (500, NOISE)], &[(130, Told::Over(Silence))]),
            ("clicks", &[(2, -10.0), (8, NOISE), (2, -10.0), (8, NOISE), (500, NOISE)], &[(100, Told::Over(Silence))]),
            ("a soft voice", &[(10, NOISE), (60, -40.0), (500, NOISE)], &[(37, Told::Spoke), (170, Told::Over(Silence))]),
            ("from the first tick on", &[(60, -15.0), (500, NOISE)], &[(27, Told::Spoke), (160, Told::Over(Silence))]),
            ("in a noisy street", &[(10, -35.0), (60, -18.0), (500, -35.0)], &[(37, Told::Spoke), (170, Told::Over(Silence))]),
            ("noise alone", &[(500, -35.0)], &[(100, Told::Over(Silence))]),
            ("without an end", &[(10, NOISE), (2_000, -20.0)], &[(37, Told::Spoke), (1_000, Told::Over(Full))]),
        ];
        for (name, stretches, expected) in cases {
            assert_eq!(told(stretches), expected, "{name}");
        }
    }

    #[test]
    fn on_hold_nobody_speaks() {
        let mut tape = Tape::new(MessageId(1), 100, 1_000);
        let told: Vec<_> = (0..100).map(|_| tape.hear(None)).filter(|told| *told != Told::Nothing).collect();
        assert_eq!((told, tape.taped().enough), (vec![Told::Over(RecordEnd::Silence)], false));
    }
}
