//! Everything that the files of a project show, read once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::thread;

use super::addresses::{self, PortLiteral, UrlLiteral};
use super::code::{Language, is_aside, line_at};
use super::definitions::{self, Definition, DefinitionKind};
use super::env_file::{self, EnvFileText};
use super::reads::{self, EnvRead};
use super::{node, python, walk};

/// A package or module that code imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The top-level module, or the package.
    pub module: String,
    /// The line where it is first imported, from 1.
    pub line: u32,
    /// Whether that is inside a function, or otherwise later than at the start.
    pub lazy: bool,
}

/// What one file shows.
#[derive(Clone, Debug)]
pub struct FileFacts {
    /// The file.
    pub path: PathBuf,
    /// The same as it is shown: relative to the project's folder, with `/`.
    pub shown: String,
    /// Its language, if it is code that is looked into.
    pub language: Option<Language>,
    /// Whether it is a test, or something else that no service runs.
    pub aside: bool,
    /// What it imports from elsewhere.
    pub imports: Vec<Import>,
    /// The variables that it reads.
    pub reads: Vec<EnvRead>,
    /// Whether it reads variables whose names stand elsewhere.
    pub reads_any: bool,
    /// The paths that it serves.
    pub routes: Vec<String>,
    /// The ports that it listens on as written.
    pub ports: Vec<PortLiteral>,
    /// The loopback URLs in it.
    pub urls: Vec<UrlLiteral>,
    /// Where it gives variables a value.
    pub definitions: Vec<Definition>,
    /// Which of the phrases asked about stand in it, each with its first line.
    pub phrases: Vec<(usize, u32)>,
}

/// What is looked for in all files.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Texts, wherever they stand.
    pub phrases: Vec<String>,
}

/// The facts of a project.
#[derive(Debug)]
pub struct Survey {
    /// The folder.
    pub root: PathBuf,
    /// Its files, sorted by path.
    pub files: Vec<FileFacts>,
    /// Its environment files, templates included.
    pub env_files: Vec<EnvFileText>,
    /// The variables of its environment files that are mentioned anywhere else, in any case of letters.
    pub mentioned: HashSet<String>,
}

impl Survey {
    /// Looks at everything below `root`. `wanted` is asked once the environment files are known.
    pub fn of(root: &Path, wanted: impl FnOnce(&[EnvFileText]) -> Wanted) -> Self {
        let paths = walk::files_below(root);
        let is_env = |path: &PathBuf| {
            matches!(definitions::kind_of(path), Some(DefinitionKind::EnvFile | DefinitionKind::Template))
        };
        let env_files: Vec<EnvFileText> =
            paths.iter().filter(|path| is_env(path)).filter_map(|path| env_file::read(path, root)).collect();
        let wanted = wanted(&env_files);
        let names: HashMap<String, ()> = env_files
            .iter()
            .flat_map(|file| file.bindings.iter())
            .map(|binding| (binding.name.to_ascii_uppercase(), ()))
            .collect();
        let looker = Looker { root, wanted: &wanted, names: &names };
        let crew = thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
        let share = paths.len().div_ceil(crew).max(1);
        let mut files = Vec::with_capacity(paths.len());
        let mut mentioned = HashSet::new();
        thread::scope(|scope| {
            let looker = &looker;
            let shares: Vec<_> =
                paths.chunks(share).map(|share| scope.spawn(move || looker.look_at_all(share))).collect();
            for share in shares {
                // A file that makes a thread fail is a fault of ours; the other files still say what they say.
                let (facts, names) = share.join().unwrap_or_default();
                files.extend(facts);
                mentioned.extend(names);
            }
        });
        Self { root: root.to_owned(), files, env_files, mentioned }
    }

    /// All definitions of all variables.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.files.iter().flat_map(|file| &file.definitions)
    }

    /// The facts of one file.
    pub fn file(&self, path: &Path) -> Option<&FileFacts> {
        let at = self.files.binary_search_by(|file| file.path.as_path().cmp(path)).ok()?;
        self.files.get(at)
    }
}

struct Looker<'a> {
    root: &'a Path,
    wanted: &'a Wanted,
    names: &'a HashMap<String, ()>,
}

