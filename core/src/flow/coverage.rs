//! Coverage: all that the flows of a program can do, and how often it was done.
//!
//! A [`Cell`] is one way out of one step, by one means, in one language of the call. [`Coverage::of`] knows every cell that a program has; whoever runs calls counts into it, and
//! counts are added up. What a program cannot do has no cell: no question is answered by words of which it has none, and a step after the choice of a language is not
//! reached without one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::graph::{
    ANSWERED, Act, Case, Commands, Condition, EITHER, EMPTY, Flow, GIVE_UP, Grammar, Jump, Ladder, MATCHED, NEXT, Program, RECORDED,
    StepId, Subject, Way,
};
use crate::grammar::navigation::Command;
use crate::lang::Lang;

/// The name of silence at a question.
pub const NO_INPUT: &str = "noinput";
/// The name of an answer that fits nothing.
pub const NO_MATCH: &str = "nomatch";

/// By what a way was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Keys.
    Key,
    /// Words.
    Word,
    /// The caller did nothing.
    Silence,
    /// A service answered, or did not.
    Service,
    /// Nothing was needed.
    None,
}

/// What kind of way it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An answer, an outcome, a case: what the flow's author wrote. Of a form also each slot that is filled.
    Way,
    /// Silence, misunderstanding, the end of a ladder.
    Trouble,
    /// What may be said everywhere.
    Command,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Way, Self::Trouble, Self::Command];
}

/// One thing that can be done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// The flow's name.
    pub flow: String,
    /// The step's.
    pub step: String,
    /// What kind of way.
    pub kind: Kind,
    /// The way's name, as `Flow::ways` has it; or the trouble's, or the command's.
    pub way: String,
    /// By what.
    pub by: By,
    /// The language of the call; none as long as it has none.
    pub lang: Option<Lang>,
}

/// How often each thing was done that a program can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    cells: BTreeMap<Cell, u64>,
    beside: u64,
}

/// How many, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many cells were taken at least once.
    pub taken: usize,
    /// How many there are.
    pub all: usize,
}

impl Share {
    /// In whole percent, rounded down: a hundred is all. Of nothing all is taken.
    pub const fn percent(self) -> usize {
        match (self.taken * 100).checked_div(self.all) {
            Some(percent) => percent,
            None => 100,
        }
    }
}

impl Coverage {
    /// All that a program can do, and nothing of it done.
    pub fn of(program: &Program) -> Self {
        let langs = languages(program);
        let mut cells = BTreeMap::new();
        for (flow, entered) in program.flows.iter().zip(&langs) {
            for (at, (step, langs)) in flow.steps.iter().zip(entered).enumerate() {
                for (kind, way, by) in outcomes(program, flow, StepId(at as u16)) {
                    let cell = |lang| Cell { flow: flow.name.clone(), step: step.id.clone(), kind, way: way.clone(), by, lang };
                    let suiting = langs.iter().filter(|lang| kind != Kind::Way || suits(&step.act, &way, **lang));
                    cells.extend(suiting.map(|lang| (cell(*lang), 0)));
                }
            }
        }
        Self { cells, beside: 0 }
    }

    /// What was written down earlier: cells and their counts.
    pub fn from_cells(cells: impl IntoIterator<Item = (Cell, u64)>) -> Self {
        Self { cells: cells.into_iter().collect(), beside: 0 }
    }

    /// Something was done.
    pub fn take(&mut self, cell: Cell) {
        match self.cells.get_mut(&cell) {
            Some(times) => *times = times.saturating_add(1),
            None => self.beside = self.beside.saturating_add(1),
        }
    }

    /// A step was entered. Where it has one way only, that is taken by nobody's doing.
    pub fn enter(&mut self, flow: &str, step: &str, lang: Option<Lang>) {
        let cell = Cell { flow: flow.to_owned(), step: step.to_owned(), kind: Kind::Way, way: NEXT.to_owned(), by: By::None, lang };
        if let Some(times) = self.cells.get_mut(&cell) {
            *times = times.saturating_add(1);
        }
    }

    /// Adds what was counted elsewhere; what this program has not counts as beside.
    pub fn add(&mut self, other: &Self) {
        for (cell, times) in &other.cells {
            match self.cells.get_mut(cell) {
                Some(sum) => *sum = sum.saturating_add(*times),
                None => self.beside = self.beside.saturating_add(*times),
            }
        }
        self.beside = self.beside.saturating_add(other.beside);
    }

    /// Every cell and how often it was taken, in their order.
    pub fn cells(&self) -> impl Iterator<Item = (&Cell, u64)> {
        self.cells.iter().map(|(cell, times)| (cell, *times))
    }

