//! One call's media, seen from both ends: a [`Line`] for its task, a `Wired` for the media thread, and between them two bounded rings and, if wished, a tap and an ear.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use dauys_core::media::{self, Channel, Command, Frame, Outlet, Signal, Stats, Taped, Uttered};
use dauys_core::time::Tick;
use rtrb::{Consumer, Producer, RingBuffer};

use super::socket::{Leg, Sockets};
use super::sys::Batch;

/// Commands that may wait for the next tick.
const COMMANDS_MAX: usize = 64;
/// Signals that may wait for the call's task.
const SIGNALS_MAX: usize = 128;
/// Signals kept beside a full ring: together with it over 20 s of a key pressed without pause.
const PENDING_MAX: usize = 128;
/// Frames that a tap may lag behind: 2 s of two legs.
const TAP_MAX: usize = 200;

/// Ticks of an utterance that may wait for the call's task: 4 s.
const EAR_MAX: usize = 200;

/// The ring to the media thread is full: it is stuck, or the call commands far too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the media thread has {COMMANDS_MAX} commands of this call waiting; end the call")]
pub struct Full;

/// How often a leg's counters are shown to the call's task, in ticks: every second.
const SHOWN_EVERY: u64 = 50;

/// What a leg hears is private now.
const PRIVATE_NOW: u8 = 1;
/// It has been since the last tick, however shortly.
const PRIVATE_SINCE: u8 = 2;

/// A leg's counters as the media thread shows them. One may be newer than another; each is whole.
type Counters = [AtomicU64; Stats::NAMES.len()];

/// What both ends share beside the rings.
#[derive(Debug, Default)]
struct Shared {
    /// In the order of the legs.
    counters: Vec<Counters>,
    waker: AtomicWaker,
    ear_waker: AtomicWaker,
    /// Steps taken.
    tick: AtomicU64,
    /// For each leg whether what it hears is private: [`PRIVATE_NOW`] and [`PRIVATE_SINCE`].
    private: [AtomicU8; 2],
    signals_lost: AtomicU64,
    frames_lost: AtomicU64,
    sends_failed: AtomicU64,
}

/// A call's end of its media. Dropping it closes the sockets, on the media thread, within a tick.
#[derive(Debug)]
pub struct Line {
    locals: Vec<(media::Leg, SocketAddr)>,
    commands: Producer<Command>,
    signals: Consumer<Signal>,
    shared: Arc<Shared>,
    tap: Option<Tap>,
    ear: Option<Ear>,
}

/// The reading end of what the caller says while somebody listens. Nobody waits for it: what is not read in time is lost.
#[derive(Debug)]
pub struct Ear {
    uttered: Consumer<Uttered>,
    shared: Arc<Shared>,
}

impl Ear {
    /// The next tick of an utterance; never, once the media thread has ended.
    pub async fn uttered(&mut self) -> Uttered {
        poll_fn(|context| self.poll_uttered(context)).await
    }

    fn poll_uttered(&mut self, context: &mut Context<'_>) -> Poll<Uttered> {
        if let Ok(uttered) = self.uttered.pop() {
            return Poll::Ready(uttered);
        }
        self.shared.ear_waker.register(context.waker());
        self.uttered.pop().map_or(Poll::Pending, Poll::Ready) // what is pushed before the waker is there would not wake
    }
}

/// What a leg heard and said in one tick, A-law at 8 kHz.
#[derive(Clone, Debug)]
pub struct TapFrame {
    /// The leg.
    pub leg: media::Leg,
    /// When.
    pub tick: Tick,
    /// What came.
    pub heard: Frame,
    /// What was sent; `None` where it said a private value.
    pub said: Option<Frame>,
    /// What came is private.
    pub private: bool,
    /// What came belongs to a message.
    pub taped: Option<Taped>,
}

/// The reading end of a tap. Nobody waits for it: what is not read in time is lost and counted.
#[derive(Debug)]
pub struct Tap {
    frames: Consumer<TapFrame>,
    shared: Arc<Shared>,
}

impl Tap {
    /// The next frame, if one has come.
    pub fn next_frame(&mut self) -> Option<TapFrame> {
        self.frames.pop().ok()
    }

    /// Whether no more will come.
    pub fn is_over(&self) -> bool {
        self.frames.is_abandoned() && self.frames.is_empty()
    }

    /// Frames lost because nobody read.
    pub fn lost(&self) -> u64 {
        self.shared.frames_lost.load(Ordering::Relaxed)
    }
}

impl Line {
    /// Where a leg receives RTP; RTCP is on the port above.
    pub fn local(&self, leg: media::Leg) -> Option<SocketAddr> {
        self.locals.iter().find(|(of, _)| *of == leg).map(|(_, local)| *local)
    }

