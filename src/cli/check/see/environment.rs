//! What has to reach a service, and what its processes really have. Values stay here; only prints of them leave.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::services::process::{GivenEnv, environment_of};
use crate::stack::{EnvReport, EnvRule, EnvSource, ServiceName};

use super::super::facts::{EnvFacts, Print, Required, Role, SeenEnv};
use super::coming::Arrivals;
use super::places::Places;

/// The variables that have to reach a service: those that a rule requires or calls secret, and whatever else is secret
/// in what the project itself gives.
pub(in super::super) fn requirements(
    report: &EnvReport,
    rules: &BTreeMap<String, EnvRule>,
    places: &Places,
) -> Vec<Required> {
    let mut required: BTreeMap<String, Required> = BTreeMap::new();
    let from_shell = |source: &EnvSource| matches!(source, EnvSource::Shell);
    for variable in &report.variables {
        let ruled = rules.get(&variable.name).is_some_and(|rule| rule.required || rule.secret);
        if ruled || (variable.secret && !from_shell(&variable.source)) {
            let given = variable.value.as_ref().map(|value| print(value.as_bytes()));
            let place = places.of_source(&variable.source);
            required.insert(variable.name.clone(), Required { name: variable.name.clone(), given, place });
        }
    }
    for (name, rule) in rules.iter().filter(|(_, rule)| rule.required) {
        required.entry(name.clone()).or_insert_with(|| Required {
            name: name.clone(),
            given: None,
            place: places.of_source(&EnvSource::Default { origin: rule.origin.clone() }),
        });
    }
    required.into_values().collect()
}

/// Seeks what is required in the process that was started, and in the one that listens.
pub(in super::super) fn env_facts(
    required: Vec<Required>,
    (service, leader): (&ServiceName, Option<u32>),
    listener: Option<u32>,
    arrivals: &Arrivals,
) -> EnvFacts {
    let prints = |env: &GivenEnv| {
        let wanted = required
            .iter()
            .filter_map(|required| Some((required.name.clone(), print(env.get(&required.name)?))));
        wanted.collect::<BTreeMap<_, _>>()
    };
    let mut seen = Vec::new();
    match arrivals.latest(service) {
        Some(arrival) => seen.push(SeenEnv {
            pid: arrival.pid,
            role: Role::Leader,
            after: Some(arrival.after),
            variables: prints(&arrival.env),
            overwritten: arrival.env.is_overwritten(),
        }),
        None => seen.extend(now(leader, Role::Leader, &prints)),
    }
    // Even if it is the same process: what was started may have started something else in its place.
    seen.extend(now(listener, Role::Listener, &prints));
    EnvFacts { required, seen, refused: None }
}

fn now(
    pid: Option<u32>,
    role: Role,
    prints: &impl Fn(&GivenEnv) -> BTreeMap<String, Print>,
) -> Option<SeenEnv> {
    let pid = pid?;
    let env = environment_of(pid)?;
    Some(SeenEnv { pid, role, after: None, variables: prints(&env), overwritten: env.is_overwritten() })
}

fn print(value: &[u8]) -> Print {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    Print { length: value.len(), digest: hasher.finish() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::{EnvReportVariable, Origin, StackSpec};

    fn variable(name: &str, secret: bool, source: EnvSource) -> EnvReportVariable {
        EnvReportVariable { name: name.into(), value: Some("v".into()), secret, source, hidden: Vec::new() }
    }

    #[test]
    fn rules_and_the_projects_own_secrets_are_required() {
        let spec: StackSpec = crate::stack::samples::stack(Vec::new());
        let origin = Origin { file: spec.file.clone().into(), line: 4, column: 1 };
        let file = || EnvSource::File { path: spec.folder().join(".env").into(), line: 2 };
        let report = EnvReport {
            service: ServiceName::new("api").unwrap(),
            variables: vec![
                variable("DB_PASSWORD", true, file()),
                variable("GITHUB_TOKEN", true, EnvSource::Shell),
                variable("LEVEL", false, file()),
            ],
            warnings: Vec::new(),
        };
        let rule = EnvRule {
            origin,
            required: true,
            secret: false,
            min_length: None,
            format: None,
            default: None,
            generate: None,
        };
        let rules = BTreeMap::from([("GONE".to_owned(), rule.clone()), ("LEVEL".to_owned(), rule)]);
        let required = requirements(&report, &rules, &Places::of(&spec));
        let names: Vec<_> = required.iter().map(|required| required.name.as_str()).collect();
        assert_eq!(names, ["DB_PASSWORD", "GONE", "LEVEL"]);
        assert_eq!(required[0].place.as_deref(), Some(".env:2"));
        assert_eq!(required[1].given, None);
        assert!(required[1].place.as_deref().is_some_and(|place| place.ends_with(":4")), "{required:?}");
    }
}
