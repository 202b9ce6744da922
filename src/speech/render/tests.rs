use std::sync::Mutex;

use dauys_core::media::pack;

use super::super::clips::{BITRATE_BPS, ClipFault, load_clips};
use super::super::recording::tests::{FLAC, studio_wav};
use super::super::sound::tests::tones;
use super::super::wav;
use super::*;

/// Says every phrase as a tone; two phrases where there is a comma. Keeps what it was given.
struct Hum {
    name: &'static str,
    heard: Mutex<Vec<String>>,
}

impl Synthesizer for Hum {
    fn voice(&self, lang: Lang) -> String {
        format!("{} {lang}", self.name)
    }

    fn speak(&self, _: Lang, text: &str) -> Result<Sound, SynthesisError> {
        self.heard.lock().unwrap().push(text.to_owned());
        let pause = if text.contains(',') { (80, 0.0, 0.0) } else { (80, 500.0, 0.3) };
        Ok(tones(&[(100, 0.0, 0.0), (300, 500.0, 0.3), pause, (200, 500.0, 0.3), (100, 0.0, 0.0)]))
    }
}

impl Hum {
    /// What it was given so far, in the order of the alphabet: several are spoken at once.
    fn heard(&self) -> Vec<String> {
        let mut heard = self.heard.lock().unwrap().clone();
        heard.sort();
        heard
    }
}

fn hum(name: &'static str) -> Hum {
    Hum { name, heard: Mutex::default() }
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
    std::fs::remove_file(root.join("audio/ru/words/digit_3.opus")).unwrap();
    std::fs::write(root.join("audio/ru/prompts/main/greeting.opus"), "").unwrap();
    assert_eq!(rendered(&engine, root, &clips), (3, 0, vec![]));
    assert_eq!(
        rendered(&hum("another voice"), root, &clips[..1]),
        (1, 0, vec!["ru/prompts/main/greeting.opus".into(), "ru/words/digit_3.opus".into()])
    );
}

#[test]
fn one_changed_prompt_is_one_clip_and_one_entry() {
    let root = tempfile::tempdir().unwrap();
    let (root, engine, mut clips) = (root.path(), hum("hum"), clips());
    rendered(&engine, root, &clips);
    let state = || -> Vec<String> {
        let manifest = std::fs::read_to_string(root.join("audio/manifest.json")).unwrap();
        let files = ["kk/prompts/main/greeting", "ru/prompts/main/greeting", "ru/words/digit_3"];
        let changed =
            files.map(|file| format!("{:?}", std::fs::metadata(root.join(format!("audio/{file}.opus"))).unwrap().modified().unwrap()));
        manifest.split("},").map(str::to_owned).chain(changed).collect()
    };
    let before = state();
    clips[1].text = "Здравствуйте.".to_owned();
    let mut told = Vec::new();
    render_with(&engine, root, &clips, |progress| told.push(format!("{}/{} {}", progress.done, progress.total, progress.file))).unwrap();
    assert_eq!(told, ["1/1 ru/prompts/main/greeting.opus"]);
    let differing: Vec<usize> =
        before.iter().zip(state()).enumerate().filter(|(_, (before, after))| *before != after).map(|(at, _)| at).collect();
    assert_eq!(differing, [1, 4]);
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
    assert_eq!(engine.heard(), ["Ваш ИИН.", "Ваш и-и-эн."]);
}

/// The prompt of [`clips`] that tests record, and where.
const GREETING: &str = "audio/ru/prompts/main/greeting";

#[test]
fn a_recording_beside_a_clip_wins_and_needs_no_rendering() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    let made = load_clips(root, &clips).0;
    std::fs::write(root.join(GREETING).with_extension("flac"), FLAC).unwrap();
    let (samples, problems) = load_clips(root, &clips);
    assert_eq!(problems, []);
    assert!(
        samples[1].alaw() != made[1].alaw() && samples[0].alaw() == made[0].alaw() && (3900..4100).contains(&samples[1].samples()),
        "{} samples",
        samples[1].samples()
    );
    let (loudness, peak) = sound::measure(samples[1].alaw()).unwrap();
    assert!((loudness + 20.0).abs() < 0.5 && peak < -1.5, "{loudness} LUFS, {peak} dBTP");

    let report = render_with(&hum("another voice"), root, &clips, |_| {}).unwrap();
    assert_eq!((report.made, report.kept, report.recorded, report.problems), (2, 0, 1, vec![]));
    assert_eq!(load_clips(root, &clips).0[1].alaw(), samples[1].alaw());
    std::fs::remove_file(root.join(GREETING).with_extension("flac")).unwrap();
    assert_eq!(rendered(&hum("another voice"), root, &clips), (1, 2, vec![]));
}