    /// Wants something of a leg at its next tick.
    ///
    /// # Errors
    /// When the ring is full.
    pub fn command(&mut self, command: Command) -> Result<(), Full> {
        self.commands.push(command).map_err(|_| Full)
    }

    /// What the leg hears is private from now on, or no longer: said to the tap with the next tick, even when it was so between two ticks only.
    pub fn redact(&self, leg: media::Leg, on: bool) {
        let private = self.shared.private(leg);
        if on {
            private.fetch_or(PRIVATE_NOW | PRIVATE_SINCE, Ordering::Relaxed);
        } else {
            private.fetch_and(!PRIVATE_NOW, Ordering::Relaxed);
        }
    }

    /// The last tick that the media thread has taken.
    pub fn tick(&self) -> Tick {
        Tick(self.shared.tick.load(Ordering::Relaxed))
    }

    /// The next signal; `None` when the media thread has ended.
    pub async fn signal(&mut self) -> Option<Signal> {
        poll_fn(|context| self.poll_signal(context)).await
    }

    /// The next signal, polled.
    pub fn poll_signal(&mut self, context: &mut Context<'_>) -> Poll<Option<Signal>> {
        if let Ok(signal) = self.signals.pop() {
            return Poll::Ready(Some(signal));
        }
        self.shared.waker.register(context.waker());
        // In this order: what is pushed before the ring is abandoned must be seen, and what is pushed before the waker is there would not wake.
        let over = self.signals.is_abandoned();
        match self.signals.pop() {
            Ok(signal) => Poll::Ready(Some(signal)),
            Err(_) if over => Poll::Ready(None),
            Err(_) => Poll::Pending,
        }
    }

    /// What a leg's port has counted, by name, at most a second old.
    pub fn counters(&self, leg: media::Leg) -> impl Iterator<Item = (&'static str, u64)> {
        let at = self.locals.iter().position(|(of, _)| *of == leg);
        let counters = at.and_then(|at| self.shared.counters.get(at));
        counters.into_iter().flat_map(|counters| Stats::NAMES.into_iter().zip(counters.iter().map(|count| count.load(Ordering::Relaxed))))
    }

    /// The tap, once, if the line was opened with one.
    pub fn take_tap(&mut self) -> Option<Tap> {
        self.tap.take()
    }

    /// The ear, once, if the line was opened with one.
    pub fn take_ear(&mut self) -> Option<Ear> {
        self.ear.take()
    }

    /// Signals that found no room; anything but 0 is a fault of the reader.
    pub fn signals_lost(&self) -> u64 {
        self.shared.signals_lost.load(Ordering::Relaxed)
    }

    /// Datagrams that the system would not send.
    pub fn sends_failed(&self) -> u64 {
        self.shared.sends_failed.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn private(&self, leg: media::Leg) -> &AtomicU8 {
        match leg {
            media::Leg::A => &self.private[0],
            media::Leg::B => &self.private[1],
        }
    }
}

/// The media thread's end.
#[derive(Debug)]
pub(super) struct Wired {
    legs: Vec<Leg>,
    commands: Consumer<Command>,
    mail: Mail,
    steps: u64,
}

/// What leaves for the call's task.
#[derive(Debug)]
struct Mail {
    signals: Producer<Signal>,
    /// Below the ring, since fields are dropped in order and the task must find the ring abandoned when it is woken.
    _farewell: Farewell,
    /// Signals that found the ring full, in order.
    pending: Vec<Signal>,
    tap: Option<Producer<TapFrame>>,
    ear: Option<Producer<Uttered>>,
    shared: Arc<Shared>,
    wake: bool,
    wake_ear: bool,
}

/// Makes both ends.
pub(super) fn pair(legs: Vec<Leg>, tap: bool, ear: bool) -> (Line, Wired) {
    let (to_thread, commands) = RingBuffer::new(COMMANDS_MAX);
    let (signals, from_thread) = RingBuffer::new(SIGNALS_MAX);
    let counters = legs.iter().map(|_| Counters::default()).collect();
    let shared = Arc::new(Shared { counters, ..Shared::default() });
    let (frames, taken) = tap.then(|| RingBuffer::new(TAP_MAX)).unzip();
    let (uttered, listened) = ear.then(|| RingBuffer::new(EAR_MAX)).unzip();
    let ear = listened.map(|uttered| Ear { uttered, shared: shared.clone() });
    let locals = legs.iter().map(|(port, sockets)| (port.leg(), sockets.local())).collect();
    let tap = taken.map(|frames| Tap { frames, shared: shared.clone() });
    let mail = Mail {
        signals,
        _farewell: Farewell(shared.clone()),
        pending: Vec::with_capacity(PENDING_MAX),
        tap: frames,
        ear: uttered,
        shared: shared.clone(),
        wake: false,
        wake_ear: false,
    };
    (Line { locals, commands: to_thread, signals: from_thread, shared, tap, ear }, Wired { legs, commands, mail, steps: 0 })
}

impl Wired {
    /// One tick of every leg. `false`: the call has let go of it.
    pub(super) fn step(&mut self, batch: &mut Batch) -> bool {
        self.mail.post();
        for (port, sockets) in &mut self.legs {
            let mut came = Exit { sockets: None, mail: &mut self.mail, leg: port.leg() };
            sockets.drain(batch, |channel, from, bytes| port.handle_datagram(channel, from, bytes, &mut came));
        }
        self.obey();
        for (port, sockets) in &mut self.legs {
            let leg = port.leg();
            port.tick(&mut Exit { sockets: Some(sockets), mail: &mut self.mail, leg });
        }
        self.show();
        self.mail.wake();
        !self.commands.is_abandoned()
    }

