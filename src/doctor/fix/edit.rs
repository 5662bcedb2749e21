//! The edits that are known to be safe, each of one file.

use std::path::PathBuf;

/// One edit of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Adds a requirement to a requirements file, a pyproject.toml.
    AddRequirement {
        /// The file.
        file: PathBuf,
        /// Name and specifier.
        requirement: String,
    },
    /// Adds a package to the dependencies of a package.json.
    AddPackage {
        /// The file.
        file: PathBuf,
        /// The package.
        name: String,
        /// The versions that are taken.
        version: String,
    },
    /// Gives a variable of an environment file a random value of 64 hexadecimal digits.
    SetSecret {
        /// The file, which may not be there yet.
        file: PathBuf,
        /// The variable.
        name: String,
    },
    /// Adds a rule to a .gitignore.
    Ignore {
        /// The file, which may not be there yet.
        file: PathBuf,
        /// The rule.
        pattern: String,
    },
    /// Lets only its owner read a file.
    Private {
        /// The file.
        file: PathBuf,
    },
    /// Takes out of an environment file what an editor left in it.
    Clean {
        /// The file.
        file: PathBuf,
        /// What is taken out.
        what: Cleaning,
    },
    /// Takes all settings of a variable but the last out of an environment file.
    KeepLast {
        /// The file.
        file: PathBuf,
        /// The variable.
        name: String,
    },
    /// Sets a variable of a service in portolan.toml.
    PointAt {
        /// The file.
        file: PathBuf,
        /// The service.
        service: String,
        /// The variable.
        variable: String,
        /// The value, with placeholders.
        value: String,
    },
}

/// What an editor may leave in an environment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaning {
    /// A byte order mark.
    Mark,
    /// Windows line ends.
    CarriageReturns,
    /// Typographic quotes.
    SmartQuotes,
}

impl Fix {
    /// The file that it edits.
    pub fn file(&self) -> &PathBuf {
        match self {
            Self::AddRequirement { file, .. }
            | Self::AddPackage { file, .. }
            | Self::SetSecret { file, .. }
            | Self::Ignore { file, .. }
            | Self::Private { file }
            | Self::Clean { file, .. }
            | Self::KeepLast { file, .. }
            | Self::PointAt { file, .. } => file,
        }
    }
}
