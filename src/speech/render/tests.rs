use std::cell::RefCell;

use super::super::clips::{ClipFault, load_clips};
use super::super::sound::tests::tones;
use super::*;

/// Says every phrase as a tone; two phrases where there is a comma. Keeps what it was given.
struct Hum {
    name: &'static str,
    heard: RefCell<Vec<String>>,
}

impl Synthesizer for Hum {
    fn voice(&self, lang: Lang) -> String {
        format!("{} {lang}", self.name)
    }

    fn speak(&self, _: Lang, text: &str) -> Result<Sound, SynthesisError> {
        self.heard.borrow_mut().push(text.to_owned());
        let pause = if text.contains(',') { (80, 0.0, 0.0) } else { (80, 500.0, 0.3) };
        Ok(tones(&[(100, 0.0, 0.0), (300, 500.0, 0.3), pause, (200, 500.0, 0.3), (100, 0.0, 0.0)]))
    }
}

fn hum(name: &'static str) -> Hum {
    Hum { name, heard: RefCell::default() }
}

fn clip(lang: Lang, name: &str, text: &str) -> ClipSpec {
    ClipSpec { lang, name: name.to_owned(), text: text.to_owned() }
}

fn clips() -> Vec<ClipSpec> {
    vec![
        clip(Lang::Kk, "prompts/main/greeting", "Сәлем."),
        clip(Lang::Ru, "prompts/main/greeting", "Привет."),
        clip(Lang::Ru, "words/digit_3", "три,"),
    ]
}

/// Renders into `root`: (made, kept, orphans).
fn rendered(engine: &Hum, root: &Path, clips: &[ClipSpec]) -> (usize, usize, Vec<String>) {
    let report = render_with(engine, root, clips, |_| {}).unwrap();
    (report.made, report.kept, report.orphans)
}

fn faults(root: &Path, clips: &[ClipSpec]) -> Vec<ClipFault> {
    load_clips(root, clips).1.into_iter().map(|problem| problem.fault).collect()
}

#[test]
fn only_what_is_missing_or_changed_is_made() {
    let root = tempfile::tempdir().unwrap();
    let (root, engine, mut clips) = (root.path(), hum("hum"), clips());
    assert_eq!(rendered(&engine, root, &clips), (3, 0, vec![]));
    assert_eq!(rendered(&engine, root, &clips), (0, 3, vec![]));
    assert_eq!(faults(root, &clips), []);

    clips[0].text = "Қайырлы күн.".to_owned();
    assert_eq!(faults(root, &clips), [ClipFault::Stale]);
    std::fs::remove_file(root.join("audio/ru/words/digit_3.wav")).unwrap();
    std::fs::write(root.join("audio/ru/prompts/main/greeting.wav"), "RIFF").unwrap();
    assert_eq!(rendered(&engine, root, &clips), (3, 0, vec![]));
    assert_eq!(
        rendered(&hum("another voice"), root, &clips[..1]),
        (1, 0, vec!["ru/prompts/main/greeting.wav".into(), "ru/words/digit_3.wav".into()])
    );
}

#[test]
fn a_changed_respelling_makes_the_clip_anew() {
    let root = tempfile::tempdir().unwrap();
    let (root, engine) = (root.path(), hum("hum"));
    let clips = [clip(Lang::Ru, "a", "Ваш ИИН.")];
    rendered(&engine, root, &clips);
    std::fs::create_dir(root.join("prompts")).unwrap();
    std::fs::write(root.join("prompts/voice.yaml"), "- {lang: ru, written: ИИН, say: и-и-эн}").unwrap();
    assert_eq!(rendered(&engine, root, &clips).0, 1);
    assert_eq!(*engine.heard.borrow(), ["Ваш ИИН.", "Ваш и-и-эн."]);
}

