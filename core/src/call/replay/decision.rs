//! What was decided in a call, in names: steps, prompts, services, outcome. No times and no numbers of clips, so that calls on two bundles can be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::call::log::Line;
use crate::call::{Action, Input, Note, Outcome, Output};
use crate::flow::graph::{ClipSpec, Program, Value};
use crate::interpreter::{Answer, Trouble, Unheard, Wanted};
use crate::lang::Lang;
use crate::media::{Command, Signal};
use crate::utterance::{MessageId, Piece, Pieces};

/// A decision of the robot.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// A step was entered.
    Step {
        /// The flow's name.
        flow: String,
        /// The step's.
        step: String,
    },
    /// A prompt was said, or begun.
    Says {
        /// In which language.
        lang: Lang,
        /// Which, with its escalation: `main/noinput.2`.
        prompt: String,
        /// The values in it, in words.
        values: String,
        /// All of its words; another wording is not another decision.
        words: String,
    },
    /// A question was not answered.
    Trouble(Trouble),
    /// The caller said what may be said everywhere.
    Obeys(String),
    /// An utterance was taken for no answer.
    Unheard(Unheard),
    /// A service was asked.
    Asks {
        /// Which.
        service: String,
        /// What.
        request: BTreeMap<String, Value>,
    },
    /// A service was asked to change something.
    Submits {
        /// Which.
        service: String,
        /// What.
        request: BTreeMap<String, Value>,
    },
    /// A change was taken back.
    Undoes {
        /// By which service.
        service: String,
    },
    /// Somebody else was asked to do something for the caller.
    Errand(Wanted),
    /// A message was asked for.
    Records(MessageId),
    /// A message was kept.
    Keeps(MessageId),
    /// A mark was noted.
    Marks {
        /// The survey's name.
        survey: String,
        /// From 1 to 5.
        mark: u8,
    },
    /// The language was kept for the next call.
    Remembers(Lang),
    /// The call was over.
    Ends(Outcome),
}

/// A line of the story of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The robot decided.
    Decision(Decision),
    /// The caller keyed in these, one after another.
    Keys(String),
    /// The caller said this, as far as it was understood best.
    Heard(String),
    /// A service answered; its outcome.
    Answer(String),
}

impl Told {
    /// The line without the wording of prompts: calls whose decisions have equal names have decided the same.
    pub fn name(&self) -> String {
        match self {
            Self::Decision(Decision::Says { lang, prompt, values, words: _ }) => format!("says  {lang}  {prompt} {values}"),
            Self::Decision(Decision::Errand(Wanted::Sms { to, text: _ })) => format!("sends     {to:?}"),
            Self::Decision(_) | Self::Keys(_) | Self::Heard(_) | Self::Answer(_) => self.to_string(),
        }
    }

    /// The decision that it tells of.
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Decision(decision) => Some(decision),
            Self::Keys(_) | Self::Heard(_) | Self::Answer(_) => None,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { flow, step } => write!(f, "step      {flow}/{step}"),
            Self::Says { lang, prompt, words, .. } => write!(f, "says  {lang}  {prompt}: {words}"),
            Self::Trouble(Trouble::NoInput) => write!(f, "noinput"),
            Self::Trouble(Trouble::NoMatch) => write!(f, "nomatch"),
            Self::Obeys(command) => write!(f, "obeys     {command}"),
            Self::Unheard(Unheard::Late) => write!(f, "unheard   too late for its question"),
            Self::Unheard(Unheard::Unasked) => write!(f, "unheard   nothing was asked"),
            Self::Unheard(Unheard::Unsure) => write!(f, "unheard   no words that can be believed"),
            Self::Asks { service, request } => write!(f, "asks      {service} {}", json(request)),
            Self::Submits { service, request } => write!(f, "submits   {service} {}", json(request)),
            Self::Undoes { service } => write!(f, "undoes    {service}"),
            Self::Errand(Wanted::Sms { to: _, text }) => write!(f, "sends     {text}"),
            Self::Errand(Wanted::Transfer { group }) => write!(f, "transfers {group}"),
            Self::Errand(Wanted::Callback { number: _, topic, message: _ }) => {
                write!(f, "callback  {}", topic.as_deref().unwrap_or_default())
            }
            Self::Records(message) => write!(f, "records   {}", message.0),
            Self::Keeps(message) => write!(f, "keeps     {}", message.0),
            Self::Marks { survey, mark } => write!(f, "marks     {survey} {mark}"),
            Self::Remembers(lang) => write!(f, "remembers {lang}"),
            Self::Ends(outcome) => write!(f, "ends      {outcome}"),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision(decision) => decision.fmt(f),
            Self::Keys(keys) => write!(f, "  keys    {keys}"),
            Self::Heard(words) => write!(f, "  heard   {words}"),
            Self::Answer(outcome) => write!(f, "  answer  {outcome}"),
        }
    }
}

fn json(request: &BTreeMap<String, Value>) -> String {
    serde_json::to_string(request).unwrap_or_default()
}

