//! Where settings come from. Nothing here but [`Sources::from_process`] looks at the process.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::key::PREFIX;

/// The file that is read when none is named and it exists in the working directory.
pub const DEFAULT_FILE: &str = "refero.toml";

/// Names the configuration file, as the flag `--config` does; the flag wins.
const FILE_VARIABLE: &str = "REFERO_CONFIG";

/// Asks the tests to write the generated documents anew. It is no setting.
const GOLDEN_VARIABLE: &str = "REFERO_UPDATE_GOLDEN";

/// Gathers what was given, before it is understood: a file, variables and flags.
///
/// The order of precedence is defaults, file, environment, flags: each beats those before it.
#[derive(Clone, Default)]
pub struct Sources {
    pub(super) file: Option<PathBuf>,
    pub(super) environment: Vec<(OsString, OsString)>,
    pub(super) flags: Vec<(String, String)>,
}

impl Sources {
    /// Starts with the defaults alone.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the variables of this process, the file that `REFERO_CONFIG` names, or else
    /// `refero.toml` if it is in the working directory.
    ///
    /// This and [`search_path`] are the only places that read the environment.
    #[must_use]
    pub fn from_process() -> Self {
        let sources = Self::new().with_environment(std::env::vars_os());
        let default = Path::new(DEFAULT_FILE);
        if sources.file.is_none() && default.is_file() {
            return sources.with_file(default);
        }
        sources
    }

    /// Reads this file; it must exist.
    #[must_use]
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Takes the variables that are the service's own, and the file that one of them may name.
    #[must_use]
    pub fn with_environment<K, V>(mut self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        for (name, value) in variables {
            let (name, value) = (name.into(), value.into());
            if name == FILE_VARIABLE {
                self.file = Some(PathBuf::from(value));
            } else if is_ours(&name) {
                self.environment.push((name, value));
            }
        }
        self
    }

    /// Sets a dotted key from the command line; the last one wins.
    #[must_use]
    pub fn with_flag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.flags.push((key.into(), value.into()));
        self
    }

    /// The variables as text, with their names without the prefix.
    pub(super) fn variables(&self) -> Result<Vec<(&str, &str)>, ConfigError> {
        self.environment
            .iter()
            .map(|(name, value)| {
                let name = name.to_str()?.strip_prefix(PREFIX)?;
                Some((name, value.to_str()?))
            })
            .collect::<Option<_>>()
            .ok_or(ConfigError::NotText)
    }
}

/// Returns the folders in which the programs of others are looked for, as this process was given them.
#[must_use]
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

/// Says whether a variable is meant for the service.
///
/// An orchestrator that runs a service called `refero` sets `REFERO_SERVICE_HOST`, `REFERO_PORT`
/// and their like in every container (Kubernetes service links, Docker links). They are no
/// settings and must not stop the start.
fn is_ours(name: &std::ffi::OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    let Some(rest) = bytes.strip_prefix(PREFIX.as_bytes()) else {
        return false;
    };
    let link = rest == b"PORT"
        || rest == b"SERVICE_HOST"
        || rest.starts_with(b"PORT_")
        || rest.starts_with(b"SERVICE_PORT");
    !link && name != GOLDEN_VARIABLE
}
