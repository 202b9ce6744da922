//! Holds what was heard back until it is known whether it is private, and puts silence in the place of what is.
//!
//! That a span is private is known late: the call's task may be slow, and a tone within the voice sounds before it is recognised. Hence a span begins [`LEAD`] before the
//! moment that is marked. It ends [`TAIL`] after it, and not while a key still sounds: the last key of a row is known at its beginning. While the robot says something private
//! the caller's side is silent as well, since a telephone line gives back an echo of what it was told.

use std::collections::VecDeque;

use dauys_core::media::{FRAME, Frame, SILENCE, Taped};
use dauys_core::time::Tick;

use super::Moment;

/// Ticks of silence before a private moment, for which frames are held back: 1 s.
pub(super) const LEAD: u64 = 50;
/// Ticks of silence after it: 1 s.
pub(super) const TAIL: u64 = 50;
/// Ticks of silence after the last that sounds like a key: 100 ms.
const RELEASE: u64 = 5;

/// What may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Public {
    pub(super) tick: Tick,
    pub(super) heard: Frame,
    pub(super) said: Frame,
    pub(super) taped: Option<Taped>,
}

/// The frames of one call that are held back.
#[derive(Debug, Default)]
pub(super) struct Holdback {
    held: VecDeque<Public>,
    newest: Tick,
    /// The last tick that is private.
    until: Option<Tick>,
}

impl Holdback {
    /// Takes the next moment of the call.
    pub(super) fn take(&mut self, moment: Moment) {
        if moment.private {
            // Where moments are missing, what is private may have begun in them.
            let is_gap = self.newest.0 + 1 < moment.tick.0;
            self.silence_from(if is_gap { 0 } else { moment.tick.0.saturating_sub(LEAD) });
        }
        self.newest = moment.tick;
        if moment.private || moment.said.is_none() {
            self.extend(moment.tick, TAIL);
        }
        let is_private = self.until.is_some_and(|until| moment.tick <= until);
        if is_private && sounds_like_key(&moment.heard) {
            self.extend(moment.tick, RELEASE);
        }
        let heard = if is_private { [SILENCE; FRAME] } else { moment.heard };
        self.held.push_back(Public { tick: moment.tick, heard, said: moment.said.unwrap_or([SILENCE; FRAME]), taped: moment.taped });
    }

    /// The next frame that may be written. When the call `is_over` nothing is held back any longer.
    pub(super) fn next(&mut self, is_over: bool) -> Option<Public> {
        let is_known = self.held.front().is_some_and(|public| public.tick.0 + LEAD < self.newest.0);
        if is_known || is_over { self.held.pop_front() } else { None }
    }

    fn silence_from(&mut self, tick: u64) {
        for public in self.held.iter_mut().rev().take_while(|public| public.tick.0 >= tick) {
            public.heard = [SILENCE; FRAME];
        }
    }

    fn extend(&mut self, tick: Tick, ticks: u64) {
        self.until = self.until.max(Some(Tick(tick.0 + ticks)));
    }
}

/// The frequencies of the keys (ITU-T Q.23): of rows, of columns.
const GROUPS: [[f32; 4]; 2] = [[697.0, 770.0, 852.0, 941.0], [1209.0, 1336.0, 1477.0, 1633.0]];
/// The share of a frame's energy that each of a key's two tones has at least: half each when both are equally loud and nothing else sounds.
const SHARE_MIN: f32 = 0.1;

/// Whether both groups have a tone that stands out. Speech may do so, too; then a little more than needed is silent.
fn sounds_like_key(frame: &Frame) -> bool {
    let samples = frame.map(|byte| f32::from(audio_codec_algorithms::decode_alaw(byte)));
    let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
    let loudest = |group: &[f32; 4]| group.iter().map(|hz| power(&samples, *hz)).fold(0.0, f32::max);
    energy > 0.0 && GROUPS.iter().all(|group| loudest(group) > SHARE_MIN * energy)
}

