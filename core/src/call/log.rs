//! The event log, version 4: one JSON object a line. First the opening, then what happened and what was wanted, in order.
//!
//! ```text
//! {"opening":{"version":4,"answered_at_ms":1795410000000,"called":"1414","trusted":false,"lang":null,"seed":7,"bundle":"c0ffee…"}}
//! {"in":{"at":0,"input":{"sip":{"answered":{…}}}}}
//! {"out":{"at":0,"output":{"command":{"play":{…}}}}}
//! ```
//!
//! A recorded call has a WAV file of the same name beside its log. The first sample there is the first of tick 1, so what a log line tells of `tick` T is at sample
//! (T - 1) * 160, and what it tells only `at` A milliseconds is at tick R + A / 20, to a tick or two, with R the opening's `recording`.
//!
//! Version 3 knew no [`Command::Listen`] and no [`Command::Deafen`]; all else of it is replayed and compared. It may lack messages, marks and what is told later ([`Action::Tape`], [`Action::Keep`], [`Action::Mark`], [`Action::Tell`], [`crate::media::Signal::Recorded`]): they came later, and no older line changed for them.
//! Version 2 knew no [`Input::Heard`], no [`Note::Way`] and no [`Note::Language`]; all else of it is replayed and compared. Version 1 knew no private pieces, no tones of the line, no [`Action::Redact`], no deadlines of questions and no note of an answer that came too late. It is still replayed: what is wanted is
//! compared, but not the clips of a Play, since their numbers follow the words of which the robot of that time had clips. Whoever changes those words raises the version.
//!
//! Digits of private rows are false (see [`super::Recorder`]); the path is the true one. The same enums are the log and the replay, so a complaint becomes a test by copying a file.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Action, Input, Note, Opening, Output};
use crate::media::Command;
use crate::time::CallTime;

/// The version that is written.
pub const VERSION: u32 = 4;
/// Lines of the longest log that is read.
const LINES_MAX: usize = 200_000;

/// One line of a log.
#[allow(clippy::large_enum_variant, reason = "a line is written or compared, and gone")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What the call began with.
    Opening {
        /// The version of the format.
        version: u32,
        /// The rest.
        #[serde(flatten)]
        opening: Opening,
    },
    /// Something happened.
    In {
        /// When.
        at: CallTime,
        /// What.
        input: Input,
    },
    /// Something was wanted.
    Out {
        /// When it was caused.
        at: CallTime,
        /// What.
        output: Output,
    },
    /// The digits could not be replaced on the same path: from here on the log is not the call's, though it replays to itself.
    Unfaithful,
    /// Lines are missing: the disk did not keep up.
    Incomplete {
        /// How many.
        lost_lines: u64,
    },
}

/// A log that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    /// The version that it was written in.
    pub version: u32,
    /// What the call began with.
    pub opening: Opening,
    /// What followed.
    pub lines: Vec<Line>,
}

/// Why a log cannot be read.
#[derive(Debug, Error, PartialEq)]
pub enum LogError {
    /// A line is no event of this format.
    #[error("line {line} is no event of log version {VERSION}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        why: String,
    },
    /// The first line is not the opening.
    #[error("expected the opening of a call in the first line; is this an event log of dauys?")]
    NoOpening,
    /// Written by a later version.
    #[error("expected log version {VERSION} or earlier, came {0}: replay it with the version of dauys that wrote it")]
    Later(u32),
    /// Too long.
    #[error("more than {LINES_MAX} lines: no call is that long")]
    TooLong,
    /// The writer lost lines, or was cut off: there is no whole call to replay.
    #[error("{lost} lines are missing (the disk did not keep up, or the log was cut off): it cannot be replayed")]
    Incomplete {
        /// How many.
        lost: u64,
    },
}

/// Reads a whole log.
///
/// # Errors
/// The first line that is wrong, and why.
pub fn read(text: &str) -> Result<Log, LogError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (version, opening) = match lines.next().map(|(at, line)| parse(at, line)) {
        Some(Ok(Line::Opening { version, opening })) if version <= VERSION => (version, opening),
        Some(Ok(Line::Opening { version, .. })) => return Err(LogError::Later(version)),
        Some(_) | None => return Err(LogError::NoOpening),
    };
    if lines.clone().nth(LINES_MAX).is_some() {
        return Err(LogError::TooLong);
    }
    let lines = lines.map(|(at, line)| parse(at, line)).collect::<Result<Vec<_>, _>>()?;
    match lines.iter().find_map(|line| if let Line::Incomplete { lost_lines } = line { Some(*lost_lines) } else { None }) {
        Some(lost) => Err(LogError::Incomplete { lost }),
        None if !text.ends_with('\n') => Err(LogError::Incomplete { lost: 1 }),
        None => Ok(Log { version, opening, lines }),
    }
}

