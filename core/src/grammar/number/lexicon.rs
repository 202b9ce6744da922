//! The words of numbers in both languages, and what each may be within a number.
//!
//! Forms are made from what the robot says ([`crate::spoken`]), so that whatever is said is understood; by hand stand only words that the robot never says.
//!
//! No native editor has read these words yet; what is colloquial or rare is marked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::ending::{possessive, with_endings};
use crate::lang::Lang;
use crate::spoken::kazakh::{self, inflected};
use crate::spoken::russian::{self, Gender};
use crate::spoken::{Inflection, cardinal, ordinal};

/// What a word may be within a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sense {
    pub(super) value: u64,
    pub(super) shape: Shape,
    pub(super) form: Form,
    pub(super) lang: Lang,
}

/// What a word does to the number before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// Nought: a number of its own.
    Zero,
    /// 1 to 9.
    Unit,
    /// 10 to 19 in one Russian word.
    Teen,
    /// 20 to 90, and Kazakh `он`: a unit may follow.
    Ten,
    /// 100 to 900 in one Russian word.
    Hundred,
    /// `жүз`, `сотня`: times the unit before it, or once.
    Times,
    /// `сотен`: times the unit before it.
    TimesUnit,
    /// `мың`, `тысяча`: times what stands before it, or once.
    Scale,
    /// `тысяч`: times what stands before it.
    Scales,
    /// `тысяч десять`: times what follows it, about.
    ScaleFirst,
    /// `жарты`, `пол`: half of what follows.
    Half,
    /// `жарым`, `с половиной`: and a half, of what follows.
    AndHalf,
    /// `полтора`, `2.5`: so many and a half, of what follows.
    OneAndHalf,
    /// `пара`: about two of what follows.
    Couple,
    /// `полмиллиона`, `двухтысячный`: all that is left of the number.
    Whole,
    /// Digits that were written.
    Written,
}

/// Where a word may stand, and what it makes of the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// Anywhere.
    Direct,
    /// Russian, declined: anywhere in a number, not in a row of digits.
    Oblique,
    /// Kazakh with an ending, or a collective: the number ends here.
    Last,
    /// The number ends here, and is about so much.
    About,
    /// The number ends here, and is an ordinal.
    Ordinal,
    /// `семёрка`: the name of one digit.
    Noun,
    /// `семёрки`, `нуля`: the name of a digit of which there are several.
    Nouns,
}

/// What a word may be; empty for a word that is in no number.
pub(super) fn senses(word: &str) -> &'static [Sense] {
    LEXICON.get(word).map_or(&[], Vec::as_slice)
}

/// All words of numbers.
#[cfg(test)]
pub(super) fn vocabulary() -> Vec<String> {
    LEXICON.keys().cloned().collect()
}

static LEXICON: LazyLock<BTreeMap<String, Vec<Sense>>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::default();
    lexicon.kazakh_cardinals();
    lexicon.kazakh_ordinals();
    lexicon.russian_cardinals();
    lexicon.russian_scales();
    lexicon.russian_ordinals();
    lexicon.digit_nouns();
    lexicon.collectives();
    lexicon.halves();
    lexicon.0
});

/// The numbers that are one word in Russian below a thousand.
fn roots() -> impl Iterator<Item = u64> {
    (0..20).chain((20..100).step_by(10)).chain((100..1000).step_by(100))
}

/// The numbers that end in a root of Kazakh.
const KAZAKH_ROOTS: [u64; 23] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 1000, 1_000_000, 1_000_000_000];

const SCALES: [u64; 3] = [1000, 1_000_000, 1_000_000_000];

const fn russian_shape(root: u64) -> Shape {
    match root {
        0 => Shape::Zero,
        1..=9 => Shape::Unit,
        10..=19 => Shape::Teen,
        20..=99 => Shape::Ten,
        _ => Shape::Hundred,
    }
}

