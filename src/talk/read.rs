//! From the YAML of a talk to its [`Talk`]. All slips are found in one run.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dauys_core::citizen::CallerKind;
use dauys_core::flow::fault::{Told, nearest, told};
use dauys_core::flow::graph::{Contract, Program, Type, Value};
use dauys_core::flow::shape::Shape;
use dauys_core::flow::{self, Kind, Node};
use dauys_core::heard::{CERTAIN, Heard, Hypothesis};
use dauys_core::interpreter::Answer;
use dauys_core::key::Key;
use dauys_core::lang::Lang;
use jiff::civil::DateTime;

use super::script::{Act, Answers, At, Deed, Expected, Line, Opening, Planned, Says, Scene, Span, Step, Talk};
use super::slip::{Slip, SlipKind};
use super::{shape, value};

/// When a talk takes place that does not say: a Tuesday morning on which everybody works.
const START: &str = "2026-11-24T10:15";
const ZONE: &str = "Asia/Almaty";
/// The most steps of a talk, branches included.
const STEPS_MAX: usize = 500;
/// How deep branches may branch.
const BRANCHES_DEEP_MAX: usize = 4;
/// The most ways through one talk.
pub(super) const WAYS_MAX: usize = 64;
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// Reads a talk that is to be held with a program.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(file: &str, text: &str, program: &Program) -> Result<Talk, Vec<Slip>> {
    let tree = flow::document(file, text).map_err(|faults| faults.into_iter().map(Slip::from).collect::<Vec<_>>())?;
    let mut reader = Reader { program, prompts: prompts(program), slips: Vec::new(), steps: 0 };
    let talk = reader.talk(&tree);
    match talk.filter(|_| reader.slips.is_empty()) {
        Some(talk) => Ok(talk),
        None => Err(reader.slips),
    }
}

impl From<flow::fault::Fault> for Slip {
    fn from(fault: flow::fault::Fault) -> Self {
        let span = fault.span.start..fault.span.end;
        Self { kind: SlipKind::Yaml(fault), span }
    }
}

fn prompts(program: &Program) -> BTreeSet<String> {
    program.prompts.iter().map(|prompt| prompt.name.clone()).collect()
}

struct Reader<'a> {
    program: &'a Program,
    prompts: BTreeSet<String>,
    slips: Vec<Slip>,
    steps: usize,
}

fn span(node: &Node) -> Span {
    node.span.start..node.span.end
}

/// Where the last thing of a node ends: a block itself ends where the next one begins.
fn end(node: &Node) -> usize {
    let last = match &node.kind {
        Kind::Scalar(_) => None,
        Kind::List(nodes) => nodes.last(),
        Kind::Map(entries) => entries.last().map(|(_, value)| value),
    };
    last.map_or(node.span.end, end)
}

