//! `portolan init`: a portolan.toml of what the folder shows, asked about on a terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use clap::Args;

use crate::draft::{self, Draft, DraftCommand, DraftService, Folder, LOOKED_FOR, Said, Survey};

use super::args::Global;
use super::asking::Asking;
use super::draft_file;
use super::failure::{Failure, complain, say};
use super::told::plain;

#[derive(Clone, Copy, Debug, Args)]
#[command(after_help = "\
Examples:
  portolan init                looks around, asks about what it found, and writes portolan.toml
  portolan init --yes          the same without questions
  portolan init --print        only shows it
  portolan init --yes --force  replaces the portolan.toml that is there

It knows package.json (Vite, Next.js, Express and others), Python (FastAPI, Flask, Django), Rust, Go, Deno, Ruby, PHP,
Spring, .NET, and the files of process-compose, foreman, mprocs and docker compose, which count for more than a guess.
Whatever it guessed has a comment with the reason. Nothing is started.")]
pub(super) struct InitArgs {
    /// Ask nothing: keep all that was found
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Print the new portolan.toml and write nothing
    #[arg(long)]
    pub(super) print: bool,
    /// Replace a portolan.toml that is there
    #[arg(long)]
    pub(super) force: bool,
}

/// Runs the verb.
pub(super) fn init(global: &Global, args: InitArgs) -> Result<(), Failure> {
    let folder = global.folder()?;
    if !args.print {
        draft_file::must_be_new(&folder, args.force)?;
    }
    let mut survey = draft::survey(&Folder::look(&folder));
    if survey.draft.services.is_empty() {
        return Err(nothing(&folder, &survey));
    }
    let colour = global.color.on(&std::io::stderr());
    if args.print {
        let rendered = draft::render(&survey.draft);
        let warnings = draft_file::check(&rendered, colour)?;
        say(&rendered)?;
        complain(&report(&survey));
        warnings.iter().for_each(|warning| complain(warning));
        return Ok(());
    }
    let asks = !args.yes;
    if asks && !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(Failure::wrong(
            "there is no terminal to ask on\n  = help: add --yes to keep all that is found, or --print to see it",
        ));
    }
    let (input, out) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut asking = Asking::new(input, out);
    let lacks = draft_file::gitignore_lacks_records(&folder);
    let mut ignore = lacks;
    if asks {
        ask(&mut asking, &mut survey, &folder)?;
        ignore = lacks && asking.yes("add .service_discovery/ to .gitignore?")?;
    }
    drop(asking);
    let rendered = draft::render(&survey.draft);
    let warnings = draft_file::check(&rendered, colour)?;
    draft_file::write(&folder, &rendered, args.force)?;
    say(&report(&survey))?;
    let names: Vec<&str> = survey.draft.services.iter().map(|service| service.name.as_str()).collect();
    say(&format!("wrote portolan.toml with {}", draft_file::services(&names)))?;
    if ignore {
        draft_file::ignore_records(&folder)?;
        say("added .service_discovery/ to .gitignore")?;
    }
    warnings.iter().chain(&draft_file::note_one_above(&folder)).for_each(|text| complain(text));
    say("Look it over; `portolan up` starts it.")
}

fn nothing(folder: &Path, survey: &Survey) -> Failure {
    let mut text = format!(
        "found nothing to start in {}\n  = note: looked for {LOOKED_FOR}",
        plain(&folder.display().to_string())
    );
    for note in &survey.notes {
        text.push_str(&format!("\n  = note: {}", plain(note)));
    }
    text.push_str(
        "\n  = help: write one by hand: [services.web] with command = \"…\"; `portolan schema` has every key",
    );
    Failure::failed(text)
}

/// What was found, what was left aside, and what of other tools' files is not there.
fn report(survey: &Survey) -> String {
    let mut text = format!("found {}\n", plain(&survey.found.join(", ")));
    for note in &survey.notes {
        text.push_str(&format!("note: {}\n", plain(note)));
    }
    for (file, leftover) in survey.leftovers.iter().filter(|(_, leftover)| leftover.fate != draft::Fate::Kept)
    {
        let told = format!("{file}:{}: {}: {}", leftover.line, leftover.key, leftover.why);
        text.push_str(&format!("note: {}\n", plain(&told)));
    }
    text
}