const fn kazakh_shape(root: u64) -> Shape {
    match root {
        0 => Shape::Zero,
        1..=9 => Shape::Unit,
        10..=99 => Shape::Ten,
        100 => Shape::Times,
        _ => Shape::Scale,
    }
}

#[derive(Default)]
struct Lexicon(BTreeMap<String, Vec<Sense>>);

impl Lexicon {
    /// Adds a word, spelt as [`super::super::words`] spells it; of two forms of a cardinal the one that may stand in more places stays.
    fn add(&mut self, word: &str, sense: Sense) {
        let known = self.0.entry(word.to_lowercase().replace('ё', "е")).or_default();
        let plain = |form: Form| form < Form::Ordinal;
        let same =
            |other: &&mut Sense| other.value == sense.value && other.shape == sense.shape && (plain(other.form) == plain(sense.form));
        match known.iter_mut().find(same) {
            Some(other) if plain(sense.form) && other.form > sense.form => *other = sense,
            Some(other) if plain(sense.form) || other.form == sense.form => {}
            Some(_) | None => known.push(sense),
        }
    }

    fn kazakh_cardinals(&mut self) {
        for root in KAZAKH_ROOTS {
            let sense = |form| Sense { value: root, shape: kazakh_shape(root), form, lang: Lang::Kk };
            let plain = last_word(cardinal(root, Inflection::Kk(kazakh::Case::Nominative)).text());
            for stem in kazakh_spellings(&plain) {
                self.add(&stem, sense(Form::Direct));
                for (word, form) in with_endings(&stem) {
                    self.add(&word, sense(form));
                }
            }
        }
    }

    fn kazakh_ordinals(&mut self) {
        for root in KAZAKH_ROOTS {
            let sense = Sense { value: root, shape: kazakh_shape(root), form: Form::Ordinal, lang: Lang::Kk };
            let plain = last_word(ordinal(root, Inflection::Kk(kazakh::Case::Nominative)).text());
            for stem in kazakh_spellings(&plain) {
                for case in kazakh::Case::ALL {
                    self.add(&inflected(&stem, case), sense);
                    self.add(&possessive(&stem, case), sense);
                }
            }
        }
    }

    fn russian_cardinals(&mut self) {
        for root in roots() {
            for (case, gender) in all_russian() {
                let sense = Sense { value: root, shape: russian_shape(root), form: russian_form(case), lang: Lang::Ru };
                for word in russian_spellings(cardinal(root, Inflection::Ru(case, gender)).text()) {
                    self.add(&word, sense);
                }
            }
        }
        for (value, shape, word) in RUSSIAN_SHORT {
            self.add(word, Sense { value, shape, form: Form::Direct, lang: Lang::Ru });
        }
    }

    /// `тысяча` is a number by itself, `тысячи` too where no direct case follows, `тысяч` only after or before another.
    fn russian_scales(&mut self) {
        for scale in SCALES {
            for (case, _) in all_russian() {
                for count in [1, 2, 5] {
                    let word = last_word(cardinal(count * scale, Inflection::Ru(case, Gender::Masculine)).text());
                    let direct = russian_form(case) == Form::Direct;
                    let shape = if count == 1 { Shape::Scale } else { Shape::Scales };
                    for word in [word.replace("тысяч", "тыщ"), word] {
                        let sense = |shape, form| Sense { value: scale, shape, form, lang: Lang::Ru };
                        self.add(&word, sense(shape, russian_form(case)));
                        if direct && count > 1 {
                            self.add(&word, sense(Shape::ScaleFirst, Form::Direct));
                        }
                    }
                }
            }
            let plain = last_word(cardinal(scale, Inflection::plain(Lang::Ru)).text());
            for (word, form) in with_endings(&plain) {
                self.add(&word, Sense { value: scale, shape: Shape::Scale, form, lang: Lang::Kk }); // тысячаға
            }
        }
        for (word, value) in [("тыс", 1000), ("млн", 1_000_000), ("млрд", 1_000_000_000)] {
            self.add(word, Sense { value, shape: Shape::Scales, form: Form::Direct, lang: Lang::Ru });
        }
        for word in ["сотня", "сотню", "сотней", "сотне"] {
            self.add(word, Sense { value: 100, shape: Shape::Times, form: Form::Oblique, lang: Lang::Ru });
        }
        for word in ["сотни", "сотен", "сотням", "сотнями", "сотнях"] {
            self.add(word, Sense { value: 100, shape: Shape::TimesUnit, form: Form::Oblique, lang: Lang::Ru });
        }
    }

