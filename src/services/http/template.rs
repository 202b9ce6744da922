//! Texts with places for the fields of a request: `{{field}}`, and nothing else.
//!
//! A value never becomes part of the structure around it: JSON is filled as a tree, in the others each value is escaped for where it stands, and what cannot be escaped
//! is not sent. Values here may be personal: nothing is logged.

use std::collections::BTreeMap;

use dauys_core::citizen::masked;
use dauys_core::flow::graph::{Type, Value};
use serde_json::Value as Json;

use crate::services::Request;

/// What may be asked: field → type.
type Fields = BTreeMap<String, Type>;

/// A text with places for values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Field(String),
}

/// What a field that the request does not have leaves behind.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Absent {
    /// No text at all.
    Fails,
    /// An empty one.
    IsEmpty,
}

/// The values of a request: as they are, or for people to look at.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) request: &'a Request,
    pub(super) are_masked: bool,
}

impl Values<'_> {
    fn text(&self, field: &str) -> Option<String> {
        let value = self.request.get(field)?;
        let text = plain(value)?;
        Some(if self.are_masked && is_private(value) { masked(&text) } else { text })
    }

    fn json(&self, field: &str) -> Option<Json> {
        match self.request.get(field)? {
            Value::Count(count) => Some(Json::from(*count)),
            Value::Flag(flag) => Some(Json::from(*flag)),
            Value::Message(message) => Some(Json::from(message.0)),
            Value::Iin(_) | Value::Application(_) | Value::Phone(_) | Value::Digits(_) | Value::Item(_) | Value::Place(_) => {
                self.text(field).map(Json::from)
            }
            Value::Date(_) | Value::Time(_) | Value::Money(_) | Value::List(_) => self.text(field).map(Json::from),
        }
    }
}

/// As a server reads it. A list has no such form, and no contract asks with one.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Iin(iin) => Some(iin.digits().to_owned()),
        Value::Application(number) => Some(number.digits().to_owned()),
        Value::Phone(phone) => Some(phone.e164().to_owned()),
        Value::Digits(text) | Value::Item(text) | Value::Place(text) => Some(text.clone()),
        Value::Count(count) => Some(count.to_string()),
        Value::Message(message) => Some(message.0.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Date(date) => Some(date.to_string()),
        Value::Time(time) => Some(time.to_string()),
        Value::Money(sum) => Some(format!("{}.{:02}", sum.tenge(), sum.tiyn())),
        Value::List(_) => None,
    }
}

/// For people: private values masked, of a list each item.
pub fn shown(value: &Value) -> String {
    match value {
        Value::List(items) => {
            let item =
                |item: &Request| item.iter().map(|(field, value)| format!("{field}: {}", shown(value))).collect::<Vec<_>>().join(", ");
            items.iter().map(|fields| format!("{{{}}}", item(fields))).collect::<Vec<_>>().join(" ")
        }
        single => plain(single).map_or_else(String::new, |text| if is_private(single) { masked(&text) } else { text }),
    }
}

/// Whether a value names a person or a person's matter.
fn is_private(value: &Value) -> bool {
    match value {
        Value::Iin(_) | Value::Application(_) | Value::Digits(_) | Value::Phone(_) => true,
        Value::Count(_)
        | Value::Message(_)
        | Value::Flag(_)
        | Value::Item(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Money(_)
        | Value::Place(_) => false,
        Value::List(_) => true, // nobody has looked into it
    }
}

impl Template {
    /// # Errors
    /// What is wrong with a placeholder.
    pub(super) fn parse(text: &str, fields: &Fields) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (field, after) = after.split_once("}}").ok_or("`{{` without `}}`: expected {{field}}")?;
            let field = field.trim();
            if !fields.contains_key(field) {
                return Err(format!("the contract asks with no `{field}`: expected {}", one_of(fields.keys())));
            }
            parts.extend((!before.is_empty()).then(|| Part::Text(before.to_owned())));
            parts.push(Part::Field(field.to_owned()));
            rest = after;
        }
        parts.extend((!rest.is_empty()).then(|| Part::Text(rest.to_owned())));
        Ok(Self(parts))
    }

    /// The fields that it has places for.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Field(field) => Some(field.as_str()),
            Part::Text(_) => None,
        })
    }

    /// `None` where a value is missing or cannot stand there.
    pub(super) fn fill(&self, values: Values<'_>, absent: Absent, escape: impl Fn(&str) -> Option<String>) -> Option<String> {
        let filled = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Field(field) => match values.text(field) {
                Some(value) => escape(&value),
                None => (absent == Absent::IsEmpty).then(String::new),
            },
        });
        filled.collect()
    }
}

