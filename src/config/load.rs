//! From files to a checked stack: finds portolan.toml, reads it with its overlays, merges, checks and builds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::stack::{ServiceName, StackSpec};

use super::build::{self, Selection};
use super::console::{self, FilterPlace};
use super::parse::Parsed;
use super::problem::{Place, Problem, Problems, Severity};
use super::roster::Roster;
use super::source::{self, Source, Span};
use super::suggest::{listed, nearest, quoted};
use super::tree::{Node, Table, Value};
use super::{graph, names, parse, placeholders, read, shape, table, words};

/// The name of the configuration.
pub const FILE_NAME: &str = "portolan.toml";

/// The name of the overlay beside it that is not shared with others.
pub const LOCAL_FILE_NAME: &str = "portolan.local.toml";

/// A text that is far from TOML yields an error a token; the first ones say it.
const MAX_SYNTAX_ERRORS: usize = 20;

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadRequest {
    /// The configuration; its real path identifies the stack.
    pub file: PathBuf,
    /// Files to merge over it, lowest first (`-f`).
    pub overlays: Vec<PathBuf>,
    /// The selected profiles (`--profile`).
    pub profiles: Vec<String>,
}

/// A configuration without errors.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What it says.
    pub spec: StackSpec,
    /// What is probably not as meant, in the order of the files.
    pub warnings: Vec<Problem>,
    /// The services that the selected profiles leave out, with the profiles that would include them.
    pub left_out: BTreeMap<ServiceName, Vec<String>>,
    /// Where commands and directories stand, for what is checked later.
    pub(super) places: BTreeMap<ServiceName, ServicePlaces>,
    /// Where the saved filters stand; what they may say another room knows.
    pub(super) filters: Vec<FilterPlace>,
}

/// Where a service's parts stand.
#[derive(Clone, Debug)]
pub(super) struct ServicePlaces {
    pub(super) command: Place,
    pub(super) directory: Place,
}

/// The portolan.toml that belongs to the folder `start`, an absolute path: in it or in the nearest of its parents.
pub fn find(start: &Path) -> Option<PathBuf> {
    start.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.symlink_metadata().is_ok())
}

/// Loads and checks a configuration. Every problem is reported at once, except that services are not compared with
/// each other while a file is not TOML: what its author wrote is then not known.
pub fn load(request: &LoadRequest) -> Result<Loaded, Problems> {
    let mut reader = Reader::default();
    // If it has none, reading it says why.
    let file = real_path(&request.file).unwrap_or_else(|_| request.file.clone());
    reader.add(&file);
    let local = file.with_file_name(LOCAL_FILE_NAME);
    if local.symlink_metadata().is_ok() {
        reader.add(&local);
    }
    for overlay in &request.overlays {
        reader.add(overlay);
    }
    let Reader { root, mut problems, broken, base, .. } = reader;
    let Some(base) = base else { return Err(Problems::new(problems)) };
    let syntax: Vec<(Arc<Path>, u32)> = problems.iter().filter_map(line_of).collect();
    let mut found = Vec::new();
    let node = Node { span: base, value: Value::Table(root.clone()) };
    shape::check(&node, &table::ROOT, "", &mut found);
    let selection = build::select(&root, &request.profiles);
    let spec = build::stack(&root, &file, &selection.chosen, &mut found);
    // A broken line leaves half a value behind, whose faults would only distract.
    found.retain(|problem| line_of(problem).is_none_or(|line| !syntax.contains(&line)));
    if !broken {
        compare(&root, &selection, &spec, &request.profiles, &node.span, &mut found);
    }
    problems.extend(found);
    finish(problems, spec, &selection, console::filter_places(&root))
}

/// What is only wrong between services, or between the file and the command line.
fn compare(
    root: &Table,
    selection: &Selection<'_>,
    spec: &StackSpec,
    profiles: &[String],
    start: &Span,
    problems: &mut Vec<Problem>,
) {
    let roster = Roster::new(selection);
    if read::table(root, "services").is_none_or(Table::is_empty)
        && !root.get("services").is_some_and(not_table)
    {
        problems.push(
            Problem::error("there are no services")
                .at(start)
                .remedy("add one: [services.web] with command = \"…\""),
        );
    }
    unknown_profiles(&roster, profiles, problems);
    graph::check(&roster, problems);
    names::check(&roster, spec, problems);
    placeholders::check(&roster, problems);
    words::check(&roster, spec, problems);
}

