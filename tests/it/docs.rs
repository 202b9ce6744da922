//! What the documents promise: their examples load, their commands parse, their links lead somewhere.

use std::path::{Path, PathBuf};

use clap::Parser;
use dauys::bundle;
use dauys::cli::Cli;

use crate::bundle::{house, write};

#[test]
fn every_flow_of_the_documents_loads() {
    let mut seen = 0;
    for document in documents() {
        for flow in blocks(&text(&document), "yaml flow") {
            let root = copy_of_the_shipped_flows();
            let name = flow.lines().next().and_then(|line| line.strip_prefix("flow: ")).unwrap();
            write(root.path(), &format!("flows/{name}.yaml"), flow.as_bytes());
            let sources = bundle::read(root.path()).unwrap();
            let loaded = bundle::compile(&sources);
            let faults: String = loaded.faults.iter().map(|fault| fault.to_plain(&sources)).collect();
            assert!(loaded.program.is_some(), "{}: {faults}\n{flow}", document.display());
            seen += 1;
        }
    }
    assert!(seen > 0, "no document shows a whole flow");
}

#[test]
fn every_command_of_the_documents_parses() {
    let mut seen = 0;
    for document in documents() {
        for line in blocks(&text(&document), "sh").iter().flat_map(|block| block.lines()).filter_map(command) {
            let parsed = Cli::try_parse_from(words(line));
            assert!(parsed.is_ok(), "{}: {line}: {}", document.display(), parsed.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 3, "the documents show {seen} commands");
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let mut seen = 0;
    for document in documents() {
        let text = text(&document);
        for target in links(&text) {
            let place = document.parent().unwrap().join(target);
            assert!(place.exists(), "{}: nothing at {target}", document.display());
            seen += 1;
        }
    }
    assert!(seen > 5, "the documents have {seen} links");
}

#[test]
fn commands_and_links_are_found() {
    assert_eq!(command("printf '1\\n' | dauys chat # a script"), Some("dauys chat"));
    assert_eq!(command("make run"), None);
    assert_eq!(words("dauys call a --keys \"1,w2\""), ["dauys", "call", "a", "--keys", "1,w2"]);
    assert_eq!(links("[a](b.md) [c](https://d) [e](f/g.md#h)").collect::<Vec<_>>(), ["b.md", "f/g.md"]);
    assert_eq!(blocks("```yaml\na\n```\n```yaml flow\nb\n```\n", "yaml flow"), ["b\n"]);
}

/// Every document of the house: beside the manifest, in `docs/` and in `audio/`.
fn documents() -> Vec<PathBuf> {
    let folders = ["", "docs", "audio"].map(|folder| house().join(folder));
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect()
}

fn text(document: &Path) -> String {
    std::fs::read_to_string(document).unwrap()
}

/// The fenced blocks with exactly this mark.
fn blocks(text: &str, mark: &str) -> Vec<String> {
    let inside = text.split("```").skip(1).step_by(2);
    inside.filter_map(|block| block.strip_prefix(mark)?.strip_prefix('\n')).map(str::to_owned).collect()
}

/// The `dauys` command of a line of shell.
fn command(line: &str) -> Option<&str> {
    let line = line.split(" # ").next()?;
    let at = if line.starts_with("dauys ") { 0 } else { line.find("| dauys ")? + 2 };
    Some(line[at..].trim())
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect()
}

/// The targets of links within the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://")).filter_map(|target| target.split('#').next()).filter(|target| !target.is_empty())
}

fn copy_of_the_shipped_flows() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in bundle::read(house()).unwrap().files {
        write(root.path(), &path, text.as_bytes());
    }
    root
}
