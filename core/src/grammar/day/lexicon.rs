//! The words of days and hours, alone or with a Kazakh ending. Numerals and months are taken from what [`crate::spoken`] says, so that what we say is understood.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::calendar::{Date, Weekday};
use crate::lang::Lang;
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::{Case as Ru, Gender};
use crate::spoken::{Inflection, Phrase, Year, cardinal, date, ordinal, weekday};

/// What a word can be, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gloss {
    /// What it is.
    pub(super) sense: Sense,
    /// Its Kazakh ending.
    pub(super) form: Form,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A part of a number.
    Number(Part),
    /// A month, from 1.
    Month(u8),
    /// A day of the week.
    Weekday(Weekday),
    /// So many days from today.
    Ahead(u8),
    /// What time is counted in.
    Unit(Unit),
}

/// One word of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its own value.
    pub(super) value: u16,
    /// Where it may stand.
    pub(super) rank: Rank,
    /// Whether it counts or orders.
    pub(super) kind: Kind,
}

/// Where a word may stand in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// Alone.
    Zero,
    /// 1 to 9, after tens.
    Ones,
    /// 10 to 19 in Russian: nothing follows.
    Teens,
    /// 10 (in Kazakh) or 20 to 90.
    Tens,
    /// 100 to 900; a Kazakh hundred multiplies what stands before it.
    Hundreds,
    /// Multiplies what stands before it.
    Thousand,
}

/// Whether a number counts or orders, and what its form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A cardinal; whether it stands as in a count (`пять`, not `пяти`).
    Cardinal {
        /// Nominative or accusative.
        direct: bool,
    },
    /// A Kazakh ordinal.
    OrdinalKk,
    /// A Russian ordinal: neuter as a day is, or the masculine of a year.
    OrdinalRu(Ru, Gender),
}

/// What time is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are their names")]
pub(super) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// The ending of a Kazakh word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// Its case.
    pub(super) case: Kk,
    /// With `-ы`, `-сы`: the fifteenth *of* something.
    pub(super) owned: bool,
    /// With `-лар`: about that hour.
    pub(super) plural: bool,
}

impl Form {
    /// No ending.
    pub(super) const PLAIN: Self = Self { case: Kk::Nominative, owned: false, plural: false };
}

/// What this word can be; nothing for most.
pub(super) fn glosses(word: &str) -> Vec<Gloss> {
    let mut found = WORDS.get(word).cloned().unwrap_or_default();
    let stems = word.char_indices().map(|(at, _)| word.split_at(at)).filter(|(stem, _)| !stem.is_empty());
    for (stem, ending) in stems {
        let Some(form) = ending_form(ending) else { continue };
        let bare = STEMS.get(stem).into_iter().flatten();
        found.extend(bare.map(|sense| Gloss { sense: *sense, form }));
    }
    found
}

/// What this ending says.
pub(super) fn ending_form(ending: &str) -> Option<Form> {
    ENDINGS.get(ending).copied()
}

/// Words as they are.
static WORDS: LazyLock<BTreeMap<String, Vec<Gloss>>> = LazyLock::new(|| {
    let mut words: BTreeMap<String, Vec<Gloss>> = BTreeMap::new();
    for (word, sense, _) in vocabulary() {
        let known = words.entry(word.replace('ё', "е")).or_default();
        let gloss = Gloss { sense, form: Form::PLAIN };
        if !known.contains(&gloss) {
            known.push(gloss);
        }
    }
    words
});

/// Words that take Kazakh endings: the Kazakh ones, and the Russian ones that callers mix in (`пятницаға`).
static STEMS: LazyLock<BTreeMap<String, Vec<Sense>>> = LazyLock::new(|| {
    let mut stems: BTreeMap<String, Vec<Sense>> = BTreeMap::new();
    for (word, sense, _) in vocabulary().into_iter().filter(|(_, _, ending)| *ending == Endings::Taken) {
        let known = stems.entry(word.replace('ё', "е")).or_default();
        if !known.contains(&sense) {
            known.push(sense);
        }
    }
    stems
});

/// Every ending, in both harmonies: callers and recognisers are not strict with Russian words.
static ENDINGS: LazyLock<BTreeMap<String, Form>> = LazyLock::new(|| {
    let mut endings = BTreeMap::new();
    for (case, spellings) in CASES {
        endings.extend(spellings.iter().map(|ending| ((*ending).to_owned(), Form { case, ..Form::PLAIN })));
    }
    for owner in ["ы", "сы", "і", "сі"] {
        let form = |case| Form { case, owned: true, plural: false };
        endings.extend(OWNED_CASES.iter().map(|(case, ending)| (format!("{owner}{ending}"), form(*case))));
    }
    for many in ["лар", "лер", "дар", "дер", "тар", "тер"] {
        let form = |case| Form { case, owned: false, plural: true };
        endings.extend(PLURAL_CASES.iter().map(|(case, ending)| (format!("{many}{ending}"), form(*case))));
    }
    endings
});

