//! Which service of a runner's file starts what was found in code, and what the code adds to it.

use crate::draft::import::{BY_NAME, Format};
use crate::draft::service::{DraftCommand, DraftService, Note};
use crate::draft::stack::Draft;

use super::guess::Guess;
use super::native::Native;

/// Managers of packages by which a script is called.
const MANAGERS: [&str; 4] = ["npm", "pnpm", "yarn", "bun"];

/// A guess counts where no other file says what to do with its folder; else it tells what that file does not say.
pub(super) fn take(draft: &mut Draft, guess: Guess, natives: &[Native], notes: &mut Vec<String>) {
    let covered = natives.iter().find_map(|native| Some((native, covering(native, &guess)?)));
    let Some((native, (name, is_sure))) = covered else {
        for hint in guess.hints {
            if !notes.contains(&hint) {
                notes.push(hint);
            }
        }
        draft.services.push(guess.service);
        return;
    };
    let (file, kind) = (&guess.file, guess.kind);
    if is_sure {
        notes.push(format!("{file} ({kind}): `{name}` of {} says how it is started", native.file));
    } else {
        notes.push(format!("{file} ({kind}) is left aside: {} says what is started there", native.file));
    }
    let service = draft.services.iter_mut().find(|service| service.name == name);
    if let Some(service) = service.filter(|service| is_sure && !is_compose(service)) {
        if native.format != Format::Compose {
            tell_port(service, &guess);
        }
        if service.port.is_some() && service.health.is_none() && service.directory == guess.folder() {
            service.health = guess.service.health;
        }
    }
}

/// The service of `native` that starts what was guessed, and whether that is sure.
fn covering(native: &Native, guess: &Guess) -> Option<(String, bool)> {
    let services = &native.imported.draft.services;
    let folder = guess.folder();
    if native.format == Format::Compose {
        let builds = |service: &&DraftService| match native.built_from.get(&service.name) {
            Some(from) => from.iter().any(|from| from == folder),
            None => service.directory == folder && !is_compose(service),
        };
        return services.iter().find(builds).map(|service| (service.name.clone(), true));
    }
    let here = || services.iter().filter(|service| service.directory == folder);
    let named = || services.iter().filter(|service| names(service, folder));
    let sure = here().find(|service| shows(service, guess)).or_else(|| {
        let mut named = named();
        named.next().filter(|_| named.next().is_none())
    });
    // At the top any command may be about any code, unless it names a folder.
    let any = || here().chain(named()).next().map(|service| (service.name.clone(), false));
    sure.map(|service| (service.name.clone(), true)).or_else(any)
}

/// Whether the command has the words by which it starts what was guessed.
fn shows(service: &DraftService, guess: &Guess) -> bool {
    let line = command(service);
    let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_start_matches("./")).collect();
    guess.signs.iter().any(|sign| words.windows(sign.len()).any(|part| part.iter().eq(sign.iter())))
}

/// Whether the command names `folder` or something in it.
fn names(service: &DraftService, folder: &str) -> bool {
    !folder.is_empty()
        && service.directory.is_empty()
        && command(service).split(|c: char| c.is_whitespace() || "\"'=;&()".contains(c)).any(|word| {
            let word = word.trim_start_matches("./").trim_end_matches('/');
            word == folder || word.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
}

/// Gives the service the port that its code takes, unless its own file tells it one.
fn tell_port(service: &mut DraftService, guess: &Guess) {
    let line = command(service);
    let by_name = Some(Note::Guessed(BY_NAME.to_owned()));
    if service.port.as_ref().is_some_and(|port| port.note != by_name) || line.contains("{port}") {
        return;
    }
    if command(&guess.service).contains("{port}") {
        // Its server is told by its command line, which only a script of a package hands on.
        let words: Vec<&str> = line.split_whitespace().collect();
        let calls = words.first().is_some_and(|program| MANAGERS.contains(program)) && words.len() <= 3;
        if calls && !service.shell && shows(service, guess) {
            let dashes = if words[0] == "npm" { "-- " } else { "" };
            service.command.value = DraftCommand::Text(format!("{line} {dashes}--port {{port}}"));
            service.port.clone_from(&guess.service.port);
        }
    } else if guess.service.port.is_some() {
        service.port.clone_from(&guess.service.port);
    }
}

/// Whether it is a container of a compose file.
pub(super) fn is_compose(service: &DraftService) -> bool {
    command(service).starts_with("docker compose")
}

fn command(service: &DraftService) -> String {
    match &service.command.value {
        DraftCommand::Text(line) => line.clone(),
        DraftCommand::Words(words) => words.join(" "),
    }
}
