use std::path::Path;
use std::time::Duration;

use super::super::disk::Gone;
use super::*;

/// A data folder, and what can be published in it.
struct Desk(tempfile::TempDir);

/// Two bundles that share a file and a clip.
const OLD: (&str, [&[u8]; 2]) = ("old", [b"both", b"first"]);
const NEW: (&str, [&[u8]; 2]) = ("new", [b"both", b"second"]);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn publications(&self) -> Publications {
        Publications::new(self.0.path())
    }

    fn publish(&self, (words, clips): (&str, [&[u8]; 2]), at: i64) -> Result<Published, PublicationsError> {
        self.publish_on(&Real, (words, clips), at)
    }

    fn publish_on(&self, disk: &dyn Disk, (words, clips): (&str, [&[u8]; 2]), at: i64) -> Result<Published, PublicationsError> {
        let clips = clips.map(|samples| (BundleHash::of_clip(samples), samples));
        let names: BTreeMap<String, &BundleHash> = clips.iter().enumerate().map(|(at, (hash, _))| (format!("ru/{at}"), hash)).collect();
        let files = [("flows/main.yaml", "same"), ("prompts/main.yaml", words), (CLIPS, &serde_json::to_string(&names).unwrap())];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into();
        self.publications().publish_on(disk, &files, &clips.into(), second(at))
    }

    /// The words of what serves, read as the robot reads them: whole, with every clip.
    fn serves(&self) -> Option<String> {
        let hash = self.publications().journal().unwrap().serving()?.hash.clone();
        let files = Bundles::new(self.0.path()).read(&hash).unwrap();
        let clips = clips_of(&files);
        assert_eq!(clips.len(), 2);
        clips.values().for_each(|hash| drop(self.publications().clip(hash).unwrap()));
        Some(String::from_utf8(files["prompts/main.yaml"].clone()).unwrap())
    }

    fn roll_back(&self, to: Option<&str>) -> Result<String, PublicationsError> {
        self.publications().roll_back(to, second(100), |_| Ok::<(), PublicationsError>(()))?;
        Ok(self.serves().unwrap())
    }

    fn bundles(&self) -> Vec<String> {
        names(&self.0.path().join("bundles"))
    }
}