impl Reader<'_> {
    fn talk(&mut self, root: &Node) -> Option<Talk> {
        let fields = self.fields(root, &shape::TALK)?;
        let title = self.need(root, &fields, "talk").and_then(|node| self.text(node)).map(str::to_owned);
        let opening = self.opening(&fields);
        let scene = self.scene(root, &fields, 0);
        if scene.as_ref().is_some_and(|scene| ways(scene) > WAYS_MAX) {
            self.slip(
                SlipKind::TooMany {
                    what: told("ways through one talk", "путей через один разговор"), most: WAYS_MAX
                },
                root,
            );
        }
        Some(Talk { title: title?, opening: opening?, scene: scene? })
    }

    fn opening(&mut self, fields: &[(&str, &Node)]) -> Option<Opening> {
        let start = find(fields, "start").map_or_else(|| moment(START), |node| self.value(node, MOMENT, moment));
        let caller = find(fields, "caller").map_or(Some(CallerKind::Mobile), |node| self.value(node, CALLER, kind_of_caller));
        let lang = find(fields, "lang").map_or(Some(None), |node| self.value(node, LANG_OR_NONE, lang_or_none));
        let called = find(fields, "called").map_or(Some("1414"), |node| self.text(node)).map(str::to_owned);
        Some(Opening { called: called?, start_ms: start?, lang: lang?, caller: caller? })
    }

    /// What a talk and a branch have in common.
    fn scene(&mut self, node: &Node, fields: &[(&str, &Node)], depth: usize) -> Option<Scene> {
        let services = find(fields, "services").map(|node| self.services(node)).unwrap_or_default();
        let end = find(fields, "end").and_then(|node| self.text(node).map(|text| At { it: text.to_owned(), span: span(node) }));
        let list = self.need(node, fields, "steps").and_then(|node| self.list(node))?;
        if list.is_empty() {
            self.slip(SlipKind::NothingDone, node);
        }
        let mut scene = Scene { name: None, services, steps: Vec::new(), branches: Vec::new(), end };
        for (nth, step) in list.iter().enumerate() {
            match (branches_of(step), nth + 1 == list.len()) {
                (Some(branches), true) => scene.branches = self.branches(branches, depth + 1),
                (Some(_), false) => self.slip(SlipKind::BranchesNotLast, step),
                (None, _) => scene.steps.extend(self.step(step)),
            }
        }
        Some(scene)
    }

    fn branches(&mut self, node: &Node, depth: usize) -> Vec<Scene> {
        if depth > BRANCHES_DEEP_MAX {
            self.slip(
                SlipKind::TooMany {
                    what: told("branches within one another", "веток внутри веток"), most: BRANCHES_DEEP_MAX
                },
                node,
            );
            return Vec::new();
        }
        let list = self.list(node).unwrap_or_default();
        list.iter().filter_map(|branch| self.branch(branch, depth)).collect()
    }

    fn branch(&mut self, node: &Node, depth: usize) -> Option<Scene> {
        let fields = self.fields(node, &shape::BRANCH)?;
        let name = self.need(node, &fields, "name").and_then(|node| self.text(node)).map(str::to_owned);
        let scene = self.scene(node, &fields, depth)?;
        Some(Scene { name, ..scene })
    }

    fn step(&mut self, node: &Node) -> Option<At<Step>> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            self.slip(SlipKind::TooMany { what: told("steps", "шагов"), most: STEPS_MAX }, node);
            return None;
        }
        let at = |it| At { it, span: node.span.start..end(node) };
        if let Kind::Scalar(word) = &node.kind {
            let deed = match word.as_str() {
                "silence" => Act::Silence,
                "hangs_up" => Act::Then(Deed::HangsUp),
                _ => {
                    return self.wrong(
                        node,
                        told("a step such as `robot: …`, `caller: …` or `silence`", "шаг: `robot: …`, `caller: …` или `silence`"),
                    );
                }
            };
            return Some(at(Step::Act(deed)));
        }
        let fields = self.fields(node, &shape::STEP)?;
        let [(name, body)] = fields[..] else {
            return self.wrong(node, told("a step with one key", "шаг с одним ключом"));
        };
        let step = match name {
            "robot" => Step::Robot(self.lines(body)?),
            "expect" => Step::Expect(self.expected(body)?),
            "wait" => Step::Act(Act::Wait(self.span_of_time(body)?)),
            "interrupts" => Step::Act(self.interrupts(body)?),
            _ => Step::Act(Act::Then(self.deed(name, body)?)),
        };
        Some(at(step))
    }

    fn interrupts(&mut self, node: &Node) -> Option<Act> {
        let fields = self.fields(node, &shape::INTERRUPTS)?;
        let after = self.need(node, &fields, "after").and_then(|node| self.span_of_time(node));
        let deeds: Vec<_> = fields.iter().filter(|(name, _)| *name != "after").collect();
        let [(name, body)] = deeds[..] else {
            return self.wrong(
                node,
                told("one of `caller`, `keys` and `hangs_up` beside `after`", "рядом с `after` одно из `caller`, `keys`, `hangs_up`"),
            );
        };
        let deed = self.deed(name, body);
        Some(Act::Interrupts(after?, deed?))
    }

    fn deed(&mut self, name: &str, body: &Node) -> Option<Deed> {
        match name {
            "caller" => self.heard(body).map(Deed::Says),
            "speaks" => self.span_of_time(body).map(Deed::Speaks),
            "keys" => self.value(body, KEYS, keys).map(Deed::Presses),
            _ => self.value(body, YES, |text| (text == "yes" || text == "true").then_some(Deed::HangsUp)),
        }
    }

    /// Words; or what a recogniser makes of them, best first.
    fn heard(&mut self, node: &Node) -> Option<Heard> {
        match &node.kind {
            Kind::Scalar(_) => self.text(node).map(Heard::typed),
            Kind::List(nodes) => {
                let each: Vec<_> = nodes.iter().filter_map(|node| self.hypothesis(node)).collect();
                Some(Heard::new(each, "talk", 0))
            }
            Kind::Map(_) => self.hypothesis(node).map(|one| Heard::new(vec![one], "talk", 0)),
        }
    }

    fn hypothesis(&mut self, node: &Node) -> Option<Hypothesis> {
        let fields = self.fields(node, &shape::HEARD)?;
        let text = self.need(node, &fields, "text").and_then(|node| self.text(node)).map(str::to_owned);
        let thousandths = |text: &str| text.parse().ok().filter(|n| *n <= CERTAIN);
        let confidence = find(&fields, "confidence").map_or(Some(CERTAIN), |node| self.value(node, THOUSANDTHS, thousandths));
        let heard_in = find(&fields, "lang").map_or(Some(None), |node| self.value(node, LANG, lang).map(Some));
        Some(Hypothesis { text: text?, lang: heard_in?, confidence: confidence? })
    }

    fn lines(&mut self, node: &Node) -> Option<Vec<At<Line>>> {
        match &node.kind {
            Kind::List(nodes) => Some(nodes.iter().filter_map(|node| self.line(node)).collect()),
            Kind::Scalar(_) | Kind::Map(_) => self.line(node).map(|line| vec![line]),
        }
    }

    fn line(&mut self, node: &Node) -> Option<At<Line>> {
        let text = self.text(node)?;
        let (said, goes_on) = match text.strip_suffix('…').or_else(|| text.strip_suffix("...")) {
            Some(said) => (said.trim_end(), true),
            None => (text, false),
        };
        let says = if is_name(said) { self.prompt(said, node)? } else { Says::Words(said.to_owned()) };
        Some(At { it: Line { says, goes_on }, span: span(node) })
    }

    /// A prompt by its whole name, or by the last part of it.
    fn prompt(&mut self, name: &str, node: &Node) -> Option<Says> {
        let fits = |whole: &&String| *whole == name || (!name.contains('/') && whole.rsplit('/').next() == Some(name));
        let found: Vec<String> = self.prompts.iter().filter(fits).cloned().collect();
        if found.is_empty() {
            let short: Vec<String> = self.prompts.iter().filter_map(|whole| whole.rsplit('/').next()).map(str::to_owned).collect();
            let known: Vec<String> = self.prompts.iter().cloned().chain(short).collect();
            return self.unknown(told("prompt", "реплика"), name, known.iter().map(String::as_str), node);
        }
        Some(Says::Prompt(found))
    }

    fn expected(&mut self, node: &Node) -> Option<Expected> {
        let fields = self.fields(node, &shape::EXPECT)?;
        let mut expected = Expected::default();
        for (name, node) in fields {
            match name {
                "step" => expected.step = self.step_name(node),
                "lang" => expected.lang = self.value(node, LANG_OR_NONE, lang_or_none).map(|it| At { it, span: span(node) }),
                "remembers" => expected.remembers = self.value(node, LANG, lang).map(|it| At { it, span: span(node) }),
                "service" => expected.service = self.at(node),
                "command" => expected.command = self.at(node),
                "slots" => expected.slots = self.named(node).into_iter().map(|(name, value)| (name, or_none(value))).collect(),
                _ => expected.asked = self.named(node),
            }
        }
        Some(expected)
    }

    fn step_name(&mut self, node: &Node) -> Option<At<String>> {
        let name = self.at(node)?;
        let program = self.program;
        let known = program
            .flows
            .iter()
            .flat_map(|flow| flow.steps.iter().flat_map(|step| [step.id.clone(), format!("{}/{}", flow.name, step.id)]));
        let known: BTreeSet<String> = known.collect();
        if known.contains(&name.it) {
            return Some(name);
        }
        self.unknown(told("step", "шаг"), &name.it, known.iter().map(String::as_str), node)
    }

    fn services(&mut self, node: &Node) -> BTreeMap<String, Answers> {
        let mut services = BTreeMap::new();
        for (name, key, node) in self.entries(node) {
            let program = self.program;
            let Some(contract) = program.contracts.iter().find(|contract| contract.name == name) else {
                let _: Option<()> =
                    self.unknown(told("service", "сервис"), name, program.contracts.iter().map(|contract| contract.name.as_str()), key);
                continue;
            };
            let answers = match &node.kind {
                Kind::List(nodes) => Some(Answers::Each(nodes.iter().filter_map(|node| self.planned(node, contract)).collect())),
                Kind::Scalar(_) | Kind::Map(_) => self.planned(node, contract).map(Answers::Always),
            };
            services.extend(answers.map(|answers| (name.to_owned(), answers)));
        }
        services
    }

    /// `not_found`, `unavailable`, `never`, or `{ready: {document: id_card}, after: 3s}`.
    fn planned(&mut self, node: &Node, contract: &Contract) -> Option<Planned> {
        if let Kind::Scalar(word) = &node.kind {
            return self.answer(word, None, node, contract).map(|answer| Planned { answer, after: Duration::ZERO });
        }
        let entries = self.entries(node);
        let after = entries.iter().find(|(name, ..)| *name == "after").map(|(_, _, node)| self.span_of_time(node));
        let answers: Vec<_> = entries.iter().filter(|(name, ..)| *name != "after").collect();
        let [(name, key, fields)] = answers[..] else {
            return self.wrong(node, told("one outcome with its fields, and `after`", "один исход с полями и `after`"));
        };
        let answer = self.answer(name, Some(fields), key, contract);
        Some(Planned { answer: answer?, after: after.unwrap_or(Some(Duration::ZERO))? })
    }

    fn answer(&mut self, outcome: &str, fields: Option<&Node>, at: &Node, contract: &Contract) -> Option<Option<Answer>> {
        match outcome {
            "never" => return Some(None),
            "unavailable" => return Some(Some(Answer::Unavailable)),
            _ => {}
        }
        let Some(types) = contract.outcomes.get(outcome) else {
            let known = contract.outcomes.keys().map(String::as_str).chain(["unavailable", "never"]);
            return self.unknown(told("outcome", "исход"), outcome, known, at);
        };
        let values = self.filled(fields, types, at)?;
        Some(Some(Answer::Outcome { outcome: outcome.to_owned(), fields: values }))
    }

    /// All of these fields, and no others.
    fn filled(&mut self, fields: Option<&Node>, types: &BTreeMap<String, Type>, at: &Node) -> Option<BTreeMap<String, Value>> {
        let given = fields.map(|node| self.entries(node)).unwrap_or_default();
        let mut values = BTreeMap::new();
        for (name, key, node) in &given {
            let Some(ty) = types.get(*name) else {
                return self.unknown(told("field", "поле"), name, types.keys().map(String::as_str), key);
            };
            values.insert((*name).to_owned(), self.field(node, ty)?);
        }
        if let Some(missing) = types.keys().find(|name| !values.contains_key(*name)) {
            self.slip(SlipKind::MissingKey { key: missing.clone() }, at);
            return None;
        }
        Some(values)
    }

    /// A value of a type; a list has a map for each of its items.
    fn field(&mut self, node: &Node, ty: &Type) -> Option<Value> {
        if let Type::List { fields, most: _ } = ty {
            let items = self.list(node)?;
            return items.iter().map(|item| self.filled(Some(item), fields, item)).collect::<Option<_>>().map(Value::List);
        }
        let program = self.program;
        self.value(node, told("a value of the field's type", "значение по типу поля"), |text| {
            value::read(text, ty, program)
        })
    }

    fn named(&mut self, node: &Node) -> Vec<(String, At<String>)> {
        let entries = self.entries(node);
        entries.into_iter().filter_map(|(name, _, node)| Some((name.to_owned(), self.at(node)?))).collect()
    }

    fn at(&mut self, node: &Node) -> Option<At<String>> {
        self.text(node).map(|text| At { it: text.to_owned(), span: span(node) })
    }

    fn span_of_time(&mut self, node: &Node) -> Option<Duration> {
        self.value(node, TIME, duration)
    }

    /// The entries of a map whose keys are known; an unknown one is a slip, and left out.
    fn fields<'n>(&mut self, node: &'n Node, shape: &Shape) -> Option<Vec<(&'n str, &'n Node)>> {
        let Kind::Map(_) = &node.kind else { return self.wrong(node, told("a map", "ключи со значениями")) };
        let mut fields = Vec::new();
        for (name, key, value) in self.entries(node) {
            if shape.knows(name) {
                fields.push((name, value));
            } else {
                let known = shape.names().collect::<Vec<_>>().join(", ");
                let kind = SlipKind::UnknownKey { key: name.to_owned(), nearest: nearest(name, shape.names()), known };
                self.slip(kind, key);
            }
        }
        Some(fields)
    }

    fn entries<'n>(&mut self, node: &'n Node) -> Vec<(&'n str, &'n Node, &'n Node)> {
        match &node.kind {
            Kind::Map(entries) => {
                let named = |(key, value): &'n (Node, Node)| {
                    if let Kind::Scalar(name) = &key.kind { Some((name.as_str(), key, value)) } else { None }
                };
                entries.iter().filter_map(named).collect()
            }
            Kind::Scalar(text) if text.is_empty() => Vec::new(),
            Kind::Scalar(_) | Kind::List(_) => self.wrong(node, told("a map", "ключи со значениями")).unwrap_or_default(),
        }
    }

    fn need<'n>(&mut self, node: &Node, fields: &[(&str, &'n Node)], key: &str) -> Option<&'n Node> {
        let found = find(fields, key);
        if found.is_none() {
            let start = node.span.start;
            self.slips.push(Slip { kind: SlipKind::MissingKey { key: key.to_owned() }, span: start..start });
        }
        found
    }

    fn list<'n>(&mut self, node: &'n Node) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(nodes) => Some(nodes),
            Kind::Scalar(_) | Kind::Map(_) => self.wrong(node, told("a list", "список")),
        }
    }

    fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.kind {
            Kind::Scalar(text) if !text.trim().is_empty() => Some(text.trim()),
            Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => self.wrong(node, told("words", "слова")),
        }
    }

    fn value<T>(&mut self, node: &Node, expected: Told<&'static str>, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(node)?;
        let found = read(text);
        if found.is_none() {
            self.slip(SlipKind::Value { expected, came: text.chars().take(40).collect() }, node);
        }
        found
    }

    fn unknown<'n, T>(&mut self, what: Told<&'static str>, name: &str, known: impl Iterator<Item = &'n str>, node: &Node) -> Option<T> {
        let known: Vec<&str> = known.collect();
        let nearest = nearest(name, known.iter().copied());
        let shown = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
        self.slip(SlipKind::Unknown { what, name: name.to_owned(), nearest, known: shown }, node);
        None
    }

    fn wrong<T>(&mut self, node: &Node, expected: Told<&'static str>) -> Option<T> {
        let came = match &node.kind {
            Kind::Scalar(text) if text.is_empty() => "nothing",
            Kind::Scalar(_) => "a single value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        };
        self.slip(SlipKind::Shape { expected, came }, node);
        None
    }

    fn slip(&mut self, kind: SlipKind, node: &Node) {
        self.slips.push(Slip { kind, span: span(node) });
    }
}

