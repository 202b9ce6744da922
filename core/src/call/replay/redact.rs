//! A log made a test: nothing in it is of the caller, of the day or of the machine, and it decides the same.
//!
//! What the caller keyed in was false already; it becomes false in another way, since whoever has the log and what is sealed beside it could tell which false row was which
//! true one. Words that nothing hangs on are left out: the numbers among them are false, the names are not. What a service answered was true: values that could tell of
//! somebody are replaced by false ones of the same shape.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use thiserror::Error;

use super::{Decision, Divergence, Told, parting, replay, story};
use crate::calendar::{Date, Time};
use crate::call::log::{Line, Log, VERSION};
use crate::call::{Control, Input, Opening, Recorder, SipEvent};
use crate::citizen::{ApplicationNumber, Iin, Phone};
use crate::flow::graph::{Program, Value};
use crate::grammar::{Context, Grammar, falsified, words};
use crate::heard::Heard;
use crate::interpreter::Answer;
use crate::lang::Lang;
use crate::media::Session;
use crate::spoken::Money;
use crate::time::CallTime;

/// The day of every redacted call is in the week of 2024-01-08, a Monday, in which Kazakhstan has no holiday; its weekday and hour are the call's, since flows may ask for them.
const WEEK_MS: i64 = 7 * 24 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
const MONDAY_MS: i64 = 1_704_672_000_000;
/// 1970-01-01 was a Thursday.
const THURSDAY_MS: i64 = 3 * 24 * HOUR_MS;
/// So many seeds are tried: a flow may look at a value, and a false one may lead elsewhere.
const SEEDS: u64 = 8;
/// `+7` and the three digits of an area or a mobile network.
const PHONE_AREA: usize = 5;
/// The number that every redacted call went to.
const CALLED: &str = "1414";

/// Why a log cannot be made a test.
#[derive(Debug, Error, PartialEq)]
pub enum RedactError {
    /// It is not equal to itself.
    #[error("it does not replay on its own bundle: see what `dauys replay` says of it")]
    Unequal,
    /// The false values lead elsewhere.
    #[error("with false values it takes another way, at line {} after the opening: the flow looks at what would be replaced", .0.line)]
    Elsewhere(Box<Divergence>),
    /// The false values are spoken of in other words.
    #[error("with false values it says other prompts: the flow looks at what would be replaced")]
    OtherWords,
    /// The false values cannot be told from the true ones' path.
    #[error("digits keyed in ahead of their question cannot be replaced on the same path")]
    Unfaithful,
}

/// The same call of nobody.
///
/// # Errors
/// When it would not decide the same.
pub fn redacted(program: &Arc<Program>, log: &Log) -> Result<Log, RedactError> {
    let then = replay(Arc::clone(program), log);
    if then.diverged.is_some() {
        return Err(RedactError::Unequal);
    }
    let mut last = RedactError::Unfaithful;
    for seed in 1..=SEEDS {
        match with_seed(program, log, &then.lines, seed) {
            Ok(log) => return Ok(log),
            Err(why) => last = why,
        }
    }
    Err(last)
}

fn with_seed(program: &Arc<Program>, log: &Log, then: &[Line], seed: u64) -> Result<Log, RedactError> {
    let opening = nobodys(&log.opening, seed);
    let lines = recorded(program, &opening, &inputs(program, log, seed), super::end(log));
    if lines.contains(&Line::Unfaithful) {
        return Err(RedactError::Unfaithful);
    }
    if let Some(divergence) = parting(then, &lines) {
        return Err(RedactError::Elsewhere(Box::new(divergence)));
    }
    if prompts(program, then) != prompts(program, &lines) {
        return Err(RedactError::OtherWords);
    }
    let redacted = Log { version: VERSION, opening, lines };
    match replay(Arc::clone(program), &redacted).diverged {
        None => Ok(redacted),
        Some(divergence) => Err(RedactError::Elsewhere(Box::new(divergence))),
    }
}

