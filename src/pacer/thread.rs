//! A media thread: 20 slots of 1 ms in every 20 ms, with absolute deadlines, and the lines spread over them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use dauys_core::time::TICK;
use rtrb::{Consumer, Producer, RingBuffer};

use super::lateness;
use super::line::Wired;
use super::priority::Realtime;
use super::sys::{self, Batch};

/// Slots in a tick.
const SLOTS: usize = 20;
/// The length of a slot.
const SLOT: Duration = Duration::from_millis(TICK.as_millis() as u64 / SLOTS as u64);
/// Lines that may wait to be taken in.
const INBOX_MAX: usize = 64;
/// Lines a slot has room for from the start; more make it grow, once.
const SLOT_LINES: usize = 128;
/// So late, the thread was stopped or starved: it goes on from now instead of sending everything at once.
const BEHIND_MAX: Duration = Duration::from_millis(200);

/// A media thread, seen from outside. Dropping it ends and joins the thread.
#[derive(Debug)]
pub(super) struct Worker {
    inbox: Producer<Wired>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start(number: usize, realtime: bool, lateness: lateness::Shared) -> io::Result<(Self, Realtime)> {
        let (inbox, lines) = RingBuffer::new(INBOX_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let (tell, told) = mpsc::sync_channel(1);
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name(format!("media-{number}")).spawn(move || {
            let got = Realtime::request(realtime);
            if tell.send(got).is_ok() {
                Thread::new(lines, lateness).run(&stopped);
            }
        })?;
        let got = told.recv().map_err(|_| io::Error::other("a media thread ended as it began"))?;
        Ok((Self { inbox, stop, thread: Some(thread) }, got))
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.inbox.is_abandoned()
    }

    /// Gives a line to the thread; `false` when it takes none just now, or has died, and the line is gone.
    pub(super) fn hand_over(&mut self, line: Wired) -> bool {
        self.is_alive() && self.inbox.push(line).is_ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to say: a panic in it was printed where it happened.
            let _ = thread.join();
        }
    }
}

/// What runs on the thread.
struct Thread {
    slots: [Vec<Wired>; SLOTS],
    inbox: Consumer<Wired>,
    lateness: lateness::Shared,
    batch: Batch,
}

impl Thread {
    fn new(inbox: Consumer<Wired>, lateness: lateness::Shared) -> Self {
        Self { slots: std::array::from_fn(|_| Vec::with_capacity(SLOT_LINES)), inbox, lateness, batch: Batch::new() }
    }

    fn run(mut self, stop: &AtomicBool) {
        let mut deadline = sys::now();
        for slot in (0..SLOTS).cycle() {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            deadline += self.pace();
            sys::sleep_until(deadline);
            let late = sys::now().saturating_sub(deadline);
            self.take_in();
            self.step(slot, late);
            if late > BEHIND_MAX {
                deadline += late;
            }
        }
    }

    /// A slot; or a whole tick while there is no line, to let the machine sleep.
    fn pace(&self) -> Duration {
        if self.slots.iter().all(Vec::is_empty) { TICK } else { SLOT }
    }

    /// Steps the lines of a slot. Those let go of are freed here, sockets and all: once a call, that is cheaper than a way back.
    fn step(&mut self, slot: usize, late: Duration) {
        if !self.slots[slot].is_empty() {
            self.lateness.note(late);
            self.slots[slot].retain_mut(|line| line.step(&mut self.batch));
        }
    }

    /// Puts new lines where there are fewest.
    fn take_in(&mut self) {
        while let Ok(line) = self.inbox.pop() {
            if let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.len()) {
                slot.push(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_has_ended_is_seen() {
        let (alive, _) = Worker::start(0, false, lateness::Shared::default()).unwrap();
        assert!(alive.is_alive());
        let (inbox, ended) = RingBuffer::new(1);
        drop(ended);
        let dead = Worker { inbox, stop: Arc::default(), thread: None };
        assert!(!dead.is_alive());
    }
}
