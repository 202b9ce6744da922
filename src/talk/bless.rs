//! Writes what was said into the file of a talk: only the lines of the robot and the end change, all else stays as it is.

use super::script::{At, Line, Says, Span, Step};

/// A change of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in bytes.
    pub span: Span,
    /// By what; `None`: the step goes, with its line.
    pub text: Option<String>,
}

/// What was said where a line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// All of it.
    pub(super) text: String,
    /// The words of its first prompt.
    pub(super) first: String,
    /// The prompt, where it is just one.
    pub(super) prompt: Option<String>,
}

/// What a line becomes. It stays what it was: a prompt's name, words, or words that go on.
pub(super) fn line(step: &At<Step>, line: &At<Line>, spoken: &Spoken) -> Option<Edit> {
    let is_alone = matches!(&step.it, Step::Robot(lines) if lines.len() == 1);
    let edit = |text: String| Some(Edit { span: line.span.clone(), text: Some(text) });
    match (&line.it.says, &spoken.prompt) {
        _ if spoken.text.is_empty() && is_alone => Some(Edit { span: step.span.clone(), text: None }),
        _ if spoken.text.is_empty() => None, // one of a list: its author knows what to make of it
        (Says::Prompt(_), Some(prompt)) => edit(prompt.clone()),
        (Says::Words(words), _) if line.it.goes_on && !words.is_empty() => edit(quoted(&format!("{} …", spoken.first))),
        (Says::Words(_) | Says::Prompt(_), _) => edit(quoted(&spoken.text)),
    }
}

/// In double quotes, as YAML reads them.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The file with its edits. One that was made along several ways is made once; of two that contradict each other the first is.
pub fn bless(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<Edit> = edits
        .iter()
        .map(|edit| Edit { span: if edit.text.is_some() { edit.span.clone() } else { item(text, &edit.span) }, ..edit.clone() })
        .collect();
    edits.sort_by_key(|edit| edit.span.start);
    edits.dedup_by(|later, first| later.span.start < first.span.end || later.span == first.span);
    let mut blessed = text.to_owned();
    for edit in edits.iter().rev().filter(|edit| text.get(edit.span.clone()).is_some()) {
        blessed.replace_range(edit.span.clone(), edit.text.as_deref().unwrap_or_default());
    }
    blessed
}

/// The lines of a list's item, from its dash on; nothing where it does not stand by itself.
fn item(text: &str, span: &Span) -> Span {
    let nothing = span.start..span.start;
    let (Some(before), Some(after)) = (text.get(..span.start), text.get(span.end..)) else { return nothing };
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after.find('\n').map_or(text.len(), |at| span.end + at + 1);
    let alone = before[start..].trim() == "-" && text[span.end..end].trim().split('#').next() == Some("");
    if alone { start..end } else { nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(text: &str, part: &str, new: Option<&str>) -> Edit {
        let start = text.find(part).unwrap();
        Edit { span: start..start + part.len(), text: new.map(str::to_owned) }
    }

    #[test]
    fn comments_and_layout_stay() {
        let text = "steps:\n  - robot: a   # why\n  - robot: b # gone\n\n  - {robot: c}\n";
        let edits =
            [edit(text, "c", Some("\"z\"")), edit(text, "a ", Some("x ")), edit(text, "robot: b", None), edit(text, "a ", Some("y "))];
        assert_eq!(bless(text, &edits), "steps:\n  - robot: x   # why\n\n  - {robot: \"z\"}\n");
        assert_eq!(bless(text, &[edit(text, "robot: c", None)]), text, "an item within braces has no line of its own");
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(quoted(r#"«иә» "a\b""#), r#""«иә» \"a\\b\"""#);
    }
}