/// The story that the lines of a log tell, on the program that they came from. What the caller does after its end is no part of it.
pub fn story(program: &Program, lines: &[Line]) -> Vec<Told> {
    let mut story = Vec::new();
    for line in lines {
        match line {
            Line::In { .. } if matches!(story.last(), Some(Told::Decision(Decision::Ends(_)))) => break,
            Line::In { input, .. } => tell_input(&mut story, input),
            Line::Out { output, .. } => story.extend(decisions(program, output).into_iter().map(Told::Decision)),
            Line::Opening { .. } | Line::Unfaithful | Line::Incomplete { .. } => {}
        }
    }
    story
}

fn tell_input(story: &mut Vec<Told>, input: &Input) {
    match input {
        Input::Media(Signal::Key { key, .. }) => match story.last_mut() {
            Some(Told::Keys(keys)) => keys.push(key.char()),
            Some(Told::Decision(_) | Told::Heard(_) | Told::Answer(_)) | None => story.push(Told::Keys(key.char().to_string())),
        },
        Input::Heard { heard, .. } => {
            let best = heard.hypotheses().first().map_or(String::new(), |hypothesis| hypothesis.text.clone());
            story.push(Told::Heard(best));
        }
        Input::Reply { answer, .. } => story.push(Told::Answer(outcome(answer))),
        Input::Media(_) | Input::Sip(_) | Input::MediaGone | Input::Drain => {}
    }
}

fn outcome(answer: &Answer) -> String {
    match answer {
        Answer::Outcome { outcome, .. } => outcome.clone(),
        Answer::Unavailable => "unavailable".to_owned(),
        Answer::Unknown => "unknown".to_owned(),
        Answer::Errand(ending) => ending.name().to_owned(),
    }
}

fn decisions(program: &Program, output: &Output) -> Vec<Decision> {
    match output {
        Output::Command(Command::Play { pieces, .. }) => says(program, pieces),
        Output::Note(Note::Step { flow, step }) => vec![Decision::Step { flow: flow.clone(), step: step.clone() }],
        Output::Note(Note::Trouble(trouble)) => vec![Decision::Trouble(*trouble)],
        Output::Note(Note::Command { name }) => vec![Decision::Obeys(name.clone())],
        Output::Note(Note::Unheard(why)) => vec![Decision::Unheard(*why)],
        Output::Action(Action::Lookup { service, request, .. }) => {
            vec![Decision::Asks { service: service.clone(), request: request.clone() }]
        }
        Output::Action(Action::Submit { service, request, .. }) => {
            vec![Decision::Submits { service: service.clone(), request: request.clone() }]
        }
        Output::Action(Action::Undo { service, .. }) => vec![Decision::Undoes { service: service.clone() }],
        Output::Action(Action::Errand { wanted, .. }) => vec![Decision::Errand(wanted.clone())],
        Output::Action(Action::Tape { message, .. }) => vec![Decision::Records(*message)],
        Output::Action(Action::Keep(message)) => vec![Decision::Keeps(*message)],
        Output::Action(Action::Mark { survey, mark }) => vec![Decision::Marks { survey: survey.clone(), mark: *mark }],
        Output::Action(Action::RememberLanguage(lang)) => vec![Decision::Remembers(*lang)],
        Output::Action(Action::Finish(outcome)) => vec![Decision::Ends(outcome.clone())],
        Output::Command(_) | Output::Action(Action::HangUp(_) | Action::Redact { .. } | Action::Tell { .. }) => Vec::new(),
        Output::Note(Note::Way { .. } | Note::Language(_) | Note::StalePlay(_) | Note::StaleReply(_)) => Vec::new(),
    }
}

/// The prompts of one Play. A clip that the program has not is from another program, and said so.
fn says(program: &Program, pieces: &Pieces) -> Vec<Decision> {
    let mut says: Vec<Decision> = Vec::new();
    for piece in pieces {
        let (Piece::Clip(clip) | Piece::Private(clip)) = piece else { continue };
        match program.clips.get(clip.0 as usize) {
            Some(spec) => say(&mut says, spec),
            None => says.push(unknown(clip.0)),
        }
    }
    says
}

fn unknown(clip: u32) -> Decision {
    Decision::Says { lang: Lang::Kk, prompt: format!("clip {clip}, which the bundle has not"), values: String::new(), words: String::new() }
}

/// A further clip of the prompt at hand, or the first of the next. Values before any words of their prompt join it when it comes.
fn say(says: &mut Vec<Decision>, spec: &ClipSpec) {
    let name = prompt(&spec.name);
    match says.last_mut() {
        Some(Decision::Says { lang, prompt, values, words })
            if *lang == spec.lang && (name.is_none() || joins(prompt, name.as_deref())) =>
        {
            match name {
                Some(name) => *prompt = name,
                None => append(values, &spec.text),
            }
            append(words, &spec.text);
        }
        Some(_) | None => says.push(Decision::Says {
            lang: spec.lang,
            values: if name.is_none() { spec.text.clone() } else { String::new() },
            prompt: name.unwrap_or_default(),
            words: spec.text.clone(),
        }),
    }
}

