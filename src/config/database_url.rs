//! Which database, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;

use super::error::ConfigError;
use super::secret::{HIDDEN, Secret};
use super::setting::{Flaw, Setting};
use super::strength::has_example_word;

/// The place of the data: a file, or a PostgreSQL server.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite://path`: the embedded database in one file.
    Sqlite(PathBuf),
    /// `postgres://…`: the whole address, which may hold a password.
    Postgres(Secret<String>),
}

impl DatabaseUrl {
    /// Makes sure that a SQLite file is there already.
    ///
    /// SQLite creates what it does not find, so a typo in the path would start the service on an
    /// empty database. Only the command that was asked to create a database skips this check.
    ///
    /// # Errors
    /// Refuses a path that is not a file.
    pub fn ensure_exists(&self) -> Result<(), ConfigError> {
        match self {
            Self::Sqlite(path) if path.is_file() => Ok(()),
            Self::Sqlite(_) => Err(ConfigError::NoDatabaseFile),
            Self::Postgres(_) => Ok(()),
        }
    }

    fn sqlite(path: &str) -> Result<Self, Flaw> {
        // `:memory:`, `?mode=` and `%2f` would each mean something else to SQLite than they say.
        let unusual = |c: char| c.is_control() || "?#%".contains(c);
        let named = Path::new(path).file_name().is_some() && !path.ends_with('/');
        if !named || path.contains(":memory:") || path.contains(unusual) {
            return Err(Flaw::Kind);
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }

    fn postgres(text: &str, rest: &str) -> Result<Self, Flaw> {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let unusual = |c: char| c.is_control() || c.is_whitespace();
        // libpq takes the host from `?host=` when the server is reached through a socket.
        if (host.is_empty() && !rest.contains("host=")) || text.contains(unusual) {
            return Err(Flaw::Kind);
        }
        if has_example_word(user.split_once(':').map_or("", |(_, password)| password)) {
            return Err(Flaw::Weak("its password contains a word of an example"));
        }
        Ok(Self::Postgres(Secret::new(text.to_owned())))
    }

    /// The path of the file, or nothing but the scheme.
    ///
    /// A password may hold any of `@ / ?`, so no part of the server's address is cut out of it.
    fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(_) => format!("postgres://{HIDDEN}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Setting for DatabaseUrl {
    const KIND: &'static str = "sqlite://path or postgres://user@host/database";
    const SECRET: bool = true;
    const FROM_FILE: bool = true;

    fn from_text(text: &str) -> Result<Self, Flaw> {
        match text.split_once("://") {
            Some(("sqlite", path)) => Self::sqlite(path),
            Some(("postgres" | "postgresql", rest)) => Self::postgres(text, rest),
            Some(_) | None => Err(Flaw::Kind),
        }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(self.shown()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_databases_are_known() {
        for text in [
            "",
            "refero.sqlite",
            "sqlite:refero.sqlite",
            "sqlite://",
            "sqlite:///",
            "sqlite://..",
            "sqlite://:memory:",
            "sqlite://a?mode=memory",
            "sqlite://dir/",
            "mysql://a/b",
            "postgres://",
            "postgres:///db",
            "SQLITE://a",
            "postgres://h/d b",
            "sqlite://a\0b",
            "file://a",
            "http://a",
        ] {
            assert_eq!(DatabaseUrl::from_text(text).err(), Some(Flaw::Kind), "{text}");
        }
        for text in [
            "sqlite://refero.sqlite",
            "sqlite:///var/lib/refero/data.sqlite",
            "postgres://refero@db.internal:5432/refero?sslmode=verify-full",
            "postgresql://db/refero",
            "postgres:///refero?host=/run/postgresql",
        ] {
            assert!(DatabaseUrl::from_text(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown_and_not_taken_from_an_example() {
        let url = "postgres://app:K3y@9@db/refero?sslmode=require&password=K3y@1";
        let url = DatabaseUrl::from_text(url).unwrap();

        assert_eq!(format!("{url:?}"), "postgres://[hidden]");
        assert!(matches!(
            DatabaseUrl::from_text("postgres://app:ChangeMe1@db/refero").err(),
            Some(Flaw::Weak(_))
        ));
    }

    #[test]
    fn a_typo_in_the_path_is_not_a_new_database() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("refero.sqlite");
        let url = DatabaseUrl::from_text(&format!("sqlite://{}", path.display())).unwrap();

        assert_eq!(url.ensure_exists(), Err(ConfigError::NoDatabaseFile));
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        assert_eq!(url.ensure_exists(), Ok(()));
    }
}
