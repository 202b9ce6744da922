//! What stands between `{{` and `}}`: a slot, and the filter that says it.

use super::super::fault::TemplateSlip;
use super::super::graph::Type;
use crate::lang::Lang;
use crate::spoken::kazakh;
use crate::spoken::russian::{self, Gender, gender_of};
use crate::spoken::{Form, Inflection, Year, when};

/// How a prompt's author asks for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// By the words of the lexicon.
    Item,
    /// Digit by digit.
    Digits,
    /// In words.
    Number,
    /// In words, with a noun.
    Plural,
    /// As an ordinal.
    Ordinal,
    /// With the word for per cent.
    Percent,
    /// Day and month.
    Date,
    /// Day, month and year.
    FullDate,
    /// Day, month and day of the week.
    WeekdayDate,
    /// The time at which something is.
    Time,
    /// In tenge.
    Money,
    /// What people call a topic.
    Title,
    /// What is answered to it.
    Answer,
    /// What one needs for it, line by line: only in a message.
    Documents,
}

/// A template, read.
pub(super) struct Template {
    pub(super) slot: String,
    pub(super) filter: Filter,
    pub(super) way: Way,
}

/// How its value is said.
pub(super) enum Way {
    /// By the words of the lexicon.
    Item,
    /// By the answer of a topic.
    Answer,
    /// By the documents of a topic.
    Documents,
    /// In words of the inventory.
    Words(Form),
    /// A number, then one of these nouns: after one, few and many.
    Counted(Inflection, [String; 3]),
}

impl Filter {
    const ALL: [Self; 14] = [
        Self::Item,
        Self::Digits,
        Self::Number,
        Self::Plural,
        Self::Ordinal,
        Self::Percent,
        Self::Date,
        Self::FullDate,
        Self::WeekdayDate,
        Self::Time,
        Self::Money,
        Self::Title,
        Self::Answer,
        Self::Documents,
    ];

    /// As it stands in a prompt.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Item => "say_item",
            Self::Digits => "say_digits",
            Self::Number => "say_number",
            Self::Plural => "plural",
            Self::Ordinal => "say_ordinal",
            Self::Percent => "say_percent",
            Self::Date => "say_date",
            Self::FullDate => "say_full_date",
            Self::WeekdayDate => "say_weekday_date",
            Self::Time => "say_time",
            Self::Money => "say_money",
            Self::Title => "say_title",
            Self::Answer => "say_answer",
            Self::Documents => "documents",
        }
    }

    /// Whether it can say a value of a type.
    pub(super) fn fits(self, ty: &Type) -> bool {
        match self {
            Self::Item => matches!(ty, Type::Item { .. }),
            Self::Digits => matches!(ty, Type::Iin | Type::Application | Type::Digits | Type::Phone),
            Self::Number | Self::Plural | Self::Ordinal | Self::Percent => matches!(ty, Type::Count),
            Self::Date | Self::FullDate | Self::WeekdayDate => matches!(ty, Type::Date),
            Self::Time => matches!(ty, Type::Time),
            Self::Money => matches!(ty, Type::Money),
            Self::Title | Self::Answer | Self::Documents => ty.is_topic(),
        }
    }
}

impl Way {
    /// The most pieces that the value is said in. An item of the lexicon is one clip.
    pub(super) const fn pieces_max(&self) -> usize {
        match self {
            Self::Item | Self::Answer | Self::Documents => 1,
            Self::Words(form) => form.pieces_max(),
            Self::Counted(form, _) => Form::Cardinal(*form).pieces_max() + 1,
        }
    }
}

/// Reads a template. The error says what it should have been.
pub(super) fn template(inner: &str, lang: Lang) -> Result<Template, TemplateSlip> {
    let (slot, filter) = inner.split_once('|').ok_or(TemplateSlip::NoBar)?;
    let slot = slot.trim();
    if slot.is_empty() || !slot.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
        return Err(TemplateSlip::SlotName);
    }
    let (name, arguments) = match filter.trim().split_once('(') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix(')').ok_or(TemplateSlip::OpenBracket)?),
        None => (filter.trim(), ""),
    };
    let filter = Filter::ALL.into_iter().find(|filter| filter.name() == name).ok_or(TemplateSlip::UnknownFilter)?;
    let mut arguments = Arguments::read(arguments)?;
    let way = way(filter, lang, &mut arguments)?;
    arguments.none_left()?;
    Ok(Template { slot: slot.to_owned(), filter, way })
}

