//! The sentences that answer a grammar, as a graph of words: what a recogniser listens for.
//!
//! Drawn from what [`crate::spoken`] says and from the machine and the tables by which words are understood, so that whatever the robot says of a value is a path, and whatever is a path is
//! understood. It holds what callers mostly say; the grammars understand far more. A path keeps to one language. No graph has a loop, so all that it says has an end.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::phrase::Phrases;
use super::place::{Among, PlaceKind, places};
use super::{Context, Grammar, Lists, day, navigation, number, words};
use crate::lang::{Lang, is_kazakh_letter};
use crate::spoken::{Inflection, cardinal};

/// What is asked: all that answers it is listened for, and the commands.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The grammars of which any may answer, the likeliest first.
    pub grammars: Vec<Grammar>,
    /// What names one of several things.
    pub phrases: Phrases<usize>,
    /// What the caller takes for granted.
    pub context: Context,
    /// The lists that items are of.
    pub lists: Lists,
}

impl Asked {
    /// A question that a grammar answers.
    pub fn grammar(grammar: Grammar, context: Context) -> Self {
        Self { grammars: vec![grammar], phrases: Phrases::of([]), context, lists: Lists::new() }
    }

    /// Which of several things.
    pub fn choice(phrases: Phrases<usize>, context: Context) -> Self {
        Self { grammars: Vec::new(), phrases, context, lists: Lists::new() }
    }
}

/// How long a pause ends an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// One that is complete.
    pub complete: Duration,
    /// Any.
    pub any: Duration,
}

impl Pauses {
    /// To a question that any of these may answer.
    pub fn of(grammars: &[Grammar]) -> Self {
        let is = |is: fn(&Grammar) -> bool| grammars.iter().any(is);
        let rows = is(|grammar| matches!(grammar, Grammar::Iin | Grammar::Application | Grammar::Digits { .. } | Grammar::Phone));
        let open = is(|grammar| match grammar {
            Grammar::Digits { min, max } => min < max,
            Grammar::Number { min: _, max } => *max > 20, // "twenty", and then "one"
            Grammar::Phone => true,
            Grammar::Iin | Grammar::Application | Grammar::Date { .. } | Grammar::Time => false,
            Grammar::YesNo | Grammar::Place { .. } | Grammar::Item { .. } => false,
        });
        Self { complete: if open { UNFINISHED } else { COMPLETE }, any: if rows { BETWEEN_GROUPS } else { UNFINISHED } }
    }
}

const COMPLETE: Duration = Duration::from_millis(300);
const UNFINISHED: Duration = Duration::from_millis(900);
/// People pause while they read out a row.
const BETWEEN_GROUPS: Duration = Duration::from_secs(2);

/// A word that leads on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arc {
    /// As [`words`] spells it.
    pub word: String,
    /// Its language, where it has one.
    pub lang: Option<Lang>,
    /// The state after it; 0 is none's.
    pub to: usize,
}

/// States and the words between them; state 0 is where every sentence begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordGraph {
    states: Vec<State>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    arcs: Vec<Arc>,
    is_end: bool,
}

/// A sentence and its language, where it has one.
pub(super) type Sentence = (Option<Lang>, String);

/// The longest stretch of days that is listened for: each by its own words.
const DAYS_MAX: u16 = 400;

/// Of so many numbers each is listened for by itself; of more, any number is.
const NUMBERS_MAX: u32 = 1_000;

/// The longest row that is listened for.
const ROW_MAX: u8 = 16;

/// The digits of a telephone number of Kazakhstan, without and with what stands before it. Others are keyed in.
const PHONE_DIGITS: RangeInclusive<usize> = 10..=11;

/// The digits of an IIN, and of an application's number.
const IIN_DIGITS: usize = 12;

impl WordGraph {
    /// What answers a question, and the commands.
    pub fn asked(asked: &Asked) -> Self {
        let grammars = asked.grammars.iter().map(|grammar| Self::of(grammar, &asked.context, &asked.lists));
        any_of(grammars.chain([Self::choice(&asked.phrases), Self::commands()]))
    }

