//! The outline of a flow: its steps' names and its slots with their types, read before anything may refer to them.

use super::super::fault::{Came, Expected, FaultKind, Faults, Label, Span, Thing, nearest};
use super::super::graph::{Grammar, Slot, SlotId, TopicId, Type};
use super::super::read::{self, Fields};
use super::super::shape::{self, STEPS, Shape};
use super::super::source::{Kind, Node};
use super::House;
use super::filter::Filter;
use crate::grammar::Among;
use crate::lang::Both;

/// The most steps of a flow.
const STEPS_MAX: usize = 1_000;

/// What is known of a flow before its steps are read.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) name: &'a str,
    pub(super) title: Both<String>,
    pub(super) intents: Vec<TopicId>,
    pub(super) steps: Vec<StepSource<'a>>,
    pub(super) slots: Vec<Slot>,
    /// Its slot for the topic that it is to see to.
    pub(super) takes_topic: Option<SlotId>,
    /// The slot whose value it returns.
    pub(super) returns: Option<String>,
    /// (slot, flow whose result it takes).
    results: Vec<(String, usize)>,
    /// Lookups whose service is not known: what they fill is not known either, and no second fault.
    vague: Vec<String>,
    /// Whether it was read without a fault.
    pub(super) sound: bool,
}

/// A step before it is compiled.
pub(super) struct StepSource<'a> {
    pub(super) id: &'a str,
    pub(super) kind: &'a str,
    pub(super) body: &'a Node,
    pub(super) span: &'a Span,
}

impl<'a> Outline<'a> {
    pub(super) fn read(name: &'a str, tree: &'a Node, house: &mut House) -> Self {
        let before = house.faults.errors();
        let mut outline = Self { name, ..Self::default() };
        let shape = if name == "main" { &shape::MAIN_FILE } else { &shape::FLOW_FILE };
        if let Some(fields) = Fields::open(tree, shape, house.faults) {
            outline.read_head(&fields, house);
            if let Some(steps) = fields.need("steps", house.faults) {
                outline.read_steps(steps, house);
            }
        }
        outline.sound = before == house.faults.errors() && outline.vague.is_empty();
        outline
    }

    /// No flow's own: what is shared by all has no slots.
    pub(super) fn nameless(name: &'a str) -> Self {
        Self { name, ..Self::default() }
    }

    pub(super) fn slot(&self, name: &str) -> Option<SlotId> {
        let named = |name: &str| self.slots.iter().position(|slot| slot.name == name).map(|at| SlotId(at as u16));
        named(name).or_else(|| named(&format!("{name}.{name}"))) // `branch` is the field `branch` of what was chosen or answered at `branch`
    }

    /// Whether a slot's name begins with a lookup that could not be understood.
    pub(super) fn is_vague(&self, slot: &str) -> bool {
        self.vague.iter().any(|lookup| slot.starts_with(lookup) || lookup.strip_suffix('.') == Some(slot))
    }

    fn read_head(&mut self, fields: &Fields<'a>, house: &mut House) {
        if let Some(node) = fields.need("flow", house.faults) {
            let came = read::text(node, house.faults).unwrap_or(self.name);
            if came != self.name {
                house.faults.report(FaultKind::WrongFlowName { expected: self.name.to_owned(), came: came.to_owned() }, &node.span);
            }
        }
        let title = fields.need("title", house.faults).and_then(|node| read::texts(node, house.faults));
        self.title = title.unwrap_or_default();
        self.intents = fields.find("intents").map_or_else(Vec::new, |node| house.intents(node));
        for (slot, key, ty) in fields.find("takes").map_or_else(Vec::new, |node| read::named(node, house.faults)) {
            if let Some(ty) = house.type_of(ty) {
                let is_topic = ty.is_topic();
                self.declare(slot, ty, &key.span, house.faults);
                self.takes_topic = self.takes_topic.or(self.slot(slot).filter(|_| is_topic));
            }
        }
    }