fn not_table(node: &Node) -> bool {
    node.table().is_none()
}

fn unknown_profiles(roster: &Roster<'_>, wanted: &[String], problems: &mut Vec<Problem>) {
    let mut known: Vec<&str> = roster.iter().flat_map(|(_, member)| member.profiles()).collect();
    known.sort_unstable();
    known.dedup();
    for profile in wanted.iter().filter(|profile| !known.contains(&profile.as_str())) {
        let problem = Problem::error(format!("no service has the profile {}", quoted(profile)));
        problems.push(match nearest(profile, known.iter().copied()) {
            Some(near) => problem.remedy(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.remedy("leave --profile out: no service has a profile"),
            None => problem.remedy(format!("the profiles are {}", listed(&known))),
        });
    }
}

fn finish(
    mut problems: Vec<Problem>,
    spec: StackSpec,
    selection: &Selection<'_>,
    filters: Vec<FilterPlace>,
) -> Result<Loaded, Problems> {
    // Stable, so that what concerns one place stays in the order of the checks; files come in the order of reading.
    let mut files: Vec<Arc<Path>> = Vec::new();
    for place in problems.iter().filter_map(|problem| problem.place.as_ref()) {
        if !files.contains(&place.file) {
            files.push(place.file.clone());
        }
    }
    problems.sort_by_key(|problem| {
        problem.place.as_ref().map(|place| {
            (files.iter().position(|file| *file == place.file), place.span.start, place.span.end)
        })
    });
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Problems::new(problems));
    }
    let places = selection.chosen.iter().filter_map(|(name, entry)| {
        let table = entry.node.table()?;
        let of = |key: &str| table.get(key).map_or(&entry.key, |node| &node.span).place();
        Some((name.clone(), ServicePlaces { command: of("command"), directory: of("directory") }))
    });
    let left_out = selection.left_out.iter().filter_map(|(name, entry)| {
        let own = read::texts(entry.node.table()?, "profiles");
        Some((name.clone(), own.into_iter().map(|(profile, _)| profile.to_owned()).collect()))
    });
    let (left_out, places) = (left_out.collect(), places.collect());
    Ok(Loaded { spec, warnings: problems, left_out, places, filters })
}

fn line_of(problem: &Problem) -> Option<(Arc<Path>, u32)> {
    problem.place.as_ref().map(|place| (place.file.clone(), place.line))
}

/// Reads files one by one, each laid over those before.
#[derive(Default)]
struct Reader {
    root: Table,
    problems: Vec<Problem>,
    /// Whether some file is not TOML or could not be read.
    broken: bool,
    /// The beginning of the first file, once that was read.
    base: Option<Span>,
    read: usize,
}

impl Reader {
    fn add(&mut self, path: &Path) {
        self.read += 1;
        let text = match source::read(path) {
            Ok(text) => text,
            Err(fault) => {
                self.problems.push(fault.problem());
                self.broken = true;
                return;
            }
        };
        let Parsed { source, table, errors } = match parse::parse(path, &text, self.read) {
            Ok(parsed) => parsed,
            Err(fault) => {
                self.problems.push(fault.problem());
                self.broken = true;
                return;
            }
        };
        self.broken |= !errors.is_empty();
        self.report(&errors, &source);
        self.root.merge(table);
        if self.read == 1 {
            self.base = Some(Span { source, range: 0..0 });
        }
    }

    fn report(&mut self, errors: &[toml::de::Error], source: &Arc<Source>) {
        let mut lines = Vec::new();
        for error in errors {
            let span = Span { source: source.clone(), range: error.span().unwrap_or(0..0) };
            let place = span.place();
            // What follows on a line that is already wrong is mostly the same error once more.
            if lines.contains(&place.line) || lines.len() >= MAX_SYNTAX_ERRORS {
                continue;
            }
            lines.push(place.line);
            let (message, remedy) = parse::explain(error.message());
            let problem = Problem::error(message).at(&span);
            self.problems.push(problem.remedy(remedy));
        }
    }
}

/// The canonical path, as a stack is known by it.
pub fn real_path(path: &Path) -> std::io::Result<PathBuf> {
    fs::canonicalize(path).map(plain_path)
}

/// On Windows the real path begins with `\\?\`, which many programs do not take as a working directory.
fn plain_path(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(plain) if plain.as_bytes().get(1) == Some(&b':') => PathBuf::from(plain),
        _ => path,
    }
}