const CASES: [(Kk, &[&str]); 6] = [
    (Kk::Genitive, &["ның", "нің", "дың", "дің", "тың", "тің"]),
    (Kk::Dative, &["ға", "ге", "қа", "ке"]),
    (Kk::Accusative, &["ны", "ні", "ды", "ді", "ты", "ті"]),
    (Kk::Locative, &["да", "де", "та", "те", "дағы", "дегі", "тағы", "тегі", "ғы", "гі", "қы", "кі"]), // `ертеңгі`, `аптадағы`: which is at
    (Kk::Ablative, &["дан", "ден", "тан", "тен", "нан", "нен"]),
    (Kk::Instrumental, &["мен", "бен", "пен"]),
];

/// The accusative is left out: `үшін` is *for*.
const OWNED_CASES: [(Kk, &str); 12] = [
    (Kk::Nominative, ""),
    (Kk::Genitive, "ның"),
    (Kk::Genitive, "нің"),
    (Kk::Dative, "на"),
    (Kk::Dative, "не"),
    (Kk::Locative, "нда"),
    (Kk::Locative, "нде"),
    (Kk::Locative, "ндағы"),
    (Kk::Locative, "ндегі"),
    (Kk::Ablative, "нан"),
    (Kk::Ablative, "нен"),
    (Kk::Instrumental, "мен"),
];

const PLURAL_CASES: [(Kk, &str); 7] = [
    (Kk::Nominative, ""),
    (Kk::Genitive, "дың"),
    (Kk::Genitive, "дің"),
    (Kk::Dative, "ға"),
    (Kk::Dative, "ге"),
    (Kk::Locative, "да"),
    (Kk::Locative, "де"),
];

/// Whether a word takes Kazakh endings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endings {
    Taken,
    Refused,
}

type Entry = (String, Sense, Endings);

fn vocabulary() -> Vec<Entry> {
    let mut all = numerals_kk();
    all.extend(cardinals_ru());
    all.extend(ordinals_ru());
    all.extend(months());
    all.extend(weekdays());
    all.extend(listed());
    all
}

const ROOTS: [u16; 21] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 1000];

fn numerals_kk() -> Vec<Entry> {
    let plain = Inflection::plain(Lang::Kk);
    let entry = |number, phrase: &Phrase, kind| {
        let rank = if number == 10 { Rank::Tens } else { rank(number) };
        (last_word(phrase), Sense::Number(Part { value: number, rank, kind }), Endings::Taken)
    };
    let both = |number: u16| {
        let counted = entry(number, &cardinal(number.into(), plain), Kind::Cardinal { direct: true });
        [counted, entry(number, &ordinal(number.into(), plain), Kind::OrdinalKk)]
    };
    ROOTS.into_iter().flat_map(both).collect()
}

const fn rank(number: u16) -> Rank {
    match number {
        0 => Rank::Zero,
        1..=9 => Rank::Ones,
        10..=19 => Rank::Teens,
        20..=99 => Rank::Tens,
        100..=999 => Rank::Hundreds,
        _ => Rank::Thousand,
    }
}

fn words_ru() -> impl Iterator<Item = u16> {
    (0..=20).chain((30..=90).step_by(10)).chain((100..=900).step_by(100))
}

fn cardinals_ru() -> Vec<Entry> {
    let mut entries = Vec::new();
    let forms = || Ru::ALL.into_iter().flat_map(|case| Gender::ALL.map(|gender| (case, gender)));
    for (number, (case, gender)) in words_ru().flat_map(|number| forms().map(move |form| (number, form))) {
        let direct = matches!(case, Ru::Nominative | Ru::Accusative);
        let endings = if direct && gender == Gender::Masculine { Endings::Taken } else { Endings::Refused };
        let part = Part { value: number, rank: rank(number), kind: Kind::Cardinal { direct } };
        entries.push((last_word(&cardinal(number.into(), Inflection::Ru(case, gender))), Sense::Number(part), endings));
    }
    for (count, case) in [1000, 2000, 5000].into_iter().flat_map(|count| Ru::ALL.map(|case| (count, case))) {
        let part = Part { value: 1000, rank: Rank::Thousand, kind: Kind::Cardinal { direct: true } };
        entries.push((last_word(&cardinal(count, Inflection::Ru(case, Gender::Masculine))), Sense::Number(part), Endings::Refused));
    }
    entries
}

/// The genders that a day, an hour and a year have.
fn ordinals_ru() -> Vec<Entry> {
    let forms = Ru::ALL.into_iter().map(|case| (case, Gender::Neuter)).chain([(Ru::Nominative, Gender::Masculine)]);
    let each = |(case, gender)| {
        words_ru().chain([1000, 2000]).map(move |number| {
            let part = Part { value: number, rank: rank(number), kind: Kind::OrdinalRu(case, gender) };
            (last_word(&ordinal(number.into(), Inflection::Ru(case, gender))), Sense::Number(part), Endings::Refused)
        })
    };
    forms.flat_map(each).collect()
}