fn prompts(program: &Program, lines: &[Line]) -> Vec<(Lang, String)> {
    let prompt = |told: &Told| match told.decision()? {
        Decision::Says { lang, prompt, .. } => Some((*lang, prompt.clone())),
        Decision::Step { .. } | Decision::Trouble(_) | Decision::Obeys(_) | Decision::Unheard(_) | Decision::Asks { .. } => None,
        Decision::Submits { .. } | Decision::Undoes { .. } | Decision::Errand(_) | Decision::Remembers(_) | Decision::Ends(_) => None,
        Decision::Records(_) | Decision::Keeps(_) | Decision::Marks { .. } => None,
    };
    story(program, lines).iter().filter_map(prompt).collect()
}

fn nobodys(opening: &Opening, seed: u64) -> Opening {
    let of_week = (opening.answered_at_ms + THURSDAY_MS).rem_euclid(WEEK_MS);
    Opening { answered_at_ms: MONDAY_MS + of_week - of_week % HOUR_MS, called: CALLED.to_owned(), seed, recording: None, ..opening.clone() }
}

/// What a recorder writes of these inputs: rows become false by the opening's seed.
fn recorded(program: &Arc<Program>, opening: &Opening, inputs: &[(CallTime, Input)], end: CallTime) -> Vec<Line> {
    let mut control = Control::new(Arc::clone(program), opening);
    let mut recorder = Recorder::new(Arc::clone(program), opening);
    for (at, input) in inputs {
        control.handle_deadline(*at);
        settle(&mut control, &mut recorder, *at);
        let input = without_idle_words(input, &control);
        recorder.before(*at, &input, &control);
        control.handle(*at, input);
        settle(&mut control, &mut recorder, *at);
    }
    control.handle_deadline(end);
    settle(&mut control, &mut recorder, end);
    std::iter::from_fn(|| recorder.poll()).filter(|line| !matches!(line, Line::Opening { .. })).collect()
}

fn settle(control: &mut Control, recorder: &mut Recorder, now: CallTime) {
    while let Some((at, output)) = control.poll() {
        recorder.output(at, &output);
    }
    recorder.after(now, control);
}

/// An utterance in as few of its words as come to the same, whatever they were: a name that the caller told may be among the others.
fn without_idle_words(input: &Input, control: &Control) -> Input {
    match input {
        Input::Heard { leg, heard } => Input::Heard { leg: *leg, heard: needed(heard, control) },
        Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::MediaGone | Input::Drain => input.clone(),
    }
}

fn needed(heard: &Heard, control: &Control) -> Heard {
    let gist = control.gist(heard);
    let mut texts: Vec<Vec<String>> = heard.hypotheses().iter().map(|one| words(&one.text)).collect();
    let of = |texts: &[Vec<String>]| {
        let mut texts = texts.iter();
        heard.reworded(|_| texts.next().map_or(String::new(), |words| words.join(" ")))
    };
    // the longest stretches first: with a word less a sentence may mean something else, with three less again the same
    for hypothesis in 0..texts.len() {
        for length in (1..=texts[hypothesis].len()).rev() {
            let mut from = 0;
            while from + length <= texts[hypothesis].len() {
                let idle: Vec<String> = texts[hypothesis].drain(from..from + length).collect();
                if control.gist(&of(&texts)) != gist {
                    texts[hypothesis].splice(from..from, idle);
                    from += 1;
                }
            }
        }
    }
    of(&texts)
}

fn inputs(program: &Arc<Program>, log: &Log, seed: u64) -> Vec<(CallTime, Input)> {
    let nobody = Nobody { context: Control::new(Arc::clone(program), &log.opening).listens_for().context, seed };
    let input = |line: &Line| match line {
        Line::In { at, input } => Some((*at, nobody.input(input.clone()))),
        Line::Out { .. } | Line::Opening { .. } | Line::Unfaithful | Line::Incomplete { .. } => None,
    };
    log.lines.iter().filter_map(input).collect()
}

