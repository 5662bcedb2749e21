//! What requirement files declare: requirements.txt and its kind with what they include, pyproject.toml, setup.cfg,
//! setup.py and Pipfile.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Item, TableLike, Value};

use crate::survey::code::line_at;
use crate::survey::walk;

use super::distributions::{brought_by_extras, normalised};
use super::requirement_files::is_requirement_file;

/// One distribution that a file declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The distribution's name as PEP 503 compares it.
    pub name: String,
    /// What is said of its version, `==1.0.1`; empty if nothing.
    pub specifier: String,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// Whether it is needed on some systems or Pythons only.
    pub conditional: bool,
}

/// Everything that some files declare.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// What is named.
    pub requirements: Vec<Requirement>,
    /// The files that were read, those included from others too.
    pub files: BTreeSet<PathBuf>,
    /// What the extras of those bring, `redis` for `celery[redis]`.
    pub brought: BTreeSet<String>,
    /// Whether a line names something that cannot be looked into, such as a local folder: it may bring any module.
    pub opaque: bool,
}

/// The requirements that any file below `root` declares.
pub fn python_requirements(root: &Path) -> Vec<Requirement> {
    let files: Vec<PathBuf> =
        walk::files_below(root).into_iter().filter(|file| is_requirement_file(file)).collect();
    declared_in(&files).requirements
}

/// What those files declare, with what they include.
pub fn declared_in(files: &[PathBuf]) -> Declared {
    let mut declared = Declared::default();
    for file in files {
        read(file, &mut declared);
    }
    declared
}

fn read(file: &Path, declared: &mut Declared) {
    if !declared.files.insert(file.to_owned()) {
        return;
    }
    let Some(text) = walk::text_of(file) else {
        // What stands in a file that cannot be read is not known.
        declared.opaque |= file.exists();
        return;
    };
    match file.file_name().and_then(|name| name.to_str()) {
        Some("pyproject.toml") => pyproject(file, &text, declared),
        Some("Pipfile") => pipfile(file, &text, declared),
        Some("setup.cfg") => setup_cfg(file, &text, declared),
        Some("setup.py") => setup_py(file, &text, declared),
        Some(_) | None => requirements_txt(file, &text, declared),
    }
}

fn requirements_txt(file: &Path, text: &str, declared: &mut Declared) {
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let mut line = line.to_owned();
        while line.ends_with('\\') {
            line.pop();
            line.push_str(lines.next().map_or("", |(_, next)| next));
        }
        let line = without_comment(&line);
        let included = ["-r", "--requirement", "-c", "--constraint"]
            .iter()
            .find_map(|flag| Some((*flag, line.strip_prefix(flag)?)));
        if let Some((flag, path)) = included {
            let path = path.trim_start_matches(['=', ' ', '\t']);
            // A constraint says of which version, and not that it is needed.
            if !path.contains("://") && !flag.starts_with("-c") && flag != "--constraint" {
                read(&plain(&file.parent().unwrap_or(Path::new("")).join(path)), declared);
            }
        } else if line.starts_with("-e") || line.starts_with("--editable") {
            declared.opaque = true;
        } else if !line.is_empty() && !line.starts_with('-') {
            add(line, file, number, declared);
        }
    }
}

/// The path without `.` and `..`, as far as names tell.
fn plain(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                parts.pop();
            }
            std::path::Component::CurDir => {}
            other => parts.push(other),
        }
    }
    parts
}

fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    line.find(" #").map_or(line, |at| &line[..at]).trim()
}

/// Adds what a line in the form of PEP 508 names.
fn add(text: &str, file: &Path, line: u32, declared: &mut Declared) {
    match parse(text) {
        Some((name, specifier)) => {
            declared.brought.extend(brought_by_extras(&name, extras_in(text)));
            let conditional = text.contains(';');
            declared.requirements.push(Requirement {
                name,
                specifier,
                file: file.to_owned(),
                line,
                conditional,
            });
        }
        None => declared.opaque = true,
    }
}

/// The extras that a requirement asks for.
fn extras_in(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split(';').next().and_then(|text| text.split_once('[')?.1.split_once(']'));
    inside.map_or("", |(inside, _)| inside).split(',').map(str::trim).filter(|extra| !extra.is_empty())
}

