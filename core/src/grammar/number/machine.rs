//! A number word by word: which words may follow each other in one number, and what they come to.
//!
//! Holds for both languages at once, so a number may be begun in one and ended in the other.

use super::super::Sure;
use super::lexicon::{Form, Sense, Shape};
use crate::lang::Lang;
use crate::spoken::NUMBER_MAX;

/// A number so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    /// Complete thousands, millions.
    total: u64,
    /// What a scale must be below.
    ceiling: u64,
    /// The hundreds, tens and units since the last scale.
    group: u64,
    /// What is added to the group must be below this.
    room: u64,
    /// The group is one unit, which a hundred may follow; and in which language it was said.
    lone: Option<Lang>,
    /// Half more than the group.
    half: bool,
    /// The scale that was named first, as in `тысяч десять`; else 1.
    times: u64,
    /// What may come next.
    next: Next,
    sure: Sure,
    ordinal: bool,
}

/// What may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// Any word that fits.
    Any,
    /// A unit, if it is Kazakh: nobody says `десять пять` for fifteen, but a Kazakh may say `десять бес`.
    Kazakh,
    /// An oblique case: `около тысячи двухсот`.
    Oblique,
    /// A direct case: `тысяч десять`.
    Direct,
    /// A scale, without which it is no number: `пара`, `полтора`.
    Scale,
    /// Nothing.
    Nothing,
}

impl State {
    pub(super) const START: Self = Self {
        total: 0,
        ceiling: u64::MAX,
        group: 0,
        room: 1000,
        lone: None,
        half: false,
        times: 1,
        next: Next::Any,
        sure: Sure::Plainly,
        ordinal: false,
    };

    /// What decides which words may follow and how many digits they make: states that are alike differ in their values only.
    pub(super) fn alike(&self) -> impl Ord + use<> {
        let group = (self.group > 0, self.group >= 10);
        (
            self.ceiling,
            self.room,
            self.lone,
            self.half,
            self.times,
            self.next,
            group,
            self.total > 0,
            self.number().map(|number| number.value.to_string().len()),
        )
    }

    /// Nothing of the group was said yet.
    const fn is_fresh(&self) -> bool {
        self.room == 1000 && !self.half
    }

    /// Nothing at all was said yet.
    const fn is_start(&self) -> bool {
        self.is_fresh() && self.total == 0 && self.times == 1
    }

    /// The number with one word more; `None` where the word cannot follow.
    pub(super) fn then(self, sense: Sense) -> Option<Self> {
        let grown = if self.takes(sense) { self.shaped(sense)? } else { return None };
        Some(match sense.form {
            Form::Direct | Form::Oblique => grown,
            Form::Last | Form::Noun => Self { next: Next::Nothing, ..grown },
            Form::About => Self { next: Next::Nothing, sure: Sure::Roughly, ..grown },
            Form::Ordinal => Self { next: Next::Nothing, ordinal: true, ..grown },
            Form::Nouns => return None,
        })
    }

    fn takes(&self, sense: Sense) -> bool {
        let multiplies = matches!(sense.shape, Shape::Scale | Shape::Scales | Shape::Times | Shape::TimesUnit | Shape::AndHalf);
        let fits = match self.next {
            Next::Any => true,
            Next::Kazakh => sense.lang == Lang::Kk || multiplies,
            Next::Oblique => sense.form != Form::Direct,
            Next::Direct => sense.form == Form::Direct,
            Next::Scale => multiplies,
            Next::Nothing => false,
        };
        fits && (sense.form != Form::Noun || self.is_start())
    }

    fn shaped(self, sense: Sense) -> Option<Self> {
        let value = sense.value;
        match sense.shape {
            Shape::Zero => self.is_start().then_some(Self { room: 0, next: Next::Nothing, ..self }),
            Shape::Unit => {
                let lone = self.is_fresh().then_some(sense.lang);
                self.added(10, value, 0).map(|grown| Self { lone, ..grown })
            }
            Shape::Teen if value == 10 => self.added(100, value, 10).map(|grown| Self { next: Next::Kazakh, ..grown }),
            Shape::Teen => self.added(100, value, 0),
            Shape::Ten => self.added(100, value, 10),
            Shape::Hundred if value == 100 && self.lone == Some(Lang::Kk) => self.times(100, true),
            Shape::Hundred => self.added(1000, value, 100),
            Shape::Times => self.times(value, true),
            Shape::TimesUnit => self.times(value, false),
            Shape::Scale => self.scaled(value, true).map(|grown| self.in_case(sense, grown)),
            Shape::Scales => self.scaled(value, false),
            Shape::ScaleFirst => self.is_start().then_some(Self { times: value, next: Next::Direct, sure: Sure::Roughly, ..self }),
            Shape::Half => self.is_fresh().then_some(Self { half: true, room: 0, next: Next::Scale, ..self }),
            Shape::AndHalf => (self.group > 0 && !self.half).then_some(Self { half: true, next: Next::Scale, ..self }),
            Shape::OneAndHalf => self.is_fresh().then_some(Self { group: value, room: 0, half: true, next: Next::Scale, ..self }),
            Shape::Couple => self.is_fresh().then_some(Self { group: 2, room: 0, next: Next::Scale, sure: Sure::Roughly, ..self }),
            Shape::Whole => (self.is_fresh() && value < self.ceiling).then_some(Self {
                total: self.total + value,
                room: 0,
                next: Next::Nothing,
                ..self
            }),
            Shape::Written => {
                let lone = (value < 10).then_some(Lang::Kk);
                (self.is_fresh() && value < self.ceiling).then_some(Self { group: value, room: 0, lone, ..self })
            }
        }
    }

