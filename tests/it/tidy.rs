//! The walls of the house, held by a test: which room may know which, and what the core may depend on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms of `core/src` and what each may use. A room not named here may use nothing.
const CORE: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("lang", &[]),
    ("citizen", &[]),
    ("key", &[]),
    ("utterance", &[]),
    ("sms", &[]),
    ("heard", &["lang"]),
    ("calendar", &["time"]),
    ("spoken", &["time", "lang", "citizen", "calendar"]),
    ("grammar", &["spoken", "utterance", "time", "lang", "citizen", "calendar"]),
    ("router", &["grammar"]),
    ("flow", &["router", "grammar", "spoken", "sms", "key", "utterance", "time", "lang", "citizen", "calendar"]),
    ("interpreter", &["flow", "router", "grammar", "spoken", "heard", "key", "utterance", "time", "lang", "citizen", "calendar"]),
    ("media", &["key", "utterance", "time"]),
    (
        "simulation",
        &["call", "interpreter", "flow", "media", "grammar", "spoken", "heard", "key", "utterance", "time", "lang", "citizen", "calendar"],
    ),
    ("call", &["interpreter", "flow", "media", "grammar", "spoken", "heard", "key", "utterance", "time", "lang", "citizen", "calendar"]),
];

/// The rooms of `src` and what each may use there. Adapters may use the store, never each other.
const ROOT: &[(&str, &[&str])] = &[
    ("config", &[]),
    ("store", &["config"]),
    ("sip", &["config"]),
    ("pacer", &["config"]),
    ("speech", &["config"]),
    ("bundle", &["speech"]),
    ("services", &["config", "store", "http"]),
    ("callbacks", &["config", "store"]),
    ("http", &[]),
    ("messages", &["config", "store", "http"]),
    ("records", &["config", "store"]),
    ("caller", &["config", "sip", "pacer", "speech"]),
    ("fuzz", &["config", "sip", "bundle"]),
    ("console", &["config", "store"]),
    ("diagram", &[]),
    ("talk", &["bundle", "chat"]),
    ("chat", &["config", "store", "services", "callbacks", "records", "bundle"]),
    ("replay", &["config", "records", "bundle", "speech", "sip"]),
    ("simulate", &["records", "bundle"]),
    ("serve", &["talk", "console", "config", "store", "sip", "pacer", "speech", "bundle", "services", "callbacks", "messages", "records"]),
    (
        "cli",
        &[
            "config",
            "store",
            "sip",
            "pacer",
            "speech",
            "bundle",
            "services",
            "callbacks",
            "messages",
            "records",
            "console",
            "caller",
            "chat",
            "replay",
            "simulate",
            "serve",
            "diagram",
            "talk",
        ],
    ),
];

/// What every room of `src` may use.
const WORDS: &[&str] = &["files"];

/// What may never stand in `core/Cargo.toml`.
const OUTSIDE: &[&str] = &["tokio", "sqlx", "axum", "rsipstack", "rustix", "libc", "rand", "object_store"];

#[test]
fn rooms_of_the_core_know_only_what_they_may() {
    assert_eq!(trespasses("core/src", CORE), [""; 0]);
}

#[test]
fn every_row_names_a_room() {
    for (folder, rooms) in [("core/src", CORE), ("src", ROOT)] {
        let is_there = |room: &&str| ["", ".rs"].iter().any(|ending| house().join(folder).join(format!("{room}{ending}")).exists());
        let named: BTreeSet<&str> = rooms.iter().flat_map(|(room, may)| may.iter().chain([room])).copied().collect();
        assert_eq!(named.into_iter().filter(|room| !is_there(room)).collect::<Vec<_>>(), [""; 0], "{folder}");
    }
}

#[test]
fn adapters_do_not_know_each_other() {
    assert_eq!(trespasses("src", ROOT), [""; 0]);
}

#[test]
fn the_core_depends_on_no_runtime_and_no_database() {
    let manifest = std::fs::read_to_string(house().join("core/Cargo.toml")).unwrap();
    let found: Vec<_> = OUTSIDE.iter().filter(|name| depends_on(&manifest, name)).collect();
    assert!(found.is_empty(), "core/Cargo.toml names {found:?}");
}

#[test]
fn a_trespass_is_seen() {
    let rooms: &[(&str, &[&str])] = &[("media", &["time"]), ("time", &[])];
    assert_eq!(
        rooms_named("use crate::interpreter::Event;\nfn f() { crate::time::x() }"),
        ["interpreter", "time"].map(String::from).into()
    );
    assert_eq!(rooms_named("use crate::{flow::Graph, time};"), ["flow", "time"].map(String::from).into());
    assert_eq!(forbidden("media", "use crate::interpreter::Event;", rooms), ["interpreter"]);
    assert!(forbidden("media", "use crate::time::Tick; use crate::media::Key; use crate::Error;", rooms).is_empty());
    assert!(depends_on("[dependencies]\ntokio = \"1\"", "tokio") && !depends_on("[dependencies]\n# tokio = 1", "tokio"));
}

fn house() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `file: room -> room` for every use that the table does not allow.
fn trespasses(folder: &str, rooms: &[(&str, &[&str])]) -> Vec<String> {
    let root = house().join(folder);
    let mut found = Vec::new();
    for file in rust_files(&root) {
        let inside = file.strip_prefix(&root).unwrap();
        let room = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if room == "lib" || room == "main" {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        found.extend(forbidden(&room, &text, rooms).into_iter().map(|other| format!("{}: {room} -> {other}", inside.display())));
    }
    found
}

fn forbidden(room: &str, text: &str, rooms: &[(&str, &[&str])]) -> Vec<String> {
    let allowed = rooms.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, allowed)| allowed);
    let is_room = |name: &str| name.chars().next().is_some_and(char::is_lowercase);
    let may = |name: &str| name == room || WORDS.contains(&name) || allowed.contains(&name);
    rooms_named(text).into_iter().filter(|name| is_room(name) && !may(name)).collect()
}

/// The first path segment after every `crate::`, also inside `crate::{a, b::c}`.
fn rooms_named(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => rooms.extend(group_heads(group)),
            None => rooms.extend([head(rest)]),
        }
    }
    rooms
}

fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = vec![head(group.trim_start())];
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(head(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    heads.retain(|name| !name.is_empty());
    heads
}

fn head(path: &str) -> String {
    path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn depends_on(manifest: &str, name: &str) -> bool {
    manifest.lines().any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '=', '.'])))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