    /// What answers a grammar.
    pub fn of(grammar: &Grammar, context: &Context, lists: &Lists) -> Self {
        match grammar {
            Grammar::Iin | Grammar::Application => Self::rows(&(IIN_DIGITS..=IIN_DIGITS)),
            Grammar::Digits { min, max } => Self::rows(&(usize::from(*min)..=usize::from((*max).min(ROW_MAX)))),
            Grammar::Phone => Self::rows(&PHONE_DIGITS).or(Self::rows(&(11..=11)).after("плюс")),
            Grammar::Number { min, max } if max.saturating_sub(*min) < NUMBERS_MAX => Self::from_sentences(numbers(*min..=*max)),
            Grammar::Number { min: _, max } => any_of(Lang::ALL.map(|lang| number::any(lang, max.to_string().len()))),
            Grammar::Date { .. } => Self::from_sentences(day::date_sentences(context.today, DAYS_MAX)),
            Grammar::Time => Self::from_sentences(day::time_sentences()),
            Grammar::YesNo => Self::from_sentences(navigation::answers()),
            Grammar::Place { among } => Self::from_sentences(named(*among)),
            Grammar::Item { list } => lists.get(list).map_or_else(Self::default, Self::choice),
        }
    }

    /// What names one of an author's choices.
    pub fn choice<Id: Clone + PartialEq>(phrases: &Phrases<Id>) -> Self {
        Self::from_sentences(phrases.sentences().map(|sentence| (lang_of(sentence), sentence.to_owned())))
    }

    /// The commands that hold everywhere.
    pub fn commands() -> Self {
        Self::from_sentences(navigation::orders())
    }

    /// Rows of so many digits, said one by one or in numbers below a thousand.
    fn rows(lengths: &RangeInclusive<usize>) -> Self {
        any_of(Lang::ALL.map(|lang| number::rows_of(lang, lengths)))
    }

    /// The least graph of these sentences.
    pub(super) fn from_sentences(sentences: impl IntoIterator<Item = Sentence>) -> Self {
        let mut tree = Tree::default();
        for (lang, sentence) in sentences {
            tree.add(lang, &sentence);
        }
        tree.least()
    }

    /// Either.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        if self.states.is_empty() {
            return other;
        }
        let offset = self.states.len();
        let moved = |arc: Arc| Arc { to: arc.to + offset, ..arc };
        self.states
            .extend(other.states.into_iter().map(|State { arcs, is_end }| State { arcs: arcs.into_iter().map(moved).collect(), is_end }));
        if let Some(start) = self.states.get(offset).cloned() {
            self.states[0].arcs.extend(start.arcs);
            self.states[0].is_end |= start.is_end;
        }
        self
    }

    /// After this word, which is of either language.
    fn after(self, word: &str) -> Self {
        let mut graph = Self::default();
        let (start, begun) = (graph.state(false), graph.state(false));
        graph.arc(start, word, None, begun);
        let offset = begun;
        for (at, State { arcs, is_end }) in self.states.into_iter().enumerate() {
            let state = if at == 0 { begun } else { graph.state(is_end) };
            graph.states[state].arcs = arcs.into_iter().map(|arc| Arc { to: arc.to + offset, ..arc }).collect();
        }
        graph
    }

    /// A new state.
    pub(super) fn state(&mut self, is_end: bool) -> usize {
        self.states.push(State { arcs: Vec::new(), is_end });
        self.states.len() - 1
    }

    /// A word between two states.
    pub(super) fn arc(&mut self, from: usize, word: &str, lang: Option<Lang>, to: usize) {
        self.states[from].arcs.push(Arc { word: word.to_owned(), lang, to });
    }

    /// Without the words that lead to no end.
    #[must_use]
    pub(super) fn without_dead_ends(mut self) -> Self {
        let mut leads: Vec<bool> = self.states.iter().map(|state| state.is_end).collect();
        let mut grew = true;
        while grew {
            grew = false;
            for (at, state) in self.states.iter().enumerate().rev() {
                let now = leads[at] || state.arcs.iter().any(|arc| leads[arc.to]);
                grew |= now != leads[at];
                leads[at] = now;
            }
        }
        self.states.iter_mut().for_each(|state| state.arcs.retain(|arc| leads[arc.to]));
        self
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether nothing can be said.
    pub fn is_empty(&self) -> bool {
        self.states.iter().all(|state| state.arcs.is_empty())
    }

    /// The words that lead on from a state.
    pub fn arcs(&self, state: usize) -> &[Arc] {
        self.states.get(state).map_or(&[], |state| &state.arcs)
    }

    /// Whether a sentence may end here.
    pub fn is_end(&self, state: usize) -> bool {
        self.states.get(state).is_some_and(|state| state.is_end)
    }

    /// Whether a line is one of its sentences.
    pub fn says(&self, line: &str) -> bool {
        let mut here = BTreeSet::from([0]);
        for word in words(line) {
            here = here.iter().flat_map(|state| self.arcs(*state)).filter(|arc| arc.word == word).map(|arc| arc.to).collect();
        }
        here.iter().any(|state| self.is_end(*state))
    }
}

