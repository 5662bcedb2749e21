//! The JSON Schema in `assets/` is what `portolan schema` prints. `UPDATE_ASSETS=1` writes it anew.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

#[test]
fn the_schema_in_assets_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/portolan.schema.json");
    let schema = portolan::config::schema();
    if std::env::var_os("UPDATE_ASSETS").as_deref() == Some(OsStr::new("1")) {
        fs::write(&file, &schema).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == schema, "UPDATE_ASSETS=1 cargo test --test config_schema writes it anew");
}

#[test]
fn every_key_of_the_schema_is_explained() {
    fn explained(schema: &serde_json::Value, path: &str) {
        if let Some(properties) = schema["properties"].as_object() {
            for (name, property) in properties {
                let path = format!("{path}.{name}");
                assert!(property["description"].as_str().is_some_and(|text| text.ends_with('.')), "{path}");
                explained(property, &path);
            }
        }
        for branch in schema["anyOf"].as_array().into_iter().flatten() {
            explained(branch, path);
        }
        if schema["additionalProperties"].is_object() {
            explained(&schema["additionalProperties"], &format!("{path}.*"));
        }
    }
    explained(&serde_json::from_str(&portolan::config::schema()).unwrap(), "");
}
