//! `dauys spoken check`: what it prints for a table, and how it ends.

use std::process::Command;

use crate::bundle::house;

const HEADER: &str = "id\tlang\tdirection\tkind\tinput\texpected\tnote\n";

/// The exit code, what was printed, and what was complained of.
fn check(table: &[u8], flags: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.tsv");
    std::fs::write(&file, table).unwrap();
    run(file.to_str().unwrap(), flags)
}

fn run(file: &str, flags: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dauys")).args(["spoken", "check", file]).args(flags).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_tables_of_the_house_are_right() {
    let check = |table: &str, flags: &[&str], expected: &str| {
        let (code, printed, _) = run(house().join("tests/tables").join(table).to_str().unwrap(), flags);
        assert_eq!((code, printed.as_str()), (0, expected), "{table}");
    };
    check("numbers.tsv", &[], "say: 176 right, 0 wrong\nparse: 90 right, 0 wrong\n266 right, 0 wrong\n");
    check("numbers.tsv", &["--direction", "parse"], "90 right, 0 wrong\n");
    check("dates.tsv", &["--direction", "say"], "86 right, 0 wrong\n");
}

#[test]
fn each_mismatch_is_shown_and_counted() {
    let rows = "a\tkk\tsay\tcardinal\t5\tбес\t\nb\tkk\tsay\tcardinal\t6\tбес\t\nc\tru\tsay\tsong\t6\tшесть\t\nd\tru\tsay\tcardinal\tsix\tшесть\t\n";
    let (code, printed, complained) = check(format!("{HEADER}{rows}").as_bytes(), &[]);
    assert_eq!(
        printed,
        "b [cardinal] 6: expected `бес`, got `алты`\n\
         c [song] 6: expected `шесть`, got nothing: the kind `song` is not known in `ru`\n\
         d [cardinal] six: expected `шесть`, got nothing: expected a whole number of at most twelve digits, found `six`\n\
         1 right, 3 wrong\n"
    );
    assert_eq!((code, complained.as_str()), (1, ""));
}

#[test]
fn what_is_misunderstood_is_shown_and_counted() {
    let rows = "a\tkk\tparse\tcardinal\tжиырма пять\t25\t\nb\tkk\tparse\tcardinal\tалты\t5\t\nc\tru\tparse\tdigits\tпривет\t6\t\nd\tru\tsay\tcardinal\t6\tшесть\t\n";
    let table = format!("{HEADER}{rows}");
    let wrong = "b [cardinal] алты: expected `5`, got `6`\nc [digits] привет: expected `6`, got nothing\n";
    let (code, printed, complained) = check(table.as_bytes(), &[]);
    assert_eq!(printed, format!("{wrong}say: 1 right, 0 wrong\nparse: 1 right, 2 wrong\n2 right, 2 wrong\n"));
    assert_eq!((code, complained.as_str()), (1, ""));
    assert_eq!(check(table.as_bytes(), &["--direction", "parse"]).1, format!("{wrong}1 right, 2 wrong\n"));
    assert_eq!(check(table.as_bytes(), &["--direction", "say"]), (0, "1 right, 0 wrong\n".to_owned(), String::new()));
}

#[test]
fn the_moment_of_a_table_is_named_exactly() {
    let table = format!("{HEADER}a\tkk\tsay\tcardinal\t5\tбес\t\n");
    let moment = ["--now", "2027-01-04T08:30", "--open", "08:00-19:30"];
    assert_eq!(check(table.as_bytes(), &moment).0, 0);
    for (flags, why) in
        [(["--now", "tomorrow"], "expected a day and a time"), (["--open", "20:00-09:00"], "expected two times, the earlier first")]
    {
        let (code, _, complained) = check(table.as_bytes(), &flags);
        assert_eq!(code, 2, "{why}");
        assert!(complained.contains(why), "{complained}");
    }
}

#[test]
fn how_a_file_was_saved_changes_nothing() {
    let rows = "# a comment\r\n\r\nexpected\tid\tinput\tkind\tdirection\tlang\r\nдевять \u{a0} девять\ta\t99\tdigits\tsay\tru\r\nпятнадцатыи\u{306}\tb\t15\tordinal\tsay\tru\r\n";
    assert_eq!(check(format!("\u{feff}{rows}").as_bytes(), &[]), (0, "2 right, 0 wrong\n".to_owned(), String::new()));
}

#[test]
fn what_is_no_table_is_refused_with_its_line() {
    let row = "a\tkk\tsay\tcardinal\t5\tбес\t\n";
    for (table, flags, why) in [
        (String::new(), &[][..], "expected a line that names the columns"),
        ("id\tlang\n".to_owned(), &[], "line 1: expected a column `direction`, found the columns id, lang"),
        (format!("# x\n{HEADER}{row}b\tkk\tsay\tcardinal\n"), &[], "line 4: expected a `input` here, the line has 4 columns"),
        (format!("{HEADER}a\ten\tsay\tcardinal\t5\tfive\t\n"), &[], "line 2: expected kk or ru in `lang`, found `en`"),
        (format!("{HEADER}a\tkk\tboth\tcardinal\t5\tбес\t\n"), &[], "line 2: expected say or parse in `direction`, found `both`"),
        ("x".repeat((4 << 20) + 1), &[], "at most 4194304 bytes"),
    ] {
        let (code, printed, complained) = check(table.as_bytes(), flags);
        assert_eq!((code, printed.as_str()), (2, ""), "{why}");
        assert!(complained.contains(why), "{complained}");
    }
    assert_eq!(check(b"\xff\xfe", &[]).0, 2);
    assert_eq!(run("/nowhere/t.tsv", &[]).0, 2);
}
