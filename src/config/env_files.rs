//! `env_files` of a service, and the file that it has without saying so.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::stack::EnvFileSpec;

use super::build::listed_env_files;
use super::service::Source;
use super::tree::Table;

/// Frameworks that read several `.env` files in an order of their own, which injected values would break.
const OWN_READERS: [&str; 5] = ["vite", "next", "nuxt", "astro", "react-scripts"];

/// A package.json larger than this is not one.
const MAX_PACKAGE_BYTES: u64 = 1024 * 1024;

/// The environment files of a service in `directory`, beyond the stack's.
pub(super) fn of_service(
    service: &Table,
    source: Source,
    folder: &Path,
    directory: &Path,
    of_stack: &[EnvFileSpec],
) -> Vec<EnvFileSpec> {
    if service.contains("env_files") {
        return listed_env_files(service, folder);
    }
    let path = directory.join(".env");
    let has_none = match source {
        Source::Shared | Source::Nothing => true,
        Source::Command | Source::Embedded => {
            of_stack.iter().any(|file| file.path == path) || reads_its_own(directory)
        }
    };
    if has_none { Vec::new() } else { vec![EnvFileSpec { path, listed: None }] }
}

fn reads_its_own(directory: &Path) -> bool {
    let mut text = String::new();
    let path = directory.join("package.json");
    // Opening a pipe of that name would wait for a writer.
    if !path.is_file() {
        return false;
    }
    let read = File::open(path).and_then(|file| file.take(MAX_PACKAGE_BYTES).read_to_string(&mut text));
    let package: serde_json::Value = match read {
        Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => return false,
    };
    ["dependencies", "devDependencies"]
        .iter()
        .any(|list| OWN_READERS.iter().any(|framework| package[*list].get(*framework).is_some()))
}