    fn read_steps(&mut self, node: &'a Node, house: &mut House) {
        let steps = read::list(node, house.faults).unwrap_or_default();
        if steps.is_empty() || steps.len() > STEPS_MAX {
            house.faults.report(FaultKind::NoSteps, &node.span);
        }
        for step in steps.iter().take(STEPS_MAX) {
            let Some(source) = step_source(step, house.faults) else { continue };
            if let Some(first) = self.steps.iter().find(|other| other.id == source.id) {
                let labels = vec![(first.span.clone(), Label::OtherOne)];
                house.faults.report_with(FaultKind::DuplicateStep { id: source.id.to_owned() }, source.span, labels);
            }
            self.declare_slots(&source, house);
            self.steps.push(source);
        }
    }

    fn declare_slots(&mut self, step: &StepSource<'a>, house: &mut House) {
        let field = |name| find(step.body, name);
        match step.kind {
            "ask" | "form" => {
                let asked = if step.kind == "form" { form_fields(step.body) } else { alternatives(step.body) };
                for alternative in asked {
                    let (Some(slot), Some(grammar)) = (find(alternative, "slot"), find(alternative, "grammar")) else { continue };
                    // what is wrong with the grammar is reported when the step is compiled
                    if let (Some(name), Some(grammar)) = (scalar(slot), grammar_of(grammar, &mut Faults::default())) {
                        self.declare(name, Type::from(&grammar), &slot.span, house.faults);
                    }
                }
            }
            "lookup" | "submit" => {
                let service = field("service").and_then(scalar);
                let contract = house.contracts.iter().find(|read| Some(read.contract.name.as_str()) == service);
                if contract.is_none_or(|read| read.is_broken) {
                    self.vague.push(format!("{}.", step.id));
                }
                let contract = contract.map(|read| read.contract.clone());
                for (name, ty) in contract.iter().flat_map(|contract| contract.outcomes.values().flatten()) {
                    self.declare(&format!("{}.{name}", step.id), ty.clone(), step.span, house.faults);
                }
            }
            "choose" => {
                let from = field("from").and_then(scalar).unwrap_or_default();
                let list = self.slots.iter().find(|slot| slot.name == from).map(|slot| slot.ty.clone());
                let Some(Type::List { fields, .. }) = list else { return self.vague.push(format!("{}.", step.id)) };
                for (name, ty) in fields {
                    self.declare(&format!("{}.{name}", step.id), ty, step.span, house.faults);
                }
            }
            "route" => {
                if let Some((node, name)) = field("slot").and_then(|node| Some((node, scalar(node)?))) {
                    self.declare(name, Type::topic(), &node.span, house.faults);
                }
            }
            "record" => self.declare(&format!("{}.message", step.id), Type::Message, step.span, house.faults),
            "survey" => self.declare(&format!("{}.mark", step.id), Type::Count, step.span, house.faults),
            "call" => {
                let flow = field("flow").and_then(scalar).and_then(|name| house.names.iter().position(|known| *known == name));
                if let (Some(slot), Some(flow)) = (field("result").and_then(scalar), flow) {
                    self.results.push((slot.to_owned(), flow));
                }
            }
            "set" => {
                let Some(Kind::Map(slots)) = field("slots").map(|node| &node.kind) else { return };
                for (slot, literal) in slots {
                    if let (Some(name), Some(ty)) = (scalar(slot), scalar(literal).and_then(literal_type)) {
                        self.declare(name, ty, &slot.span, house.faults);
                    }
                }
            }
            "return" => self.returns = field("value").and_then(scalar).map(str::to_owned).or(self.returns.take()),
            _ => {} // the other kinds hold no values, and an unknown kind has been reported
        }
    }

    fn declare(&mut self, name: &str, ty: Type, span: &Span, faults: &mut Faults) {
        match self.slots.iter().find(|slot| slot.name == name) {
            None => {
                let near = ty.is_topic().then(|| Slot { name: format!("{name}.near"), ty: Type::near_topics() });
                self.slots.push(Slot { name: name.to_owned(), ty });
                self.slots.extend(near); // the topics near the one it holds
            }
            Some(slot) if slot.ty != ty => {
                faults.report(FaultKind::SlotOfTwoTypes { slot: name.to_owned(), one: slot.ty.clone(), other: ty }, span);
            }
            Some(_) => {}
        }
    }

