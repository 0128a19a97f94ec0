//! The address of a PostgreSQL server, read strictly before libpq reads it.
//!
//! libpq repeats in its messages what it could not read. A password in which `/`, `@` or `%` stands as
//! it is would be torn apart there, and a piece of it would end in a log. So an address whose parts
//! cannot be told apart with certainty goes no further than here.

use std::net::IpAddr;

use zeroize::Zeroizing;

/// What an address may say after its `?`. A service file is not among it: it could name another
/// server than the address does.
const PARAMETERS: [&str; 29] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "require_auth",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Says that the parts of an address cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the address of the database cannot be read: in names and passwords, whatever is neither a \
     letter nor a digit nor one of - . _ ~ is written as % and two hexadecimal digits"
)]
pub struct Unreadable;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SslMode {
    /// Not at all.
    Disable,
    /// Only if the server insists.
    Allow,
    /// If the server offers it: whoever is in between can say that it does not.
    Prefer,
    /// Encrypted to whoever answers.
    Require,
    /// Encrypted to a server whose certificate is of the right authority.
    VerifyCa,
    /// As before, and the certificate is for this host.
    VerifyFull,
}

/// The parts of an address that matter before it is used.
pub struct ServerAddress {
    user: Option<String>,
    password: Option<Zeroizing<String>>,
    hosts: Vec<String>,
    ssl_mode: Option<SslMode>,
}

impl ServerAddress {
    /// Reads `postgres://user:password@host:port/database?parameters`.
    ///
    /// # Errors
    /// [`Unreadable`] if anything of it could be read in two ways.
    pub fn parse(url: &str) -> Result<Self, Unreadable> {
        let (scheme, rest) = url.split_once("://").ok_or(Unreadable)?;
        if !matches!(scheme, "postgres" | "postgresql") || !rest.bytes().all(is_written) {
            return Err(Unreadable);
        }
        let (before, parameters) = rest.split_once('?').map_or((rest, ""), |(a, b)| (a, b));
        let (authority, database) = before.split_once('/').map_or((before, ""), |(a, b)| (a, b));
        if database.contains(['/', '@', ':']) {
            return Err(Unreadable);
        }
        decoded(database)?;
        let (login, hosts) = authority.rsplit_once('@').map_or(("", authority), |(a, b)| (a, b));
        let (user, password) = login.split_once(':').map_or((login, None), |(a, b)| (a, Some(b)));
        if user.contains('@') || password.is_some_and(|password| password.contains(['@', ':'])) {
            return Err(Unreadable);
        }
        let mut address = Self {
            user: Some(decoded(user)?).filter(|user| !user.is_empty()),
            password: password.map(decoded).transpose()?.map(Zeroizing::new),
            hosts: Vec::new(),
            ssl_mode: None,
        };
        if !hosts.is_empty() {
            address.hosts = hosts.split(',').map(host).collect::<Result<_, _>>()?;
        }
        address.take(parameters)?;
        if address.hosts.iter().any(String::is_empty) || address.hosts.is_empty() {
            return Err(Unreadable);
        }
        Ok(address)
    }

    fn take(&mut self, parameters: &str) -> Result<(), Unreadable> {
        let (mut seen, mut address) = (Vec::new(), None);
        for pair in parameters.split('&').filter(|_| !parameters.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or(Unreadable)?;
            if !PARAMETERS.contains(&name) || seen.contains(&name) || value.contains(['@', '=']) {
                return Err(Unreadable);
            }
            seen.push(name);
            let value = decoded(value)?;
            let split = |hosts: &str| hosts.split(',').map(str::to_owned).collect();
            match name {
                "sslmode" => self.ssl_mode = Some(ssl_mode(&value)?),
                "host" => self.hosts = split(&value),
                "hostaddr" => address = Some(split(&value)),
                "user" => self.user = Some(value),
                "password" => self.password = Some(Zeroizing::new(value)),
                _ => {}
            }
        }
        // Where both are given, it is the number that is dialled.
        if let Some(address) = address {
            self.hosts = address;
        }
        Ok(())
    }

