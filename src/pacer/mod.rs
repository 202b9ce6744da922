//! The media threads: they pace ports, one step of 20 ms after another, and carry datagrams, commands and signals to and from them.
//!
//! They drive [`Port`] and nothing else: what a port does is decided in the core. A media thread takes no lock, writes no log, touches no file, and allocates nothing while
//! a call runs; what it shares with the rest is bounded rings and atomics.

mod lateness;
mod line;
mod priority;
mod socket;
mod sys;
mod thread;

#[cfg(test)]
mod tests;

use std::io;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use dauys_core::media::Port;

pub use lateness::Lateness;
pub use line::{Ear, Full, Line, Tap, TapFrame};
pub use priority::Realtime;

use socket::{Sockets, Spread};
use thread::Worker;

/// How the media threads run.
#[derive(Clone, Debug)]
pub struct PacerConfig {
    /// Media threads, at least 1.
    pub threads: usize,
    /// Ask for real-time priority.
    pub realtime: bool,
}

/// A call's media, as it is to be opened.
#[derive(Debug)]
pub struct LineConfig {
    /// The address to bind.
    pub ip: IpAddr,
    /// The ports to choose pairs from: RTP takes an even one and RTCP the odd one above it.
    pub ports: RangeInclusive<u16>,
    /// The legs; they stay on one media thread.
    pub legs: Vec<Port>,
    /// Keep a tap: a copy of what each leg hears and says.
    pub tap: bool,
    /// Give what is said while somebody listens to a recogniser.
    pub ear: bool,
}

/// Why a line did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Every pair of ports is taken.
    #[error("no free pair of an even and an odd UDP port in {from}-{to} on {ip}: widen the range or let calls end")]
    NoPorts {
        /// Where.
        ip: IpAddr,
        /// The first port of the range.
        from: u16,
        /// The last.
        to: u16,
    },
    /// The address cannot be bound.
    #[error("cannot bind UDP on {ip}: {why}; is it an address of this machine?")]
    Bind {
        /// Where.
        ip: IpAddr,
        /// What the system said.
        why: io::Error,
    },
    /// The media thread takes no more lines just now, or has died.
    #[error("the media thread takes no line: too many wait to be opened, or it has died (restart then); refuse the call")]
    Busy,
}

/// Raises the process's limit of open files as far as the system lets it, since each leg holds two sockets; how many it may open now.
///
/// # Errors
/// When the system says no; the limit is as it was.
pub fn raise_open_files() -> io::Result<u64> {
    sys::raise_open_files()
}

/// The media threads. Dropping it ends them, and every line on them.
#[derive(Debug)]
pub struct Pacer {
    workers: Vec<Mutex<Worker>>,
    next: AtomicUsize,
    spread: Spread,
    lateness: lateness::Shared,
    realtime: Realtime,
}

impl Pacer {
    /// Starts the threads and waits until each has said which priority it got.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(config: &PacerConfig) -> io::Result<Self> {
        let lateness = lateness::Shared::default();
        let mut realtime = Realtime::Granted;
        let mut workers = Vec::new();
        for number in 0..config.threads.max(1) {
            let (worker, got) = Worker::start(number, config.realtime, lateness.clone())?;
            realtime = realtime.and(got);
            workers.push(Mutex::new(worker));
        }
        Ok(Self { workers, next: AtomicUsize::new(0), spread: Spread::default(), lateness, realtime })
    }

    /// Binds the sockets of a call's legs and hands them to a media thread.
    ///
    /// # Errors
    /// When no pair of ports is free, the address is not ours, or the thread is overrun.
    pub fn open(&self, config: LineConfig) -> Result<Line, OpenError> {
        let mut legs = Vec::with_capacity(config.legs.len());
        for port in config.legs {
            legs.push((port, Sockets::bind(config.ip, &config.ports, &self.spread)?));
        }
        let (line, wired) = line::pair(legs, config.tap, config.ear);
        let number = self.next.fetch_add(1, Ordering::Relaxed) % self.workers.len();
        let mut worker = self.workers[number].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if worker.hand_over(wired) { Ok(line) } else { Err(OpenError::Busy) }
    }

    /// How late the threads have been since their start.
    pub fn lateness(&self) -> Lateness {
        self.lateness.read()
    }

    /// Whether every thread lives. A dead one never comes back: the process must be started again.
    pub fn is_alive(&self) -> bool {
        self.workers.iter().all(|worker| worker.lock().unwrap_or_else(std::sync::PoisonError::into_inner).is_alive())
    }

    /// Which priority the threads run with.
    pub fn realtime(&self) -> &Realtime {
        &self.realtime
    }
}
