//! What the documents promise: their examples load, their commands parse, their links lead somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Parser;
use dauys::bundle;
use dauys::cli::Cli;
use dauys::config::Config;
use dauys::services::http::faults;
use dauys_core::flow::schema;

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
fn every_connector_of_the_documents_keeps_its_contract() {
    let program = bundle::compile(&bundle::read(house()).unwrap()).program.unwrap();
    let mut seen = 0;
    for document in documents() {
        for text in blocks(&text(&document), "yaml services") {
            let config = Config::parse("example.yaml", &text).unwrap_or_else(|why| panic!("{}: {why}", document.display()));
            let faults: Vec<_> = faults(&config.services, &program).iter().map(ToString::to_string).collect();
            assert!(faults.is_empty(), "{}: {faults:#?}", document.display());
            seen += config.services.by_name.len();
        }
    }
    assert!(seen > 1, "the documents show {seen} connectors");
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

/// A page in Russian is the same page: headings, examples, rows of tables, and the names of the language, section by section.
#[test]
fn every_russian_page_says_what_its_original_says() {
    let pages = pages(&house().join("docs/ru"));
    for page in &pages {
        let original = house().join("docs").join(page.file_name().unwrap());
        assert_eq!(lag(&text(&original), &text(page)), None, "{}", page.display());
    }
    assert!(!pages.is_empty(), "no page is in Russian");
}

/// Every key that the reader knows stands in the reference, in backquotes or in an example.
#[test]
fn every_key_of_the_flow_language_is_explained() {
    let mut keys = BTreeSet::new();
    for schema in schema::all() {
        properties(&serde_json::from_str(&schema.text).unwrap(), &mut keys);
    }
    assert!(keys.contains("barge_in") && keys.contains("holidays"), "{keys:?}");
    for page in ["docs/flows.md", "docs/ru/flows.md"] {
        let text = text(&house().join(page));
        let sections = sections(&text);
        let named: BTreeSet<_> =
            sections.iter().flat_map(|section| section.names().into_iter().chain(words_of(&section.examples))).collect();
        let missing: Vec<_> = keys.iter().filter(|key| !named.contains(key.as_str())).collect();
        assert!(missing.is_empty(), "{page} does not name {missing:?}");
    }
}

/// The names of all `properties` of a JSON schema.
fn properties(schema: &serde_json::Value, found: &mut BTreeSet<String>) {
    match schema {
        serde_json::Value::Object(entries) => {
            found.extend(entries.get("properties").and_then(|own| own.as_object()).into_iter().flat_map(|own| own.keys().cloned()));
            entries.values().for_each(|inner| properties(inner, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|inner| properties(inner, found)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) | serde_json::Value::String(_) => {}
    }
}

#[test]
fn a_page_that_lags_behind_is_told() {
    let original = "# A\n\n## Steps\n\n`say` says `{id: <step>}`.\n\n| a |\n|---|\n| b |\n\n```yaml\n# first\n- say: x # aloud\n```\n";
    let same =
        "# Б\n\n## Шаги\n\nШаг `say` произносит `{id: <шаг>}`.\n\n| а |\n|---|\n| б |\n\n```yaml\n# first\n- say: x   # вслух\n```\n";
    assert_eq!(lag(original, same), None);
    for (from, to, why) in [
        ("## Шаги", "### Шаги", "headings"),
        ("## Шаги", "## Ветки\n\n## Шаги", "headings"),
        ("- say: x", "- say: y", "example"),
        ("```yaml\n# first\n", "```yaml\n", "example"),
        ("```yaml", "```yaml flow", "example"),
        ("| б |\n", "", "rows"),
        ("Шаг `say`", "Шаг", "say"),
    ] {
        let other = same.replacen(from, to, 1);
        assert_ne!(other, same);
        assert!(lag(original, &other).is_some_and(|told| told.contains(why)), "{from} → {to}: {:?}", lag(original, &other));
    }
    let longer = original.replace("says", "says `barge_in`");
    assert!(lag(&longer, same).is_some_and(|told| told.contains("barge_in")));
}

/// Where a translation is not the page that its original is.
fn lag(original: &str, translated: &str) -> Option<String> {
    let (original, translated) = (sections(original), sections(translated));
    let headings = |page: &[Section]| page.iter().map(|section| section.heading.to_owned()).collect::<Vec<_>>();
    let levels =
        |page: &[Section]| page.iter().map(|section| section.heading.chars().take_while(|c| *c == '#').count()).collect::<Vec<_>>();
    if levels(&original) != levels(&translated) {
        return Some(format!("other headings: {:#?}\nand {:#?}", headings(&original), headings(&translated)));
    }
    let lag = |(ours, theirs): (&Section, &Section)| Some(format!("{}: {}", theirs.heading, ours.unlike(theirs)?));
    original.iter().zip(&translated).find_map(lag)
}

/// A heading and what stands below it.
#[derive(Default)]
struct Section<'t> {
    heading: &'t str,
    prose: Vec<&'t str>,
    /// The lines of fenced blocks, without comments behind them.
    examples: Vec<&'t str>,
}

impl<'t> Section<'t> {
    fn unlike(&self, other: &Self) -> Option<String> {
        let rows = |section: &Self| section.prose.iter().filter(|line| line.starts_with('|')).count();
        if let Some((ours, theirs)) = self.examples.iter().zip(&other.examples).find(|(ours, theirs)| ours != theirs) {
            return Some(format!("another example: {theirs} for {ours}"));
        }
        if self.examples.len() != other.examples.len() || rows(self) != rows(other) {
            let (examples, others) = (self.examples.len(), other.examples.len());
            return Some(format!("{others} lines of examples for {examples}, {} rows for {}", rows(other), rows(self)));
        }
        let (names, others) = (self.names(), other.names());
        let missing: Vec<_> = names.difference(&others).collect();
        (!missing.is_empty()).then(|| format!("it does not name {missing:?}"))
    }

    /// Words of the flow language: what stands in backquotes, but for `<placeholders>`.
    fn names(&self) -> BTreeSet<&'t str> {
        let code = self.prose.iter().flat_map(|line| line.split('`').skip(1).step_by(2));
        let named = code.flat_map(|code| {
            code.split('<')
                .enumerate()
                .filter_map(|(nth, part)| if nth == 0 { Some(part) } else { part.split_once('>').map(|(_, rest)| rest) })
        });
        words_of(&named.collect::<Vec<_>>()).into_iter().collect()
    }
}

fn words_of<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    let words = lines.iter().flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    words.filter(|word| word.len() > 1).collect()
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let (mut sections, mut fenced) = (vec![Section::default()], false);
    for line in text.lines() {
        let fence = line.starts_with("```");
        if line.starts_with('#') && !fenced {
            sections.push(Section { heading: line, ..Section::default() });
        }
        let Some(section) = sections.last_mut() else { continue };
        if fenced || fence {
            section.examples.push(line.split(" # ").next().unwrap_or(line).trim_end());
        } else {
            section.prose.push(line);
        }
        fenced ^= fence;
    }
    sections
}

/// Every document of the house: beside the manifest, in `docs/` and in `audio/`.
fn documents() -> Vec<PathBuf> {
    ["", "docs", "docs/ru", "audio"].iter().flat_map(|folder| pages(&house().join(folder))).collect()
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
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
