//! Flows that change while the robot serves: published, taken back, saved, broken, mended.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use dauys::bundle;
use dauys::records::bundles::BundleHash;
use dauys::records::publications::Publications;
use dauys::speech::wav;
use dauys_core::call::log;
use dauys_core::lang::Lang;
use dauys_core::media::Packed;
use dauys_core::utterance::ClipId;

use super::ear;
use super::sipp::{Calls, Sipp};
use super::{Folder, Robot, eventually, files};

/// How long anything may take on a busy machine.
const BOUND: Duration = Duration::from_secs(60);
/// From here on a clip was heard; up to the other it was not.
const ALIKE: f32 = 0.9;
const UNALIKE: f32 = 0.5;
/// What every caller hears first.
const GREETING: &str = "prompts/main/greeting";
const QUIET: &str = "recording: {enabled: false}\n";

#[test]
fn a_publication_under_two_hundred_calls_changes_none_of_them() {
    let (root, data) = (Root::new(), Folder::new());
    let old = root.published(data.path());
    let robot = Robot::of(root.path(), data, &format!("{QUIET}flows: {{source: published}}\n"), &[]);
    assert_eq!(serving(&robot), old);
    let calls = Sipp::start(&robot, &["-sn", "uac", "-r", "100", "-m", "200", "-d", "8000"]);
    eventually(BOUND, "200 calls that are up", || robot.get("/health").contains(r#""calls":200"#).then_some(()));
    root.says(GREETING, "prompts/main/goodbye");
    let new = root.published(robot.data.path());
    assert_ne!(old, new);
    eventually(BOUND, "the new bundle", || (serving(&robot) == new).then_some(()));
    assert!(robot.get("/health").contains(r#""calls":200"#), "all calls are still up");
    eventually(BOUND, "two bundles in the memory", || (robot.metric("dauys_bundles") == 2.0).then_some(()));
    assert_eq!(robot.metric_of("dauys_bundle_info", "bundle", &new), 1.0);
    assert_eq!(Sipp::start(&robot, &["-sn", "uac", "-r", "50", "-m", "20", "-d", "500"]).ended(), Calls { successful: 20, failed: 0 });
    assert_eq!(calls.ended(), Calls { successful: 200, failed: 0 });
    eventually(BOUND, "220 ended calls", || (robot.metric("dauys_calls_total") == 220.0).then_some(()));
    assert_eq!(robot.metric_of("dauys_calls_total", "outcome", "hung_up"), 220.0);
    eventually(BOUND, "the old bundle's end", || (robot.metric("dauys_bundles") == 1.0).then_some(()));
    let ended = robot.stopped();
    assert_eq!((ran_on(ended.path(), &old), ran_on(ended.path(), &new)), (200, 20));
    let logs = logs(ended.path());
    let replayed = dauys(&[&["replay"], &logs.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>()[..]].concat());
    assert!(replayed.out.contains("220 of 220 calls: the same decisions"), "{}", replayed.said);
}

#[test]
fn a_prompt_that_is_edited_is_heard_by_the_next_call() {
    let root = Root::new();
    let robot = Robot::of(root.path(), Folder::new(), QUIET, &[]);
    let (old, before) = (root.clip(GREETING), heard(&robot));
    root.says(GREETING, "prompts/main/goodbye");
    let (new, hash) = (root.clip(GREETING), root.hash());
    assert!(likeness(&new, &old) < UNALIKE, "they can be told apart");
    assert!(likeness(&old, &before) > ALIKE && likeness(&new, &before) < UNALIKE);
    eventually(BOUND, "the edited flows", || (serving(&robot) == hash).then_some(()));
    let after = heard(&robot);
    assert!(likeness(&new, &after) > ALIKE && likeness(&old, &after) < UNALIKE);
    robot.stopped();
}

#[test]
fn a_broken_save_changes_nothing_and_says_what_is_broken() {
    let root = Root::new();
    let robot = Robot::of(root.path(), Folder::new(), QUIET, &[]);
    let (sound, hash) = (root.read("flows/main.yaml"), serving(&robot));
    root.write("flows/main.yaml", &sound.replace("  - switch:", "  - swich:"));
    eventually(BOUND, "a robot that complains", || robot.get("/health").contains(r#""status":"degraded""#).then_some(()));
    let health = robot.get("/health");
    assert!(health.starts_with("HTTP/1.1 200 ") && health.contains("E0205") && serving(&robot) == hash, "{health}");
    eventually(BOUND, "the alarm in /metrics", || (robot.metric("dauys_bundle_refused") == 1.0).then_some(()));
    assert!(likeness(&ear::clip(Lang::Kk, GREETING), &heard(&robot)) > ALIKE, "calls go on");
    root.write("flows/main.yaml", &sound);
    eventually(BOUND, "a robot that is content", || robot.get("/health").contains(r#""status":"ok""#).then_some(()));
    root.write("flows/main.yaml", &sound.replace("noinput_after: 6s", "noinput_after: 7s"));
    let mended = root.hash();
    eventually(BOUND, "the mended flows", || (serving(&robot) == mended).then_some(()));
    let log = robot.log_when_stopped();
    let at = format!("╭─[flows/main.yaml:{}:5]", 1 + sound.lines().position(|line| line.starts_with("  - switch:")).unwrap());
    let drawing = ["there is no step `swich`", &at, "did you mean `switch`?", "goes on serving", "new calls run on "];
    drawing.iter().for_each(|part| assert!(log.contains(part), "{part}: {log}"));
}

#[test]
fn new_words_without_their_clip_are_not_taken_up_where_no_voice_can_make_it() {
    let root = Root::new();
    let robot = Robot::of(root.path(), Folder::new(), QUIET, &[("PATH", "/nowhere")]);
    let hash = serving(&robot);
    let prompts = root.read("prompts/main.yaml");
    root.write("prompts/main.yaml", &prompts.replace("Главное меню.", "Меню."));
    eventually(BOUND, "a robot that complains", || robot.get("/health").contains(r#""status":"degraded""#).then_some(()));
    assert!(robot.get("/health").contains("run `dauys render`") && serving(&robot) == hash);
    root.write("prompts/main.yaml", &prompts);
    eventually(BOUND, "a robot that is content", || robot.get("/health").contains(r#""status":"ok""#).then_some(()));
    assert!(robot.log_when_stopped().contains("W0802"));
}

#[test]
fn what_was_published_before_serves_again_after_a_rollback() {
    let (root, data) = (Root::new(), Folder::new());
    let place = ["--data", data.path().to_str().unwrap()].map(str::to_owned);
    let with = |args: &[&str]| dauys(&[args, &[&place[0], &place[1]]].concat());
    for command in [&["rollback"][..], &["publish", "--list"], &["rollback", "--to", "0123456789ab"]] {
        let none = with(command);
        assert!(none.code == 1 && none.said.contains("nothing is published here yet: run `dauys publish`"), "{command:?}: {}", none.said);
    }
    assert!(files(data.path()).is_empty(), "to ask makes nothing");
    let first = root.published(data.path());
    let robot = Robot::of(root.path(), data, QUIET, &[]);
    assert_eq!(serving(&robot), first);
    assert_eq!(with(&["rollback"]).code, 1, "there is none before it");
    root.says(GREETING, "prompts/main/goodbye");
    let second = root.published(robot.data.path());
    eventually(BOUND, "the second", || (serving(&robot) == second).then_some(()));
    assert!(with(&["rollback"]).out.starts_with(&first[..12]));
    eventually(BOUND, "the first again", || (serving(&robot) == first).then_some(()));
    assert!(with(&["rollback", "--to", &second[..8]]).out.starts_with(&second[..12]));
    eventually(BOUND, "the second again", || (serving(&robot) == second).then_some(()));
    let list = with(&["publish", "--list"]).out;
    let lines: Vec<_> = list.lines().collect();
    assert!(lines[0].starts_with("* ") && lines[0].contains(&second[..12]) && lines[0].contains("prompts/main.yaml, 1 clip"), "{list}");
    assert!(lines[1].starts_with("  ") && lines[1].contains(&first[..12]) && lines.len() == 2, "{list}");
    robot.stopped();
}

#[test]
fn flows_whose_talk_goes_otherwise_are_not_published() {
    let (root, data) = (Root::new(), Folder::new());
    let talk = |words: &str| format!("talk: Приветствие\nlang: ru\nsteps:\n  - robot: \"{words} …\"\n  - hangs_up\n");
    std::fs::create_dir_all(root.path().join("tests/talks")).unwrap();
    root.write("tests/talks/greeting.yaml", &talk("Добрый вечер!"));
    let ran = root.publish(data.path());
    assert!(ran.code == 1 && ran.said.contains("1 of 1 talks") && ran.said.contains("nothing has changed"), "{}", ran.said);
    root.write("tests/talks/greeting.yaml", &talk("Здравствуйте! Вам отвечает голосовой помощник единого контакт-центра."));
    root.published(data.path());
}

#[test]
fn a_robot_whose_newest_publication_is_damaged_serves_the_last_good_one_and_says_so() {
    let (root, data) = (Root::new(), Folder::new());
    let good = root.published(data.path());
    root.says(GREETING, "prompts/main/goodbye");
    let newest = root.published(data.path());
    root.write_at(&data.path().join(format!("bundles/{newest}/prompts/main.yaml")), b"greeting: {");
    let robot = Robot::of(root.path(), data, QUIET, &[]);
    let health = robot.get("/health");
    assert!(serving(&robot) == good && health.contains("degraded") && health.contains("is damaged"), "{health}");
    eventually(BOUND, "the alarm in /metrics", || (robot.metric("dauys_bundle_refused") == 1.0).then_some(()));
    let why = dauys(&["rollback", "--data", robot.data.path().to_str().unwrap(), "--to", &newest]);
    assert!(why.code == 3 && why.said.contains("is damaged") && why.said.contains("nothing has changed"), "{}", why.said);
    assert_eq!(root.published(robot.data.path()), newest, "publishing again mends it");
    let log = robot.log_when_stopped();
    assert!(log.contains("the newest publication does not serve"), "{log}");
}

#[test]
fn where_only_publications_may_serve_there_must_be_one() {
    let data = Folder::new();
    std::fs::write(data.path().join("dauys.yaml"), "flows: {source: published}\ndata: .\n").unwrap();
    let config = data.path().join("dauys.yaml");
    let refused = dauys(&["serve", "--config", config.to_str().unwrap(), "--sip", "127.0.0.1:0", "--console", "off"]);
    assert!(refused.code == 3 && refused.said.contains("run `dauys publish`"), "{}", refused.said);
}

#[test]
fn flows_with_a_fault_or_without_a_clip_are_not_published() {
    let (root, data) = (Root::new(), Folder::new());
    let prompts = root.read("prompts/main.yaml");
    root.write("prompts/main.yaml", &prompts.replace("Главное меню.", "Меню."));
    let stale = root.publish(data.path());
    assert!(stale.code == 1 && stale.said.contains("run `dauys render`") && stale.said.contains("W0802"), "{}", stale.said);
    root.write("prompts/main.yaml", "greeting: {");
    let broken = root.publish(data.path());
    assert!(
        broken.code == 1 && broken.said.contains("prompts/main.yaml:1") && broken.said.contains("nothing has changed"),
        "{}",
        broken.said
    );
    assert!(files(data.path()).is_empty());
}

#[test]
fn a_disk_that_fails_loses_nothing_and_is_named() {
    let (root, data) = (Root::new(), Folder::new());
    let old = root.published(data.path());
    root.says(GREETING, "prompts/main/goodbye");
    // A file may have 1 KiB: the first clip does not fit, as on a full disk.
    let publish = format!(
        "trap '' XFSZ; ulimit -f 1; exec '{}' publish --root '{}' --data '{}'",
        DAUYS,
        root.path().display(),
        data.path().display()
    );
    let full = Ran::of(Command::new("bash").args(["-c", &publish]));
    assert!(full.code == 3 && full.said.contains("/published/clips/") && full.said.contains("nothing has changed"), "{}", full.said);
    let robot = Robot::of(root.path(), data, QUIET, &[]);
    assert_eq!(serving(&robot), old);
    let new = root.published(robot.data.path());
    eventually(BOUND, "the new bundle", || (serving(&robot) == new).then_some(()));
    let data = robot.stopped();
    std::fs::rename(data.path().join("published"), data.path().join("elsewhere")).unwrap();
    std::fs::write(data.path().join("published"), "a file").unwrap();
    let odd = root.publish(data.path());
    assert!(odd.code == 3 && odd.said.contains("/published: "), "{}", odd.said);
}

#[test]
fn of_those_who_publish_at_once_one_does_and_the_others_are_told() {
    let (root, data) = (Root::new(), Folder::new());
    root.published(data.path());
    let lock = std::fs::File::open(Publications::new(data.path()).folder()).unwrap();
    lock.lock().unwrap();
    root.says(GREETING, "prompts/main/goodbye");
    let busy = root.publish(data.path());
    assert!(busy.code == 3 && busy.said.contains("another `dauys publish`"), "{}", busy.said);
    drop(lock);
    let ran: Vec<_> = std::thread::scope(|all| {
        let running: Vec<_> = (0..4).map(|_| all.spawn(|| root.publish(data.path()).code)).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(ran.contains(&0) && ran.iter().all(|code| [0, 3].contains(code)), "{ran:?}");
    assert_eq!(Publications::new(data.path()).journal().unwrap().publications.len(), 2);
}

#[test]
fn a_signal_has_the_robot_look_where_nothing_tells_it_of_changes() {
    let (root, elsewhere) = (Root::new(), Folder::new());
    root.says(GREETING, "prompts/main/goodbye");
    let published = root.published(elsewhere.path());
    let robot = Robot::of(crate::bundle::house(), Folder::new(), QUIET, &[]);
    let draft = serving(&robot);
    let data = robot.data.path();
    std::fs::remove_dir(data.join("published")).unwrap();
    std::fs::rename(elsewhere.path().join("published"), data.join("published")).unwrap();
    std::fs::rename(elsewhere.path().join(format!("bundles/{published}")), data.join(format!("bundles/{published}"))).unwrap();
    let signal = || Command::new("kill").args(["-HUP", &robot.process.0.id().to_string()]).status().unwrap();
    assert!(draft != published && signal().success());
    eventually(BOUND, "the publication", || (serving(&robot) == published).then_some(()));
    robot.stopped();
}

/// The program under test.
const DAUYS: &str = env!("CARGO_BIN_EXE_dauys");

/// A copy of the shipped flows, prompts and clips.
struct Root(Folder);

impl Root {
    fn new() -> Self {
        let root = Folder::new();
        for folder in ["flows", "prompts", "audio"] {
            let from = crate::bundle::house().join(folder);
            for file in files(&from) {
                let to = root.path().join(folder).join(file.strip_prefix(&from).unwrap());
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                std::fs::copy(file, to).unwrap();
            }
        }
        Self(root)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path().join(file)).unwrap()
    }

    fn write(&self, file: &str, text: &str) {
        self.write_at(&self.path().join(file), text.as_bytes());
    }

    fn write_at(&self, path: &Path, content: &[u8]) {
        std::fs::write(path, content).unwrap();
    }

    /// Somebody records a Kazakh prompt anew, and writes down its new words.
    fn says(&self, prompt: &str, like: &str) {
        let file = std::fs::read(crate::bundle::house().join(format!("audio/kk/{like}.opus"))).unwrap();
        let spec = hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut recording = hound::WavWriter::create(self.path().join(format!("audio/kk/{prompt}.wav")), spec).unwrap();
        for sample in Packed::open(file.into()).unwrap().linear() {
            recording.write_sample(sample).unwrap();
        }
        recording.finalize().unwrap();
        self.write("prompts/main.yaml", &self.read("prompts/main.yaml").replace("Сәлеметсіз бе! ", ""));
    }

    /// The bundle that these files are.
    fn hash(&self) -> String {
        BundleHash::of(&bundle::load(self.path()).unwrap().files).to_string()
    }

    /// A Kazakh clip as it is heard: a recording is leveled when it is loaded.
    fn clip(&self, name: &str) -> Vec<f32> {
        let bundle = bundle::load(self.path()).unwrap();
        let id = bundle.program.clips.iter().position(|clip| clip.lang == Lang::Kk && clip.name == name).unwrap();
        let samples = bundle.clips.get(ClipId(id as u32)).unwrap().alaw();
        samples.iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte))).collect()
    }

    fn publish(&self, data: &Path) -> Ran {
        dauys(&["publish", "--root", self.path().to_str().unwrap(), "--data", data.to_str().unwrap()])
    }

    /// Publishes, which must succeed; what then is published.
    fn published(&self, data: &Path) -> String {
        let ran = self.publish(data);
        assert_eq!(ran.code, 0, "{}", ran.said);
        Publications::new(data).journal().unwrap().serving().unwrap().hash.to_string()
    }
}

/// A command that has ended.
struct Ran {
    code: i32,
    out: String,
    said: String,
}

impl Ran {
    /// In a folder without a configuration.
    fn of(command: &mut Command) -> Self {
        let folder = Folder::new();
        let ran = command.current_dir(folder.path()).env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap();
        let [out, said] = [ran.stdout, ran.stderr].map(|text| String::from_utf8(text).unwrap());
        Self { code: ran.status.code().unwrap_or(-1), out, said }
    }
}

fn dauys(args: &[&str]) -> Ran {
    Ran::of(Command::new(DAUYS).args(args))
}

impl Robot {
    /// Ends it, and keeps what it wrote.
    fn stopped(self) -> Folder {
        self.terminate();
        let ended = self.ended();
        assert!(ended.status.success(), "{}", ended.log);
        ended.data
    }

    /// Ends it; what it said.
    fn log_when_stopped(self) -> String {
        self.terminate();
        self.ended().log
    }
}

/// The bundle that new calls run on.
fn serving(robot: &Robot) -> String {
    let health = robot.get("/health");
    health.split_once(r#""bundle":""#).unwrap().1[..64].to_owned()
}

/// The beginning of a call that presses nothing.
fn heard(robot: &Robot) -> Vec<f32> {
    let out = Folder::new();
    let call = dauys(&["call", &robot.uri(), "--longest-s", "8", "--out", out.path().to_str().unwrap()]);
    assert_eq!(call.code, 0, "{}", call.said);
    let heard = std::fs::read(out.path().join("heard.wav")).unwrap();
    wav::read(&heard).unwrap().iter().map(|byte| f32::from(audio_codec_algorithms::decode_alaw(*byte))).collect()
}

/// How well the beginning of a clip is found in what was heard.
fn likeness(clip: &[f32], heard: &[f32]) -> f32 {
    ear::find(&clip[..2 * ear::SECOND.min(clip.len() / 2)], heard).unwrap().likeness
}

fn logs(data: &Path) -> Vec<PathBuf> {
    files(&data.join("calls")).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect()
}

/// How many calls ran on a bundle.
fn ran_on(data: &Path, bundle: &str) -> usize {
    let openings = logs(data).into_iter().map(|path| log::read(&std::fs::read_to_string(path).unwrap()).unwrap().opening);
    openings.filter(|opening| opening.bundle == bundle).count()
}
