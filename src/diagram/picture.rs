//! What is drawn: boxes and arrows, without places.

use std::collections::BTreeMap;

use dauys_core::flow::graph::{
    Act, Flow, GIVE_UP, GiveUp, Jump, Lookup, NEXT, Program, PromptId, Segment, SlotId, Step, StepId, Way, What,
};
use dauys_core::lang::Lang;

/// Who has gone each way: (step, way) → who.
pub type Taken = BTreeMap<(String, String), Gone>;

/// Who has gone a way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gone {
    /// Nobody.
    #[default]
    Nobody,
    /// Callers that were made up, and nobody else.
    Simulated,
    /// A person, in a talk or on the telephone.
    Somebody,
}

/// The most letters of a line in a box.
const LINE_MAX: usize = 34;

/// A flow as boxes and arrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The flow's name and title.
    pub title: String,
    /// The boxes, in the order of the steps; exits after them.
    pub boxes: Vec<Box>,
    /// The arrows between them.
    pub arrows: Vec<Arrow>,
    /// Whether it shows what was taken.
    pub is_counted: bool,
}

/// One box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Box {
    /// What it is.
    pub kind: Kind,
    /// Its name, then what it does.
    pub lines: Vec<String>,
    /// How many of its ways were taken, and how many it has.
    pub taken: Option<(usize, usize)>,
}

/// What a box is: its outline says it, so that no colour has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The robot speaks or decides.
    Step,
    /// The caller has the word.
    Question,
    /// A service is asked.
    Service,
    /// Another flow runs.
    Flow,
    /// The flow or the call is over.
    Exit,
}

/// One arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// The box it leaves.
    pub from: usize,
    /// The box it comes to.
    pub to: usize,
    /// By what: an answer, an outcome, a case. Empty where there is no choice.
    pub label: String,
    /// Whether it is the way of a bound that has run out, or of a question that was given up.
    pub is_last_resort: bool,
    /// Who has gone it.
    pub taken: Option<Gone>,
}

impl Arrow {
    /// What stands before its words, for those who see no colours.
    pub(super) const fn mark(&self) -> &'static str {
        match self.taken {
            Some(Gone::Nobody) => "✗ ",
            Some(Gone::Simulated) => "◌ ",
            Some(Gone::Somebody) | None => "",
        }
    }
}

/// The picture of one flow, its words in this language.
pub fn picture(program: &Program, flow: &Flow, lang: Lang, taken: Option<&Taken>) -> Picture {
    let mut sketch = Sketch { program, flow, lang, taken, boxes: Vec::new(), arrows: Vec::new() };
    let steps = (0..flow.steps.len()).map(|at| StepId(at as u16));
    for at in steps.clone() {
        sketch.step(at);
    }
    for at in steps {
        for way in flow.ways(at) {
            sketch.way(at, &way);
        }
    }
    let Sketch { boxes, arrows, .. } = sketch;
    Picture { title: format!("{}: {}", flow.name, flow.title[lang]), boxes, arrows, is_counted: taken.is_some() }
}

struct Sketch<'a> {
    program: &'a Program,
    flow: &'a Flow,
    lang: Lang,
    taken: Option<&'a Taken>,
    boxes: Vec<Box>,
    arrows: Vec<Arrow>,
}

