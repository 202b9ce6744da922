//! The writer on a disk in memory that can be held, be full, or be nearly full.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use dauys_core::media::{FRAME, SILENCE, Taped};
use dauys_core::utterance::MessageId;

use super::wav::HEADER;
use super::*;

/// Nothing in these tests takes as long.
const BOUND: Duration = Duration::from_secs(30);
/// Moments that a tap holds.
const RING: usize = 100;

#[derive(Clone)]
struct Memory(Arc<(Mutex<State>, Condvar)>);

struct State {
    held: bool,
    /// Bytes of sound that a file may have.
    room: u64,
    free: u64,
    /// Writes that were begun.
    writes: u32,
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    fn new() -> Self {
        let state = State { held: false, room: u64::MAX, free: u64::MAX, writes: 0, files: BTreeMap::new() };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    fn get<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.0.lock().unwrap())
    }

    fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.get(|state| state.files.get(Path::new(name)).cloned())
    }

    fn eventually(&self, wanted: impl Fn(&State) -> bool) {
        let began = Instant::now();
        while !self.get(&wanted) {
            assert!(began.elapsed() < BOUND);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Shelf for Memory {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn WavFile>> {
        self.set(|state| drop(state.files.insert(path.to_owned(), Vec::new())));
        Ok(Box::new(MemoryFile(self.clone(), path.to_owned())))
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.set(|state| drop(state.files.remove(path)));
        Ok(())
    }

    fn free(&mut self) -> io::Result<u64> {
        Ok(self.get(|state| state.free))
    }
}

struct MemoryFile(Memory, PathBuf);

impl WavFile for MemoryFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (state, changed) = &*self.0.0;
        let mut state = state.lock().unwrap();
        state.writes += 1;
        let mut state = changed.wait_while(state, |state| state.held).unwrap_or_else(PoisonError::into_inner);
        let room = state.room;
        let file = state.files.entry(self.1.clone()).or_default();
        let fits = (room.saturating_sub(offset) as usize).min(bytes.len());
        let end = offset as usize + fits;
        if file.len() < end {
            file.resize(end, 0);
        }
        file[offset as usize..end].copy_from_slice(&bytes[..fits]);
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.set(|state| state.files.entry(self.1.clone()).or_default().truncate(length as usize));
        Ok(())
    }
}

/// A tap that is a bounded queue, as the real one is.
struct Queue {
    moments: Receiver<Moment>,
    over: Arc<AtomicU64>,
    lost: Arc<AtomicU64>,
}

impl Tap for Queue {
    fn next(&mut self) -> Option<Moment> {
        self.moments.try_recv().ok()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire) == 1
    }

    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The media thread's end of it.
struct Call {
    moments: SyncSender<Moment>,
    over: Arc<AtomicU64>,
    lost: Arc<AtomicU64>,
    tick: u64,
    taped: Option<Taped>,
}

impl Call {
    fn begin(recordings: &Recordings, name: &str) -> Self {
        Self::of(recordings, Files { call: Some(name.into()), stem: name.into() })
    }

    fn of(recordings: &Recordings, files: Files) -> Self {
        let (moments, queue) = sync_channel(RING);
        let (over, lost) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
        recordings.begin(files, Queue { moments: queue, over: over.clone(), lost: lost.clone() });
        Self { moments, over, lost, tick: 0, taped: None }
    }

    /// So many ticks, none of which waits: as a media thread does it.
    fn ticks(&mut self, ticks: u64) {
        for _ in 0..ticks {
            if !self.tick() {
                self.lost.fetch_add(1, Ordering::Relaxed);
                self.tick += 1;
            }
        }
    }

