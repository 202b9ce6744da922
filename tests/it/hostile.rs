//! What stands in the folders may be anything: `dauys check` says what is wrong with it, within a bound of memory that the system holds.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::bundle::{good, write};

/// The most memory that a check may write to, in KiB (RLIMIT_DATA). Whoever wants more does not get it, and dies.
const DATA_KIB_MAX: u32 = 100 * 1024;
/// The most processor time, so that a loop without end is a failure and no wait.
const PROCESSOR_S_MAX: u32 = 60;
/// The most faults that one run tells.
const FAULTS_MAX: u64 = 500;

fn check_within(root: &Path, data_kib: u32) -> Command {
    let mut command = Command::new("sh");
    let script = format!("ulimit -d {data_kib} && ulimit -t {PROCESSOR_S_MAX} && exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_dauys"), "check", "--format", "json", "--lang", "en", "--root"]).arg(root);
    command
}

fn checked(root: &Path) -> Output {
    check_within(root, DATA_KIB_MAX).output().unwrap()
}

/// The exit code, and the codes of the faults, each once.
fn found(name: &str, output: &Output) -> (Option<i32>, Vec<String>) {
    let object: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{name}: {why}: {output:?}"));
    let faults = object["faults"].as_array().unwrap();
    assert!(object["errors"].as_u64().unwrap() <= FAULTS_MAX, "{name}: {} errors", object["errors"]);
    let mut codes: Vec<_> =
        faults.iter().map(|fault| fault["code"].as_str().unwrap().to_owned()).filter(|code| !code.starts_with("W08")).collect();
    codes.sort();
    codes.dedup();
    (output.status.code(), codes)
}

const HEAD: &str = "flow: shared/human\ntitle: {kk: \"Оператор\", ru: \"Оператор\"}\n";

fn utf16(text: &str, bytes_of: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

#[test]
fn a_hostile_file_is_refused_for_what_it_is() {
    let many = |line: fn(usize) -> String, times: usize| (0..times).map(line).collect::<String>().into_bytes();
    let human = |rest: &str| format!("{HEAD}{rest}").into_bytes();
    let laughs = (1..10).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(","))).collect::<String>();
    let cases: Vec<(&str, Vec<u8>, i32, &str)> = vec![
        ("brackets", "[".repeat(200_000).into_bytes(), 1, "E0104"),
        ("braces", "{".repeat(200_000).into_bytes(), 1, "E0104"),
        ("dashes", "- ".repeat(200_000).into_bytes(), 1, "E0104"),
        ("question marks", "? ".repeat(200_000).into_bytes(), 1, "E0104"),
        ("blocks in blocks", (0..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>().into_bytes(), 1, "E0104"),
        ("a billion laughs", format!("a0: &a0 [x]\n{laughs}").into_bytes(), 1, "E0107"),
        ("merges", b"a: &a {x: 1}\nb: {<<: *a}\n".to_vec(), 1, "E0107"),
        ("a merge key alone", human("<<: {a: b}\n"), 1, "E0202"),
        ("ten megabytes", vec![b'a'; 10 << 20], 1, "E0003"),
        ("a line of five megabytes", human(&format!("steps: \"{}\"", "x".repeat(5 << 20))), 1, "E0003"),
        ("a line just within the limit", human(&format!("steps: \"{}\"", "x".repeat(1_000_000))), 1, "E0201"),
        ("a hundred thousand keys", many(|n| format!("k{n}: 1\n"), 100_000), 1, "E0105"),
        ("twenty thousand keys", many(|n| format!("k{n}: 1\n"), 20_000), 1, "E0202"),
        (
            "one key twenty thousand times", // more errors than are told, and each still counts
            many(|_| "flow: a\n".to_owned(), 20_000),
            1,
            "E0106",
        ),
        ("thousands of steps of one name", human(&format!("steps:\n{}", "  - say: {id: a, prompt: b}\n".repeat(4_000))), 1, "E0304"),
        ("UTF-16 with its mark", [vec![0xff, 0xfe], utf16(HEAD, u16::to_le_bytes)].concat(), 1, "E0010"),
        ("UTF-16 without", utf16("flow: shared/human\n", u16::to_be_bytes), 1, "E0109"),
        ("Windows-1251", [HEAD.split('"').next().unwrap().as_bytes(), b"\"\xce\xef\xe5\xf0\""].concat(), 1, "E0010"),
        ("an overlong slash", b"flow: shared\xc0\xafhuman\n".to_vec(), 1, "E0010"),
        ("half a surrogate", b"flow: \xed\xa0\x80\n".to_vec(), 1, "E0010"),
        ("a cut letter", b"flow: \xd0".to_vec(), 1, "E0010"),
        ("a NUL", b"flow: shared\0human\n".to_vec(), 1, "E0109"),
        ("tabs", human("steps:\n\t- say: {id: closed, prompt: closed}\n"), 1, "E0103"),
        ("a mark within the text", human("steps:\n  - say: {id: closed, prompt: \u{feff}closed}\n"), 1, "E0103"),
        ("nothing", Vec::new(), 1, "E0201"),
    ];
    for (name, bytes, exit, code) in cases {
        let root = good();
        write(root.path(), "flows/shared/human.yaml", &bytes);
        let (came, codes) = found(name, &checked(root.path()));
        assert!(came == Some(exit) && codes.iter().any(|found| found == code), "{name}: {came:?} {codes:?}");
    }
}

