//! One connection type for SQLite and PostgreSQL, and how to get a connection.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{
    Connection, ConnectionError, RunQueryDsl, connection::SimpleConnection,
    result::Error as DieselError,
};

use crate::{
    address::{ServerAddress, Unreadable},
    error::{Error, Result},
    sqlite_file::SqliteFile,
};

/// A connection to either database; every query is written once against it.
#[derive(diesel::MultiConnection)]
pub enum DbConn {
    /// The embedded database.
    Sqlite(diesel::SqliteConnection),
    /// The server database.
    Postgres(diesel::PgConnection),
}

/// How to reach the database and how long to wait for it.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`. Holds a password: never print it.
    pub url: String,
    /// Connections kept for reading (SQLite) or for everything (PostgreSQL).
    pub pool_size: u32,
    /// How long a request waits for a connection, in milliseconds, before it is told to come back.
    pub acquire_timeout_ms: u64,
    /// How long SQLite waits for a lock of another process, in milliseconds.
    pub busy_timeout_ms: u32,
    /// How long one statement may run on PostgreSQL, in milliseconds.
    pub statement_timeout_ms: u32,
}

impl Options {
    /// Returns the options that suit a small server, for a URL.
    #[must_use]
    pub fn for_url(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: 8,
            acquire_timeout_ms: 2_000,
            busy_timeout_ms: 5_000,
            statement_timeout_ms: 5_000,
        }
    }

    /// Returns the options of a command that does one thing and ends: with one connection.
    ///
    /// A pool that may hold more opens the next one on a thread of its own as soon as one is taken. If
    /// the program ends meanwhile, OpenSSL is gone under that thread, and the program ends in a fault
    /// although it has done its work.
    #[must_use]
    pub fn for_one_command(self) -> Self {
        Self { pool_size: 1, ..self }
    }

    /// Returns the path of the SQLite file, if the URL names one.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite://")
    }

    /// Opens one connection outside the pool.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there, [`Error::Broken`] if the URL is neither
    /// kind: a typo must never create an empty database.
    pub fn connect(&self) -> Result<DbConn> {
        match self.sqlite_path() {
            Some(path) => Self::connect_sqlite(path, self.busy_timeout_ms),
            None if self.url.starts_with("postgres://")
                || self.url.starts_with("postgresql://") =>
            {
                ServerAddress::parse(&self.url)
                    .map_err(|e| Error::broken_by("the database was not asked", e))?;
                diesel::PgConnection::establish(&within_limits(&self.url))
                    .map_err(not_connected)
                    .and_then(|mut conn| {
                        conn.batch_execute(&format!(
                            "set statement_timeout = {}; set idle_in_transaction_session_timeout = 30000;
                             set timezone = 'UTC'; {NO_TURNING_DISKS}",
                            self.statement_timeout_ms
                        ))?;
                        Ok(DbConn::Postgres(conn))
                    })
            }
            None => Err(Error::broken("a database url begins with sqlite:// or postgres://")),
        }
    }

    fn connect_sqlite(path: &str, busy_timeout_ms: u32) -> Result<DbConn> {
        SqliteFile::at(path)?;
        let mut conn = diesel::SqliteConnection::establish(path)
            .map_err(|e| Error::Unavailable(Box::new(e)))?;
        conn.batch_execute(&format!("pragma busy_timeout = {busy_timeout_ms};"))?;
        switch_to_wal(&mut conn, Duration::from_millis(busy_timeout_ms.into()))?;
        conn.batch_execute(
            "pragma synchronous = full; pragma foreign_keys = on; pragma secure_delete = on;
             pragma trusted_schema = off; pragma temp_store = memory;",
        )?;
        Ok(DbConn::Sqlite(conn))
    }
}

/// Has SQLite keep a write-ahead log. Of several who switch a new file at once, each waits for what another
/// holds; SQLite turns them away at once then, however patient they are.
fn switch_to_wal(conn: &mut diesel::SqliteConnection, patience: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        match conn.batch_execute("pragma journal_mode = wal;") {
            Err(DieselError::DatabaseError(_, told))
                if told.message() == "database is locked" && begun.elapsed() < patience =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            done => return Ok(done?),
        }
    }
}

