//! The parts of a day: as a wish of their own (`после обеда`), and as what tells the hours of the morning from those of the evening. No native editor has read these words yet.

use std::sync::LazyLock;

use super::line::{Line, Phrases};
use crate::calendar::Time;
use crate::grammar::Context;

/// The part of the day that an hour is said to be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartOfDay {
    /// `утра`, `таңғы`.
    Morning,
    /// `дня`, `түскі`.
    Day,
    /// `вечера`, `кешкі`.
    Evening,
    /// `ночи`, `түнгі`.
    Night,
}

impl PartOfDay {
    /// An hour of twelve on the clock of 24.
    pub(super) const fn hour(self, hour: u8) -> u8 {
        match (self, hour) {
            (Self::Morning | Self::Evening | Self::Night, 12) => 0,
            (Self::Day, 1..=7) | (Self::Evening, 1..=11) | (Self::Night, 8..=11) => hour + 12,
            (Self::Morning | Self::Day | Self::Evening | Self::Night, _) => hour,
        }
    }
}

/// The part of the day before an hour: `таңғы тоғызда`, `вечером в шесть`.
pub(super) fn before_hour(line: &Line<'_>, at: usize) -> Option<(PartOfDay, usize)> {
    BEFORE.at(line, at).map(|(part, end)| (*part, end))
}

/// The part of the day after it: `в шесть вечера`.
pub(super) fn after_hour(line: &Line<'_>, at: usize) -> Option<(PartOfDay, usize)> {
    AFTER.at(line, at).map(|(part, end)| (*part, end))
}

static BEFORE: LazyLock<Phrases<PartOfDay>> = LazyLock::new(|| {
    Phrases::new(&[
        (PartOfDay::Morning, &["утром|таңертең|таңертеңгі|таңғы|таңғысын|азанғы", "с утра"]),
        (PartOfDay::Day, &["днем|түскі|күндізгі|күндіз|түсте", "после обеда|полудня", "түстен кейін|кейінгі|соң"]),
        (PartOfDay::Evening, &["вечером|кешкі|кешке|кеште|кешкісін|кешқұрым"]),
        (PartOfDay::Night, &["ночью|түнгі|түнде"]),
    ])
});

static AFTER: LazyLock<Phrases<PartOfDay>> = LazyLock::new(|| {
    Phrases::new(&[
        (PartOfDay::Morning, &["утра|утром|таңертең|таңда|таңғы"]),
        (PartOfDay::Day, &["дня|днем|пополудни|күндіз|түсте", "после обеда|полудня", "түстен кейін"]),
        (PartOfDay::Evening, &["вечера|вечером|кешке|кеште|кешкісін"]),
        (PartOfDay::Night, &["ночи|ночью|түнде"]),
    ])
});

/// A wish for a part of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// Утром.
    Morning,
    /// До обеда.
    BeforeLunch,
    /// К обеду.
    TowardsLunch,
    /// В обед.
    Lunch,
    /// Днём.
    Day,
    /// После обеда.
    AfterLunch,
    /// Вечером.
    Evening,
    /// После работы.
    AfterWork,
}

impl Window {
    /// Its hours, as far as service is open in them.
    pub(super) fn hours(self, context: &Context) -> (Time, Time) {
        let (from, to) = match self {
            Self::Morning => (6, 12),
            Self::BeforeLunch => (6, 13),
            Self::TowardsLunch => (12, 13),
            Self::Lunch => (13, 14),
            Self::Day => (12, 17),
            Self::AfterLunch => (14, 18),
            Self::Evening => (17, 22),
            Self::AfterWork => (18, 22),
        };
        let at = |hour| Time::new(hour, 0).unwrap_or(context.opens);
        let (from, to) = (at(from), at(to));
        let (opened, closed) = (from.max(context.opens), to.min(context.closes));
        if opened < closed { (opened, closed) } else { (from, to) }
    }
}

/// What is a greeting before it is a part of the day.
pub(super) const GREETINGS: [&str; 6] = ["доброе", "добрый", "доброго", "доброй", "қайырлы", "кеш"];

/// The part of the day that is wished for here, and the word after.
pub(super) fn at(line: &Line<'_>, at: usize) -> Option<(Window, usize)> {
    WINDOWS.at(line, at).map(|(window, end)| (*window, end))
}

static WINDOWS: LazyLock<Phrases<Window>> = LazyLock::new(|| {
    Phrases::new(&[
        (
            Window::Morning,
            &[
                "утром|утречком ?пораньше",
                "утром рано",
                "рано|ранним утром",
                "с утра ?пораньше",
                "с утречка",
                "на утро",
                "утреннее время",
                "утро .",
                "таңертең|таңертеңге|таңертеңгісін ?пораньше|ерте|ертерек|ертемен",
                "таңертеңгілік|таңертеңгілікте|таңмен",
                "таңертеңгі|таңғы уақыт~|мезгіл~|шақта",
                "ерте таңертең|таңмен",
                "азанда|азанмен",
                "утромға",
            ],
        ),
        (
            Window::BeforeLunch,
            &[
                "до обеда|полудня",
                "первой|первую|первая половине|половину|половина дня",
                "дообеденное время",
                "с утра до обеда",
                "түске|обедке дейін|шейін",
                "түскі асқа|үзіліске дейін|шейін",
                "түстен бұрын",
                "түске дейінгі ?уақыт~",
                "күннің бірінші|алғашқы жартысында|жартысы|жартысына",
            ],
        ),
        (Window::TowardsLunch, &["к обеду", "ближе к обеду|полудню", "түске қарай|таман|жақын"]),
        (
            Window::Lunch,
            &[
                "в обед",
                "в обеденное|обеденный время|перерыв",
                "обед .",
                "түсте|обедте",
                "түскі ас|үзіліс|үзілісте",
                "түс кезінде|мезгілінде|уақытында",
            ],
        ),
        (Window::Day, &["днем|күндіз", "дневное время", "күндізгі уақыт~|мезгіл~"]),
        (
            Window::AfterLunch,
            &[
                "после обеда|полудня",
                "вторая|вторую|второй половине|половину|половина дня",
                "послеобеденное время",
                "послеобеда",
                "түстен|обедтен кейін|соң|кейінге|кейінгі ?уақыт~",
                "түскі астан|үзілістен кейін|соң",
                "күннің екінші|соңғы жартысында|жартысы|жартысына",
            ],
        ),
        (
            Window::Evening,
            &[
                "вечером|вечерком ?попозже",
                "под|к|на вечер|вечеру",
                "ближе к вечеру",
                "ближе к концу дня",
                "в конце дня",
                "вечернее время",
                "вечер .",
                "вечерге",
                "кешке|кеште|кешкісін|кешқұрым|кештетіп ?қарай|таман|жақын",
                "кешкілік|кешкілікте",
                "кешкі уақыт~|мезгіл~|шақта",
                "күннің соңында|аяғында",
            ],
        ),
        (Window::AfterWork, &["после работы", "жұмыстан кейін|соң"]),
    ])
});
