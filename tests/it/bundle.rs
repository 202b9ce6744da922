//! Bundles read from a folder, kept for a replay, and read back.

use std::collections::BTreeMap;
use std::path::Path;

use dauys::bundle::{self, FILE_BYTES_MAX, FILES_MAX, Files, LoadError};
use dauys::records::bundles::BundleHash;
use dauys_core::flow::fault::Fault;
use dauys_core::utterance::ClipId;
use tempfile::TempDir;

#[test]
fn the_shipped_bundle_has_no_error_no_warning_and_every_clip() {
    let sources = bundle::read(house()).unwrap();
    let faults: Vec<Fault> = bundle::compile(&sources).faults;
    assert_eq!(faults.iter().map(|fault| fault.to_plain(&sources)).collect::<String>(), "");
    assert_eq!(bundle::load(house()).unwrap().problems, []);
}

#[test]
fn a_kept_bundle_comes_back_with_its_clips_lengths() {
    let bundle = bundle::load(house()).unwrap();
    let kept = bundle::from_files(&bundle.files).unwrap();
    assert_eq!(format!("{:?}", kept.program), format!("{:?}", bundle.program));
    let lengths: Vec<_> = (0..kept.lengths.len()).map(|id| bundle.clips.length(ClipId(id as u32)).unwrap()).collect();
    assert_eq!(kept.lengths, lengths);
    assert_eq!(kept.lengths.len(), bundle.program.clips.len());
    assert!(kept.lengths.iter().all(|length| (10..1000).contains(length)), "{:?}", kept.lengths);
}

#[test]
fn a_published_bundle_comes_back_with_its_clips_packed_or_as_samples() {
    let bundle = bundle::load(house()).unwrap();
    let kept: Vec<&[u8]> = bundle.recorded().collect();
    let names: BTreeMap<String, String> = serde_json::from_slice(&bundle.files["audio/clips.json"]).unwrap();
    let by_hash: BTreeMap<String, &[u8]> = kept.iter().map(|bytes| (BundleHash::of_clip(bytes).to_string(), *bytes)).collect();
    assert!(names.values().all(|hash| by_hash[hash].starts_with(b"OggS")));
    let packed = bundle::published(bundle.files.clone(), |hash| by_hash.get(hash).map(|bytes| bytes.to_vec()).ok_or("none")).unwrap();
    let earlier = bundle::published(bundle.files.clone(), |_| Ok::<_, String>(vec![0x55; 800])).unwrap();
    for id in (0..kept.len() as u32).map(ClipId) {
        assert_eq!(packed.clips.length(id), bundle.clips.length(id));
        assert_eq!(earlier.clips.get(id).unwrap().alaw(), [0x55; 800]);
    }
    let greeting = ClipId(bundle.program.clips.iter().position(|clip| clip.name == "prompts/main/greeting").unwrap() as u32);
    assert_eq!(packed.clips.get(greeting).unwrap().alaw(), bundle.clips.get(greeting).unwrap().alaw());
}

#[test]
fn a_clip_of_another_length_makes_another_bundle() {
    let root = good();
    let mute = bundle::load(root.path()).unwrap();
    assert_eq!(mute.problems.len(), mute.program.clips.len());
    assert!(bundle::from_files(&mute.files).unwrap().lengths.iter().all(|length| *length == 0));
    let ours = bundle::load(house()).unwrap();
    let clip = house().join("audio/ru/prompts/main/goodbye.opus");
    let place = root.path().join("audio/ru/prompts/main/hub.opus");
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::copy(clip, place).unwrap();
    assert_ne!(bundle::load(root.path()).unwrap().files, mute.files);
    assert_eq!(ours.files, bundle::load(house()).unwrap().files);
}

#[test]
fn a_kept_bundle_that_is_not_understood_says_what_of_it() {
    let files = bundle::load(good().path()).unwrap().files;
    let edited = |path: &str, content: &[u8]| {
        let mut edited = files.clone();
        edited.insert(path.to_owned(), content.to_vec());
        bundle::from_files(&edited).unwrap_err().to_string()
    };
    let cases = [
        ("audio/lengths.json", &b"[1]"[..], "expected the lengths"),
        ("flows/main.yaml", b"flow: [", "E0103"),
        ("flows/main.yaml", b"flow: \xff", "UTF-8"),
    ];
    for (path, content, word) in cases {
        let why = edited(path, content);
        assert!(why.contains(word), "{path}: {why}");
    }
    assert!(bundle::from_files(&Files::new()).is_err());
}

