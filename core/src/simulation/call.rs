//! A simulated call without media: from one thing that happens to the next, each at its own virtual time.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::caller::{Deed, Manner};
use super::company::{Company, Reply, Script};
use super::dice::Dice;
use super::line::Line;
use super::machine::Machine;
use super::{Stage, report};
use crate::call::invariant::{Breach, Judge, Seen};
use crate::call::{Action, HangUpCause, Input, Note, Opening, Output, SipEvent};
use crate::interpreter::Expects;
use crate::key::Key;
use crate::media::{Command, Leg, Session, Signal};
use crate::time::CallTime;

/// Where a simulated caller's media would come from (RFC 5737).
pub(super) const CALLER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 30_000);

/// So much happens in no call: a machine that goes on is cut off, and found not to end.
const EVENTS_MAX: u32 = 60_000;
/// A machine is watched for so long after the longest call.
const GRACE: Duration = Duration::from_secs(5);

/// A call that has been lived through.
#[derive(Clone, Debug, PartialEq)]
pub struct Lived {
    /// Its seed.
    pub seed: u64,
    /// What the caller was like; `None` when it was played from a script.
    pub manner: Option<Manner>,
    /// What it counts.
    pub counts: report::Counts,
    /// What it came to.
    pub outcome: String,
    /// Which invariants it broke.
    pub breaches: Vec<Breach>,
    /// What was done to it.
    pub script: Script,
}

