//! How a text is written for a voice: words that voices get wrong, and letters that a voice does not know.
//!
//! Kazakh is read by a Kyrgyz voice, which passes over letters that Kyrgyz does not have; each is given as its nearest neighbour.

use std::path::Path;

use dauys_core::lang::Lang;
use serde::Deserialize;

use super::render::RenderError;

/// What `prompts/voice.yaml` says.
#[derive(Clone, Debug, Default)]
pub struct Respelling(Vec<Word>);

/// One word and how it is said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Word {
    lang: Lang,
    written: String,
    say: String,
}

const FILE_BYTES_MAX: usize = 64 * 1024;

const KAZAKH_BY_KYRGYZ: [(char, char); 12] = [
    ('ә', 'э'),
    ('Ә', 'Э'),
    ('ғ', 'г'),
    ('Ғ', 'Г'),
    ('қ', 'к'),
    ('Қ', 'К'),
    ('ұ', 'у'),
    ('Ұ', 'У'),
    ('і', 'и'),
    ('І', 'И'),
    ('һ', 'х'),
    ('Һ', 'Х'),
];

impl Respelling {
    /// From `prompts/voice.yaml` under `root`; without the file nothing is respelt.
    ///
    /// # Errors
    /// When the file cannot be read, or says something else than a list of `{lang, written, say}`.
    pub fn read(root: &Path) -> Result<Self, RenderError> {
        let path = root.join("prompts/voice.yaml");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|why| RenderError::Respelling { path, why }),
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(RenderError::File { path, source }),
        }
    }

    fn parse(yaml: &str) -> Result<Self, String> {
        if yaml.len() > FILE_BYTES_MAX {
            return Err(format!("expected at most {FILE_BYTES_MAX} bytes, came {}", yaml.len()));
        }
        let words: Vec<Word> = serde_saphyr::from_str(yaml).map_err(|why| why.to_string())?;
        match words.iter().find(|word| word.written.is_empty()) {
            Some(word) => Err(format!("`written` is empty where `say` is {:?}", word.say)),
            None => Ok(Self(words)),
        }
    }

    /// The text with every listed word as it is said.
    pub fn apply(&self, lang: Lang, text: &str) -> String {
        let of_lang = self.0.iter().filter(|word| word.lang == lang);
        of_lang.fold(text.to_owned(), |text, word| replace_words(&text, &word.written, &word.say))
    }
}

/// The text in letters that Kyrgyz has.
pub fn kazakh_for_kyrgyz(text: &str) -> String {
    let neighbour = |c| KAZAKH_BY_KYRGYZ.iter().find(|(kazakh, _)| *kazakh == c).map_or(c, |(_, kyrgyz)| *kyrgyz);
    text.chars().map(neighbour).collect()
}

/// The first character that is neither Cyrillic nor a mark between words: a voice would skip it or read it in its own way.
pub fn unspeakable(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_alphanumeric() && !matches!(c, '\u{400}'..='\u{4FF}'))
}

fn replace_words(text: &str, written: &str, say: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(written) {
        let (before, found) = rest.split_at(at);
        let after = &found[written.len()..];
        let whole = !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        out += before;
        out += if whole { say } else { written };
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_word_is_respelt_in_its_language_and_only_whole() {
        let words = Respelling::parse("- {lang: kk, written: \"ЖСН\", say: \"жэ эс эн\"}").unwrap();
        let cases = [
            (Lang::Kk, "ЖСН.", "жэ эс эн."),
            (Lang::Kk, "Сіздің ЖСН-іңіз", "Сіздің жэ эс эн-іңіз"),
            (Lang::Kk, "ЖСНХ, ХЖСН", "ЖСНХ, ХЖСН"),
            (Lang::Ru, "ЖСН", "ЖСН"),
        ];
        for (lang, written, said) in cases {
            assert_eq!(words.apply(lang, written), said, "{written}");
        }
    }

    #[test]
    fn no_letter_that_kyrgyz_lacks_is_left() {
        assert_eq!(kazakh_for_kyrgyz("Әуе ғылым Қазақ ұлы Іні һәм өмір үй жаңа"), "Эуе гылым Казак улы Ини хэм өмир үй жаңа");
    }

    #[test]
    fn digits_and_latin_letters_are_no_words() {
        assert_eq!(unspeakable("Өтінім нөмірі: екі, «үш»…"), None);
        assert_eq!(unspeakable("звоните 1414"), Some('1'));
        assert_eq!(unspeakable("по SMS"), Some('S'));
    }

    #[test]
    fn a_mistake_in_the_list_is_an_error() {
        for yaml in [
            "- {lang: en, written: a, say: b}",
            "- {lang: kk, written: \"\", say: b}",
            "- {lang: kk, writen: a, say: b}",
            "kk: x",
            &"x".repeat(FILE_BYTES_MAX + 1),
        ] {
            assert!(Respelling::parse(yaml).is_err());
        }
    }
}
