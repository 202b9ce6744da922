//! What a server answered, as a tree: JSON by pointers (RFC 6901), XML by a small part of XPath.
//!
//! The part of XPath: `/Envelope/Body/Answer/item[2]/@code`. Names are local names, whatever their namespace; `*` is any element, `[2]` the second of those with one
//! parent, `@code` an attribute, at the end only. A document with a DTD is refused, and so is every bomb of entities.

use serde_json::Value as Json;

/// The most nodes of a document of XML. The parser takes no stack for elements in elements, nor do we.
const NODES_MAX: u32 = 20_000;
/// The longest text that a value may be read from, in bytes.
const TEXT_MAX: usize = 1000;

/// What a document is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Json,
    Xml,
}

/// A document.
pub(super) enum Document<'a> {
    Json(Json),
    Xml(roxmltree::Document<'a>),
}

/// A place in a document.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    Json(&'a Json),
    Element(roxmltree::Node<'a, 'a>),
    Attribute(&'a str),
}

/// The way to a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Path {
    Pointer(String),
    XPath { steps: Vec<Step>, attribute: Option<String> },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    /// `None`: any.
    name: Option<String>,
    /// From 1; `None`: all.
    nth: Option<usize>,
}

impl<'a> Document<'a> {
    /// `None` when it is no such document.
    pub(super) fn parse(kind: Kind, body: &'a [u8]) -> Option<Self> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        match kind {
            Kind::Json => serde_json::from_slice(body).ok().map(Self::Json),
            Kind::Xml => {
                let text = std::str::from_utf8(body).ok()?;
                let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..Default::default() };
                roxmltree::Document::parse_with_options(text, options).ok().map(Self::Xml)
            }
        }
    }

    pub(super) fn root(&'a self) -> Node<'a> {
        match self {
            Self::Json(json) => Node::Json(json),
            Self::Xml(document) => Node::Element(document.root()),
        }
    }
}

impl Path {
    /// # Errors
    /// What was expected.
    pub(super) fn pointer(text: &str) -> Result<Self, String> {
        let is_escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let is_pointer = text.is_empty() || text.starts_with('/');
        if is_pointer && is_escaped {
            Ok(Self::Pointer(text.to_owned()))
        } else {
            Err(format!("expected a pointer such as /documents/0/status, not `{text}`"))
        }
    }

    /// # Errors
    /// What was expected.
    pub(super) fn xpath(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a path such as /Envelope/Body/Answer/item[2]/@code, of names without prefixes, not `{text}`");
        let mut steps: Vec<&str> = text.strip_prefix('/').ok_or_else(wrong)?.split('/').collect();
        let attribute = steps.pop_if(|last| last.starts_with('@')).map(|last| last[1..].to_owned());
        let is_sound = attribute.as_ref().is_none_or(|name| is_name(name)) && !(steps.is_empty() && attribute.is_none());
        let steps: Option<Vec<Step>> = steps.into_iter().map(Step::parse).collect();
        steps.filter(|_| is_sound).map(|steps| Self::XPath { steps, attribute }).ok_or_else(wrong)
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Pointer(_) => Kind::Json,
            Self::XPath { .. } => Kind::Xml,
        }
    }
}

impl Step {
    fn parse(text: &str) -> Option<Self> {
        let (name, nth) = match text.strip_suffix(']') {
            Some(text) => {
                let (name, nth) = text.split_once('[')?;
                (name, Some(nth.parse().ok().filter(|nth| *nth > 0)?))
            }
            None => (text, None),
        };
        (name == "*" || is_name(name)).then(|| Self { name: (name != "*").then(|| name.to_owned()), nth })
    }