fn find<'n>(fields: &[(&str, &'n Node)], key: &str) -> Option<&'n Node> {
    fields.iter().find(|(name, _)| *name == key).map(|(_, node)| *node)
}

fn branches_of(step: &Node) -> Option<&Node> {
    let Kind::Map(entries) = &step.kind else { return None };
    entries.iter().find(|(key, _)| matches!(&key.kind, Kind::Scalar(name) if name == "branches")).map(|(_, value)| value)
}

/// How many ways lead through a scene.
fn ways(scene: &Scene) -> usize {
    scene.branches.iter().map(ways).sum::<usize>().max(1)
}

const MOMENT: Told<&str> = told("a moment such as 2026-11-24T10:15, in Almaty", "дату и время, например 2026-11-24T10:15 (Алматы)");
const CALLER: Told<&str> = told("mobile, landline, foreign, withheld or unknown", "mobile, landline, foreign, withheld или unknown");
const LANG: Told<&str> = told("kk or ru", "kk или ru");
const LANG_OR_NONE: Told<&str> = told("kk, ru or none", "kk, ru или none");
const KEYS: Told<&str> = told("keys such as \"1\" or \"002512345678#\"", "клавиши, например \"1\" или \"002512345678#\"");
const THOUSANDTHS: Told<&str> = told("a whole number from 0 to 1000", "целое число от 0 до 1000");
const YES: Told<&str> = told("yes; to stay on the line, write nothing", "yes; чтобы остаться на линии, не пишите ничего");
const TIME: Told<&str> = told("a time such as 800ms, 1.2s or 6s, at most an hour", "время, например 800ms, 1.2s или 6s, не больше часа");

