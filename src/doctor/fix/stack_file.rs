//! Sets a variable of a service in portolan.toml, everything else byte for byte as it was.

use toml_edit::{DocumentMut, InlineTable, Item, Value};

/// The text with `service`'s `variable` set to `value`, or why it cannot be set.
pub(super) fn set_env(text: &str, service: &str, variable: &str, value: &str) -> Result<String, String> {
    let (mark, body) = super::plan::split_mark(text);
    let mut document: DocumentMut = body.parse().map_err(|_| "it is not TOML".to_owned())?;
    let services = document.get_mut("services").and_then(Item::as_table_like_mut);
    let own = services.and_then(|services| services.get_mut(service)?.as_table_like_mut());
    let own = own.ok_or_else(|| format!("it has no table `services.{service}`"))?;
    match own.get_mut("env") {
        None => {
            let mut table = InlineTable::new();
            table.insert(variable, Value::from(value));
            own.insert("env", Item::Value(Value::InlineTable(table)));
        }
        Some(Item::Value(Value::InlineTable(table))) => match table.get_mut(variable) {
            Some(old) => replace(old, value),
            None => append(table, variable, value),
        },
        Some(item) => {
            let table =
                item.as_table_like_mut().ok_or_else(|| format!("`services.{service}.env` is not a table"))?;
            match table.get_mut(variable).and_then(Item::as_value_mut) {
                Some(old) => replace(old, value),
                None => {
                    table.insert(variable, toml_edit::value(value));
                }
            }
        }
    }
    // The editor writes line feeds alone where the text had both.
    let edited = document.to_string();
    let edited =
        if body.contains("\r\n") && !edited.contains("\r\n") { edited.replace('\n', "\r\n") } else { edited };
    Ok(format!("{mark}{edited}"))
}

/// Adds an entry; the space before the closing brace stays there.
fn append(table: &mut InlineTable, variable: &str, value: &str) {
    let mut added = Value::from(value);
    if let Some((_, last)) = table.iter_mut().last() {
        let suffix = last.decor().suffix().and_then(|suffix| suffix.as_str()).unwrap_or_default().to_owned();
        last.decor_mut().set_suffix("");
        added.decor_mut().set_prefix(" ");
        added.decor_mut().set_suffix(suffix);
    }
    table.insert(variable, added);
}

/// Puts another value into the place of an old one, with the space and comments around it.
fn replace(old: &mut Value, new: &str) {
    let decor = old.decor().clone();
    *old = Value::from(new);
    *old.decor_mut() = decor;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> String {
        set_env(text, "backend", "AUTH_URL", "{auth.url}").unwrap()
    }

    #[test]
    fn the_rest_of_the_file_stays_as_it_was() {
        let text =
            "# c\n[services.backend]   # d\ncommand = 'x'\nport=8000\n\n[services.auth]\ncommand = \"y\"\n";
        let expected = "# c\n[services.backend]   # d\ncommand = 'x'\nport=8000\nenv = { AUTH_URL = \"{auth.url}\" }\n\n[services.auth]\ncommand = \"y\"\n";
        assert_eq!(set(text), expected);
    }

    #[test]
    fn every_form_of_env_is_extended_or_replaced() {
        let inline = "[services.backend]\nenv = { A = \"1\" } # x\n";
        assert_eq!(set(inline), "[services.backend]\nenv = { A = \"1\", AUTH_URL = \"{auth.url}\" } # x\n");
        let there = "[services.backend]\nenv = { AUTH_URL = \"http://localhost:1\", B = \"2\" }\n";
        assert_eq!(set(there), "[services.backend]\nenv = { AUTH_URL = \"{auth.url}\", B = \"2\" }\n");
        let table = "[services.backend.env]\nA = \"1\"\n\n[services.x]\n";
        assert_eq!(
            set(table),
            "[services.backend.env]\nA = \"1\"\nAUTH_URL = \"{auth.url}\"\n\n[services.x]\n"
        );
        let dotted = "[services.backend]\nenv.AUTH_URL = \"x\" # y\n";
        assert_eq!(set(dotted), "[services.backend]\nenv.AUTH_URL = \"{auth.url}\" # y\n");
        assert!(set_env("[services.x]\n", "backend", "A", "b").is_err());
    }

    #[test]
    fn windows_line_ends_and_a_mark_stay() {
        let text = "\u{feff}[services.backend]\r\ncommand = \"x\"\r\n";
        let edited = set(text);
        assert!(edited.starts_with('\u{feff}') && !edited.replace("\r\n", "").contains('\n'), "{edited:?}");
    }
}
