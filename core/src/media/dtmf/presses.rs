//! Which arrivals are one press: a key may come as an event, as a tone that a gateway let through, and as an INFO, in any order.

use arrayvec::ArrayVec;

use crate::key::Key;
use crate::media::KeyMethod;
use crate::time::Tick;

/// Presses that are kept for comparison.
const PRESSES_MAX: usize = 16;
/// How long after it was last heard of a press may still arrive by its slowest way. Devices that send both an event and an INFO send the latter when the key is released,
/// over a proxy or two; a tone waits in the playout buffer. A second is ample. It costs nothing to wait long, since two presses that came the same way are never taken for one.
const SAME_PRESS_TICKS: u64 = 50;

/// The presses of the last moments, to know again what comes a second time another way.
#[derive(Debug, Default)]
pub(in crate::media) struct Presses(ArrayVec<Press, PRESSES_MAX>);

#[derive(Debug)]
struct Press {
    key: Key,
    /// When it was last heard of.
    at: Tick,
    came: Ways,
}

/// The methods by which a press has come.
#[derive(Debug, Default)]
struct Ways {
    event: bool,
    tone: bool,
    info: bool,
}

impl Ways {
    fn of(&mut self, method: KeyMethod) -> &mut bool {
        match method {
            KeyMethod::Event => &mut self.event,
            KeyMethod::Tone => &mut self.tone,
            KeyMethod::Info => &mut self.info,
        }
    }

    /// Takes in an arrival of the same key; `false` when it is of another press. A gateway that sends events may let the beginning and the end of the tone through, so
    /// beside an event any number of tones is one press.
    fn takes(&mut self, method: KeyMethod) -> bool {
        let leaked = method == KeyMethod::Tone && self.event;
        !std::mem::replace(self.of(method), true) || leaked
    }
}

impl Presses {
    /// Whether this is a press of its own, and not an earlier one that now comes another way too.
    pub(in crate::media) fn is_new(&mut self, key: Key, method: KeyMethod, now: Tick) -> bool {
        self.0.retain(|press| now.0.saturating_sub(press.at.0) <= SAME_PRESS_TICKS);
        if self.0.iter_mut().any(|press| press.key == key && press.came.takes(method)) {
            return false;
        }
        if self.0.is_full() {
            self.0.remove(0);
        }
        let mut came = Ways::default();
        *came.of(method) = true;
        self.0.push(Press { key, at: now, came });
        true
    }

    /// The key is still down: its press lives on, so that what is only said of it at its release finds it.
    pub(in crate::media) fn hold(&mut self, key: Key, method: KeyMethod, now: Tick) {
        let mut presses = self.0.iter_mut().rev().filter(|press| press.key == key);
        if let Some(press) = presses.find_map(|press| press.came.of(method).then_some(press)) {
            press.at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KeyMethod::{Event, Info, Tone};

    #[track_caller]
    fn check(presses: &[(KeyMethod, u64)], expected: usize) {
        let mut book = Presses::default();
        let told = presses.iter().filter(|(method, at)| book.is_new(Key::ZERO, *method, Tick(*at))).count();
        assert_eq!(told, expected, "{presses:?}");
    }

    #[test]
    fn one_press_by_two_ways_counts_once_and_two_presses_count_twice() {
        check(&[(Event, 0), (Info, 8)], 1);
        check(&[(Info, 0), (Event, 2)], 1);
        check(&[(Event, 0), (Event, 9)], 2);
        check(&[(Event, 0), (Event, 9), (Info, 10), (Info, 18)], 2);
        check(&[(Event, 0), (Info, 8), (Info, 16)], 2);
        check(&[(Event, 0), (Info, 51)], 2);
        check(&[(Event, 0); 40], 40);
        check(&[(Tone, 0), (Tone, 9)], 2);
    }

    #[test]
    fn by_three_ways_in_any_order_it_is_one() {
        for order in
            [[Event, Tone, Info], [Event, Info, Tone], [Tone, Event, Info], [Tone, Info, Event], [Info, Event, Tone], [Info, Tone, Event]]
        {
            check(&[(order[0], 0), (order[1], 4), (order[2], 12)], 1);
            check(&[(order[0], 0), (order[1], 4), (order[2], 12), (order[0], 20), (order[1], 24), (order[2], 32)], 2);
        }
    }

    #[test]
    fn a_tone_that_leaks_before_and_after_its_event_is_no_second_press() {
        check(&[(Tone, 0), (Event, 2), (Tone, 12)], 1);
        check(&[(Event, 0), (Tone, 2), (Tone, 9), (Event, 14), (Tone, 16)], 2);
        check(&[(Tone, 0), (Event, 2), (Tone, 12), (Event, 14), (Tone, 22)], 2);
    }

    #[test]
    fn what_is_said_at_the_release_of_a_long_press_finds_it() {
        let mut book = Presses::default();
        assert!(book.is_new(Key::ZERO, Tone, Tick(0)));
        (1..200).for_each(|at| book.hold(Key::ZERO, Tone, Tick(at)));
        book.hold(Key::STAR, Tone, Tick(400));
        assert!(!book.is_new(Key::ZERO, Event, Tick(205)));
        assert!(book.is_new(Key::ZERO, Event, Tick(210)));
    }
}
