//! The database as the rest of the house sees it, and the ways to use it.
//!
//! [`Db::read`] gives a snapshot; what it found leaves only as [`Disclosed`], after its audit event
//! is durable. [`Db::write`] and [`Db::write_in_case`] run a closure whose only way out is
//! [`Audited`]; they may run it more than once. On SQLite all writes go through one thread with
//! group commit (see `writer`); on PostgreSQL they are transactions that are retried: serialisable,
//! or, within one case, on a snapshot and kept apart by the head of the case's chain
//! (`docs/decisions/0004-within-a-case-a-snapshot-is-enough.md`).

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use diesel::{
    Connection, RunQueryDsl,
    connection::{AnsiTransactionManager, TransactionManager},
    r2d2::ManageConnection as _,
};

pub(crate) use crate::connect::{DbConn, Options};

use refero_domain::profile::Watch;

use crate::{
    entropy::Entropy,
    error::{Error, Result},
    keys::Vault,
    pool::{Pool, Pooled, Source},
    sealing::KeyRing,
    trail,
    unit::{Audited, Disclosed, Reading, Receipt, Request, Tx},
    writer::Writer,
};

/// The backend of [`DbConn`], for boxed expressions.
pub(crate) type Backend = <DbConn as Connection>::Backend;
pub(crate) type Manager_ = <DbConn as Connection>::TransactionManager;

/// The database as the rest of the house sees it. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
    watch: Watch,
}

struct Inner {
    pool: Pool,
    writer: Option<Writer>,
    vault: Vault,
    entropy: Entropy,
    /// Whether the last write failed for want of the database.
    last_write_failed: AtomicBool,
    /// Held by the transaction that runs again, so that those that lost do not meet each other.
    again: Mutex<()>,
    source: Source,
}

/// How a transaction begins that only adds to the trail.
const TRAIL_ONLY: (&str, &str) = ("begin immediate", "begin isolation level read committed");

/// How a transaction begins that the database keeps apart from others of its kind.
const SERIALISABLE: (&str, &str) = ("begin immediate", "begin isolation level serializable");

/// How a transaction begins that others are kept apart from by a row which each of them writes.
const SNAPSHOT: (&str, &str) = ("begin immediate", "begin isolation level repeatable read");

/// How often a serialisable transaction is tried before the caller is told to come back.
const ATTEMPTS: u32 = 8;

