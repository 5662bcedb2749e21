//! Where something is, as it is told: relative to the folder of portolan.toml where it lies in it.

use std::path::{Path, PathBuf};

use crate::env::{EnvProblem, Place};
use crate::logs::FramePlace;
use crate::stack::{EnvSource, ServiceName, StackSpec};

/// Tells places of one stack.
#[derive(Clone, Debug)]
pub(in super::super) struct Places {
    folder: PathBuf,
    directories: Vec<(ServiceName, PathBuf)>,
}

impl Places {
    pub(in super::super) fn of(spec: &StackSpec) -> Self {
        let directories =
            spec.services.iter().map(|service| (service.name.clone(), service.directory.clone()));
        Self { folder: spec.folder().to_owned(), directories: directories.collect() }
    }

    /// Where a value comes from, if that is a line of a file.
    pub(in super::super) fn of_source(&self, source: &EnvSource) -> Option<String> {
        self.of_place(&Place::from(source))
    }

    /// Where an environment is not as it should be.
    pub(in super::super) fn of_problem(&self, problem: &EnvProblem) -> Option<String> {
        self.of_place(&problem.place)
    }

    fn of_place(&self, place: &Place) -> Option<String> {
        match place {
            Place::File { path, line: None } => Some(self.shown(path)),
            Place::File { .. } | Place::Toml(_) => {
                let (path, line) = place.line()?;
                Some(format!("{}:{line}", self.shown(path)))
            }
            Place::Shell | Place::Set | Place::Generated | Place::Automatic => None,
        }
    }

    /// Where in its code a service of that name failed; programs print paths as they like.
    pub(in super::super) fn of_frame(&self, service: &ServiceName, place: &FramePlace) -> String {
        let printed = Path::new(place.file.strip_prefix("file://").unwrap_or(&place.file));
        let directory = self.directories.iter().find(|(name, _)| name == service).map(|(_, folder)| folder);
        let absolute = directory.map(|folder| folder.join(printed)).filter(|path| path.is_file());
        let file = self.shown(absolute.as_deref().unwrap_or(printed));
        match place.line {
            Some(line) => format!("{file}:{line}"),
            None => file,
        }
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.folder).unwrap_or(path).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_folder_is_told_from_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("api")).unwrap();
        std::fs::write(folder.path().join("api/main.py"), "").unwrap();
        let api = ServiceName::new("api").unwrap();
        let places = Places {
            folder: folder.path().to_owned(),
            directories: vec![(api.clone(), folder.path().join("api"))],
        };
        let frame = |file: &str| FramePlace { file: file.into(), line: Some(7), function: None, yours: true };
        assert_eq!(places.of_frame(&api, &frame("main.py")), "api/main.py:7");
        let absolute = folder.path().join("api/main.py").display().to_string();
        assert_eq!(places.of_frame(&api, &frame(&absolute)), "api/main.py:7");
        assert_eq!(places.of_frame(&api, &frame(&format!("file://{absolute}"))), "api/main.py:7");
        assert_eq!(places.of_frame(&api, &frame("/usr/lib/python3/x.py")), "/usr/lib/python3/x.py:7");
        let source = EnvSource::File { path: folder.path().join(".env").into(), line: 3 };
        assert_eq!(places.of_source(&source).as_deref(), Some(".env:3"));
        assert_eq!(places.of_source(&EnvSource::Shell), None);
    }
}
