//! True values beside a log: they come back whole with their key, and are nothing without it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dauys::records::journal::Journal;
use dauys::records::seal::{CallSeal, SealKey, unseal};
use dauys_core::call::log::{self, Line, Log};
use dauys_core::call::pair::{Event, Faithful};
use dauys_core::call::replay::unsealed;
use dauys_core::call::{Control, Input, Opening, Recorder, Said, Truth};
use dauys_core::heard::Heard;
use dauys_core::key::Key;
use dauys_core::media::Signal;
use jiff::civil::date;
use tempfile::TempDir;

use crate::seam::{BUNDLE, Talk, opening, outputs, talk};

/// What callers key in in these calls.
const PLANTED: [&str; 3] = ["990101100010", "850412100429", "002512345678"];

/// A call whose log and sealed file are on the disk.
struct Kept {
    data: TempDir,
    log: PathBuf,
    opening: Opening,
    key: SealKey,
}

impl Kept {
    fn of(seed: u64, call: &Talk) -> Self {
        let data = tempfile::tempdir().unwrap();
        let journal = Journal::start(data.path()).unwrap();
        let lines = journal.open("c", date(2026, 1, 2)).unwrap();
        let (log, opening) = (lines.path().to_owned(), opening(seed));
        let key = SealKey::of_installation(data.path()).unwrap();
        let mut seal = CallSeal::new(&key, &opening, lines.beside("sealed"));
        let mut control = Control::new(Arc::clone(&BUNDLE.program), &opening);
        let mut recorder = Recorder::new(Arc::clone(&BUNDLE.program), &opening);
        for (now, event) in &call.trace {
            let Event::In(input) = event else { continue };
            control.handle_deadline(*now);
            outputs(&mut control, &mut recorder);
            recorder.after(*now, &control);
            recorder.before(*now, input, &control);
            control.handle(*now, input.clone());
            outputs(&mut control, &mut recorder);
            recorder.after(*now, &control);
            std::iter::from_fn(|| recorder.poll()).for_each(|line| lines.line(&line));
            seal.keep(&recorder.truths());
        }
        seal.finish();
        drop(lines);
        journal.finish();
        Self { data, log, opening, key }
    }

    fn sealed(&self) -> PathBuf {
        self.log.with_extension("sealed")
    }

    fn read(&self) -> Log {
        log::read(&std::fs::read_to_string(&self.log).unwrap()).unwrap()
    }
}

fn keys(lines: &[Line]) -> String {
    let key = |line: &Line| match line {
        Line::In { input: Input::Media(Signal::Key { key, .. }), .. } => Some(key.char()),
        _ => None,
    };
    lines.iter().filter_map(key).collect()
}

/// Whether the digits stand there, in a row, apart, backwards or as bytes in hexadecimal.
fn holds(text: &str, row: &str) -> bool {
    let backwards: String = row.chars().rev().collect();
    let bytes: String = row.bytes().map(|byte| format!("{byte:02x}")).collect();
    let apart: String = row.chars().map(|digit| format!("\"{digit}\",")).collect();
    [row, &backwards, &bytes, &apart].iter().any(|form| text.contains(*form))
}

#[test]
fn with_the_key_the_caller_comes_back_and_without_it_nobody_does() {
    let (mut planted, mut restored) = (0, 0);
    for seed in 0..60 {
        let call = talk(seed, Faithful);
        let kept = Kept::of(seed, &call);
        let log = kept.read();
        let text = std::fs::read_to_string(&kept.log).unwrap();
        let Ok(sealed) = std::fs::read_to_string(kept.sealed()) else {
            assert_eq!(keys(&log.lines), call.taken(), "seed {seed}: nothing is sealed, so nothing was changed");
            continue;
        };
        for row in PLANTED.iter().filter(|row| call.taken().contains(**row)) {
            assert!(!holds(&text, row) && !holds(&sealed, row) && !keys(&log.lines).contains(row), "seed {seed}: {row}");
            planted += 1;
        }
        let truths = unseal(&kept.key, &kept.opening, &kept.sealed()).unwrap();
        let again = unsealed(Arc::clone(&BUNDLE.program), &log, &truths);
        assert_eq!(keys(&again.lines), call.taken(), "seed {seed}");
        if !log.lines.contains(&Line::Unfaithful) {
            assert_eq!(again.diverged, None, "seed {seed}");
            restored += 1;
        }
        assert_eq!(format!("{truths:?}").matches("key").count(), 0, "a truth is not shown");
    }
    assert!(planted > 30 && restored > 20, "{planted} {restored}");
}

#[test]
fn what_is_sealed_is_for_its_owner_and_no_changed_byte_passes() {
    let (seed, call) = (0..).map(|seed| (seed, talk(seed, Faithful))).find(|(_, call)| !call.rows.is_empty()).unwrap();
    let kept = Kept::of(seed, &call);
    assert_eq!(std::fs::metadata(kept.sealed()).unwrap().permissions().mode() & 0o777, 0o600);
    let whole = std::fs::read_to_string(kept.sealed()).unwrap();
    let truths = unseal(&kept.key, &kept.opening, &kept.sealed()).unwrap();
    let path = kept.data.path().join("x.sealed");
    for at in 0..whole.len() {
        let mut changed = whole.clone().into_bytes();
        changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
        std::fs::write(&path, changed).unwrap();
        let opened = unseal(&kept.key, &kept.opening, &path);
        assert!(opened.is_err() || at + 1 == whole.len(), "byte {at} of {}", whole.len());
    }
    assert!(!truths.is_empty());
}