fn ask<I: BufRead, O: Write>(
    asking: &mut Asking<I, O>,
    survey: &mut Survey,
    folder: &Path,
) -> Result<(), Failure> {
    let draft = &mut survey.draft;
    let own = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let default = draft.name.as_ref().map_or(own.clone(), |name| name.value.clone());
    asking.tell(&format!("found {}", plain(&survey.found.join(", "))))?;
    let name = asking.text("name of the stack", &default)?;
    if name != own {
        draft.name = Some(Said::plainly(name));
    }
    let names: Vec<String> = draft.services.iter().map(|service| service.name.clone()).collect();
    for name in names {
        ask_about(asking, draft, &name)?;
    }
    if draft.services.is_empty() {
        return Err(Failure::failed("no service was kept, so nothing was written"));
    }
    Ok(())
}

fn ask_about<I: BufRead, O: Write>(
    asking: &mut Asking<I, O>,
    draft: &mut Draft,
    name: &str,
) -> Result<(), Failure> {
    let Some(service) = draft.service(name) else { return Ok(()) };
    asking.tell(&described(service))?;
    if !asking.yes(&format!("keep {name}?"))? {
        draft.remove(name);
        return Ok(());
    }
    if let Some(port) = draft.service(name).and_then(DraftService::preferred_port) {
        let chosen = asking.port(&format!("port of {name}"), port)?;
        if chosen != port {
            draft.set_port(name, chosen);
        }
    }
    Ok(())
}

/// A service in two lines.
fn described(service: &DraftService) -> String {
    let command = match &service.command.value {
        DraftCommand::Text(line) => line.lines().next().unwrap_or_default().to_owned(),
        DraftCommand::Words(words) => words.join(" "),
    };
    let place =
        if service.directory.is_empty() { String::new() } else { format!(" (in {})", service.directory) };
    let why = service.command.note.as_ref().map(|note| format!("\n  {}", plain(&note.text())));
    format!("\n{}{}", plain(&format!("{}: {command}{place}", service.name)), why.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Port;

    fn survey() -> Survey {
        let text = "api: node api.js $PORT\nweb: node web.js $PORT\n";
        let imported = draft::import(draft::Format::Procfile, text, "Procfile", "", &|_| true).unwrap();
        let mut draft = imported.draft;
        draft.services[1].needs.push(Said::plainly(draft::DraftNeed::healthy("api")));
        Survey { draft, found: vec!["Procfile".to_owned()], notes: Vec::new(), leftovers: Vec::new() }
    }

    fn asked(answers: &str) -> Result<Survey, Failure> {
        let mut survey = survey();
        let mut out = Vec::new();
        ask(&mut Asking::new(answers.as_bytes(), &mut out), &mut survey, Path::new("/x/shop"))?;
        Ok(survey)
    }

    #[test]
    fn answers_change_the_draft() {
        let draft = asked("store\ny\n8123\n\n\n").unwrap().draft;
        assert_eq!(draft.name.as_ref().unwrap().value, "store");
        assert_eq!(draft.service("api").unwrap().preferred_port(), Port::new(8123));
        let unchanged = asked("\n\n\n\n\n").unwrap().draft;
        assert_eq!(unchanged, survey().draft);
    }

    #[test]
    fn what_a_terminal_would_act_on_is_not_said() {
        let wild = || "a\x1b]0;x\x07\x1b[2Jb".to_owned();
        let mut survey = survey();
        survey.draft.services[0].directory = wild();
        survey.found = vec![wild()];
        survey.notes = vec![wild()];
        let leftover = draft::Leftover { key: wild(), line: 1, fate: draft::Fate::Lost, why: wild() };
        survey.leftovers = vec![(wild(), leftover)];
        let mut out = Vec::new();
        let nothing = nothing(Path::new("/x"), &survey).text;
        let reported = report(&survey);
        ask(&mut Asking::new(&b"\n\n\n\n\n"[..], &mut out), &mut survey, Path::new("/x/shop")).unwrap();
        for text in [reported, nothing, String::from_utf8(out).unwrap()] {
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
            assert!(text.contains("ab"), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_kept_is_needed_by_nobody() {
        let draft = asked("\nn\n\n\n").unwrap().draft;
        assert_eq!(draft.services.len(), 1);
        assert!(draft.services[0].needs.is_empty());
        assert_eq!(asked("\nn\nn\n").unwrap_err().code, 1);
    }
}
