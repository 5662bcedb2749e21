//! One examination from beginning to end: the survey, then every judgement on it.

use std::collections::BTreeMap;

use crate::survey::Survey;

use super::case::{self, Case, Request};
use super::diagnosis::{Diagnosis, finished};
use super::{addresses, env_files, env_keys, keeping, modules, serving, surroundings, toolchain};

/// Everything that was found, errors first. Starts no service, and writes nothing.
pub fn examine(request: &Request<'_>) -> Vec<Diagnosis> {
    let (mut secrets, mut health) = (Vec::new(), BTreeMap::new());
    let root = case::survey_root(request);
    let survey = Survey::of(&root, |files| case::wanted(request, files, &mut secrets, &mut health));
    let case = Case::new(request, &survey, secrets, health);
    let mut found = Vec::new();
    toolchain::examine(&case, &mut found);
    modules::examine(&case, &mut found);
    env_keys::examine(&case, &mut found);
    addresses::examine(&case, &mut found);
    env_files::examine(&case, &mut found);
    keeping::examine(&case, &mut found);
    serving::examine(&case, &mut found);
    surroundings::examine(&case, &mut found);
    finished(found)
}
