//! `portolan demo`: a stack that Portolan brings along, in the first slot that no other demo runs in.

use std::process::ExitCode;

use crate::app::{DemoSlot, Home, HomeError};
use crate::stack::{ServiceSnapshot, StackSnapshot};

use super::args::{DemoArgs, Global};
use super::detach::TAKEN;
use super::failure::Failure;
use super::plan::Plan;
use super::up::{Brought, bring_up};

/// Runs the verb. Never attaches: whoever wants another demo gets another one.
pub(super) async fn demo(global: &Global, args: DemoArgs) -> Result<ExitCode, Failure> {
    check(global)?;
    let home = Home::find().map_err(no_place)?;
    let numbers = args.slot.map_or(1..=u32::MAX, |number| number..=number);
    for number in numbers {
        let slot = DemoSlot::of(&home, number).map_err(no_place)?;
        if slot.is_taken() {
            continue;
        }
        slot.furnish().map_err(no_place)?;
        let plan = Plan { global, args: &args.up, demo: Some(&slot) };
        match bring_up(&plan).await? {
            Brought::Through(code) => return Ok(code),
            // Another one that was started in the same moment was faster.
            Brought::UpAlready { .. } => {}
        }
    }
    Err(Failure { code: TAKEN, text: "error: another demo runs in every slot".to_owned() })
}

fn no_place(error: HomeError) -> Failure {
    Failure::failed(format!(
        "failed to {error}\n  = help: PORTOLAN_STATE_DIR names another folder for Portolan's state"
    ))
}

/// What says which stack is meant cannot mean the demo.
fn check(global: &Global) -> Result<(), Failure> {
    let given = [
        ("--file (-f)", !global.files.is_empty()),
        ("--profile", !global.profiles.is_empty()),
        ("--stack", global.stack.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((flag, _)) => Err(Failure::wrong(format!(
            "{flag} does not go with demo, which has a portolan.toml of its own\n  = help: leave it out"
        ))),
        None => Ok(()),
    }
}

/// What to try with a running demo; `detached` if no console and no Ctrl-C can be had here.
pub(super) fn tour(snapshot: &StackSnapshot, detached: bool) -> String {
    let name = &snapshot.identity.stack;
    let up = |service: &&ServiceSnapshot| service.wanted;
    let named = |name: &str| snapshot.services.iter().filter(up).find(move |s| s.name.as_str() == name);
    let mut text = String::new();
    let page = named("frontend").filter(|_| named("auth").is_some());
    if let Some(url) = page.and_then(|service| service.url.as_deref()) {
        text.push_str(&format!(
            "Open {url} and sign up: any address like you@example.com, any password of 8 characters.\n"
        ));
    }
    text.push_str(if detached {
        "Try, in any folder:\n"
    } else {
        "Try, in another terminal and any folder:\n"
    });
    let verbs = [
        ("attach", "the console", detached),
        ("ps", "what runs where", !detached),
        ("reassign backend", "another port; the page goes on", named("backend").is_some()),
        ("logs --level error", "what the worker meets now and then", named("worker").is_some()),
        ("down", "the end", detached),
    ];
    for (verb, what, _) in verbs.into_iter().filter(|(_, _, fits)| *fits) {
        text.push_str(&format!("  portolan --stack {name} {verb:<18}  {what}\n"));
    }
    text
}