/// Name and specifier of a requirement in the form of PEP 508; `None` for a path or a bare address.
fn parse(text: &str) -> Option<(String, String)> {
    let text = text.split(';').next().unwrap_or_default().trim();
    let text = text.split(" --").next().unwrap_or_default().trim();
    if let Some((_, egg)) = text.split_once("#egg=") {
        let name: String = egg.chars().take_while(|c| is_name_char(*c)).collect();
        return (!name.is_empty()).then(|| (normalised(&name), String::new()));
    }
    let name: String = text.chars().take_while(|c| is_name_char(*c)).collect();
    let mut rest = text[name.len()..].trim_start();
    if name.is_empty() || rest.starts_with(['/', ':', '\\']) || name.starts_with('.') {
        return None;
    }
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim_start();
    }
    if rest.starts_with('@') {
        return Some((normalised(&name), String::new()));
    }
    let specifier: String = rest.trim_matches(['(', ')']).chars().filter(|c| !c.is_whitespace()).collect();
    let plausible = specifier.is_empty() || specifier.starts_with(['=', '<', '>', '!', '~']);
    plausible.then(|| (normalised(&name), specifier))
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn pyproject(file: &Path, text: &str, declared: &mut Declared) {
    let Ok(document) = text.parse::<toml_edit::Document<String>>() else {
        declared.opaque = true;
        return;
    };
    let mut lists: Vec<&Item> = Vec::new();
    let root = document.as_table();
    if let Some(project) = root.get("project").and_then(Item::as_table_like) {
        lists.extend(project.get("dependencies"));
        lists.extend(values(project.get("optional-dependencies")));
    }
    lists.extend(values(root.get("dependency-groups")));
    let uv = root.get("tool").and_then(|tool| tool.get("uv"));
    lists.extend(uv.and_then(|uv| uv.get("dev-dependencies")));
    for value in lists.into_iter().filter_map(Item::as_array).flat_map(toml_edit::Array::iter) {
        if let Some(requirement) = value.as_str() {
            add(requirement, file, line_of(text, value.span()), declared);
        }
    }
    let Some(poetry) = root.get("tool").and_then(|tool| tool.get("poetry")) else { return };
    let mut tables: Vec<&Item> =
        ["dependencies", "dev-dependencies"].iter().filter_map(|key| poetry.get(key)).collect();
    tables.extend(values(poetry.get("group")).filter_map(|group| group.get("dependencies")));
    for table in tables.into_iter().filter_map(Item::as_table_like) {
        named(table, file, text, declared);
    }
}

fn pipfile(file: &Path, text: &str, declared: &mut Declared) {
    let Ok(document) = text.parse::<toml_edit::Document<String>>() else {
        declared.opaque = true;
        return;
    };
    for key in ["packages", "dev-packages"] {
        if let Some(table) = document.as_table().get(key).and_then(Item::as_table_like) {
            named(table, file, text, declared);
        }
    }
}

/// Adds the keys of a table that maps names to versions.
fn named(table: &dyn TableLike, file: &Path, text: &str, declared: &mut Declared) {
    for (key, item) in table.iter() {
        if key == "python" {
            continue;
        }
        let specifier = item.as_str().or_else(|| item.get("version").and_then(Item::as_str));
        let span = table.key(key).and_then(toml_edit::Key::span);
        if item.get("path").is_some() {
            declared.opaque = true;
        }
        let extras = item.get("extras").and_then(Item::as_array).into_iter().flatten();
        let extras = extras.filter_map(Value::as_str);
        declared.brought.extend(brought_by_extras(&normalised(key), extras));
        declared.requirements.push(Requirement {
            name: normalised(key),
            specifier: specifier.filter(|text| *text != "*").unwrap_or_default().to_owned(),
            file: file.to_owned(),
            line: line_of(text, span),
            conditional: item.get("optional").is_some() || item.get("markers").is_some(),
        });
    }
}

/// The line, from 1, in which something of a TOML text stands.
fn line_of(text: &str, span: Option<Range<usize>>) -> u32 {
    line_at(text, span.map_or(0, |span| span.start))
}

fn values(item: Option<&Item>) -> impl Iterator<Item = &Item> {
    item.and_then(Item::as_table_like).into_iter().flat_map(|table| table.iter().map(|(_, item)| item))
}

fn setup_cfg(file: &Path, text: &str, declared: &mut Declared) {
    let (mut section, mut wanted) = (String::new(), false);
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, wanted) = (name.to_owned(), false);
        } else if line.starts_with([' ', '\t']) && wanted {
            if !trimmed.is_empty() && !trimmed.starts_with('#') {
                add(trimmed, file, number, declared);
            }
        } else if let Some((key, value)) = line.split_once('=') {
            wanted = match section.as_str() {
                "options" => key.trim() == "install_requires",
                "options.extras_require" => true,
                _ => false,
            };
            if wanted && !value.trim().is_empty() {
                add(value.trim(), file, number, declared);
            }
        }
    }
}

/// A program, which is not run: every string that looks like a requirement counts as one.
fn setup_py(file: &Path, text: &str, declared: &mut Declared) {
    for (number, line) in (1..).zip(text.lines()) {
        for quoted in line.split(['"', '\'']).skip(1).step_by(2) {
            if let Some((name, specifier)) = parse(quoted) {
                let file = file.to_owned();
                declared.requirements.push(Requirement {
                    name,
                    specifier,
                    file,
                    line: number,
                    conditional: true,
                });
            }
        }
        declared.opaque |= line.contains("open(") || line.contains("read_text");
    }
}