    /// Returns who signs in, if the address says it.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Returns the password, if the address says it.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|password| password.as_str())
    }

    /// Returns how the connection is to be protected, if the address says it.
    #[must_use]
    pub const fn ssl_mode(&self) -> Option<SslMode> {
        self.ssl_mode
    }

    /// Says whether what is said to the server stays on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.hosts.iter().all(|host| {
            host == "localhost"
                || host.starts_with('/')
                || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        })
    }
}

/// Returns the address without its password, and the password: what a program is started with is seen
/// by every user of the machine.
///
/// # Errors
/// [`Unreadable`], as [`ServerAddress::parse`].
pub fn without_password(url: &str) -> Result<(String, Option<Zeroizing<String>>), Unreadable> {
    let password = ServerAddress::parse(url)?.password;
    let (scheme, rest) = url.split_once("://").ok_or(Unreadable)?;
    let (before, parameters) = rest.split_once('?').map_or((rest, ""), |(a, b)| (a, b));
    let plain = match before.rsplit_once('@') {
        Some((login, hosts)) => {
            let user = login.split_once(':').map_or(login, |(user, _)| user);
            format!("{scheme}://{user}@{hosts}")
        }
        None => format!("{scheme}://{before}"),
    };
    Ok((with_parameters(plain, parameters, "password"), password))
}

/// Returns the address of another database of the same server.
///
/// # Errors
/// [`Unreadable`], as [`ServerAddress::parse`].
pub fn on_database(url: &str, name: &str) -> Result<String, Unreadable> {
    ServerAddress::parse(url)?;
    let (scheme, rest) = url.split_once("://").ok_or(Unreadable)?;
    let (before, parameters) = rest.split_once('?').map_or((rest, ""), |(a, b)| (a, b));
    let authority = before.split_once('/').map_or(before, |(authority, _)| authority);
    Ok(with_parameters(format!("{scheme}://{authority}/{name}"), parameters, "dbname"))
}

/// Adds all parameters but one.
fn with_parameters(mut url: String, parameters: &str, but: &str) -> String {
    let is_kept =
        |pair: &&str| !pair.is_empty() && pair.split_once('=').is_none_or(|(name, _)| name != but);
    let mut separator = '?';
    for pair in parameters.split('&').filter(is_kept) {
        url.push(separator);
        url.push_str(pair);
        separator = '&';
    }
    url
}

/// Says whether a byte may stand in an address at all.
const fn is_written(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'#' | b'"' | b'\\' | b'<' | b'>' | b'^' | b'`')
}

/// Reads what is percent-encoded.
fn decoded(text: &str) -> Result<String, Unreadable> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let (high, low) = digit(rest.next()).zip(digit(rest.next())).ok_or(Unreadable)?;
            u8::try_from(high * 16 + low).map_err(|_| Unreadable)?
        } else {
            byte
        };
        if byte.is_ascii_control() {
            return Err(Unreadable);
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| Unreadable)
}

/// Reads one host of an authority, without its port.
fn host(text: &str) -> Result<String, Unreadable> {
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or(Unreadable)?;
        let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
        let has_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return if is_address && has_port { Ok(address.to_owned()) } else { Err(Unreadable) };
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(a, b)| (a, Some(b)));
    if port.is_some_and(|port| !is_port(port)) {
        return Err(Unreadable);
    }
    let name = decoded(name)?;
    let is_named = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/'));
    if is_named { Ok(name) } else { Err(Unreadable) }
}

