//! `portolan import`: another tool's file as a portolan.toml, and what of it has no equivalent.

use std::fs;
use std::io::IsTerminal;
use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::draft::{self, Fate, Format, ImportError, Imported, Leftover};

use super::args::Global;
use super::draft_file;
use super::failure::{Failure, Versioned, complain, say, say_json};
use super::told::plain;

/// Larger than any file that a person writes.
const LARGEST: u64 = 4 * 1024 * 1024;

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan import process-compose.yaml     writes portolan.toml, and lists what it could not take over
  portolan import Procfile.dev --print     shows it and writes nothing
  portolan import infra/docker-compose.yml
  portolan import stack.yaml --format mprocs

The file is left as it is. Services of a compose file stay in their containers: Portolan starts them with
`docker compose up SERVICE`, except where a service builds the code of a folder and says a plain command for it.")]
pub(super) struct ImportArgs {
    /// The file: process-compose.yaml, Procfile, compose.yaml (docker-compose.yml) or mprocs.yaml
    pub(super) file: PathBuf,
    /// What it is, where its name and contents do not tell
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) format: Option<FormatChoice>,
    /// Print the new portolan.toml and write nothing
    #[arg(long)]
    pub(super) print: bool,
    /// Replace a portolan.toml that is there
    #[arg(long)]
    pub(super) force: bool,
    /// Print what was written and what was left over as JSON
    #[arg(long, conflicts_with = "print")]
    pub(super) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatChoice {
    ProcessCompose,
    Procfile,
    Compose,
    Mprocs,
}

impl From<FormatChoice> for Format {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::ProcessCompose => Self::ProcessCompose,
            FormatChoice::Procfile => Self::Procfile,
            FormatChoice::Compose => Self::Compose,
            FormatChoice::Mprocs => Self::Mprocs,
        }
    }
}

/// Runs the verb.
pub(super) fn import(global: &Global, args: &ImportArgs) -> Result<(), Failure> {
    let folder = global.folder()?;
    let ready = if args.print { Ok(()) } else { draft_file::must_be_new(&folder, args.force) };
    let drafted = drafted(&folder, args, global.color.on(&std::io::stderr()));
    let Drafted { imported, rendered, warnings, shown } = match (drafted, ready) {
        (Ok(drafted), Ok(())) => drafted,
        (Err(failure), Ok(())) | (Ok(_), Err(failure)) => return Err(failure),
        (Err(file), Err(exists)) => return Err(file.and(&exists)),
    };
    if args.print {
        say(&rendered)?;
        complain(&listing(&imported.leftovers, &shown));
        warnings.iter().for_each(|warning| complain(warning));
        return Ok(());
    }
    let written = draft_file::write(&folder, &rendered, args.force)?;
    if args.json {
        return say_json(&Versioned { schema: 1, report: &Report::new(&written, &imported) });
    }
    let names: Vec<&str> = imported.draft.services.iter().map(|service| service.name.as_str()).collect();
    say(&format!("wrote portolan.toml with {}", draft_file::services(&names)))?;
    say(&listing(&imported.leftovers, &shown))?;
    warnings.iter().chain(&draft_file::note_one_above(&folder)).for_each(|text| complain(text));
    if std::io::stdout().is_terminal() {
        say("`portolan up` starts it.")?;
    }
    Ok(())
}

/// The other tool's file as a draft that loads.
struct Drafted {
    imported: Imported,
    rendered: String,
    warnings: Vec<String>,
    /// The file, as it was named.
    shown: String,
}

fn drafted(folder: &Path, args: &ImportArgs, colour: bool) -> Result<Drafted, Failure> {
    let path = folder.join(&args.file);
    let shown = args.file.display().to_string();
    let text = text_of(&path, &shown)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let refused = |error: &ImportError, remedy: &str| {
        let place = error.line().map_or_else(|| shown.clone(), |line| format!("{shown}:{line}"));
        Failure::wrong(format!("failed to {error}\n  --> {place}\n  {remedy}"))
    };
    let format = match args.format {
        Some(choice) => choice.into(),
        None => Format::of(&name, &text).map_err(|error| {
            let known: Vec<&str> = Format::ALL.iter().map(|format| format.word()).collect();
            refused(&error, &format!("= help: say what it is: --format {}", known.join("|")))
        })?,
    };
    let beside = |inner: &str| path.parent().is_some_and(|parent| parent.join(inner).is_dir());
    let imported = draft::import(format, &text, &name, &below(folder, &path), &beside)
        .map_err(|error| refused(&error, &format!("= note: read as {format}; --format says otherwise")))?;
    let rendered = draft::render(&imported.draft);
    let warnings = draft_file::check(&rendered, colour)?;
    Ok(Drafted { imported, rendered, warnings, shown })
}

fn text_of(path: &Path, shown: &str) -> Result<String, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::wrong(format!("failed to read {shown}: {error}"));
    let metadata = path.metadata().map_err(|error| failed(&error))?;
    if !metadata.is_file() {
        return Err(failed(&"it is not a file"));
    }
    if metadata.len() > LARGEST {
        return Err(failed(&"it is too large to have been written by a person"));
    }
    let bytes = fs::read(path).map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|_| failed(&"it is not UTF-8"))
}

/// The folder of `file`, relative to `folder`; absolute where it lies elsewhere.
fn below(folder: &Path, file: &Path) -> String {
    let parent = file.parent().unwrap_or(folder);
    let parent = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
    if let Ok(relative) = parent.strip_prefix(folder) {
        return slashed(relative);
    }
    let shared = folder.components().zip(parent.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).count();
    let down: PathBuf = parent.components().skip(shared).collect();
    let path: PathBuf = std::iter::repeat_n(Component::ParentDir, up).collect();
    slashed(&path.join(down))
}

fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn listing(leftovers: &[Leftover], file: &str) -> String {
    let mut text = String::new();
    let groups = [
        (Fate::Lost, "has no equivalent, and is not there any more:"),
        (Fate::Approximated, "is there in another way:"),
        (Fate::Kept, "stays with the other tool:"),
    ];
    for (fate, title) in groups {
        let mut of_kind = leftovers.iter().filter(|leftover| leftover.fate == fate).peekable();
        if of_kind.peek().is_some() {
            text.push_str(&format!("\n{title}\n"));
        }
        for Leftover { key, line, why, .. } in of_kind {
            text.push_str(&format!("  {}\n", plain(&format!("{file}:{line}: {key}: {why}"))));
        }
    }
    if text.is_empty() { "everything in it has an equivalent".to_owned() } else { text }
}

#[derive(Serialize)]
struct Report<'r> {
    file: String,
    services: Vec<&'r str>,
    leftovers: Vec<ReportLeftover<'r>>,
}

#[derive(Serialize)]
struct ReportLeftover<'r> {
    key: &'r str,
    line: u32,
    fate: &'static str,
    why: &'r str,
}

impl<'r> Report<'r> {
    fn new(written: &Path, imported: &'r Imported) -> Self {
        let leftover = |leftover: &'r Leftover| ReportLeftover {
            key: &leftover.key,
            line: leftover.line,
            fate: match leftover.fate {
                Fate::Lost => "lost",
                Fate::Approximated => "approximated",
                Fate::Kept => "kept",
            },
            why: &leftover.why,
        };
        Self {
            file: written.display().to_string(),
            services: imported.draft.services.iter().map(|service| service.name.as_str()).collect(),
            leftovers: imported.leftovers.iter().map(leftover).collect(),
        }
    }
}
