//! Environment files on disk: reads each once, and says what keeps a file from being one.
//!
//! Whether a file had to be there is not known here. Faults carry places, never contents.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter, memchr2};

use super::parser::{Statement, parse};

/// The most bytes that an environment file may have. Real ones have a few thousand; what is larger is a mistake.
pub const MAX_FILE_BYTES: u64 = 8 << 20;

/// The environment files of a stack, each read once.
#[derive(Clone, Debug, Default)]
pub struct EnvFiles {
    files: HashMap<PathBuf, Loaded>,
}

#[derive(Clone, Debug)]
struct Loaded {
    /// The same for two paths of one file.
    identity: PathBuf,
    state: FileState,
}

/// What was found at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Nothing.
    Absent,
    /// A text; single statements may be faulty.
    Read(Vec<Statement>),
    /// Something that is no environment file.
    Faulty(FileFault),
}

/// Why something at a path is no environment file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// A folder has the name.
    #[error("is a folder, not a file")]
    Directory,
    /// A named pipe, a socket or a device: reading it could wait for ever or never end.
    #[error("is not a regular file")]
    NotRegular,
    /// A symbolic link to something that is not there.
    #[error("is a symbolic link to {}, which does not exist", target.display())]
    DanglingLink {
        /// What the link names.
        target: PathBuf,
    },
    /// The system refuses to read it.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// More than [`MAX_FILE_BYTES`].
    #[error("is too large for an environment file: more than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// UTF-16 or UTF-32, by its byte order mark or its pattern of zero bytes.
    #[error("is UTF-16, not UTF-8")]
    Utf16,
    /// A zero byte.
    #[error("is not text: line {line} holds a zero byte")]
    Binary {
        /// The line, from 1.
        line: u32,
    },
    /// A byte that is not UTF-8.
    #[error("is not UTF-8: line {line}, byte {offset} of the file")]
    InvalidUtf8 {
        /// The line, from 1.
        line: u32,
        /// The byte's offset in the file, from 0.
        offset: usize,
    },
}

impl FileFault {
    /// The line at fault, where there is one; from 1.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Binary { line } | Self::InvalidUtf8 { line, .. } => Some(*line),
            Self::Directory
            | Self::NotRegular
            | Self::DanglingLink { .. }
            | Self::Unreadable(_)
            | Self::TooLarge
            | Self::Utf16 => None,
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Directory => "move the folder away, or list another file under `env_files`",
            Self::NotRegular => "put a regular file in its place, or list another file under `env_files`",
            Self::DanglingLink { .. } => "create the link's target, or remove the link",
            Self::Unreadable(_) => "make the file readable for your user",
            Self::TooLarge => "check that this is the right file",
            Self::Utf16 => "save it as UTF-8",
            Self::Binary { .. } => "check that this is the right file, and save it as UTF-8 text",
            Self::InvalidUtf8 { .. } => "save it as UTF-8",
        }
    }
}

impl EnvFiles {
    /// Reads what stands at each of `paths`, once for each.
    pub fn load<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut files = HashMap::new();
        for path in paths {
            if !files.contains_key(path) {
                let identity = path.canonicalize().unwrap_or_else(|_| path.to_owned());
                files.insert(path.to_owned(), Loaded { identity, state: read(path) });
            }
        }
        Self { files }
    }

    /// What was found at `path`; absent, too, if `path` was not among those loaded.
    pub fn state(&self, path: &Path) -> &FileState {
        self.files.get(path).map_or(&FileState::Absent, |loaded| &loaded.state)
    }

    /// A path that is the same for every path of the same file.
    pub(crate) fn identity<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.files.get(path).map_or(path, |loaded| &loaded.identity)
    }
}

fn read(path: &Path) -> FileState {
    match read_bytes(path) {
        Ok(Some(bytes)) => match decode(&bytes) {
            Ok(text) => FileState::Read(parse(&text)),
            Err(fault) => FileState::Faulty(fault),
        },
        Ok(None) => FileState::Absent,
        Err(fault) => FileState::Faulty(fault),
    }
}

fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, FileFault> {
    match path.metadata() {
        // A device is told before it is opened, which may already do something, and a socket cannot be opened.
        Ok(metadata) => check(&metadata)?,
        // A folder on the way that is a file, too: nothing can stand at such a path.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return match path.read_link() {
                Ok(target) => Err(FileFault::DanglingLink { target }),
                Err(_) => Ok(None),
            };
        }
        Err(error) => return Err(FileFault::Unreadable(error.kind())),
    }
    let unreadable = |error: io::Error| FileFault::Unreadable(error.kind());
    let file = open(path).map_err(unreadable)?;
    // The path may lead to something else by now.
    check(&file.metadata().map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells a file that grew.
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(FileFault::TooLarge);
    }
    Ok(Some(bytes))
}

fn check(metadata: &Metadata) -> Result<(), FileFault> {
    if metadata.is_dir() {
        return Err(FileFault::Directory);
    }
    if !metadata.is_file() {
        return Err(FileFault::NotRegular);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(FileFault::TooLarge);
    }
    Ok(())
}

/// Opens a file for reading; never waits for the other end of a named pipe.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.open(path)
}

/// The text of an environment file's bytes, line ends made `\n` as Python's text mode does.
pub fn decode(bytes: &[u8]) -> Result<String, FileFault> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(FileFault::Utf16);
    }
    if let Some(zero) = memchr(0, bytes) {
        return Err(if is_wide(bytes) {
            FileFault::Utf16
        } else {
            FileFault::Binary { line: line_at(bytes, zero) }
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        FileFault::InvalidUtf8 { line: line_at(bytes, offset), offset }
    })?;
    if memchr(b'\r', bytes).is_none() {
        return Ok(text.to_owned());
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Whether the first characters look like ASCII in two bytes each, one of them zero.
fn is_wide(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(32)];
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let half = head.len() / 2;
    half >= 2 && ((zeros(0) == 0 && zeros(1) == half) || (zeros(1) == 0 && zeros(0) >= half))
}

/// The line of the byte at `offset`, from 1; CRLF, LF and CR each end a line.
fn line_at(bytes: &[u8], offset: usize) -> u32 {
    let before = &bytes[..offset];
    let ends = match memchr2(b'\r', b'\n', before) {
        None => 0,
        Some(_) => {
            let lone = memchr_iter(b'\r', before).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count();
            memchr_iter(b'\n', before).count() + lone
        }
    };
    u32::try_from(ends).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> FileFault {
        decode(bytes).unwrap_err()
    }

    #[test]
    fn line_ends_become_what_python_text_mode_makes_of_them() {
        assert_eq!(decode(b"A=1\r\nB=2\rC=3\n").unwrap(), "A=1\nB=2\nC=3\n");
    }

    #[test]
    fn wide_characters_are_told_from_binary() {
        assert_eq!(fault(b"\xff\xfeA\0=\0"), FileFault::Utf16);
        assert_eq!(fault(b"\xfe\xff\0A\0="), FileFault::Utf16);
        assert_eq!(fault(b"A\0=\x001\0\n\0"), FileFault::Utf16);
        assert_eq!(fault(b"\0A\0=\x001\0\n"), FileFault::Utf16);
        assert_eq!(fault(b"A=1\r\nB=2\rC=\0"), FileFault::Binary { line: 3 });
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_placed() {
        assert_eq!(fault(b"A=1\nB=\xe4\n"), FileFault::InvalidUtf8 { line: 2, offset: 6 });
    }

    #[test]
    fn what_stands_at_a_path_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("dir")).unwrap();
        std::fs::write(path("large"), vec![b'#'; 10 << 20]).unwrap();
        std::fs::write(path("good"), "A=1\n").unwrap();
        let names = ["dir", "large", "good", "none", "good/below"].map(path);
        let files = EnvFiles::load(names.iter().map(PathBuf::as_path));
        assert_eq!(files.state(&names[0]), &FileState::Faulty(FileFault::Directory));
        assert_eq!(files.state(&names[1]), &FileState::Faulty(FileFault::TooLarge));
        assert!(matches!(files.state(&names[2]), FileState::Read(statements) if statements.len() == 1));
        assert_eq!(files.state(&names[3]), &FileState::Absent);
        assert_eq!(files.state(&names[4]), &FileState::Absent);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_sockets_and_devices_are_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, socket) = (folder.path().join("pipe"), folder.path().join("socket"));
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [pipe.as_path(), &socket, Path::new("/dev/zero")] {
            assert_eq!(read_bytes(path), Err(FileFault::NotRegular), "{}", path.display());
        }
        // What a pipe put there between the look and the opening would meet.
        assert_eq!(check(&open(&pipe).unwrap().metadata().unwrap()), Err(FileFault::NotRegular));
    }
}
