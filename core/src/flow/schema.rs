//! JSON schemas of the files that editors write, derived from the shapes that the reader uses.
//!
//! A schema knows keys and kinds of values; that names exist and calls end is proved by `dauys check` alone. What a schema refuses, the reader refuses too, not the
//! other way round. Draft 7, which every editor's YAML support knows; the words on each key are there in both languages.

use serde_json::{Map, Value as Json, json};

use super::locale::Told;
use super::shape::{self, Shape, Value};

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The name of its file.
    pub file: &'static str,
    /// Its text, as it is written.
    pub text: String,
}

/// The schemas of flows and prompts.
pub fn all() -> Vec<Schema> {
    vec![
        of("flow.schema.json", "a flow of dauys: flows/**/*.yaml", &Value::Map(&shape::FLOW_FILE)),
        of("main.schema.json", "the first flow of dauys: flows/main.yaml", &Value::Map(&shape::MAIN_FILE)),
        of("prompts.schema.json", "prompts of dauys: prompts/**/*.yaml", &shape::PROMPT_FILE),
        of("lexicon.schema.json", "how items are said: flows/lexicon.yaml", &shape::LEXICON_FILE),
        of("topic.schema.json", "a topic of dauys: flows/topics/*.yaml", &Value::Map(&shape::TOPIC_FILE)),
        of("concepts.schema.json", "what callers speak of: flows/concepts.yaml", &Value::Map(&shape::CONCEPTS_FILE)),
        of("calendar.schema.json", "when people work: flows/calendar.yaml", &Value::Map(&shape::CALENDAR_FILE)),
        of("contracts.schema.json", "what services promise: flows/contracts.yaml", &shape::CONTRACTS_FILE),
    ]
}

/// The schema of a file with this at its root.
pub fn of(file: &'static str, title: &str, root: &Value) -> Schema {
    let mut drawer = Drawer::default();
    let mut document = Map::new();
    document.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    document.insert("title".to_owned(), json!(title));
    document.insert("allOf".to_owned(), json!([drawer.value(root)]));
    document.insert("definitions".to_owned(), drawer.definitions());
    Schema { file, text: format!("{:#}\n", Json::Object(document)) }
}

/// Draws values, and keeps the shapes that they refer to until their turn comes.
#[derive(Default)]
struct Drawer {
    shapes: Vec<&'static Shape>,
}

impl Drawer {
    fn value(&mut self, value: &Value) -> Json {
        match value {
            Value::Text => json!({"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": 500}),
            Value::Words => json!({"type": ["string", "number", "boolean"], "minLength": 1}),
            Value::Duration => json!({"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"}),
            Value::Count(most) => json!({"type": ["integer", "string"], "minimum": 1, "maximum": most, "pattern": "^\\+?[0-9]+$"}),
            Value::Number => json!({"type": ["integer", "string"], "minimum": 0, "maximum": u32::MAX, "pattern": "^\\+?[0-9]+$"}),
            Value::Flag => json!({"enum": ["yes", "no", true, false, "true", "false"]}),
            Value::Word(words) => json!({"enum": words}),
            Value::Key => json!({"type": ["integer", "string"], "minimum": 1, "maximum": 9, "pattern": "^[1-9]$"}),
            Value::Map(shape) => self.reference(shape),
            Value::List(item) => json!({"type": "array", "items": self.value(item)}),
            Value::Named(value) => json!({"type": "object", "additionalProperties": self.value(value)}),
            Value::Either(values) => json!({"anyOf": values.iter().map(|value| self.value(value)).collect::<Vec<_>>()}),
            Value::Pattern(pattern) => json!({"type": ["string", "number"], "pattern": pattern}),
            Value::Nothing => json!({"type": "null"}),
            Value::One(shape) => json!({"allOf": [self.reference(shape)], "minProperties": 1, "maxProperties": 1}),
            Value::Step => self.step(),
        }
    }

    /// A map with one key, which is a kind of step.
    fn step(&mut self) -> Json {
        let kinds: Map<_, _> = shape::STEPS.iter().map(|(kind, shape)| ((*kind).to_owned(), self.reference(shape))).collect();
        json!({"type": "object", "properties": kinds, "additionalProperties": false, "minProperties": 1, "maxProperties": 1})
    }

    fn reference(&mut self, shape: &'static Shape) -> Json {
        if !self.shapes.iter().any(|known| std::ptr::eq(*known, shape)) {
            self.shapes.push(shape);
        }
        json!({"$ref": format!("#/definitions/{}", self.name_of(shape))})
    }

    /// The name of a shape among the definitions: two may be called the same in messages.
    fn name_of(&self, shape: &Shape) -> String {
        let plain =
            |shape: &Shape| shape.name.en.trim_start_matches("a ").trim_start_matches("an ").trim_start_matches("the ").replace(' ', "_");
        let name = plain(shape);
        let before = self.shapes.iter().take_while(|known| !std::ptr::eq(**known, shape));
        match before.filter(|known| plain(known) == name).count() {
            0 => name,
            before => format!("{name}_{}", before + 1),
        }
    }

    /// Every shape that was referred to, and those that these refer to.
    fn definitions(&mut self) -> Json {
        let mut drawn = Map::new();
        let mut nth = 0;
        while let Some(shape) = self.shapes.get(nth).copied() {
            let definition = self.map(shape);
            drawn.insert(self.name_of(shape), definition);
            nth += 1;
        }
        Json::Object(drawn)
    }

    fn map(&mut self, shape: &'static Shape) -> Json {
        let keys: Map<_, _> = shape.keys.iter().map(|key| (key.name.to_owned(), documented(self.value(&key.value), key.doc))).collect();
        let needed: Vec<_> = shape.keys.iter().filter(|key| key.is_needed).map(|key| key.name).collect();
        let mut map = json!({"type": "object", "properties": keys, "required": needed, "additionalProperties": false});
        if !shape.one_of.is_empty() {
            map["anyOf"] = shape.one_of.iter().map(|set| json!({"required": set})).collect();
        }
        map
    }
}

/// A reference may have no words beside it, so it is wrapped.
fn documented(mut value: Json, doc: Told<&str>) -> Json {
    if value.get("$ref").is_some() {
        value = json!({"allOf": [value]});
    }
    value["description"] = json!(format!("{} / {}", doc.en, doc.ru));
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_has_its_definition() {
        for schema in all() {
            let json: Json = serde_json::from_str(&schema.text).unwrap();
            let referred: Vec<_> = schema.text.split("#/definitions/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let missing: Vec<_> = referred.iter().filter(|name| json["definitions"].get(name).is_none()).collect();
            assert!(missing.is_empty(), "{}: {missing:?}", schema.file);
            assert_eq!(json["definitions"].as_object().unwrap().len(), referred.iter().collect::<std::collections::BTreeSet<_>>().len());
        }
    }

    #[test]
    fn every_kind_of_step_and_every_key_has_its_words() {
        for (kind, shape) in shape::STEPS {
            assert!(shape.knows("id"), "{kind} has no id");
            for key in shape.keys {
                assert!(!key.doc.en.is_empty() && !key.doc.ru.is_empty(), "{kind}: {}", key.name);
            }
        }
    }
}
