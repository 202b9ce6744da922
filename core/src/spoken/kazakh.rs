//! Kazakh numbers and endings: vowel harmony and the assimilation of consonants, by rule over any word.
//!
//! Nothing here is a table of finished forms but the roots of numbers and the three words that break the rules.

use super::phrase::digits;
use crate::lang::Lang;

/// The cases of a Kazakh word (септік).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// Атау: no ending.
    Nominative,
    /// Ілік: -ның.
    Genitive,
    /// Барыс: -ға.
    Dative,
    /// Табыс: -ны.
    Accusative,
    /// Жатыс: -да.
    Locative,
    /// Шығыс: -дан.
    Ablative,
    /// Көмектес: -мен.
    Instrumental,
}

impl Case {
    /// All seven.
    pub const ALL: [Self; 7] =
        [Self::Nominative, Self::Genitive, Self::Dative, Self::Accusative, Self::Locative, Self::Ablative, Self::Instrumental];

    /// Its name in flows and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nominative => "nominative",
            Self::Genitive => "genitive",
            Self::Dative => "dative",
            Self::Accusative => "accusative",
            Self::Locative => "locative",
            Self::Ablative => "ablative",
            Self::Instrumental => "instrumental",
        }
    }
}

const TENS: [&str; 10] = ["", "он", "жиырма", "отыз", "қырық", "елу", "алпыс", "жетпіс", "сексен", "тоқсан"];
const SCALES: [&str; 4] = ["", "мың", "миллион", "миллиард"];

/// The words of a number below 10¹². A hundred is `жүз`, a thousand `бір мың`.
pub(super) fn cardinal(number: u64) -> Vec<String> {
    if number == 0 {
        return vec![digits(Lang::Kk)[0].to_owned()];
    }
    let groups = (0..SCALES.len()).rev().map(|scale| (scale, number / 1000_u64.pow(scale as u32) % 1000));
    let words = groups.filter(|(_, group)| *group > 0).flat_map(|(scale, group)| below_thousand(group).into_iter().chain([SCALES[scale]]));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn below_thousand(group: u64) -> [&'static str; 4] {
    let [hundreds, tens, ones] = [group / 100, group / 10 % 10, group % 10].map(|digit| digit as usize);
    let digit = |value: usize, least: usize| if value < least { "" } else { digits(Lang::Kk)[value] };
    [digit(hundreds, 2), if hundreds > 0 { "жүз" } else { "" }, TENS[tens], digit(ones, 1)]
}

/// The words of a number of which the last has the ending of a case.
pub(super) fn cardinal_in(number: u64, case: Case) -> Vec<String> {
    with_last(cardinal(number), |word| inflected(word, case))
}

/// `жиырма бірінші`: only the last word becomes an ordinal.
pub(super) fn ordinal(number: u64) -> Vec<String> {
    with_last(cardinal(number), ordinal_word)
}

/// The words with the last one changed.
pub(super) fn with_last(mut words: Vec<String>, change: impl Fn(&str) -> String) -> Vec<String> {
    if let Some(last) = words.last_mut() {
        *last = change(last);
    }
    words
}

fn ordinal_word(word: &str) -> String {
    let front = is_front(word);
    match word {
        "жиырма" => "жиырмасыншы".to_owned(),
        "қырық" => "қырқыншы".to_owned(), // the narrow vowel of the root falls out
        _ if last_sound(word) == Sound::Vowel => format!("{word}{}", if front { "нші" } else { "ншы" }),
        _ => format!("{word}{}", if front { "інші" } else { "ыншы" }),
    }
}

/// A word with the ending of a case.
pub fn inflected(word: &str, case: Case) -> String {
    format!("{word}{}", ending(case, last_sound(word), is_front(word)))
}

/// What the choice of an ending's first letter hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sound {
    Vowel,
    /// м н ң
    Nasal,
    /// л р й у
    Liquid,
    /// ж з
    Voiced,
    /// The voiceless ones, and б в г д, which are so at the end of a word.
    Voiceless,
}

fn ending(case: Case, after: Sound, front: bool) -> &'static str {
    use Sound::{Liquid, Nasal, Voiced, Voiceless, Vowel};
    let (back_form, front_form) = match (case, after) {
        (Case::Nominative, Vowel | Nasal | Liquid | Voiced | Voiceless) => ("", ""),
        (Case::Genitive, Vowel | Nasal) => ("ның", "нің"),
        (Case::Genitive, Liquid | Voiced) => ("дың", "дің"),
        (Case::Genitive, Voiceless) => ("тың", "тің"),
        (Case::Dative, Vowel | Nasal | Liquid | Voiced) => ("ға", "ге"),
        (Case::Dative, Voiceless) => ("қа", "ке"),
        (Case::Accusative, Vowel) => ("ны", "ні"),
        (Case::Accusative, Nasal | Liquid | Voiced) => ("ды", "ді"),
        (Case::Accusative, Voiceless) => ("ты", "ті"),
        (Case::Locative, Vowel | Nasal | Liquid | Voiced) => ("да", "де"),
        (Case::Locative, Voiceless) => ("та", "те"),
        (Case::Ablative, Nasal) => ("нан", "нен"),
        (Case::Ablative, Vowel | Liquid | Voiced) => ("дан", "ден"),
        (Case::Ablative, Voiceless) => ("тан", "тен"),
        (Case::Instrumental, Vowel | Nasal | Liquid) => ("мен", "мен"),
        (Case::Instrumental, Voiced) => ("бен", "бен"),
        (Case::Instrumental, Voiceless) => ("пен", "пен"),
    };
    if front { front_form } else { back_form }
}