/// PostgreSQL reckons with disks that turn, on which one row costs as much as hundreds in a line, and goes
/// through a whole table where it should fetch a few dozen rows. Whoever has set it themselves is believed.
const NO_TURNING_DISKS: &str = "select set_config(name, '1.1', false) from pg_settings
    where name = 'random_page_cost' and source = 'default';";

/// Says that there is no connection. What is wrong with the address itself is not repeated: it holds
/// a password.
fn not_connected(error: ConnectionError) -> Error {
    match error {
        ConnectionError::InvalidCString(_) | ConnectionError::InvalidConnectionUrl(_) => {
            Error::Unavailable(Box::new(Unreadable))
        }
        other => Error::Unavailable(Box::new(other)),
    }
}

/// How long libpq waits for a server that has fallen silent, in seconds (the second: milliseconds).
///
/// Without these, a request whose server fell off the network would wait for it for a quarter of an
/// hour, and the next connection for two minutes.
const LIMITS: [(&str, u32); 5] = [
    ("connect_timeout", 5),
    ("tcp_user_timeout", 10_000),
    ("keepalives_idle", 5),
    ("keepalives_interval", 5),
    ("keepalives_count", 2),
];

/// Adds to a PostgreSQL address the limits that it does not set itself.
fn within_limits(url: &str) -> String {
    let mut limited = url.to_owned();
    for (name, limit) in LIMITS {
        if !url.contains(&format!("{name}=")) {
            let separator = if limited.contains('?') { '&' } else { '?' };
            limited.push_str(&format!("{separator}{name}={limit}"));
        }
    }
    limited
}

#[derive(diesel::QueryableByName)]
struct Moment {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

#[derive(diesel::QueryableByName)]
struct Open {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}

/// Waits until every transaction has ended that is open now: it may have seen what was so before the
/// last commit of somebody else. On SQLite nobody commits beside an open write.
pub(crate) fn let_others_end(conn: &mut DbConn) -> Result<()> {
    let DbConn::Postgres(conn) = conn else { return Ok(()) };
    let now: Moment = diesel::sql_query("select now()::text as value").get_result(conn)?;
    for _ in 0..600 {
        let open: Open = diesel::sql_query(
            "select count(*) as value from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()
               and xact_start <= $1::timestamptz",
        )
        .bind::<diesel::sql_types::Text, _>(&now.value)
        .get_result(conn)?;
        if open.value == 0 {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err(Error::Unavailable("others do not end what they have begun".into()))
}

#[cfg(test)]
mod tests {
    use diesel::{Connection, RunQueryDsl};

    use super::{Moment, within_limits};

    #[test]
    fn sqlite_is_built_as_it_is_meant_to_be() {
        let mut conn = diesel::SqliteConnection::establish(":memory:").unwrap();
        let options = "select compile_options as value from pragma_compile_options";
        let options: Vec<Moment> = diesel::sql_query(options).load(&mut conn).unwrap();
        let is_set = |option| options.iter().any(|Moment { value }| value == option);

        assert!(is_set("ENABLE_QPSG"), "see .cargo/config.toml");
        assert!(!is_set("ENABLE_STAT4") && !is_set("ENABLE_MEMORY_MANAGEMENT"));
    }

    #[test]
    fn a_server_that_is_silent_is_not_waited_for_unless_the_address_says_so() {
        assert_eq!(
            within_limits("postgres://app@db/refero"),
            "postgres://app@db/refero?connect_timeout=5&tcp_user_timeout=10000&keepalives_idle=5\
             &keepalives_interval=5&keepalives_count=2"
        );
        let own = "postgres://app@db/refero?sslmode=verify-full&connect_timeout=30";
        assert!(within_limits(own).starts_with(&format!("{own}&tcp_user_timeout=10000&")));
    }
}