/// The call of a seed, on a machine that `make` makes. `observe` sees everything that passes.
pub fn call<M: Machine>(stage: &Stage, seed: u64, make: impl FnOnce(&Opening) -> M, observe: &mut dyn FnMut(CallTime, Seen<'_>)) -> Lived {
    let mut dice = Dice::new(seed);
    let company = Company::new(stage, &mut dice);
    World::new(stage, seed, make(&stage.opening(seed)), company, observe).run()
}

/// The call of a seed once more, with what was done to it then, or with less.
pub fn lived_again<M: Machine>(
    stage: &Stage,
    seed: u64,
    script: &Script,
    make: impl FnOnce(&Opening) -> M,
    observe: &mut dyn FnMut(CallTime, Seen<'_>),
) -> Lived {
    World::new(stage, seed, make(&stage.opening(seed)), Company::scripted(stage, script), observe).run()
}

struct World<'s, 'o, M> {
    stage: &'s Stage,
    seed: u64,
    machine: M,
    company: Company<'s>,
    line: Line,
    /// Answers under way, by when they come and in the order in which they were promised.
    replies: BTreeMap<(CallTime, u32), Reply>,
    promised: u32,
    judge: Judge<'s>,
    observe: &'o mut dyn FnMut(CallTime, Seen<'_>),
    now: CallTime,
    last_key: Option<Key>,
    counts: report::Counts,
    outcome: String,
}

impl<'s, 'o, M: Machine> World<'s, 'o, M> {
    fn new(stage: &'s Stage, seed: u64, machine: M, company: Company<'s>, observe: &'o mut dyn FnMut(CallTime, Seen<'_>)) -> Self {
        Self {
            stage,
            seed,
            machine,
            company,
            line: Line::new(Dice::new(seed ^ 0x5ea1)),
            replies: BTreeMap::new(),
            promised: 0,
            judge: Judge::new(&stage.rules),
            observe,
            now: CallTime::START,
            last_key: None,
            counts: report::Counts::default(),
            outcome: String::new(),
        }
    }

    fn run(mut self) -> Lived {
        self.judge.speaks(self.machine.lang());
        self.take(Input::Sip(SipEvent::Answered { leg: Leg::A, session: Session::plain(CALLER) }));
        let latest = CallTime::START + self.stage.rules.longest() + GRACE;
        for _ in 0..EVENTS_MAX {
            let Some(at) = self.next().filter(|at| *at <= latest) else { break };
            self.now = self.now.max(at);
            self.step();
        }
        let deadline = self.machine.deadline();
        self.counts.virtual_ms = self.now.millis();
        Lived {
            seed: self.seed,
            manner: self.company.manner(),
            counts: self.counts,
            outcome: self.outcome,
            breaches: self.judge.close(self.now, deadline),
            script: self.company.script,
        }
    }

    /// When something happens next. After the end only what is still under way to the call does.
    fn next(&self) -> Option<CallTime> {
        let reply = self.replies.keys().next().map(|(due, _)| *due);
        let under_way = [self.line.signals_due(), reply];
        if self.machine.is_over() {
            return under_way.into_iter().flatten().min();
        }
        let others = [self.line.commands_due(), self.line.play_ends(), self.line.tape.due(), self.company.due(), self.machine.deadline()];
        under_way.into_iter().chain(others).flatten().min()
    }

    /// The first thing that is due.
    fn step(&mut self) {
        let now = self.now;
        if let Some(command) = self.line.take_command(now) {
            self.give(&command);
        } else if let Some(signal) = self.line.play_over(now) {
            self.company.heard_out(now);
            self.tell(signal);
        } else if let Some(signal) = self.line.tape.tell(now) {
            self.tell(signal);
        } else if let Some(signal) = self.line.take_signal(now) {
            self.take(Input::Media(signal));
        } else if let Some(reply) = self.take_reply() {
            self.take(Input::Reply { id: reply.id, answer: reply.answer });
        } else if self.company.due().is_some_and(|due| due <= now) && !self.machine.is_over() {
            if let Some(deed) = self.company.deed(now, || self.machine.expects()) {
                self.perform(deed);
            }
        } else {
            self.machine.handle_deadline(now);
            self.obey();
        }
    }

    fn take_reply(&mut self) -> Option<Reply> {
        let first = self.replies.first_entry().filter(|entry| entry.key().0 <= self.now)?;
        Some(first.remove())
    }

    /// The port is given a command.
    fn give(&mut self, command: &Command) {
        self.see(self.now, Seen::Given(command));
        let told = match command {
            Command::Play { id, pieces, barge_in, .. } => {
                let length = self.stage.length(pieces);
                self.company.hears(self.now, length);
                self.line.play(self.now, self.now + length, *id, *barge_in)
            }
            Command::Stop { id, .. } => self.line.stop(self.now, *id),
            Command::OutOfBandKey { key, .. } => return self.key(*key),
            Command::Record { message, silence_ms, max_ms, .. } => {
                self.line.tape.begin(self.now, *message, *silence_ms, *max_ms);
                None
            }
            Command::StopRecord { message, .. } => self.line.tape.stop(self.now, *message),
            Command::Listen { .. } | Command::Deafen { .. } => None, // its words come as words
            Command::Session { .. } | Command::Prosody { .. } | Command::SendKey { .. } => None,
        };
        told.into_iter().for_each(|signal| self.tell(signal));
    }

    fn tell(&mut self, signal: Signal) {
        self.see(self.now, Seen::Told(&signal));
        self.line.tell(self.now, signal);
    }

    fn key(&mut self, key: Key) {
        let (told, stopped, recorded) = self.line.key(self.now, key);
        self.counts.interruptions += u64::from(stopped.is_some());
        self.tell(told);
        stopped.into_iter().chain(recorded).for_each(|signal| self.tell(signal));
    }

    fn perform(&mut self, deed: Deed) {
        match deed {
            Deed::Key(key) => {
                self.counts.keys += 1;
                self.key(key);
            }
            Deed::Say(heard) => {
                self.counts.utterances += 1;
                self.take(Input::Heard { leg: Leg::A, heard });
            }
            Deed::Speak(span) => self.line.tape.speak(self.now, span),
            Deed::HangUp => self.take(Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye })),
        }
    }

    /// The call takes something in; what is due by now comes before.
    fn take(&mut self, input: Input) {
        self.machine.handle_deadline(self.now);
        self.obey();
        self.see(self.now, Seen::In(&input));
        if self.is_wish(&input) {
            self.judge.wishes(self.now);
        }
        self.machine.handle(self.now, input);
        self.obey();
    }

    /// Whether this key calls the operator: `0` where one key is an answer, `0` and `#` where a row is.
    fn is_wish(&mut self, input: &Input) -> bool {
        let Input::Media(Signal::Key { key, .. }) = input else { return false };
        let before = self.last_key.replace(*key);
        match *key {
            Key::ZERO => matches!(self.machine.expects(), Expects::OneOf(keys) if !keys.is_empty()),
            Key::POUND => before == Some(Key::ZERO) && matches!(self.machine.expects(), Expects::Row { typed: 1, .. }),
            _ => false,
        }
    }

    /// Does what the machine wants.
    fn obey(&mut self) {
        self.judge.speaks(self.machine.lang());
        while let Some((at, output)) = self.machine.poll() {
            self.see(at, Seen::Out(&output));
            match output {
                Output::Command(command) => self.line.want(self.now, command),
                Output::Action(Action::Lookup { id, service, deadline_ms, .. } | Action::Submit { id, service, deadline_ms, .. }) => {
                    let replies = self.company.asked(id, &service, deadline_ms);
                    self.promise(replies);
                }
                Output::Action(Action::Errand { id, wanted }) => {
                    let replies = self.company.sent(id, &wanted);
                    self.promise(replies);
                }
                Output::Action(Action::Tape { id, .. }) => {
                    let replies = self.company.taped(id);
                    self.promise(replies);
                }
                Output::Action(Action::Keep(_) | Action::Mark { .. }) => {}
                Output::Action(Action::Finish(outcome)) => self.outcome = outcome.to_string(),
                Output::Action(Action::RememberLanguage(_) | Action::Redact { .. } | Action::HangUp(_)) => {}
                Output::Action(Action::Undo { .. } | Action::Tell { .. }) => {}
                Output::Note(Note::Step { flow, step }) => self.company.stands_at(&flow, &step),
                Output::Note(_) => {}
            }
        }
    }

    fn promise(&mut self, replies: Vec<Reply>) {
        for reply in replies {
            self.promised += 1;
            self.replies.insert((self.now + Duration::from_millis(reply.after_ms), self.promised), reply);
        }
    }

    fn see(&mut self, at: CallTime, seen: Seen<'_>) {
        self.counts.see(seen);
        self.judge.see(at, seen);
        (self.observe)(at, seen);
    }
}