    fn is(&self, node: &roxmltree::Node) -> bool {
        node.is_element() && self.name.as_ref().is_none_or(|name| node.tag_name().name() == name)
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_') && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

impl<'a> Node<'a> {
    /// The places that a path leads to from here.
    fn all(self, path: &Path) -> Vec<Self> {
        match (self, path) {
            (Self::Json(json), Path::Pointer(pointer)) => json.pointer(pointer).map(Self::Json).into_iter().collect(),
            (Self::Element(node), Path::XPath { steps, attribute }) => {
                let found = steps.iter().fold(vec![node], |nodes, step| nodes.iter().flat_map(|node| children(*node, step)).collect());
                match attribute {
                    Some(name) => found.iter().filter_map(|node| attribute_of(*node, name)).collect(),
                    None => found.into_iter().map(Self::Element).collect(),
                }
            }
            (Self::Json(_), Path::XPath { .. }) | (Self::Element(_), Path::Pointer(_)) | (Self::Attribute(_), _) => Vec::new(),
        }
    }

    /// Whether a path leads anywhere; an empty list is somewhere, a null is not.
    pub(super) fn has(self, path: &Path) -> bool {
        match (self, path) {
            (Self::Json(json), Path::Pointer(pointer)) => json.pointer(pointer).is_some_and(|found| !found.is_null()),
            (_, _) => !self.all(path).is_empty(),
        }
    }

    /// The items of a list; `None` where there is none. XML has no empty list: where no item is, none is.
    pub(super) fn list(self, path: &Path) -> Option<Vec<Self>> {
        match (self, path) {
            (Self::Json(json), Path::Pointer(pointer)) => {
                json.pointer(pointer)?.as_array().map(|items| items.iter().map(Self::Json).collect())
            }
            (_, _) => Some(self.all(path)),
        }
    }

    /// The text at the first place that a path leads to; `None` where there is none, or no single value.
    pub(super) fn text(self, path: &Path) -> Option<String> {
        let found = self.all(path).into_iter().next()?;
        found.value().filter(|text| text.len() <= TEXT_MAX)
    }

    fn value(self) -> Option<String> {
        match self {
            Self::Json(Json::String(text)) => Some(text.clone()),
            Self::Json(Json::Number(number)) => Some(number.to_string()),
            Self::Json(Json::Bool(flag)) => Some(flag.to_string()),
            Self::Json(Json::Null | Json::Array(_) | Json::Object(_)) => None,
            Self::Element(node) if node.children().any(|child| child.is_element()) => None,
            Self::Element(node) => {
                Some(node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect::<String>().trim().to_owned())
            }
            Self::Attribute(text) => Some(text.trim().to_owned()),
        }
    }
}

fn children<'a>(node: roxmltree::Node<'a, 'a>, step: &Step) -> Vec<roxmltree::Node<'a, 'a>> {
    let found = node.children().filter(|child| step.is(child));
    match step.nth {
        Some(nth) => found.skip(nth - 1).take(1).collect(),
        None => found.collect(),
    }
}

fn attribute_of<'a>(node: roxmltree::Node<'a, 'a>, name: &str) -> Option<Node<'a>> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| Node::Attribute(attribute.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOAP: &str = r#"<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Answer xmlns="urn:x">
  <status> READY </status><none/><item code="01"><n>1</n></item><item code="02"><n>2</n></item>
</Answer></s:Body></s:Envelope>"#;

    fn read(kind: Kind, body: &str, path: &str) -> Option<String> {
        let path = match kind {
            Kind::Json => Path::pointer(path),
            Kind::Xml => Path::xpath(path),
        };
        Document::parse(kind, body.as_bytes())?.root().text(&path.unwrap())
    }

    #[test]
    fn a_path_leads_to_a_value_or_to_none() {
        let json = r#"{"status": "READY", "n": 7, "is": true, "no": null, "list": [{"a/b": "x"}], "deep": {"~": "y"}}"#;
        let cases = [
            (Kind::Json, json, "/status", Some("READY")),
            (Kind::Json, json, "/n", Some("7")),
            (Kind::Json, json, "/is", Some("true")),
            (Kind::Json, json, "/no", None),
            (Kind::Json, json, "/list", None),
            (Kind::Json, json, "/list/0/a~1b", Some("x")),
            (Kind::Json, json, "/list/1", None),
            (Kind::Json, json, "/deep/~0", Some("y")),
            (Kind::Json, "\u{feff}\"x\"", "", Some("x")),
            (Kind::Xml, SOAP, "/Envelope/Body/Answer/status", Some("READY")),
            (Kind::Xml, SOAP, "/*/*/*/item[2]/n", Some("2")),
            (Kind::Xml, SOAP, "/Envelope/Body/Answer/item/@code", Some("01")),
            (Kind::Xml, SOAP, "/Envelope/Body/Answer/item[2]/@code", Some("02")),
            (Kind::Xml, SOAP, "/Envelope/Body/Answer/item[3]/@code", None),
            (Kind::Xml, SOAP, "/Envelope/Body/Answer", None),
            (Kind::Xml, SOAP, "/Envelope/Body/Answer/none", Some("")),
            (Kind::Xml, SOAP, "/Envelope/status", None),
        ];
        for (kind, body, path, value) in cases {
            assert_eq!(read(kind, body, path).as_deref(), value, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_none_is_refused() {
        for text in ["status", "/a~2", "/~"] {
            assert!(Path::pointer(text).is_err(), "{text}");
        }
        for text in ["", "/", "a", "//a", "/a/@b/c", "/s:a", "/a[0]", "/a[x]", "/a[1", "/text()", "/a/..", "/@"] {
            assert!(Path::xpath(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hostile_documents_are_refused_without_a_panic() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"#;
        let entity = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"#;
        let (deep, open) = (format!("{}{}", "<a>".repeat(40_000), "</a>".repeat(40_000)), "<a>".repeat(80_000));
        let wide = format!("<a>{}</a>", "<b/>".repeat(60_000));
        for body in [bomb, entity, &deep, &open, &wide, "", "<a", "<a></b>", "{}", "<a/><a/>"] {
            assert!(Document::parse(Kind::Xml, body.as_bytes()).is_none(), "{:.40}", body);
        }
        let (deep, cut) = (format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), r#"{"status": "REA"#);
        for body in [&deep, cut, "", "<html>", "{\"a\":1}{", "NaN"] {
            assert!(Document::parse(Kind::Json, body.as_bytes()).is_none(), "{:.40}", body);
        }
        assert!(Document::parse(Kind::Json, b"\"\xff\"").is_none() && Document::parse(Kind::Xml, b"<a>\xff</a>").is_none());
    }
}