    /// How often something was done that has no cell: by an older flow, or in a language that a caller chose out of turn.
    pub const fn beside(&self) -> u64 {
        self.beside
    }

    /// How much of what fits was taken.
    pub fn share(&self, fits: impl Fn(&Cell) -> bool) -> Share {
        let counts: Vec<u64> = self.cells().filter(|(cell, _)| fits(cell)).map(|(_, times)| times).collect();
        Share { taken: counts.iter().filter(|times| **times > 0).count(), all: counts.len() }
    }

    /// What nobody has done, the most important first: ways that were taken by no means and in no language, then those that lack a language, then those that lack a means;
    /// troubles and commands after them.
    pub fn missing(&self) -> Vec<(Gap, &Cell)> {
        let untaken = self.cells().filter(|(_, times)| *times == 0);
        let mut missing: Vec<_> = untaken.map(|(cell, _)| (self.gap(cell), cell)).collect();
        missing.sort_by_key(|(gap, cell)| (cell.kind, *gap, *cell));
        missing
    }

    fn gap(&self, cell: &Cell) -> Gap {
        let first = Cell { by: By::Key, lang: None, ..cell.clone() };
        let same = self.cells.range(first..).take_while(|(other, _)| is_same_way(other, cell));
        let taken: Vec<&Cell> = same.filter(|(_, times)| **times > 0).map(|(other, _)| other).collect();
        match (taken.is_empty(), taken.iter().any(|other| other.lang == cell.lang)) {
            (true, _) => Gap::Way,
            (false, false) => Gap::Language,
            (false, true) => Gap::Means,
        }
    }
}

/// What of an untaken cell is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// Nobody has gone this way at all.
    Way,
    /// Nobody has in this language.
    Language,
    /// Nobody has by this means.
    Means,
}

fn is_same_way(one: &Cell, other: &Cell) -> bool {
    (&one.flow, &one.step, one.kind, &one.way) == (&other.flow, &other.step, other.kind, &other.way)
}

type Outcome = (Kind, String, By);

/// Every way out of a step, by every means.
fn outcomes(program: &Program, flow: &Flow, at: StepId) -> Vec<Outcome> {
    let Some(step) = flow.steps.get(usize::from(at.0)) else { return Vec::new() };
    let ways = flow.ways(at).into_iter().filter(|way| way.name != GIVE_UP).map(|way| way.name);
    let ways = ways.flat_map(|way| means(flow, &step.act, &way).into_iter().map(move |by| (Kind::Way, way.clone(), by)));
    let everywhere = step.act.ladder().map_or_else(Vec::new, |ladder| everywhere(&program.commands, ladder));
    let keys: &[Command] = if step.act.is_record() { &[Command::Repeat, Command::Operator] } else { &[] };
    let keys = keys.iter().map(|command| (Kind::Command, command.name().to_owned(), By::Key));
    ways.chain(fields(flow, &step.act)).chain(either(program, &step.act)).chain(everywhere).chain(keys).collect()
}

/// By what a way can be taken.
fn means(flow: &Flow, act: &Act, way: &str) -> Vec<By> {
    const CALLER: &[By] = &[By::Key, By::Word];
    let means = match act {
        Act::Ask(ask) => {
            let named = |slot: &super::graph::SlotId| flow.slots.get(usize::from(slot.0)).is_some_and(|slot| slot.name == way);
            let keyed = ask.alternatives.iter().any(|other| named(&other.slot) && is_keyed(&other.grammar));
            if keyed { CALLER } else { &[By::Word] }
        }
        Act::Form(form) => {
            let keyed = |field: &super::graph::Field| {
                field.read_back.is_some() || field.ask.alternatives.iter().any(|other| is_keyed(&other.grammar))
            };
            if form.fields.iter().any(keyed) { CALLER } else { &[By::Word] }
        }
        // nobody is asked to choose from an empty list; of topics that are near there is one where there are any
        Act::Choose(choose) if way == "none_fits" && flow.near.iter().all(|(_, near)| *near != choose.from) => {
            &[By::Key, By::Word, By::None]
        }
        Act::Menu(menu) if menu.route.is_some_and(|route| flow.way_to_route(route) == way) => &[By::Word],
        Act::Menu(_) | Act::Confirm(_) | Act::Choose(_) => CALLER,
        Act::Lookup(_) | Act::Submit(_) | Act::Errand(_) => &[By::Service],
        Act::Record(_) if way == RECORDED => &[By::Word],
        Act::Record(_) if way == EMPTY => &[By::Silence],
        Act::Record(_) => &[By::Service],
        Act::Route(_) => CALLER, // by key after "A or B?"
        Act::Survey(_) if way == ANSWERED => CALLER,
        Act::Survey(_) => &[By::Silence, By::Key, By::Word, By::None], // it is given up, or has been asked already
        Act::Say { .. } | Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) | Act::Goto(_) => &[By::None],
        Act::Call { .. } | Act::Return(_) | Act::End { .. } | Act::Language(_) => &[By::None],
    };
    means.to_vec()
}

