//! The way to a connection: where connections come from, and how a dead one is replaced.

use std::time::Duration;

use diesel::{
    connection::SimpleConnection,
    r2d2::{self, ManageConnection, PooledConnection, R2D2Connection},
};

use crate::{
    db::{DbConn, Options},
    error::{Error, Result},
    sqlite_file::SqliteFile,
};

/// How much SQLite's log keeps of the disk when it begins anew, in bytes: as much as it is long then.
pub(crate) const KEPT_BYTES: u32 = 16 * 1024 * 1024;

/// Where connections come from: the options, and on SQLite the one file that was opened.
#[derive(Clone)]
pub(crate) struct Source {
    options: Options,
    file: Option<SqliteFile>,
}

impl Source {
    /// Takes the database that the options name, as it is now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if there is no such SQLite file.
    pub(crate) fn of(options: Options) -> Result<Self> {
        let file = options.sqlite_path().map(SqliteFile::at).transpose()?;
        Ok(Self { options, file })
    }

    /// Says whether this is the embedded database.
    pub(crate) const fn is_sqlite(&self) -> bool {
        self.file.is_some()
    }

    /// Connects for whom all writes of the embedded database go through: with room for what a group of them
    /// touches, and without moving the log into the file, which [`crate::checkpoints`] does. A log that begins
    /// anew gives back what it has taken beyond [`KEPT_BYTES`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub(crate) fn connect_to_write(&self) -> Result<DbConn> {
        let mut conn = self.connect()?;
        conn.batch_execute(&format!(
            "pragma cache_size = -16384; pragma wal_autocheckpoint = 0;
             pragma journal_size_limit = {KEPT_BYTES};"
        ))?;
        Ok(conn)
    }

    /// Has the connection that writes wait so long for a lock, in milliseconds; `None` is what was configured.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it does not take that.
    pub(crate) fn set_patience(&self, conn: &mut DbConn, ms: Option<u32>) -> Result<()> {
        let ms = ms.unwrap_or(self.options.busy_timeout_ms);
        Ok(conn.batch_execute(&format!("pragma busy_timeout = {ms};"))?)
    }

    /// Expects the database to be where it was.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the SQLite file was moved away.
    pub(crate) fn check(&self) -> Result<()> {
        self.file.as_ref().map_or(Ok(()), SqliteFile::check)
    }
}

impl ManageConnection for Source {
    type Connection = DbConn;
    type Error = Error;

    fn connect(&self) -> Result<DbConn> {
        self.check()?;
        self.options.connect()
    }

    fn is_valid(&self, conn: &mut DbConn) -> Result<()> {
        conn.ping().map_err(Error::from)
    }

    fn has_broken(&self, conn: &mut DbConn) -> bool {
        conn.is_broken()
    }
}

/// A connection from the pool, which goes back to it unless it is dead.
pub(crate) type Pooled = PooledConnection<Source>;

/// The connections that are kept: for reading on SQLite, for everything on PostgreSQL.
pub(crate) struct Pool {
    source: Source,
    connections: r2d2::Pool<Source>,
}

impl Pool {
    /// Opens the first connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub(crate) fn open(source: Source) -> Result<Self> {
        let Options { pool_size, acquire_timeout_ms, .. } = source.options;
        let connections = r2d2::Pool::builder()
            .max_size(pool_size.max(1))
            .min_idle(Some(1))
            // A look at each connection before its use would be a journey to the server and back for
            // each request; `first` finds out without one.
            .test_on_check_out(false)
            .connection_timeout(Duration::from_millis(acquire_timeout_ms))
            .build(source.clone())
            .map_err(|e| Error::Unavailable(Box::new(e)))?;
        Ok(Self { source, connections })
    }

    /// Does the first thing of a use on a connection, and gives both; the only way to a connection.
    ///
    /// A server that was restarted leaves dead connections behind, and they look alive until they
    /// are used. Whichever turns out to be dead is thrown away, and the first thing is done again on
    /// another one. It must therefore be safe to do twice: a beginning, or a look.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no connection is free in time or the database is not there; else
    /// whatever the first thing refuses.
    pub(crate) fn first<T>(
        &self,
        mut act: impl FnMut(&mut DbConn) -> Result<T>,
    ) -> Result<(Pooled, T)> {
        self.source.check()?;
        let mut dead = 0;
        loop {
            let mut conn = self.connections.get().map_err(|e| Error::Unavailable(Box::new(e)))?;
            match act(&mut conn) {
                // Not more often than there can be dead ones: the last may be one that just died.
                Err(Error::Unavailable(_))
                    if dead < self.connections.max_size() && is_dead(&mut conn) =>
                {
                    dead += 1;
                }
                outcome => return outcome.map(|found| (conn, found)),
            }
        }
    }
}

/// Says whether a connection on which something failed is dead; then the pool throws it away.
///
/// Diesel notices by itself only what fails in execution. A statement that cannot be prepared leaves
/// the connection looking well until it is asked again.
fn is_dead(conn: &mut DbConn) -> bool {
    conn.is_broken() || conn.ping().is_err()
}
