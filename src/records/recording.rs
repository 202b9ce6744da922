//! Recordings: what each call heard and said, a stereo A-law WAV file beside its event log, written by one thread that no call ever waits for; and beside it each message that
//! its caller was asked to speak, whether calls are recorded or not.
//!
//! The thread reads the taps of all calls a few times a second and writes about a second of a call at a time. What it cannot read or write in time is lost and counted, and
//! silence stands in its place, so that a sample's place in the file always tells its tick. What is private never reaches the disk: frames are held back for a second, since a
//! tone is heard before it is known. A file can be played at any time, also after a crash; it is not synced, so a power cut may lose the last half minute.

mod holdback;
mod message;
mod wav;

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use dauys_core::media::{Frame, Taped};
use dauys_core::time::Tick;
use dauys_core::utterance::MessageId;

use holdback::Holdback;
use message::Message;
use wav::{Wav, WavFile};

/// How often the taps are read: a tap holds much more than that.
const EVERY: Duration = Duration::from_millis(200);
/// How often it is looked how much room the disk has, in looks at the taps: every 5 s.
const DISK_EVERY: u32 = 25;
/// Frames that are written together: a second of a call.
const BATCH: usize = 50;
/// Frames that are read of one tap at a time, so that no call keeps the writer from the others.
const READ_MAX: usize = 1000;

/// Recordings that may wait for the writer while the disk hangs, each with its tap's memory; the calls after them are not recorded.
const BEGUN_MAX: usize = 1000;

/// What a leg heard and said in one tick, A-law at 8 kHz.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
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

/// Where the moments of a call come from. Nothing here waits.
pub trait Tap: Send + 'static {
    /// The next moment, if one has come.
    fn next(&mut self) -> Option<Moment>;
    /// Whether no more will come.
    fn is_over(&self) -> bool;
    /// Moments lost because they were not read in time.
    fn lost(&self) -> u64;
}

/// The writer of all recordings.
#[derive(Debug)]
pub struct Recordings {
    begun: SyncSender<Recording>,
    /// Whether the disk takes what is written.
    well: Arc<AtomicBool>,
    writer: JoinHandle<()>,
}

/// What is written of a call, beside its event log.
#[derive(Clone, Debug)]
pub struct Files {
    /// Its recording; `None`: only its messages.
    pub call: Option<PathBuf>,
    /// What the names of its messages are made of: `calls/2026/11/23/c0ffee` for `c0ffee.message-1.wav`.
    pub stem: PathBuf,
}

/// The file of a message of the call whose files are named so.
pub fn message_file(stem: &Path, id: MessageId) -> PathBuf {
    stem.with_extension(format!("message-{}.wav", id.0))
}

impl Recordings {
    /// Starts the writer. With less than `disk_free_min_mb` (10^6 bytes) free in the folder `data` nothing is recorded until there is more.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(data: &Path, disk_free_min_mb: u64) -> io::Result<Self> {
        Self::on(Disk { data: data.to_owned() }, disk_free_min_mb)
    }

    fn on(shelf: impl Shelf, disk_free_min_mb: u64) -> io::Result<Self> {
        let (begun, beginnings) = sync_channel(BEGUN_MAX);
        let well = Arc::new(AtomicBool::new(true));
        let desk = Desk {
            shelf,
            disk_free_min_mb,
            well: Arc::clone(&well),
            beginnings,
            open: Vec::new(),
            has_room: true,
            failing: false,
            failed: false,
        };
        let writer = std::thread::Builder::new().name("recordings".to_owned()).spawn(|| desk.write())?;
        Ok(Self { begun, well, writer })
    }

    /// Records a call in `files`, mode 600, until its tap is over. Never waits: a writer that is gone, or that has too many before it, takes none. Whether it was taken.
    pub fn begin(&self, files: Files, tap: impl Tap) -> bool {
        let is_recorded = files.call.is_some();
        let taken = self.begun.try_send(Recording::new(files, Box::new(tap))).is_ok();
        if !taken && is_recorded {
            ended("none");
        }
        taken
    }

    /// Whether what is recorded now will be on the disk, as far as anybody can know.
    pub fn is_well(&self) -> bool {
        self.well.load(Ordering::Relaxed) && !self.writer.is_finished()
    }

    /// Waits until every recording is written. Blocks while a tap is alive: for the end of the program, off the runtime.
    pub fn finish(self) {
        drop(self.begun);
        if self.writer.join().is_err() {
            tracing::warn!("the writer of recordings had stopped");
        }
    }
}