fn any_of(graphs: impl IntoIterator<Item = WordGraph>) -> WordGraph {
    graphs.into_iter().fold(WordGraph::default(), WordGraph::or)
}

fn numbers(range: RangeInclusive<u32>) -> impl Iterator<Item = Sentence> {
    let said = |number: u32| Lang::ALL.map(|lang| (Some(lang), cardinal(number.into(), Inflection::plain(lang)).text()));
    range.flat_map(said)
}

fn named(among: Among) -> impl Iterator<Item = Sentence> {
    let fits = move |kind, within| match among {
        Among::Regions => kind == PlaceKind::Region,
        Among::Cities => matches!(kind, PlaceKind::City | PlaceKind::Town),
        Among::Districts => kind == PlaceKind::District,
        Among::DistrictsOf(city) => kind == PlaceKind::District && within == Some(city.id),
    };
    places().iter().filter(move |place| fits(place.kind, place.within)).flat_map(|place| {
        let names = Lang::ALL.map(|lang| (Some(lang), place.name[lang].clone()));
        let aliases = place.aliases.iter().map(|alias| (lang_of(alias), (*alias).to_owned()));
        names.into_iter().chain(aliases)
    })
}

/// Kazakh by its letters; what has none of them may be of either language.
fn lang_of(sentence: &str) -> Option<Lang> {
    sentence.contains(is_kazakh_letter).then_some(Lang::Kk)
}

/// Sentences that share what they begin with.
struct Tree(Vec<Node>);

/// The words that follow, each with its language and its node; and whether a sentence may end here.
#[derive(Default)]
struct Node {
    words: BTreeMap<(String, Option<Lang>), usize>,
    is_end: bool,
}

impl Default for Tree {
    fn default() -> Self {
        Self(vec![Node::default()])
    }
}

impl Tree {
    fn add(&mut self, lang: Option<Lang>, sentence: &str) {
        let mut at = 0;
        for word in words(sentence) {
            let next = self.0.len();
            let to = *self.0[at].words.entry((word, lang)).or_insert(next);
            if to == next {
                self.0.push(Node::default());
            }
            at = to;
        }
        self.0[at].is_end |= at > 0;
    }

    /// The same sentences, sharing what they end with too: equal branches are one, the leaves first.
    fn least(self) -> WordGraph {
        let mut same: BTreeMap<State, usize> = BTreeMap::new();
        let mut states: Vec<State> = Vec::new();
        let mut places = vec![0; self.0.len()];
        for (at, Node { words, is_end }) in self.0.into_iter().enumerate().rev() {
            let arcs = words.into_iter().map(|((word, lang), to)| Arc { word, lang, to: places[to] }).collect();
            let state = State { arcs, is_end };
            places[at] = *same.entry(state.clone()).or_insert_with(|| {
                states.push(state);
                states.len() - 1
            });
        }
        WordGraph { states }.turned()
    }
}

