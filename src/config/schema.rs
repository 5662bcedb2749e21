//! The JSON Schema of portolan.toml, for editors: the table of keys in another form.

use serde_json::{Map as Object, Value as Json, json};

use super::duration;
use super::keys::{Key, Kind, MapKey};
use super::table;
use super::values::SIGNALS;

/// The JSON Schema of portolan.toml as indented text with a final newline, as kept in `assets/`.
pub fn schema() -> String {
    let Json::Object(root) = of_kind(&table::ROOT) else { return String::new() };
    let mut schema = Object::new();
    schema.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".into(), json!("portolan.toml"));
    schema.insert(
        "description".into(),
        json!("A local stack: its services, their ports, and what each needs."),
    );
    schema.extend(root);
    let mut text = serde_json::to_string_pretty(&schema).expect("a tree of JSON values has a text");
    text.push('\n');
    text
}

fn of_kind(kind: &Kind) -> Json {
    match kind {
        Kind::Text | Kind::Template => json!({ "type": "string" }),
        Kind::Secret => json!({ "type": ["string", "number", "boolean"] }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Time => of_time(&json!({ "type": "number", "exclusiveMinimum": 0 })),
        Kind::TimeOrZero => of_time(&json!({ "type": "number", "minimum": 0 })),
        Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65535 }),
        Kind::PortRange => json!({ "type": "string", "pattern": r"^\s*[0-9]+\s*(-\s*[0-9]+\s*)?$" }),
        Kind::Regex => json!({ "type": "string", "format": "regex" }),
        Kind::Url => json!({ "type": "string", "format": "uri" }),
        Kind::HttpTarget => json!({ "type": "string", "pattern": "^(/|https?://)" }),
        Kind::StatusRange => {
            json!({ "type": "string", "pattern": r"^\s*[1-5][0-9]{2}\s*(-\s*[1-5][0-9]{2}\s*)?$" })
        }
        Kind::Signal => {
            let names: Vec<Json> =
                SIGNALS.iter().flat_map(|(name, _)| [json!(name), json!(format!("SIG{name}"))]).collect();
            json!({ "enum": names })
        }
        Kind::Variable => json!({ "type": "string", "pattern": r"^[^=\s]+$" }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::List(kind) => json!({ "type": "array", "items": of_kind(kind) }),
        Kind::Table(keys) => of_table(keys),
        Kind::Map(map_key, kind) => json!({
            "type": "object",
            "propertyNames": { "pattern": map_key_pattern(*map_key) },
            "additionalProperties": of_kind(kind),
        }),
        Kind::Either(kinds) => json!({ "anyOf": kinds.iter().map(of_kind).collect::<Vec<_>>() }),
    }
}

fn of_time(number: &Json) -> Json {
    json!({ "anyOf": [number, { "type": "string", "pattern": duration::PATTERN }] })
}

fn map_key_pattern(map_key: MapKey) -> &'static str {
    match map_key {
        MapKey::Service => "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
        MapKey::Variable => r"^[^=\s]+$",
        MapKey::Name => r"\S",
        MapKey::Header => "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
    }
}

fn of_table(keys: &[Key]) -> Json {
    let properties: Object<String, Json> =
        keys.iter().map(|key| (key.name.to_owned(), of_key(key))).collect();
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

fn of_key(key: &Key) -> Json {
    let mut schema = of_kind(&key.kind);
    schema["description"] = json!(key.doc);
    if let Some(default) = key.default {
        schema["default"] = serde_json::from_str(default).expect("the defaults of the table are JSON");
    }
    schema
}