#[test]
fn lines_of_another_call_do_not_pass_under_the_same_key() {
    let mut calls = (0..).map(|seed| (seed, talk(seed, Faithful))).filter(|(_, call)| !call.rows.is_empty());
    let [one, other] = [0, 1].map(|_| calls.next().unwrap()).map(|(seed, call)| Kept::of(seed, &call));
    std::fs::copy(one.data.path().join("seal.key"), other.data.path().join("seal.key")).unwrap();
    let same = SealKey::of_installation(other.data.path()).unwrap();
    assert!(unseal(&same, &one.opening, &one.sealed()).is_ok());
    let why = unseal(&same, &other.opening, &one.sealed()).unwrap_err().to_string();
    assert!(why.contains("another call's"), "{why}");
}

#[test]
fn words_that_a_log_holds_back_come_back_with_the_key() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::start(data.path()).unwrap();
    let key = SealKey::of_installation(data.path()).unwrap();
    let file = journal.open("c", date(2026, 1, 2)).unwrap().beside("sealed");
    let path = file.path().to_owned();
    let mut seal = CallSeal::new(&key, &opening(1), file);
    let truths = [
        Truth { input: 3, said: Said::Heard(Heard::typed("тоқсан тоғыз нөл бір")) },
        Truth { input: 4, said: Said::Key(Key::from_char('7').unwrap()) },
    ];
    seal.keep(&truths);
    seal.finish();
    journal.finish();
    assert!(!std::fs::read_to_string(&path).unwrap().contains("тоқсан"));
    assert_eq!(unseal(&key, &opening(1), &path).unwrap(), truths);
    assert!(!format!("{truths:?}").contains("тоқсан"));
}

#[test]
fn a_call_without_private_values_has_no_sealed_file() {
    let data = tempfile::tempdir().unwrap();
    let journal = Journal::start(data.path()).unwrap();
    let key = SealKey::of_installation(data.path()).unwrap();
    let file = journal.open("c", date(2026, 1, 2)).unwrap().beside("sealed");
    let path = file.path().to_owned();
    let mut seal = CallSeal::new(&key, &opening(1), file);
    seal.keep(&[]);
    seal.finish();
    journal.finish();
    assert!(!path.exists());
}

#[test]
fn another_path_is_told() {
    let (seed, call) = (0..).map(|seed| (seed, talk(seed, Faithful))).find(|(_, call)| !call.rows.is_empty()).unwrap();
    let kept = Kept::of(seed, &call);
    let log = kept.read();
    let inputs = log.lines.iter().filter(|line| matches!(line, Line::In { .. }));
    let first = inputs.clone().position(|line| matches!(line, Line::In { input: Input::Media(Signal::Key { .. }), .. })).unwrap();
    let other = Truth { input: first as u64, said: Said::Key(Key::from_char('8').unwrap()) };
    assert!(unsealed(Arc::clone(&BUNDLE.program), &log, &[other]).diverged.is_some(), "8 is no language");
    let beyond = Truth { input: u64::MAX, said: Said::Key(Key::ZERO) };
    assert_eq!(unsealed(Arc::clone(&BUNDLE.program), &log, &[beyond]).diverged, None);
}

#[test]
fn what_was_changed_or_is_not_this_calls_is_refused() {
    let (seed, call) = (0..).map(|seed| (seed, talk(seed, Faithful))).find(|(_, call)| call.rows.len() > 1).unwrap();
    let kept = Kept::of(seed, &call);
    let whole = std::fs::read_to_string(kept.sealed()).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    assert!(lines.len() > 2, "{}", lines.len());
    let refused = |key: &SealKey, opening: &Opening, text: &str| {
        let path = kept.data.path().join("x.sealed");
        std::fs::write(&path, text).unwrap();
        unseal(key, opening, &path).map(|truths| truths.len()).unwrap_err().to_string()
    };
    let refuses = |text: &str, why: &str| {
        let said = refused(&kept.key, &kept.opening, text);
        assert!(said.contains(why), "{why}: {said}");
    };
    let joined = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let flipped = {
        let at = whole.find("\"message\":\"").unwrap() + 20;
        let digit = if &whole[at..=at] == "0" { "1" } else { "0" };
        format!("{}{digit}{}", &whole[..at], &whole[at + 1..])
    };
    refuses(&flipped, "line 1: this key does not open it");
    refuses(&joined(&lines[1..]), "line 1: this key does not open it");
    refuses(&joined(&[&[lines[1], lines[0]], &lines[2..]].concat()), "line 1: this key does not open it");
    refuses(&joined(&lines[..lines.len() - 1]), "cut off");
    refuses("", "cut off");
    refuses("{}\n", "line 1: expected a line of sealed values");
    refuses(&whole.replace("\"version\":2", "\"version\":3"), "expected version 2");
    refuses(&whole.replace("\"nonce\":\"", "\"nonce\":\"қ"), "hexadecimal");
    refuses("{\"incomplete\":{\"lost_lines\":4}}\n", "4 lines are missing");
    let elsewhere = SealKey::of_installation(tempfile::tempdir().unwrap().path()).unwrap();
    assert!(refused(&elsewhere, &kept.opening, &whole).contains("this key does not open it"));
    assert!(refused(&kept.key, &opening(seed + 1), &whole).contains("another call's"));
}

#[test]
fn the_key_is_made_once_for_its_owner_and_a_wrong_one_says_so() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("seal.key");
    SealKey::of_installation(data.path()).unwrap();
    let first = std::fs::read(&path).unwrap();
    SealKey::of_installation(data.path()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), first);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for length in [0, 31, 33] {
        std::fs::write(&path, vec![1; length]).unwrap();
        let why = SealKey::read(&path).unwrap_err().to_string();
        assert!(why.contains("expected a key of 32 bytes"), "{why}");
    }
    assert!(SealKey::read(Path::new("/nowhere/seal.key")).is_err());
}
