//! Adds a requirement to a requirements file or a pyproject.toml.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Item, Value};

/// The text with the requirement in it, or why it cannot be added.
pub(super) fn add(file: &Path, text: &str, requirement: &str) -> Result<String, String> {
    if file.extension().is_some_and(|ending| ending == "toml") {
        return to_pyproject(text, requirement);
    }
    Ok(super::plan::with_line(text, requirement))
}

fn to_pyproject(text: &str, requirement: &str) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|_| "it is not TOML".to_owned())?;
    let poetry = ["tool", "poetry", "dependencies"];
    if let Some(project) = document.get_mut("project") {
        let table = project.as_table_like_mut().ok_or("`project` is not a table")?;
        let item = table.entry("dependencies").or_insert_with(|| Item::Value(Value::Array(Array::new())));
        let list = item.as_array_mut().ok_or("`project.dependencies` is not a list")?;
        push(list, requirement);
        return Ok(document.to_string());
    }
    let mut item = document.as_item_mut();
    for key in poetry {
        item = item.get_mut(key).ok_or("it has neither `project` nor `tool.poetry.dependencies`")?;
    }
    let table = item.as_table_like_mut().ok_or("`tool.poetry.dependencies` is not a table")?;
    let end = requirement.find(['=', '<', '>', '!', '~', '^']).unwrap_or(requirement.len());
    let (name, version) = requirement.split_at(end);
    let version = if version.is_empty() { "*" } else { version };
    table.insert(name, toml_edit::value(version.strip_prefix("==").unwrap_or(version)));
    Ok(document.to_string())
}

/// Adds an element in the manner of those before it: on a line of its own if they have theirs.
fn push(list: &mut Array, requirement: &str) {
    let prefix = list.iter().last().and_then(|last| last.decor().prefix()?.as_str().map(str::to_owned));
    let is_long = prefix.as_deref().is_some_and(|prefix| prefix.contains('\n'));
    list.push(requirement);
    if let (Some(prefix), Some(last)) = (prefix, list.iter_mut().last())
        && is_long
    {
        // A comment behind the element before is part of what separates the two.
        let indent = prefix.rsplit('\n').next().unwrap_or_default();
        last.decor_mut().set_prefix(format!("\n{indent}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(name: &str, text: &str) -> String {
        add(Path::new(name), text, "python-dotenv>=1").unwrap()
    }

    #[test]
    fn a_requirements_file_gets_a_line() {
        assert_eq!(added("requirements.txt", "flask"), "flask\npython-dotenv>=1\n");
        assert_eq!(added("requirements.txt", "flask\r\n"), "flask\r\npython-dotenv>=1\r\n");
    }

    #[test]
    fn a_pyproject_keeps_its_form() {
        let long = "[project]\nname = \"x\"\ndependencies = [\n    \"flask\", # web\n    \"redis\",\n]\n\n[tool.x]\ny = 1 # z\n";
        let expected = "[project]\nname = \"x\"\ndependencies = [\n    \"flask\", # web\n    \"redis\",\n    \"python-dotenv>=1\",\n]\n\n[tool.x]\ny = 1 # z\n";
        assert_eq!(added("pyproject.toml", long), expected);
        let short = "[project]\ndependencies = [\"flask\"]\n";
        assert_eq!(
            added("pyproject.toml", short),
            "[project]\ndependencies = [\"flask\", \"python-dotenv>=1\"]\n"
        );
        assert!(
            added("pyproject.toml", "[project]\nname = \"x\"\n")
                .contains("dependencies = [\"python-dotenv>=1\"]")
        );
        let poetry = "[tool.poetry.dependencies]\nflask = \"*\"\n";
        assert_eq!(
            added("pyproject.toml", poetry),
            "[tool.poetry.dependencies]\nflask = \"*\"\npython-dotenv = \">=1\"\n"
        );
        assert!(add(Path::new("pyproject.toml"), "[tool.x]\n", "y").is_err());
    }
}
