//! A simulated call with media: the caller has a port of its own, and every packet between the two ports is made and read. Words still come as words: there is no recogniser.

use std::collections::{BTreeMap, VecDeque};
use std::f32::consts::TAU;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::call::{CALLER, Lived};
use super::caller::Deed;
use super::company::{Company, Reply};
use super::dice::Dice;
use super::{Stage, report};
use crate::call::invariant::{Judge, Seen};
use crate::call::pair::{Event, Faithful, Link};
use crate::call::{Action, Control, HangUpCause, Input, Note, Output, Pair, SipEvent};
use crate::media::{Channel, Clips, Command, Frame, Leg, Outlet, PlayEnd, PlayId, Port, PortConfig, Session, Signal, Taped};
use crate::time::{CallTime, Tick};
use crate::utterance::{BargeIn, ClipId, PIECES_MAX, Piece};

const ROBOT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2)), 20_000);

/// The call of a seed, through two ports.
pub fn with_media(stage: &Stage, seed: u64, observe: &mut dyn FnMut(CallTime, Seen<'_>)) -> Lived {
    through(stage, seed, Faithful, observe)
}

/// The same over a queue that a test may meddle with.
pub(crate) fn through<L: Link>(stage: &Stage, seed: u64, link: L, observe: &mut dyn FnMut(CallTime, Seen<'_>)) -> Lived {
    let control = Control::new(Arc::clone(&stage.program), &stage.opening(seed));
    let port = Port::new(PortConfig { seed, ..PortConfig::default() }, Arc::clone(&stage.clips));
    let mut call = Call {
        stage,
        pair: Pair::new(control, port, link, seed),
        company: Company::new(stage, &mut Dice::new(seed)),
        handset: Handset::new(),
        replies: BTreeMap::new(),
        promised: 0,
        judge: Judge::new(&stage.rules),
        observe,
        seen: 0,
        counts: report::Counts::default(),
        outcome: String::new(),
    };
    call.run();
    let now = call.pair.now();
    call.counts.virtual_ms = now.millis();
    Lived {
        seed,
        manner: call.company.manner(),
        counts: call.counts,
        outcome: call.outcome,
        breaches: call.judge.close(now, call.pair.deadline()),
        script: call.company.script,
    }
}

struct Call<'s, 'o, L> {
    stage: &'s Stage,
    pair: Pair<L>,
    company: Company<'s>,
    handset: Handset,
    replies: BTreeMap<(CallTime, u32), Reply>,
    promised: u32,
    judge: Judge<'s>,
    observe: &'o mut dyn FnMut(CallTime, Seen<'_>),
    /// So much of the trace has been looked at.
    seen: usize,
    counts: report::Counts,
    outcome: String,
}

impl<L: Link> Call<'_, '_, L> {
    fn run(&mut self) {
        self.judge.speaks(self.pair.lang());
        self.pair.handle(Input::Sip(SipEvent::Answered { leg: Leg::A, session: Session::plain(CALLER) }));
        let latest = CallTime::START + self.stage.rules.longest();
        while !self.pair.is_over() && self.pair.now() <= latest {
            self.act();
            self.tick();
            self.look();
        }
    }

    /// What is due of the caller and of the services.
    fn act(&mut self) {
        let now = self.pair.now();
        while self.company.due().is_some_and(|due| due <= now) && !self.pair.is_over() {
            if let Some(deed) = self.company.deed(now, || self.pair.expects()) {
                self.perform(deed);
            }
        }
        while let Some(first) = self.replies.first_entry().filter(|first| first.key().0 <= now) {
            let Reply { id, answer, .. } = first.remove();
            if !self.pair.is_over() {
                self.pair.handle(Input::Reply { id, answer });
            }
        }
    }

    fn perform(&mut self, deed: Deed) {
        match deed {
            Deed::Key(key) => {
                self.counts.keys += 1;
                self.handset.handle(&Command::SendKey { leg: Leg::A, key });
            }
            Deed::Say(heard) => {
                self.counts.utterances += 1;
                self.pair.handle(Input::Heard { leg: Leg::A, heard });
            }
            Deed::Speak(span) => self.handset.speak(span),
            Deed::HangUp => self.pair.handle(Input::Sip(SipEvent::HungUp { leg: Leg::A, cause: HangUpCause::Bye })),
        }
    }

    /// 20 ms: the handset speaks, the robot hears and speaks. What it says is a packet, which nobody need read.
    fn tick(&mut self) {
        self.handset.tick();
        while let Some((channel, bytes)) = self.handset.sent.pop_front() {
            self.pair.handle_datagram(channel, CALLER, &bytes, &mut |_, _, _| {});
        }
        self.pair.step(&mut |_, _, _| {});
    }

    /// Looks at what has passed, and does what the call wants of the world.
    fn look(&mut self) {
        self.judge.speaks(self.pair.lang());
        let (company, judge, stage) = (&mut self.company, &mut self.judge, self.stage);
        for (at, event) in &self.pair.trace()[self.seen..] {
            let seen = Seen::from(event);
            self.counts.see(seen);
            judge.see(*at, seen);
            (self.observe)(*at, seen);
            match event {
                Event::Given(Command::Play { pieces, .. }) => company.hears(*at, stage.length(pieces)),
                Event::Told(Signal::PlayEnded { why: PlayEnd::Finished, .. }) => company.heard_out(*at),
                Event::Told(Signal::PlayEnded { why: PlayEnd::Key, .. }) => self.counts.interruptions += 1,
                Event::Out(Output::Note(Note::Step { flow, step })) => company.stands_at(flow, step),
                Event::Told(_) | Event::Given(_) | Event::In(_) | Event::Out(_) => {}
            }
        }
        self.seen = self.pair.trace().len();
        while let Some(action) = self.pair.poll_action() {
            self.obey(action);
        }
    }

    fn obey(&mut self, action: Action) {
        match action {
            Action::Lookup { id, service, deadline_ms, .. } | Action::Submit { id, service, deadline_ms, .. } => {
                let replies = self.company.asked(id, &service, deadline_ms);
                self.promise(replies);
            }
            Action::Errand { id, wanted } => {
                let replies = self.company.sent(id, &wanted);
                self.promise(replies);
            }
            Action::Tape { id, .. } => {
                let replies = self.company.taped(id);
                self.promise(replies);
            }
            Action::Keep(_) | Action::Mark { .. } => {}
            Action::Finish(outcome) => self.outcome = outcome.to_string(),
            Action::RememberLanguage(_) | Action::HangUp(_) | Action::Redact { .. } => {}
            Action::Undo { .. } | Action::Tell { .. } => {}
        }
    }

    fn promise(&mut self, replies: Vec<Reply>) {
        for reply in replies {
            self.promised += 1;
            self.replies.insert((self.pair.now() + Duration::from_millis(reply.after_ms), self.promised), reply);
        }
    }
}

/// The caller's telephone: a port that is never listened to.
struct Handset {
    port: Port,
    speeches: u32,
    sent: VecDeque<(Channel, Vec<u8>)>,
}

impl Handset {
    fn new() -> Self {
        let port = Port::new(PortConfig { ssrc: 77, ..PortConfig::default() }, Arc::new(Clips::new(vec![voice().into()])));
        let mut handset = Self { port, speeches: 0, sent: VecDeque::new() };
        handset.handle(&Command::Session { leg: Leg::A, session: Session::plain(ROBOT) });
        handset
    }

    fn handle(&mut self, command: &Command) {
        self.port.handle_command(command, &mut Wire(&mut self.sent));
    }

    /// Speaks for so many seconds, rounded up.
    fn speak(&mut self, span: Duration) {
        self.speeches += 1;
        let seconds = span.as_millis().div_ceil(1000) as usize;
        let pieces = std::iter::repeat_n(Piece::Clip(ClipId(0)), seconds.min(PIECES_MAX)).collect();
        self.handle(&Command::Play { leg: Leg::A, id: PlayId(self.speeches), pieces, barge_in: BargeIn::Off });
    }

    fn tick(&mut self) {
        self.port.tick(&mut Wire(&mut self.sent));
    }
}

/// A second of something like a voice: a tone that swells and falls four times, and is no telephone's.
fn voice() -> Vec<u8> {
    let sample = |at: usize| {
        let swell = (TAU * at as f32 / 4000.0).sin().abs();
        audio_codec_algorithms::encode_alaw(((at as f32 * 0.17).sin() * swell * 6000.0) as i16)
    };
    (0..8000).map(sample).collect()
}

struct Wire<'a>(&'a mut VecDeque<(Channel, Vec<u8>)>);

impl Outlet for Wire<'_> {
    fn send(&mut self, _: SocketAddr, channel: Channel, bytes: &[u8]) {
        self.0.push_back((channel, bytes.to_vec()));
    }

    fn signal(&mut self, _: Signal) {}

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}