/// In the nominative, which we never say in Russian.
const MONTHS_RU: [&str; 12] =
    ["январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"];

fn months() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (number, name) in (1..).zip(MONTHS_RU) {
        let day = Date::new(2026, number, 1).ok();
        let said = |form| day.map(|day| last_word(&date(day, Year::Unsaid, form)));
        let sense = Sense::Month(number);
        entries.extend(said(Inflection::plain(Lang::Kk)).map(|word| (word, sense, Endings::Taken)));
        entries.extend(said(Inflection::plain(Lang::Ru)).map(|word| (word, sense, Endings::Refused)));
        let stem = name.trim_end_matches(['ь', 'й']);
        entries.extend(["у", "ю", "ом", "ем", "е"].map(|ending| (format!("{stem}{ending}"), sense, Endings::Refused)));
        entries.push((name.to_owned(), sense, Endings::Taken));
    }
    entries
}

/// In every case, the accusative first: the nominative takes Kazakh endings and stands last.
const WEEKDAYS_RU: [&[&str]; 7] = [
    &["понедельника", "понедельнику", "понедельником", "понедельнике", "понедельник", "пн"],
    &["вторника", "вторнику", "вторником", "вторнике", "вторник", "вт"],
    &["среду", "среды", "среде", "средой", "среда", "ср"],
    &["четверга", "четвергу", "четвергом", "четверге", "четверг", "чт"],
    &["пятницу", "пятницы", "пятнице", "пятницей", "пятница", "пт"],
    &["субботу", "субботы", "субботе", "субботой", "суббота", "сб"],
    &["воскресенья", "воскресенью", "воскресеньем", "воскресение", "воскресенье", "вс"],
];

fn weekdays() -> Vec<Entry> {
    let mut entries = Vec::new();
    for (day, names) in (23..).zip(WEEKDAYS_RU) {
        let Ok(day) = Date::new(2026, 11, day) else { continue }; // the 23rd is a Monday
        let sense = Sense::Weekday(day.weekday());
        entries.extend(names.iter().map(|name| ((*name).to_owned(), sense, Endings::Taken)));
        let kazakh = first_word(&weekday(Lang::Kk, day));
        entries.push((kazakh.replace("нбі", "мбі"), sense, Endings::Taken)); // as it sounds
        entries.push((kazakh, sense, Endings::Taken));
    }
    entries
}

/// The rest, word by word. No native editor has read these words yet.
fn listed() -> Vec<Entry> {
    let taken =
        |words: &[&str], sense: Sense| -> Vec<Entry> { words.iter().map(|word| ((*word).to_owned(), sense, Endings::Taken)).collect() };
    [
        taken(&["бүгін", "бүгінгі", "сегодня", "сегодняшний", "сегодняшнего", "сегодняшнее", "сегодняшнему"], Sense::Ahead(0)),
        taken(&["ертең", "ертеңгі", "завтра", "завтрашний", "завтрашнего", "завтрашнее", "завтрашнему", "назавтра"], Sense::Ahead(1)),
        taken(&["бүрсігүні", "бүрсүгүні", "бүрсікүні", "бүрсігүн", "послезавтра", "послезавтрашний", "послезавтрашнего"], Sense::Ahead(2)),
        taken(&["послепослезавтра"], Sense::Ahead(3)),
        taken(&["күн", "день", "дня", "дней", "дни", "дню", "дням", "денек", "деньков"], Sense::Unit(Unit::Day)),
        taken(&["апта", "неделя", "неделю", "недели", "неделе", "недель", "неделей", "недельку", "недельки"], Sense::Unit(Unit::Week)),
        taken(&["ай", "месяц", "месяца", "месяцев", "месяце", "месяцу", "месяцы"], Sense::Unit(Unit::Month)),
        taken(&["жыл", "год", "года", "году", "годы", "годом", "лет"], Sense::Unit(Unit::Year)),
        taken(&["сағат", "час", "часа", "часов", "часам", "часу", "часиков"], Sense::Unit(Unit::Hour)),
        taken(&["минут", "минута", "минуту", "минуты", "минуток", "минутах"], Sense::Unit(Unit::Minute)),
        taken(&["нуль", "нол", "ноль"], Sense::Number(Part { value: 0, rank: Rank::Zero, kind: Kind::Cardinal { direct: true } })),
    ]
    .concat()
}

fn last_word(phrase: &Phrase) -> String {
    phrase.text().split(' ').next_back().unwrap_or_default().to_owned()
}

fn first_word(phrase: &Phrase) -> String {
    phrase.text().split(' ').next().unwrap_or_default().to_owned()
}