    fn russian_ordinals(&mut self) {
        let fused =
            (1..20).chain((20..100).step_by(10)).chain((100..1000).step_by(100)).flat_map(|group| SCALES.map(|scale| group * scale));
        for value in roots().chain(fused) {
            let shape = if value < 1000 { russian_shape(value) } else { Shape::Whole };
            for (case, gender) in all_russian() {
                for word in russian_spellings(ordinal(value, Inflection::Ru(case, gender)).text()) {
                    self.add(&word, Sense { value, shape, form: Form::Ordinal, lang: Lang::Ru });
                }
            }
        }
    }

    fn digit_nouns(&mut self) {
        let sense = |value, form| Sense { value, shape: if value == 0 { Shape::Zero } else { Shape::Unit }, form, lang: Lang::Ru };
        for (value, one, several) in DIGIT_NOUNS {
            one.iter().for_each(|word| self.add(word, sense(value, Form::Noun)));
            several.iter().for_each(|word| self.add(word, sense(value, Form::Nouns)));
        }
        for (word, form) in
            [("нуль", Form::Direct), ("нол", Form::Direct), ("нулю", Form::Oblique), ("нулем", Form::Oblique), ("нуле", Form::Oblique)]
        {
            self.add(word, sense(0, form));
        }
        for word in ["нуля", "ноля"] {
            self.add(word, sense(0, Form::Oblique));
        }
    }

    fn collectives(&mut self) {
        for (value, stem) in KAZAKH_COLLECTIVES {
            let sense = Sense { value, shape: Shape::Unit, form: Form::Last, lang: Lang::Kk };
            let own = possessive(stem, kazakh::Case::Nominative);
            for word in ["міз", "ңіз"]
                .map(|ending| format!("{own}{}", if own.ends_with('ы') { ending.replace('і', "ы") } else { ending.to_owned() }))
            {
                self.add(&word, sense); // екеуіміз: two of us
            }
            for case in kazakh::Case::ALL {
                self.add(&inflected(stem, case), sense);
                self.add(&possessive(stem, case), sense);
            }
        }
        for (value, stem, endings) in RUSSIAN_COLLECTIVES {
            for ending in endings {
                let sense = Sense { value, shape: Shape::Unit, form: Form::Last, lang: Lang::Ru };
                self.add(&format!("{stem}{ending}"), sense);
            }
        }
    }

    fn halves(&mut self) {
        for (word, shape, lang) in HALVES {
            self.add(word, Sense { value: u64::from(shape == Shape::OneAndHalf), shape, form: Form::Direct, lang });
        }
        for (word, value) in WHOLE {
            self.add(word, Sense { value, shape: Shape::Whole, form: Form::Last, lang: Lang::Ru });
        }
    }
}

fn last_word(text: String) -> String {
    text.rsplit(' ').next().unwrap_or_default().to_owned()
}

fn all_russian() -> impl Iterator<Item = (russian::Case, Gender)> {
    russian::Case::ALL.into_iter().flat_map(|case| Gender::ALL.map(|gender| (case, gender)))
}

const fn russian_form(case: russian::Case) -> Form {
    match case {
        russian::Case::Nominative | russian::Case::Accusative => Form::Direct,
        russian::Case::Genitive | russian::Case::Dative | russian::Case::Instrumental | russian::Case::Prepositional => Form::Oblique,
    }
}

