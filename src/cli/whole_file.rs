//! A file written as a whole: a reader sees the old one or the new one, and nothing in between.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to the file at `path`: through a link, and with the permissions that the old one had. What is there
/// and no regular file (a device, a pipe) is not replaced but written into.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match path.metadata() {
        Ok(known) if known.is_file() => {
            // A file that may not be written is not to be replaced, either.
            drop(OpenOptions::new().write(true).open(path)?);
            replace(&path.canonicalize()?, bytes, Some(known.permissions()))
        }
        Ok(_) => OpenOptions::new().write(true).open(path)?.write_all(bytes),
        // A link to a file that is to come.
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => fs::write(path, bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => replace(path, bytes, None),
        Err(error) => Err(error),
    }
}

/// Whether [`write_whole`] will be able to, as far as can be told without writing anything.
pub(super) fn may_be_written(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(known) if known.is_file() => {
            drop(OpenOptions::new().write(true).open(path)?);
            beside(&path.canonicalize()?).map(drop)
        }
        // To open a pipe would wait for its reader.
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound && path.is_symlink() => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => beside(path).map(drop),
        Err(error) => Err(error),
    }
}

/// A temporary file in the folder of `path`.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    for_others(&mut tempfile::Builder::new()).prefix(".portolan-").tempfile_in(folder)
}

fn replace(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> io::Result<()> {
    let mut file = beside(path)?;
    file.write_all(bytes)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.persist(path)?;
    Ok(())
}

/// As any new file is, not as a temporary one: whoever may read the folder may read it.
#[cfg(unix)]
fn for_others<'b, 'p, 's>(builder: &'b mut tempfile::Builder<'p, 's>) -> &'b mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt;
    builder.permissions(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn for_others<'b, 'p, 's>(builder: &'b mut tempfile::Builder<'p, 's>) -> &'b mut tempfile::Builder<'p, 's> {
    builder
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_link_is_followed_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        let before = file.metadata().unwrap().ino();
        write_whole(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let after = file.metadata().unwrap();
        assert_eq!(after.permissions().mode() & 0o777, 0o640);
        assert_ne!(after.ino(), before, "it was replaced, not overwritten in place");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_link_to_nothing_makes_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("later", &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(folder.path().join("later")).unwrap(), "new");
    }

    #[test]
    fn a_device_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        // By a link: the real one is nothing to lose in a test.
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        write_whole(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert!(link.metadata().unwrap().file_type().is_char_device());
    }
}
