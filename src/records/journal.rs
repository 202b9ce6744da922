//! Event logs: one JSON-lines file a call, `calls/YYYY/MM/DD/<call id>.jsonl`, written by one thread behind a bounded queue.
//!
//! A call never waits for the disk: a line that finds the queue full, is too long, or cannot be written is counted, and the log's last line then says how many are missing, so
//! that no replay takes it for whole. Each line goes to the system as soon as it is taken from the queue, so a crash of the process loses only what is queued; the file is
//! synced to the disk (`fdatasync`) when its call ends, so a power cut loses only calls that were up.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use jiff::civil::Date;
use serde::Serialize;
use thiserror::Error;

/// Lines of all calls that may wait for the disk; about 20 s of a thousand calls that press keys.
pub const QUEUE_MAX: usize = 32_768;
/// The longest line, in bytes.
pub const LINE_MAX: usize = 64 * 1024;
/// The longest name of a call, in bytes.
pub const ID_MAX: usize = 64;

/// Why a call has no log.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The name of a call becomes the name of a file.
    #[error("expected a call id of 1 to {ID_MAX} letters, digits, - and _, came {0:?}")]
    Id(String),
    /// The writer's thread cannot be started.
    #[error("cannot start the thread that writes event logs")]
    Thread(#[source] io::Error),
}

/// The writer of all event logs.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    ways: Ways,
    writer: JoinHandle<()>,
}

/// The log of one call. Dropping it ends the log.
#[derive(Debug)]
pub struct CallJournal {
    path: Arc<Path>,
    ways: Ways,
    lost: Arc<AtomicU32>,
}

/// To the writer: lines, bounded; and ends, of which there is one a call. A log that ends while lines wait is ended after them.
#[derive(Clone, Debug)]
struct Ways {
    lines: SyncSender<Message>,
    ends: Sender<Ended>,
}

enum Message {
    Line {
        path: Arc<Path>,
        text: Vec<u8>,
    },
    /// Look at the ends.
    Wake,
}

struct Ended {
    path: Arc<Path>,
    lost: u32,
}

impl Journal {
    /// Starts the writer. Logs go to `calls/` in the folder `data`; folders are made when they are needed.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(data: &Path) -> Result<Self, JournalError> {
        Self::on(data, Disk, QUEUE_MAX)
    }

    fn on(data: &Path, shelf: impl Shelf, queue: usize) -> Result<Self, JournalError> {
        let (lines, line_queue) = sync_channel(queue);
        let (ends, end_queue) = channel();
        let desk = Desk { shelf, open: BTreeMap::new(), lines: line_queue, ends: end_queue };
        let writer = std::thread::Builder::new().name("journal".to_owned()).spawn(|| desk.write()).map_err(JournalError::Thread)?;
        Ok(Self { folder: data.join("calls"), ways: Ways { lines, ends }, writer })
    }

    /// The log of the call `id`, which began on `day`.
    ///
    /// # Errors
    /// When `id` cannot be the name of a file.
    pub fn open(&self, id: &str, day: Date) -> Result<CallJournal, JournalError> {
        let fits = (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !fits {
            return Err(JournalError::Id(id.chars().take(ID_MAX).collect()));
        }
        let folder = self.folder.join(format!("{:04}/{:02}/{:02}", day.year(), day.month(), day.day()));
        let path = folder.join(format!("{id}.jsonl")).into();
        Ok(CallJournal { path, ways: self.ways.clone(), lost: Arc::default() })
    }

    /// Waits until every log is written and ended. Blocks while a [`CallJournal`] is alive: for the end of the program, off the runtime.
    pub fn finish(self) {
        drop(self.ways);
        if self.writer.join().is_err() {
            tracing::warn!("the writer of event logs had stopped");
        }
    }
}