/// As it is written, and as it is heard: colloquial `жырма`.
fn kazakh_spellings(word: &str) -> Vec<String> {
    let heard = word.replace("жиырма", "жырма");
    if heard == word { vec![heard] } else { vec![word.to_owned(), heard] }
}

/// As it is written, and as recognisers write what is heard: `двацать`, `пятнацать`, `пятдесят`, `пятьсят`, `восемсот`, `одинадцать`.
fn russian_spellings(word: String) -> Vec<String> {
    const HEARD: [(&str, &str); 7] = [
        ("дцат", "цат"),
        ("ьсот", "сот"),
        ("ьдесят", "десят"),
        ("ьдесят", "ьсят"),
        ("иннад", "инад"),
        ("иннац", "инац"),
        ("восьмью", "восемью"),
    ];
    let mut spellings = vec![word];
    for (written, heard) in HEARD {
        let changed: Vec<String> =
            spellings.iter().filter(|word| word.contains(written)).map(|word| word.replace(written, heard)).collect();
        spellings.extend(changed);
    }
    spellings
}

/// Quick speech that no rule gives.
const RUSSIAN_SHORT: [(u64, Shape, &str); 4] =
    [(50, Shape::Ten, "писят"), (60, Shape::Ten, "шисят"), (200, Shape::Hundred, "двесте"), (10, Shape::Teen, "десяток")];

/// Names of digits: of one, and of several.
const DIGIT_NOUNS: [(u64, &[&str], &[&str]); 11] = [
    (
        0,
        &["нолик", "нулик"],
        &["нуля", "ноля", "нули", "ноли", "нулей", "нолей", "нулями", "нолика", "нолики", "ноликов", "нулика", "нулики", "нуликов"],
    ),
    (1, &["единица", "единицу", "единичка", "единичку"], &["единицы", "единиц", "единички", "единичек", "единицей", "единицами"]),
    (2, &["двойка", "двойку", "двоечка", "двоечку"], &["двойки", "двоек", "двоечки", "двоечек", "двойками"]),
    (3, &["тройка", "тройку", "троечка", "троечку"], &["тройки", "троек", "троечки", "троечек", "тройками"]),
    (4, &["четверка", "четверку", "четверочка"], &["четверки", "четверок", "четверочки", "четверками"]),
    (5, &["пятерка", "пятерку", "пятерочка"], &["пятерки", "пятерок", "пятерочки", "пятерками"]),
    (6, &["шестерка", "шестерку", "шестерочка"], &["шестерки", "шестерок", "шестерочки", "шестерками"]),
    (7, &["семерка", "семерку", "семерочка"], &["семерки", "семерок", "семерочки", "семерками"]),
    (8, &["восьмерка", "восьмерку", "восьмерочка"], &["восьмерки", "восьмерок", "восьмерочки", "восьмерками"]),
    (9, &["девятка", "девятку", "девяточка"], &["девятки", "девяток", "девяточки", "девятками"]),
    (10, &["десятка", "десятку"], &[]),
];

/// The seven that exist.
const KAZAKH_COLLECTIVES: [(u64, &str); 7] =
    [(1, "біреу"), (2, "екеу"), (3, "үшеу"), (4, "төртеу"), (5, "бесеу"), (6, "алтау"), (7, "жетеу")];

const RUSSIAN_COLLECTIVES: [(u64, &str, [&str; 4]); 9] = [
    (2, "дво", ["е", "их", "им", "ими"]),
    (3, "тро", ["е", "их", "им", "ими"]),
    (4, "четвер", ["о", "ых", "ым", "ыми"]),
    (5, "пятер", ["о", "ых", "ым", "ыми"]),
    (6, "шестер", ["о", "ых", "ым", "ыми"]),
    (7, "семер", ["о", "ых", "ым", "ыми"]),
    (8, "восьмер", ["о", "ых", "ым", "ыми"]),  // rare
    (9, "девятер", ["о", "ых", "ым", "ыми"]),  // rare
    (10, "десятер", ["о", "ых", "ым", "ыми"]), // rare
];

