//! Names into places: flows, steps, slots, prompts, services. What comes out has no dangling name; what was wrong has been reported.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fact::{Fact, Facts};
use super::fault::{Came, Expected, FaultKind, Faults, Rivals, Span, Thing, nearest};
use super::graph::{
    Choosing, Commands, Contract, Doubt, Flow, FlowId, GiveUp, Ladder, Limits, Lists, Program, PromptId, Routing, StepId, TOPICS, Topic,
    TopicId, Type,
};
use super::read::{self, Fields};
use super::shape::{self, Shape};
use super::source::Node;
use super::{Sources, Words, check};
use crate::calendar::hours::Hours;
use crate::grammar::phrase::Phrases;
use crate::key::Key;
use crate::router::Router;

mod arm;
mod calendar;
mod concepts;
mod dataflow;
mod filter;
mod outline;
mod prompt;
mod step;
mod telling;
mod topic;

use filter::Filter;
use outline::Outline;
use prompt::{Book, Medium};

/// The words by which topics are told apart.
const CONCEPTS: &str = "flows/concepts.yaml";

/// The outcome that means a human, where `robot: human` names none.
const HUMAN: &str = "human";

/// The outcome that says that no human came, where `robot: nobody` names none.
const NOBODY: &str = "nobody";

/// How often a silent caller may be asked, where `robot: limits` does not say otherwise.
const TURNS_TO_HUMAN: u16 = 9;

/// How long the robot may be silent, where `robot: limits` does not say otherwise.
const SILENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// After so many months facts should be compared with their sources again, where `robot: facts` does not say otherwise.
const REVIEW_AFTER_MONTHS: u16 = 12;

/// Where things of a step are written: what the proofs point at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// Its id.
    Step,
    /// Where it names a prompt.
    Prompt(PromptId),
    /// Where it goes to a step.
    Jump(StepId),
}

/// The places of everything that a proof may complain about.
pub(super) type Marks = BTreeMap<(FlowId, StepId, Mark), Span>;

/// What all flows have in common.
struct House<'a> {
    names: Vec<&'a str>,
    book: Book,
    contracts: Vec<ReadContract>,
    lists: BTreeMap<String, BTreeMap<String, PromptId>>,
    /// The lists from which callers choose by words.
    heard: BTreeSet<String>,
    /// The names of the topics, in the order of their places.
    topics: Vec<&'a str>,
    facts: Vec<Fact>,
    /// Topics that flows see to, and where the flow says so.
    intents: BTreeMap<TopicId, Span>,
    /// `None`: there is no `flows/calendar.yaml`, or it cannot be read.
    hours: Option<Hours>,
    robot: Option<Robot>,
    /// Some file could not be read: a name that is not known may stand there, so it is no second fault.
    unread: bool,
    marks: Marks,
    faults: &'a mut Faults,
}

/// A contract, and whether some of it could not be read.
struct ReadContract {
    contract: Contract,
    is_broken: bool,
}

struct Robot {
    ladder: Ladder,
    commands: Commands,
    label: PromptId,
    press: BTreeMap<Key, PromptId>,
    limits: Limits,
    review_after_months: u16,
    choosing: Option<Choosing>,
    routing: Option<Routing>,
    humans: BTreeSet<String>,
    nobody: BTreeSet<String>,
}

/// Below this a recogniser's words are misunderstood, in thousandths, where no ladder says otherwise.
const REJECT: u16 = 300;
/// From this on they need no confirmation.
const ACCEPT: u16 = 600;

/// Compiles a bundle and has it proved. `None` when something it cannot do without is missing.
pub(super) fn program(sources: &Sources, trees: &BTreeMap<&str, Node>, words: &Words, faults: &mut Faults) -> (Option<Program>, Facts) {
    let mut facts = Facts { rows: Vec::new(), review_after_months: REVIEW_AFTER_MONTHS };
    (compiled(sources, trees, words, &mut facts, faults), facts)
}