/// A form's slots, each filled by itself.
fn fields(flow: &Flow, act: &Act) -> Vec<Outcome> {
    let Act::Form(form) = act else { return Vec::new() };
    let each = form.fields.iter().filter_map(|field| {
        let alternative = field.ask.alternatives.first()?;
        let name = flow.slots.get(usize::from(alternative.slot.0))?.name.clone();
        let means: &[By] = if is_keyed(&alternative.grammar) { &[By::Key, By::Word] } else { &[By::Word] };
        Some(means.iter().map(move |by| (Kind::Way, name.clone(), *by)))
    });
    each.flatten().collect()
}

/// What is asked between a free question and its topic.
fn either(program: &Program, act: &Act) -> Option<Outcome> {
    let may_be_asked = matches!(act, Act::Route(_)) && program.topics.len() > 1;
    may_be_asked.then(|| (Kind::Way, EITHER.to_owned(), By::Word))
}

/// Whether an answer can be keyed in.
const fn is_keyed(grammar: &Grammar) -> bool {
    match grammar {
        Grammar::Iin | Grammar::Application | Grammar::Digits { .. } | Grammar::Phone | Grammar::Number { .. } => true,
        Grammar::Date { .. } | Grammar::Time | Grammar::YesNo => true,
        Grammar::Place { .. } | Grammar::Item { .. } => false,
    }
}

/// What can happen at every question.
fn everywhere(commands: &Commands, ladder: &Ladder) -> Vec<Outcome> {
    let troubles = [(NO_INPUT, By::Silence), (NO_MATCH, By::Key), (NO_MATCH, By::Word)];
    let given_up = [By::Silence, By::Key, By::Word].map(|by| (GIVE_UP, by));
    let troubles = troubles.into_iter().chain(given_up).map(|(way, by)| (Kind::Trouble, way.to_owned(), by));
    let keys = [Command::Repeat, Command::Operator].map(|command| (command, By::Key));
    let words = ALL.into_iter().filter(|command| is_known(*command, commands, ladder)).map(|command| (command, By::Word));
    let commands = keys.into_iter().chain(words).map(|(command, by)| (Kind::Command, command.name().to_owned(), by));
    troubles.chain(commands).collect()
}

const ALL: [Command; 16] = [
    Command::Emergency,
    Command::Anger,
    Command::AreYouRobot,
    Command::Language(Lang::Kk),
    Command::Language(Lang::Ru),
    Command::Operator,
    Command::Callback,
    Command::Sms,
    Command::MainMenu,
    Command::Back,
    Command::Slower,
    Command::Louder,
    Command::Repeat,
    Command::Help,
    Command::Goodbye,
    Command::Wait,
];

/// Whether the flows say what a command does.
const fn is_known(command: Command, commands: &Commands, ladder: &Ladder) -> bool {
    match command {
        Command::Emergency => commands.emergency.is_some(),
        Command::AreYouRobot => commands.are_you_robot.is_some(),
        Command::Help => ladder.help.is_some() || commands.help.is_some(),
        Command::Wait => commands.wait.is_some(),
        Command::Goodbye => commands.goodbye.is_some(),
        Command::MainMenu => commands.main_menu.is_some(),
        Command::Callback => commands.callback.is_some(),
        Command::Sms => commands.sms.is_some(),
        Command::Anger | Command::Operator | Command::Language(_) => true,
        Command::Back | Command::Slower | Command::Louder | Command::Repeat => true,
    }
}

/// The language in which a flow was entered, and that of the call by now.
type Langs = BTreeSet<(Option<Lang>, Option<Lang>)>;

/// In which languages each step can be entered, by flow and step. A caller who asks for another language out of turn is left out.
fn languages(program: &Program) -> Vec<Vec<BTreeSet<Option<Lang>>>> {
    let mut walk = Walk {
        program,
        entered: program.flows.iter().map(|flow| vec![Langs::new(); flow.steps.len()]).collect(),
        left: vec![Langs::new(); program.flows.len()],
        changed: true,
    };
    walk.call(usize::from(program.entry.0), [None, Some(Lang::Kk), Some(Lang::Ru)]);
    while std::mem::take(&mut walk.changed) {
        for (at, flow) in program.flows.iter().enumerate() {
            for step in 0..flow.steps.len() {
                walk.step(at, step);
            }
        }
    }
    let now = |langs: &Langs| langs.iter().map(|(_, now)| *now).collect();
    walk.entered.iter().map(|flow| flow.iter().map(now).collect()).collect()
}