impl Db {
    /// Opens the pool, and on SQLite starts the writer thread.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub fn open(options: Options, keys: impl Into<Vault>, entropy: Entropy) -> Result<Self> {
        if trail::IS_LEFT_OUT {
            tracing::error!(
                "this program keeps no audit trail: it was built to measure what one costs"
            );
        }
        let source = Source::of(options)?;
        let pool = Pool::open(source.clone())?;
        let writer = source.is_sqlite().then(|| Writer::start(source.clone())).transpose()?;
        let vault = keys.into();
        let (last_write_failed, again) = (AtomicBool::new(false), Mutex::new(()));
        let inner = Inner { pool, writer, vault, entropy, last_write_failed, again, source };
        Ok(Self { inner: Arc::new(inner), watch: Watch::default() })
    }

    /// Watches those who look as a country wants it; without this, as the program does.
    #[must_use]
    pub fn watching(self, watch: Watch) -> Self {
        Self { watch, ..self }
    }

    pub(crate) const fn watch(&self) -> Watch {
        self.watch
    }

    /// Says whether the database answers; used by readiness.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it does not.
    pub fn ping(&self) -> Result<()> {
        self.plain(|conn| Ok(diesel::sql_query("select 1").execute(conn).map(drop)?))
    }

    /// Says whether the last write failed for want of the database: a full disk, a lock that somebody
    /// keeps. No write since has shown that it is over.
    #[must_use]
    pub fn last_write_failed(&self) -> bool {
        self.inner.last_write_failed.load(Ordering::Relaxed)
    }

    /// Remembers how a write came out. A refusal says nothing about the database.
    pub(crate) fn noted<T>(&self, outcome: Result<T>) -> Result<T> {
        match &outcome {
            Ok(_) => self.inner.last_write_failed.store(false, Ordering::Relaxed),
            Err(Error::Unavailable(_)) => {
                self.inner.last_write_failed.store(true, Ordering::Relaxed);
            }
            Err(Error::NotAuthenticated | Error::Refused(_) | Error::Broken(..)) => {}
        }
        outcome
    }

    /// Looks on a connection outside any unit of work: checks only. It may look twice.
    pub(crate) fn plain<T>(&self, look: impl FnMut(&mut DbConn) -> Result<T>) -> Result<T> {
        self.inner.pool.first(look).map(|(_, found)| found)
    }

    fn begin(&self, sql: (&'static str, &'static str)) -> Result<Pooled> {
        self.inner.pool.first(|conn| begin(conn, sql)).map(|(conn, ())| conn)
    }

    /// Reads in one snapshot, then makes the audit event durable, then answers (R14).
    ///
    /// # Errors
    /// Whatever the closure refuses, or [`Error::Unavailable`]. If the event cannot be written,
    /// nothing is answered.
    pub fn read<T>(
        &self,
        request: &Request,
        look: impl FnOnce(&mut Reading<'_>) -> Result<Disclosed<T>>,
    ) -> Result<T> {
        let disclosed = {
            let mut conn =
                self.begin(("begin deferred", "begin isolation level repeatable read read only"))?;
            let keys = self.keys();
            let house = (self.vault(), &*keys, self.entropy());
            let found = Reading::enter(&mut conn, request, house, self.watch)
                .and_then(|mut reading| look(&mut reading));
            // A snapshot has nothing to commit; ending it must not hide what was found.
            let ended = Manager_::rollback_transaction(&mut *conn);
            let found = found?;
            ended.map_err(Error::from)?;
            found
        };
        let (value, context, events) = disclosed.into_parts();
        if !events.is_empty() {
            let entropy = self.entropy().clone();
            self.append("trail.append", move |conn| {
                events.iter().try_for_each(|event| {
                    crate::trail::append(conn, &context, &entropy, event).map(drop)
                })
            })?;
        }
        Ok(value)
    }

    /// Runs a write and commits it with its audit event, or not at all.
    ///
    /// The closure may run several times (another transaction was faster) and must therefore have
    /// no effect outside the database.
    ///
    /// # Errors
    /// Whatever the closure refuses, or [`Error::Unavailable`].
    pub fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        request: Request,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>> + Send + 'static,
    ) -> Result<T> {
        self.write_for_receipt(name, request, act).map(|(value, _)| value)
    }

    /// As [`Self::write`], and gives the receipt of the event.
    ///
    /// # Errors
    /// Whatever the closure refuses, or [`Error::Unavailable`].
    pub fn write_for_receipt<T: Send + 'static>(
        &self,
        name: &'static str,
        request: Request,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>> + Send + 'static,
    ) -> Result<(T, Receipt)> {
        let run = self.unit(request, act);
        self.noted(match &self.inner.writer {
            Some(writer) => writer.submit(name, move |conn| run(conn).map(Audited::into_parts)),
            None => self.serialisable(name, |conn| run(conn).map(Audited::into_parts)),
        })
    }

    /// As [`Self::write_for_receipt`], for an act whose every change, and every look at cases, lies
    /// within one case. It may look at accounts and the directory too: what changes those never looks
    /// at cases to decide.
    ///
    /// Two such acts on one case cannot both commit: each moves the head of the case's chain, and
    /// the later one runs again. On PostgreSQL a snapshot is therefore enough, and acts on different
    /// cases do not disturb each other. What turns out to have moved no chain, nor to hang on one row,
    /// runs once more, serialisable.
    ///
    /// # Errors
    /// Whatever the closure refuses, or [`Error::Unavailable`].
    pub fn write_in_case<T: Send + 'static>(
        &self,
        name: &'static str,
        request: Request,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>> + Send + 'static,
    ) -> Result<(T, Receipt)> {
        if self.inner.writer.is_some() {
            return self.write_for_receipt(name, request, act);
        }
        let run = self.unit(request, act);
        let in_case = |conn: &mut DbConn| run(conn).and_then(Audited::into_parts_on_snapshot);
        self.noted(match self.retried(name, SNAPSHOT, in_case) {
            Err(error) if error.asks_for_serialisable() => {
                self.serialisable(name, |conn| run(conn).map(Audited::into_parts))
            }
            outcome => outcome,
        })
    }

    /// Returns what runs on a connection, in a transaction that has begun.
    fn unit<T>(
        &self,
        request: Request,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>> + Send + 'static,
    ) -> impl Fn(&mut DbConn) -> Result<Audited<T>> + Send + 'static {
        let (vault, entropy) = (self.vault().clone(), self.entropy().clone());
        let watch = self.watch;
        move |conn| {
            let keys = vault.ring();
            let house = (&vault, &*keys, &entropy);
            Tx::enter(conn, &request, house, watch).and_then(|mut tx| act(&mut tx))
        }
    }

    /// Adds to the trail, and does nothing else.
    pub(crate) fn append(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        self.noted(match &self.inner.writer {
            Some(writer) => writer.submit(name, run),
            // Locking the case's head row is enough here: nothing else is read.
            None => self.retried(name, TRAIL_ONLY, run),
        })
    }

    /// Adds to the trail beside those who work here: takes no place among their writes and no
    /// connection of theirs. `own` is the connection that is kept for it on PostgreSQL.
    pub(crate) fn append_beside(
        &self,
        own: &mut Option<DbConn>,
        run: impl Fn(&mut DbConn) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        if let Some(writer) = &self.inner.writer {
            return writer.submit_patiently("trail.refusals", run);
        }
        let conn = match own {
            Some(conn) => conn,
            None => own.insert(self.inner.source.connect()?),
        };
        let written = begin(conn, TRAIL_ONLY)
            .and_then(|()| run(conn))
            .and_then(|()| Manager_::commit_transaction(conn).map_err(Error::from));
        if written.is_err() {
            // With the connection goes what it had begun.
            *own = None;
        }
        written
    }

    /// Opens one more connection, for who reads for long: those of the pool stay free.
    pub(crate) fn connect_apart(&self) -> Result<DbConn> {
        self.inner.source.connect()
    }

    /// Runs a write that is about no person and leaves no event: leases only.
    pub(crate) fn apart<T: Send + 'static>(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.unrecorded(name, SERIALISABLE, run)
    }

    /// Runs a write of the house that is about no person, on a snapshot: the log only.
    pub(crate) fn on_snapshot<T: Send + 'static>(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.unrecorded(name, SNAPSHOT, run)
    }

    fn unrecorded<T: Send + 'static>(
        &self,
        name: &'static str,
        begin_sql: (&'static str, &'static str),
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.inner.writer {
            Some(writer) => writer.submit(name, run),
            None => self.retried(name, begin_sql, run),
        }
    }

    fn serialisable<T>(
        &self,
        name: &'static str,
        run: impl FnMut(&mut DbConn) -> Result<T>,
    ) -> Result<T> {
        self.retried(name, SERIALISABLE, run)
    }

    fn retried<T>(
        &self,
        name: &'static str,
        begin_sql: (&'static str, &'static str),
        mut run: impl FnMut(&mut DbConn) -> Result<T>,
    ) -> Result<T> {
        for attempt in 1..=ATTEMPTS {
            // Of many who write on one case, all but one lose; all at once again, they would again.
            let turn = (attempt > 1)
                .then(|| self.inner.again.lock().unwrap_or_else(PoisonError::into_inner));
            let mut conn = self.begin(begin_sql)?;
            let outcome = run(&mut conn).and_then(|value| {
                Manager_::commit_transaction(&mut *conn).map_err(Error::from)?;
                Ok(value)
            });
            match outcome {
                Ok(value) => return Ok(value),
                Err(error) => {
                    // After a failed commit there may be nothing left to roll back.
                    drop(Manager_::rollback_transaction(&mut *conn));
                    drop((conn, turn));
                    if !error.is_serialization_failure() {
                        return Err(error);
                    }
                    tracing::debug!(transaction = name, attempt, "transaction runs again");
                    let pause = u64::from(self.entropy().below(4 << attempt.min(6)));
                    std::thread::sleep(Duration::from_millis(pause));
                }
            }
        }
        Err(Error::Unavailable("the transaction met others too often".into()))
    }

    /// The keys of this deployment as they are now.
    #[must_use]
    pub fn keys(&self) -> Arc<KeyRing> {
        self.inner.vault.ring()
    }

    /// Where the keys come from.
    pub(crate) fn vault(&self) -> &Vault {
        &self.inner.vault
    }

    /// The source of randomness.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.inner.entropy
    }
}

/// Begins a transaction through the transaction manager, so that its bookkeeping stays right.
pub(crate) fn begin(
    conn: &mut DbConn,
    (sqlite, postgres): (&'static str, &'static str),
) -> Result<()> {
    match conn {
        DbConn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, sqlite)?,
        DbConn::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(c, postgres)?,
    }
    Ok(())
}
