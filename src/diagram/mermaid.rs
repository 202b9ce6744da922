//! As Mermaid, which Markdown viewers draw.

use std::fmt::Write as _;

use super::picture::{Gone, Kind, Picture};

/// Writes a picture.
pub fn mermaid(picture: &Picture) -> String {
    let mut mermaid = "flowchart TD\n".to_owned();
    for (at, drawn) in picture.boxes.iter().enumerate() {
        let (open, close) = match drawn.kind {
            Kind::Step => ("[", "]"),
            Kind::Question => ("(", ")"),
            Kind::Service => ("[/", "/]"),
            Kind::Flow => ("[[", "]]"),
            Kind::Exit => ("([", "])"),
        };
        let lines: Vec<String> = drawn.lines.iter().map(|line| escaped(line)).collect();
        let _ = writeln!(mermaid, "  n{at}{open}\"{}\"{close}", lines.join("<br/>"));
    }
    for arrow in &picture.arrows {
        let line = if arrow.is_last_resort || arrow.taken == Some(Gone::Nobody) { "-.->" } else { "-->" };
        let mark = arrow.mark();
        let label =
            if arrow.label.is_empty() && mark.is_empty() { String::new() } else { format!("|\"{mark}{}\"|", escaped(&arrow.label)) };
        let _ = writeln!(mermaid, "  n{} {line}{label} n{}", arrow.from, arrow.to);
    }
    mermaid
}

/// Mermaid reads HTML entities.
fn escaped(text: &str) -> String {
    let plain = |c: char| match c {
        '"' => "#quot;".to_owned(),
        '<' => "#lt;".to_owned(),
        '>' => "#gt;".to_owned(),
        '#' => "#35;".to_owned(),
        '&' => "#amp;".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(plain).collect()
}
