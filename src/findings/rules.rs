//! All rules of a stack: Portolan's own and the project's, and the search for lines that they speak of.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use aho_corasick::AhoCorasick;

use crate::logs::Spotter;
use crate::stack::{Finding, UnixMillis};
use crate::survey;

use super::check::Check;
use super::parse::{RuleFault, RuleFaults, Trust, parse};
use super::place;
use super::rule::{Rule, Source, When};

/// Where a project keeps rules of its own, beside its portolan.toml.
const PROJECT_FOLDER: &str = ".portolan/findings";

/// A file above this size, in bytes, is nothing that somebody wrote.
const LARGEST: u64 = 1 << 20;

macro_rules! own {
    ($($name:literal),* $(,)?) => {
        &[$((concat!("assets/findings/", $name), include_str!(concat!("../../assets/findings/", $name)))),*]
    };
}

/// Portolan's own rules, by topic.
const OWN: &[(&str, &str)] = own![
    "dependencies.toml",
    "environment.toml",
    "health.toml",
    "node.toml",
    "ports.toml",
    "process.toml",
    "programs.toml",
    "python.toml",
    "system.toml",
];

/// Rules, ready to be matched. Clones share them.
#[derive(Clone)]
pub struct Rules {
    inner: Arc<Inner>,
}

struct Inner {
    rules: Vec<Rule>,
    /// The words of all rules about the log, and which rule each belongs to.
    words: AhoCorasick,
    rule_of_word: Vec<usize>,
    /// Files of the project that rules were read from.
    files: Vec<PathBuf>,
}

impl Rules {
    /// Portolan's own rules.
    ///
    /// # Errors
    /// Those of a rule that is wrong, which a test rules out.
    pub fn own() -> Result<Self, RuleFaults> {
        Self::read(Vec::new(), Trust::Tried, Vec::new())
    }