    /// So many ticks, none of which is lost.
    fn paced(&mut self, ticks: u64) {
        let began = Instant::now();
        let last = self.tick + ticks;
        while self.tick < last {
            assert!(began.elapsed() < BOUND);
            if !self.tick() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// `false`: there is no room.
    fn tick(&mut self) -> bool {
        let tick = self.tick + 1;
        let moment =
            Moment { tick: Tick(tick), heard: [byte(tick); FRAME], said: Some([!byte(tick); FRAME]), private: false, taped: self.taped };
        let sent = self.moments.try_send(moment).is_ok();
        self.tick += u64::from(sent);
        sent
    }

    fn end(self) {
        self.over.store(1, Ordering::Release);
    }
}

/// Never the byte of silence, on neither side.
fn byte(tick: u64) -> u8 {
    [1, 2, 3, 4, 5][tick as usize % 5]
}

/// What a reader of WAV files finds: the sound as its header tells, each tick `Some` of its two bytes or `None` for silence, and the comment after it.
fn read(file: &[u8]) -> (Vec<Option<(u8, u8)>>, Option<String>) {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!((&file[..4], &file[8..16], number(16)), (&b"RIFF"[..], &b"WAVEfmt "[..], 18));
    assert_eq!(file[20..38], [6, 0, 2, 0, 0x40, 0x1F, 0, 0, 0x80, 0x3E, 0, 0, 2, 0, 8, 0, 0, 0]);
    assert_eq!((&file[38..42], number(42), &file[50..54]), (&b"fact"[..], 4, &b"data"[..]));
    let sound = number(54);
    assert_eq!(number(46), sound / 2, "samples of each side");
    let end = HEADER as usize + sound;
    assert!(end <= number(4) + 8 && number(4) + 8 <= file.len(), "{end} {} {}", number(4), file.len());
    let ticks = file[HEADER as usize..end].chunks(2 * FRAME).map(|tick| {
        assert!(tick.len() == 2 * FRAME && tick.chunks(2).all(|pair| pair == &tick[..2]), "whole ticks, the sides in turn");
        (tick[0] != SILENCE || tick[1] != SILENCE).then_some((tick[0], tick[1]))
    });
    let after = &file[end..number(4) + 8];
    let comment = (!after.is_empty()).then(|| {
        assert_eq!((&after[..4], &after[8..16]), (&b"LIST"[..], &b"INFOICMT"[..]));
        assert_eq!(number(end + 4), after.len() - 8);
        String::from_utf8(after[20..20 + number(end + 16)].to_vec()).unwrap().trim_end_matches('\0').to_owned()
    });
    (ticks.collect(), comment)
}

/// Each tick that is there is in its place; how many are missing.
#[track_caller]
fn in_place(ticks: &[Option<(u8, u8)>]) -> usize {
    for (at, tick) in ticks.iter().enumerate() {
        let right = byte(at as u64 + 1);
        assert!(tick.is_none_or(|found| found == (right, !right)), "tick {}: {tick:?}", at + 1);
    }
    ticks.iter().filter(|tick| tick.is_none()).count()
}

#[test]
fn every_tick_is_in_its_place_on_both_sides() {
    let memory = Memory::new();
    let recordings = Recordings::on(memory.clone(), 0).unwrap();
    let mut calls = ["a", "b"].map(|name| Call::begin(&recordings, name));
    calls.iter_mut().for_each(|call| call.paced(333));
    calls.into_iter().for_each(Call::end);
    recordings.finish();
    for name in ["a", "b"] {
        let (ticks, comment) = read(&memory.file(name).unwrap());
        assert_eq!((ticks.len(), in_place(&ticks), comment), (333, 0, None));
    }
}

#[test]
fn a_disk_that_hangs_delays_no_call_and_time_stays_true() {
    let memory = Memory::new();
    let recordings = Recordings::on(memory.clone(), 0).unwrap();
    let mut call = Call::begin(&recordings, "a");
    call.paced(150);
    memory.eventually(|state| state.writes > 0);
    memory.set(|state| state.held = true);
    let writes = memory.get(|state| state.writes);
    call.ticks(100);
    memory.eventually(|state| state.writes > writes);
    call.ticks(1000); // were one of them to wait, it would wait for ever
    let lost = call.lost.load(Ordering::Relaxed) as usize;
    assert!(lost >= 1000 - RING, "{lost}");
    memory.set(|state| state.held = false);
    call.paced(200);
    let (last, lost) = (call.tick as usize, call.lost.load(Ordering::Relaxed) as usize);
    call.end();
    recordings.finish();
    let (ticks, comment) = read(&memory.file("a").unwrap());
    assert_eq!((ticks.len(), in_place(&ticks)), (last, lost));
    assert_eq!(comment, Some(format!("{lost} frames of 20 ms are lost")));
}

#[test]
fn while_a_disk_hangs_only_so_many_recordings_wait_for_it() {
    let memory = Memory::new();
    memory.set(|state| state.held = true);
    let recordings = Recordings::on(memory.clone(), 0).unwrap();
    let mut first = Call::begin(&recordings, "0");
    first.paced(120);
    memory.eventually(|state| state.writes > 0);
    let names = (1..=BEGUN_MAX + 20).map(|call| call.to_string());
    let mut calls: Vec<_> = names.map(|name| Call::begin(&recordings, &name)).collect();
    calls.iter_mut().for_each(|call| call.ticks(1));
    memory.set(|state| state.held = false);
    calls.into_iter().chain([first]).for_each(Call::end);
    recordings.finish();
    assert_eq!(memory.get(|state| state.files.len()), 1 + BEGUN_MAX);
}

#[test]
fn a_full_disk_leaves_whole_ticks_and_is_written_again_when_there_is_room() {
    let memory = Memory::new();
    memory.set(|state| state.room = HEADER + 320 * 120 + 7);
    let recordings = Recordings::on(memory.clone(), 0).unwrap();
    let mut call = Call::begin(&recordings, "a");
    call.paced(400);
    memory.eventually(|state| state.writes > 4);
    let (ticks, _) = read(&memory.file("a").unwrap());
    assert!(in_place(&ticks) == 0 && ticks.len() <= 120, "{}", ticks.len());
    memory.set(|state| state.room = u64::MAX);
    call.paced(300);
    call.end();
    recordings.finish();
    let (ticks, comment) = read(&memory.file("a").unwrap());
    let lost = in_place(&ticks);
    assert!(ticks.len() == 700 && lost > 50, "{} {lost}", ticks.len());
    assert_eq!(comment, Some(format!("{lost} frames of 20 ms are lost")));
}

#[test]
fn a_disk_with_too_little_room_is_not_written_to() {
    let memory = Memory::new();
    memory.set(|state| state.free = 4_999_999);
    let recordings = Recordings::on(memory.clone(), 5).unwrap();
    let mut call = Call::begin(&recordings, "a");
    call.paced(300);
    call.end();
    recordings.finish();
    assert_eq!(memory.file("a"), None);
    assert_eq!(memory.get(|state| state.writes), 0);
}

#[test]
fn a_recording_can_be_played_while_it_is_made() {
    let memory = Memory::new();
    let recordings = Recordings::on(memory.clone(), 0).unwrap();
    let mut call = Call::begin(&recordings, "a");
    let mut lengths = Vec::new();
    for writes in [2, 4, 6] {
        call.paced(120);
        memory.eventually(|state| state.writes >= writes);
        let (ticks, _) = read(&memory.file("a").unwrap());
        assert_eq!(in_place(&ticks), 0);
        lengths.push(ticks.len());
    }
    assert!(lengths.is_sorted() && lengths[2] >= 100, "{lengths:?}");
    call.end();
    recordings.finish();
}

#[test]
fn on_a_real_disk_nobody_else_may_read_it_and_another_is_not_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("calls/2026/01/02/a.wav");
    for _ in 0..2 {
        let recordings = Recordings::start(data.path(), 0).unwrap();
        let mut call = Call::begin(&recordings, path.to_str().unwrap());
        call.paced(60);
        call.end();
        recordings.finish();
        assert_eq!(read(&std::fs::read(&path).unwrap()).0.len(), 60);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// The sound of a message's file, a byte a tick.
fn message(file: &[u8]) -> Vec<u8> {
    assert_eq!(file[20..38], [6, 0, 1, 0, 0x40, 0x1F, 0, 0, 0x40, 0x1F, 0, 0, 1, 0, 8, 0, 0, 0], "one channel");
    let sound = u32::from_le_bytes(file[54..58].try_into().unwrap()) as usize;
    assert_eq!(u32::from_le_bytes(file[46..50].try_into().unwrap()) as usize, sound, "samples");
    file[HEADER as usize..HEADER as usize + sound].chunks(FRAME).map(|tick| tick[0]).collect()
}

/// Speaks messages of so many ticks, each after a second; enough is spoken in those that say so.
fn speaks(call: &mut Call, messages: &[(u16, u64, bool)]) {
    for (id, ticks, enough) in messages {
        call.paced(50);
        for tick in 0..*ticks {
            call.taped = Some(Taped { message: MessageId(*id), enough: *enough && tick > 25 });
            call.paced(1);
        }
        call.taped = None;
    }
}

#[test]
fn a_message_has_a_file_of_its_own_whether_the_call_is_recorded_or_not() {
    for is_recorded in [true, false] {
        let memory = Memory::new();
        let recordings = Recordings::on(memory.clone(), 0).unwrap();
        let files = Files { call: is_recorded.then(|| "c.wav".into()), stem: "c.jsonl".into() };
        let mut call = Call::of(&recordings, files);
        speaks(&mut call, &[(1, 120, true), (2, 20, false), (3, 60, true)]);
        call.paced(80);
        call.end();
        recordings.finish();
        let names: Vec<_> = memory.get(|state| state.files.keys().map(|path| path.display().to_string()).collect());
        let expected = ["c.message-1.wav", "c.message-3.wav", "c.wav"];
        assert_eq!(names, expected[..if is_recorded { 3 } else { 2 }]);
        let bytes = |ticks: std::ops::RangeInclusive<u64>| ticks.map(byte).collect::<Vec<_>>();
        assert_eq!(message(&memory.file("c.message-1.wav").unwrap()), bytes(51..=170));
        assert_eq!(message(&memory.file("c.message-3.wav").unwrap()), bytes(291..=350));
    }
}

#[test]
fn a_call_that_ends_within_a_message_leaves_what_was_spoken() {
    for (enough, left) in [(true, 1), (false, 0)] {
        let memory = Memory::new();
        let recordings = Recordings::on(memory.clone(), 0).unwrap();
        let mut call = Call::of(&recordings, Files { call: None, stem: "c.jsonl".into() });
        speaks(&mut call, &[(1, 130, enough)]);
        call.end();
        recordings.finish();
        assert_eq!(memory.get(|state| state.files.len()), left);
        assert!(memory.file("c.message-1.wav").is_none_or(|file| message(&file).len() == 130));
    }
}

#[test]
fn a_disk_that_is_full_or_fails_is_said_before_anybody_speaks() {
    let memory = Memory::new();
    memory.set(|state| state.free = 4_999_999);
    let recordings = Recordings::on(memory.clone(), 5).unwrap();
    wait_until(|| !recordings.is_well());
    let memory = Memory::new();
    memory.set(|state| state.room = HEADER);
    let failing = Recordings::on(memory.clone(), 0).unwrap();
    assert!(failing.is_well());
    let mut call = Call::begin(&failing, "a");
    call.paced(200);
    wait_until(|| !failing.is_well());
    call.end();
    [recordings, failing].into_iter().for_each(Recordings::finish);
}

fn wait_until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < BOUND);
        std::thread::sleep(Duration::from_millis(5));
    }
}
