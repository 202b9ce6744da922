//! `dauys check --explain`: what a kind of fault means, why it matters to a caller, a wrong example and the mended one. A test loads both.

use super::Code;
use crate::flow::Sources;
use crate::flow::locale::{Locale, Told, told};

mod names;
mod proofs;
mod services;
mod shapes;
mod topics;
mod types;
mod words;
mod yaml;

/// The page of a kind of fault.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// In one line.
    pub title: Told<&'static str>,
    /// What has happened, and how it usually does.
    pub means: Told<&'static str>,
    /// Why it matters to a caller.
    pub matters: Told<&'static str>,
    /// Laid over a good bundle, it has this fault and no other.
    pub wrong: Example,
    /// The same, mended.
    pub mended: Example,
}

/// Files of an example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    files: &'static [(Place, &'static str)],
    times: Times,
}

/// How often an example's last line stands, or its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// As it is written.
    Once,
    /// The last line so often.
    Lines(usize),
    /// So many files of this kind, with a number as their name.
    Files(usize),
    /// The file is not there.
    Nowhere,
}

/// Where an example stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// A whole file.
    File(&'static str),
    /// The steps of the flow that an operator takes over.
    Human,
    /// The steps of the flow that tells a status.
    Status,
}

impl Place {
    const fn file(self) -> &'static str {
        match self {
            Self::File(path) => path,
            Self::Human => "flows/shared/human.yaml",
            Self::Status => "flows/services/status.yaml",
        }
    }

    /// What stands above the steps.
    const fn head(self) -> &'static str {
        match self {
            Self::File(_) => "",
            Self::Human => "flow: shared/human\ntitle: {kk: \"Оператор\", ru: \"Оператор\"}\n",
            Self::Status => "flow: services/status\ntitle: {kk: \"Құжат\", ru: \"Документ\"}\n",
        }
    }
}

impl Example {
    /// For people: each file under its name, long repetitions left out.
    pub fn shown(&self, locale: Locale) -> String {
        let after = match self.times {
            Times::Once => String::new(),
            Times::Lines(times) => format!("# … {times} × {}\n", told("the last line", "последняя строка").choose(locale)),
            Times::Files(times) => format!("# … {times} × {}\n", told("such a file", "такой файл").choose(locale)),
            Times::Nowhere => format!("# {}\n", told("(there is no such file)", "(такого файла нет)").choose(locale)),
        };
        self.files.iter().map(|(place, text)| format!("# {}\n{}", place.file(), visible(text))).collect::<String>() + &after
    }

    /// Laid over a bundle.
    pub fn lay_over(&self, sources: &mut Sources) {
        for (place, text) in self.files {
            let whole = format!("{}{text}", place.head());
            match self.times {
                Times::Once => {
                    sources.files.insert(place.file().to_owned(), whole);
                }
                Times::Lines(times) => {
                    let last = format!("{}\n", text.lines().last().unwrap_or_default());
                    sources.files.insert(place.file().to_owned(), whole + &last.repeat(times));
                }
                Times::Files(times) => {
                    sources.files.extend((0..times).map(|nth| (place.file().replace("{n}", &nth.to_string()), whole.clone())));
                }
                Times::Nowhere => drop(sources.files.remove(place.file())),
            }
        }
    }
}

/// Control characters as their pictures.
fn visible(text: &str) -> String {
    let picture = |c: char| char::from_u32(0x2400 + u32::from(c)).filter(|_| c < ' ' && c != '\n').unwrap_or(c);
    text.chars().map(picture).collect()
}

const fn files(files: &'static [(Place, &'static str)]) -> Example {
    Example { files, times: Times::Once }
}