fn way(filter: Filter, lang: Lang, arguments: &mut Arguments<'_>) -> Result<Way, TemplateSlip> {
    let plain = Inflection::plain(lang);
    let form = match filter {
        Filter::Item | Filter::Title => return Ok(Way::Item),
        Filter::Answer => return Ok(Way::Answer),
        Filter::Documents => return Ok(Way::Documents),
        Filter::Plural => return counted(lang, arguments),
        Filter::Digits => Form::Digits,
        Filter::Number => {
            let in_case = arguments.case(plain)?;
            Form::Cardinal(arguments.gender(in_case)?)
        }
        Filter::Ordinal => Form::Ordinal(arguments.gender(plain)?),
        Filter::Percent => Form::Percent,
        Filter::Date => Form::Date(arguments.case(when(lang))?, Year::Unsaid),
        Filter::FullDate => Form::Date(arguments.case(when(lang))?, Year::Said),
        Filter::WeekdayDate => Form::WeekdayDate,
        Filter::Time => Form::Time,
        Filter::Money => Form::Money,
    };
    offered(form, lang).map(Way::Words)
}

fn offered(form: Form, lang: Lang) -> Result<Form, TemplateSlip> {
    let cases = match lang {
        Lang::Kk => TemplateSlip::KazakhCase,
        Lang::Ru => TemplateSlip::RussianCase,
    };
    Form::offered(lang).contains(&form).then_some(form).ok_or(cases)
}

/// A Kazakh noun is the same after every number. A Russian one has three forms, and its gender is told by the first where it can be.
fn counted(lang: Lang, arguments: &mut Arguments<'_>) -> Result<Way, TemplateSlip> {
    let plain = arguments.case(Inflection::plain(lang))?;
    let (form, noun) = match lang {
        Lang::Kk => {
            let noun = arguments.noun("other").ok_or(TemplateSlip::KazakhNoun)?;
            (plain, [noun.clone(), noun.clone(), noun])
        }
        Lang::Ru => {
            let forms = ["one", "few", "many"].map(|name| arguments.noun(name));
            let [Some(one), Some(few), Some(many)] = forms else {
                return Err(TemplateSlip::RussianNoun);
            };
            let told = gender_of(&one).filter(|_| matches!(plain, Inflection::Ru(russian::Case::Nominative, _)));
            let form = match (plain, told) {
                (Inflection::Ru(case, _), Some(gender)) if !arguments.has("gender") => Inflection::Ru(case, gender),
                (_, None) if !arguments.has("gender") => {
                    return Err(TemplateSlip::UntoldGender);
                }
                (_, _) => arguments.gender(plain)?,
            };
            (form, [one, few, many])
        }
    };
    offered(Form::Cardinal(form), lang)?;
    Ok(Way::Counted(form, noun))
}