#[test]
fn a_recording_in_the_place_of_a_clip_is_never_written_over() {
    let root = tempfile::tempdir().unwrap();
    let (root, mut clips) = (root.path(), clips());
    let (place, manifest) = (root.join(GREETING).with_extension("wav"), root.join("audio/manifest.json"));
    let recording = studio_wav(700.0);
    let put = || {
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, &recording).unwrap();
    };
    put(); // before the first run, without a manifest
    assert_eq!(faults(root, &clips), [ClipFault::Missing, ClipFault::Missing]);
    assert_eq!(rendered(&hum("hum"), root, &clips), (2, 0, vec![]));
    std::fs::remove_file(&place).unwrap();
    assert_eq!(rendered(&hum("hum"), root, &clips).0, 1);
    put(); // over a rendered clip, whose entry says otherwise
    assert_eq!(rendered(&hum("another voice"), root, &clips).0, 2);
    std::fs::remove_file(&manifest).unwrap();
    assert_eq!(rendered(&hum("hum"), root, &clips).0, 2);
    clips[1].text = "Здравствуйте.".to_owned();
    assert_eq!(faults(root, &clips), [ClipFault::RecordedForOtherWords]);
    assert_eq!(rendered(&hum("hum"), root, &clips).0, 0);
    assert_eq!(faults(root, &clips), [ClipFault::RecordedForOtherWords]);
    assert_eq!(std::fs::read(&place).unwrap(), recording);

    std::fs::write(&place, studio_wav(800.0)).unwrap(); // the new words
    assert_eq!(faults(root, &clips), []);
    rendered(&hum("hum"), root, &clips);
    assert_eq!(faults(root, &clips), []);
}

#[test]
fn a_rendered_clip_that_somebody_edited_or_moved_is_a_persons() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    let [edited, moved] = ["ru/words/digit_3.opus", "kk/prompts/main/greeting.opus"].map(|file| root.join("audio").join(file));
    let mut samples = Packed::open(std::fs::read(&edited).unwrap().into()).unwrap().linear();
    samples.reverse();
    let bytes = pack(&samples, BITRATE_BPS, |_| "dauys render, said another".to_owned()).unwrap().file().to_vec();
    std::fs::write(&edited, &bytes).unwrap();
    std::fs::copy(root.join(GREETING).with_extension("opus"), &moved).unwrap();
    let report = render_with(&hum("another voice"), root, &clips, |_| {}).unwrap();
    assert_eq!((report.made, report.recorded), (1, 2));
    assert_eq!(std::fs::read(&edited).unwrap(), bytes);
}

#[test]
fn a_person_whose_name_is_written_in_the_manifest_keeps_it() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    std::fs::create_dir_all(root.join(GREETING).parent().unwrap()).unwrap();
    std::fs::write(root.join(GREETING).with_extension("wav"), studio_wav(700.0)).unwrap();
    rendered(&hum("hum"), root, &clips);
    let manifest = root.join("audio/manifest.json");
    let named = std::fs::read_to_string(&manifest).unwrap().replace("\"recording\"", "\"Айгүл\"");
    std::fs::write(&manifest, &named).unwrap();
    rendered(&hum("another voice"), root, &clips);
    assert!(named.contains("Айгүл") && std::fs::read_to_string(&manifest).unwrap().contains("Айгүл"));
}

#[test]
fn a_clip_whose_entry_somebody_took_made_out_of_is_a_persons() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    let manifest = root.join("audio/manifest.json");
    let by_person: String = std::fs::read_to_string(&manifest).unwrap().lines().filter(|line| !line.contains("\"made\"")).collect();
    std::fs::write(&manifest, by_person).unwrap();
    let report = render_with(&hum("another voice"), root, &clips, |_| {}).unwrap();
    assert_eq!((report.made, report.recorded), (0, 3));
}

