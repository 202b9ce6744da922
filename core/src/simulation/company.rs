//! Who is at the other ends of a call: a caller and the services, alive or as they once were.

use std::collections::VecDeque;
use std::time::Duration;

use super::caller::{Caller, Deed, Manner, Scene};
use super::dice::Dice;
use super::service::Due;
use super::{Stage, service};
use crate::flow::graph::Act;
use crate::interpreter::{Answer, Expects, RequestId, Wanted};
use crate::time::CallTime;

/// Everything that was done to a call: enough to live it through again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// What the caller did, and when.
    pub deeds: Vec<(CallTime, Deed)>,
    /// What the services answered.
    pub replies: Vec<Reply>,
}

impl Script {
    /// How many things are done.
    pub fn len(&self) -> usize {
        self.deeds.len() + self.replies.len()
    }

    /// Whether nothing is done.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An answer of a service.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// To which question.
    pub id: RequestId,
    /// So many milliseconds after it.
    pub after_ms: u64,
    /// What.
    pub answer: Answer,
}

/// A caller and the services, and a record of what they do.
pub(super) struct Company<'s> {
    stage: &'s Stage,
    others: Others,
    /// What the step at hand does.
    act: Option<&'s Act>,
    pub(super) script: Script,
}

enum Others {
    Alive { caller: Box<Caller>, services: Dice },
    Scripted { deeds: VecDeque<(CallTime, Deed)>, replies: Vec<Reply> },
}

impl<'s> Company<'s> {
    /// Those of a seed.
    pub(super) fn new(stage: &'s Stage, dice: &mut Dice) -> Self {
        let others = Others::Alive { caller: Box::new(Caller::new(dice.fork())), services: dice.fork() };
        Self { stage, others, act: None, script: Script::default() }
    }

    /// Those of a call that was lived already.
    pub(super) fn scripted(stage: &'s Stage, script: &Script) -> Self {
        let others = Others::Scripted { deeds: script.deeds.iter().cloned().collect(), replies: script.replies.clone() };
        Self { stage, others, act: None, script: Script::default() }
    }

    pub(super) fn manner(&self) -> Option<Manner> {
        match &self.others {
            Others::Alive { caller, .. } => Some(caller.manner()),
            Others::Scripted { .. } => None,
        }
    }

    /// When somebody does or decides something.
    pub(super) fn due(&self) -> Option<CallTime> {
        match &self.others {
            Others::Alive { caller, .. } => caller.due(),
            Others::Scripted { deeds, .. } => deeds.front().map(|(at, _)| *at),
        }
    }

    /// What the caller does now; it may also only make up its mind.
    pub(super) fn deed(&mut self, now: CallTime, expects: impl FnOnce() -> Expects) -> Option<Deed> {
        let deed = match &mut self.others {
            Others::Alive { caller, .. } => caller.deed(now).or_else(|| {
                caller.decide(now, || Scene { program: &self.stage.program, expects: expects(), act: self.act });
                None
            }),
            Others::Scripted { deeds, .. } => deeds.pop_front_if(|(at, _)| *at <= now).map(|(_, deed)| deed),
        }?;
        self.script.deeds.push((now, deed.clone()));
        Some(deed)
    }

    /// The robot begins to speak.
    pub(super) fn hears(&mut self, now: CallTime, length: Duration) {
        if let Others::Alive { caller, .. } = &mut self.others {
            caller.hears(now, length);
        }
    }

    /// The robot has spoken.
    pub(super) fn heard_out(&mut self, now: CallTime) {
        if let Others::Alive { caller, .. } = &mut self.others {
            caller.heard_out(now);
        }
    }

    /// The call is at another step.
    pub(super) fn stands_at(&mut self, flow: &str, step: &str) {
        let flow = self.stage.program.flows.iter().find(|other| other.name == flow);
        self.act = flow.and_then(|flow| flow.steps.iter().find(|other| other.id == step)).map(|step| &step.act);
    }

    /// A service is asked: what comes, and when.
    pub(super) fn asked(&mut self, id: RequestId, service: &str, deadline_ms: u64) -> Vec<Reply> {
        let program = &self.stage.program;
        self.replies(id, |dice| service::answers(program, service, deadline_ms, dice))
    }

    /// An errand is to be run: how it ends, and when.
    pub(super) fn sent(&mut self, id: RequestId, wanted: &Wanted) -> Vec<Reply> {
        self.replies(id, |dice| service::ending(wanted, dice))
    }

    /// A message is about to be recorded: mostly there is room for it.
    pub(super) fn taped(&mut self, id: RequestId) -> Vec<Reply> {
        self.replies(id, service::room)
    }

    fn replies(&mut self, id: RequestId, come: impl FnOnce(&mut Dice) -> Vec<Due>) -> Vec<Reply> {
        let replies = match &mut self.others {
            Others::Alive { services, .. } => come(services).into_iter().map(|(after_ms, answer)| Reply { id, after_ms, answer }).collect(),
            Others::Scripted { replies, .. } => replies.iter().filter(|reply| reply.id == id).cloned().collect::<Vec<_>>(),
        };
        self.script.replies.extend(replies.iter().cloned());
        replies
    }
}
