//! `portolan env`: what a service gets, and where each value comes from.

use std::path::PathBuf;

use crate::app::{FromShell, Project, ProjectRequest, Target};
use crate::handle::HandleError;
use crate::stack::{AutomaticValue, EnvReport, EnvReportVariable, EnvSource, RunId, ServiceName};

use super::args::{EnvArgs, Global, name};
use super::failure::{Failure, Versioned, complain, say, say_json};

/// Runs the verb.
pub(super) async fn env(global: &Global, args: &EnvArgs) -> Result<(), Failure> {
    let service = name(&args.service)?;
    let report = report(global, &service, args.reveal).await?;
    if args.json {
        return say_json(&Versioned { schema: 1, report: &report });
    }
    for warning in &report.warnings {
        complain(&format!(
            "warning: {}: {} ({}); {}",
            warning.variable, warning.reason, warning.source, warning.remedy
        ));
    }
    let mut text = String::new();
    for variable in shown(&report, args.explain) {
        text.push_str(&line(variable, args.explain));
    }
    say(&text)
}

/// The environment that the service has in the running stack, or would get if it were started now.
pub(super) async fn report(
    global: &Global,
    service: &ServiceName,
    reveal: bool,
) -> Result<EnvReport, Failure> {
    let folder = global.folder()?;
    let target = Target::find(&folder, global.stack.as_deref())?;
    match target.remote().environment(service, reveal).await {
        Ok(report) => return Ok(report),
        Err(HandleError::Gone) => {}
        Err(error) => return Err(error.into()),
    }
    let project = project(global, &target, folder)?;
    let Some(spec) = project.spec.service(service) else {
        return Err(Failure::wrong(format!("{} has no service {service}", project.spec.name)));
    };
    let environments = project.environments(&RunId::from_bits(0))?;
    let mut report = environments.preview(spec, reveal).map_err(Failure::wrong)?;
    // There is no run yet whose name it could be.
    report
        .variables
        .retain(|variable| variable.source != EnvSource::Automatic { what: AutomaticValue::RunId });
    Ok(report)
}

/// The directory that the service runs in, or would.
pub(super) async fn directory(global: &Global, service: &ServiceName) -> Result<PathBuf, Failure> {
    let folder = global.folder()?;
    let target = Target::find(&folder, global.stack.as_deref())?;
    let unknown = |stack: &str| Failure::wrong(format!("{stack} has no service {service}"));
    match target.remote().describe().await {
        Ok(stack) => {
            let described = stack.services.iter().find(|described| described.name == *service);
            let relative = &described.ok_or_else(|| unknown("this stack"))?.directory;
            Ok(stack.file.parent().unwrap_or(target.folder()).join(relative))
        }
        Err(HandleError::Gone) => {
            let project = project(global, &target, folder)?;
            let spec = project.spec.service(service).ok_or_else(|| unknown(&project.spec.name))?;
            Ok(project.spec.folder().join(&spec.directory))
        }
        Err(error) => Err(error.into()),
    }
}

/// What stands in the files of a stack that does not run.
fn project(global: &Global, target: &Target, folder: PathBuf) -> Result<Project, Failure> {
    let request = ProjectRequest {
        // A stack that was named, and has ended in this moment, is none of this folder's.
        from: if global.stack.is_some() { target.folder().to_owned() } else { folder },
        overlays: global.files.clone(),
        profiles: global.profiles.clone(),
        set: Vec::new(),
        from_shell: FromShell::All,
    };
    Ok(Project::open(request, false)?)
}

/// What the shell alone gives is noise, unless everything is asked for.
fn shown(report: &EnvReport, explain: bool) -> impl Iterator<Item = &EnvReportVariable> {
    report.variables.iter().filter(move |variable| explain || variable.source != EnvSource::Shell)
}

fn line(variable: &EnvReportVariable, explain: bool) -> String {
    let value = variable.value.as_deref().unwrap_or("(known once the service that it names is up)");
    let mut text = format!("{}={}\n", variable.name, quoted(value));
    if explain {
        text.push_str(&format!("    from {}\n", variable.source));
        for hidden in &variable.hidden {
            text.push_str(&format!("    hides {} from {}\n", quoted(&hidden.value), hidden.source));
        }
    }
    text
}

/// The value on one line, so that what is printed can be read back line by line.
fn quoted(value: &str) -> String {
    if value.contains(['\n', '\r']) { format!("{value:?}") } else { value.to_owned() }
}
