//! Pictures of flows: which step leads where, by what answer, and which ways somebody has gone.
//!
//! A picture is made from the compiled flow and drawn as SVG, DOT or Mermaid. It opens no file, and the same flow gives the same bytes.

mod dot;
mod layout;
mod mermaid;
mod picture;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use picture::{Gone, Picture, Taken, picture};
pub use svg::svg;

#[cfg(test)]
mod tests {
    use super::picture::{Arrow, Box, Kind};
    use super::*;

    fn small() -> Picture {
        let boxed = |kind, name: &str, taken| Box { kind, lines: vec![name.to_owned()], taken };
        let arrow = |from, to, label: &str, taken| Arrow { from, to, label: label.to_owned(), is_last_resort: false, taken };
        Picture {
            title: "a \"<b>\" & c".to_owned(),
            boxes: vec![boxed(Kind::Question, "ask {x|y}", Some((1, 2))), boxed(Kind::Exit, "end", Some((0, 1)))],
            arrows: vec![
                arrow(0, 1, "yes & <no>", Some(Gone::Somebody)),
                arrow(0, 0, "again ≤2", Some(Gone::Nobody)),
                arrow(0, 1, "late", Some(Gone::Simulated)),
            ],
            is_counted: true,
        }
    }

    #[test]
    fn words_of_an_author_stay_words() {
        let picture = small();
        assert!(svg(&picture).contains("yes &amp; &lt;no&gt;") && !svg(&picture).contains("<b>"));
        assert!(dot(&picture).contains(r#"ask \{x\|y\}"#) && dot(&picture).contains(r#"digraph "a \"\<b\>\" & c""#));
        assert!(mermaid(&picture).contains("yes #amp; #lt;no#gt;"));
    }

    #[test]
    fn what_nobody_took_is_seen_without_colours() {
        let picture = small();
        assert!(svg(&picture).contains("✗ again ≤2") && !svg(&picture).contains("✗ yes"));
        assert!(dot(&picture).contains("n0 -> n0 [label=\"again ≤2\", style=dotted]"));
        assert!(mermaid(&picture).contains("n0 -.->|\"✗ again ≤2\"| n0"));
        assert!(svg(&picture).contains("◌ late") && !svg(&picture).contains("◌ yes") && mermaid(&picture).contains("|\"◌ late\"|"));
        assert!(dot(&picture).contains("[label=\"◌ late\", style=solid]"));
    }

    #[test]
    fn the_same_picture_is_the_same_bytes() {
        assert_eq!(svg(&small()), svg(&small()));
    }
}