fn moment(text: &str) -> Option<i64> {
    let local: DateTime = text.parse().ok()?;
    Some(local.in_tz(ZONE).ok()?.timestamp().as_millisecond())
}

fn kind_of_caller(text: &str) -> Option<CallerKind> {
    match text {
        "mobile" => Some(CallerKind::Mobile),
        "landline" => Some(CallerKind::Landline),
        "foreign" => Some(CallerKind::Foreign),
        "withheld" => Some(CallerKind::Withheld),
        "unknown" => Some(CallerKind::Unknown),
        _ => None,
    }
}

fn lang(text: &str) -> Option<Lang> {
    Lang::ALL.into_iter().find(|lang| lang.code() == text)
}

fn lang_or_none(text: &str) -> Option<Option<Lang>> {
    if text == "none" { Some(None) } else { lang(text).map(Some) }
}

fn or_none(value: At<String>) -> At<Option<String>> {
    At { it: Some(value.it).filter(|text| text != "none"), span: value.span }
}

fn keys(text: &str) -> Option<Vec<Key>> {
    let keys: Option<Vec<Key>> = text.chars().filter(|c| !c.is_whitespace()).map(Key::from_char).collect();
    keys.filter(|keys| !keys.is_empty() && keys.len() <= 100)
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit_ms) = match text.strip_suffix("ms") {
        Some(number) => (number, 1.0),
        None => (text.strip_suffix('s')?, 1000.0),
    };
    let number = Some(number).filter(|number| number.bytes().all(|b| b.is_ascii_digit() || b == b'.'))?;
    let millis = number.parse::<f64>().ok()? * unit_ms;
    let span = Duration::try_from_secs_f64(millis.round() / 1000.0).ok()?;
    Some(span).filter(|span| (Duration::from_millis(1)..=WAIT_MAX).contains(span))
}

/// Whether it is the name of a prompt, and not words: no language of ours is written so.
fn is_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'/' | b'.'))
        && text.bytes().any(|b| b.is_ascii_lowercase())
}