const HALVES: [(&str, Shape, Lang); 10] = [
    ("жарты", Shape::Half, Lang::Kk),
    ("жарым", Shape::AndHalf, Lang::Kk),
    ("пол", Shape::Half, Lang::Ru),
    ("половиной", Shape::AndHalf, Lang::Ru),
    ("полтора", Shape::OneAndHalf, Lang::Ru),
    ("полторы", Shape::OneAndHalf, Lang::Ru),
    ("полутора", Shape::OneAndHalf, Lang::Ru),
    ("пара", Shape::Couple, Lang::Ru),
    ("пару", Shape::Couple, Lang::Ru),
    ("пары", Shape::Couple, Lang::Ru),
];

const WHOLE: [(&str, u64); 11] = [
    ("полсотни", 50),
    ("полусотни", 50),
    ("полтораста", 150),
    ("полутораста", 150),
    ("полтысячи", 500),
    ("полтыщи", 500),
    ("полутысячи", 500),
    ("полмиллиона", 500_000),
    ("полумиллиона", 500_000),
    ("полмиллиарда", 500_000_000),
    ("полумиллиарда", 500_000_000),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, value: u64, form: Form) {
        let found = senses(word);
        assert!(found.iter().any(|sense| sense.value == value && sense.form == form), "{word}: {found:?}");
    }

    #[test]
    fn forms_follow_from_stems_and_endings() {
        use Form::{About, Direct, Last, Noun, Nouns, Oblique, Ordinal};
        for (word, value, form) in [
            ("бірі", 1, Last),
            ("бесті", 5, Last),
            ("бесінде", 5, Last),
            ("онға", 10, Last),
            ("жиырмадан", 20, Last),
            ("жырмадан", 20, Last),
            ("қырқына", 40, Last),
            ("екеу", 2, Last),
            ("үшеуі", 3, Last),
            ("екеуіміз", 2, Last),
            ("алтауыңыз", 6, Last),
            ("мыңдай", 1000, About),
            ("бестей", 5, About),
            ("жиырмалар", 20, About),
            ("бестерде", 5, About),
            ("бірінші", 1, Ordinal),
            ("екіншісі", 2, Ordinal),
            ("алтыншысын", 6, Ordinal),
            ("жетіншісіне", 7, Ordinal),
            ("қырқыншы", 40, Ordinal),
            ("жиырмасыншыға", 20, Ordinal),
            ("мыңыншы", 1000, Ordinal),
            ("пятнадцати", 15, Oblique),
            ("двумястами", 200, Oblique),
            ("трехсот", 300, Oblique),
            ("четвертой", 4, Ordinal),
            ("двухтысячного", 2000, Ordinal),
            ("двацать", 20, Direct),
            ("одинацать", 11, Direct),
            ("пятьсят", 50, Direct),
            ("восемсот", 800, Direct),
            ("восемьюдесятью", 80, Oblique),
            ("тыщу", 1000, Direct),
            ("миллионға", 1_000_000, Last),
            ("двойка", 2, Noun),
            ("семерки", 7, Nouns),
            ("нулей", 0, Nouns),
            ("троих", 3, Last),
        ] {
            check(word, value, form);
        }
    }

    #[test]
    fn words_that_look_near_are_no_numbers() {
        for word in [
            "бірақ",
            "бірнеше",
            "бірдеңе",
            "жүзеге",
            "жүзеге",
            "стоп",
            "сот",
            "семья",
            "алтын",
            "отын",
            "сотка",
            "трио",
            "елде",
            "мыңдаған",
            "пятница",
        ] {
            assert_eq!(senses(word), [], "{word}");
        }
    }
}