fn second(at: i64) -> Timestamp {
    Timestamp::from_second(at).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn named(words: &'static str) -> (&'static str, [&'static [u8]; 2]) {
    (words, OLD.1)
}

#[test]
fn what_is_published_serves_and_says_what_it_changed() {
    let desk = Desk::new();
    assert!(matches!(desk.publish(OLD, 1).unwrap(), Published::New(_)));
    let Published::New(new) = desk.publish(NEW, 2).unwrap() else { panic!() };
    assert_eq!((new.files, new.clips, new.at), (vec!["prompts/main.yaml".to_owned()], 1, second(2)));
    assert!(matches!(desk.publish(NEW, 3).unwrap(), Published::Already(_)));
    assert_eq!(desk.serves().as_deref(), Some("new"));
    assert_eq!(desk.publications().journal().unwrap().publications.len(), 2);
}

#[test]
fn a_publisher_that_dies_between_any_two_steps_leaves_the_old_or_the_new() {
    let (mut stopped, mut serving) = (0, "old".to_owned());
    for steps in 0.. {
        let desk = Desk::new();
        desk.publish(OLD, 1).unwrap();
        let published = desk.publish_on(&Gone::after(steps), NEW, 2);
        let serves = desk.serves().unwrap();
        assert!(serves == "old" || serves == "new", "after {steps} steps {serves} serves");
        assert!(serving == "old" || serves == "new", "a later stop serves no older bundle");
        serving = serves;
        desk.publish(NEW, 3).unwrap_or_else(|why| panic!("after {steps} steps: {why}"));
        assert_eq!(desk.serves().as_deref(), Some("new"), "published again after {steps} steps");
        match published {
            Ok(_) => break,
            Err(PublicationsError::Unsynced { .. }) => assert_eq!(serving, "new", "what is said to serve does"),
            Err(why) => assert!(serving == "old" && why.to_string().contains(desk.0.path().to_str().unwrap()), "{why}"),
        }
        stopped += 1;
    }
    assert!(stopped > 10 && serving == "new", "stopped {stopped} times");
}

#[test]
fn a_first_publisher_that_dies_leaves_nothing_or_all() {
    for steps in 0.. {
        let desk = Desk::new();
        let published = desk.publish_on(&Gone::after(steps), NEW, 2);
        assert!(matches!(desk.serves().as_deref(), None | Some("new")), "after {steps} steps");
        if published.is_ok() {
            assert!(steps > 10 && desk.serves().is_some());
            break;
        }
    }
}

#[test]
fn a_rollback_goes_back_one_by_one_and_what_was_taken_back_is_not_in_the_way() {
    let desk = Desk::new();
    assert!(matches!(desk.roll_back(None), Err(PublicationsError::Nothing)));
    for (at, words) in ["a", "b", "bad"].into_iter().enumerate() {
        desk.publish(named(words), at as i64).unwrap();
    }
    assert_eq!(desk.roll_back(None).unwrap(), "b");
    desk.publish(named("d"), 9).unwrap();
    assert_eq!(desk.roll_back(None).unwrap(), "b", "not the bad one");
    assert_eq!(desk.roll_back(None).unwrap(), "a");
    let why = desk.roll_back(None).unwrap_err();
    assert!(matches!(why, PublicationsError::NothingBefore(_)), "{why}");
    assert_eq!(desk.serves().as_deref(), Some("a"));
}

#[test]
fn a_rollback_goes_to_the_bundle_that_is_named() {
    let desk = Desk::new();
    for (at, words) in ["a", "b", "c"].into_iter().enumerate() {
        desk.publish(named(words), at as i64).unwrap();
    }
    let hashes: Vec<_> = desk.publications().journal().unwrap().publications.iter().map(|at| at.hash.to_string()).collect();
    assert_eq!(desk.roll_back(Some(&hashes[0])).unwrap(), "a");
    assert_eq!(desk.roll_back(Some(&hashes[2][..12])).unwrap(), "c", "and forward again");
    assert_eq!(desk.roll_back(None).unwrap(), "a", "b stays taken back");
    for short in ["", "0", "zzzz", &hashes[0][..3], &"0".repeat(64)] {
        assert!(matches!(desk.roll_back(Some(short)), Err(PublicationsError::NoSuch(_) | PublicationsError::Several { .. })), "{short:?}");
    }
    assert_eq!(desk.serves().as_deref(), Some("a"));
}

#[test]
fn a_rollback_that_is_refused_changes_nothing() {
    let desk = Desk::new();
    desk.publish(OLD, 1).unwrap();
    desk.publish(NEW, 2).unwrap();
    let refused = desk.publications().roll_back(None, second(3), |_| Err(PublicationsError::Nothing));
    assert!(refused.is_err());
    assert_eq!(desk.serves().as_deref(), Some("new"));
}

#[test]
fn one_at_a_time() {
    let desk = Desk::new();
    desk.publish(OLD, 1).unwrap();
    let alone = desk.publications().alone().unwrap();
    assert!(matches!(desk.publish(NEW, 2), Err(PublicationsError::Busy { .. })));
    desk.publish(named("a"), 2).unwrap_err();
    drop(alone);
    desk.publish(NEW, 2).unwrap();
}

#[test]
fn the_oldest_are_forgotten_and_the_one_that_serves_is_not() {
    let desk = Desk::new();
    let words: Vec<String> = (0..KEPT_MAX + 3).map(|n| n.to_string()).collect();
    for (at, words) in words.iter().enumerate() {
        desk.publish((words, OLD.1), at as i64).unwrap();
    }
    let journal = desk.publications().journal().unwrap();
    assert_eq!((journal.publications.len(), journal.publications[0].at), (KEPT_MAX, second(3)));
    assert_eq!(desk.serves().as_ref(), words.last());
}

#[test]
fn a_journal_that_is_none_says_so() {
    let desk = Desk::new();
    desk.publish(OLD, 1).unwrap();
    for text in ["", "{}", "{\"version\": 2, \"publications\": []}", "{\"version\": 1, \"publications\": [{}]}"] {
        fs::write(desk.publications().journal_path(), text).unwrap();
        let why = desk.publications().journal().unwrap_err().to_string();
        assert!(why.contains("journal.json") && why.contains("expected the journal"), "{why}");
        assert!(desk.publish(NEW, 2).is_err(), "it is not written over");
    }
}

#[test]
fn a_damaged_clip_is_seen_and_made_good_by_publishing_again() {
    let desk = Desk::new();
    desk.publish(OLD, 1).unwrap();
    let hash = BundleHash::of_clip(b"first");
    fs::write(desk.publications().clip_path(&hash, "al"), "noise").unwrap();
    assert!(matches!(desk.publications().clip(&hash), Err(PublicationsError::Clip { .. })));
    assert!(matches!(desk.publish(OLD, 2).unwrap(), Published::Already(_)));
    assert_eq!(desk.publications().clip(&hash).unwrap(), b"first");
}

#[test]
fn a_sweep_leaves_what_a_log_a_publication_or_somebody_needs() {
    let desk = Desk::new();
    let bundles = Bundles::new(desk.0.path());
    let draft = |words: &str| Files::from([("flows/main.yaml".to_owned(), words.as_bytes().to_vec())]);
    let [logged, spared, lost] = ["logged", "spared", "lost"].map(|words| bundles.keep(&draft(words)).unwrap());
    desk.publish(OLD, 1).unwrap();
    let log = desk.0.path().join("calls/2026/11/23/c.jsonl");
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    fs::write(&log, format!("{{\"opening\":{{\"version\":2,\"bundle\":\"{logged}\"}}}}\n[not json]\n")).unwrap();
    let dead = desk.0.path().join("bundles/.dead.7");
    fs::create_dir(&dead).unwrap();
    let sweep = |later| desk.publications().sweep(&[spared.clone()].into(), SystemTime::now() + later).unwrap();
    assert_eq!(sweep(Duration::from_secs(3600)), 0, "nothing of the last day");
    assert_eq!(sweep(Duration::from_secs(25 * 3600)), 2);
    assert!(!desk.bundles().contains(&lost.to_string()) && !dead.exists());
    assert!([&logged, &spared].iter().all(|hash| desk.bundles().contains(&hash.to_string())));
    assert_eq!(desk.serves().as_deref(), Some("old"));

    fs::remove_file(log).unwrap();
    fs::create_dir(desk.0.path().join("calls/2026/11/23/folder.jsonl")).unwrap();
    assert_eq!(sweep(Duration::from_secs(25 * 3600)), 1, "no log names it any more");
    assert!(!desk.bundles().contains(&logged.to_string()));
}

#[test]
fn clips_that_no_publication_names_are_swept() {
    let desk = Desk::new();
    for (at, words) in (0..=KEPT_MAX).map(|at| (at, at.to_string())) {
        let clips: [&[u8]; 2] = if at == 0 { [b"both", b"forgotten"] } else { OLD.1 };
        desk.publish((&words, clips), at as i64).unwrap();
    }
    let clips = desk.publications().folder().join("clips");
    assert_eq!(names(&clips).len(), 3);
    desk.publications().sweep(&BTreeSet::new(), SystemTime::now() + Duration::from_secs(25 * 3600)).unwrap();
    assert_eq!(names(&clips).len(), 2);
    assert!(desk.serves().is_some());
}
