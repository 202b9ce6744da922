//! Holds a talk, and compares what the robot says and does with what is written.
//!
//! The lines of one turn must tile all that the robot says in it, in order: only words count, not their capitals or stops. A line that ends with `…` lets it go on. While no
//! language is chosen everything is said twice; then the lines may tell the two languages one after the other, or each prompt once for both.

use std::collections::{BTreeMap, BTreeSet};

use dauys_core::flow::coverage::Coverage;
use dauys_core::lang::Lang;

use super::bless::{self, Edit};
use super::failure::{Failure, FailureKind, plain};
use super::script::{Answers, At, Errand, Expected, Line, Says, Scene, Span, Step, Talk};
use super::stage::{Saying, Stage, Turn};
use super::value;
use crate::bundle::Bundle;

/// How a talk went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// How many ways lead through it.
    pub ways: usize,
    /// What was not as written, by way and line; what several ways have in common once.
    pub failures: Vec<Failure>,
    /// What would make the file as it was.
    pub edits: Vec<Edit>,
}

/// Holds a talk along each of its ways, and counts into `coverage` what it did.
pub fn hold(bundle: &Bundle, talk: &Talk, coverage: &mut Coverage) -> Held {
    let mut held = Held::default();
    for way in ways(&talk.scene) {
        held.ways += 1;
        let mut hearing = Hearing { way: &way, held: &mut held, failed: false, astray: false };
        let mut stage = Stage::new(bundle, &talk.opening, way.services(), way.errands(), coverage);
        hearing.run(&mut stage);
    }
    held
}

/// One way through a talk: scenes within one another.
struct Way<'a>(Vec<&'a Scene>);

impl<'a> Way<'a> {
    fn services(&self) -> BTreeMap<String, Answers> {
        self.0.iter().flat_map(|scene| scene.services.clone()).collect()
    }

    fn errands(&self) -> BTreeMap<Errand, Answers> {
        self.0.iter().flat_map(|scene| scene.errands.clone()).collect()
    }

    fn steps(&self) -> Vec<&'a At<Step>> {
        self.0.iter().flat_map(|scene| &scene.steps).collect()
    }

    fn end(&self) -> Option<&'a At<String>> {
        self.0.iter().rev().find_map(|scene| scene.end.as_ref())
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().filter_map(|scene| scene.name.clone()).collect()
    }
}

fn ways(scene: &Scene) -> Vec<Way<'_>> {
    if scene.branches.is_empty() {
        return vec![Way(vec![scene])];
    }
    let on = |branch| ways(branch).into_iter().map(|Way(rest)| Way(std::iter::once(scene).chain(rest).collect()));
    scene.branches.iter().flat_map(on).collect()
}

struct Hearing<'a, 'h> {
    way: &'a Way<'a>,
    held: &'h mut Held,
    failed: bool,
    /// A turn was not as written: what follows from that is no news, but for the end.
    astray: bool,
}

impl Hearing<'_, '_> {
    fn run(&mut self, stage: &mut Stage<'_>) {
        let steps = self.way.steps();
        let mut rest = &steps[..];
        loop {
            let (before, next) = match rest.iter().position(|step| matches!(step.it, Step::Act(_))) {
                Some(at) => (&rest[..at], Some(rest[at])),
                None => (rest, None),
            };
            let act = next.and_then(|step| if let Step::Act(act) = &step.it { Some((act, step)) } else { None });
            let turn = stage.turn_before(act.map(|(act, _)| act));
            self.judge(stage, &turn, before, next.or(before.last().copied()));
            self.astray = self.failed;
            let Some((act, step)) = act else { break };
            if let Some(outcome) = stage.ended() {
                self.fail(FailureKind::OverBefore { outcome: outcome.to_string() }, step.span.clone());
                break;
            }
            stage.act(act);
            rest = &rest[before.len() + 1..];
        }
        self.judge_end(stage);
    }