/// Addresses are those of documents (RFC 5737, RFC 3849).
fn nowhere(session: Session) -> Session {
    let ip = |ip: IpAddr| match ip {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    };
    let at = |address: SocketAddr, port| SocketAddr::new(ip(address.ip()), port);
    Session {
        rtp: session.rtp.map(|address| at(address, 30_000)),
        rtcp: session.rtcp.map(|address| at(address, 30_001)),
        signalling: ip(session.signalling),
        ..session
    }
}

/// Makes false values: the same for the same throughout.
struct Nobody {
    context: Context,
    seed: u64,
}

impl Nobody {
    fn input(&self, input: Input) -> Input {
        match input {
            Input::Reply { id, answer: Answer::Outcome { outcome, fields } } => {
                Input::Reply { id, answer: Answer::Outcome { outcome, fields: self.fields(&fields) } }
            }
            Input::Sip(SipEvent::Answered { leg, session }) => Input::Sip(SipEvent::Answered { leg, session: nowhere(session) }),
            Input::Sip(SipEvent::Session { leg, session }) => Input::Sip(SipEvent::Session { leg, session: nowhere(session) }),
            Input::Sip(_) | Input::Media(_) | Input::Reply { .. } | Input::Heard { .. } | Input::MediaGone | Input::Drain => input,
        }
    }

    fn fields(&self, fields: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
        fields.iter().map(|(name, value)| (name.clone(), self.value(value))).collect()
    }

    /// Counts, flags, places and items of closed lists name nobody, and flows decide by them.
    fn value(&self, value: &Value) -> Value {
        let falsy = match value {
            Value::Iin(iin) => Iin::parse(&self.row(iin.digits(), &[Grammar::Iin])).ok().map(Value::Iin),
            Value::Application(number) => {
                ApplicationNumber::parse(&self.row(number.digits(), &[Grammar::Application])).ok().map(Value::Application)
            }
            Value::Digits(digits) => Some(Value::Digits(self.row(digits, &[]))),
            Value::Phone(phone) => self.phone(phone).map(Value::Phone),
            Value::Date(date) => self.date(*date).map(Value::Date),
            Value::Time(time) => self.time(*time).map(Value::Time),
            Value::Money(money) => self.money(*money).map(Value::Money),
            Value::List(items) => Some(Value::List(items.iter().map(|item| self.fields(item)).collect())),
            Value::Count(_) | Value::Flag(_) | Value::Item(_) | Value::Place(_) | Value::Message(_) => Some(value.clone()),
        };
        falsy.unwrap_or(Value::Flag(false)) // which no contract takes for another type: the path would part, and be refused
    }

    fn row(&self, digits: &str, grammars: &[Grammar]) -> String {
        falsified(digits, grammars, &self.context, self.seed)
    }

    /// A number below `bound`, told by what it replaces.
    fn dice(&self, what: u64, bound: u64) -> u64 {
        let other = self.row(&format!("{:012}", what % 1_000_000_000_000), &[]);
        other.parse::<u64>().unwrap_or(0) % bound.max(1)
    }

    /// Of the same kind of line: country and area stay.
    fn phone(&self, phone: &Phone) -> Option<Phone> {
        let (area, number) = phone.e164().split_at_checked(PHONE_AREA)?;
        Phone::parse(&format!("{area}{}", self.row(number, &[]))).ok()
    }

    fn date(&self, date: Date) -> Option<Date> {
        let number = self.dice(u64::from(date.year()) * 512 + u64::from(date.month()) * 32 + u64::from(date.day()), 12 * 28);
        let other = |number: u64| Date::new(date.year(), u8::try_from(number / 28 + 1).ok()?, u8::try_from(number % 28 + 1).ok()?).ok();
        other(number).filter(|other| *other != date).or_else(|| other((number + 1) % (12 * 28)))
    }

