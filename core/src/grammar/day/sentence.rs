//! Days and times in whole sentences, as callers mostly name them: for a recogniser. What the robot says of a value, and shorter.

use super::super::graph::Sentence;
use crate::calendar::{Date, Time};
use crate::lang::Lang;
use crate::spoken::kazakh::Case as Kk;
use crate::spoken::russian::{Case as Ru, Gender};
use crate::spoken::{Inflection, Year, cardinal, date, ordinal, time, weekday, weekday_date};

/// The days from this one on, so many ahead.
pub(in crate::grammar) fn date_sentences(today: Date, days: u16) -> impl Iterator<Item = Sentence> {
    (0..=days).filter_map(move |ahead| Some((ahead, today.plus_days(ahead.into())?))).flat_map(|(ahead, day)| {
        Lang::ALL.into_iter().flat_map(move |lang| of_day(lang, ahead, day).into_iter().map(move |text| (Some(lang), text)))
    })
}

fn of_day(lang: Lang, ahead: u16, day: Date) -> Vec<String> {
    let forms = match lang {
        Lang::Kk => [Kk::Nominative, Kk::Locative].map(Inflection::Kk),
        Lang::Ru => [Ru::Genitive, Ru::Nominative].map(|case| Inflection::Ru(case, Gender::Neuter)),
    };
    let mut said: Vec<String> =
        forms.iter().flat_map(|form| [Year::Unsaid, Year::Said].map(|year| date(day, year, *form).text())).collect();
    said.push(weekday_date(lang, day, Year::Unsaid).text());
    if ahead < 7 {
        said.extend(weekdays(lang, day));
    }
    if ahead < 28 {
        said.extend(forms.map(|form| number_of(day, form)));
    }
    said.extend(near(lang, ahead).iter().map(|word| (*word).to_owned()));
    said
}

/// `двадцать четвёртого`, `жиырма төртінші`: the next day of that number.
fn number_of(day: Date, form: Inflection) -> String {
    match form {
        Inflection::Kk(_) => ordinal(day.day().into(), Inflection::Kk(Kk::Nominative)).text(),
        Inflection::Ru(..) => ordinal(day.day().into(), form).text(),
    }
}

/// `во вторник`, `вторник`; `сейсенбі күні`, `сейсенбі`, `сейсенбіде`.
fn weekdays(lang: Lang, day: Date) -> Vec<String> {
    let on = weekday(lang, day).text();
    match (lang, on.split_once(' ')) {
        (Lang::Kk, Some((name, _))) => vec![name.to_owned(), crate::spoken::kazakh::inflected(name, Kk::Locative), on],
        (Lang::Ru, Some((_, name))) => vec![name.to_owned(), on],
        (Lang::Kk | Lang::Ru, None) => vec![on],
    }
}

/// The days that have a word of their own.
const fn near(lang: Lang, ahead: u16) -> &'static [&'static str] {
    match (lang, ahead) {
        (Lang::Kk, 0) => &["бүгін", "бүгінге"],
        (Lang::Kk, 1) => &["ертең", "ертеңге"],
        (Lang::Kk, 2) => &["бүрсігүні", "бүрсігүнге"],
        (Lang::Ru, 0) => &["сегодня", "на сегодня"],
        (Lang::Ru, 1) => &["завтра", "на завтра"],
        (Lang::Ru, 2) => &["послезавтра", "на послезавтра"],
        (Lang::Kk | Lang::Ru, _) => &[],
    }
}

/// Every minute of a day.
pub(in crate::grammar) fn time_sentences() -> impl Iterator<Item = Sentence> {
    let times = (0..24).flat_map(|hour| (0..60).filter_map(move |minute| Time::new(hour, minute).ok()));
    times.flat_map(|time| Lang::ALL.into_iter().flat_map(move |lang| of_time(lang, time).into_iter().map(move |text| (Some(lang), text))))
}

fn of_time(lang: Lang, at: Time) -> Vec<String> {
    let mut said = vec![time(lang, at).text()];
    match lang {
        // Nobody says `ноль девятнадцать`.
        Lang::Kk | Lang::Ru if at.hour() == 0 => {}
        Lang::Kk => said.extend(kazakh(at).into_iter().flat_map(|text| [format!("сағат {text}"), text])),
        Lang::Ru => said.extend(russian(at).into_iter().flat_map(|text| [format!("в {text}"), text])),
    }
    said
}

/// `тоғыз`, `тоғыз он бес`, `тоғыз жарым`, `тоғыз жарымда`.
fn kazakh(at: Time) -> Vec<String> {
    let number = |number: u8, case| cardinal(number.into(), Inflection::Kk(case)).text();
    let hour = number(at.hour(), Kk::Nominative);
    match at.minute() {
        0 => vec![hour], // `онда` alone is `then`
        1..=9 => Vec::new(),
        30 => vec![format!("{hour} жарым"), format!("{hour} жарымда"), format!("{hour} {}", number(30, Kk::Nominative))],
        minute => vec![format!("{hour} {}", number(minute, Kk::Nominative)), format!("{hour} {}", number(minute, Kk::Locative))],
    }
}

/// `девять`, `девять пятнадцать`.
fn russian(at: Time) -> Vec<String> {
    let number = |number: u8| cardinal(number.into(), Inflection::plain(Lang::Ru)).text();
    match at.minute() {
        0 => vec![number(at.hour())],
        1..=9 => vec![format!("{} {} {}", number(at.hour()), number(0), number(at.minute()))],
        minute => vec![format!("{} {}", number(at.hour()), number(minute))],
    }
}