fn ssl_mode(text: &str) -> Result<SslMode, Unreadable> {
    match text {
        "disable" => Ok(SslMode::Disable),
        "allow" => Ok(SslMode::Allow),
        "prefer" => Ok(SslMode::Prefer),
        "require" => Ok(SslMode::Require),
        "verify-ca" => Ok(SslMode::VerifyCa),
        "verify-full" => Ok(SslMode::VerifyFull),
        _ => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(url: &str) -> Result<ServerAddress, Unreadable> {
        ServerAddress::parse(url)
    }

    #[test]
    fn the_parts_of_an_address_are_told_apart() {
        let whole = "postgres://app:p%40s%2Fs@db.internal:5432/refero?sslmode=verify-full&sslrootcert=/etc/ca.crt";
        let address = parse(whole).unwrap();
        assert_eq!((address.user(), address.password()), (Some("app"), Some("p@s/s")));
        assert_eq!(address.ssl_mode(), Some(SslMode::VerifyFull));
        assert!(!address.is_local());

        let socket = parse("postgresql://app@/refero?host=/run/postgresql").unwrap();
        assert_eq!((socket.user(), socket.password()), (Some("app"), None));
        assert!(socket.is_local() && socket.ssl_mode().is_none());
        for local in ["localhost", "127.0.0.1:5433", "[::1]:5432", "%2Frun%2Fpostgresql"] {
            assert!(parse(&format!("postgres://{local}/x")).unwrap().is_local(), "{local}");
        }
        for away in ["db", "10.0.0.1", "localhost,db", "[fe80::1]", "localhost.example.org"] {
            assert!(!parse(&format!("postgres://{away}/x")).unwrap().is_local(), "{away}");
        }
        assert!(!parse("postgres://localhost/x?hostaddr=10.0.0.1").unwrap().is_local());
    }

    #[test]
    fn a_password_that_tears_the_address_apart_is_refused() {
        for raw in ["pa/ss", "12/ss", "p@ss", "p:ss", "p%ss", "p%0", "p%00s", "p?s", "12?s", "p#s"]
        {
            let torn = format!("postgres://app:{raw}@db:5432/refero?sslmode=disable");
            assert_eq!(parse(&torn).err(), Some(Unreadable), "{raw}");
        }
        for wrong in [
            "",
            "postgres://",
            "postgres:///db",
            "postgres://h/d b",
            "postgres://h:0/d",
            "postgres://h:port/d",
            "postgres://h,/d",
            "postgres://h/d?sslmode=perhaps",
            "postgres://h/d?sslmode=disable&sslmode=verify-full",
            "postgres://h/d?service=other",
            "postgres://h/d?nonsense=1",
            "postgres://h/d?sslmode",
            "mysql://h/d",
        ] {
            assert_eq!(parse(wrong).err(), Some(Unreadable), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_told_without_its_password_and_of_another_database() {
        let whole = "postgres://app:p%40s@db:5432/refero?sslmode=disable&password=x&dbname=y";
        let (plain, password) = without_password(whole).unwrap();
        assert_eq!(plain, "postgres://app@db:5432/refero?sslmode=disable&dbname=y");
        assert_eq!(password.as_deref().map(String::as_str), Some("x"));
        assert_eq!(
            on_database(whole, "other").unwrap(),
            "postgres://app:p%40s@db:5432/other?sslmode=disable&password=x"
        );
        let (plain, password) = without_password("postgres://db/refero").unwrap();
        assert_eq!((plain.as_str(), password.is_none()), ("postgres://db/refero", true));
    }

    #[test]
    fn no_failure_to_connect_repeats_a_piece_of_a_password() {
        for raw in ["Vi/olet", "12/olet", "Vi@olet", "Vi%olet", "Vi?olet", "Vi#olet"] {
            let options = crate::Options::for_url(format!("postgres://app:{raw}@127.0.0.1:1/x"));
            let mut told = String::new();
            let failure = options.connect().err().unwrap();
            let mut cause: Option<&dyn std::error::Error> = Some(&failure);
            while let Some(error) = cause {
                told.push_str(&error.to_string());
                cause = error.source();
            }
            assert!(!told.contains("Vi") && !told.contains("olet"), "{told}");
        }
    }

    proptest! {
        #[test]
        fn every_password_comes_back_from_its_encoded_form(password in "[ -~äé]{1,40}") {
            let encoded: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let address = parse(&format!("postgres://app:{encoded}@db/refero")).unwrap();
            prop_assert_eq!(address.password(), Some(password.as_str()));
        }

        #[test]
        fn a_refusal_tells_nothing_of_the_address(text in "postgres://.*") {
            if let Err(refusal) = parse(&text) {
                prop_assert_eq!(refusal, Unreadable);
            }
        }
    }
}