/// What of a line of this version can be compared with one of another; `None` when nothing can.
pub(super) fn comparable(version: u32, line: &Line) -> Option<Line> {
    match line {
        Line::Out { output: Output::Note(Note::Way { .. } | Note::Language(_)), .. } if version < 3 => None,
        Line::Out { output: Output::Command(Command::Listen { .. } | Command::Deafen { .. }), .. } if version < 4 => None,
        _ if version > 1 => Some(line.clone()),
        Line::Out { output: Output::Action(Action::Redact { .. }) | Output::Note(Note::StaleReply(_)), .. } => None,
        Line::Out { at, output } => Some(Line::Out { at: *at, output: of_version_1(output.clone()) }),
        Line::Opening { .. } | Line::In { .. } | Line::Unfaithful | Line::Incomplete { .. } => Some(line.clone()),
    }
}

fn of_version_1(mut output: Output) -> Output {
    match &mut output {
        Output::Command(Command::Play { pieces, .. }) => pieces.clear(),
        Output::Action(Action::Lookup { deadline_ms, .. }) => *deadline_ms = 0,
        Output::Command(_) | Output::Action(_) | Output::Note(_) => {}
    }
    output
}

fn parse(at: usize, line: &str) -> Result<Line, LogError> {
    serde_json::from_str(line).map_err(|error| LogError::Line { line: at + 1, why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citizen::CallerKind;
    use crate::lang::Lang;

    fn opening() -> Opening {
        Opening {
            answered_at_ms: 1_795_410_000_000,
            called: "1414".into(),
            trusted: true,
            lang: Some(Lang::Kk),
            seed: 7,
            bundle: "b".into(),
            recording: None,
            caller: CallerKind::Unknown,
        }
    }

    fn text(lines: &[Line]) -> String {
        lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
    }

    #[test]
    fn a_log_reads_as_it_was_written() {
        let lines = [Line::In { at: CallTime::from_millis(20), input: Input::Drain }, Line::Unfaithful];
        let whole = text(&[&[Line::Opening { version: VERSION, opening: opening() }][..], &lines].concat());
        assert_eq!(read(&whole), Ok(Log { version: VERSION, opening: opening(), lines: lines.to_vec() }));
    }

    #[test]
    fn what_an_older_log_could_not_tell_is_not_compared() {
        let out = |output| Line::Out { at: CallTime::START, output };
        let language = out(Output::Note(Note::Language(Lang::Kk)));
        let redact = out(Output::Action(Action::Redact { leg: crate::media::Leg::A, on: true }));
        let listen = out(Output::Command(Command::Listen { leg: crate::media::Leg::A, id: crate::media::ListenId(1) }));
        let told = |line: &Line| [1, 2, 3, 4].map(|version| comparable(version, line).is_some());
        assert_eq!(told(&language), [false, false, true, true]);
        assert_eq!(told(&redact), [false, true, true, true]);
        assert_eq!(told(&listen), [false, false, false, true]);
    }

    #[test]
    fn what_cannot_be_replayed_says_why() {
        let first = text(&[Line::Opening { version: VERSION, opening: opening() }]);
        let later = text(&[Line::Opening { version: 9, opening: opening() }]);
        let lost = text(&[Line::Incomplete { lost_lines: 3 }]);
        let cases = [
            (String::new(), LogError::NoOpening),
            ("no log\n".into(), LogError::NoOpening),
            (later, LogError::Later(9)),
            (first.clone() + &lost, LogError::Incomplete { lost: 3 }),
            (first.clone() + "{\"in\":{\"at\":1,\"input\":\"drain\"}}", LogError::Incomplete { lost: 1 }),
        ];
        for (text, why) in cases {
            assert_eq!(read(&text), Err(why), "{text}");
        }
        assert!(matches!(read(&(first + "{\"in\":7}\n")), Err(LogError::Line { line: 2, .. })));
    }
}
