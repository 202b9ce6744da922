//! Places of Kazakhstan as callers name them: in either language, in any case, by old and everyday names.
//!
//! A closed list, `place.tsv` beside this file. Where exactly somebody lives is not understood, only which of these was named.

use std::ops::Range;
use std::sync::LazyLock;

use super::phrase::Phrases;
use super::words::Reading;
use crate::lang::Text;

/// A place.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name in flows and services, which stays: `astana`, `almaty_medeu`.
    pub id: &'static str,
    /// What it is.
    pub kind: PlaceKind,
    /// In which region or city it lies; none of a region or a city of republican significance.
    pub within: Option<&'static str>,
    /// Its official name, in the nominative.
    pub name: Text,
    /// Other names, old ones and those of everyday.
    pub aliases: Vec<&'static str>,
}

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// One of the seventeen regions.
    Region,
    /// A city of republican significance.
    City,
    /// A regional centre or another town.
    Town,
    /// A district of a city.
    District,
}

/// Which places a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// The seventeen regions.
    Regions,
    /// Cities and towns.
    Cities,
    /// The districts of all cities.
    Districts,
    /// The districts of this city.
    DistrictsOf(&'static Place),
}

impl Among {
    /// Whether a question takes this place.
    pub fn has(self, place: &Place) -> bool {
        match self {
            Self::Regions => place.kind == PlaceKind::Region,
            Self::Cities => matches!(place.kind, PlaceKind::City | PlaceKind::Town),
            Self::Districts => place.kind == PlaceKind::District,
            Self::DistrictsOf(city) => place.kind == PlaceKind::District && place.within == Some(city.id),
        }
    }
}

/// Every place.
pub fn places() -> &'static [Place] {
    &PLACES
}

/// The place of an id.
pub fn place(id: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.id == id)
}

/// What is named, wholly; several when they are named equally well.
///
/// A city whose name is said as that of a district or a region (`Алматы ауданы`) is not named, so `Астана, Алматы ауданы` is Astana among cities.
pub fn named(words: &[String], among: Among) -> Vec<Reading<&'static Place>> {
    match among {
        Among::Regions => best(&REGIONS, words, |_| true),
        Among::Cities => best(&CITIES, &without_divisions(words), |_| true),
        Among::Districts => best(&DISTRICTS, words, |_| true),
        Among::DistrictsOf(city) => best(&DISTRICTS, words, |place| place.within == Some(city.id)),
    }
}

fn best(phrases: &Phrases<&'static Place>, words: &[String], fits: impl Fn(&Place) -> bool) -> Vec<Reading<&'static Place>> {
    let mut whole = phrases.scored(words);
    whole.retain(|(score, reading)| score.complete && fits(reading.value));
    let best = whole.first().map(|(score, _)| *score);
    whole.into_iter().take_while(|(score, _)| Some(*score) == best).map(|(_, reading)| reading).collect()
}

/// The words, those empty that name a district or a region.
fn without_divisions(words: &[String]) -> Vec<String> {
    let mut left = words.to_vec();
    for at in (0..words.len()).filter(|at| is_division(&words[*at])) {
        for place in division(words, at) {
            left[place].clear();
        }
    }
    left
}

/// What belongs to the word "district" or "region" at `at`: in Kazakh the word before it, in Russian the adjective before it or else the name after it.
fn division(words: &[String], at: usize) -> Range<usize> {
    let adjective = at > 0 && ADJECTIVES.iter().any(|ending| words[at - 1].ends_with(ending));
    if adjective || words[at].starts_with(KAZAKH_DIVISIONS[0]) || words[at].starts_with(KAZAKH_DIVISIONS[1]) {
        return at.saturating_sub(1)..at;
    }
    (at + 1).min(words.len())..(at + 2).min(words.len())
}

fn is_division(word: &str) -> bool {
    KAZAKH_DIVISIONS.iter().chain(&RUSSIAN_DIVISIONS).any(|stem| word.starts_with(stem))
}

const KAZAKH_DIVISIONS: [&str; 2] = ["аудан", "облыс"];
const RUSSIAN_DIVISIONS: [&str; 2] = ["район", "област"];
const ADJECTIVES: [&str; 6] = ["ский", "ского", "ском", "ская", "ской", "скую"];

static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| TABLE.lines().filter_map(Place::read).collect());
static REGIONS: LazyLock<Phrases<&'static Place>> = LazyLock::new(|| phrases(|kind| kind == PlaceKind::Region));
static CITIES: LazyLock<Phrases<&'static Place>> = LazyLock::new(|| phrases(|kind| matches!(kind, PlaceKind::City | PlaceKind::Town)));
static DISTRICTS: LazyLock<Phrases<&'static Place>> = LazyLock::new(|| phrases(|kind| kind == PlaceKind::District));

fn phrases(fits: impl Fn(PlaceKind) -> bool) -> Phrases<&'static Place> {
    let names = |place: &'static Place| [place.name.kk.as_str(), place.name.ru.as_str()].into_iter().chain(place.aliases.iter().copied());
    Phrases::of(PLACES.iter().filter(|place| fits(place.kind)).flat_map(|place| names(place).map(move |name| (name, place))))
}

const TABLE: &str = include_str!("place.tsv");