fn last_sound(word: &str) -> Sound {
    match word.chars().next_back().unwrap_or('а') {
        'м' | 'н' | 'ң' => Sound::Nasal,
        'л' | 'р' | 'й' | 'у' => Sound::Liquid,
        'ж' | 'з' => Sound::Voiced,
        'а' | 'ә' | 'е' | 'ё' | 'и' | 'о' | 'ө' | 'ұ' | 'ү' | 'ы' | 'і' | 'э' | 'ю' | 'я' => Sound::Vowel,
        _ => Sound::Voiceless,
    }
}

/// Whether the word's endings have front vowels: its last vowel that is one or the other decides. `у` and `и` are neither: `елу` is front because of its `е`.
fn is_front(word: &str) -> bool {
    let harmony = |letter: char| match letter {
        'ә' | 'е' | 'ө' | 'ү' | 'і' | 'э' => Some(true),
        'а' | 'о' | 'ұ' | 'ы' | 'ё' | 'ю' | 'я' => Some(false),
        _ => None,
    };
    word.chars().rev().find_map(harmony).unwrap_or(false)
}

/// The twelve months, from January.
pub(super) const MONTHS: [&str; 12] =
    ["қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"];

/// `on Monday`, from Monday.
pub(super) const ON_WEEKDAYS: [&str; 7] =
    ["дүйсенбі күні", "сейсенбі күні", "сәрсенбі күні", "бейсенбі күні", "жұма күні", "сенбі күні", "жексенбі күні"];

/// What follows a number and takes it in a case: before it the number bears the ending, before anything else the noun does.
pub(super) const POSTPOSITIONS: [&str; 14] =
    ["дейін", "шейін", "қарай", "таман", "жуық", "кейін", "соң", "бастап", "бері", "бұрын", "басқа", "артық", "кем", "көп"];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(numbers: &[u64], case: Case) -> String {
        numbers.iter().map(|number| cardinal_in(*number, case).join(" ")).collect::<Vec<_>>().join(", ")
    }

    const ROOTS: [u64; 21] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 1000];

    #[test]
    fn every_root_takes_the_endings_of_its_vowels_and_its_last_sound() {
        let cases = [
            (
                Case::Genitive,
                "нөлдің, бірдің, екінің, үштің, төрттің, бестің, алтының, жетінің, сегіздің, тоғыздың, онның, жиырманың, отыздың, қырықтың, елудің, алпыстың, жетпістің, сексеннің, тоқсанның, жүздің, бір мыңның",
            ),
            (
                Case::Dative,
                "нөлге, бірге, екіге, үшке, төртке, беске, алтыға, жетіге, сегізге, тоғызға, онға, жиырмаға, отызға, қырыққа, елуге, алпысқа, жетпіске, сексенге, тоқсанға, жүзге, бір мыңға",
            ),
            (
                Case::Accusative,
                "нөлді, бірді, екіні, үшті, төртті, бесті, алтыны, жетіні, сегізді, тоғызды, онды, жиырманы, отызды, қырықты, елуді, алпысты, жетпісті, сексенді, тоқсанды, жүзді, бір мыңды",
            ),
            (
                Case::Locative,
                "нөлде, бірде, екіде, үште, төртте, бесте, алтыда, жетіде, сегізде, тоғызда, онда, жиырмада, отызда, қырықта, елуде, алпыста, жетпісте, сексенде, тоқсанда, жүзде, бір мыңда",
            ),
            (
                Case::Ablative,
                "нөлден, бірден, екіден, үштен, төрттен, бестен, алтыдан, жетіден, сегізден, тоғыздан, оннан, жиырмадан, отыздан, қырықтан, елуден, алпыстан, жетпістен, сексеннен, тоқсаннан, жүзден, бір мыңнан",
            ),
            (
                Case::Instrumental,
                "нөлмен, бірмен, екімен, үшпен, төртпен, беспен, алтымен, жетімен, сегізбен, тоғызбен, онмен, жиырмамен, отызбен, қырықпен, елумен, алпыспен, жетпіспен, сексенмен, тоқсанмен, жүзбен, бір мыңмен",
            ),
        ];
        for (case, forms) in cases {
            assert_eq!(said(&ROOTS, case), forms, "{case:?}");
        }
        assert_eq!(said(&[2_000_000, 3_000_000_000], Case::Ablative), "екі миллионнан, үш миллиардтан");
    }

    #[test]
    fn ordinals_of_every_root() {
        let forms: Vec<String> = ROOTS.iter().map(|number| ordinal(*number).join(" ")).collect();
        assert_eq!(
            forms.join(", "),
            "нөлінші, бірінші, екінші, үшінші, төртінші, бесінші, алтыншы, жетінші, сегізінші, тоғызыншы, оныншы, жиырмасыншы, отызыншы, қырқыншы, елуінші, алпысыншы, жетпісінші, сексенінші, тоқсаныншы, жүзінші, бір мыңыншы"
        );
        assert_eq!(ordinal(1_000_042).join(" "), "бір миллион қырық екінші");
    }

    #[test]
    fn months_take_endings_too() {
        let at: Vec<String> = MONTHS.iter().map(|month| inflected(month, Case::Locative)).collect();
        assert_eq!(
            at.join(", "),
            "қаңтарда, ақпанда, наурызда, сәуірде, мамырда, маусымда, шілдеде, тамызда, қыркүйекте, қазанда, қарашада, желтоқсанда"
        );
        let from: Vec<String> = MONTHS.iter().map(|month| inflected(month, Case::Ablative)).collect();
        assert_eq!(
            from.join(", "),
            "қаңтардан, ақпаннан, наурыздан, сәуірден, мамырдан, маусымнан, шілдеден, тамыздан, қыркүйектен, қазаннан, қарашадан, желтоқсаннан"
        );
    }
}
