//! A caller: a small closed policy with parameters. It knows what a person knows: what is asked, whether the robot speaks, and what it wants.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Serialize;

use super::dice::Dice;
use super::words::{self, Purpose};
use crate::flow::graph::{Act, Menu, Program, PromptId};
use crate::grammar::Grammar;
use crate::heard::Heard;
use crate::interpreter::Expects;
use crate::key::Key;
use crate::lang::Lang;
use crate::time::CallTime;

/// What a caller is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// Hears prompts out and answers what is asked.
    Patient,
    /// Says and presses nothing.
    Silent,
    /// Interrupts, and soon wants a person.
    Impatient,
    /// Answers wrongly: rows that are none, keys nobody has, words about something else.
    Wrong,
    /// Mixes the two languages within a sentence.
    Mixed,
    /// Says something, and takes it back.
    Correcting,
    /// Uses what may be said everywhere: back, repeat, the other language.
    Wandering,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Patient, Self::Silent, Self::Impatient, Self::Wrong, Self::Mixed, Self::Correcting, Self::Wandering];

    /// How many of a hundred callers are so.
    const fn weight(self) -> u64 {
        match self {
            Self::Patient => 34,
            Self::Silent => 8,
            Self::Impatient => 16,
            Self::Wrong => 12,
            Self::Mixed => 10,
            Self::Correcting => 10,
            Self::Wandering => 10,
        }
    }

    const fn temper(self) -> Temper {
        let even = Temper { answers: 94, wrong: 2, operator: 1, commands: 1, interrupts: 8, corrects: 2, mixes: 3 };
        match self {
            Self::Patient => even,
            Self::Silent => Temper { answers: 0, wrong: 0, operator: 0, commands: 0, interrupts: 0, ..even },
            Self::Impatient => Temper { answers: 62, operator: 18, wrong: 8, interrupts: 80, ..even },
            Self::Wrong => Temper { answers: 12, wrong: 80, ..even },
            Self::Mixed => Temper { mixes: 100, ..even },
            Self::Correcting => Temper { corrects: 55, ..even },
            Self::Wandering => Temper { answers: 60, commands: 32, interrupts: 25, ..even },
        }
    }

    fn thrown(dice: &mut Dice) -> Self {
        let mut left = dice.below(Self::ALL.iter().map(|manner| manner.weight()).sum());
        for manner in Self::ALL {
            match left.checked_sub(manner.weight()) {
                Some(rest) => left = rest,
                None => return manner,
            }
        }
        Self::Patient
    }
}

/// The parameters of a manner, in a hundred. What is left of `answers`, `wrong`, `operator` and `commands` is silence.
#[derive(Clone, Copy, Debug)]
struct Temper {
    answers: u64,
    wrong: u64,
    operator: u64,
    commands: u64,
    /// Prompts that are not heard out.
    interrupts: u64,
    corrects: u64,
    mixes: u64,
}

/// How a caller answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    Keys,
    Words,
    Both,
}

/// What a caller does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Presses a key.
    Key(Key),
    /// Says something: what a recogniser makes of it.
    Say(Heard),
    /// Speaks a message for so long.
    Speak(Duration),
    /// Hangs up.
    HangUp,
}

/// What a caller makes up its mind to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Intent {
    Answer,
    Fail,
    Operator,
    Command,
    Nothing,
}

/// One caller.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    manner: Manner,
    means: Means,
    lang: Lang,
    /// In a hundred: how often the recogniser errs.
    errors: u64,
    /// Changes its language now and then.
    fickle: bool,
    /// Hangs up after so many things have happened.
    leaves: Option<u64>,
    /// How often it has chosen what: somebody who has heard one thing wants another.
    chosen: BTreeMap<(PromptId, usize), u32>,
    dice: Dice,
    plan: VecDeque<(CallTime, Deed)>,
    /// When it makes up its mind.
    thinks: Option<CallTime>,
}

/// What a caller can know of the call.
pub(super) struct Scene<'a> {
    pub(super) program: &'a Program,
    pub(super) expects: Expects,
    /// What the step at hand does.
    pub(super) act: Option<&'a Act>,
}

impl Caller {
    pub(super) fn new(mut dice: Dice) -> Self {
        let manner = Manner::thrown(&mut dice);
        let means = [Means::Keys, Means::Words, Means::Both][dice.below(3) as usize];
        let lang = Lang::ALL[dice.below(2) as usize];
        let errors = [0, 5, 15, 40][dice.below(4) as usize];
        let leaves = dice.percent(20).then(|| dice.below(40));
        let fickle = dice.percent(10);
        Self { manner, means, lang, errors, fickle, leaves, chosen: BTreeMap::new(), dice, plan: VecDeque::new(), thinks: None }
    }

    pub(super) const fn manner(&self) -> Manner {
        self.manner
    }

    /// When it does or decides something next.
    pub(super) fn due(&self) -> Option<CallTime> {
        self.plan.front().map(|(at, _)| *at).or(self.thinks)
    }