#[test]
fn a_recording_that_cannot_be_read_is_named_and_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    std::fs::create_dir_all(root.join(GREETING).parent().unwrap()).unwrap();
    let [opus, mp3] = ["opus", "mp3"].map(|ending| root.join(GREETING).with_extension(ending));
    std::fs::write(&mp3, "ID3").unwrap();
    let report = render_with(&hum("hum"), root, &clips, |_| {}).unwrap();
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert!(
        matches!(&problems[..], [one] if one.starts_with("audio/ru/prompts/main/greeting.mp3: expected a WAV, FLAC or Opus")),
        "{problems:?}"
    );
    assert_eq!(report.made, 3);
    assert!(matches!(faults(root, &clips)[..], [ClipFault::Damaged(_)]));
    assert!(load_clips(root, &clips).0[1].samples() > 0);

    std::fs::write(&opus, "RIFF").unwrap();
    let report = render_with(&hum("another voice"), root, &clips, |_| {}).unwrap();
    assert_eq!((report.made, report.problems.len()), (2, 2));
    assert_eq!(std::fs::read(&opus).unwrap(), b"RIFF");
}

#[test]
fn of_two_recordings_the_first_is_played_and_both_are_named() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    std::fs::write(root.join(GREETING).with_extension("wav"), studio_wav(700.0)).unwrap();
    let one = load_clips(root, &clips).0[1].clone();
    std::fs::write(root.join(GREETING).with_extension("flac"), FLAC).unwrap();
    let (samples, problems) = load_clips(root, &clips);
    assert_ne!(samples[1].alaw(), one.alaw());
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].file, format!("{GREETING}.wav"));
    assert_eq!(problems[0].fault, ClipFault::Several(format!("{GREETING}.flac")));
}

#[test]
fn words_that_go_on_are_said_with_a_word_after_them_that_is_cut_off() {
    let root = tempfile::tempdir().unwrap();
    let engine = hum("hum");
    let clips = [clip(Lang::Ru, "mid", "три,"), clip(Lang::Kk, "label", ". Алатын жеріңіз:"), clip(Lang::Ru, "end", "три.")];
    rendered(&engine, root.path(), &clips);
    assert_eq!(engine.heard(), ["Алатын жеріңіз, ия.", "три, да.", "три."]);
    let lengths: Vec<usize> = load_clips(root.path(), &clips).0.iter().map(|clip| clip.samples() / 80 * 10).collect();
    assert!(lengths[0] < 420 && lengths[1] < 420 && lengths[2] > 600, "{lengths:?} ms");
}

#[test]
fn two_renderings_are_the_same_bytes() {
    let [one, two] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for root in [&one, &two] {
        rendered(&hum("hum"), root.path(), &clips());
    }
    for file in ["audio/manifest.json", "audio/ru/words/digit_3.opus"] {
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
    assert!(broken(&clips).contains("audio/ru/words/digit_3.opus"));
    assert_eq!(rendered(&hum("hum"), root, &clips), (1, 2, vec![]));

    clips[0].text = "три".to_owned();
    assert!(broken(&clips).contains("audio/kk/prompts/main/greeting.opus"));
    assert_eq!(rendered(&hum("hum"), root, &clips), (1, 2, vec![]));
}

#[test]
fn a_run_that_is_stopped_has_lost_little() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let clips: Vec<ClipSpec> = (0..3 * CLIPS_BETWEEN_WRITES).map(|nth| clip(Lang::Ru, &format!("c{nth:03}"), "да.")).collect();
    let mut known = Vec::new();
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        render_with(&hum("hum"), root, &clips, |progress| {
            known.push(Manifest::read(root).unwrap().0.len());
            assert!(progress.done <= 2 * CLIPS_BETWEEN_WRITES, "stopped");
        })
    }));
    assert!(stopped.is_err());
    assert!(known.iter().enumerate().all(|(done, known)| done - known < CLIPS_BETWEEN_WRITES), "{known:?}");
    let (made, kept, _) = rendered(&hum("hum"), root, &clips);
    assert!(kept >= 2 * CLIPS_BETWEEN_WRITES && made + kept == clips.len(), "{made} made, {kept} kept");
}

#[test]
fn however_many_clips_there_are_few_speak_at_once() {
    struct Crowd(Hum, Mutex<Vec<std::thread::ThreadId>>);
    impl Synthesizer for Crowd {
        fn voice(&self, lang: Lang) -> String {
            self.0.voice(lang)
        }
        fn speak(&self, lang: Lang, text: &str) -> Result<Sound, SynthesisError> {
            let (speaker, mut speakers) = (std::thread::current().id(), self.1.lock().unwrap());
            if !speakers.contains(&speaker) {
                speakers.push(speaker);
            }
            drop(speakers);
            self.0.speak(lang, text)
        }
    }
    let root = tempfile::tempdir().unwrap();
    let clips: Vec<ClipSpec> = (0..200).map(|nth| clip(Lang::Ru, &format!("c{nth}"), "да.")).collect();
    let crowd = Crowd(hum("hum"), Mutex::default());
    render_with(&crowd, root.path(), &clips, |_| {}).unwrap();
    assert!((1..=VOICES_MAX).contains(&crowd.1.lock().unwrap().len()));
    assert_eq!(crowd.0.heard().len(), 200);
}

