//! Russian adjectives: ordinals, and what stands between a number and its noun.

use super::{Case, Gender, Plural, without};

/// An adjective, by its stem and the way of its endings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Adjective {
    stem: String,
    nominative: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `новый`: -ого, -ым.
    Hard,
    /// `краткий`: -ого, -им.
    Velar,
    /// `рабочий`, `последний`: -его, -им; feminine -ая after ж ш щ ч, else -яя.
    Soft,
    /// `третий`: third only.
    Third,
}

impl Adjective {
    /// From its nominative in any gender; what does not end as one is hard, with the whole word for its stem.
    pub(in super::super) fn of(word: &str) -> Self {
        if word.ends_with("третий") {
            return Self { stem: word.trim_end_matches("ий").to_owned(), nominative: "ий", kind: Kind::Third };
        }
        let stem = without(word, &["ый", "ий", "ой", "ая", "яя", "ое", "ее"]).unwrap_or(word).to_owned();
        let stressed = word.ends_with("ой");
        let soft = ["ий", "яя", "ее"].iter().any(|ending| word.ends_with(ending));
        let kind = kind(&stem, soft && !stressed, stressed);
        let nominative = if stressed {
            "ой"
        } else if kind == Kind::Hard {
            "ый"
        } else {
            "ий"
        };
        Self { stem, nominative, kind }
    }

    /// From a form of the plural that a template has: `рабочих`, `новым`, `последними`.
    pub(in super::super) fn of_plural(word: &str) -> Option<Self> {
        let stem = without(word, &["ыми", "ими", "ых", "их", "ым", "им"])?;
        let soft = word[stem.len()..].starts_with('и');
        let kind = kind(stem, soft, false);
        Some(Self { stem: stem.to_owned(), nominative: if kind == Kind::Hard { "ый" } else { "ий" }, kind })
    }

    /// The singular.
    pub(in super::super) fn form(&self, case: Case, gender: Gender) -> String {
        let ending = match gender {
            Gender::Feminine => self.feminine(case),
            Gender::Masculine if matches!(case, Case::Nominative | Case::Accusative) => self.nominative,
            Gender::Neuter if matches!(case, Case::Nominative | Case::Accusative) => self.pick("ое", "ое", "ее", "ье"),
            Gender::Masculine | Gender::Neuter => self.common(case),
        };
        format!("{}{ending}", self.stem)
    }

    /// The form after a number: `один рабочий день`, `два рабочих дня`, `две новые заявки`, `двум новым заявкам`.
    pub(in super::super) fn counted(&self, number: u64, case: Case, gender: Gender) -> String {
        let ending = match (Plural::of(number), case) {
            (Plural::One, _) => return self.form(case, gender),
            (Plural::Few, Case::Nominative | Case::Accusative) if gender == Gender::Feminine => self.pick("ые", "ие", "ие", "ьи"),
            (Plural::Few | Plural::Many, Case::Nominative | Case::Accusative | Case::Genitive | Case::Prepositional) => {
                self.pick("ых", "их", "их", "ьих")
            }
            (Plural::Few | Plural::Many, Case::Dative) => self.pick("ым", "им", "им", "ьим"),
            (Plural::Few | Plural::Many, Case::Instrumental) => self.pick("ыми", "ими", "ими", "ьими"),
        };
        format!("{}{ending}", self.stem)
    }

    const fn pick(&self, hard: &'static str, velar: &'static str, soft: &'static str, third: &'static str) -> &'static str {
        match self.kind {
            Kind::Hard => hard,
            Kind::Velar => velar,
            Kind::Soft => soft,
            Kind::Third => third,
        }
    }

    fn feminine(&self, case: Case) -> &'static str {
        let husher = self.stem.ends_with(['ж', 'ш', 'щ', 'ч']);
        match case {
            Case::Nominative if husher => self.pick("ая", "ая", "ая", "ья"),
            Case::Nominative => self.pick("ая", "ая", "яя", "ья"),
            Case::Accusative if husher => self.pick("ую", "ую", "ую", "ью"),
            Case::Accusative => self.pick("ую", "ую", "юю", "ью"),
            Case::Genitive | Case::Dative | Case::Instrumental | Case::Prepositional => self.pick("ой", "ой", "ей", "ьей"),
        }
    }

    /// The oblique cases that masculine and neuter share.
    const fn common(&self, case: Case) -> &'static str {
        match case {
            Case::Nominative | Case::Accusative | Case::Genitive => self.pick("ого", "ого", "его", "ьего"),
            Case::Dative => self.pick("ому", "ому", "ему", "ьему"),
            Case::Instrumental => self.pick("ым", "им", "им", "ьим"),
            Case::Prepositional => self.pick("ом", "ом", "ем", "ьем"),
        }
    }
}

fn kind(stem: &str, soft: bool, stressed: bool) -> Kind {
    match stem.chars().next_back() {
        Some('г' | 'к' | 'х') => Kind::Velar,
        Some('ж' | 'ш' | 'щ' | 'ч') if stressed => Kind::Velar, // большой, большого, большим
        Some('ж' | 'ш' | 'щ' | 'ч') => Kind::Soft,
        Some(_) if soft => Kind::Soft,
        Some(_) | None => Kind::Hard,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjectives_after_a_number() {
        let day = Adjective::of("рабочий");
        let forms = [1, 2, 5].map(|number| day.counted(number, Case::Nominative, Gender::Masculine));
        assert_eq!(forms, ["рабочий", "рабочих", "рабочих"]);
        let new = Adjective::of("новая");
        assert_eq!([1, 2, 5].map(|number| new.counted(number, Case::Accusative, Gender::Feminine)), ["новую", "новые", "новых"]);
        assert_eq!(Adjective::of_plural("последних").unwrap().form(Case::Genitive, Gender::Feminine), "последней");
        assert_eq!(Adjective::of_plural("рабочих").unwrap().form(Case::Genitive, Gender::Masculine), "рабочего");
        assert_eq!(Adjective::of_plural("календарных").unwrap().form(Case::Genitive, Gender::Masculine), "календарного");
        assert_eq!(Adjective::of("большой").counted(3, Case::Instrumental, Gender::Neuter), "большими");
    }
}