/// `a, b or c`, for messages.
pub(super) fn one_of(names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{}`", name.as_ref())).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// For a path, a query or a form: all but the unreserved characters of RFC 3986 become `%XX`.
pub(super) fn percent(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    Some(text.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect())
}

/// For a text or an attribute of XML. `None` for what XML 1.0 cannot hold.
pub(super) fn xml(text: &str) -> Option<String> {
    let escaped = text.chars().map(|c| match c {
        '&' => Some("&amp;".to_owned()),
        '<' => Some("&lt;".to_owned()),
        '>' => Some("&gt;".to_owned()),
        '"' => Some("&quot;".to_owned()),
        '\'' => Some("&apos;".to_owned()),
        '\t' | '\n' | '\r' => Some(format!("&#{};", u32::from(c))),
        '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => None,
        c => Some(c.to_string()),
    });
    escaped.collect()
}

/// For a header: it ends where the line ends, so nothing that could end it. `None` for all but visible ASCII and spaces.
pub(super) fn header(text: &str) -> Option<String> {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte)).then(|| text.to_owned())
}

/// Names and the templates of their values: a query, a form. A pair whose field the request does not have is left out.
#[derive(Clone, Debug)]
pub(super) struct Pairs(Vec<(String, Template)>);

impl Pairs {
    /// From pairs that are escaped where they need it.
    pub(super) fn parse<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, fields: &Fields) -> Result<Self, String> {
        let pairs = pairs.map(|(name, text)| match name.contains("{{") {
            true => Err(format!("`{name}`: expected {{{{field}}}} in values only")),
            false => Ok((name.to_owned(), Template::parse(text, fields)?)),
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// `a=b&c=d`.
    pub(super) fn fill(&self, values: Values<'_>) -> String {
        let filled = self.0.iter().filter_map(|(name, value)| Some(format!("{name}={}", value.fill(values, Absent::Fails, percent)?)));
        filled.collect::<Vec<_>>().join("&")
    }
}

/// A document of JSON whose strings are templates.
#[derive(Clone, Debug)]
pub(super) enum JsonTemplate {
    /// Nothing to fill.
    Literal(Json),
    Text(Template),
    Array(Vec<JsonTemplate>),
    Object(Vec<(String, JsonTemplate)>),
}

impl JsonTemplate {
    /// # Errors
    /// What is no JSON, or is wrong with a placeholder.
    pub(super) fn parse(text: &str, fields: &Fields) -> Result<Self, String> {
        let json = serde_json::from_str(text).map_err(|why| format!("expected JSON, with each {{{{field}}}} inside of quotes: {why}"))?;
        Self::of(json, fields)
    }

    fn of(json: Json, fields: &Fields) -> Result<Self, String> {
        match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => Ok(Self::Literal(json)),
            Json::String(text) => Template::parse(&text, fields).map(Self::Text),
            Json::Array(items) => items.into_iter().map(|item| Self::of(item, fields)).collect::<Result<_, _>>().map(Self::Array),
            Json::Object(map) => {
                let pairs = map.into_iter().map(|(key, value)| match key.contains("{{") {
                    true => Err(format!("`{key}`: expected {{{{field}}}} in values only")),
                    false => Ok((key, Self::of(value, fields)?)),
                });
                pairs.collect::<Result<_, _>>().map(Self::Object)
            }
        }
    }

    /// A field that stands alone in its string keeps its type: a count is a number, a flag a boolean. One that the request does not have is left out with its key.
    pub(super) fn fill(&self, values: Values<'_>) -> Option<Json> {
        match self {
            Self::Literal(json) => Some(json.clone()),
            Self::Text(template) => match template.0.as_slice() {
                [Part::Field(field)] => values.json(field),
                _several => template.fill(values, Absent::Fails, |text| Some(text.to_owned())).map(Json::from),
            },
            Self::Array(items) => Some(items.iter().filter_map(|item| item.fill(values)).collect()),
            Self::Object(pairs) => {
                Some(Json::Object(pairs.iter().filter_map(|(key, value)| Some((key.clone(), value.fill(values)?))).collect()))
            }
        }
    }
}

/// A document of XML whose texts and attributes are templates.
///
/// # Errors
/// What is no XML, or is wrong with a placeholder or with its place.
pub(super) fn xml_template(text: &str, fields: &Fields) -> Result<Template, String> {
    let document = roxmltree::Document::parse(text).map_err(|why| format!("expected XML: {why}"))?;
    let is_filled = |at: usize| {
        document.descendants().any(|node| {
            let in_text = node.is_text() && node.range().contains(&at) && !text[node.range()].starts_with("<![CDATA[");
            in_text || node.attributes().any(|attribute| attribute.range_value().contains(&at))
        })
    };
    match text.match_indices("{{").find(|(at, _)| !is_filled(*at)) {
        Some((at, _)) => {
            let line = text[..at].lines().count().max(1);
            Err(format!("line {line} of the XML: expected {{{{field}}}} in texts and values of attributes only"))
        }
        None => Template::parse(text, fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would break out of its place, were it pasted in.
    const HOSTILE: &[&str] = &[
        "\"}, \"admin\": true, {\"",
        "</iin><admin>true</admin><iin>",
        "a\" onload=\"x' y=''",
        "&amp;&lt;]]><!--",
        "1&admin=true#x?y/../z\\",
        "../../admin",
        "%2e%2e%2f",
        "a\r\nX-Admin: true\r\n\r\nGET / HTTP/1.1",
        "{{iin}}",
        "қазақша 🙂",
        "\0\u{1}\u{fffe}",
        "",
    ];

    fn fields() -> Fields {
        BTreeMap::from([("what".to_owned(), Type::Digits), ("n".to_owned(), Type::Count), ("iin".to_owned(), Type::Iin)])
    }

    fn with(value: &str) -> Request {
        BTreeMap::from([("what".to_owned(), Value::Digits(value.to_owned())), ("n".to_owned(), Value::Count(7))])
    }

    fn values(request: &Request) -> Values<'_> {
        Values { request, are_masked: false }
    }

    #[test]
    fn no_value_breaks_out_of_json() {
        let text = r#"{"a": "{{what}}", "b": ["<{{what}}>", {"c": "{{n}}"}], "gone": "{{iin}}", "d": null}"#;
        let template = JsonTemplate::parse(text, &fields()).unwrap();
        for hostile in HOSTILE {
            let sent = template.fill(values(&with(hostile))).unwrap().to_string();
            let read: Json = serde_json::from_str(&sent).unwrap();
            let expected = serde_json::json!({"a": hostile, "b": [format!("<{hostile}>"), {"c": 7}], "d": null});
            assert_eq!(read, expected, "{hostile}");
        }
    }

    #[test]
    fn no_value_breaks_out_of_xml() {
        let template = xml_template("<r a='{{what}}'><iin>{{what}}</iin><gone>{{iin}}</gone></r>", &fields()).unwrap();
        for hostile in HOSTILE {
            let Some(sent) = template.fill(values(&with(hostile)), Absent::IsEmpty, xml) else {
                assert!(hostile.contains('\0'), "{hostile:?} can be sent");
                continue;
            };
            let read = roxmltree::Document::parse(&sent).unwrap();
            let texts: Vec<_> =
                read.root_element().children().map(|node| (node.tag_name().name(), node.text().unwrap_or_default())).collect();
            assert_eq!((read.root_element().attribute("a"), texts), (Some(*hostile), vec![("iin", *hostile), ("gone", "")]));
        }
    }

    #[test]
    fn no_value_breaks_out_of_a_form_or_a_query() {
        let pairs = Pairs::parse([("a", "{{what}}"), ("b", "x{{what}}"), ("gone", "{{iin}}")].into_iter(), &fields()).unwrap();
        for hostile in HOSTILE {
            let sent = pairs.fill(values(&with(hostile)));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%=&".contains(c);
            assert!(sent.chars().all(plain) && sent.matches(['=', '&']).count() == 3, "{sent}");
            assert_eq!(unescaped(&sent), format!("a={hostile}&b=x{hostile}"));
        }
    }

    fn unescaped(text: &str) -> String {
        let mut parts = text.split('%');
        let mut bytes = parts.next().unwrap().as_bytes().to_vec();
        for part in parts {
            bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
            bytes.extend(part[2..].bytes());
        }
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn no_value_ends_a_header() {
        for hostile in HOSTILE {
            let plain = hostile.chars().all(|c| (' '..='~').contains(&c));
            assert_eq!(header(hostile).is_some(), plain, "{hostile:?}");
        }
    }

    #[test]
    fn a_placeholder_names_a_field_of_the_request_in_a_place_for_values() {
        let json = |text| JsonTemplate::parse(text, &fields()).map(drop).unwrap_err();
        let xml = |text| xml_template(text, &fields()).map(drop).unwrap_err();
        let cases = [
            (json(r#"{"a": {{n}}}"#), "expected JSON, with each {{field}} inside of quotes"),
            (json(r#"{"a": "{{N}}"}"#), "the contract asks with no `N`: expected `iin`, `n`, `what`"),
            (json(r#"{"a": "{{n"}"#), "`{{` without `}}`"),
            (json(r#"{"{{n}}": 1}"#), "expected {{field}} in values only"),
            (xml("<a>"), "expected XML"),
            (xml("<a>{{m}}</a>"), "the contract asks with no `m`"),
            (xml("<a><![CDATA[{{n}}]]></a>"), "line 1 of the XML: expected {{field}} in texts"),
            (xml("<a>\n<!-- {{n}} --></a>"), "line 2 of the XML"),
            (xml("<a><?x {{n}}?></a>"), "line 1 of the XML"),
        ];
        for (found, expected) in cases {
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn private_values_are_masked_for_people() {
        let request = with("850412100429");
        let shown = Values { request: &request, are_masked: true };
        let template = JsonTemplate::parse(r#"["{{what}}", "{{n}}"]"#, &fields()).unwrap();
        assert_eq!(template.fill(shown).unwrap().to_string(), r#"["********0429",7]"#);
    }
}
