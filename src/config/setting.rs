//! How one value is read from text or TOML, and shown again.

use std::net::SocketAddr;
use std::path::PathBuf;

use refero_domain::second_factor::Required;
use toml::Value;

use super::secret::{HIDDEN, Secret};

/// Refuses a value, before the key and the place are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The value is not what [`Setting::KIND`] says.
    Kind,
    /// The value is a secret that can be guessed.
    Weak(&'static str),
    /// The value is of the kind, and not safe to use.
    Unsafe(&'static str),
}

/// A type that a key can have.
pub(super) trait Setting: Sized {
    /// What the key takes, as the end of "must be …".
    const KIND: &'static str;
    /// Whether the value is written in quotes in TOML.
    const QUOTED: bool = true;
    /// Whether the value must never be shown.
    const SECRET: bool = false;
    /// Whether a `_file` key exists beside the key.
    const FROM_FILE: bool = false;

    /// Reads the value from the text of a variable, a flag, a default or a TOML string.
    ///
    /// # Errors
    /// Refuses what is not of the kind, or is a weak secret.
    fn from_text(text: &str) -> Result<Self, Flaw>;

    /// Reads the value from TOML; a number in quotes is not a number.
    ///
    /// # Errors
    /// As [`Setting::from_text`].
    fn from_toml(value: &Value) -> Result<Self, Flaw> {
        match value {
            Value::String(text) => Self::from_text(text),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => Err(Flaw::Kind),
        }
    }

    /// The value of a key that nobody gave and that has no default; only an `Option` has one.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// The value as a number, for the check of the range.
    fn number(&self) -> Option<u64> {
        None
    }

    /// The value as it may be printed; nothing when there is none.
    fn show(&self) -> Option<Value>;
}

impl<T: Setting> Setting for Option<T> {
    const KIND: &'static str = T::KIND;
    const QUOTED: bool = T::QUOTED;
    const SECRET: bool = T::SECRET;
    const FROM_FILE: bool = T::FROM_FILE;

    fn from_text(text: &str) -> Result<Self, Flaw> {
        T::from_text(text).map(Some)
    }

    fn from_toml(value: &Value) -> Result<Self, Flaw> {
        T::from_toml(value).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn number(&self) -> Option<u64> {
        self.as_ref().and_then(T::number)
    }

    fn show(&self) -> Option<Value> {
        self.as_ref().and_then(T::show)
    }
}

macro_rules! whole_number {
    ($($number:ty),+) => { $(
        impl Setting for $number {
            const KIND: &'static str = "a whole number";
            const QUOTED: bool = false;

            fn from_text(text: &str) -> Result<Self, Flaw> {
                text.parse().map_err(|_| Flaw::Kind)
            }

            fn from_toml(value: &Value) -> Result<Self, Flaw> {
                let number = value.as_integer().ok_or(Flaw::Kind)?;
                Self::try_from(number).map_err(|_| Flaw::Kind)
            }

            fn number(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }

            fn show(&self) -> Option<Value> {
                i64::try_from(*self).ok().map(Value::Integer)
            }
        }
    )+ };
}
whole_number!(u32, u64, usize);

impl Setting for bool {
    const KIND: &'static str = "true or false";
    const QUOTED: bool = false;

    fn from_text(text: &str) -> Result<Self, Flaw> {
        text.parse().map_err(|_| Flaw::Kind)
    }

    fn from_toml(value: &Value) -> Result<Self, Flaw> {
        value.as_bool().ok_or(Flaw::Kind)
    }

    fn show(&self) -> Option<Value> {
        Some(Value::Boolean(*self))
    }
}

impl Setting for SocketAddr {
    const KIND: &'static str = "an address and a port";

    fn from_text(text: &str) -> Result<Self, Flaw> {
        text.parse().map_err(|_| Flaw::Kind)
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(self.to_string()))
    }
}

impl Setting for PathBuf {
    const KIND: &'static str = "a path";

    fn from_text(text: &str) -> Result<Self, Flaw> {
        Name::from_text(text).map(|name| Self::from(name.0))
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(self.display().to_string()))
    }
}

/// A short text that is not empty and has no control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for Name {
    const KIND: &'static str = "a short text";

    fn from_text(text: &str) -> Result<Self, Flaw> {
        let fits = (1..=1024).contains(&text.len()) && !text.contains(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(Flaw::Kind) }
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(self.0.clone()))
    }
}

/// The address that people and integrators use to reach the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether a proxy with TLS stands before the service.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }
}

impl Setting for PublicUrl {
    const KIND: &'static str = "an https:// address (http:// only for this machine)";

    fn from_text(text: &str) -> Result<Self, Flaw> {
        const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
        let text = text.strip_suffix('/').unwrap_or(text);
        let unusual = |c: char| !c.is_ascii_graphic() || "?#@\"<>\\".contains(c);
        let (scheme, rest) = text.split_once("://").ok_or(Flaw::Kind)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => host,
            Some(_) | None => authority,
        };
        let allowed = scheme == "https" || (scheme == "http" && LOCAL.contains(&host));
        if host.is_empty() || text.contains(unusual) || !allowed {
            return Err(Flaw::Kind);
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(self.0.clone()))
    }
}

macro_rules! choice {
    ($(#[$about:meta])+ $name:ident: $kind:literal {
        $($(#[$doc:meta])+ $variant:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])+ $variant),+ }

        impl $name {
            /// The word that stands for the choice.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl Setting for $name {
            const KIND: &'static str = $kind;

            fn from_text(text: &str) -> Result<Self, Flaw> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(Flaw::Kind),
                }
            }

            fn show(&self) -> Option<Value> {
                Some(Value::String(self.as_str().to_owned()))
            }
        }
    };
}

choice! {
    /// How much the service says about itself.
    LogLevel: "one of error, warn, info, debug, trace" {
        /// Only what needs a person.
        Error = "error",
        /// Also what may need one soon.
        Warn = "warn",
        /// Also one line for each request.
        Info = "info",
        /// Also the steps of a request.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}

choice! {
    /// How a line of the log is written.
    LogFormat: "json or text" {
        /// One JSON object on each line, for machines.
        Json = "json",
        /// Words, for a person at a terminal.
        Text = "text",
    }
}

/// Who must have a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredFactor(Required);

impl RequiredFactor {
    /// The rule.
    #[must_use]
    pub const fn rule(&self) -> &Required {
        &self.0
    }
}

impl Setting for RequiredFactor {
    const KIND: &'static str = "enrolled, all, or codes of roles separated by commas";

    fn from_text(text: &str) -> Result<Self, Flaw> {
        let required = match text {
            "enrolled" => Required::Enrolled,
            "all" => Required::Everybody,
            roles => {
                let roles = roles.split(',').map(|role| role.trim().parse());
                Required::Roles(roles.collect::<Result<_, _>>().map_err(|_| Flaw::Kind)?)
            }
        };
        Ok(Self(required))
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(match &self.0 {
            Required::Enrolled => "enrolled".to_owned(),
            Required::Everybody => "all".to_owned(),
            Required::Roles(roles) => {
                roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(",")
            }
        }))
    }
}

/// The bytes of a key, written in base64.
pub type KeyBytes = Secret<Vec<u8>>;

impl Setting for KeyBytes {
    const KIND: &'static str = "32 random bytes in base64 (openssl rand -base64 32)";
    const SECRET: bool = true;
    const FROM_FILE: bool = true;

    fn from_text(text: &str) -> Result<Self, Flaw> {
        super::strength::key_bytes(text).map(Secret::new)
    }

    fn show(&self) -> Option<Value> {
        Some(Value::String(HIDDEN.to_owned()))
    }
}