fn compiled(sources: &Sources, trees: &BTreeMap<&str, Node>, words: &Words, facts: &mut Facts, faults: &mut Faults) -> Option<Program> {
    let files: Vec<_> = trees.iter().filter_map(|(path, tree)| Some((flow_name(path)?, tree))).collect();
    let unread = trees.len() < sources.files.len();
    let book = Book::read(sources, trees, faults);
    let names = files.iter().map(|(name, _)| *name).collect();
    let mut house = House {
        names,
        book,
        contracts: Vec::new(),
        lists: BTreeMap::new(),
        heard: BTreeSet::new(),
        topics: Vec::new(),
        facts: Vec::new(),
        intents: BTreeMap::new(),
        hours: None,
        robot: None,
        unread,
        marks: Marks::new(),
        faults,
    };
    house.lists = house.lexicon(trees.get("flows/lexicon.yaml"));
    house.contracts = trees.get("flows/contracts.yaml").map_or_else(Vec::new, |tree| house.read_contracts(tree));
    house.hours = trees.get("flows/calendar.yaml").map(|tree| calendar::hours(tree, house.faults));
    let drafts = topic::drafts(sources, trees);
    let topics = house.topics(&drafts);
    let concepts = trees.get(CONCEPTS).map(|tree| concepts::concepts(tree, sources.text(CONCEPTS), house.faults));
    facts.rows = std::mem::take(&mut house.facts);
    if !topics.is_empty() {
        let titles = topics.iter().map(|topic| (topic.id.clone(), topic.said)).collect();
        house.lists.insert(TOPICS.to_owned(), titles);
    }
    let entry = house.names.iter().position(|name| *name == "main");
    let Some(entry) = entry else {
        house.missing("flows/main.yaml", sources);
        return None;
    };
    house.robot = house.read_robot(files[entry].1);
    facts.review_after_months = house.robot.as_ref().map_or(REVIEW_AFTER_MONTHS, |robot| robot.review_after_months);
    let outlines: Vec<_> = files.iter().map(|(name, tree)| Outline::read(name, tree, &mut house)).collect();
    let outlines = outline::with_results(outlines);
    let mut flows = Vec::new();
    let mut whole = Vec::new();
    for (nth, outline) in outlines.iter().enumerate() {
        let before = house.faults.errors();
        let flow = step::flow(FlowId(nth as u16), outline, &outlines, &mut house);
        whole.push(before == house.faults.errors() && outline.sound && flow.steps.len() == outline.steps.len());
        flows.push(flow);
    }
    house.tell_items_apart(trees.get("flows/lexicon.yaml"));
    house.every_topic_is_answered(&drafts);
    let words = house.book.words(words);
    let said = house.said_lists();
    let House { book, contracts, lists, hours, robot, marks, faults, .. } = house;
    book.report_unused(faults);
    let robot = robot?;
    let learnt = if faults.errors() == 0 { topics.as_slice() } else { &[] }; // to learn takes longer than to prove, and what has an error never hears
    let router = Router::new(learnt.iter().map(Topic::asked), concepts.unwrap_or_default());
    let compiled = whole.iter().all(|whole| *whole) && topics.len() == drafts.len();
    let program = Program {
        flows,
        entry: FlowId(entry as u16),
        router,
        topics,
        words,
        contracts: contracts.into_iter().map(|read| read.contract).collect(),
        commands: robot.commands,
        press: robot.press,
        hours: hours.unwrap_or_default(),
        lexicon: lists,
        choosing: robot.choosing,
        routing: robot.routing,
        humans: robot.humans,
        nobody: robot.nobody,
        lists: said,
        limits: robot.limits,
        prompts: book.prompts,
        clips: book.clips,
    };
    check::prove(&program, &whole, &check::Places { marks: &marks, values: &book.value_spans }, faults);
    compiled.then_some(program)
}

/// `flows/services/x.yaml` is the flow `services/x`; topics and the other files of `flows/` are no flows.
fn flow_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix("flows/")?.strip_suffix(".yaml")?;
    (!matches!(name, "contracts" | "lexicon" | "concepts" | "calendar") && topic::name_of(path).is_none()).then_some(name)
}