    /// (a slot for a topic, the slot for those near it).
    pub(super) fn near(&self) -> Vec<(SlotId, SlotId)> {
        let topics = self.slots.iter().filter(|slot| slot.ty.is_topic());
        topics.filter_map(|slot| Some((self.slot(&slot.name)?, self.slot(&format!("{}.near", slot.name))?))).collect()
    }
}

/// Gives the slots that take a flow's result their type, as often as one result feeds another.
pub(super) fn with_results(mut outlines: Vec<Outline>) -> Vec<Outline> {
    for _ in 0..outlines.len() {
        for nth in 0..outlines.len() {
            for (slot, flow) in outlines[nth].results.clone() {
                let returned = outlines[flow].returns.clone();
                let ty = outlines[flow].slots.iter().find(|slot| Some(&slot.name) == returned.as_ref()).map(|slot| slot.ty.clone());
                let known = outlines[nth].slots.iter().any(|known| known.name == slot);
                if let Some(ty) = ty.filter(|_| !known) {
                    outlines[nth].slots.push(Slot { name: slot, ty });
                }
            }
        }
    }
    outlines
}

fn step_source<'a>(node: &'a Node, faults: &mut Faults) -> Option<StepSource<'a>> {
    let [(key, body)] = read::entries(node, faults)? else {
        faults.report(FaultKind::WrongShape { expected: Expected::Step, came: Came::SeveralKeys }, &node.span);
        return None;
    };
    let kind = read::text(key, faults)?;
    let kinds = || STEPS.iter().map(|(name, _)| *name);
    if !kinds().any(|name| name == kind) {
        let nearest = nearest(kind, kinds());
        faults.report(FaultKind::UnknownStepKind { came: kind.to_owned(), nearest }, &key.span); // its name stays: others may go to it
    }
    read::entries(body, faults)?;
    let Some(id) = find(body, "id") else {
        faults.report(FaultKind::MissingKey { key: "id".to_owned(), of: shape::ANY_STEP }, &key.span);
        return None;
    };
    Some(StepSource { id: read::text(id, faults)?, kind, body, span: &id.span })
}

/// What `one_of` lists, or the step itself when it asks for one thing.
pub(super) fn alternatives(ask: &Node) -> Vec<&Node> {
    match find(ask, "one_of").map(|node| &node.kind) {
        Some(Kind::List(nodes)) => nodes.iter().collect(),
        Some(Kind::Map(_) | Kind::Scalar(_)) => Vec::new(),
        None => vec![ask],
    }
}

/// The slots that an `ask` fills.
pub(super) fn asked_slots(ask: &Node) -> Vec<&str> {
    alternatives(ask).into_iter().filter_map(|node| find(node, "slot").and_then(scalar)).collect()
}

/// The slots that a `form` fills.
pub(super) fn form_slots(form: &Node) -> Vec<&str> {
    form_fields(form).into_iter().filter_map(|node| find(node, "slot").and_then(scalar)).collect()
}

/// The fields of a form.
pub(super) fn form_fields(form: &Node) -> Vec<&Node> {
    match find(form, "fields").map(|node| &node.kind) {
        Some(Kind::List(nodes)) => nodes.iter().collect(),
        Some(Kind::Map(_) | Kind::Scalar(_)) | None => Vec::new(),
    }
}

/// The ids of a flow's steps, by their places; a step that could not be read takes none.
pub(super) fn step_ids(steps: &Node) -> Vec<&str> {
    let read = |node: &&Node| step_source(node, &mut Faults::default()).is_some();
    let Kind::List(nodes) = &steps.kind else { return Vec::new() };
    let sources = nodes.iter().take(STEPS_MAX).filter(read);
    sources.filter_map(|node| if let Kind::Map(entries) = &node.kind { scalar(find(&entries.first()?.1, "id")?) } else { None }).collect()
}