impl Place {
    /// A line of the table; `None` of its header and comments. A test holds that every other line is a place.
    fn read(line: &'static str) -> Option<Self> {
        let cells: Vec<&'static str> = line.split('\t').collect();
        let [id, kind, within, kk, ru, aliases] = cells[..] else { return None };
        let kind = match kind {
            "region" => PlaceKind::Region,
            "city" => PlaceKind::City,
            "town" => PlaceKind::Town,
            "district" => PlaceKind::District,
            _ => return None,
        };
        let aliases = aliases.split(';').map(str::trim).filter(|alias| !alias.is_empty()).collect();
        let name = Text { kk: kk.to_owned(), ru: ru.to_owned() };
        Some(Self { id, kind, within: Some(within).filter(|id| !id.is_empty()), name, aliases })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::words;

    fn ids(line: &str, among: Among) -> Vec<&'static str> {
        named(&words(line), among).into_iter().map(|reading| reading.value.id).collect()
    }

    #[test]
    fn every_line_is_a_place_with_an_id_of_its_own_in_a_place_that_exists() {
        assert_eq!(places().len(), TABLE.lines().filter(|line| !line.starts_with('#')).count() - 1);
        for (at, one) in places().iter().enumerate() {
            assert!(one.id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", one.id);
            assert!(places()[..at].iter().all(|other| other.id != one.id), "{} stands twice", one.id);
            assert!(one.within.is_none_or(|id| place(id).is_some()), "{} lies nowhere", one.id);
        }
        let count = |kind| places().iter().filter(|place| place.kind == kind).count();
        assert_eq!([count(PlaceKind::Region), count(PlaceKind::City), count(PlaceKind::Town), count(PlaceKind::District)], [17, 3, 93, 19]);
    }

    #[test]
    fn every_name_finds_its_place_and_no_other() {
        let lists = [Among::Regions, Among::Cities, Among::Districts];
        for place in places() {
            let among = lists[match place.kind {
                PlaceKind::Region => 0,
                PlaceKind::City | PlaceKind::Town => 1,
                PlaceKind::District => 2,
            }];
            for name in [place.name.kk.as_str(), place.name.ru.as_str()].into_iter().chain(place.aliases.iter().copied()) {
                assert_eq!(ids(name, among), [place.id], "{name}");
            }
        }
    }

    #[test]
    fn cities_are_found_in_any_case_and_by_old_names() {
        for (line, expected) in [
            ("Астанада", "astana"),
            ("Астанадан қоңырау шалып тұрмын", "astana"),
            ("мен Алматыға барамын", "almaty"),
            ("в Шымкенте", "shymkent"),
            ("из Караганды", "karaganda"),
            ("в Караганде", "karaganda"),
            ("Қарағандыдағы орталық", "karaganda"),
            ("ну в Нур-Султане", "astana"),
            ("в Целинограде", "astana"),
            ("в Алма-Ате", "almaty"),
            ("в Усть-Каменогорске", "oskemen"),
            ("Өскеменнен", "oskemen"),
            ("Оскемен", "oskemen"),
            ("в Семипалатинске", "semey"),
            ("Семейден", "semey"),
            ("в Семее", "semey"),
            ("в Костанае живу", "kostanay"),
            ("город Рудный, в Рудном", "rudny"),
            ("Қызылордада тұрамын", "kyzylorda"),
            ("из Кзыл-Орды", "kyzylorda"),
            ("в Боровом", "burabay"),
            ("жанаозенге", "janaozen"),
            ("Екібастұзда", "ekibastuz"),
            ("столица", "astana"),
            ("Астана Алматы ауданы", "astana"),
            ("Астанада Есіл ауданында", "astana"),
            ("Карагандинская область Темиртау", "temirtau"),
            ("Қарағанды облысы Абай қаласы", "abai"),
            ("в Алматы в Медеуском районе", "almaty"),
        ] {
            assert_eq!(ids(line, Among::Cities), [expected], "{line}");
        }
        for line in ["менің семьям", "новый паспорт", "алма", "Алматы облысы", "в каком районе", "мне семь лет", ""]
        {
            assert_eq!(ids(line, Among::Cities), [""; 0], "{line}");
        }
        assert_eq!(ids("Астана или Алматы", Among::Cities), ["astana", "almaty"]);
    }

    #[test]
    fn districts_and_regions_are_told_apart_by_the_city() {
        let astana = place("astana").unwrap();
        let shymkent = place("shymkent").unwrap();
        for (line, among, expected) in [
            ("Есіл ауданында", Among::Districts, vec!["astana_esil"]),
            ("Алматы ауданы", Among::DistrictsOf(astana), vec!["astana_almaty"]),
            ("в Байконурском районе", Among::DistrictsOf(astana), vec!["astana_baikonur"]),
            ("Абайский район", Among::DistrictsOf(shymkent), vec!["shymkent_abai"]),
            ("Абай", Among::DistrictsOf(astana), vec![]),
            ("в Алмалинском районе", Among::Districts, vec!["almaty_almaly"]),
            ("в районе", Among::Districts, vec![]),
            ("Қарағанды облысынан", Among::Regions, vec!["karaganda_region"]),
            ("из Карагандинской области", Among::Regions, vec!["karaganda_region"]),
            ("шығыс қазақстан", Among::Regions, vec!["east_kazakhstan_region"]),
            ("в ЗКО", Among::Regions, vec!["west_kazakhstan_region"]),
            ("область Абай", Among::Regions, vec!["abai_region"]),
        ] {
            assert_eq!(ids(line, among), expected, "{line}");
        }
    }
}
