//! As SVG, which every browser shows: no style sheet, no script, no font of its own.

use std::fmt::Write as _;

use super::layout::{Layout, Place, layout};
use super::picture::{Arrow, Box, Gone, Kind, Picture};

const INK: &str = "#1c2733";
const PALE: &str = "#5b6b7b";
/// What nobody has taken: a warm colour, and dotted, for those who see no colours.
const MISSING: &str = "#b3420a";
/// What only callers that were made up have taken.
const SIMULATED: &str = "#6b3fa0";
const LINE: f64 = 17.0;

/// Draws a picture.
pub fn svg(picture: &Picture) -> String {
    let layout = layout(picture);
    let mut svg = head(picture, &layout);
    for ((arrow, route), label) in picture.arrows.iter().zip(&layout.routes).zip(&layout.labels) {
        line(&mut svg, arrow, route, label.as_ref());
    }
    for (drawn, place) in picture.boxes.iter().zip(&layout.boxes) {
        outline(&mut svg, drawn, place);
    }
    for (arrow, label) in picture.arrows.iter().zip(&layout.labels) {
        if let Some(place) = label {
            words(&mut svg, arrow, place);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn head(picture: &Picture, layout: &Layout) -> String {
    let (width, height) = (layout.width.max(360.0), layout.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"11.5\" role=\"img\">\n"
    );
    let title = escaped(&picture.title);
    let _ = writeln!(svg, "<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>");
    for (id, colour) in [("ink", PALE), ("missing", MISSING), ("simulated", SIMULATED)] {
        let _ = writeln!(
            svg,
            "<marker id=\"{id}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
             <path d=\"M0 1 10 5 0 9z\" fill=\"{colour}\"/></marker>"
        );
    }
    let legend = if picture.is_counted { "dotted and ✗: nobody has gone this way; ◌: simulated callers alone" } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"26\" y=\"26\" fill=\"{INK}\" font-size=\"14\" font-weight=\"bold\">{title}<tspan dx=\"8\" fill=\"{PALE}\" font-weight=\"normal\" font-size=\"11.5\">{legend}</tspan></text>"
    );
    svg
}

fn outline(svg: &mut String, drawn: &Box, place: &Place) {
    let (fill, radius, stroke) = match drawn.kind {
        Kind::Step => ("#f4f6f8", 3.0, 1.0),
        Kind::Question => ("#e8f1fb", 16.0, 1.6),
        Kind::Service => ("#fbf3df", 3.0, 1.6),
        Kind::Flow => ("#eaf5ea", 3.0, 3.0),
        Kind::Exit => ("#eceff2", 22.0, 1.0),
    };
    let untaken = matches!(drawn.taken, Some((0, 1..)));
    let (colour, dash) = if untaken { (MISSING, " stroke-dasharray=\"2 3\"") } else { (INK, "") };
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\" fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"{stroke}\"{dash}/>",
        place.left(),
        place.top(),
        place.width,
        place.height
    );
    for (nth, line) in drawn.lines.iter().enumerate() {
        let y = place.top() + LINE * (nth as f64 + 1.0) + 6.0;
        let (weight, ink) = if nth == 0 { ("bold", INK) } else { ("normal", PALE) };
        let share =
            drawn.taken.filter(|(_, ways)| nth == 0 && *ways > 1).map(|(taken, ways)| format!("{taken}/{ways}")).unwrap_or_default();
        let _ = writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" fill=\"{ink}\" font-weight=\"{weight}\">{}<tspan dx=\"6\" font-weight=\"normal\" fill=\"{PALE}\">{share}</tspan></text>",
            place.x,
            escaped(line)
        );
    }
}

fn line(svg: &mut String, arrow: &Arrow, route: &[(f64, f64)], label: Option<&Place>) {
    let (colour, marker) = match arrow.taken {
        Some(Gone::Nobody) => (MISSING, "missing"),
        Some(Gone::Simulated) => (SIMULATED, "simulated"),
        Some(Gone::Somebody) | None => (PALE, "ink"),
    };
    let dash = match (arrow.taken, arrow.is_last_resort) {
        (Some(Gone::Nobody), _) => " stroke-dasharray=\"2 3\"",
        (_, true) => " stroke-dasharray=\"7 4\"",
        (_, false) => "",
    };
    let path = if arrow.from == arrow.to { looped(route, label) } else { curve(route) };
    let _ =
        writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.2\"{dash} marker-end=\"url(#{marker})\"/>");
}

/// A smooth line through the points: each piece leaves and comes upright.
fn curve(route: &[(f64, f64)]) -> String {
    let mut path = format!("M{:.1} {:.1}", route[0].0, route[0].1);
    for pair in route.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let middle = (y0 + y1) / 2.0;
        let _ = write!(path, " C{x0:.1} {middle:.1} {x1:.1} {middle:.1} {x1:.1} {y1:.1}");
    }
    path
}

/// Down from the box, round its own words, and back into it.
fn looped(route: &[(f64, f64)], label: Option<&Place>) -> String {
    let (x, y) = route[0];
    let (aside, below) = label.map_or((x + 30.0, y + 20.0), |place| (place.x, place.bottom()));
    format!("M{:.1} {y:.1} C{:.1} {below:.1} {aside:.1} {:.1} {:.1} {y:.1}", x - 4.0, x - 4.0, below + 6.0, x + 4.0)
}

fn words(svg: &mut String, arrow: &Arrow, place: &Place) {
    let colour = match arrow.taken {
        Some(Gone::Nobody) => MISSING,
        Some(Gone::Simulated) => SIMULATED,
        Some(Gone::Somebody) | None => INK,
    };
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#ffffff\" fill-opacity=\"0.85\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"{colour}\">{}{}</text>",
        place.left(),
        place.top(),
        place.width,
        place.height,
        place.x,
        place.y + 4.0,
        arrow.mark(),
        escaped(&arrow.label)
    );
}

fn escaped(text: &str) -> String {
    let plain = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        c if c.is_control() => " ".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(plain).collect()
}