#[test]
fn two_runs_in_one_folder_do_not_mix() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let _other = alone(&root.join("audio")).unwrap();
    assert!(matches!(render_with(&hum("hum"), root, &clips(), |_| {}), Err(RenderError::Busy { .. })));
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
    std::fs::File::create(root.join("audio/kk/prompts/main/greeting.opus")).unwrap().set_len(65 * 1024 * 1024).unwrap();
    std::fs::write(root.join("audio/manifest.json"), "{").unwrap();
    let (samples, problems) = load_clips(root, &clips);
    assert_eq!(samples.iter().map(|clip| clip.samples() == 0).collect::<Vec<_>>(), [true, false, false]);
    assert!(matches!(problems[0].fault, ClipFault::Damaged(_)) && problems[1].fault == ClipFault::Stale, "{problems:?}");
}

#[test]
fn a_wav_of_an_earlier_version_is_played_until_its_clip_is_packed() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    let [packed, old] = ["opus", "wav"].map(|ending| root.join(GREETING).with_extension(ending));
    let samples = sound::telephone_clip(&hum("hum").speak(Lang::Ru, "Привет.").unwrap(), Margins::SENTENCE).unwrap();
    let sign = |file: &str| wav::write_signed(&samples, &clips::signature(file, &samples));
    let manifest = std::fs::read_to_string(root.join("audio/manifest.json")).unwrap();
    let made_by_earlier = Manifest::read(root).unwrap().0["ru/prompts/main/greeting"].made.clone().unwrap();
    let earlier = manifest.replace("ru/prompts/main/greeting", "ru/prompts/main/greeting.wav").replace(&made_by_earlier, "of then");
    std::fs::write(root.join("audio/manifest.json"), earlier).unwrap();
    let before = std::fs::read(&packed).unwrap();
    std::fs::remove_file(&packed).unwrap();
    std::fs::write(&old, sign("ru/prompts/main/greeting.wav")).unwrap();
    assert_eq!(faults(root, &clips), []);
    assert_eq!(load_clips(root, &clips).0[1].alaw(), samples);

    assert_eq!(rendered(&hum("hum"), root, &clips), (1, 2, vec![]));
    assert_eq!((std::fs::read(&packed).unwrap(), old.exists()), (before, false));
    assert_eq!(std::fs::read_to_string(root.join("audio/manifest.json")).unwrap(), manifest);

    std::fs::write(&old, sign("ru/prompts/main/greeting.wav")).unwrap(); // merged from somebody who renders with an earlier version
    assert_eq!(faults(root, &clips), []);
    assert_ne!(load_clips(root, &clips).0[1].alaw(), samples);
    assert_eq!((rendered(&hum("hum"), root, &clips), old.exists()), ((0, 3, vec![]), false));
    std::fs::rename(&packed, root.join("gone")).unwrap();
    std::fs::write(&old, sign("ru/prompts/main/greeting.wav")).unwrap();
    assert_eq!((rendered(&hum("hum"), root, &clips), old.exists()), ((1, 2, vec![]), false));

    std::fs::write(&old, sign("ru/prompts/main/goodbye.wav")).unwrap(); // another clip's: whoever put it here wants it
    rendered(&hum("hum"), root, &clips);
    assert!(old.exists() && load_clips(root, &clips).0[1].alaw().len() > 1000);
}

#[test]
fn a_packed_clip_that_the_disk_damaged_is_told_and_not_played() {
    let root = tempfile::tempdir().unwrap();
    let (root, clips) = (root.path(), clips());
    rendered(&hum("hum"), root, &clips);
    let file = root.join(GREETING).with_extension("opus");
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for (bytes, why) in [(&whole[..whole.len() - 9], "not a sound Ogg Opus file"), (&flipped, "CRC"), (&whole[..20], "Ogg")] {
        std::fs::write(&file, bytes).unwrap();
        let (loaded, problems) = load_clips(root, &clips);
        assert!(matches!(&problems[..], [one] if one.to_string().contains(why) && one.to_string().contains("delete it")), "{problems:?}");
        assert_eq!(loaded[1].samples(), 0);
    }
}
