//! Whether the caller begins to speak while somebody listens, and what a recogniser is given of it: the utterance tick by tick, from a little before its first loud one on.
//!
//! Where an utterance ends is for its listener to say, who knows what is asked; here it is over only after a pause in which nobody would go on. A key is no speech, and ends it.
//! What the line brings back of our own voice is no speech either: while something plays, a caller must be louder than its echo. How loud that is at most is learnt from what
//! comes back.

use super::gate::{Gate, power};
use super::sinusoid::MILLIWATT;
use super::{FRAME, Frame, ListenId, Part, SILENCE, Uttered};
use crate::time::Tick;

/// Loud ticks with which speech begins: 80 ms. A short yes has 120 ms, a click 40.
const BEGINS: u8 = 4;
/// The same while something plays.
const BEGINS_OVER: u8 = 5;
/// Loud ticks with which it goes on after a pause.
const GOES_ON: u8 = 2;
/// So many ticks before the one with which speech was noticed belong to it: the first letters are quiet.
pub(super) const LEAD: usize = 15;
/// After so many quiet ticks it is over: two seconds, as long as people pause between the groups of a row.
const PAUSE: u16 = 100;
/// The longest utterance, in ticks: twenty seconds.
const LONGEST: u16 = 1_000;
/// For so many ticks after a key nobody speaks: what is heard is its tone.
const AFTER_KEY: u64 = 8;

/// The endpointer.
#[derive(Debug)]
pub(super) struct Endpointer {
    listen: Option<ListenId>,
    gate: Gate,
    echo: Echo,
    /// The last ticks, the next one's place, and how many of them nobody has been given yet.
    before: [Frame; LEAD],
    next: usize,
    kept: usize,
    utterance: Option<Utterance>,
    /// The gate has been open since before.
    was_open: bool,
    /// Until then a key sounds.
    key_until: Tick,
}

#[derive(Debug, Default)]
struct Utterance {
    quiet: u16,
    ticks: u16,
}

impl Default for Endpointer {
    fn default() -> Self {
        Self {
            listen: None,
            gate: Gate::breathing(),
            echo: Echo::default(),
            before: [[SILENCE; FRAME]; LEAD],
            next: 0,
            kept: 0,
            utterance: None,
            was_open: false,
            key_until: Tick(0),
        }
    }
}

impl Endpointer {
    /// From now on this one listens, or nobody. An utterance that was begun is nobody's.
    pub(super) fn listen(&mut self, listen: Option<ListenId>) {
        self.listen = listen;
        self.utterance = None;
    }

    /// A key sounds.
    pub(super) fn key(&mut self, now: Tick, out: &mut impl FnMut(Uttered)) {
        self.key_until = Tick(now.0 + AFTER_KEY);
        self.kept = 0;
        self.gate.close();
        self.break_off(now, out);
    }

    /// The caller cannot be heard: the line is on hold.
    pub(super) fn hold(&mut self, now: Tick, out: &mut impl FnMut(Uttered)) {
        self.gate.close();
        self.break_off(now, out);
    }

    fn break_off(&mut self, now: Tick, out: &mut impl FnMut(Uttered)) {
        if let (Some(_), Some(listen)) = (self.utterance.take(), self.listen) {
            out(Uttered { listen, tick: now, voice: [SILENCE; FRAME], part: Part::Broken });
        }
    }

    /// A tick of the caller; for whom somebody has begun to speak in it.
    pub(super) fn hear(&mut self, now: Tick, heard: &Frame, out: &mut impl FnMut(Uttered)) -> Option<ListenId> {
        let listen = self.listen?;
        let power = power(heard);
        let echo = self.echo.least();
        let begins = match (&self.utterance, echo > 0.0) {
            (Some(_), _) => GOES_ON,
            (None, true) => BEGINS_OVER,
            (None, false) => BEGINS,
        };
        let open = self.gate.hear(power, begins, echo) && now > self.key_until;
        self.echo.learn(power, open);
        let begun = open && !self.was_open && self.utterance.is_none();
        self.was_open = open;
        if begun {
            self.lead(now, listen, out);
            self.utterance = Some(Utterance::default());
        }
        match &mut self.utterance {
            Some(utterance) => {
                let part = if open { Part::Speech } else { Part::Pause };
                out(Uttered { listen, tick: now, voice: *heard, part });
                utterance.ticks += 1;
                utterance.quiet = if open { 0 } else { utterance.quiet + 1 };
                if utterance.quiet >= PAUSE || utterance.ticks >= LONGEST {
                    self.utterance = None;
                }
            }
            None => self.keep(heard),
        }
        begun.then_some(listen)
    }