    fn judge(&mut self, stage: &Stage<'_>, turn: &Turn, written: &[&At<Step>], near: Option<&At<Step>>) {
        let lines: Vec<Written<'_>> = written.iter().flat_map(|step| lines(step)).collect();
        if !lines.is_empty() {
            self.judge_lines(&turn.said, &lines);
        }
        for step in written {
            if let Step::Expect(expected) = &step.it {
                self.judge_expected(stage, turn, expected);
            }
        }
        for service in &turn.unanswered {
            let span = near.map_or(0..0, |step| step.span.clone());
            self.fail(FailureKind::Unanswered { service: service.clone() }, span);
        }
    }

    fn judge_lines(&mut self, said: &[Saying], lines: &[Written<'_>]) {
        let heard = Heard::of(said);
        if heard.tiled(lines) || heard.tiled_by_language(lines) {
            return;
        }
        let (fitting, pos) = heard.part(lines);
        match lines.get(fitting) {
            Some(line) => self.said_otherwise(&heard, *line, &lines[fitting + 1..], pos),
            None => self.said_more(&heard, lines, pos),
        }
    }

    /// All lines fit, and there is more.
    fn said_more(&mut self, heard: &Heard<'_>, lines: &[Written<'_>], pos: usize) {
        let Some((last, before)) = lines.split_last() else { return };
        self.fail(FailureKind::SaidMore { said: heard.text(pos, heard.words.len()) }, last.line.span.clone());
        let (_, from) = heard.part(before);
        self.held.edits.extend(bless::line(last.step, last.line, &heard.spoken(from, heard.words.len())));
    }

    /// This line does not fit where it should; of those after it some may.
    fn said_otherwise(&mut self, heard: &Heard<'_>, line: Written<'_>, after: &[Written<'_>], pos: usize) {
        let mut pos = self.mend(heard, line, after, pos);
        for (nth, line) in after.iter().enumerate() {
            pos = match heard.fits(&line.line.it, pos) {
                Some(next) => next,
                None => self.mend(heard, *line, &after[nth + 1..], pos),
            };
        }
    }

    /// A line becomes what was said up to where the next that fits begins.
    fn mend(&mut self, heard: &Heard<'_>, line: Written<'_>, after: &[Written<'_>], pos: usize) -> usize {
        let end = heard.next_of(after, pos);
        self.fail(FailureKind::Said { written: line.line.it.written(), said: heard.text(pos, end) }, line.line.span.clone());
        self.held.edits.extend(bless::line(line.step, line.line, &heard.spoken(pos, end)));
        end
    }

    fn judge_expected(&mut self, stage: &Stage<'_>, turn: &Turn, expected: &Expected) {
        if let Some(step) = &expected.step {
            let (flow, name) = stage.step();
            let whole = format!("{flow}/{name}");
            self.compare("step", &step.it, step.it == *name || step.it == whole, &whole, step);
        }
        if let Some(lang) = &expected.lang {
            let word = |lang: Option<Lang>| lang.map_or("none", Lang::code);
            self.compare("lang", word(lang.it), lang.it == stage.lang(), word(stage.lang()), lang);
        }
        for (name, slot) in &expected.slots {
            let holds = stage.slot(name).map(value::text);
            let none = || "none".to_owned();
            let (written, came) = (slot.it.clone().unwrap_or_else(none), holds.clone().unwrap_or_else(none));
            self.compare(&format!("slots.{name}"), &written, slot.it == holds, &came, slot);
        }
        if let Some(service) = &expected.service {
            let asked: Vec<&str> = turn.asked.iter().map(|(name, _)| name.as_str()).collect();
            self.compare("service", &service.it, asked.contains(&service.it.as_str()), &listed(&asked), service);
        }
        for (field, wanted) in &expected.asked {
            let came = turn.asked.last().and_then(|(_, request)| request.get(field)).map_or_else(|| "none".to_owned(), value::text);
            self.compare(&format!("asked.{field}"), &wanted.it, came == wanted.it, &came, wanted);
        }
        if let Some(command) = &expected.command {
            let heard: Vec<&str> = turn.commands.iter().map(String::as_str).collect();
            self.compare("command", &command.it, heard.contains(&command.it.as_str()), &listed(&heard), command);
        }
        if let Some(lang) = &expected.remembers {
            let came = turn.remembered.map_or("none", Lang::code);
            self.compare("remembers", lang.it.code(), turn.remembered == Some(lang.it), came, lang);
        }
    }

    fn compare<T>(&mut self, what: &str, written: &str, holds: bool, came: &str, at: &At<T>) {
        if !holds {
            let kind = FailureKind::Expected { what: what.to_owned(), written: written.to_owned(), came: came.to_owned() };
            self.fail(kind, at.span.clone());
        }
    }

    fn judge_end(&mut self, stage: &Stage<'_>) {
        let Some(end) = self.way.end() else { return };
        self.astray = false;
        match stage.ended().map(ToString::to_string) {
            Some(came) if came == end.it => {}
            Some(came) => {
                self.fail(FailureKind::Outcome { written: end.it.clone(), came: came.clone() }, end.span.clone());
                self.held.edits.push(Edit { span: end.span.clone(), text: Some(came) });
            }
            None => {
                let (flow, step) = stage.step();
                self.fail(FailureKind::NotOver { step: format!("{flow}/{step}") }, end.span.clone());
            }
        }
    }

    /// Ways that part later fail alike before: that is told once.
    fn fail(&mut self, kind: FailureKind, span: Span) {
        self.failed = true;
        let is_told = self.held.failures.iter().any(|other| other.kind == kind && other.span == span);
        if !self.astray && !is_told {
            self.held.failures.push(Failure { kind, span, way: self.way.names() });
        }
    }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// A line and the step that it stands in.
#[derive(Clone, Copy)]
struct Written<'a> {
    step: &'a At<Step>,
    line: &'a At<Line>,
}

fn lines<'a>(step: &'a At<Step>) -> impl Iterator<Item = Written<'a>> {
    let lines: &[At<Line>] = if let Step::Robot(lines) = &step.it { lines } else { &[] };
    lines.iter().map(move |line| Written { step, line })
}