impl Code {
    /// Its page.
    pub const fn page(self) -> Page {
        match self {
            Self::FileTooLarge => yaml::FILE_TOO_LARGE,
            Self::TooManyFiles => yaml::TOO_MANY_FILES,
            Self::NotYaml => yaml::NOT_YAML,
            Self::TooDeep => yaml::TOO_DEEP,
            Self::TooManyNodes => yaml::TOO_MANY_NODES,
            Self::DuplicateKey => yaml::DUPLICATE_KEY,
            Self::AnchorOrTag => yaml::ANCHOR_OR_TAG,
            Self::ManyDocuments => yaml::MANY_DOCUMENTS,
            Self::ControlCharacter => yaml::CONTROL_CHARACTER,
            Self::WrongShape => shapes::WRONG_SHAPE,
            Self::UnknownKey => shapes::UNKNOWN_KEY,
            Self::MissingKey => shapes::MISSING_KEY,
            Self::BadValue => shapes::BAD_VALUE,
            Self::UnknownStepKind => shapes::UNKNOWN_STEP_KIND,
            Self::Contradiction => shapes::CONTRADICTION,
            Self::MissingFile => names::MISSING_FILE,
            Self::WrongFlowName => names::WRONG_FLOW_NAME,
            Self::NoSteps => names::NO_STEPS,
            Self::DuplicateStep => names::DUPLICATE_STEP,
            Self::Unknown => names::UNKNOWN,
            Self::NoPressWords => names::NO_PRESS_WORDS,
            Self::DayTwice => names::DAY_TWICE,
            Self::WrongTopicName => topics::WRONG_TOPIC_NAME,
            Self::TopicUnanswered => topics::TOPIC_UNANSWERED,
            Self::IntentTwice => topics::INTENT_TWICE,
            Self::NothingToRoute => topics::NOTHING_TO_ROUTE,
            Self::WrongSlotType => types::WRONG_SLOT_TYPE,
            Self::SlotOfTwoTypes => types::SLOT_OF_TWO_TYPES,
            Self::MissingArm => types::MISSING_ARM,
            Self::UnknownArm => types::UNKNOWN_ARM,
            Self::KeyTwice => types::KEY_TWICE,
            Self::ReservedKey => types::RESERVED_KEY,
            Self::WrongStepForService => services::WRONG_STEP_FOR_SERVICE,
            Self::UndoUnfilled => services::UNDO_UNFILLED,
            Self::UndoOfNothing => services::UNDO_OF_NOTHING,
            Self::NeverAsked => services::NEVER_ASKED,
            Self::NoRoute => topics::NO_ROUTE,
            Self::Untold => services::UNTOLD,
            Self::PhrasesCollide => types::PHRASES_COLLIDE,
            Self::PhraseTaken => types::PHRASE_TAKEN,
            Self::ChoiceTwice => types::CHOICE_TWICE,
            Self::SlotTwice => types::SLOT_TWICE,
            Self::TooManyPhrases => types::TOO_MANY_PHRASES,
            Self::MessageSpan => types::MESSAGE_SPAN,
            Self::MissingLanguage => words::MISSING_LANGUAGE,
            Self::EmptyText => words::EMPTY_TEXT,
            Self::BadTemplate => words::BAD_TEMPLATE,
            Self::DifferentVariables => words::DIFFERENT_VARIABLES,
            Self::LookalikeLetters => words::LOOKALIKE_LETTERS,
            Self::FilterMisfit => words::FILTER_MISFIT,
            Self::PromptTooLong => words::PROMPT_TOO_LONG,
            Self::SpokenTooLong => words::SPOKEN_TOO_LONG,
            Self::DocumentsDiffer => topics::DOCUMENTS_DIFFER,
            Self::DocumentsSpoken => topics::DOCUMENTS_SPOKEN,
            Self::MessageTooLong => words::MESSAGE_TOO_LONG,
            Self::UnreachableStep => proofs::UNREACHABLE_STEP,
            Self::UnboundedLoop => proofs::UNBOUNDED_LOOP,
            Self::NeedlessBound => proofs::NEEDLESS_BOUND,
            Self::UndefinedSlot => proofs::UNDEFINED_SLOT,
            Self::LoopWithoutTurn => proofs::LOOP_WITHOUT_TURN,
            Self::CallCycle => proofs::CALL_CYCLE,
            Self::LeftAlone => proofs::LEFT_ALONE,
            Self::FarFromHuman => proofs::FAR_FROM_HUMAN,
            Self::LongSilence => proofs::LONG_SILENCE,
            Self::TurnedAway => proofs::TURNED_AWAY,
            Self::NoSource => topics::NO_SOURCE,
            Self::FeeSpoken => topics::FEE_SPOKEN,
            Self::FactExpired => topics::FACT_EXPIRED,
            Self::FactTooOld => topics::FACT_TOO_OLD,
            Self::LongWalk => proofs::LONG_WALK,
            Self::UnusedPrompt => words::UNUSED_PROMPT,
            Self::ForeignLetters => words::FOREIGN_LETTERS,
            Self::Numerals => words::NUMERALS,
            Self::Markup => words::MARKUP,
            Self::LongMessage => words::LONG_MESSAGE,
            Self::FactExpiresSoon => topics::FACT_EXPIRES_SOON,
            Self::FactOld => topics::FACT_OLD,
            Self::FactUnverified => topics::FACT_UNVERIFIED,
        }
    }
}