/// Where recordings stand: the disk, or in tests one that blocks or is full.
trait Shelf: Send + 'static {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn WavFile>>;
    fn remove(&mut self, path: &Path) -> io::Result<()>;
    /// Free bytes.
    fn free(&mut self) -> io::Result<u64>;
}

struct Disk {
    data: PathBuf,
}

impl Shelf for Disk {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn WavFile>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Box::new(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn free(&mut self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.data)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

impl WavFile for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// What the writer's thread has before it.
struct Desk<S> {
    shelf: S,
    disk_free_min_mb: u64,
    well: Arc<AtomicBool>,
    beginnings: Receiver<Recording>,
    open: Vec<Recording>,
    has_room: bool,
    /// It was said that the disk fails.
    failing: bool,
    /// It has failed since the last look at the disk.
    failed: bool,
}

impl<S: Shelf> Desk<S> {
    fn write(mut self) {
        for round in (0..DISK_EVERY).cycle() {
            if round == 0 {
                self.look_at_disk();
            }
            let is_last = self.take_in();
            self.round();
            if is_last && self.open.is_empty() {
                return;
            }
            std::thread::sleep(EVERY);
        }
    }

    /// Takes new recordings; `true` when there will be no more.
    fn take_in(&mut self) -> bool {
        loop {
            match self.beginnings.try_recv() {
                Ok(recording) => self.open.push(recording),
                Err(error) => return error == TryRecvError::Disconnected,
            }
        }
    }

    fn round(&mut self) {
        for mut recording in std::mem::take(&mut self.open) {
            let is_over = recording.read();
            let written = recording.write(is_over, self.has_room.then_some(&mut self.shelf));
            if let Err(error) = written {
                self.fails(&error);
            }
            self.well.store(self.has_room && !self.failing, Ordering::Relaxed);
            metrics::counter!("dauys_recording_frames_lost_total").increment(recording.newly_lost());
            if is_over {
                recording.close(&mut self.shelf);
            } else {
                self.open.push(recording);
            }
        }
        metrics::gauge!("dauys_recordings").set(u32::try_from(self.open.len()).unwrap_or(u32::MAX));
    }

    /// Said once, until the disk has been well for a while.
    fn fails(&mut self, error: &io::Error) {
        self.failed = true;
        if !std::mem::replace(&mut self.failing, true) {
            tracing::warn!(%error, "recordings cannot be written; calls go on, and what is lost is counted");
        }
    }

    fn look_at_disk(&mut self) {
        if !std::mem::take(&mut self.failed) && std::mem::take(&mut self.failing) {
            tracing::info!("recordings are written again");
        }
        let free_mb = match self.shelf.free() {
            Ok(free) => free / 1_000_000,
            Err(error) => return self.fails(&error),
        };
        let has_room = free_mb >= self.disk_free_min_mb;
        self.well.store(has_room && !self.failing, Ordering::Relaxed);
        if std::mem::replace(&mut self.has_room, has_room) != has_room {
            if has_room {
                tracing::info!(free_mb, "there is room for recordings again");
            } else {
                tracing::warn!(
                    free_mb,
                    min_mb = self.disk_free_min_mb,
                    "too little room on the disk: calls are not recorded until there is more"
                );
            }
        }
    }
}

/// A recording being made.
struct Recording {
    files: Files,
    tap: Box<dyn Tap>,
    holdback: Holdback,
    /// What is to be written, each frame one tick after the one before.
    batch: Vec<holdback::Public>,
    wav: Option<Wav>,
    message: Option<Message>,
    /// Frames that were read and could not be written.
    unwritten: u64,
    /// Lost frames that the metrics know.
    told: u64,
}

impl Recording {
    fn new(files: Files, tap: Box<dyn Tap>) -> Self {
        Self { files, tap, holdback: Holdback::default(), batch: Vec::new(), wav: None, message: None, unwritten: 0, told: 0 }
    }

    /// Reads the tap; `true` when it is over.
    fn read(&mut self) -> bool {
        let is_over = self.tap.is_over(); // before the last moments are read, or they would be missed
        for _ in 0..READ_MAX {
            match self.tap.next() {
                Some(moment) => self.holdback.take(moment),
                None => return is_over,
            }
        }
        false
    }

    /// Writes what may be written by now. Without a shelf, or when that fails, it is lost.
    fn write(&mut self, is_over: bool, shelf: Option<&mut impl Shelf>) -> io::Result<()> {
        while let Some(public) = self.holdback.next(is_over) {
            self.batch.push(public);
        }
        if self.batch.is_empty() || (self.batch.len() < BATCH && !is_over) {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        let Some(shelf) = shelf else {
            self.unwritten += batch.len() as u64;
            return Ok(());
        };
        let call = self.write_call(&batch, shelf);
        call.and(self.write_messages(&batch, shelf))
    }

    fn write_call(&mut self, batch: &[holdback::Public], shelf: &mut impl Shelf) -> io::Result<()> {
        let Some(path) = &self.files.call else { return Ok(()) };
        if self.wav.is_none() {
            self.wav = shelf.create(path).map(Wav::new).inspect_err(|_| self.unwritten += batch.len() as u64)?.into();
        }
        let Some(wav) = &mut self.wav else { return Ok(()) };
        let mut left = batch.len() as u64;
        let written = batch.chunks(BATCH).try_for_each(|piece| {
            let (written, result) = wav.append(piece);
            left -= written;
            result
        });
        self.unwritten += left;
        written
    }

    /// Each tick of a message into the file of its message; the first tick that belongs to none closes it.
    fn write_messages(&mut self, batch: &[holdback::Public], shelf: &mut impl Shelf) -> io::Result<()> {
        let message = |public: &holdback::Public| public.taped.map(|taped| taped.message);
        let mut written = Ok(());
        for run in batch.chunk_by(|one, next| message(one) == message(next)) {
            let id = run.first().and_then(message);
            if let Some(over) = self.message.take_if(|message| Some(message.id()) != id) {
                written = written.and(over.close(shelf));
            }
            if let Some(id) = id {
                written = written.and(self.message.get_or_insert_with(|| Message::new(id, &self.files.stem)).append(run, shelf));
            }
        }
        written
    }

    fn lost(&self) -> u64 {
        self.unwritten + self.tap.lost()
    }

    fn newly_lost(&mut self) -> u64 {
        let lost = self.lost();
        lost - std::mem::replace(&mut self.told, lost)
    }

    /// The file says what it lacks, and so does the log.
    fn close(mut self, shelf: &mut impl Shelf) {
        if let Some(Err(error)) = self.message.take().map(|message| message.close(shelf)) {
            tracing::warn!(%error, "a message is not whole");
        }
        let lost = self.lost();
        let Some(path) = self.files.call else { return };
        let outcome = match (&self.wav, lost) {
            (None, _) => "none",
            (Some(_), 0) => "whole",
            (Some(_), _) => "gaps",
        };
        ended(outcome);
        if lost > 0 {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let noted = self.wav.map(|mut wav| wav.note(&format!("{lost} frames of 20 ms are lost")));
            let error = noted.and_then(Result::err);
            tracing::warn!(recording = name, lost_frames = lost, error = error.map(tracing::field::display), "a recording has gaps");
        }
    }
}

/// Counts a recording: `whole`, with `gaps`, or `none` at all.
fn ended(outcome: &'static str) {
    metrics::counter!("dauys_recordings_total", "outcome" => outcome).increment(1);
}
