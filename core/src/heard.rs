//! What a recogniser heard of the caller: words, before anybody knows what they mean.
//!
//! The event log holds this and never a meaning, since the grammars run again in a replay. Bounded when it is made, whoever makes it; masked when it is printed.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// The most hypotheses that are kept: a recogniser's tenth guess is no answer.
pub const HYPOTHESES_MAX: usize = 8;
/// The most bytes of one hypothesis.
pub const TEXT_BYTES_MAX: usize = 2_048;
/// The most bytes of an engine's name.
const ENGINE_BYTES_MAX: usize = 40;
/// A recogniser that is sure.
pub const CERTAIN: u16 = 1_000;

/// One utterance of the caller.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Told")]
pub struct Heard {
    hypotheses: Vec<Hypothesis>,
    engine: String,
    spoken_ms: u32,
}

/// What it may have been.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// The words.
    pub text: String,
    /// Their language, where the recogniser tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<Lang>,
    /// How sure the recogniser is, in thousandths.
    pub confidence: u16,
}

/// As it is written.
#[derive(Deserialize)]
struct Told {
    hypotheses: Vec<Hypothesis>,
    engine: String,
    #[serde(default)]
    spoken_ms: u32,
}

impl From<Told> for Heard {
    fn from(told: Told) -> Self {
        Self::new(told.hypotheses, &told.engine, told.spoken_ms)
    }
}

impl Heard {
    /// What `engine` heard, best first. The caller began to speak `spoken_ms` before this is told: so long the words and the recogniser have taken.
    ///
    /// What is over the bounds is cut off.
    pub fn new(hypotheses: Vec<Hypothesis>, engine: &str, spoken_ms: u32) -> Self {
        let hypotheses = hypotheses.into_iter().take(HYPOTHESES_MAX).map(Hypothesis::bounded).collect();
        Self { hypotheses, engine: cut(engine, ENGINE_BYTES_MAX).to_owned(), spoken_ms }
    }

    /// Somebody spoke, and nobody knows what was said: the recogniser has failed. It is as good as words that mean nothing.
    pub fn lost(engine: &str) -> Self {
        Self::new(vec![Hypothesis { text: "?".to_owned(), lang: None, confidence: 0 }], engine, 0)
    }

    /// The same, of a caller who began to speak so long before it is told.
    #[must_use]
    pub fn begun(self, spoken: Duration) -> Self {
        Self { spoken_ms: u32::try_from(spoken.as_millis()).unwrap_or(u32::MAX), ..self }
    }

    /// A line that was typed: there is no doubt about its words.
    pub fn typed(text: &str) -> Self {
        Self::new(vec![Hypothesis { text: text.to_owned(), lang: None, confidence: CERTAIN }], "keyboard", 0)
    }

    /// What it may have been, best first.
    pub fn hypotheses(&self) -> &[Hypothesis] {
        &self.hypotheses
    }

    /// Who heard it.
    pub fn engine(&self) -> &str {
        &self.engine
    }

    /// How long before it was told the caller began to speak.
    pub fn spoken(&self) -> Duration {
        Duration::from_millis(self.spoken_ms.into())
    }

    /// The same utterance in other words.
    #[must_use]
    pub fn reworded(&self, reword: impl FnMut(&Hypothesis) -> String) -> Self {
        let texts: Vec<String> = self.hypotheses.iter().map(reword).collect();
        let hypotheses = self.hypotheses.iter().zip(texts).map(|(hypothesis, text)| Hypothesis { text, ..hypothesis.clone() }.bounded());
        Self { hypotheses: hypotheses.collect(), ..self.clone() }
    }
}

impl Hypothesis {
    fn bounded(mut self) -> Self {
        self.text.truncate(cut(&self.text, TEXT_BYTES_MAX).len());
        self.confidence = self.confidence.min(CERTAIN);
        self
    }
}

/// As much of a text as fits, by whole letters.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Nothing of what was said.
impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard").field("hypotheses", &self.hypotheses).field("engine", &self.engine).finish_non_exhaustive()
    }
}

/// How many words, and not which.
impl fmt::Debug for Hypothesis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} words, {} of 1000", self.text.split_whitespace().count(), self.confidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hypothesis(text: &str, confidence: u16) -> Hypothesis {
        Hypothesis { text: text.to_owned(), lang: None, confidence }
    }

    #[test]
    fn what_is_heard_is_bounded_also_where_it_is_read_from_a_log() {
        let many = Heard::new(vec![hypothesis(&"ә".repeat(TEXT_BYTES_MAX), 9_999); HYPOTHESES_MAX + 1], &"e".repeat(99), 0);
        assert_eq!(many.hypotheses().len(), HYPOTHESES_MAX);
        assert_eq!((many.hypotheses()[0].text.len(), many.hypotheses()[0].confidence), (TEXT_BYTES_MAX, CERTAIN));
        assert_eq!(many.engine().len(), ENGINE_BYTES_MAX);
        let one = r#"{"text":"иә","confidence":900}"#;
        let told = format!(r#"{{"hypotheses":[{}],"engine":"x"}}"#, [one; HYPOTHESES_MAX + 1].join(","));
        let read: Heard = serde_json::from_str(&told).unwrap();
        assert_eq!(read.hypotheses().len(), HYPOTHESES_MAX);
        assert_eq!(serde_json::from_str::<Heard>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    }

    #[test]
    fn what_was_said_does_not_show_in_debug() {
        let shown = format!("{:?}", Heard::typed("тоқсан он бір"));
        assert!(shown.contains("3 words") && !shown.contains("тоқсан"), "{shown}");
    }
}