/// `case="genitive", gender="f"`: each name once.
struct Arguments<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Arguments<'a> {
    fn read(text: &'a str) -> Result<Self, TemplateSlip> {
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or(TemplateSlip::Argument)?;
            let (name, after) = (name.trim(), after.trim_start());
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(TemplateSlip::Argument)?;
            let (value, after) = after[1..].split_once(quote).ok_or(TemplateSlip::OpenQuote)?;
            if found.iter().any(|(other, _)| *other == name) {
                return Err(TemplateSlip::ArgumentTwice);
            }
            found.push((name, value.trim()));
            let after = after.trim_start();
            rest = match after.strip_prefix(',') {
                Some(next) => next.trim_start(),
                None if after.is_empty() => "",
                None => return Err(TemplateSlip::Argument),
            };
        }
        Ok(Self(found))
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(own, _)| *own == name)
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(own, _)| *own == name)?;
        Some(self.0.remove(at).1)
    }

    /// Words, never nothing.
    fn noun(&mut self, name: &str) -> Option<String> {
        let words = self.take(name)?.split_whitespace().collect::<Vec<_>>().join(" ");
        words.chars().any(char::is_alphabetic).then_some(words)
    }

    fn case(&mut self, form: Inflection) -> Result<Inflection, TemplateSlip> {
        let Some(name) = self.take("case") else { return Ok(form) };
        match form {
            Inflection::Kk(_) => {
                kazakh::Case::ALL.into_iter().find(|case| case.name() == name).map(Inflection::Kk).ok_or(TemplateSlip::KazakhCase)
            }
            Inflection::Ru(_, gender) => {
                let case = russian::Case::ALL.into_iter().find(|case| case.name() == name);
                case.map(|case| Inflection::Ru(case, gender)).ok_or(TemplateSlip::RussianCase)
            }
        }
    }

    fn gender(&mut self, form: Inflection) -> Result<Inflection, TemplateSlip> {
        match (form, self.take("gender")) {
            (_, None) => Ok(form),
            (Inflection::Kk(_), Some(_)) => Err(TemplateSlip::GenderInKazakh),
            (Inflection::Ru(case, _), Some(name)) => {
                let gender = Gender::ALL.into_iter().find(|gender| gender.name() == name);
                gender.map(|gender| Inflection::Ru(case, gender)).ok_or(TemplateSlip::UnknownGender)
            }
        }
    }

    fn none_left(&self) -> Result<(), TemplateSlip> {
        if self.0.is_empty() { Ok(()) } else { Err(TemplateSlip::UnknownArgument) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, lang: Lang) -> Result<String, &'static str> {
        let way = |template: Template| match template.way {
            Way::Item => "item".to_owned(),
            Way::Answer => "answer".to_owned(),
            Way::Documents => "documents".to_owned(),
            Way::Words(form) => format!("{form:?}"),
            Way::Counted(form, noun) => format!("{form:?} {}", noun.join("/")),
        };
        template(text, lang).map(way).map_err(|slip| slip.words().en)
    }

    #[test]
    fn templates_that_can_be_read() {
        for (text, lang, way) in [
            ("iin | say_digits", Lang::Kk, "Digits"),
            ("a.b|say_item", Lang::Ru, "item"),
            ("topic | say_answer", Lang::Kk, "answer"),
            ("topic | say_title", Lang::Kk, "item"),
            ("topic | documents", Lang::Ru, "documents"),
            ("n | say_number", Lang::Kk, "Cardinal(Kk(Nominative))"),
            ("n | say_number(case=\"dative\")", Lang::Kk, "Cardinal(Kk(Dative))"),
            ("n | say_number( gender = 'f' , case='genitive', )", Lang::Ru, "Cardinal(Ru(Genitive, Feminine))"),
            ("n | say_ordinal(gender=\"n\")", Lang::Ru, "Ordinal(Ru(Nominative, Neuter))"),
            ("d | say_date", Lang::Ru, "Date(Ru(Genitive, Neuter), Unsaid)"),
            ("d | say_full_date(case='locative')", Lang::Kk, "Date(Kk(Locative), Said)"),
            ("n | plural(other='өтінім')", Lang::Kk, "Kk(Nominative) өтінім/өтінім/өтінім"),
            ("n | plural(one='заявка', few='заявки', many='заявок')", Lang::Ru, "Ru(Nominative, Feminine) заявка/заявки/заявок"),
            ("n | plural(one='час', few='часа', many='часов')", Lang::Ru, "Ru(Nominative, Masculine) час/часа/часов"),
            (
                "n | plural(one='минуты', few='минут', many='минут', case='genitive', gender='f')",
                Lang::Ru,
                "Ru(Genitive, Feminine) минуты/минут/минут",
            ),
        ] {
            assert_eq!(read(text, lang).as_deref(), Ok(way), "{text}");
        }
    }

    #[test]
    fn templates_that_say_what_is_wrong() {
        for (text, lang, why) in [
            ("n", Lang::Kk, "it needs `|`"),
            ("Ң | say_digits", Lang::Kk, "before `|`"),
            ("n | say_words", Lang::Kk, "after `|` stands"),
            ("n | say_number(", Lang::Kk, "not closed"),
            ("n | say_number(case)", Lang::Kk, "in brackets stand"),
            ("n | say_number(case=dative)", Lang::Kk, "in brackets stand"),
            ("n | say_number(case='dative' gender='m')", Lang::Ru, "in brackets stand"),
            ("n | say_number(case='dative)", Lang::Kk, "a quote"),
            ("n | say_number(case='dative', case='dative')", Lang::Kk, "twice"),
            ("n | say_number(case='dativ')", Lang::Kk, "in Kazakh a number's case"),
            ("n | say_number(case='locative')", Lang::Ru, "in Russian a number's case"),
            ("n | say_number(case='instrumental')", Lang::Ru, "in Russian a number's case"),
            ("n | say_number(gender='f')", Lang::Kk, "Kazakh has no gender"),
            ("n | say_number(gender='x')", Lang::Ru, "the gender is"),
            ("n | say_time(case='genitive')", Lang::Ru, "no such argument"),
            ("n | say_digits(group='3')", Lang::Ru, "no such argument"),
            ("n | plural(other='заявка')", Lang::Ru, "in Russian `plural` takes"),
            ("n | plural(one='заявка', few='', many='заявок')", Lang::Ru, "in Russian `plural` takes"),
            ("n | plural(one='дверь', few='двери', many='дверей')", Lang::Ru, "ok"),
            ("n | plural(one='тень', few='тени', many='теней')", Lang::Ru, "the gender of the noun"),
            ("n | plural(one='минуты', few='минут', many='минут', case='genitive')", Lang::Ru, "the gender of the noun"),
            ("n | plural(one='өтінім')", Lang::Kk, "in Kazakh `plural` takes"),
        ] {
            let came = read(text, lang).map_or_else(|why| why, |_| "ok");
            assert!(came.starts_with(why) || came.contains(why), "{text}: {came}");
        }
    }
}