impl Line {
    fn written(&self) -> String {
        let said = match &self.says {
            Says::Prompt(names) => names.join(" / "),
            Says::Words(words) => words.clone(),
        };
        if self.goes_on { format!("{said} …") } else { said }
    }
}

/// What was said, as words.
struct Heard<'a> {
    sayings: &'a [Saying],
    words: Vec<Word<'a>>,
}

#[derive(Clone)]
struct Word<'a> {
    plain: String,
    written: &'a str,
    saying: usize,
}

impl<'a> Heard<'a> {
    fn of(sayings: &'a [Saying]) -> Self {
        let each = sayings.iter().enumerate();
        let words = each.flat_map(|(saying, one)| words(&one.text).map(move |(plain, written)| Word { plain, written, saying }));
        Self { sayings, words: words.collect() }
    }

    /// Whether the lines tell all that was said.
    fn tiled(&self, lines: &[Written<'_>]) -> bool {
        self.tiled_from(lines, 0, 0, false, &mut BTreeSet::new())
    }

    fn tiled_from(&self, lines: &[Written<'_>], nth: usize, pos: usize, free: bool, tried: &mut BTreeSet<(usize, usize, bool)>) -> bool {
        let Some(line) = lines.get(nth) else { return free || pos == self.words.len() };
        let last = if free { self.words.len() } else { pos };
        tried.insert((nth, pos, free))
            && (pos..=last).any(|start| {
                let next = self.fits(&line.line.it, start);
                next.is_some_and(|next| self.tiled_from(lines, nth + 1, next, line.line.it.goes_on, tried))
            })
    }

    /// The same, of each language by itself. A prompt tells both.
    fn tiled_by_language(&self, lines: &[Written<'_>]) -> bool {
        let langs: Vec<Heard<'_>> = Lang::ALL.into_iter().map(|lang| self.only(lang)).collect();
        if langs.iter().any(|one| one.words.is_empty()) {
            return false;
        }
        let mut places = vec![(0, false); langs.len()];
        for line in lines {
            let mut fits = false;
            for (one, place) in langs.iter().zip(&mut places) {
                if fits && matches!(line.line.it.says, Says::Words(_)) {
                    continue;
                }
                if let Some(next) = one.found(&line.line.it, *place) {
                    *place = (next, line.line.it.goes_on);
                    fits = true;
                }
            }
            if !fits {
                return false;
            }
        }
        langs.iter().zip(places).all(|(one, (pos, free))| free || pos == one.words.len())
    }

    fn only(&self, lang: Lang) -> Heard<'_> {
        let words = self.words.iter().filter(|word| self.sayings[word.saying].lang == lang).cloned().collect();
        Heard { sayings: self.sayings, words }
    }

    /// Where a line ends that begins at a place, or later where it may.
    fn found(&self, line: &Line, (pos, free): (usize, bool)) -> Option<usize> {
        let last = if free { self.words.len() } else { pos };
        (pos..=last).find_map(|start| self.fits(line, start))
    }

    /// Where a line ends that begins at a place.
    fn fits(&self, line: &Line, pos: usize) -> Option<usize> {
        match &line.says {
            Says::Words(text) => {
                let wanted: Vec<String> = words(text).map(|(plain, _)| plain).collect();
                let end = pos + wanted.len();
                let there = self.words.get(pos..end)?;
                there.iter().map(|word| &word.plain).eq(&wanted).then_some(end)
            }
            Says::Prompt(names) => self.prompt_at(names, pos),
        }
    }

    /// Where a prompt ends that begins at a place; one that follows in the other language is its own.
    fn prompt_at(&self, names: &[String], pos: usize) -> Option<usize> {
        let first = self.words.get(pos)?.saying;
        let begins = pos.checked_sub(1).is_none_or(|before| self.words[before].saying != first);
        let is_one = |saying: &Saying| saying.prompt.as_ref().is_some_and(|prompt| names.contains(prompt));
        if !begins || !is_one(&self.sayings[first]) {
            return None;
        }
        let end = |saying: usize| self.words.iter().rposition(|word| word.saying == saying).map_or(pos, |last| last + 1);
        let here = end(first);
        let twin = self.words.get(here).map(|word| word.saying).filter(|next| {
            let (one, other) = (&self.sayings[first], &self.sayings[*next]);
            one.prompt == other.prompt && one.lang != other.lang
        });
        Some(twin.map_or(here, end))
    }

    /// How many lines fit from the start, and where the next would begin.
    fn part(&self, lines: &[Written<'_>]) -> (usize, usize) {
        let mut place = (0, false);
        for (nth, line) in lines.iter().enumerate() {
            match self.found(&line.line.it, place) {
                Some(next) => place = (next, line.line.it.goes_on),
                None => return (nth, place.0),
            }
        }
        (lines.len(), place.0)
    }

    /// Where the first of these lines begins, from a place on; the end where none does.
    fn next_of(&self, lines: &[Written<'_>], pos: usize) -> usize {
        let begins =
            |line: &Written<'_>| (pos..self.words.len()).find(|start| self.fits(&line.line.it, *start).is_some_and(|end| end > *start));
        lines.iter().find_map(begins).unwrap_or(self.words.len())
    }

    fn text(&self, from: usize, to: usize) -> String {
        let words: Vec<&str> = self.words.get(from..to).unwrap_or_default().iter().map(|word| word.written).collect();
        words.join(" ")
    }

    /// What is to be written for a stretch: its words, the words of its first prompt, and the prompt's name where it is just that.
    fn spoken(&self, from: usize, to: usize) -> bless::Spoken {
        let stretch = self.words.get(from..to).unwrap_or_default();
        let first = stretch.first().map_or(0, |word| word.saying);
        let first_end = stretch.iter().take_while(|word| word.saying == first).count() + from;
        let prompt = self.sayings.get(first).and_then(|saying| saying.prompt.clone());
        let whole = prompt.filter(|prompt| self.prompt_at(std::slice::from_ref(prompt), from) == Some(to));
        bless::Spoken { text: self.text(from, to), first: self.text(from, first_end), prompt: whole }
    }
}

fn words(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.split_whitespace().map(|word| (plain(word), word)).filter(|(plain, _)| !plain.is_empty())
}