fn joins(prompt: &str, name: Option<&str>) -> bool {
    prompt.is_empty() || name == Some(prompt)
}

fn append(words: &mut String, more: &str) {
    if !words.is_empty() && !more.starts_with(['.', ',', '!', '?', ';']) {
        words.push(' ');
    }
    words.push_str(more);
}

/// `prompts/main/ask.2-1` is a run of words of `main/ask.2`, `prompts/main/ask.1-2` one of `main/ask`; `words/…` and `lexicon/…` are values.
fn prompt(clip: &str) -> Option<String> {
    let name = clip.strip_prefix("prompts/")?;
    let Some((prompt, place)) = name.rsplit_once('.') else { return Some(name.to_owned()) };
    let escalation = place.split_once('-').map_or(place, |(escalation, _)| escalation);
    Some(if escalation == "1" { prompt.to_owned() } else { format!("{prompt}.{escalation}") })
}

/// Where two stories part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fork {
    /// The last step that both walked, or where they say something else.
    pub step: String,
    /// What was spoken there; `None`: both languages, or nothing yet.
    pub lang: Option<Lang>,
}

/// The first decision that is another. When an utterance begins depends on how long the one before lasts, so what is said has an order of its own, and what else is decided another.
pub fn fork(before: &[Told], after: &[Told]) -> Option<Fork> {
    let parts = |is_said: fn(&Decision) -> bool| {
        let [then, now] = [before, after].map(|story| names(story, is_said));
        let common = then.iter().zip(&now).take_while(|((_, then), (_, now))| then == now).count();
        let parted = common < then.len().max(now.len());
        parted.then(|| then.get(common).map_or(before.len(), |(at, _)| *at))
    };
    let at = [parts(is_said), parts(|decision| !is_said(decision))].into_iter().flatten().min()?;
    Some(stand(&before[..at]))
}

/// Decisions of one kind: where they stand, and their names.
fn names(story: &[Told], of_kind: fn(&Decision) -> bool) -> Vec<(usize, String)> {
    let wanted = |told: &Told| told.decision().is_some_and(of_kind);
    story.iter().enumerate().filter(|(_, told)| wanted(told)).map(|(at, told)| (at, told.name())).collect()
}

fn is_said(decision: &Decision) -> bool {
    matches!(decision, Decision::Says { .. })
}

/// The last step, and the language of what was said in it.
fn stand(story: &[Told]) -> Fork {
    let mut step = String::new();
    let mut langs = BTreeSet::new();
    let mut is_new = true;
    for decision in story.iter().filter_map(Told::decision) {
        match decision {
            Decision::Step { flow, step: id } => {
                step = format!("{flow}/{id}");
                is_new = true;
            }
            Decision::Says { lang, .. } => {
                if std::mem::take(&mut is_new) {
                    langs.clear();
                }
                langs.insert(*lang);
            }
            Decision::Trouble(_) | Decision::Obeys(_) | Decision::Unheard(_) | Decision::Asks { .. } | Decision::Submits { .. } => {}
            Decision::Undoes { .. } | Decision::Errand(_) | Decision::Remembers(_) | Decision::Ends(_) => {}
            Decision::Records(_) | Decision::Keeps(_) | Decision::Marks { .. } => {}
        }
    }
    Fork { step, lang: langs.pop_first().filter(|_| langs.is_empty()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_belongs_to_its_prompt_and_escalation() {
        let cases = [
            ("prompts/main/greeting", Some("main/greeting")),
            ("prompts/main/noinput.2", Some("main/noinput.2")),
            ("prompts/main/ask.1-2", Some("main/ask")),
            ("prompts/main/ask.2-1", Some("main/ask.2")),
            ("words/21", None),
            ("lexicon/documents/passport", None),
        ];
        for (clip, name) in cases {
            assert_eq!(prompt(clip).as_deref(), name, "{clip}");
        }
    }

    #[test]
    fn clips_of_a_prompt_are_said_as_one_with_its_values_apart() {
        let spec = |lang, name: &str, text: &str| ClipSpec { lang, name: name.to_owned(), text: text.to_owned() };
        let mut said = Vec::new();
        for spec in [
            spec(Lang::Kk, "prompts/main/greeting", "Сәлем."),
            spec(Lang::Ru, "prompts/main/greeting", "Здравствуйте."),
            spec(Lang::Ru, "prompts/main/read.1-1", "Номер:"),
            spec(Lang::Ru, "words/7", "семь"),
            spec(Lang::Ru, "prompts/main/read.1-2", ". Верно?"),
        ] {
            say(&mut said, &spec);
        }
        let told: Vec<String> = said.iter().map(Decision::to_string).collect();
        assert_eq!(
            told,
            ["says  kk  main/greeting: Сәлем.", "says  ru  main/greeting: Здравствуйте.", "says  ru  main/read: Номер: семь. Верно?"]
        );
        assert!(matches!(&said[2], Decision::Says { values, .. } if values == "семь"));
    }
}