    fn time(&self, time: Time) -> Option<Time> {
        let number = self.dice(u64::from(time.hour()) * 60 + u64::from(time.minute()), 24 * 60);
        let other = |number: u64| Time::new(u8::try_from(number / 60).ok()?, u8::try_from(number % 60).ok()?).ok();
        other(number).filter(|other| *other != time).or_else(|| other((number + 1) % (24 * 60)))
    }

    /// As many digits; nothing at all stays nothing.
    fn money(&self, money: Money) -> Option<Money> {
        let tiyn = u64::from(money);
        let Some(digits) = tiyn.checked_ilog10() else { return Some(money) };
        let least = 10_u64.checked_pow(digits)?;
        let other = least + self.dice(tiyn, 9 * least);
        Money::from_tiyn(if other == tiyn { least + (other + 1) % (9 * least) } else { other })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::citizen::CallerKind;

    fn nobody(seed: u64) -> Nobody {
        let (today, noon) = (Date::new(2026, 11, 23).unwrap(), Time::new(12, 0).unwrap());
        Nobody { context: Context { today, now: noon, opens: noon, closes: noon }, seed }
    }

    #[test]
    fn a_false_value_has_the_shape_and_is_another() {
        let values = [
            Value::Iin(Iin::parse("990101100010").unwrap()),
            Value::Application(ApplicationNumber::parse("002512345678").unwrap()),
            Value::Digits("7714".into()),
            Value::Date(Date::new(2026, 12, 1).unwrap()),
            Value::Time(Time::new(9, 30).unwrap()),
            Value::Money(Money::from_tiyn(1_730_050).unwrap()),
            Value::Phone(Phone::parse("+77010000001").unwrap()),
            Value::List(vec![BTreeMap::from([("number".to_owned(), Value::Digits("7714".into()))])]),
        ];
        for value in &values {
            for seed in 1..100 {
                let nobody = nobody(seed);
                let other = nobody.value(value);
                assert_ne!(other, *value);
                assert_eq!(std::mem::discriminant(&other), std::mem::discriminant(value), "{value:?} {seed}");
                assert_eq!(other, nobody.value(value));
            }
        }
        for value in &values {
            let others: BTreeSet<String> = (1..100).map(|seed| serde_json::to_string(&nobody(seed).value(value)).unwrap()).collect();
            assert!(others.len() > 10, "{value:?} has one false value, whatever the seed: whoever knows it knows the true one");
        }
        let kept = [Value::Count(3), Value::Flag(true), Value::Item("passport".into())];
        assert_eq!(kept.each_ref().map(|value| nobody(1).value(value)), kept);
    }

    /// One day in some hundred is drawn for itself, and must then be another.
    #[test]
    fn no_day_and_no_hour_stays() {
        for number in 0..12 * 28_u16 {
            let date = Date::new(2026, (number / 28 + 1) as u8, (number % 28 + 1) as u8).unwrap();
            let time = Time::new((number % 24) as u8, (number % 60) as u8).unwrap();
            for seed in 1..40 {
                assert_ne!(nobody(seed).date(date), Some(date));
                assert_ne!(nobody(seed).time(time), Some(time));
            }
        }
    }

    #[test]
    fn a_call_of_nobody_keeps_its_weekday_and_hour() {
        let opening = |answered_at_ms| Opening {
            answered_at_ms,
            called: "+77172906984".into(),
            trusted: false,
            lang: None,
            seed: 99,
            bundle: String::new(),
            recording: Some(crate::time::Tick(7)),
            caller: CallerKind::Unknown,
        };
        // Monday, 2026-11-23 12:34:56 UTC
        let nobody = nobodys(&opening(1_795_437_296_000), 1);
        assert_eq!(nobody.answered_at_ms, MONDAY_MS + 12 * HOUR_MS);
        assert_eq!((nobody.called.as_str(), nobody.seed, nobody.recording), ("1414", 1, None));
    }
}