impl Looker<'_> {
    fn look_at_all(&self, paths: &[PathBuf]) -> (Vec<FileFacts>, HashSet<String>) {
        let mut mentioned = HashSet::new();
        let facts = paths.iter().map(|path| self.look_at(path, &mut mentioned)).collect();
        (facts, mentioned)
    }

    fn look_at(&self, path: &Path, mentioned: &mut HashSet<String>) -> FileFacts {
        let shown = walk::shown(path, self.root);
        let language = Language::of(path);
        let mut facts = FileFacts {
            path: path.to_owned(),
            language,
            aside: is_aside(&shown),
            shown,
            imports: Vec::new(),
            reads: Vec::new(),
            reads_any: false,
            routes: Vec::new(),
            ports: Vec::new(),
            urls: Vec::new(),
            definitions: Vec::new(),
            phrases: Vec::new(),
        };
        if is_lock_file(path) {
            return facts;
        }
        let Some(text) = walk::text_of(path) else { return facts };
        let is_env =
            path.file_name().and_then(|name| name.to_str()).is_some_and(definitions::is_env_file_name);
        if !is_env && !self.names.is_empty() {
            self.note_names(&text, mentioned);
        }
        facts.phrases = (0..)
            .zip(&self.wanted.phrases)
            .filter_map(|(n, phrase)| Some((n, first_line(&text, phrase)?)))
            .collect();
        match language {
            Some(language) => look_into(&mut facts, language, &text),
            None => facts.definitions = definitions::definitions(path, &text),
        }
        facts
    }

    /// Notes which of the names stand in a text as words.
    fn note_names(&self, text: &str, mentioned: &mut HashSet<String>) {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        for word in text.as_bytes().split(|byte| !is_part(*byte)).filter(|word| !word.is_empty()) {
            if !(word[0].is_ascii_alphabetic() || word[0] == b'_') || word.len() > 80 {
                continue;
            }
            let Ok(word) = std::str::from_utf8(word) else { continue };
            let is_upper = word.bytes().all(|byte| !byte.is_ascii_lowercase());
            let known = if is_upper { self.names.contains_key(word) } else { false };
            if known {
                mentioned.insert(word.to_owned());
            } else if !is_upper {
                let upper = word.to_ascii_uppercase();
                if self.names.contains_key(&upper) {
                    mentioned.insert(upper);
                }
            }
        }
    }
}

fn look_into(facts: &mut FileFacts, language: Language, text: &str) {
    // What a bundler made has lines that nobody wrote.
    if text.lines().take(200).any(|line| line.len() > 20_000) {
        return;
    }
    let code = language.code(text);
    facts.reads = reads::reads(&code, language);
    facts.reads_any = reads::reads_any(&code);
    if !facts.aside {
        facts.definitions = definitions::code_defaults(&facts.path, &facts.reads);
        facts.urls = addresses::urls(&code);
        facts.ports = addresses::ports(&code, language);
        facts.routes = addresses::routes(&code, language);
    }
    facts.imports = match language {
        Language::Python => python::imports(&code),
        Language::Script => node::imports(&code),
        Language::Rust | Language::Go => Vec::new(),
    };
}

/// Files that machines write: nothing in them is anybody's mistake, and they are large.
fn is_lock_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    matches!(name, "package-lock.json" | "pnpm-lock.yaml" | "go.sum")
        || matches!(ending, "lock" | "svg" | "map" | "csv")
}

fn first_line(text: &str, phrase: &str) -> Option<u32> {
    let at = memchr::memmem::find(text.as_bytes(), phrase.as_bytes())?;
    Some(line_at(text, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::samples::written;

    #[test]
    fn a_project_is_read_once_with_all_that_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| written(folder.path(), name, text);
        write(".env", "USED=1\nunused=2\nFIELD=3\n");
        write("api/main.py", "import flask\nimport os\nx = os.environ['USED']\nclass S:\n    field: str\n");
        write("api/secret.txt", "a\nneedle\n");
        let survey = Survey::of(folder.path(), |files| {
            assert_eq!(files.len(), 1);
            Wanted { phrases: vec!["needle".to_owned()] }
        });
        let main = survey.file(&folder.path().join("api/main.py")).unwrap();
        assert_eq!(main.imports.iter().map(|import| import.module.as_str()).collect::<Vec<_>>(), ["flask"]);
        assert_eq!(main.reads[0].name, "USED");
        let secret = survey.file(&folder.path().join("api/secret.txt")).unwrap();
        assert_eq!(secret.phrases, [(0, 2)]);
        let mut mentioned: Vec<_> = survey.mentioned.iter().cloned().collect();
        mentioned.sort();
        assert_eq!(mentioned, ["FIELD", "USED"]);
        assert_eq!(survey.definitions().count(), 3);
    }
}
