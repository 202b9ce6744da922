//! What an engine that hears must do, whichever it is: it is told what is asked, then it hears one utterance.
//!
//! A [`Session`] finds that utterance in a caller's voice: it says that speech began, and when it is over, what was heard. It knows loudness only, no clock and no thread; how long a pause may be is
//! its caller's to say.

use dauys_core::grammar::phrase::Phrases;
use dauys_core::grammar::{Context, Grammar, Lists};
use dauys_core::heard::Heard;

/// What is asked.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A question that a grammar answers.
    Grammar {
        /// The grammar.
        grammar: Grammar,
        /// What the caller takes for granted.
        context: Context,
        /// The lists that items are of.
        lists: Lists,
    },
    /// Which of several choices, each by several phrases.
    Choice(Phrases<usize>),
}

/// An engine.
pub trait Recognizer: Send + Sync {
    /// Gets ready for a question; it may be asked often.
    fn ready(&self, asked: Asked) -> Box<dyn Listener>;
}

/// An engine that knows what is asked.
pub trait Listener: Send + Sync {
    /// What was said: samples at 8 kHz from a little before the first word to a little after the last. Commands are always listened for, too.
    fn hear(&self, samples: &[i16]) -> Heard;
}

/// What a session tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Somebody speaks.
    Started,
    /// Somebody has spoken.
    Heard(Heard),
}

/// Samples of a frame of 20 ms.
pub const FRAME: usize = 160;

/// Somebody speaks after so many loud frames.
const START_FRAMES: usize = 4;
/// So many frames before speech was noticed belong to it: the first letters are quiet.
const LEAD_FRAMES: usize = 15;
/// The longest utterance: twenty seconds.
const UTTERANCE_FRAMES_MAX: usize = 1_000;
/// How much louder than the line speech is, in energy: 9 dB.
const OVER_LINE: f32 = 8.0;
/// The least energy of speech: −50 dB of full scale.
const LEAST: f32 = 1e-5;
/// How fast the line is taken to grow louder, a frame: 6 dB in two seconds.
const LINE_GROWS: f32 = 1.014;

/// One question, while it is listened to.
pub struct Session<'a> {
    listener: &'a dyn Listener,
    /// It is over after so many quiet frames.
    pause_frames: usize,
    samples: Vec<i16>,
    /// The energy of the line when nobody speaks.
    line: f32,
    loud: usize,
    quiet: usize,
    speaks: bool,
}

impl<'a> Session<'a> {
    /// Listens until a pause of so many frames.
    pub fn new(listener: &'a dyn Listener, pause_frames: usize) -> Self {
        Self { listener, pause_frames, samples: Vec::new(), line: f32::INFINITY, loud: 0, quiet: 0, speaks: false }
    }

    /// Takes a frame of the caller's voice. After an utterance was heard the session listens for the next.
    pub fn push(&mut self, frame: &[i16; FRAME]) -> Option<Told> {
        self.samples.extend(frame);
        let energy = frame.iter().map(|sample| (f32::from(*sample) / 32768.0).powi(2)).sum::<f32>() / FRAME as f32;
        let is_loud = energy > (self.line * OVER_LINE).max(LEAST);
        self.line = energy.min(self.line * LINE_GROWS).max(LEAST / OVER_LINE);
        (self.loud, self.quiet) = if is_loud { (self.loud + 1, 0) } else { (0, self.quiet + 1) };
        if self.speaks {
            return self.is_over().then(|| self.finish());
        }
        if self.loud >= START_FRAMES {
            self.speaks = true;
            return Some(Told::Started);
        }
        let kept = LEAD_FRAMES * FRAME;
        self.samples.drain(..self.samples.len().saturating_sub(kept));
        None
    }

    fn is_over(&self) -> bool {
        self.quiet >= self.pause_frames || self.samples.len() >= UTTERANCE_FRAMES_MAX * FRAME
    }

    /// What was said until now.
    pub fn finish(&mut self) -> Told {
        let samples = std::mem::take(&mut self.samples);
        (self.loud, self.quiet, self.speaks) = (0, 0, false);
        Told::Heard(self.listener.hear(&samples))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears how long it was.
    struct Length;

    impl Listener for Length {
        fn hear(&self, samples: &[i16]) -> Heard {
            Heard::typed(&(samples.len() / FRAME).to_string())
        }
    }

    /// Frames of loudness; what is told, and after how many.
    fn told(session: &mut Session<'_>, loudness: i16, frames: usize) -> Vec<(usize, String)> {
        let frame = std::array::from_fn(|at| if at % 2 == 0 { loudness } else { -loudness });
        let pushed = (1..=frames).filter_map(|at| Some((at, session.push(&frame)?)));
        let name = |told| match told {
            Told::Started => "started".to_owned(),
            Told::Heard(heard) => heard.hypotheses()[0].text.clone(),
        };
        pushed.map(|(at, told)| (at, name(told))).collect()
    }

    #[test]
    fn an_utterance_begins_with_some_loud_frames_and_ends_with_a_pause() {
        let mut session = Session::new(&Length, 30);
        assert_eq!(told(&mut session, 20, 100), []);
        assert_eq!(told(&mut session, 6_000, 25), [(4, "started".to_owned())]);
        // What was kept, the frame by which it was noticed, the rest of it, and the pause.
        assert_eq!(told(&mut session, 20, 60), [(30, (15 + 1 + 21 + 30).to_string())]);
        assert_eq!(told(&mut session, 6_000, 10), [(4, "started".to_owned())]);
    }

    #[test]
    fn a_click_and_a_loud_line_are_no_speech() {
        let mut session = Session::new(&Length, 30);
        assert_eq!(told(&mut session, 6_000, 3), []);
        assert_eq!(told(&mut session, 20, 100), []);
        assert_eq!(told(&mut session, 9_000, 3), []);
        assert_eq!(told(&mut session, 20, 10), []);
        let mut loud_line = Session::new(&Length, 30);
        assert_eq!(told(&mut loud_line, 1_000, 500), []);
        assert_eq!(told(&mut loud_line, 8_000, 10), [(4, "started".to_owned())]);
    }

    #[test]
    fn an_utterance_without_end_is_ended() {
        let mut session = Session::new(&Length, 30);
        told(&mut session, 20, 20);
        let mut all = Vec::new();
        for round in 0..60 {
            // So uneven that the line never grows as loud as the voice.
            all.extend(told(&mut session, 9_000, 40).into_iter().map(|(at, what)| (round * 50 + at, what)));
            all.extend(told(&mut session, 20, 10));
        }
        assert_eq!(all[0].1, "started");
        assert_eq!(all[1].1, UTTERANCE_FRAMES_MAX.to_string());
    }
}
