//! `dauys check --explain CODE` and `--list`: the pages of the catalogue.

use dauys_core::flow::fault::{Code, Locale, Page, told};

use super::said::{KINDS, Kind};

/// The page of a code, in whatever case it is typed.
///
/// # Errors
/// When there is no such code: the sentence that names the nearest.
pub fn explain(asked: &str, locale: Locale) -> Result<String, String> {
    let code = asked.trim().to_uppercase();
    if let Some(found) = Code::ALL.iter().find(|known| known.text() == code) {
        return Ok(of_core(*found, &found.page(), locale));
    }
    KINDS.iter().find(|kind| kind.code == code).map(|kind| of_shell(kind, locale)).ok_or_else(|| unknown(&code, locale))
}

/// Every code with its line.
pub fn list(locale: Locale) -> String {
    titles(locale).iter().map(|(code, title)| format!("{code}  {title}\n")).collect()
}

fn titles(locale: Locale) -> Vec<(&'static str, &'static str)> {
    let core = Code::ALL.iter().map(|code| (code.text(), code.page().title.choose(locale)));
    let mut all: Vec<_> = core.chain(KINDS.iter().map(|kind| (kind.code, kind.title.choose(locale)))).collect();
    all.sort_unstable();
    all
}

fn of_core(code: Code, page: &Page, locale: Locale) -> String {
    let text = head(code.text(), page.title.choose(locale), page.means.choose(locale), page.matters.choose(locale), locale);
    let (wrong, mended) = (told("Wrong:", "Неправильно:"), told("Mended:", "Исправлено:"));
    let example = |example: String| example.lines().map(|line| format!("    {line}\n")).collect::<String>();
    text + &format!(
        "\n{}\n\n{}\n{}\n\n{}",
        wrong.choose(locale),
        example(page.wrong.shown(locale)),
        mended.choose(locale),
        example(page.mended.shown(locale))
    )
}

fn of_shell(kind: &Kind, locale: Locale) -> String {
    head(kind.code, kind.title.choose(locale), kind.means.choose(locale), kind.matters.choose(locale), locale)
}

fn head(code: &str, title: &str, means: &str, matters: &str, locale: Locale) -> String {
    let why = told("For the caller:", "Для звонящего:").choose(locale);
    format!("{code}: {title}\n\n{}\n\n{why} {}\n", folded(means), folded(matters))
}

/// Lines of at most this many characters, cut at blanks.
const LINE_MAX: usize = 100;

fn folded(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut().filter(|_| last + 1 + word.chars().count() <= LINE_MAX) {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => *line += &format!(" {word}"),
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// A letter and four digits: the nearest code shares its beginning, and lies closest after it.
fn unknown(code: &str, locale: Locale) -> String {
    let all = titles(locale);
    let shared = |known: &str| known.chars().zip(code.chars()).take_while(|(a, b)| a == b).count();
    let nearest = all.iter().min_by_key(|(known, _)| (strsim::damerau_levenshtein(known, code), usize::MAX - shared(known)));
    let nearest = nearest.map_or(("", ""), |(known, title)| (*known, *title));
    match locale {
        Locale::En => format!("there is no code `{code}`; did you mean {} ({})? `dauys check --list` names all", nearest.0, nearest.1),
        Locale::Ru => format!("кода `{code}` нет; может быть, {} ({})? Все коды показывает `dauys check --list`", nearest.0, nearest.1),
    }
}