#[test]
fn a_root_that_cannot_be_read_says_why() {
    type Spoil = fn(&Path);
    let cases: &[(&str, Spoil, &str)] = &[
        ("no flows", |root| std::fs::remove_dir_all(root.join("flows")).unwrap(), "--root"),
        ("no root", |root| std::fs::remove_dir_all(root).unwrap(), "--root"),
        ("a large file", |root| write(root, "flows/x.yaml", &vec![b'#'; FILE_BYTES_MAX as usize + 1]), "at most 1048576 bytes"),
        ("many files", |root| (0..FILES_MAX).for_each(|n| write(root, &format!("prompts/{n}.yaml"), b"")), "at most 200 files"),
        ("deep folders", |root| write(root, "flows/a/b/c/d/e/f/g/h/x.yaml", b""), "at most 8 deep"),
        ("no UTF-8", |root| write(root, "prompts/x.yaml", b"a: \xc0"), "from byte 3"),
        ("the other ending", |root| write(root, "flows/x.yml", b"a"), "expected the ending .yaml"),
        ("a link out of the root", |root| link("/etc/passwd", &root.join("flows/x.yaml")), "found a link to /etc/passwd"),
        ("a folder out of the root", |root| link("/etc", &root.join("flows/x")), "found a link to /etc"),
        ("a link to nothing", |root| link("nothing", &root.join("flows/x.yaml")), "No such file"),
        ("a link to where it stands", |root| link("../flows", &root.join("flows/x")), "at most 8 deep"),
        ("a device", |root| socket(&root.join("flows/x.yaml")), "expected a file"),
    ];
    for (name, spoil, word) in cases {
        let root = good();
        spoil(root.path());
        let why = bundle::load(root.path()).unwrap_err();
        assert!(matches!(why, LoadError::Read(_)), "{name}");
        assert!(why.to_string().contains(word), "{name}: {why}");
    }
}

#[test]
fn what_is_no_part_of_the_bundle_is_passed_over() {
    let root = good();
    let before = bundle::read(root.path()).unwrap().files;
    write(root.path(), "prompts/voice.yaml", b"- {lang: ru, written: a, say: b}");
    write(root.path(), "flows/.main.yaml.swp", b"\xff");
    write(root.path(), "flows/.old/x.yaml", b"[");
    write(root.path(), "flows/README.md", b"notes");
    write(root.path(), "data/x.yaml", b"[");
    assert_eq!(bundle::read(root.path()).unwrap().files, before);
    assert_eq!(before.keys().next().map(String::as_str), Some("flows/contracts.yaml"));
}

#[test]
fn a_link_within_the_root_is_followed() {
    let root = good();
    let before = bundle::read(root.path()).unwrap().files;
    std::fs::rename(root.path().join("flows"), root.path().join("..flows-7")).unwrap();
    link("..flows-7", &root.path().join("flows"));
    assert_eq!(bundle::read(root.path()).unwrap().files, before);
}

pub(crate) fn house() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A copy of the good bundle of the flows' tests: it has no audio.
pub(crate) fn good() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in bundle::read(&house().join("tests/flows/good")).unwrap().files {
        write(root.path(), &path, text.as_bytes());
    }
    root
}

pub(crate) fn write(root: &Path, path: &str, content: &[u8]) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn link(target: &str, place: &Path) {
    std::os::unix::fs::symlink(target, place).unwrap();
}

fn socket(place: &Path) {
    std::os::unix::net::UnixListener::bind(place).unwrap();
}

/// A flow in the place of the good bundle's: a message, and a mark.
pub(crate) const A_MESSAGE: &str = r#"flow: services/status
title: {kk: "Хабарлама", ru: "Сообщение"}
steps:
  - record:
      id: voice
      prompt: ask_number
      silence: 2s
      on:
        recorded: {}
        empty: {say: not_found, goto: human}
        failed: {goto: human}
  - survey: {id: ease, prompt: which}
  - if: {id: bad, when: {slot: ease.mark, at_most: 1}, then: {goto: human}}
  - return: {id: done}
  - call: {id: human, flow: shared/human}
"#;
