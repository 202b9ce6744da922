//! As DOT, for Graphviz.

use std::fmt::Write as _;

use super::picture::{Gone, Kind, Picture};

/// Writes a picture.
pub fn dot(picture: &Picture) -> String {
    let mut dot = format!("digraph {} {{\n  node [fontname=\"DejaVu Sans\", fontsize=10];\n", quoted(&picture.title));
    for (at, drawn) in picture.boxes.iter().enumerate() {
        let shape = match drawn.kind {
            Kind::Step => "box",
            Kind::Question => "Mrecord",
            Kind::Service => "cds",
            Kind::Flow => "box3d",
            Kind::Exit => "oval",
        };
        let style = if matches!(drawn.taken, Some((0, 1..))) { ", style=dotted" } else { "" };
        let lines: Vec<String> = drawn.lines.iter().map(|line| escaped(line)).collect();
        let _ = writeln!(dot, "  n{at} [shape={shape}, label=\"{}\"{style}];", lines.join("\\n"));
    }
    for arrow in &picture.arrows {
        let style = match (arrow.taken, arrow.is_last_resort) {
            (Some(Gone::Nobody), _) => "dotted",
            (_, true) => "dashed",
            (_, false) => "solid",
        };
        let label = if arrow.taken == Some(Gone::Simulated) { format!("{}{}", arrow.mark(), arrow.label) } else { arrow.label.clone() };
        let _ = writeln!(dot, "  n{} -> n{} [label={}, style={style}];", arrow.from, arrow.to, quoted(&label));
    }
    dot.push_str("}\n");
    dot
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Text within quotes. Braces, bars and angles would draw cells in a record.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\' | '{' | '}' | '|' | '<' | '>') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