    /// The robot begins to speak, for so long.
    pub(super) fn hears(&mut self, now: CallTime, length: Duration) {
        if self.dice.percent(self.manner.temper().interrupts) {
            let after = self.dice.below(length.as_millis() as u64);
            self.think(now, after);
        }
        self.stays(now);
    }

    /// The robot has spoken.
    pub(super) fn heard_out(&mut self, now: CallTime) {
        let after = if self.dice.percent(5) { self.dice.between(5_000, 9_000) } else { self.dice.between(250, 2_600) };
        self.think(now, after);
        self.stays(now);
    }

    fn think(&mut self, now: CallTime, after_ms: u64) {
        if self.manner != Manner::Silent && self.plan.is_empty() && self.thinks.is_none() {
            self.thinks = Some(now + Duration::from_millis(after_ms));
        }
    }

    /// Something has happened; perhaps it was too much.
    fn stays(&mut self, now: CallTime) {
        match &mut self.leaves {
            Some(0) => {
                self.leaves = None;
                let after = Duration::from_millis(self.dice.below(1_500));
                self.plan = VecDeque::from([(now + after, Deed::HangUp)]);
            }
            Some(left) => *left -= 1,
            None => {}
        }
    }

    /// What it does now.
    pub(super) fn deed(&mut self, now: CallTime) -> Option<Deed> {
        let (_, deed) = self.plan.pop_front_if(|(at, _)| *at <= now)?;
        self.stays(now);
        Some(deed)
    }

