//! Texts with `{{ name }}` in them, filled in so that a value cannot end the place it stands in.

use std::fmt::Write;

use thiserror::Error;

/// What may stand between the braces.
const NAMES: [&str; 5] = ["to", "text", "sender", "key", "token"];

/// Why a template is none.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// An unknown name.
    #[error("`{{{{ {0} }}}}` is not known: expected one of to, text, sender, key and token")]
    Name(String),
    /// `{{` without `}}`.
    #[error("a `{{{{` has no `}}}}`")]
    Open,
    /// No method of HTTP.
    #[error("expected a method such as POST")]
    Method,
    /// No name of a header.
    #[error("`{0}` is no name of a header")]
    Header(String),
}

/// How values are written where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// As they are.
    Plain,
    /// Within quotes of JSON.
    Json,
    /// In a URL or a form.
    Url,
    /// Within an element or quotes of XML.
    Xml,
}

impl Writing {
    /// By the content type of a body.
    pub(super) fn of(content_type: &str) -> Self {
        let plain = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if plain.ends_with("json") {
            Self::Json
        } else if plain == "application/x-www-form-urlencoded" {
            Self::Url
        } else if plain.ends_with("xml") {
            Self::Xml
        } else {
            Self::Plain
        }
    }

    fn write(self, value: &str) -> String {
        match self {
            Self::Plain => value.to_owned(),
            Self::Json => {
                let quoted = serde_json::Value::from(value).to_string();
                quoted[1..quoted.len() - 1].to_owned()
            }
            Self::Url => value.bytes().fold(String::new(), |mut url, byte| {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(byte.into()),
                    _ => drop(write!(url, "%{byte:02X}")),
                }
                url
            }),
            Self::Xml => {
                value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
            }
        }
    }
}

/// A text with places for values.
pub(super) struct Template {
    /// What stands before a value, and its name; the last has none.
    pieces: Vec<(String, Option<&'static str>)>,
    writing: Writing,
}

impl Template {
    pub(super) fn parse(text: &str, writing: Writing) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or(TemplateError::Open)?;
            let known = NAMES.into_iter().find(|known| *known == name.trim());
            pieces.push((before.to_owned(), Some(known.ok_or_else(|| TemplateError::Name(name.trim().to_owned()))?)));
            rest = after;
        }
        pieces.push((rest.to_owned(), None));
        Ok(Self { pieces, writing })
    }

    pub(super) fn fill<'a>(&self, value: impl Fn(&str) -> &'a str) -> String {
        let piece = |(before, name): &(String, Option<&'static str>)| {
            format!("{before}{}", name.map_or_else(String::new, |name| self.writing.write(value(name))))
        };
        self.pieces.iter().map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_end_the_place_it_stands_in() {
        let text = "«a\"b'c\\d<e>&f=g\n";
        let cases = [
            ("application/json", r#"{"t": "{{ text }}"}"#, r#"{"t": "«a\"b'c\\d<e>&f=g\n"}"#),
            ("application/problem+json; charset=utf-8", "{{text}}", r#"«a\"b'c\\d<e>&f=g\n"#),
            ("application/x-www-form-urlencoded", "t={{ text }}&x={{ to }}", "t=%C2%ABa%22b%27c%5Cd%3Ce%3E%26f%3Dg%0A&x=%2B77012340506"),
            ("text/xml", "<t a='{{ text }}'/>", "<t a='«a&quot;b&apos;c\\d&lt;e&gt;&amp;f=g\n'/>"),
            ("text/plain", "{{ text }}.", "«a\"b'c\\d<e>&f=g\n."),
        ];
        for (content_type, template, filled) in cases {
            let template = Template::parse(template, Writing::of(content_type)).unwrap();
            assert_eq!(template.fill(|name| if name == "to" { "+77012340506" } else { text }), filled, "{content_type}");
        }
    }

    #[test]
    fn what_is_no_template_is_told() {
        assert_eq!(Template::parse("{{ number }}", Writing::Json).err(), Some(TemplateError::Name("number".to_owned())));
        assert_eq!(Template::parse("{{ to", Writing::Json).err(), Some(TemplateError::Open));
        assert_eq!(Template::parse("{ to }", Writing::Json).map(|whole| whole.fill(|_| "")).ok().as_deref(), Some("{ to }"));
    }
}