/// The energy of a frequency in the samples (Goertzel).
fn power(samples: &[f32; FRAME], hz: f32) -> f32 {
    let turn = 2.0 * (std::f32::consts::TAU * hz / 8000.0).cos();
    let (one, two) = samples.iter().fold((0.0, 0.0), |(one, two), sample| (sample + turn * one - two, one));
    (one * one + two * two - turn * one * two) * 2.0 / FRAME as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the caller said in these ticks, as a byte a tick; 0 where silence stands in its place.
    fn heard(ticks: impl IntoIterator<Item = u64>, private: impl Fn(u64) -> bool, says_private: impl Fn(u64) -> bool) -> Vec<(u64, bool)> {
        let mut holdback = Holdback::default();
        let mut out = Vec::new();
        for tick in ticks {
            let said = (!says_private(tick)).then_some([7; FRAME]);
            holdback.take(Moment { tick: Tick(tick), heard: [1; FRAME], said, private: private(tick), taped: None });
            while let Some(public) = holdback.next(false) {
                assert!(public.tick.0 + LEAD < tick, "held back");
                out.push(public);
            }
        }
        while let Some(public) = holdback.next(true) {
            out.push(public);
        }
        for public in &out {
            assert_eq!(public.said[0] == SILENCE, says_private(public.tick.0), "{:?}", public.tick);
        }
        out.iter().map(|public| (public.tick.0, public.heard[0] == SILENCE)).collect()
    }

    fn silent(frames: &[(u64, bool)]) -> Vec<u64> {
        frames.iter().filter(|(_, silent)| *silent).map(|(tick, _)| *tick).collect()
    }

    #[test]
    fn silence_begins_before_what_is_private_and_ends_after_it() {
        let frames = heard(1..=400, |tick| (200..210).contains(&tick), |_| false);
        assert_eq!(frames.len(), 400);
        assert_eq!(silent(&frames), (200 - LEAD..=209 + TAIL).collect::<Vec<_>>());
        assert_eq!(silent(&heard(1..=400, |_| false, |_| false)), [0; 0]);
        assert_eq!(silent(&heard(1..=400, |tick| tick == 1, |_| false)), (1..=1 + TAIL).collect::<Vec<_>>());
    }

    #[test]
    fn an_echo_of_what_is_private_is_silent_too() {
        let frames = heard(1..=400, |_| false, |tick| (200..210).contains(&tick));
        assert_eq!(silent(&frames), (200..=209 + TAIL).collect::<Vec<_>>());
    }

    #[test]
    fn where_moments_are_lost_what_is_private_may_have_begun_in_them() {
        let came = (1..=400).filter(|tick| !(160..205).contains(tick));
        let frames = heard(came, |tick| (200..210).contains(&tick), |_| false);
        assert_eq!(silent(&frames), (159 - LEAD..160).chain(205..=209 + TAIL).collect::<Vec<_>>());
    }

    fn tones(pair: &[f32], amplitude: f32) -> Frame {
        std::array::from_fn(|at| {
            let sample: f32 = pair.iter().map(|hz| (std::f32::consts::TAU * hz * at as f32 / 8000.0).sin() * amplitude).sum();
            audio_codec_algorithms::encode_alaw(sample as i16)
        })
    }

    #[test]
    fn a_key_that_is_held_down_stays_private_until_it_is_let_go() {
        let key = tones(&[770.0, 1336.0], 6000.0);
        let mut holdback = Holdback::default();
        let mut heard = Vec::new();
        for tick in 1..=300 {
            let frame = if (11..200).contains(&tick) { key } else { [1; FRAME] };
            holdback.take(Moment { tick: Tick(tick), heard: frame, said: Some([1; FRAME]), private: tick == 12, taped: None });
            heard.extend(std::iter::from_fn(|| holdback.next(tick == 300)));
        }
        let last = heard.iter().rfind(|public| public.heard == [SILENCE; FRAME]).unwrap();
        assert_eq!(last.tick, Tick(199 + RELEASE));
        assert!(heard.iter().all(|public| public.heard != key));
    }

    #[test]
    fn one_tone_is_no_key_and_neither_is_silence() {
        for (pair, is_key) in
            [(&[697.0, 1209.0][..], true), (&[941.0, 1633.0], true), (&[697.0], false), (&[1336.0], false), (&[425.0], false)]
        {
            assert_eq!(sounds_like_key(&tones(pair, 3000.0)), is_key, "{pair:?}");
        }
        assert!(!sounds_like_key(&[SILENCE; FRAME]));
    }
}