    /// What is being said to the caller in this tick.
    pub(super) fn said(&mut self, said: &Frame) {
        if self.listen.is_some() {
            self.echo.said(power(said));
        }
    }

    fn keep(&mut self, heard: &Frame) {
        self.before[self.next] = *heard;
        self.next = (self.next + 1) % LEAD;
        self.kept = (self.kept + 1).min(LEAD);
    }

    fn lead(&mut self, now: Tick, listen: ListenId, out: &mut impl FnMut(Uttered)) {
        let kept = std::mem::take(&mut self.kept);
        for back in (1..=kept).rev() {
            let voice = self.before[(self.next + LEAD - back) % LEAD];
            out(Uttered { listen, tick: Tick(now.0.saturating_sub(back as u64)), voice, part: Part::Lead });
        }
    }
}

/// The longest way of an echo, in ticks: 640 ms.
const ECHO_WAY: usize = 32;
/// At first an echo is taken to be 12 dB below what is said; at best it is learnt to be 26 dB below.
const LOUD_ECHO: f32 = 0.063;
const FAINT_ECHO: f32 = 0.0025;
/// How fast it is learnt to be fainter: 4 dB a second.
const LEARNS: f32 = 0.98;
/// What is weaker is no voice of ours: -45 dBm0.
const UNSAID: f32 = MILLIWATT * 3.2e-5;

/// How loud our own voice comes back at most.
#[derive(Debug)]
struct Echo {
    /// The power of what was said of late.
    said: [f32; ECHO_WAY],
    at: usize,
    /// What comes back of it.
    share: f32,
}

impl Default for Echo {
    fn default() -> Self {
        Self { said: [0.0; ECHO_WAY], at: 0, share: LOUD_ECHO }
    }
}

impl Echo {
    fn said(&mut self, power: f32) {
        self.said[self.at] = power;
        self.at = (self.at + 1) % ECHO_WAY;
    }

    /// What a caller must be louder than; 0 while nothing is said.
    fn least(&self) -> f32 {
        let said = self.said.iter().copied().fold(0.0, f32::max);
        if said > UNSAID { said * self.share } else { 0.0 }
    }

    /// A tick in which the caller speaks or does not: what came back was far below what might have.
    fn learn(&mut self, power: f32, speaks: bool) {
        let least = self.least();
        if least > 0.0 && !speaks && power * 4.0 < least {
            self.share = (self.share * LEARNS).max(FAINT_ECHO);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::codec::g711::alaw;
    use super::*;

    /// So loud a tick, in dBm0: a tone stands for a voice, and a soft noise is on every line.
    fn tick(dbm0: f32, nth: u64) -> Frame {
        let amplitude = (MILLIWATT * 10_f32.powf(dbm0 / 10.0) * 2.0).sqrt();
        std::array::from_fn(|at| alaw((((nth as usize * FRAME + at) as f32 * 0.31).sin() * amplitude) as i16))
    }

    /// How long, how loud the caller is, and how loud what is played meanwhile.
    type Stretch = (u64, f32, f32);

    /// What is called so, what is heard, the ticks of keys, and what is told.
    type Case<'c> = (&'c str, &'c [Stretch], &'c [u64], &'c [&'c str]);

    const QUIET: f32 = -60.0;
    const NOTHING: f32 = -90.0;

    /// What was told of stretches: the tick in which speech began, after how many that were kept; the tick in which it was broken off.
    fn told(stretches: &[Stretch], keys: &[u64]) -> Vec<String> {
        let mut endpointer = Endpointer::default();
        endpointer.listen(Some(ListenId(1)));
        let mut lines: Vec<String> = Vec::new();
        let levels = stretches.iter().flat_map(|(ticks, heard, said)| std::iter::repeat_n((*heard, *said), *ticks as usize));
        for (nth, (heard, said)) in (1..).zip(levels) {
            let mut parts: Vec<Part> = Vec::new();
            let mut out = |uttered: Uttered| {
                assert_eq!(uttered.listen, ListenId(1));
                parts.push(uttered.part);
            };
            if keys.contains(&nth) {
                endpointer.key(Tick(nth), &mut out);
            }
            let begun = endpointer.hear(Tick(nth), &tick(heard, nth), &mut out);
            endpointer.said(&tick(said, nth));
            if begun.is_some() {
                lines.push(format!("{nth} after {}", parts.iter().filter(|part| **part == Part::Lead).count()));
            }
            if parts.contains(&Part::Broken) {
                lines.push(format!("{nth} broken"));
            }
        }
        lines
    }

