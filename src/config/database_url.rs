//! Which database, and where.

use std::fmt;
use std::path::{Path, PathBuf};

use refero_store::address::{ServerAddress, SslMode};
use toml::Value;

use super::error::ConfigError;
use super::secret::{HIDDEN, Secret};
use super::setting::{Flaw, Setting};
use super::strength::has_example_word;

/// Why an address with a user is refused that cannot be read.
const TORN: &str = "its parts cannot be told apart; in names and passwords, whatever is neither a \
                    letter nor a digit nor one of - . _ ~ is written as % and two hexadecimal \
                    digits";

/// Why the address of a server elsewhere is refused.
const UNPROTECTED: &str = "the server is not on this machine, so the address must end in \
                           sslmode=verify-full (or verify-ca), with sslrootcert, so that nobody \
                           on the way can pass for the server; or in sslmode=disable where the \
                           network between is private";

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

    fn postgres(text: &str) -> Result<Self, Flaw> {
        let torn = if text.contains('@') { Flaw::Unsafe(TORN) } else { Flaw::Kind };
        let address = ServerAddress::parse(text).map_err(|_| torn)?;
        if address.password().is_some_and(has_example_word) {
            return Err(Flaw::Weak("its password contains a word of an example"));
        }
        match address.ssl_mode() {
            _ if address.is_local() => {}
            Some(SslMode::VerifyFull | SslMode::VerifyCa | SslMode::Disable) => {}
            // Each of these looks like protection, and is none against whoever stands in between.
            None | Some(SslMode::Allow | SslMode::Prefer | SslMode::Require) => {
                return Err(Flaw::Unsafe(UNPROTECTED));
            }
        }
        Ok(Self::Postgres(Secret::new(text.to_owned())))
    }

    /// Returns the role that signs in, if the address of a server names one.
    pub(crate) fn user(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(url) => {
                let address = ServerAddress::parse(url.reveal()).ok()?;
                address.user().map(str::to_owned)
            }
        }
    }

    /// The path of the file, or nothing but the scheme.
    ///
    /// The server's address is as much a secret as the password in it.
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
            Some(("postgres" | "postgresql", _)) => Self::postgres(text),
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
            "postgresql://127.0.0.1/refero",
            "postgresql://db/refero?sslmode=disable",
            "postgres:///refero?host=/run/postgresql",
        ] {
            assert!(DatabaseUrl::from_text(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_password_is_not_shown_and_not_taken_from_an_example() {
        let url = "postgres://app:K3y%409@db/refero?sslmode=verify-full";
        let url = DatabaseUrl::from_text(url).unwrap();

        assert_eq!(format!("{url:?}"), "postgres://[hidden]");
        assert!(matches!(
            DatabaseUrl::from_text("postgres://app:ChangeMe1@db/refero?sslmode=verify-full").err(),
            Some(Flaw::Weak(_))
        ));
    }

    #[test]
    fn a_server_elsewhere_is_reached_over_authenticated_tls_or_by_a_stated_exception() {
        let flaw = |url: &str| DatabaseUrl::from_text(url).err();
        for host in ["db.example.org", "10.0.0.7:5432", "localhost,db"] {
            for mode in ["", "?sslmode=allow", "?sslmode=prefer", "?sslmode=require"] {
                let url = format!("postgres://app@{host}/refero{mode}");
                assert_eq!(flaw(&url), Some(Flaw::Unsafe(UNPROTECTED)), "{url}");
            }
            for mode in ["verify-full", "verify-ca", "disable"] {
                let url = format!("postgres://app@{host}/refero?sslmode={mode}");
                assert_eq!(flaw(&url), None, "{url}");
            }
        }
        for local in ["127.0.0.1", "[::1]:5432", "localhost", "/refero?host=/run/postgresql"] {
            assert_eq!(flaw(&format!("postgres://app@{local}")), None, "{local}");
        }
    }

    #[test]
    fn a_password_that_tears_the_address_apart_is_refused_without_being_repeated() {
        for torn in ["K3y/9", "K3y@9", "K3y%9", "K3y#9", "K3y:9"] {
            let url = format!("postgres://app:{torn}@127.0.0.1/refero");
            assert_eq!(DatabaseUrl::from_text(&url).err(), Some(Flaw::Unsafe(TORN)), "{torn}");
        }
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
