//! Bad configurations and what is said about each: every folder of `corpus/config/bad` holds a portolan.toml, what
//! it needs beside it, and `expected.txt`. `UPDATE_ASSETS=1` writes the expectations anew.
//!
//! Comments at the top of a portolan.toml tell the call: `# --profile NAME`, `# -f FILE`.

#![cfg(unix)] // Some cases turn on execute permissions and on how paths are written.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use portolan::config::{self, LoadRequest};

fn corpus() -> PathBuf {
    // The real path, since messages name files by it.
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config/bad")).unwrap()
}

fn request(folder: &Path) -> LoadRequest {
    let file = folder.join(config::FILE_NAME);
    let text = fs::read_to_string(&file).unwrap();
    let mut request = LoadRequest { file, ..LoadRequest::default() };
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        if let Some(profile) = line.strip_prefix("# --profile ") {
            request.profiles.push(profile.to_owned());
        }
        if let Some(overlay) = line.strip_prefix("# -f ") {
            request.overlays.push(folder.join(overlay));
        }
    }
    request
}

fn report(folder: &Path) -> String {
    let shown = match config::load(&request(folder)) {
        Err(problems) => problems.render(false),
        Ok(loaded) => {
            let path = std::env::join_paths([folder.join("bin")]).unwrap();
            let problems = loaded.warnings.iter().cloned().chain(config::check_commands(&loaded, &path));
            problems.map(|problem| problem.render(false)).collect::<Vec<_>>().join("\n\n")
        }
    };
    let mut folder = folder.to_str().unwrap().to_owned();
    folder.push('/');
    shown.replace(&folder, "") + "\n"
}

#[test]
fn every_bad_configuration_is_explained_as_expected() {
    let update = std::env::var_os("UPDATE_ASSETS").as_deref() == Some(OsStr::new("1"));
    let mut folders: Vec<PathBuf> =
        fs::read_dir(corpus()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    let mut wrong = Vec::new();
    for folder in folders {
        let report = report(&folder);
        assert!(!report.contains("hush"), "{}: a secret is shown:\n{report}", folder.display());
        let expected = folder.join("expected.txt");
        if update {
            fs::write(&expected, &report).unwrap();
        } else if fs::read_to_string(&expected).ok().as_deref() != Some(report.as_str()) {
            wrong.push(format!("{}: not as expected:\n{report}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_ASSETS=1 accepts these", wrong.join("\n"));
}