    #[test]
    fn speech_is_told_after_80_ms_and_noise_is_none() {
        let cases: [Case<'_>; 14] = [
            ("nobody speaks", &[(500, QUIET, NOTHING)], &[], &[]),
            ("a yes of 120 ms", &[(50, QUIET, NOTHING), (6, -20.0, NOTHING), (200, QUIET, NOTHING)], &[], &["54 after 15"]),
            ("from the first tick on", &[(10, -18.0, NOTHING), (200, QUIET, NOTHING)], &[], &["4 after 3"]),
            (
                "clicks",
                &[(50, QUIET, NOTHING), (3, -5.0, NOTHING), (7, QUIET, NOTHING), (2, -5.0, NOTHING), (99, QUIET, NOTHING)],
                &[],
                &[],
            ),
            ("a soft voice", &[(50, QUIET, NOTHING), (9, -40.0, NOTHING), (99, QUIET, NOTHING)], &[], &["54 after 15"]),
            ("steady noise", &[(500, -33.0, NOTHING)], &[], &[]),
            ("a voice in it", &[(100, -33.0, NOTHING), (20, -18.0, NOTHING), (99, -33.0, NOTHING)], &[], &["104 after 15"]),
            (
                "a row with pauses of a second is one utterance",
                &[(50, QUIET, NOTHING), (20, -20.0, NOTHING), (50, QUIET, NOTHING), (20, -20.0, NOTHING), (99, QUIET, NOTHING)],
                &[],
                &["54 after 15"],
            ),
            (
                "after two seconds it is another",
                &[(50, QUIET, NOTHING), (20, -20.0, NOTHING), (120, QUIET, NOTHING), (20, -20.0, NOTHING)],
                &[],
                &["54 after 15", "194 after 15"],
            ),
            ("a machine that is switched on speaks once", &[(50, QUIET, NOTHING), (3_000, -15.0, NOTHING)], &[], &["54 after 15"]),
            ("our echo, 15 dB below", &[(20, QUIET, NOTHING), (300, -30.0, -15.0)], &[], &[]),
            ("our echo, 30 dB below", &[(20, QUIET, NOTHING), (300, -45.0, -15.0)], &[], &[]),
            (
                "a caller over our voice and its faint echo",
                &[(20, QUIET, NOTHING), (100, -50.0, -15.0), (20, -25.0, -15.0), (99, QUIET, NOTHING)],
                &[],
                &["125 after 15"],
            ),
            (
                "a key breaks an utterance off, and is none",
                &[(50, QUIET, NOTHING), (20, -15.0, NOTHING), (99, QUIET, NOTHING)],
                &[60, 64],
                &["54 after 15", "60 broken"],
            ),
        ];
        for (name, stretches, keys, expected) in cases {
            assert_eq!(told(stretches, keys), expected, "{name}");
        }
    }

    #[test]
    fn an_utterance_is_given_whole_from_before_its_beginning_to_its_pause() {
        let mut endpointer = Endpointer::default();
        endpointer.listen(Some(ListenId(1)));
        let mut uttered = Vec::new();
        for nth in 1..300 {
            let loud = (50..70).contains(&nth) || (90..100).contains(&nth);
            endpointer.hear(Tick(nth), &tick(if loud { -20.0 } else { QUIET }, nth), &mut |one| uttered.push(one));
        }
        let ticks: Vec<u64> = uttered.iter().map(|one| one.tick.0).collect();
        assert_eq!(ticks, (53 - 15..=99 + 100).collect::<Vec<_>>());
        assert!(uttered.iter().all(|one| one.voice
            == tick(
                if one.part == Part::Speech || one.tick.0 >= 50 && one.part == Part::Lead || (90..92).contains(&one.tick.0) {
                    -20.0
                } else {
                    QUIET
                },
                one.tick.0
            )));
        let parts = |part| uttered.iter().filter(|one| one.part == part).count();
        assert_eq!([Part::Lead, Part::Speech, Part::Pause, Part::Broken].map(parts), [15, 17 + 9, 20 + 1 + 100, 0]);
    }

    #[test]
    fn nobody_is_told_while_nobody_listens_and_a_new_listener_hears_what_is_new() {
        let mut endpointer = Endpointer::default();
        let mut begun = Vec::new();
        for nth in 1..400 {
            match nth {
                100 => endpointer.listen(Some(ListenId(1))),
                200 => endpointer.listen(Some(ListenId(2))),
                300 => endpointer.listen(None),
                _ => {}
            }
            let loud = [50, 110, 195, 250, 350].iter().any(|from| (*from..*from + 10).contains(&nth));
            if let Some(listen) = endpointer.hear(Tick(nth), &tick(if loud { -20.0 } else { QUIET }, nth), &mut |_| {}) {
                begun.push((nth, listen.0));
            }
        }
        assert_eq!(begun, [(113, 1), (253, 2)]);
    }
}