/// The languages found so far. They only grow, and there are nine pairs, so it ends.
struct Walk<'a> {
    program: &'a Program,
    entered: Vec<Vec<Langs>>,
    left: Vec<Langs>,
    changed: bool,
}

impl Walk<'_> {
    fn enter(&mut self, flow: usize, step: usize, langs: &Langs) {
        let Some(known) = self.entered[flow].get_mut(step) else { return };
        let before = known.len();
        known.extend(langs);
        self.changed |= known.len() > before;
    }

    fn call(&mut self, flow: usize, langs: impl IntoIterator<Item = Option<Lang>>) {
        self.enter(flow, 0, &langs.into_iter().map(|lang| (lang, lang)).collect());
    }

    fn leave(&mut self, flow: usize, langs: &Langs) {
        let before = self.left[flow].len();
        self.left[flow].extend(langs);
        self.changed |= self.left[flow].len() > before;
    }

    fn step(&mut self, at: usize, nth: usize) {
        let program = self.program;
        let (flow, langs) = (&program.flows[at], self.entered[at][nth].clone());
        if langs.is_empty() {
            return;
        }
        let act = &flow.steps[nth].act;
        self.visit(act, &langs);
        for way in flow.ways(StepId(nth as u16)) {
            let langs = self.after(act, &way, &langs);
            for to in &way.to {
                self.enter(at, usize::from(to.0), &langs);
            }
            if way.to.is_empty() && leaves(act, &way) {
                self.leave(at, &langs);
            }
        }
    }

    /// The flows that a step may enter.
    fn visit(&mut self, act: &Act, langs: &Langs) {
        let commands = &self.program.commands;
        let called = act.callees().into_iter();
        let everywhere = act.ladder().into_iter().flat_map(|_| commands.flows());
        let everywhere = everywhere.chain(act.is_record().then_some(commands.operator)); // by its key
        for flow in called.chain(everywhere) {
            self.call(usize::from(flow.0), langs.iter().map(|(_, now)| *now));
        }
    }

    /// The languages in which a step's flows return, entered in these.
    fn left_by(&self, act: &Act, langs: &Langs) -> Langs {
        let left: Langs = act.called().into_iter().flat_map(|flow| self.left[usize::from(flow.0)].clone()).collect();
        langs.iter().flat_map(|(came, now)| left.iter().filter(move |(at, _)| at == now).map(move |(_, then)| (*came, *then))).collect()
    }

    /// The languages after a way was taken.
    fn after(&self, act: &Act, way: &Way<'_>, langs: &Langs) -> Langs {
        let switched = |lang: Lang| langs.iter().map(|(came, _)| (*came, Some(lang))).collect();
        if let Some(lang) = way.arm.and_then(|arm| arm.language) {
            return switched(lang);
        }
        match act {
            Act::Language(lang) => switched(*lang),
            Act::Call { .. } => self.left_by(act, langs),
            Act::Route(_) if way.name == MATCHED => self.left_by(act, langs),
            Act::Route(_) => langs.clone(),
            Act::If { .. } | Act::Switch { .. } => langs.iter().copied().filter(|(_, now)| suits(act, &way.name, *now)).collect(),
            Act::Say { .. } | Act::Ask(_) | Act::Form(_) | Act::Menu(_) | Act::Confirm(_) | Act::Lookup(_) => langs.clone(),
            Act::Submit(_) | Act::Choose(_) | Act::Errand(_) | Act::Record(_) | Act::Survey(_) => langs.clone(),
            Act::Set(_) | Act::Clear(_) | Act::Goto(_) | Act::Return(_) | Act::End { .. } => langs.clone(),
        }
    }
}

/// Whether a way can be taken in a language, where the language is what decides.
fn suits(act: &Act, way: &str, lang: Option<Lang>) -> bool {
    if let Act::If { when: Condition::LanguageKnown, .. } = act {
        return lang.is_some() == (way == "then");
    }
    let Act::Switch { on: Subject::Lang, arms } = act else { return true };
    match arms.iter().find(|(case, _)| case.to_string() == way) {
        Some((Case::Lang(only), _)) => lang == Some(*only),
        Some((Case::LangUnknown, _)) => lang.is_none(),
        Some((Case::Value(_) | Case::Empty | Case::Else | Case::Open | Case::Closed | Case::Caller(_), _)) | None => true,
    }
}

/// Whether a way that leads to no step goes back to the flow that called, and does not end the call.
fn leaves(act: &Act, way: &Way<'_>) -> bool {
    let ends = way.arm.is_some_and(|arm| matches!(arm.then, Jump::End { .. }));
    !ends && !matches!(act, Act::End { .. } | Act::Goto(Jump::End { .. }))
}