#[test]
fn the_recording_of_a_person_is_kept_while_its_words_are_the_same() {
    let root = tempfile::tempdir().unwrap();
    let (root, mut clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    let manifest = root.join("audio/manifest.json");
    let by_person: String = std::fs::read_to_string(&manifest).unwrap().lines().filter(|line| !line.contains("\"made\"")).collect();
    std::fs::write(&manifest, by_person).unwrap();
    assert_eq!(rendered(&hum("another voice"), root, &clips).0, 0);
    clips[0].text = "Қайырлы күн.".to_owned();
    assert_eq!(rendered(&hum("another voice"), root, &clips).0, 1);
}

#[test]
fn words_that_go_on_are_said_with_a_word_after_them_that_is_cut_off() {
    let root = tempfile::tempdir().unwrap();
    let engine = hum("hum");
    let clips = [clip(Lang::Ru, "mid", "три,"), clip(Lang::Kk, "label", ". Алатын жеріңіз:"), clip(Lang::Ru, "end", "три.")];
    rendered(&engine, root.path(), &clips);
    assert_eq!(*engine.heard.borrow(), ["три, да.", "Алатын жеріңіз, ия.", "три."]);
    let lengths: Vec<usize> = load_clips(root.path(), &clips).0.iter().map(|samples| samples.len() / 80 * 10).collect();
    assert!(lengths[0] < 420 && lengths[1] < 420 && lengths[2] > 600, "{lengths:?} ms");
}

#[test]
fn two_renderings_are_the_same_bytes() {
    let [one, two] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for root in [&one, &two] {
        rendered(&hum("hum"), root.path(), &clips());
    }
    for file in ["audio/manifest.json", "audio/ru/words/digit_3.wav"] {
        assert_eq!(std::fs::read(one.path().join(file)).unwrap(), std::fs::read(two.path().join(file)).unwrap(), "{file}");
    }
}

#[test]
fn a_failure_costs_no_other_clip() {
    struct Broken(Hum);
    impl Synthesizer for Broken {
        fn voice(&self, lang: Lang) -> String {
            self.0.voice(lang)
        }
        fn speak(&self, lang: Lang, text: &str) -> Result<Sound, SynthesisError> {
            if text.contains("три") { Ok(tones(&[(500, 0.0, 0.0)])) } else { self.0.speak(lang, text) }
        }
    }
    let root = tempfile::tempdir().unwrap();
    let (root, mut clips) = (root.path(), clips());
    let broken = |clips: &[ClipSpec]| render_with(&Broken(hum("hum")), root, clips, |_| {}).unwrap_err().to_string();
    assert!(broken(&clips).contains("audio/ru/words/digit_3.wav"));
    assert_eq!(rendered(&hum("hum"), root, &clips), (1, 2, vec![]));

    clips[0].text = "три".to_owned();
    assert!(broken(&clips).contains("audio/kk/prompts/main/greeting.wav"));
    assert_eq!(rendered(&hum("hum"), root, &clips), (1, 2, vec![]));
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let root = tempfile::tempdir().unwrap();
    for name in ["../x", "/etc/x", "a//b", "", ".hidden", "a\0b", "a/../b", "c:\\x"] {
        let clips = [clip(Lang::Kk, name, "иә")];
        assert!(matches!(render_with(&hum("hum"), root.path(), &clips, |_| {}), Err(RenderError::Name { .. })), "{name}");
        assert!(matches!(faults(root.path(), &clips)[..], [ClipFault::Damaged(_)]), "{name}");
    }
}

#[test]
fn a_bundle_gets_every_clip_at_its_place_whatever_is_wrong() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    assert_eq!(faults(root, &clips), [ClipFault::Missing, ClipFault::Missing, ClipFault::Missing]);
    rendered(&hum("hum"), root, &clips);
    std::fs::write(root.join("audio/kk/prompts/main/greeting.wav"), vec![0; 2 * wav::FILE_BYTES_MAX as usize]).unwrap();
    std::fs::write(root.join("audio/manifest.json"), "{").unwrap();
    let (samples, problems) = load_clips(root, &clips);
    assert_eq!(samples.iter().map(|samples| samples.is_empty()).collect::<Vec<_>>(), [true, false, false]);
    assert!(matches!(problems[0].fault, ClipFault::Damaged(_)) && problems[1].fault == ClipFault::Stale, "{problems:?}");
}