    /// Makes up its mind, when it is time to.
    pub(super) fn decide<'a>(&mut self, now: CallTime, scene: impl FnOnce() -> Scene<'a>) {
        if self.thinks.take_if(|at| *at <= now).is_none() {
            return;
        }
        let scene = scene();
        if self.fickle && self.dice.percent(8) {
            self.lang = words::other(self.lang);
        }
        match self.intent() {
            Intent::Nothing => {}
            Intent::Answer if scene.expects == Expects::Message => self.speak(now),
            intent if self.uses_words(&scene) => self.say(now, intent, &scene),
            intent => self.press(now, intent, &scene),
        }
    }

    /// Speaks a message: a few seconds, or so long that it is cut, or a cough; who is heard out presses `#` now and then.
    fn speak(&mut self, now: CallTime) {
        let span =
            Duration::from_millis(if self.dice.percent(10) { self.dice.between(100, 400) } else { self.dice.between(1_000, 40_000) });
        self.plan.push_back((now, Deed::Speak(span)));
        if self.dice.percent(30) {
            self.plan.push_back((now + span, Deed::Key(Key::POUND)));
        }
    }

    fn intent(&mut self) -> Intent {
        let temper = self.manner.temper();
        let thrown = self.dice.below(100);
        let ends = [temper.answers, temper.wrong, temper.operator, temper.commands];
        let intents = [Intent::Answer, Intent::Fail, Intent::Operator, Intent::Command];
        let mut end = 0;
        for (share, intent) in ends.into_iter().zip(intents) {
            end += share;
            if thrown < end {
                return intent;
            }
        }
        Intent::Nothing
    }

    fn uses_words(&mut self, scene: &Scene<'_>) -> bool {
        let only_words = match &scene.expects {
            Expects::Row { grammars, .. } => grammars.iter().all(|grammar| matches!(grammar, Grammar::Place { .. } | Grammar::Item { .. })),
            Expects::OneOf(keys) => keys.is_empty(),
            Expects::Message | Expects::Nothing => false,
        };
        match self.means {
            Means::Keys => only_words,
            Means::Words => true,
            Means::Both => only_words || self.dice.percent(50),
        }
    }

    /// Presses keys, with the pauses of a person: now and then one who looks the number up.
    fn press(&mut self, now: CallTime, intent: Intent, scene: &Scene<'_>) {
        let keys = match intent {
            Intent::Answer => self.keys_that_answer(scene),
            Intent::Fail => self.keys_that_fail(&scene.expects),
            Intent::Operator => if matches!(scene.expects, Expects::Row { .. }) { "0#" } else { "0" }.to_owned(),
            Intent::Command => "*".to_owned(),
            Intent::Nothing => String::new(),
        };
        let mut at = now;
        for key in keys.chars().filter_map(Key::from_char) {
            self.plan.push_back((at, Deed::Key(key)));
            let pause = if self.dice.percent(2) { self.dice.between(3_200, 6_500) } else { self.dice.between(120, 700) };
            at = at + Duration::from_millis(pause);
        }
    }

    fn keys_that_answer(&mut self, scene: &Scene<'_>) -> String {
        match &scene.expects {
            Expects::OneOf(keys) => {
                let place = self.choice(scene, keys);
                keys.get(place).map_or_else(String::new, |key| key.char().to_string())
            }
            Expects::Row { grammars, context, .. } => {
                let grammar = self.dice.one_of(grammars).cloned();
                let row = grammar.and_then(|grammar| words::row(&grammar, context, &mut self.dice)).unwrap_or_default();
                if self.dice.percent(40) { row + "#" } else { row }
            }
            Expects::Message | Expects::Nothing => self.keys_ahead(),
        }
    }

    /// Which of several it chooses: of a menu what it has chosen least so far, else mostly the first, which is yes.
    fn choice(&mut self, scene: &Scene<'_>, keys: &[Key]) -> usize {
        let Some(menu) = words::menu(scene.act).filter(|menu| offers(menu, keys)) else {
            return if self.dice.percent(75) { 0 } else { self.dice.below(keys.len() as u64) as usize };
        };
        let times = |place: &usize| self.chosen.get(&(menu.prompt, *place)).copied().unwrap_or(0);
        let least = (0..keys.len()).map(|place| times(&place)).min().unwrap_or(0);
        let rare: Vec<usize> = (0..keys.len()).filter(|place| times(place) == least).collect();
        let place = self.dice.one_of(&rare).copied().unwrap_or(0);
        *self.chosen.entry((menu.prompt, place)).or_default() += 1;
        place
    }

    /// Somebody who knows the menu types on while a service is being asked.
    fn keys_ahead(&mut self) -> String {
        if self.dice.percent(self.manner.temper().interrupts) { self.dice.digits(2) } else { String::new() }
    }

    fn keys_that_fail(&mut self, expects: &Expects) -> String {
        match expects {
            Expects::OneOf(keys) => {
                let nobodys: Vec<char> = "3456789".chars().filter(|key| keys.iter().all(|other| other.char() != *key)).collect();
                let times = self.dice.between(1, 3);
                (0..times).filter_map(|_| self.dice.one_of(&nobodys).copied()).collect()
            }
            Expects::Row { .. } => {
                let length = self.dice.between(1, 14);
                self.dice.digits(length as usize) + "#"
            }
            Expects::Message | Expects::Nothing => self.keys_ahead(),
        }
    }

    /// Says something: it is heard when it has been said and understood.
    fn say(&mut self, now: CallTime, intent: Intent, scene: &Scene<'_>) {
        let said = match intent {
            Intent::Answer => self.words_that_answer(scene),
            Intent::Fail => words::words(Purpose::OffTopic, self.lang, &mut self.dice),
            Intent::Operator => words::words(Purpose::Operator, self.lang, &mut self.dice),
            Intent::Command => words::words(Purpose::Command, self.lang, &mut self.dice),
            Intent::Nothing => return,
        };
        let heard = words::recognised(&said, self.lang, self.errors, &mut self.dice);
        self.plan.push_back((now + heard.spoken(), Deed::Say(heard)));
    }

    fn words_that_answer(&mut self, scene: &Scene<'_>) -> String {
        let temper = self.manner.temper();
        let mixed = self.dice.percent(temper.mixes);
        let answer = self.one_answer(scene, mixed);
        if !self.dice.percent(temper.corrects) {
            return answer;
        }
        let correction = words::words(Purpose::Correction, self.lang, &mut self.dice);
        if self.dice.percent(50) {
            format!("{} {correction} {answer}", self.one_answer(scene, mixed))
        } else {
            format!("{correction} {answer}")
        }
    }

    fn one_answer(&mut self, scene: &Scene<'_>, mixed: bool) -> String {
        let lang = if mixed && self.dice.percent(50) { words::other(self.lang) } else { self.lang };
        match &scene.expects {
            Expects::Row { grammars, context, .. } => {
                let asked = self.dice.one_of(grammars).into_iter().cloned().collect();
                let all = words::fields(scene.act).filter(|_| self.dice.percent(30)); // everything in one breath
                let said = all.unwrap_or(asked).into_iter();
                let each = said.map(|grammar| words::answer(&grammar, context, scene.program, lang, mixed, &mut self.dice));
                each.collect::<Vec<_>>().join(" ")
            }
            Expects::OneOf(keys) if keys.is_empty() => words::question(scene.program, lang, &mut self.dice),
            Expects::OneOf(keys) => {
                let place = self.choice(scene, keys);
                match words::menu(scene.act).filter(|menu| offers(menu, keys)) {
                    Some(menu) if menu.route.is_some() && self.dice.percent(20) => words::question(scene.program, lang, &mut self.dice),
                    Some(menu) => words::choice(menu, place, lang, &mut self.dice),
                    None => self.yes_or_number(keys, place, lang),
                }
            }
            Expects::Message | Expects::Nothing => words::words(Purpose::Yes, lang, &mut self.dice),
        }
    }

    /// Where there are the keys one and two: yes or no; where there are others, or now and then all the same, a key by its number.
    fn yes_or_number(&mut self, keys: &[Key], place: usize, lang: Lang) -> String {
        let digit = keys.get(place).and_then(|key| key.digit()).unwrap_or(1);
        let is_yes_or_no = keys.iter().map(|key| key.char()).eq(['1', '2']);
        if !is_yes_or_no || self.dice.percent(15) {
            return words::key_in_words(digit, lang);
        }
        words::words(if digit == 1 { Purpose::Yes } else { Purpose::No }, lang, &mut self.dice)
    }
}

/// Whether it is this menu that is asked, and not a question that came up at it.
fn offers(menu: &Menu, keys: &[Key]) -> bool {
    menu.choices.len() == keys.len() && menu.choices.iter().zip(keys).all(|(choice, key)| choice.key == *key)
}
