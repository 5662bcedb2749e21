//! JSON that is none: which file of the service's own it was.

use serde_json::Value;

use super::super::case::Case;
use super::super::files;
use super::Draft;

/// JSON could not be read; `{line}` of it, if that is known, and `{file}`, if the program says it.
pub(super) fn file(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let said: Option<usize> = draft.value("line").and_then(|line| line.parse().ok());
    let named = draft.value("file").map(std::path::PathBuf::from);
    let candidates = match named {
        Some(file) => vec![file],
        None => files::below(&case.spec.directory, &["json"]),
    };
    let broken = candidates.into_iter().find_map(|path| {
        let text = files::text_of(&path)?;
        let error = serde_json::from_str::<Value>(&text).err()?;
        // What another reader finds at the first column of a line, this one may find at the end of the one before.
        let same = said.is_none_or(|said| said.abs_diff(error.line()) <= 1);
        same.then(|| (path, said.unwrap_or(error.line())))
    });
    if let Some((path, line)) = broken {
        let shown = case.shown(&path);
        draft.title = Some(format!("{shown} is not valid JSON"));
        draft.place = Some(format!("{shown}:{line}"));
        draft.remedy = Some("correct it there, or in the line before".to_owned());
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    #[test]
    fn the_file_that_is_broken_in_that_line_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        let scene =
            Scene::printing(&["json.decoder.JSONDecodeError: Expecting value"]).in_folder(folder.path());
        std::fs::write(folder.path().join("a.json"), "{\"fine\": 1}").unwrap();
        std::fs::write(folder.path().join("b.json"), "{\n  \"a\": 1,\n  \"b\": [1\n}\n").unwrap();
        let case = scene.case();
        let look = |line: &str| {
            let mut draft = Draft::new(&case, vec![("line".into(), line.into())]);
            file(&case, &mut draft).unwrap();
            draft.place
        };
        assert_eq!(look("4").as_deref(), Some("b.json:4"));
        assert_eq!(look("1"), None, "an empty answer of a server, for example");
    }
}