/// `iin`, `phone`, `{digits: {min: 4, max: 6}}` …: [`Expected::Grammar`].
pub(super) fn grammar_of(node: &Node, faults: &mut Faults) -> Option<Grammar> {
    if let Kind::Map(_) = node.kind {
        return grammar_with(node, faults);
    }
    let plain = |text: &str| match text {
        "iin" => Some(Grammar::Iin),
        "application" => Some(Grammar::Application),
        "phone" => Some(Grammar::Phone),
        "time" => Some(Grammar::Time),
        "yes_no" => Some(Grammar::YesNo),
        "place" => Some(Grammar::Place { among: Among::Cities }),
        _ => None,
    };
    read::value(node, Expected::Grammar, plain, faults)
}

/// A grammar with something to it.
fn grammar_with(node: &Node, faults: &mut Faults) -> Option<Grammar> {
    let fields = Fields::open(node, &shape::GRAMMAR, faults)?;
    if let Some(list) = fields.find("item") {
        return Some(Grammar::Item { list: read::text(list, faults)?.to_owned() });
    }
    if let Some(date) = fields.find("date") {
        let bounds = Fields::open(date, &shape::DATE, faults)?;
        if let Some(from) = bounds.find("from") {
            read::value(from, Expected::Today, |text| (text == "today").then_some(()), faults)?;
        }
        return Some(Grammar::Date { days: read::count(bounds.need("days", faults)?, shape::DAYS_MAX, faults)? });
    }
    if let Some(place) = fields.find("place") {
        let among = Fields::open(place, &shape::PLACE, faults)?.need("in", faults)?;
        return read::value(among, Expected::Among, among_of, faults).map(|among| Grammar::Place { among });
    }
    if let Some(number) = fields.find("number") {
        let whole = |node: &Node, faults: &mut Faults| read::value(node, Expected::Number, |text| text.parse().ok(), faults);
        let (min, max) = bounds(number, &shape::NUMBER, whole, faults)?;
        return Some(Grammar::Number { min, max });
    }
    let digits = fields.need("digits", faults)?;
    let (min, max) = bounds(digits, &shape::DIGITS, read::times, faults)?;
    Some(Grammar::Digits { min, max })
}

fn among_of(text: &str) -> Option<Among> {
    match text {
        "cities" => Some(Among::Cities),
        "regions" => Some(Among::Regions),
        "districts" => Some(Among::Districts),
        _ => None,
    }
}

/// `{min: …, max: …}`.
fn bounds<T: PartialOrd + std::fmt::Display>(
    node: &Node,
    shape: &'static Shape,
    read: impl Fn(&Node, &mut Faults) -> Option<T>,
    faults: &mut Faults,
) -> Option<(T, T)> {
    let fields = Fields::open(node, shape, faults)?;
    let min = fields.need("min", faults).and_then(|node| read(node, faults))?;
    let max = fields.need("max", faults).and_then(|node| read(node, faults))?;
    if min > max {
        faults.report(FaultKind::BadValue { expected: Expected::MinBelowMax, came: format!("{min} > {max}") }, &node.span);
    }
    Some((min, max))
}

/// The slot that a prompt says, of a type that its filter can say.
pub(super) fn said_slot(slots: &[Slot], name: &str, filter: Filter, span: &Span, faults: &mut Faults) -> Option<SlotId> {
    let Some(at) = slots.iter().position(|slot| slot.name == name) else {
        let nearest = nearest(name, slots.iter().map(|slot| slot.name.as_str()));
        faults.report(FaultKind::Unknown { what: Thing::Slot, name: name.to_owned(), nearest }, span);
        return None;
    };
    let ty = &slots[at].ty;
    if !filter.fits(ty) {
        faults.report(FaultKind::FilterMisfit { filter: filter.name(), slot: name.to_owned(), is: ty.clone() }, span);
    }
    Some(SlotId(at as u16))
}

fn literal_type(text: &str) -> Option<Type> {
    if text.parse::<u32>().is_ok() {
        return Some(Type::Count);
    }
    matches!(text, "yes" | "no").then_some(Type::Flag)
}

fn find<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|(key, _)| scalar(key) == Some(name)).map(|(_, value)| value)
}

fn scalar(node: &Node) -> Option<&str> {
    if let Kind::Scalar(text) = &node.kind { Some(text) } else { None }
}