#[test]
fn harmless_ways_of_writing_change_nothing() {
    let steps = "steps:\n  - say: {id: closed, prompt: closed, barge_in: off}\n  - end: {id: handed, outcome: human}\n";
    let confirm = |on: &str, yes: &str, no: &str| {
        format!(
            "steps:\n  - confirm: {{id: sure, prompt: closed, ladder: {{give_up: handed}}, {on}: {{{yes}: {{}}, {no}: {{}}}}}}\n  - end: {{id: handed, outcome: human}}\n"
        )
    };
    for (name, text) in [
        ("a mark before the text", format!("\u{feff}{HEAD}{steps}")),
        ("Windows line ends", format!("{HEAD}{steps}").replace('\n', "\r\n")),
        ("a document's beginning and end", format!("---\n{HEAD}{steps}...\n")),
        ("bare words that are booleans elsewhere", format!("{HEAD}{}", confirm("on", "yes", "no"))),
        ("the same in quotes", format!("{HEAD}{}", confirm("\"on\"", "'yes'", "\"no\""))),
        ("off in quotes", format!("{HEAD}{steps}").replace("off", "\"off\"")),
    ] {
        let root = good();
        write(root.path(), "flows/shared/human.yaml", text.as_bytes());
        assert_eq!(found(name, &checked(root.path())), (Some(0), vec![]), "{name}");
    }
}

#[test]
fn folders_that_are_not_what_they_seem_end_with_the_promised_code() {
    type Spoil = fn(&Path);
    let cases: &[(&str, Spoil, i32, &str)] = &[
        ("links in a circle", |root| symlink("x.yaml", root.join("flows/x.yaml")).unwrap(), 3, "E0002"),
        ("a link to where it stands", |root| symlink("../flows", root.join("flows/x")).unwrap(), 1, "E0006"),
        ("a link out", |root| symlink("/etc/passwd", root.join("flows/x.yaml")).unwrap(), 1, "E0007"),
        ("a pipe", |root| assert!(Command::new("mkfifo").arg(root.join("flows/x.yaml")).status().unwrap().success()), 1, "E0008"),
        ("the other ending", |root| write(root, "flows/x.yml", b"a"), 1, "E0009"),
        ("ten thousand files", |root| (0..10_000).for_each(|n| write(root, &format!("prompts/{n}.yaml"), b"a: b")), 1, "E0004"),
        ("twenty megabytes", |root| (0..100).for_each(|n| write(root, &format!("prompts/{n}.yaml"), &vec![b'#'; 200_000])), 1, "E0005"),
        (
            "values without end",
            |root| (0..100).for_each(|n| write(root, &format!("prompts/{n}.yaml"), "[a]\n- ".repeat(9_000).as_bytes())),
            1,
            "E0103",
        ),
        (
            "lists without end",
            |root| (0..150).for_each(|n| write(root, &format!("prompts/{n}.yaml"), "- a\n".repeat(25_000).as_bytes())),
            1,
            "E0105",
        ),
        ("many prompts, all of them others", many_prompts, 1, "E0305"),
        ("a folder with a file's name", |root| std::fs::create_dir(root.join("flows/x.yaml")).unwrap(), 0, ""),
        ("no flows", |root| std::fs::remove_dir_all(root.join("flows")).unwrap(), 3, "E0001"),
    ];
    for (name, spoil, exit, code) in cases {
        let root = good();
        spoil(root.path());
        let (came, codes) = found(name, &checked(root.path()));
        assert!(came == Some(*exit) && (code.is_empty() || codes.iter().any(|found| found == code)), "{name}: {came:?} {codes:?}");
    }
}

/// Each unknown name is compared with all that are known.
fn many_prompts(root: &Path) {
    for file in 0..3 {
        let prompts: String = (0..6_500).map(|n| format!("prompt_{file}_{n}: {{kk: \"а\", ru: \"а\"}}\n")).collect();
        write(root, &format!("prompts/many_{file}.yaml"), prompts.as_bytes());
    }
    let steps: String = (0..900).map(|n| format!("  - say: {{id: s{n}, prompt: many_1/prompt_1_x{n}}}\n")).collect();
    write(root, "flows/shared/human.yaml", format!("{HEAD}steps:\n{steps}").as_bytes());
}

#[test]
fn a_file_without_the_right_to_read_it_is_the_machines_fault() {
    let root = good();
    let file = root.path().join("flows/shared/human.yaml");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o000)).unwrap();
    std::fs::set_permissions(root.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let mut check = check_within(root.path(), DATA_KIB_MAX);
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        check.uid(65_534); // root may read everything: nobody may not
    }
    let Ok(output) = check.output() else { return }; // nobody may not even run the program from here
    if output.stdout.is_empty() {
        return;
    }
    assert_eq!(found("no right", &output), (Some(3), vec!["E0002".to_owned()]));
}

/// The bound is real: with less, the same check dies.
#[test]
fn the_bound_of_memory_bites() {
    let output = check_within(good().path(), 512).output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
}