impl CallJournal {
    /// Queues one line. Never waits.
    pub fn line(&self, line: &impl Serialize) {
        let text = serde_json::to_vec(line).ok().filter(|text| text.len() < LINE_MAX);
        let queued = text.is_some_and(|mut text| {
            text.push(b'\n');
            self.ways.lines.try_send(Message::Line { path: self.path.clone(), text }).is_ok()
        });
        if !queued {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Another file of the same call, with another ending.
    pub fn beside(&self, ending: &str) -> Self {
        Self { path: self.path.with_extension(ending).into(), ways: self.ways.clone(), lost: Arc::default() }
    }

    /// How many lines have been lost on the way to the writer.
    pub fn lost(&self) -> u32 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Where the log is, or will be after its first line.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for CallJournal {
    fn drop(&mut self) {
        // A writer that is gone takes neither; that was said when it went.
        let _ = self.ways.ends.send(Ended { path: self.path.clone(), lost: self.lost() });
        // A full queue keeps the writer awake.
        let _ = self.ways.lines.try_send(Message::Wake);
    }
}

/// The last line of a log that misses lines.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Incomplete { lost_lines: u32 },
}

/// Where log files stand: the disk, or in tests one that blocks or is full.
trait Shelf: Send + 'static {
    fn open(&mut self, path: &Path) -> io::Result<Box<dyn LogFile>>;
}

trait LogFile: Write + Send {
    /// Returns when what was written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

struct Disk;

impl Shelf for Disk {
    fn open(&mut self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let secret = path.extension().is_some_and(|ending| ending == "sealed");
        Ok(Box::new(OpenOptions::new().create(true).append(true).mode(if secret { 0o600 } else { 0o666 }).open(path)?))
    }
}

impl LogFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// A log being written. Without a file it only counts: a half-written line is never continued.
struct Log {
    file: Option<Box<dyn LogFile>>,
    lost: u32,
}

/// What the writer's thread has before it.
struct Desk<S> {
    shelf: S,
    open: BTreeMap<Arc<Path>, Log>,
    lines: Receiver<Message>,
    ends: Receiver<Ended>,
}

impl<S: Shelf> Desk<S> {
    fn write(mut self) {
        while let Ok(message) = self.lines.recv() {
            self.take(message);
            self.settle();
        }
        self.settle();
    }

    /// Ends are read before lines: every line of an ended call is in the queue by then, and is written before the end.
    fn settle(&mut self) {
        loop {
            let ended: Vec<Ended> = self.ends.try_iter().collect();
            let waiting: Vec<Message> = self.lines.try_iter().take(QUEUE_MAX).collect();
            if ended.is_empty() && waiting.is_empty() {
                return;
            }
            waiting.into_iter().for_each(|message| self.take(message));
            ended.into_iter().for_each(|log| self.end(&log));
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Line { path, text } => self.log(&path).line(&text),
            Message::Wake => {}
        }
    }

    fn end(&mut self, ended: &Ended) {
        let known = self.open.remove(&ended.path);
        if known.is_none() && ended.lost == 0 {
            return; // no line ever came: no file
        }
        let mut log = known.unwrap_or_else(|| open(&mut self.shelf, &ended.path));
        log.lost = log.lost.saturating_add(ended.lost);
        let lost = log.lost;
        let closed = log.close();
        if lost > 0 || closed.is_err() {
            let name = ended.path.file_name().unwrap_or_default().to_string_lossy();
            tracing::warn!(log = %name, lost_lines = lost, error = closed.err().map(tracing::field::display), "an event log is incomplete");
        }
    }

    fn log(&mut self, path: &Arc<Path>) -> &mut Log {
        self.open.entry(path.clone()).or_insert_with(|| open(&mut self.shelf, path))
    }
}

fn open(shelf: &mut impl Shelf, path: &Path) -> Log {
    let file = shelf.open(path).inspect_err(|error| tracing::warn!(%error, "cannot open an event log"));
    Log { file: file.ok(), lost: 0 }
}

impl Log {
    fn line(&mut self, text: &[u8]) {
        let whole = self.lost == 0 && self.file.as_mut().is_some_and(|file| file.write_all(text).is_ok());
        if !whole {
            self.lost = self.lost.saturating_add(1);
        }
    }

    /// Says what is missing, on a line of its own even after half a line, and waits for the disk.
    fn close(self) -> io::Result<()> {
        let Some(mut file) = self.file else { return Ok(()) };
        if self.lost > 0 {
            let mark = serde_json::to_string(&Mark::Incomplete { lost_lines: self.lost })?;
            write!(file, "\n{mark}\n")?;
        }
        file.sync()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex, PoisonError};

