//! The command line: the flags that outside checks rely on.

use clap::Parser;
use dauys::caller::Press;
use dauys::cli::call::Keys;
use dauys::cli::{Cli, Command};
use dauys::config::Listen;

fn parse(line: &str) -> Result<Command, clap::Error> {
    Cli::try_parse_from(line.split_whitespace()).map(|cli| cli.command)
}

#[test]
fn the_promised_flags_are_taken() {
    for line in [
        "dauys serve",
        "dauys serve --config f.yaml --sip 127.0.0.1:5070 --console 127.0.0.1:0 --data d --root r",
        "dauys serve --console off",
        "dauys check",
        "dauys check --root r --format json",
        "dauys check --lang ru --deny warnings",
        "dauys check --explain E0106 --lang en",
        "dauys check --list",
        "dauys schema",
        "dauys schema --write --root r",
        "dauys publish",
        "dauys publish --root r --data d --config f.yaml",
        "dauys publish --list",
        "dauys rollback --data d",
        "dauys rollback --to 0123456789ab",
        "dauys jobs",
        "dauys jobs --data d --retry reconcile 3f-7-1",
        "dauys chat",
        "dauys chat --lang ru --root r --data d",
        "dauys call sip:1414@127.0.0.1",
        "dauys call sip:1414@127.0.0.1 --keys 1,w2,990101100010# --out o",
        "dauys replay a.jsonl b.jsonl",
        "dauys render --root r",
        "dauys test",
        "dauys test a.yaml tests/talks --root r --bless --format json --lang ru",
        "dauys coverage --talks t --logs data/calls --format json --fail-under 60",
        "dauys graph main --coverage c.json",
        "dauys router eval",
        "dauys router eval --fresh f.tsv --foreign g.tsv --format json --root r",
        "dauys router explain паспорт --root r",
        "dauys services list",
        "dauys services try document_status iin=850412100429 --config c.yaml --root r --format json",
        "dauys services try book --submit",
        "dauys hear a.wav --grammar digits:12 --model m --format json",
        "dauys eval m.tsv --model m --noise 10,-5 --false-accepts 5 --format json",
        "dauys spoken check f.tsv",
        "dauys spoken check f.tsv --direction say",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn anything_else_is_a_usage_error() {
    for line in [
        "dauys",
        "dauys sing",
        "dauys serv",
        "dauys serve --conf f",
        "dauys serve --sip 5060",
        "dauys serve --console on",
        "dauys check --format xml",
        "dauys check --lang kk",
        "dauys check --deny errors",
        "dauys check --list --explain E0106",
        "dauys schema --write --check",
        "dauys chat --lang en",
        "dauys call",
        "dauys call sip:1414@127.0.0.1 --keys 1,wait",
        "dauys replay",
        "dauys services",
        "dauys services try",
        "dauys services try document_status iin",
        "dauys hear a.wav",
        "dauys eval",
        "dauys eval m.tsv --false-accepts 101",
        "dauys spoken",
        "dauys spoken check",
        "dauys spoken check f.tsv --direction both",
    ] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
    }
}

#[test]
fn a_flag_is_stronger_than_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.yaml");
    std::fs::write(&file, "data: here\nconsole: {listen: '127.0.0.1:9000'}\ndrain_s: 7\n").unwrap();
    let line = format!("dauys serve --config {} --console off --sip 127.0.0.1:5070", file.display());
    let Ok(Command::Serve(args)) = parse(&line) else { panic!("{line}") };
    let config = args.config().unwrap();
    assert_eq!((config.console.listen, config.sip.listen.port(), config.drain_s), (Listen::Off, 5070, 7));
    assert_eq!(config.data, folder.path().join("here"));
}

#[test]
fn keys_and_waits_are_read() {
    let read = |text: &str| text.parse::<Keys>().map(|keys| keys.0.iter().map(show).collect::<String>());
    let cases = [("", ""), ("1", "1"), ("1,w2,99#", "1(2000)99#"), ("w0.5, *", "(500)*"), ("a", "A")];
    for (text, shown) in cases {
        assert_eq!(read(text).as_deref(), Ok(shown), "{text}");
    }
    for wrong in ["x", "w", "w-1", "winf", "wNaN", "1 2", &"1".repeat(1025)] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

fn show(press: &Press) -> String {
    match press {
        Press::Key(key) => key.char().to_string(),
        Press::Wait(wait) => format!("({})", wait.as_millis()),
    }
}
