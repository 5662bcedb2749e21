//! What is to be brought up and how, as the command line has it. Starts nothing.

use std::ffi::OsString;

use crate::app::{DemoSlot, FromShell, ProjectRequest};
use crate::stack::{ServiceName, StackSnapshot};
use crate::ui::Welcome;

use super::args::{Global, UpArgs};
use super::console;
use super::failure::Failure;

/// A stack that is to be brought up.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) global: &'a Global,
    pub(super) args: &'a UpArgs,
    /// Where the demo is to run, if that is the stack; else it is the one of the folder.
    pub(super) demo: Option<&'a DemoSlot>,
}

impl Plan<'_> {
    /// Which portolan.toml, and how it is read.
    pub(super) fn request(&self) -> Result<ProjectRequest, Failure> {
        let set = self.args.set.iter().map(|text| parse_set(text)).collect::<Result<_, _>>()?;
        let global = self.global;
        Ok(match self.demo {
            None => ProjectRequest {
                from: global.folder()?,
                overlays: global.files.clone(),
                profiles: global.profiles.clone(),
                set,
                from_shell: FromShell::All,
            },
            Some(slot) => ProjectRequest {
                from: slot.folder().to_owned(),
                overlays: Vec::new(),
                profiles: Vec::new(),
                set,
                // Whatever is exported here is meant for the user's own services.
                from_shell: FromShell::Session,
            },
        })
    }

    /// Whom its console greets.
    pub(super) fn welcome(&self) -> Welcome {
        match self.demo {
            None => Welcome::Worker,
            Some(_) => Welcome::Visitor,
        }
    }

    /// How to call Portolan for this stack from where the user is.
    pub(super) fn call(&self, snapshot: &StackSnapshot) -> String {
        match self.demo {
            None => "portolan".to_owned(),
            Some(_) => format!("portolan --stack {}", snapshot.identity.stack),
        }
    }

    /// Whether a console opens on it here.
    pub(super) fn shows_console(&self) -> bool {
        let UpArgs { plain, json, detach, as_daemon, .. } = *self.args;
        !(plain || json || detach || as_daemon) && console::is_possible()
    }

    /// The call that makes a daemon do the same, from any folder.
    pub(super) fn daemon_arguments(&self) -> Result<Vec<OsString>, Failure> {
        let Self { global, args, demo } = self;
        let mut arguments: Vec<OsString> = match demo {
            None => vec!["up".into(), "-C".into(), global.folder()?.into()],
            Some(slot) => vec!["demo".into(), "--slot".into(), slot.number().to_string().into()],
        };
        arguments.push("--as-daemon".into());
        for file in &global.files {
            let file = std::path::absolute(file)
                .map_err(|error| Failure::wrong(format!("{}: {error}", file.display())))?;
            arguments.extend(["-f".into(), file.into()]);
        }
        for profile in &global.profiles {
            arguments.extend(["--profile".into(), profile.into()]);
        }
        for set in &args.set {
            arguments.extend(["--set".into(), set.into()]);
        }
        if args.no_deps {
            arguments.push("--no-deps".into());
        }
        arguments.extend(args.services.iter().map(OsString::from));
        Ok(arguments)
    }
}

/// `NAME=VALUE` or `SERVICE:NAME=VALUE`.
fn parse_set(text: &str) -> Result<(Option<ServiceName>, String, String), Failure> {
    let wrong = || Failure::wrong("--set takes NAME=VALUE or SERVICE:NAME=VALUE");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let (service, name) = match name.split_once(':') {
        Some((service, name)) => (Some(ServiceName::new(service).map_err(|_| wrong())?), name),
        None => (None, name),
    };
    if name.is_empty() {
        return Err(wrong());
    }
    Ok((service, name.to_owned(), value.to_owned()))
}
