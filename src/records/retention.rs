//! How long records are kept: event logs and recordings of days long past are deleted, with the folders that they leave empty.
//!
//! It deletes nothing else: only files `*.jsonl`, `*.wav` and `*.sealed` in `calls/YYYY/MM/DD/`, and none that was written to within the last day, so never those of a call that is up.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::ToSpan;
use jiff::civil::Date;

/// A file that was written to this recently may be a call's that is up: no call is as long.
const UP_MAX: Duration = Duration::from_secs(24 * 3600);

/// What is kept of a call, by the endings of the files.
pub const RECORDS: &[&str] = &["jsonl", "wav", "sealed"];
/// The true values of private rows, which are kept for less long.
pub const SEALED: &[&str] = &["sealed"];

/// Deletes the files with these endings of days more than `keep_days` before `today`; how many. Blocks on the disk.
///
/// # Errors
/// The first thing that could not be deleted or looked at; the others have been.
pub fn sweep(data: &Path, endings: &[&str], keep_days: u16, today: Date, now: SystemTime) -> io::Result<u64> {
    let Ok(first_kept) = today.checked_sub(i64::from(keep_days).days()) else { return Ok(0) };
    let mut swept = Swept { now, files: 0, failure: None };
    let calls = data.join("calls");
    for (year, year_folder) in swept.numbered(&calls) {
        for (month, month_folder) in swept.numbered(&year_folder) {
            for (day, day_folder) in swept.numbered(&month_folder) {
                let date = i16::try_from(year).ok().zip(i8::try_from(month).ok()).zip(i8::try_from(day).ok());
                let date = date.and_then(|((year, month), day)| Date::new(year, month, day).ok());
                if date.is_some_and(|date| date < first_kept) {
                    swept.day(&day_folder, endings);
                }
            }
            if (i32::from(year), i32::from(month)) < (first_kept.year().into(), first_kept.month().into()) {
                swept.folder(&month_folder);
            }
        }
        if i32::from(year) < first_kept.year().into() {
            swept.folder(&year_folder);
        }
    }
    swept.failure.map_or(Ok(swept.files), Err)
}

struct Swept {
    now: SystemTime,
    files: u64,
    failure: Option<io::Error>,
}

impl Swept {
    /// The folders in a folder whose names are numbers; links are passed over.
    fn numbered(&mut self, folder: &Path) -> Vec<(u16, PathBuf)> {
        let mut found = Vec::new();
        for entry in self.entries(folder) {
            let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if let (Some(number), Ok(true)) = (number, entry.file_type().map(|kind| kind.is_dir())) {
                found.push((number, entry.path()));
            }
        }
        found
    }

    fn day(&mut self, folder: &Path, endings: &[&str]) {
        for entry in self.entries(folder) {
            let path = entry.path();
            let is_record = path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known));
            if is_record && self.is_old(&entry) {
                let deleted = fs::remove_file(&path);
                self.files += u64::from(deleted.is_ok());
                self.note(deleted);
            }
        }
        self.folder(folder);
    }

    fn is_old(&mut self, entry: &fs::DirEntry) -> bool {
        let written = entry.metadata().and_then(|metadata| metadata.modified());
        let written = self.note(written);
        written.is_some_and(|written| self.now.duration_since(written).is_ok_and(|age| age > UP_MAX))
    }

    /// Deletes a folder if it is empty.
    fn folder(&mut self, folder: &Path) {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            deleted => {
                self.note(deleted);
            }
        }
    }

    fn entries(&mut self, folder: &Path) -> Vec<fs::DirEntry> {
        match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            entries => self.note(entries.and_then(Iterator::collect)).unwrap_or_default(),
        }
    }

    fn note<T>(&mut self, result: io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failure.get_or_insert(error);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    /// A folder with these files, and what of it is left after a sweep that keeps two days, on 10 March 2026, so much later.
    fn left(files: &[&str], later: Duration) -> (u64, Vec<String>) {
        let data = tempfile::tempdir().unwrap();
        for file in files {
            let path = data.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let swept = sweep(data.path(), RECORDS, 2, date(2026, 3, 10), SystemTime::now() + later).unwrap();
        let left = files.iter().filter(|file| data.path().join(file).exists()).map(|file| (*file).to_owned()).collect();
        assert!(!data.path().join("calls/2025").exists() || files.iter().all(|file| !file.contains("2025")), "empty folders go, too");
        (swept, left)
    }

    #[test]
    fn records_of_days_before_the_kept_ones_are_deleted() {
        let kept =
            ["calls/2026/03/08/a.jsonl", "calls/2026/03/10/a.wav", "calls/2026/03/12/a.wav", "bundles/00/x.wav", "calls/2026/03/07/x.txt"];
        let old = ["calls/2026/03/07/a.jsonl", "calls/2026/03/07/a.wav", "calls/2025/12/31/b.wav", "calls/2026/02/28/c.jsonl"];
        let (swept, left) = left(&[&kept[..], &old].concat(), 2 * DAY);
        assert_eq!((swept, left), (4, kept.map(str::to_owned).to_vec()));
    }

    #[test]
    fn sealed_values_go_before_the_log_and_the_recording_of_their_call() {
        let day = "calls/2026/03/01";
        let data = tempfile::tempdir().unwrap();
        fs::create_dir_all(data.path().join(day)).unwrap();
        let there = |ending: &str| data.path().join(day).join("a").with_extension(ending).exists();
        RECORDS.iter().for_each(|ending| fs::write(data.path().join(day).join("a").with_extension(ending), "x").unwrap());
        let sweep = |endings, keep_days| sweep(data.path(), endings, keep_days, date(2026, 3, 10), SystemTime::now() + 2 * DAY).unwrap();
        assert_eq!((sweep(SEALED, 9), sweep(SEALED, 8)), (0, 1));
        assert_eq!(["jsonl", "wav", "sealed"].map(there), [true, true, false]);
        assert_eq!(sweep(RECORDS, 8), 2);
        assert!(!data.path().join(day).exists());
    }

    #[test]
    fn what_was_written_to_within_a_day_stays_whatever_its_name_says() {
        let files = ["calls/2026/03/01/up.jsonl", "calls/2026/03/01/up.wav"];
        assert_eq!(left(&files, DAY / 2), (0, files.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_folder_that_is_not_there_and_names_that_are_no_days_are_passed_over() {
        let files = ["calls/2026/03/99/a.wav", "calls/old/03/01/a.wav", "calls/2026/x/01/a.wav", "other/2026/01/01/a.wav"];
        assert_eq!(left(&files, 2 * DAY), (0, files.map(str::to_owned).to_vec()));
        assert_eq!(left(&[], 2 * DAY), (0, vec![]));
    }
}
