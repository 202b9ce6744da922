//! How well a router does: figures over utterances whose topic is known, and over such as are none of ours.

use std::collections::{BTreeMap, BTreeSet};

use super::{Concepts, Router, Topic, Verdict};

/// The phrases are learnt so many times, each time without as large a part of them.
const FOLDS: usize = 10;

/// An utterance and the place of its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Which topic is meant.
    pub topic: usize,
    /// What is said.
    pub text: String,
}

/// What came of utterances that ask for a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many there were.
    pub utterances: usize,
    /// The right topic at once.
    pub matched: usize,
    /// A wrong topic without asking.
    pub silently_wrong: usize,
    /// "A or B?", the right one among the two.
    pub asked_rightly: usize,
    /// "A or B?", and neither is right.
    pub asked_wrongly: usize,
    /// Taken for none of ours.
    pub rejected: usize,
    /// The right topic stands first, whatever was decided.
    pub first: usize,
    /// It stands among the first three.
    pub among_three: usize,
    /// (meant, put first) → how often, where they differ.
    pub confusions: BTreeMap<(usize, usize), usize>,
}

/// What came of utterances that ask for nothing of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strange {
    /// How many there were.
    pub utterances: usize,
    /// Rightly taken for none of ours.
    pub rejected: usize,
    /// "A or B?"
    pub asked: usize,
    /// Taken for a topic: place in the list, topic.
    pub matched: Vec<(usize, usize)>,
}

impl Figures {
    /// Of these utterances.
    pub fn of<'a>(router: &Router, cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut figures = Self::default();
        for case in cases {
            figures.add(router, case);
        }
        figures
    }

    fn add(&mut self, router: &Router, case: &Case) {
        let route = router.route(&case.text);
        let place = route.ranked.iter().position(|ranked| ranked.topic == case.topic);
        self.utterances += 1;
        self.first += usize::from(place == Some(0));
        self.among_three += usize::from(place.is_some_and(|place| place < 3));
        *match route.verdict {
            Verdict::Match(topic) if topic == case.topic => &mut self.matched,
            Verdict::Match(_) => &mut self.silently_wrong,
            Verdict::Either(one, other) if [one, other].contains(&case.topic) => &mut self.asked_rightly,
            Verdict::Either(..) => &mut self.asked_wrongly,
            Verdict::Nothing => &mut self.rejected,
        } += 1;
        if let Some(best) = route.ranked.first().filter(|best| best.topic != case.topic) {
            *self.confusions.entry((case.topic, best.topic)).or_default() += 1;
        }
    }

    fn merge(&mut self, other: Self) {
        self.utterances += other.utterances;
        self.matched += other.matched;
        self.silently_wrong += other.silently_wrong;
        self.asked_rightly += other.asked_rightly;
        self.asked_wrongly += other.asked_wrongly;
        self.rejected += other.rejected;
        self.first += other.first;
        self.among_three += other.among_three;
        for (pair, times) in other.confusions {
            *self.confusions.entry(pair).or_default() += times;
        }
    }

    /// How many came to the right topic, at once or by "A or B?".
    pub fn right(&self) -> usize {
        self.matched + self.asked_rightly
    }

    /// The pairs that are confused most, the most frequent first.
    pub fn worst(&self) -> Vec<((usize, usize), usize)> {
        let mut pairs: Vec<_> = self.confusions.iter().map(|(pair, times)| (*pair, *times)).collect();
        pairs.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        pairs
    }
}

impl Strange {
    /// Of these utterances.
    pub fn of<'a>(router: &Router, utterances: impl IntoIterator<Item = &'a str>) -> Self {
        let mut strange = Self::default();
        for (at, text) in utterances.into_iter().enumerate() {
            strange.utterances += 1;
            match router.route(text).verdict {
                Verdict::Nothing => strange.rejected += 1,
                Verdict::Either(..) => strange.asked += 1,
                Verdict::Match(topic) => strange.matched.push((at, topic)),
            }
        }
        strange
    }
}

/// Each phrase but the titles, by a router that has not learnt it, nor the others of its tenth (ten-fold cross-validation). `phrases` says how many of a topic's are such.
pub fn cross_validated(topics: &[Topic], phrases: &[usize], concepts: &Concepts) -> Figures {
    let own = topics.iter().zip(phrases).flat_map(|(topic, count)| topic.phrases.iter().take(*count).copied());
    let all: Vec<&str> = own.collect();
    let mut figures = Figures::default();
    for fold in 0..FOLDS {
        let held: BTreeSet<&str> = all.iter().copied().skip(fold).step_by(FOLDS).collect();
        figures.merge(held_out(topics, concepts, |text| held.contains(text)));
    }
    figures
}

/// All phrases that are held out, by a router that has learnt the others.
pub fn held_out(topics: &[Topic], concepts: &Concepts, is_held_out: impl Fn(&str) -> bool) -> Figures {
    let mut learnt = topics.to_vec();
    let mut cases = Vec::new();
    for (at, topic) in learnt.iter_mut().enumerate() {
        let (held, kept): (Vec<&str>, Vec<&str>) = topic.phrases.iter().partition(|phrase| is_held_out(phrase));
        cases.extend(held.into_iter().map(|text| Case { topic: at, text: text.to_owned() }));
        topic.phrases = kept;
    }
    Figures::of(&Router::new(learnt, concepts.clone()), &cases)
}