    /// With this in the group, which must have room for it.
    fn added(self, needs: u64, value: u64, room: u64) -> Option<Self> {
        (self.room >= needs && !self.half).then_some(Self { group: self.group + value, room, lone: None, next: Next::Any, ..self })
    }

    /// `екі жүз`, `жүз`, `полторы сотни`.
    fn times(self, value: u64, alone: bool) -> Option<Self> {
        let halves = match (self.lone.is_some() || self.half || self.next == Next::Scale, self.is_fresh()) {
            (true, _) if self.group < 10 => self.halves(),
            (_, true) if alone => 2,
            (_, _) => return None,
        };
        Some(Self { group: halves * value / 2, room: value, lone: None, half: false, next: Next::Any, ..self })
    }

    fn scaled(self, value: u64, alone: bool) -> Option<Self> {
        let halves = match self.halves() {
            0 if alone && self.is_fresh() => 2,
            0 => return None,
            halves => halves,
        };
        if value >= self.ceiling || self.times > 1 {
            return None;
        }
        let total = halves.checked_mul(value / 2)?.checked_add(self.total).filter(|total| *total <= NUMBER_MAX)?;
        Some(Self { total, ceiling: value, group: 0, room: 1000, lone: None, half: false, next: Next::Any, ..self })
    }

    /// After a scale without a number, in an oblique case, all that follows is oblique too: `тысячи три` is something else.
    fn in_case(self, sense: Sense, grown: Self) -> Self {
        let next = if self.is_fresh() && sense.form == Form::Oblique { Next::Oblique } else { grown.next };
        Self { next, ..grown }
    }

    const fn halves(&self) -> u64 {
        self.group * 2 + self.half as u64
    }

    /// What the words come to, when they are a number.
    pub(super) fn number(&self) -> Option<Number> {
        let empty = self.is_start() || self.times > 1 && self.group == 0;
        let value = self.total.checked_add(self.group)?.checked_mul(self.times)?;
        let whole = !empty && !self.half && self.next != Next::Scale && value <= NUMBER_MAX;
        whole.then_some(Number { value, sure: self.sure, ordinal: self.ordinal })
    }
}

/// A number that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u64,
    pub(super) sure: Sure,
    pub(super) ordinal: bool,
}

/// How unnatural it is to end a number between two words that belong together: `екі | жүз` more than `елу | төрт`.
pub(super) fn seam(before: &[Sense], after: &[Sense]) -> u32 {
    let bond = |one: &Sense, two: &Sense| match (one.shape, two.shape) {
        _ if one.form > Form::Oblique || matches!(two.form, Form::Noun | Form::Nouns) => 0,
        (Shape::Unit, Shape::Times | Shape::TimesUnit) => 1 + u32::from(one.value > 1), // few say `бір жүз`
        (Shape::Unit | Shape::Teen | Shape::Ten | Shape::Hundred | Shape::Times | Shape::Written, Shape::Scale | Shape::Scales) => 2,
        (Shape::Hundred | Shape::Times | Shape::TimesUnit, Shape::Unit | Shape::Teen | Shape::Ten) => 1,
        (Shape::Ten, Shape::Unit) => 1,
        (Shape::Teen, Shape::Unit) if one.value == 10 && two.lang == Lang::Kk => 1,
        (Shape::Scale | Shape::Scales, Shape::Unit | Shape::Teen | Shape::Ten | Shape::Hundred | Shape::Times) => 1,
        (_, _) => 0,
    };
    before.iter().flat_map(|one| after.iter().map(move |two| bond(one, two))).max().unwrap_or(0)
}