impl Sketch<'_> {
    fn step(&mut self, at: StepId) {
        let step = &self.flow.steps[usize::from(at.0)];
        let mut lines = vec![step.id.clone(), self.gist(&step.act)];
        if let Some(GiveUp::Flow(flow)) = step.act.ladder().map(|ladder| &ladder.give_up) {
            lines.push(format!("⤳ {}", self.name_of(*flow)));
        }
        lines.retain(|line| !line.is_empty());
        let ways = self.flow.ways(at);
        let counted = |taken: &Taken| ways.iter().filter(|way| gone(taken, step, way) > Gone::Nobody).count();
        let taken = self.taken.map(|taken| (counted(taken), ways.len()));
        self.boxes.push(Box { kind: kind_of(&step.act), lines: lines.iter().map(|line| shortened(line)).collect(), taken });
    }

    fn way(&mut self, at: StepId, way: &Way) {
        let step = &self.flow.steps[usize::from(at.0)];
        let jump = match (&step.act, way.arm) {
            (Act::Goto(jump), _) => jump,
            (_, Some(arm)) => &arm.then,
            (_, None) => &Jump::Next,
        };
        let label = if way.name == NEXT { String::new() } else { way.name.clone() };
        let taken = self.taken.map(|taken| gone(taken, step, way));
        let from = usize::from(at.0);
        let mut arrow = |to, label, is_last_resort| self.arrows.push(Arrow { from, to, label, is_last_resort, taken });
        match (jump, way.to.as_slice()) {
            (Jump::AtMost { to, times, otherwise, .. }, _) => {
                arrow(usize::from(to.0), format!("{label} ≤{times}").trim_start().to_owned(), false);
                arrow(usize::from(otherwise.0), format!("{label} >{times}").trim_start().to_owned(), true);
            }
            (_, [to, ..]) => arrow(usize::from(to.0), label, way.name == GIVE_UP),
            (Jump::End { outcome }, []) => {
                let to = self.exit(&format!("end: {outcome}"));
                self.arrows.push(Arrow { from, to, label, is_last_resort: false, taken });
            }
            (Jump::Next | Jump::Goto(_), []) if matches!(step.act, Act::End { .. } | Act::Return(_)) => {}
            (Jump::Next | Jump::Goto(_), []) => {
                let to = self.exit("return");
                self.arrows.push(Arrow { from, to, label, is_last_resort: false, taken });
            }
        }
    }

    /// The box of a way out of the flow; ways that leave alike share one.
    fn exit(&mut self, name: &str) -> usize {
        let steps = self.flow.steps.len();
        let known = self.boxes.iter().skip(steps).position(|exit| exit.lines[0] == name);
        known.map_or_else(
            || {
                self.boxes.push(Box { kind: Kind::Exit, lines: vec![name.to_owned()], taken: None });
                self.boxes.len() - 1
            },
            |at| steps + at,
        )
    }

    /// What a step does, in a line.
    fn gist(&self, act: &Act) -> String {
        match act {
            Act::Call { flow, .. } => self.name_of(*flow).to_owned(),
            Act::Lookup(lookup) => format!("? {}", self.service(lookup)),
            Act::Submit(submit) => format!("! {}", self.service(&submit.lookup)),
            Act::End { outcome } => format!("end: {outcome}"),
            Act::Return(_) => "return".to_owned(),
            Act::Language(lang) => format!("→ {lang}"),
            Act::Set(_) | Act::Clear(_) | Act::Goto(_) | Act::If { .. } | Act::Switch { .. } => String::new(),
            Act::Say { prompt, .. } => self.words(*prompt),
            Act::Ask(ask) => self.words(ask.prompt),
            Act::Form(form) => {
                form.fields.iter().filter_map(|field| field.slot()).map(|slot| self.slot(slot)).collect::<Vec<_>>().join(", ")
            }
            Act::Menu(menu) => self.words(menu.prompt),
            Act::Confirm(confirm) => self.words(confirm.prompt),
            Act::Choose(choose) => self.words(choose.prompt),
            Act::Errand(errand) => errand_of(&errand.what),
            Act::Route(route) => format!("⇉ {}", self.words(route.prompt)),
            Act::Record(record) => format!("● {}", self.words(record.prompt)),
            Act::Survey(survey) => format!("1–5: {}", self.words(survey.ask.prompt)),
        }
    }

    fn service(&self, lookup: &Lookup) -> &str {
        &self.program.contracts[usize::from(lookup.service.0)].name
    }

    fn name_of(&self, flow: dauys_core::flow::graph::FlowId) -> &str {
        &self.program.flows[usize::from(flow.0)].name
    }

    fn slot(&self, slot: SlotId) -> String {
        self.flow.slots.get(usize::from(slot.0)).map_or("…".to_owned(), |slot| format!("‹{}›", slot.name))
    }

    fn words(&self, prompt: PromptId) -> String {
        let segments = &self.program.prompts[usize::from(prompt.0)].escalation(0)[self.lang];
        let word = |segment: &Segment| match segment {
            Segment::Clip(clip) => self.program.clips.get(clip.0 as usize).map_or("", |clip| clip.text.as_str()).to_owned(),
            Segment::Text(text) => text.clone(),
            Segment::Slot { slot, .. } => self.slot(*slot),
        };
        segments.iter().map(word).collect::<Vec<_>>().join(" ")
    }
}

fn gone(taken: &Taken, step: &Step, way: &Way) -> Gone {
    taken.get(&(step.id.clone(), way.name.clone())).copied().unwrap_or_default()
}

fn errand_of(what: &What) -> String {
    match what {
        What::Sms { .. } => "sms".to_owned(),
        What::Transfer { group } => format!("transfer: {group}"),
        What::Callback { .. } => "callback".to_owned(),
    }
}

fn kind_of(act: &Act) -> Kind {
    match act {
        Act::Ask(_) | Act::Form(_) | Act::Menu(_) | Act::Confirm(_) | Act::Choose(_) | Act::Route(_) | Act::Record(_) | Act::Survey(_) => {
            Kind::Question
        }
        Act::Lookup(_) | Act::Submit(_) | Act::Errand(_) => Kind::Service,
        Act::Call { .. } => Kind::Flow,
        Act::End { .. } | Act::Return(_) => Kind::Exit,
        Act::Say { .. } | Act::If { .. } | Act::Switch { .. } | Act::Set(_) | Act::Clear(_) | Act::Goto(_) | Act::Language(_) => Kind::Step,
    }
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= LINE_MAX {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LINE_MAX - 1).collect();
    format!("{}…", cut.trim_end())
}