impl WordGraph {
    /// With its last state, which is the root of a tree, as its first.
    fn turned(mut self) -> Self {
        let last = self.states.len() - 1;
        for arc in self.states.iter_mut().flat_map(|state| &mut state.arcs) {
            arc.to = last - arc.to;
        }
        self.states.reverse();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Value, said};
    use super::*;
    use crate::calendar::{Date, Time};
    use crate::citizen::Phone;
    use crate::spoken::{Year, date, digits, phone, time, weekday, weekday_date};

    fn context() -> Context {
        super::super::tests::context()
    }

    fn graph(grammar: &Grammar) -> WordGraph {
        WordGraph::of(grammar, &context(), &Lists::new())
    }

    /// Paths drawn by chance, the same ones in every run.
    fn drawn(graph: &WordGraph, count: usize) -> Vec<String> {
        let mut dice = 1_u64;
        let mut roll = |sides: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) as usize % sides
        };
        let mut path = || {
            let (mut at, mut line) = (0, Vec::new());
            while !(graph.arcs(at).is_empty() || graph.is_end(at) && roll(3) == 0) {
                let arc = &graph.arcs(at)[roll(graph.arcs(at).len())];
                line.push(arc.word.as_str());
                at = arc.to;
            }
            assert!(graph.is_end(at), "{line:?} leads nowhere");
            line.join(" ")
        };
        (0..count).map(|_| path()).collect()
    }

    fn readings(line: &str, grammar: &Grammar) -> Vec<Value> {
        said(&words(line), grammar, &context(), &Lists::new()).into_iter().map(|reading| reading.value).collect()
    }

    #[test]
    fn whatever_is_a_path_is_understood() {
        for grammar in [
            Grammar::Digits { min: 4, max: 6 },
            Grammar::Digits { min: 12, max: 12 },
            Grammar::Number { min: 5, max: 300 },
            Grammar::Number { min: 0, max: 999_999_999 },
            Grammar::Date { days: DAYS_MAX },
            Grammar::Time,
            Grammar::Place { among: Among::Regions },
            Grammar::Place { among: Among::Cities },
            Grammar::Place { among: Among::Districts },
        ] {
            for line in drawn(&graph(&grammar), 400) {
                assert_ne!(readings(&line, &grammar), [], "{line}: {grammar:?}");
            }
        }
        for grammar in [Grammar::Iin, Grammar::Phone] {
            for line in drawn(&graph(&grammar), 400) {
                let lengths = if grammar == Grammar::Iin { (12, 12) } else { (10, 11) };
                assert_ne!(number::rows(&words(&line), lengths.0, lengths.1), [], "{line}: {grammar:?}");
            }
        }
    }

    #[test]
    fn whatever_the_robot_says_of_a_value_is_a_path_that_comes_back_to_it() {
        let check = |grammar: &Grammar, graph: &WordGraph, text: String, value: Value| {
            assert!(graph.says(&text), "{text} is no path: {grammar:?}");
            assert!(readings(&text, grammar).contains(&value), "{text} does not come back: {grammar:?}");
        };
        for lang in Lang::ALL {
            let grammar = Grammar::Number { min: 0, max: 999_999_999 };
            let any = graph(&grammar);
            for number in (0..1_000).chain((1_000..999_999_999).step_by(7_654_321)) {
                check(&grammar, &any, cardinal(number, Inflection::plain(lang)).text(), Value::Count(number as u32));
            }
            let row = "711231200774";
            let iin = graph(&Grammar::Iin);
            check(&Grammar::Iin, &iin, digits(lang, row).text(), crate::citizen::Iin::parse(row).map(Value::Iin).unwrap());
            let mobile = Phone::parse("+77012340506").unwrap();
            check(&Grammar::Phone, &graph(&Grammar::Phone), phone(lang, &mobile).text(), Value::Phone(mobile));
            let days = Grammar::Date { days: 365 };
            let year = graph(&days);
            for day in (0..365).filter_map(|ahead| context().today.plus_days(ahead)) {
                let plain = [Year::Said, Year::Unsaid].map(|year| date(day, year, crate::spoken::when(lang)));
                for phrase in plain.into_iter().chain([weekday_date(lang, day, Year::Unsaid)]) {
                    check(&days, &year, phrase.text(), Value::Date(day));
                }
            }
            let near: Vec<Date> = (1..7).filter_map(|ahead| context().today.plus_days(ahead)).collect();
            near.iter().for_each(|day| check(&days, &year, weekday(lang, *day).text(), Value::Date(*day)));
            let clock = graph(&Grammar::Time);
            for minute in (0..24 * 60).filter_map(|minute| Time::new((minute / 60) as u8, (minute % 60) as u8).ok()) {
                assert!(clock.says(&time(lang, minute).text()), "{minute}");
            }
        }
    }

    #[test]
    fn a_row_has_its_length_and_no_other() {
        let twelve = graph(&Grammar::Iin);
        let row = |count: usize| vec!["бір"; count].join(" ");
        assert_eq!([11, 12, 13].map(|count| twelve.says(&row(count))), [false, true, false]);
        assert!(twelve.says("восемьдесят пять ноль четыре двенадцать сто четыреста двадцать девять"));
        assert!(twelve.says("сегіз бес нөл төрт он екі бір нөл нөл төрт екі тоғыз"));
        assert!(!twelve.says("восемьдесят пять ноль четыре двенадцать сто четыреста двадцать ноль"));
        assert!(!twelve.says("бір один бір один бір один бір один бір один бір один"), "a path keeps to one language");
        let some = graph(&Grammar::Digits { min: 4, max: 6 });
        assert_eq!([3, 4, 6, 7].map(|count| some.says(&row(count))), [false, true, true, false]);
    }

    #[test]
    fn a_number_of_few_is_one_of_them() {
        let few = graph(&Grammar::Number { min: 5, max: 20 });
        assert!(few.says("он сегіз") && few.says("восемнадцать") && !few.says("жиырма бір") && !few.says("четыре"));
        assert!(!graph(&Grammar::Number { min: 0, max: 99_999 }).says("сто тысяч"));
    }

    #[test]
    fn commands_stand_beside_an_answer() {
        let graph = graph(&Grammar::YesNo).or(WordGraph::commands());
        assert!(graph.says("иә") && graph.says("соедините с оператором") && !graph.says("паспорт") && !graph.says(""));
        assert!(!graph.says("иә соедините"));
    }

    #[test]
    fn a_choice_is_said_in_its_authors_letters() {
        let phrases = Phrases::of([("Жеке куәлік", 1), ("удостоверение личности", 1)]);
        let graph = WordGraph::choice(&phrases);
        assert!(graph.says("жеке куәлік") && graph.says("удостоверение личности") && !graph.says("жеке"));
        let langs: Vec<Option<Lang>> = graph.arcs(0).iter().map(|arc| arc.lang).collect();
        assert_eq!(langs.len(), 2);
        assert!(langs.contains(&Some(Lang::Kk)) && langs.contains(&None));
    }

    #[test]
    fn graphs_are_small_and_have_no_loop() {
        for (grammar, states) in [
            (Grammar::Iin, 400),
            (Grammar::Digits { min: 1, max: 32 }, 500),
            (Grammar::Number { min: 0, max: u32::MAX }, 400),
            (Grammar::Date { days: 400 }, 4_000),
            (Grammar::Time, 400),
        ] {
            let graph = graph(&grammar);
            let arcs = (0..graph.len()).map(|state| graph.arcs(state).len()).sum::<usize>();
            assert!(graph.len() <= states && graph.len() > 10, "{grammar:?}: {} states, {arcs} arcs", graph.len());
            // Whoever only follows arcs comes to an end: as many steps as there are states.
            let mut here = BTreeSet::from([0]);
            for _ in 0..graph.len() {
                here = here.iter().flat_map(|state| graph.arcs(*state)).map(|arc| arc.to).collect();
            }
            assert!(here.is_empty(), "{grammar:?}");
        }
    }
}
