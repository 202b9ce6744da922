//! Yes and no, and the commands that hold everywhere: operator, repeat, back … (stand-in until the branch is merged)

use crate::lang::Lang;

/// An answer.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    Unsure,
}

/// A command.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Emergency,
    Anger,
    AreYouRobot,
    Language(Lang),
    Operator,
    Callback,
    Sms,
    MainMenu,
    Back,
    Slower,
    Louder,
    Repeat,
    Help,
    Goodbye,
    Wait,
}

impl Command {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Anger => "angry_operator",
            Self::AreYouRobot => "are_you_robot",
            Self::Language(Lang::Kk) => "lang_kk",
            Self::Language(Lang::Ru) => "lang_ru",
            Self::Operator => "operator",
            Self::Callback => "callback",
            Self::Sms => "sms",
            Self::MainMenu => "main_menu",
            Self::Back => "back",
            Self::Slower => "slower",
            Self::Louder => "louder",
            Self::Repeat => "repeat",
            Self::Help => "help",
            Self::Goodbye => "goodbye",
            Self::Wait => "wait",
        }
    }
}

/// An answer.
pub fn yes_no(words: &[String]) -> Option<Answer> {
    match words.last()?.as_str() {
        "да" | "иә" => Some(Answer::Yes),
        "нет" | "жоқ" => Some(Answer::No),
        "білмеймін" => Some(Answer::Unsure),
        _ => None,
    }
}

/// A command.
pub fn command(words: &[String], _lang: Lang) -> Option<Command> {
    let has = |word: &str| words.iter().any(|said| said == word);
    let table = [
        ("пожар", Command::Emergency),
        ("оператор", Command::Operator),
        ("повторите", Command::Repeat),
        ("назад", Command::Back),
        ("подождите", Command::Wait),
    ];
    table.into_iter().find(|(word, _)| has(word)).map(|(_, command)| command)
}

/// What a row of a table means.
pub(super) fn row(_lang: Lang, _input: &str) -> Option<String> {
    None
}