/// The version of Python that a pyproject.toml asks for, with its line.
pub fn required_python(pyproject: &Path) -> Option<(String, u32)> {
    let text = walk::text_of(pyproject)?;
    let document = text.parse::<toml_edit::Document<String>>().ok()?;
    let root = document.as_table();
    let project = root.get("project").and_then(|project| project.get("requires-python"));
    let poetry = || root.get("tool")?.get("poetry")?.get("dependencies")?.get("python");
    let value = project.or_else(poetry).and_then(Item::as_value)?;
    Some((Value::as_str(value)?.to_owned(), line_of(&text, value.span())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn declared(name: &str, text: &str) -> Vec<(String, String, u32)> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        let all = declared_in(&[file]).requirements;
        all.into_iter().map(|found| (found.name, found.specifier, found.line)).collect()
    }

    fn row(name: &str, specifier: &str, line: u32) -> (String, String, u32) {
        (name.to_owned(), specifier.to_owned(), line)
    }

    #[test]
    fn requirement_lines_are_read_as_pip_does() {
        let text = "# c\nFastAPI[standard]>=0.1, <1  # web\n\nPyJWT==2 ; python_version > '3'\nuvicorn \\\n  ==1\n\
                    git+https://x/y#egg=Foo_Bar\nrequests @ https://x/y.whl\n--index-url https://x\n";
        let expected = [
            row("fastapi", ">=0.1,<1", 2),
            row("pyjwt", "==2", 4),
            row("uvicorn", "==1", 5),
            row("foo-bar", "", 7),
            row("requests", "", 8),
        ];
        assert_eq!(declared("requirements.txt", text), expected);
    }

    #[test]
    fn extras_bring_what_they_are_called_after() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("requirements.txt");
        fs::write(&file, "celery[redis]\nfastapi[standard]>=1\npyjwt[crypto]\n").unwrap();
        let brought = declared_in(&[file]).brought;
        for name in ["redis", "uvicorn", "cryptography"] {
            assert!(brought.contains(name), "{name}");
        }
    }

    #[test]
    fn includes_are_followed_once_and_constraints_declare_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("api")).unwrap();
        fs::write(path("base.txt"), "flask\n-r api/requirements.txt\n").unwrap();
        fs::write(path("limits.txt"), "django==1\n").unwrap();
        fs::write(path("api/requirements.txt"), "-r ../base.txt\n-c ../limits.txt\nredis\n").unwrap();
        let all = declared_in(&[path("api/requirements.txt")]);
        assert_eq!(all.requirements.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["flask", "redis"]);
        assert!(!all.opaque);
    }

    #[test]
    fn a_local_folder_may_bring_anything() {
        let folder = tempfile::tempdir().unwrap();
        for line in ["-e ../shared", "./shared", "../shared"] {
            let file = folder.path().join("requirements.txt");
            fs::write(&file, line).unwrap();
            assert!(declared_in(&[file]).opaque, "{line}");
        }
    }

    #[test]
    fn every_table_of_pyproject_counts() {
        let text = "[project]\nrequires-python = \">=3.11\"\ndependencies = [\n  \"fastapi>=1\",\n]\n\
                    [project.optional-dependencies]\ndev = [\"pytest\"]\n[dependency-groups]\nlint = [\"ruff\"]\n\
                    [tool.poetry.dependencies]\npython = \"^3.11\"\nhttpx = \"^0.27\"\nredis = { version = \"5\" }\n";
        let expected = [
            row("fastapi", ">=1", 4),
            row("pytest", "", 7),
            row("ruff", "", 9),
            row("httpx", "^0.27", 12),
            row("redis", "5", 13),
        ];
        assert_eq!(declared("pyproject.toml", text), expected);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pyproject.toml");
        fs::write(&file, text).unwrap();
        assert_eq!(required_python(&file), Some((">=3.11".to_owned(), 2)));
    }

    #[test]
    fn setup_files_and_pipfiles_are_read() {
        let cfg =
            "[options]\ninstall_requires =\n    flask>=2\n    click\n[options.extras_require]\nx = redis\n";
        assert_eq!(
            declared("setup.cfg", cfg),
            [row("flask", ">=2", 3), row("click", "", 4), row("redis", "", 6)]
        );
        assert!(
            declared("setup.py", "setup(install_requires=['flask>=2'])").contains(&row("flask", ">=2", 1))
        );
        assert_eq!(declared("Pipfile", "[packages]\nflask = \"*\"\n"), [row("flask", "", 2)]);
    }
}
