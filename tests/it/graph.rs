//! `dauys graph`: pictures of the shipped flows, and what coverage shows in them.

use std::path::Path;

use dauys::bundle;
use dauys::cli::Exit;
use dauys::cli::coverage::{Sources, json};
use dauys::cli::graph::{Args, Format, Words, run};
use dauys_core::flow::coverage::{By, Cell, Kind};
use dauys_core::lang::Lang;

use crate::bundle::{house, write};

fn args(flow: &str, format: Format, coverage: Option<&Path>, output: &Path) -> Args {
    Args {
        flow: flow.to_owned(),
        root: house().to_owned(),
        format,
        lang: Words::Ru,
        coverage: coverage.map(Path::to_path_buf),
        output: Some(output.to_owned()),
    }
}

#[test]
fn every_shipped_flow_is_drawn_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture");
    for flow in bundle::load(house()).unwrap().program.flows.iter() {
        for (format, start) in [(Format::Svg, "<svg"), (Format::Dot, "digraph"), (Format::Mermaid, "")] {
            assert_eq!(run(&args(&flow.name, format, None, &file)), Exit::Ok, "{}", flow.name);
            let drawn = std::fs::read_to_string(&file).unwrap();
            assert!(drawn.starts_with(start) && flow.steps.iter().all(|step| drawn.contains(&step.id)), "{drawn}");
        }
    }
}

#[test]
fn ways_that_nobody_has_gone_are_marked() {
    let folder = tempfile::tempdir().unwrap();
    let (counts, file) = (folder.path().join("c.json"), folder.path().join("picture.svg"));
    let mut sources = Sources::none(&bundle::load(house()).unwrap().program);
    let step = |step: &str, way: &str, by| Cell {
        flow: "main".to_owned(),
        step: step.to_owned(),
        kind: Kind::Way,
        way: way.to_owned(),
        by,
        lang: Some(Lang::Ru),
    };
    sources.talks.taken.take(step("hub", "documents", By::Word));
    sources.simulated.taken.take(step("hub", "documents", By::Key));
    sources.simulated.taken.take(step("more", "finish", By::Key));
    assert_eq!(sources.whole().beside(), 0);
    write(folder.path(), "c.json", json(&sources).as_bytes());
    assert_eq!(run(&args("main", Format::Svg, Some(&counts), &file)), Exit::Ok);
    let drawn = std::fs::read_to_string(&file).unwrap();
    assert!(drawn.contains(">documents</text>") && drawn.contains("✗ other_language") && !drawn.contains("✗ documents"), "{drawn}");
    assert!(drawn.contains(">1/2</tspan>"), "{drawn}");
    assert!(drawn.contains(">◌ finish</text>") && !drawn.contains("◌ documents"), "{drawn}");
}

#[test]
fn what_is_no_coverage_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (counts, file) = (folder.path().join("c.json"), folder.path().join("picture.svg"));
    write(folder.path(), "c.json", b"{}");
    assert_eq!(run(&args("main", Format::Svg, Some(&counts), &file)), Exit::Usage);
    assert_eq!(run(&args("main", Format::Svg, Some(Path::new("/nowhere/c.json")), &file)), Exit::Environment);
    assert_eq!(run(&args("mian", Format::Svg, None, &file)), Exit::Usage);
    assert!(!file.exists());
}