    fn show(&mut self) {
        if self.steps.is_multiple_of(SHOWN_EVERY) {
            for ((port, _), counters) in self.legs.iter().zip(&self.mail.shared.counters) {
                port.stats().values().iter().zip(counters).for_each(|(value, shown)| shown.store(*value, Ordering::Relaxed));
            }
        }
        self.steps += 1;
        self.mail.shared.tick.store(self.steps, Ordering::Relaxed);
    }

    fn obey(&mut self) {
        while let Ok(command) = self.commands.pop() {
            for (port, sockets) in &mut self.legs {
                let leg = port.leg();
                port.handle_command(&command, &mut Exit { sockets: Some(sockets), mail: &mut self.mail, leg });
            }
        }
    }
}

impl Mail {
    /// Moves what waited into the ring, as far as there is room.
    fn post(&mut self) {
        let room = self.signals.slots().min(self.pending.len());
        for signal in self.pending.drain(..room) {
            self.wake |= self.signals.push(signal).is_ok();
        }
    }

    fn signal(&mut self, signal: Signal) {
        if self.pending.is_empty() && !self.signals.is_full() {
            self.wake |= self.signals.push(signal).is_ok();
        } else if self.pending.len() < PENDING_MAX {
            self.pending.push(signal);
        } else {
            self.shared.signals_lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn frame(&mut self, leg: media::Leg, tick: Tick, heard: &Frame, said: Option<&Frame>, taped: Option<Taped>) {
        let Some(tap) = &mut self.tap else { return };
        let private = self.shared.private(leg).fetch_and(!PRIVATE_SINCE, Ordering::Relaxed);
        if tap.push(TapFrame { leg, tick, heard: *heard, said: said.copied(), private: private != 0, taped }).is_err() {
            self.shared.private(leg).fetch_or(private & PRIVATE_SINCE, Ordering::Relaxed); // to be said with the next frame that is read
            self.shared.frames_lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn utter(&mut self, uttered: Uttered) {
        let Some(ear) = &mut self.ear else { return };
        let _ = ear.push(uttered); // a task that does not read for so long hears what comes after
        self.wake_ear = true;
    }

    fn wake(&mut self) {
        if std::mem::take(&mut self.wake_ear) {
            self.shared.ear_waker.wake();
        }
        if std::mem::take(&mut self.wake) {
            self.shared.waker.wake();
        }
    }
}

/// Wakes the call's task when the media thread lets go.
#[derive(Debug)]
struct Farewell(Arc<Shared>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.waker.wake();
    }
}

/// What a leg's port writes to.
struct Exit<'a> {
    /// `None` while datagrams are taken in: a port answers none of them before its tick.
    sockets: Option<&'a Sockets>,
    mail: &'a mut Mail,
    leg: media::Leg,
}

impl Outlet for Exit<'_> {
    fn send(&mut self, to: SocketAddr, channel: Channel, bytes: &[u8]) {
        let sent = self.sockets.is_some_and(|sockets| sockets.send(to, channel, bytes));
        if !sent {
            self.mail.shared.sends_failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn signal(&mut self, signal: Signal) {
        self.mail.signal(signal);
    }

    fn frame(&mut self, tick: Tick, heard: &Frame, said: Option<&Frame>, taped: Option<Taped>) {
        self.mail.frame(self.leg, tick, heard, said, taped);
    }

    fn utter(&mut self, uttered: Uttered) {
        self.mail.utter(uttered);
    }
}
