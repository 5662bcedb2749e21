//! What is to be brought up and how, as the command line has it. Starts nothing.

use std::ffi::OsString;

use crate::app::{FromShell, ProjectRequest};
use crate::stack::ServiceName;

use super::args::{Global, UpArgs};
use super::console;
use super::failure::Failure;

/// A stack that is to be brought up.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) global: &'a Global,
    pub(super) args: &'a UpArgs,
}

impl Plan<'_> {
    /// Which portolan.toml, and how it is read.
    pub(super) fn request(&self) -> Result<ProjectRequest, Failure> {
        Ok(ProjectRequest {
            from: self.global.folder()?,
            overlays: self.global.files.clone(),
            profiles: self.global.profiles.clone(),
            set: self.args.set.iter().map(|text| parse_set(text)).collect::<Result<_, _>>()?,
            from_shell: FromShell::All,
        })
    }

    /// Whether a console opens on it here.
    pub(super) fn shows_console(&self) -> bool {
        let UpArgs { plain, json, detach, as_daemon, .. } = *self.args;
        !(plain || json || detach || as_daemon) && console::is_possible()
    }

    /// The call that makes a daemon do the same, from any folder.
    pub(super) fn daemon_arguments(&self) -> Result<Vec<OsString>, Failure> {
        let Self { global, args } = self;
        let mut arguments: Vec<OsString> =
            vec!["up".into(), "--as-daemon".into(), "-C".into(), global.folder()?.into()];
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
