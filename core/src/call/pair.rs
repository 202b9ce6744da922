//! The two machines and the queues between them, at virtual time.
//!
//! Live, the queues are rings between threads; here each message is seen 0 to 2 ticks after it was sent, by a seed, and never out of order. What holds here for every seed
//! holds live: there is no third join.

use std::collections::VecDeque;
use std::net::SocketAddr;

use super::{Action, Control, Input, Output};
use crate::interpreter::Expects;
use crate::lang::Lang;
use crate::media::{Channel, Command, Frame, Outlet, Port, Signal, Taped};
use crate::time::{CallTime, TICK, Tick};

/// The longest that a message is under way, in ticks.
const DELAY_MAX: u64 = 2;

/// What a queue does with messages on their way. A test may meddle here; the product never does.
pub trait Link {
    /// From the call to the port.
    fn command(&mut self, command: Command) -> Vec<Command> {
        vec![command]
    }

    /// From the port to the call.
    fn signal(&mut self, signal: Signal) -> Vec<Signal> {
        vec![signal]
    }
}

/// The queue as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faithful;

impl Link for Faithful {}

/// Everything that passed, in order, as the machines themselves saw it.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The port told this.
    Told(Signal),
    /// The port was given this.
    Given(Command),
    /// The call took this in.
    In(Input),
    /// The call wanted this.
    Out(Output),
}

/// A call and its port, joined by queues.
#[derive(Debug)]
pub struct Pair<L = Faithful> {
    control: Control,
    port: Port,
    link: L,
    tick: Tick,
    delay: Delay,
    to_port: Queue<Command>,
    to_call: Queue<Input>,
    actions: VecDeque<Action>,
    trace: Vec<(CallTime, Event)>,
}

impl<L: Link> Pair<L> {
    /// Both at rest. The seed decides how long each message is under way.
    pub fn new(control: Control, port: Port, link: L, seed: u64) -> Self {
        Self {
            control,
            port,
            link,
            tick: Tick(0),
            delay: Delay(seed),
            to_port: Queue::default(),
            to_call: Queue::default(),
            actions: VecDeque::new(),
            trace: Vec::new(),
        }
    }

    /// The time.
    pub fn now(&self) -> CallTime {
        CallTime::START + TICK * u32::try_from(self.tick.0).unwrap_or(u32::MAX)
    }

    /// Something happens to the call now.
    pub fn handle(&mut self, input: Input) {
        let now = self.now();
        self.control.handle_deadline(now); // what is due by now comes before what happens now
        self.collect();
        self.trace.push((now, Event::In(input.clone())));
        self.control.handle(now, input);
        self.collect();
    }

    /// A datagram comes in now.
    pub fn handle_datagram(&mut self, channel: Channel, from: SocketAddr, bytes: &[u8], send: &mut impl FnMut(SocketAddr, Channel, &[u8])) {
        let mut signals = Vec::new();
        self.port.handle_datagram(channel, from, bytes, &mut Out { send, signals: &mut signals });
        self.told(signals);
    }

    /// One step of 20 ms for both.
    pub fn step(&mut self, send: &mut impl FnMut(SocketAddr, Channel, &[u8])) {
        self.tick.0 += 1;
        let mut signals = Vec::new();
        while let Some(command) = self.to_port.due(self.tick) {
            self.trace.push((self.now(), Event::Given(command.clone())));
            self.port.handle_command(&command, &mut Out { send, signals: &mut signals });
            self.told(std::mem::take(&mut signals));
        }
        self.port.tick(&mut Out { send, signals: &mut signals });
        self.told(signals);
        while let Some(input) = self.to_call.due(self.tick) {
            self.handle(input);
        }
        self.control.handle_deadline(self.now());
        self.collect();
    }

    /// What the call wants of the world.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        self.control.is_over()
    }

    /// The language of the call, once it is known.
    pub fn lang(&self) -> Option<Lang> {
        self.control.lang()
    }

    /// What the next key would answer.
    pub fn expects(&self) -> Expects {
        self.control.expects()
    }

    /// When the call wants to wake up next.
    pub fn deadline(&self) -> Option<CallTime> {
        self.control.deadline()
    }

    /// Everything that passed so far.
    pub fn trace(&self) -> &[(CallTime, Event)] {
        &self.trace
    }

    fn told(&mut self, signals: Vec<Signal>) {
        let now = self.now();
        for signal in signals {
            self.trace.push((now, Event::Told(signal.clone())));
            for signal in self.link.signal(signal) {
                self.to_call.push(self.tick, self.delay.next(), Input::Media(signal));
            }
        }
    }

    fn collect(&mut self) {
        while let Some((at, output)) = self.control.poll() {
            self.trace.push((at, Event::Out(output.clone())));
            match output {
                Output::Command(command) => {
                    self.port.clips().prepare(&command);
                    for command in self.link.command(command) {
                        self.to_port.push(self.tick, self.delay.next(), command);
                    }
                }
                Output::Action(action) => self.actions.push_back(action),
                Output::Note(_) => {}
            }
        }
    }
}

/// A queue that keeps its order, whatever its delays.
#[derive(Debug)]
struct Queue<T>(VecDeque<(Tick, T)>);

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Queue<T> {
    fn push(&mut self, now: Tick, delay: u64, message: T) {
        let after = self.0.back().map_or(Tick(0), |(due, _)| *due);
        self.0.push_back((Tick(now.0 + delay).max(after), message));
    }

    fn due(&mut self, now: Tick) -> Option<T> {
        self.0.front().filter(|(due, _)| *due <= now)?;
        self.0.pop_front().map(|(_, message)| message)
    }
}

/// Seeded delays: an LCG is scattered enough for 0, 1 and 2.
#[derive(Debug)]
struct Delay(u64);

impl Delay {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % (DELAY_MAX + 1)
    }
}

struct Out<'a, S> {
    send: &'a mut S,
    signals: &'a mut Vec<Signal>,
}

impl<S: FnMut(SocketAddr, Channel, &[u8])> Outlet for Out<'_, S> {
    fn send(&mut self, to: SocketAddr, channel: Channel, bytes: &[u8]) {
        (self.send)(to, channel, bytes);
    }

    fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    fn frame(&mut self, _: Tick, _: &Frame, _: Option<&Frame>, _: Option<Taped>) {}
}