impl House<'_> {
    fn missing(&mut self, file: &str, sources: &Sources) {
        if !sources.files.contains_key(file) {
            self.faults.report(FaultKind::MissingFile { file: file.to_owned() }, &Span::whole(&Arc::from(file)));
        }
    }

    fn unknown<'k, T>(&mut self, what: Thing, name: &str, known: impl IntoIterator<Item = &'k str>, span: &Span) -> Option<T> {
        if !self.unread && !self.faults.is_full() {
            self.faults.report(FaultKind::Unknown { what, name: name.to_owned(), nearest: nearest(name, known) }, span);
        }
        None
    }

    fn flow_named(&mut self, node: &Node) -> Option<FlowId> {
        let name = read::text(node, self.faults)?;
        match self.names.iter().position(|known| *known == name) {
            Some(at) => Some(FlowId(at as u16)),
            None => {
                let names = self.names.clone();
                self.unknown(Thing::Flow, name, names, &node.span)
            }
        }
    }

    fn lexicon(&mut self, tree: Option<&Node>) -> BTreeMap<String, BTreeMap<String, PromptId>> {
        let mut lists = BTreeMap::new();
        for (list, key, items) in tree.map_or_else(Vec::new, |tree| read::named(tree, self.faults)) {
            if list == TOPICS {
                self.faults.report(FaultKind::DuplicateKey { key: list.to_owned() }, &key.span); // flows/topics/ is that list
            }
            let ids: Vec<_> = read::named(items, self.faults).into_iter().map(|(item, ..)| item).collect();
            let said = |item: &&str| {
                Some(((*item).to_owned(), self.book.say(&format!("lexicon/{list}/{item}"), 0, Medium::Voice, |_, _, _| None)?))
            };
            lists.insert(list.to_owned(), ids.iter().filter_map(said).collect());
        }
        lists
    }

    fn read_contracts(&mut self, tree: &Node) -> Vec<ReadContract> {
        let mut contracts = Vec::new();
        for (name, _, node) in read::named(tree, self.faults) {
            let before = self.faults.errors();
            let Some(fields) = Fields::open(node, &shape::CONTRACT, self.faults) else { continue };
            let writes = fields.find("writes").and_then(|node| read::flag(node, self.faults)).unwrap_or(false);
            let request = fields.need("asks", self.faults).map_or_else(BTreeMap::new, |asks| self.types(asks));
            let answers = fields.need("answers", self.faults).map_or_else(Vec::new, |answers| read::named(answers, self.faults));
            let outcomes = answers.into_iter().filter_map(|(outcome, key, fields)| self.outcome(outcome, key, fields)).collect();
            let contract = Contract { name: name.to_owned(), writes, request, outcomes };
            contracts.push(ReadContract { contract, is_broken: before < self.faults.errors() });
        }
        contracts
    }

    fn outcome(&mut self, outcome: &str, key: &Node, fields: &Node) -> Option<(String, BTreeMap<String, Type>)> {
        if matches!(outcome, "unavailable" | "unknown") {
            self.faults.report(FaultKind::BadValue { expected: Expected::Outcome, came: outcome.to_owned() }, &key.span);
            return None;
        }
        let named = read::named(fields, self.faults);
        let typed = named.into_iter().filter_map(|(name, _, node)| Some((name.to_owned(), self.answered_type(node)?)));
        Some((outcome.to_owned(), typed.collect()))
    }

    /// A type of an answer: also `{list: {<field>: <type>}, most: 20}`.
    fn answered_type(&mut self, node: &Node) -> Option<Type> {
        let is_of_list = |key: &Node| ["list", "most"].iter().any(|name| read::is(key, name)); // either may be misspelled
        if !matches!(&node.kind, super::source::Kind::Map(entries) if entries.iter().any(|(key, _)| is_of_list(key))) {
            return self.type_of(node);
        }
        let fields = Fields::open(node, &shape::LIST_TYPE, self.faults)?;
        let items = fields.need("list", self.faults)?;
        let most = fields.need("most", self.faults).and_then(|node| read::count(node, shape::LIST_MAX, self.faults))?;
        let fields = self.types(items);
        if read::named(items, &mut Default::default()).is_empty() {
            self.faults.report(FaultKind::WrongShape { expected: Expected::ItemField, came: Came::NoneAtAll }, &items.span);
        }
        Some(Type::List { fields, most: most as u8 })
    }

    fn types(&mut self, node: &Node) -> BTreeMap<String, Type> {
        let fields = read::named(node, self.faults);
        fields.into_iter().filter_map(|(name, _, node)| Some((name.to_owned(), self.type_of(node)?))).collect()
    }

    /// `iin`, `application`, `digits`, `count`, `flag`, `date`, `time`, `money`, `phone`, `place`, `topic`, `{item: documents}`.
    fn type_of(&mut self, node: &Node) -> Option<Type> {
        if let super::source::Kind::Map(_) = node.kind {
            let list = Fields::open(node, &shape::TYPE, self.faults)?.need("item", self.faults)?;
            let name = read::text(list, self.faults)?;
            if !self.lists.contains_key(name) {
                let known: Vec<_> = self.lists.keys().cloned().collect();
                return self.unknown(Thing::LexiconList, name, known.iter().map(String::as_str), &list.span);
            }
            return Some(Type::Item { list: name.to_owned() });
        }
        let plain = |text: &str| match text {
            "iin" => Some(Type::Iin),
            "application" => Some(Type::Application),
            "digits" => Some(Type::Digits),
            "count" => Some(Type::Count),
            "flag" => Some(Type::Flag),
            "date" => Some(Type::Date),
            "time" => Some(Type::Time),
            "money" => Some(Type::Money),
            "phone" => Some(Type::Phone),
            "place" => Some(Type::Place),
            "message" => Some(Type::Message),
            "topic" => Some(Type::topic()),
            _ => None,
        };
        read::value(node, Expected::Type, plain, self.faults)
    }

    fn read_robot(&mut self, main: &Node) -> Option<Robot> {
        let main = Fields::open(main, &shape::MAIN_FILE, self.faults)?;
        let steps = main.find("steps").map_or_else(Vec::new, outline::step_ids);
        let node = main.need("robot", self.faults)?;
        let fields = Fields::open(node, &shape::ROBOT, self.faults)?;
        let humans = self.read_outcomes(&fields, "human", HUMAN);
        let nobody = self.read_outcomes(&fields, "nobody", NOBODY);
        if let (Some(node), false) = (fields.find("nobody").or(fields.find("human")), humans.is_disjoint(&nobody)) {
            self.faults.report(FaultKind::Contradiction { pair: Rivals::HumanAndNobody }, &node.span);
        }
        let choosing = fields.find("choosing").and_then(|node| self.read_choosing(node));
        let routing = fields.find("routing").and_then(|node| self.read_routing(node));
        let review_after_months = fields.find("facts").and_then(|node| self.read_review(node)).unwrap_or(REVIEW_AFTER_MONTHS);
        let [commands, ladder, press, limits] = ["commands", "ladder", "press", "limits"].map(|name| fields.need(name, self.faults));
        let commands = commands.and_then(|node| self.read_commands(node, &steps));
        let ladder = ladder.and_then(|node| self.read_ladder(node));
        let press = press.map(|node| self.read_press(node));
        let limits = limits.and_then(|node| self.read_limits(node));
        let (commands, label) = commands?;
        Some(Robot {
            review_after_months,
            choosing,
            routing,
            humans,
            nobody,
            commands,
            label,
            ladder: ladder?,
            press: press?,
            limits: limits?,
        })
    }

    /// Outcomes of one meaning; without the list, the one that has its name.
    fn read_outcomes(&mut self, robot: &Fields, key: &str, otherwise: &str) -> BTreeSet<String> {
        let Some(node) = robot.find(key) else { return [otherwise.to_owned()].into() };
        let outcomes = read::list(node, self.faults).unwrap_or_default();
        outcomes.iter().filter_map(|node| read::text(node, self.faults).map(str::to_owned)).collect()
    }

    /// `{review_after_months: 12}`.
    fn read_review(&mut self, node: &Node) -> Option<u16> {
        let months = Fields::open(node, &shape::FACTS, self.faults)?.need("review_after_months", self.faults)?;
        read::count(months, shape::REVIEW_MONTHS_MAX, self.faults)
    }

    fn read_choosing(&mut self, node: &Node) -> Option<Choosing> {
        let fields = Fields::open(node, &shape::CHOOSING, self.faults)?;
        let [others, none_fits, change] =
            ["others", "none_fits", "change"].map(|name| fields.need(name, self.faults).and_then(|node| self.shared_prompt(node)));
        Some(Choosing { others: others?, none_fits: none_fits?, change: change? })
    }

    /// `{either: …, or: …}`.
    fn read_routing(&mut self, node: &Node) -> Option<Routing> {
        let fields = Fields::open(node, &shape::ROUTING, self.faults)?;
        let [either, or] = ["either", "or"].map(|name| fields.need(name, self.faults).and_then(|node| self.shared_prompt(node)));
        Some(Routing { either: either?, or: or? })
    }

    /// What holds everywhere. The operator is needed; a command that is not named here says nothing and is not understood, except those that need no words.
    fn read_commands(&mut self, node: &Node, steps: &[&str]) -> Option<(Commands, PromptId)> {
        let fields = Fields::open(node, &shape::COMMANDS, self.faults)?;
        let operator = fields.need("operator", self.faults)?;
        let own = Fields::open(operator, &shape::OPERATOR, self.faults)?;
        let flow = own.need("flow", self.faults).and_then(|node| self.flow_named(node));
        let label = own.need("label", self.faults).and_then(|node| self.shared_prompt(node));
        let operator_again = own.find("again").and_then(|node| self.shared_prompt(node));
        let [anger, emergency, are_you_robot, help, goodbye] =
            ["anger", "emergency", "are_you_robot", "help", "goodbye"].map(|name| self.command_prompt(&fields, name, &shape::COMMAND_SAYS));
        let [callback, sms] = ["callback", "sms"].map(|name| self.command_flow(&fields, name));
        let mut commands =
            Commands { anger, emergency, are_you_robot, help, goodbye, callback, sms, operator_again, ..Commands::of(flow?) };
        commands.main_menu = fields.find("main_menu").and_then(|node| self.command_step(node, steps));
        commands.wait = self.command_prompt(&fields, "wait", &shape::COMMAND_WAITS);
        if let Some(node) =
            fields.find("wait").and_then(|node| Fields::open(node, &shape::COMMAND_WAITS, &mut Default::default())?.find("for"))
        {
            commands.wait_for = read::duration(node, self.faults)?;
        }
        Some((commands, label?))
    }

    /// `{say: <prompt>}`.
    fn command_prompt(&mut self, commands: &Fields, name: &str, shape: &'static Shape) -> Option<PromptId> {
        let fields = Fields::open(commands.find(name)?, shape, self.faults)?;
        fields.need("say", self.faults).and_then(|node| self.shared_prompt(node))
    }

    /// `{flow: <flow>}`.
    fn command_flow(&mut self, commands: &Fields, name: &str) -> Option<FlowId> {
        let fields = Fields::open(commands.find(name)?, &shape::COMMAND_CALLS, self.faults)?;
        fields.need("flow", self.faults).and_then(|node| self.flow_named(node))
    }

    /// `{to: <step of flows/main.yaml>}`.
    fn command_step(&mut self, node: &Node, steps: &[&str]) -> Option<StepId> {
        let to = Fields::open(node, &shape::COMMAND_GOES, self.faults)?.need("to", self.faults)?;
        let name = read::text(to, self.faults)?;
        match steps.iter().position(|step| *step == name) {
            Some(at) => Some(StepId(at as u16)),
            None => self.unknown(Thing::MainStep, name, steps.iter().copied(), &to.span),
        }
    }

    /// The lists of the lexicon as callers say them: in the words in which their items are said.
    fn said_lists(&self) -> Lists {
        let phrases = |items: &BTreeMap<String, PromptId>| {
            Phrases::of(items.iter().flat_map(|(item, prompt)| self.book.texts(*prompt).into_iter().map(|text| (text, item.clone()))))
        };
        self.lists.iter().map(|(list, items)| (list.clone(), phrases(items))).collect()
    }

    fn read_ladder(&mut self, node: &Node) -> Option<Ladder> {
        let fields = Fields::open(node, &shape::ROBOT_LADDER, self.faults)?;
        let mut need = |name| fields.need(name, self.faults);
        let nodes = (need("noinput_after"), need("interdigit"), need("noinput"), need("nomatch"), need("tries"), need("give_up"));
        let noinput_after = nodes.0.and_then(|node| read::duration(node, self.faults));
        let interdigit = nodes.1.and_then(|node| read::duration(node, self.faults));
        let noinput = nodes.2.and_then(|node| self.shared_prompt(node));
        let nomatch = nodes.3.and_then(|node| self.shared_prompt(node));
        let tries = nodes.4.and_then(|node| read::times(node, self.faults));
        let doubt = fields.find("doubt").and_then(|node| self.read_doubt(node));
        let give_up = nodes.5.and_then(|node| self.flow_named(node)).map(GiveUp::Flow);
        Some(Ladder {
            noinput_after: noinput_after?,
            interdigit: interdigit?,
            noinput: noinput?,
            nomatch: nomatch?,
            tries: tries?,
            give_up: give_up?,
            help: None,
            reject: self.permille(&fields, "reject", REJECT),
            accept: self.permille(&fields, "accept", ACCEPT),
            doubt,
        })
    }

    /// A share in thousandths; what a ladder does not say is `otherwise`.
    pub(super) fn permille(&mut self, fields: &Fields, key: &str, otherwise: u16) -> u16 {
        fields.find(key).and_then(|node| read::count(node, shape::PERMILLE_MAX, self.faults)).unwrap_or(otherwise)
    }

    /// `{before: …, after: …}`.
    pub(super) fn read_doubt(&mut self, node: &Node) -> Option<Doubt> {
        let fields = Fields::open(node, &shape::DOUBT, self.faults)?;
        let [before, after] = ["before", "after"].map(|name| fields.need(name, self.faults).and_then(|node| self.shared_prompt(node)));
        Some(Doubt { before: before?, after: after? })
    }

    fn read_press(&mut self, node: &Node) -> BTreeMap<Key, PromptId> {
        let keys = read::named(node, self.faults);
        keys.into_iter().filter_map(|(_, key, prompt)| Some((read::key(key, self.faults)?, self.shared_prompt(prompt)?))).collect()
    }

    fn read_limits(&mut self, node: &Node) -> Option<Limits> {
        let fields = Fields::open(node, &shape::LIMITS, self.faults)?;
        let turns =
            fields.find("turns_to_human").map_or(Some(TURNS_TO_HUMAN), |node| read::count(node, shape::TURNS_TO_HUMAN_MAX, self.faults));
        let silence = fields.find("silence").map_or(Some(SILENCE), |node| read::duration(node, self.faults));
        let call = fields.need("call", self.faults).and_then(|node| read::duration(node, self.faults));
        let call_ended = fields.need("call_ended", self.faults).and_then(|node| self.shared_prompt(node));
        let steps =
            fields.need("steps_between_turns", self.faults).and_then(|node| read::count(node, shape::STEPS_BETWEEN_TURNS_MAX, self.faults));
        Some(Limits { call: call?, call_ended: call_ended?, turns_to_human: turns?, silence: silence?, steps_between_turns: steps? })
    }

    /// A prompt of no flow: it has no slots to speak of.
    fn shared_prompt(&mut self, node: &Node) -> Option<PromptId> {
        self.prompt(node, FlowId(0), Medium::Voice, &Outline::nameless("main"))
    }

    fn prompt(&mut self, node: &Node, flow: FlowId, medium: Medium, outline: &Outline) -> Option<PromptId> {
        let (name, flow_name) = (read::text(node, self.faults)?, outline.name);
        let full = if name.contains('/') { format!("prompts/{name}") } else { format!("prompts/{flow_name}/{name}") };
        if !self.book.has(&full) {
            if self.faults.is_full() {
                return None; // what nobody will be told need not be sought
            }
            let here = format!("prompts/{flow_name}/");
            let known: Vec<_> =
                self.book.names().map(|known| known.trim_start_matches(&here).trim_start_matches("prompts/").to_owned()).collect();
            return self.unknown(Thing::Prompt, name, known.iter().map(String::as_str), &node.span);
        }
        let (faults, unread) = (&mut *self.faults, self.unread);
        self.book.say(&full, flow.0, medium, |slot, filter, span| {
            if filter == Filter::Documents && medium == Medium::Voice {
                faults.report(FaultKind::DocumentsSpoken, span);
            }
            if (unread || outline.is_vague(slot)) && outline.slot(slot).is_none() {
                return None;
            }
            outline::said_slot(&outline.slots, slot, filter, span, faults)
        })
    }
}

/// A flow that stands in for one that could not be read: faults are reported, nothing is proved of it.
fn empty_flow(name: &str) -> Flow {
    Flow {
        name: name.to_owned(),
        title: Default::default(),
        intents: Vec::new(),
        slots: Vec::new(),
        near: Vec::new(),
        steps: Vec::new(),
        counters: 0,
    }
}
