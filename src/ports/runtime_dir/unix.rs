//! The runtime folder on Unix: under XDG_RUNTIME_DIR or the temporary folder, checked by owner and mode.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::RuntimeDirError;

pub(super) fn locate() -> Result<PathBuf, RuntimeDirError> {
    locate_in(std::env::var_os("XDG_RUNTIME_DIR"), &std::env::temp_dir())
}

fn locate_in(xdg_runtime_dir: Option<OsString>, temporary: &Path) -> Result<PathBuf, RuntimeDirError> {
    let user = rustix::process::geteuid().as_raw();
    let xdg = xdg_runtime_dir.map(PathBuf::from).filter(|base| is_folder_of(base, user));
    let own = format!("portolan-{user}");
    let candidates = xdg.map(|base| base.join("portolan")).into_iter().chain([temporary.join(&own)]);
    let path = candidates
        .into_iter()
        .find(|path| holds_sockets(path))
        .unwrap_or_else(|| Path::new("/tmp").join(own));
    private_folder(&path)?;
    Ok(path)
}

/// Whether the path of a control socket in this folder is short enough to be bound: 107 bytes on Linux, 103 on macOS.
fn holds_sockets(folder: &Path) -> bool {
    const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
    folder.as_os_str().len() + "/0123456789abcdef.sock".len() <= LONGEST
}

/// `sudo -E` and containers leave XDG_RUNTIME_DIR naming another user's folder, or none.
fn is_folder_of(base: &Path, user: u32) -> bool {
    base.is_absolute() && fs::metadata(base).is_ok_and(|found| found.is_dir() && found.uid() == user)
}

pub(super) fn private_folder(path: &Path) -> Result<(), RuntimeDirError> {
    let system = |source| RuntimeDirError::System { path: path.to_owned(), source };
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(system(error)),
    }
    // Not followed: in a shared temporary folder anyone may have put a link where ours belongs.
    let found = fs::symlink_metadata(path).map_err(system)?;
    if !found.is_dir() {
        return Err(RuntimeDirError::NotAFolder(path.to_owned()));
    }
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return Err(RuntimeDirError::Foreign { path: path.to_owned(), owner: found.uid(), user });
    }
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(RuntimeDirError::TooOpen { path: path.to_owned(), mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn an_existing_xdg_folder_is_used() {
        let (xdg, tmp) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let found = locate_in(Some(xdg.path().into()), tmp.path()).unwrap();
        assert_eq!(found, xdg.path().join("portolan"));
        assert_eq!(fs::metadata(&found).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_missing_or_relative_xdg_folder_gives_way_to_the_temporary_one() {
        let tmp = tempfile::tempdir().unwrap();
        let expected = tmp.path().join(format!("portolan-{}", rustix::process::geteuid().as_raw()));
        for xdg in [None, Some("".into()), Some("relative".into()), Some(tmp.path().join("none").into())] {
            assert_eq!(locate_in(xdg, tmp.path()).unwrap(), expected);
        }
    }

    #[test]
    fn a_folder_too_deep_for_sockets_gives_way_to_the_temporary_one() {
        let (base, tmp) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let deep = base.path().join("x".repeat(100));
        fs::create_dir(&deep).unwrap();
        let found = locate_in(Some(deep.into()), tmp.path()).unwrap();
        assert_eq!(found.parent(), Some(tmp.path()));
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_refused() {
        let tmp = tempfile::tempdir().unwrap();
        let target = tempfile::tempdir().unwrap();
        symlink(target.path(), tmp.path().join("run")).unwrap();
        let refused = private_folder(&tmp.path().join("run"));
        assert!(matches!(refused, Err(RuntimeDirError::NotAFolder(_))), "{refused:?}");
    }

    #[test]
    fn a_folder_open_to_others_is_refused_and_named() {
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("run");
        private_folder(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        let message = private_folder(&path).unwrap_err().to_string();
        assert_eq!(message, format!("{} is open to other users (mode 750, must be 700)", path.display()));
    }

    #[test]
    fn another_users_folder_is_refused() {
        if !rustix::process::geteuid().is_root() {
            return; // Only root can give a folder away.
        }
        let tmp = tempfile::tempdir().unwrap();
        let path = tmp.path().join("run");
        private_folder(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(12345), None).unwrap();
        let refused = private_folder(&path);
        assert!(matches!(refused, Err(RuntimeDirError::Foreign { owner: 12345, .. })), "{refused:?}");
    }
}