    use super::*;

    /// A disk in memory that can be held, and that takes so many bytes.
    #[derive(Clone)]
    struct Slow(Arc<(Mutex<State>, Condvar)>);

    struct State {
        held: bool,
        room: usize,
        files: BTreeMap<PathBuf, Vec<u8>>,
    }

    impl Slow {
        fn new(held: bool, room: usize) -> Self {
            Self(Arc::new((Mutex::new(State { held, room, files: BTreeMap::new() }), Condvar::new())))
        }

        fn release(&self) {
            self.0.0.lock().unwrap().held = false;
            self.0.1.notify_all();
        }

        fn text(&self, id: &str) -> String {
            let state = self.0.0.lock().unwrap();
            let name = format!("{id}.jsonl");
            state
                .files
                .iter()
                .filter(|(path, _)| path.ends_with(&name))
                .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
                .collect()
        }
    }

    struct SlowFile(Slow, PathBuf);

    impl Shelf for Slow {
        fn open(&mut self, path: &Path) -> io::Result<Box<dyn LogFile>> {
            Ok(Box::new(SlowFile(self.clone(), path.to_owned())))
        }
    }

    impl Write for SlowFile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let (state, released) = &*self.0.0;
            let mut state = released.wait_while(state.lock().unwrap(), |state| state.held).unwrap_or_else(PoisonError::into_inner);
            let taken = bytes.len().min(state.room);
            if taken == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            state.room -= taken;
            state.files.entry(self.1.clone()).or_default().extend(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl LogFile for SlowFile {
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const DAY: Date = jiff::civil::date(2026, 11, 23);

    /// What 20 lines of two calls become on this disk, with a queue of so many.
    fn written(disk: &Slow, queue: usize, release: bool) -> [String; 2] {
        let journal = Journal::on(Path::new("data"), disk.clone(), queue).unwrap();
        let calls = ["a", "b"].map(|id| journal.open(id, DAY).unwrap());
        for n in 0..20 {
            calls.iter().for_each(|call| call.line(&n));
        }
        drop(calls);
        if release {
            disk.release();
        }
        journal.finish();
        ["a", "b"].map(|id| disk.text(id))
    }

    fn numbers(range: std::ops::Range<u32>) -> String {
        range.map(|n| format!("{n}\n")).collect()
    }

    #[test]
    fn every_line_is_written_in_order_and_no_more() {
        assert_eq!(written(&Slow::new(false, usize::MAX), 100, false), [numbers(0..20), numbers(0..20)]);
    }

    #[test]
    fn a_disk_that_hangs_delays_no_call_and_the_loss_is_said() {
        // `written` queues all 40 lines while the disk is held: were a line to wait, it would never return.
        for text in written(&Slow::new(true, usize::MAX), 4, true) {
            let (lines, mark) = text.split_once("\n\n").unwrap();
            let lost = 20 - lines.lines().count();
            assert_eq!(mark, format!("{{\"incomplete\":{{\"lost_lines\":{lost}}}}}\n"));
            assert!(lost > 10, "{lost} of 20 lost behind a queue of 4");
        }
    }

    #[test]
    fn a_full_disk_stops_the_log_at_a_line() {
        let disk = Slow::new(false, 5);
        let journal = Journal::on(Path::new("data"), disk.clone(), 100).unwrap();
        let call = journal.open("a", DAY).unwrap();
        ["one", "two"].iter().for_each(|word| call.line(word));
        drop(call);
        journal.finish();
        assert_eq!(disk.text("a"), "\"one\"", "nothing follows half a line");
    }

    #[test]
    fn a_line_too_long_is_counted() {
        let disk = Slow::new(false, usize::MAX);
        let journal = Journal::on(Path::new("data"), disk.clone(), 100).unwrap();
        let call = journal.open("a", DAY).unwrap();
        call.line(&"x".repeat(LINE_MAX));
        assert_eq!(call.lost(), 1);
        drop(call);
        journal.finish();
        assert_eq!(disk.text("a"), "\n{\"incomplete\":{\"lost_lines\":1}}\n");
    }
}