    /// Portolan's own rules, and those of the project in `folder`: every `*.toml` in `.portolan/findings`, by name. One
    /// with the id of an own rule takes its place.
    ///
    /// # Errors
    /// Everything that is wrong with the project's files, examples that are not found included.
    pub fn of_project(folder: &Path) -> Result<Self, RuleFaults> {
        let place = folder.join(PROJECT_FOLDER);
        let unreadable = |path: &Path, error: &io::Error| {
            let message = format!("this rule file cannot be read: {error}");
            let remedy = "let your user read it, or move it away".to_owned();
            RuleFault { file: path.to_owned(), line: 1, message, remedy }
        };
        let entries: io::Result<Vec<fs::DirEntry>> = fs::read_dir(&place).and_then(Iterator::collect);
        let mut paths: Vec<PathBuf> = match entries {
            Ok(entries) => entries.iter().map(fs::DirEntry::path).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::own(),
            Err(error) => return Err(RuleFaults(vec![unreadable(&place, &error)])),
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let (mut files, mut faults) = (Vec::new(), Vec::new());
        for path in paths {
            match text_of(&path) {
                Ok(text) => files.push((path, text)),
                Err(error) => faults.push(unreadable(&path, &error)),
            }
        }
        Self::read(files, Trust::Tried, faults)
    }

    /// Rules of these files beside Portolan's own; `faults` is what is known to be wrong already.
    fn read(
        files: Vec<(PathBuf, String)>,
        own: Trust,
        mut faults: Vec<RuleFault>,
    ) -> Result<Self, RuleFaults> {
        let own = OWN.iter().map(|(name, text)| (PathBuf::from(name), (*text).to_owned(), own));
        let of_project = files.iter().map(|(path, text)| (path.clone(), text.clone(), Trust::None));
        let mut rules: Vec<Rule> = Vec::new();
        for (path, text, trust) in own.chain(of_project) {
            match parse(&path, &text, trust) {
                Ok(read) => {
                    for rule in read {
                        rules.retain(|known| known.id != rule.id);
                        rules.push(rule);
                    }
                }
                Err(found) => faults.extend(found),
            }
        }
        let of_log = rules.iter().enumerate().filter(|(_, rule)| rule.on == Source::Log);
        let (rule_of_word, words): (Vec<usize>, Vec<String>) =
            of_log.flat_map(|(n, rule)| rule.words.iter().map(move |word| (n, word.clone()))).unzip();
        let words = match AhoCorasick::new(&words) {
            Ok(words) => words,
            Err(error) => {
                let (message, remedy) =
                    (format!("the rules' words are too many: {error}"), "use fewer".into());
                faults.push(RuleFault { file: PROJECT_FOLDER.into(), line: 1, message, remedy });
                return Err(RuleFaults(faults));
            }
        };
        if !faults.is_empty() {
            return Err(RuleFaults(faults));
        }
        let files = files.into_iter().map(|(path, _)| path).collect();
        Ok(Self { inner: Arc::new(Inner { rules, words, rule_of_word, files }) })
    }

    /// How many rules there are, and the project's files that some of them are from.
    pub fn inventory(&self) -> (usize, &[PathBuf]) {
        (self.inner.rules.len(), &self.inner.files)
    }

    /// Whether one of these numbers, as the log store tells them, is of a rule about healthy services.
    pub fn speak_of_healthy_ones(&self, numbers: &[u32]) -> bool {
        let rule = |number: &u32| self.inner.rules.get(usize::try_from(*number).ok()?);
        numbers.iter().filter_map(rule).any(|rule| rule.when == When::Always)
    }

    /// Whether the rule of that name is about services that are healthy, too.
    pub fn is_about_healthy_ones(&self, id: &str) -> bool {
        self.inner.rules.iter().any(|rule| rule.id == id && rule.when == When::Always)
    }

    /// Whether what was seen at that time came of code that was written anew since; `folder` is that of the stack.
    pub fn is_mended(&self, finding: &Finding, folder: &Path, seen: UnixMillis) -> bool {
        let raised = |rule: &Rule| rule.id == finding.rule && rule.check == Some(Check::Unhandled);
        let place = finding.place.as_deref().filter(|_| self.inner.rules.iter().any(raised));
        place.is_some_and(|place| place::is_written_since(folder, place, seen.0))
    }

    pub(super) fn all(&self) -> &[Rule] {
        &self.inner.rules
    }

    /// The rules about the log that may speak of the line: those that have a word in it.
    pub(super) fn candidates(&self, line: &[u8]) -> Vec<usize> {
        let words = self.inner.words.find_overlapping_iter(line);
        let mut candidates: Vec<usize> =
            words.map(|word| self.inner.rule_of_word[word.pattern().as_usize()]).collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }
}

fn text_of(path: &Path) -> io::Result<String> {
    let bytes = survey::bytes_of(path, LARGEST)?;
    String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

impl Spotter for Rules {
    fn words(&self) -> Vec<String> {
        let of_log = self.inner.rules.iter().filter(|rule| rule.on == Source::Log);
        let always = of_log.filter(|rule| rule.when == When::Always && !rule.hinted);
        always.flat_map(|rule| rule.words.iter().cloned()).collect()
    }

    fn spot(&self, line: &[u8]) -> Vec<u32> {
        let candidates = self.candidates(line).into_iter();
        candidates
            .filter(|index| self.inner.rules[*index].matches(line))
            .filter_map(|index| u32::try_from(index).ok())
            .collect()
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules").field("rules", &self.inner.rules.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portolans_own_rules_find_their_examples_and_nothing_that_they_are_not_to_find() {
        let rules =
            Rules::read(Vec::new(), Trust::None, Vec::new()).unwrap_or_else(|faults| panic!("{faults}"));
        let (count, files) = rules.inventory();
        assert!(count > 30 && files.is_empty(), "{count} rules");
    }

    #[test]
    fn every_file_that_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(PROJECT_FOLDER);
        fs::create_dir_all(place.join("folder.toml")).unwrap();
        fs::write(place.join("latin.toml"), b"# caf\xe9\n").unwrap();
        fs::write(place.join("wrong.toml"), "[[rule]]\n").unwrap();
        fs::write(place.join("README"), "no rules").unwrap();
        #[cfg(unix)]
        {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            let pipe = place.join("endless.toml");
            rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }
        let RuleFaults(faults) = Rules::of_project(folder.path()).unwrap_err();
        let mut names: Vec<_> = faults.iter().map(|fault| fault.file.file_name().unwrap()).collect();
        names.sort();
        let mut expected = vec!["folder.toml", "latin.toml", "wrong.toml"];
        if cfg!(unix) {
            expected.insert(0, "endless.toml");
        }
        assert_eq!(names, expected, "{faults:?}");
    }

    #[test]
    fn no_two_of_portolans_own_rules_have_one_name() {
        let texts = OWN.iter().map(|(_, text)| text.matches("\n[[rule]]").count());
        assert_eq!(
            texts.sum::<usize>(),
            Rules::own().unwrap().inventory().0,
            "the later one replaces the other"
        );
    }
}
