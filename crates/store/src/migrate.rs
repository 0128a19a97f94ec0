//! Migrations: two folders with the same names, embedded, applied by the owner of the tables.

use diesel::{Connection, RunQueryDsl, connection::SimpleConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{
    db::{Db, DbConn, Options},
    error::{Error, Result},
};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// How long a migration of a SQLite file waits for another one, in milliseconds.
const PATIENCE_MS: u32 = 60_000;

/// Where a database stands against the migrations of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Versions that are applied.
    pub applied: Vec<String>,
    /// Versions that this program brings and the database has not.
    pub pending: Vec<String>,
    /// Versions that the database has and this program does not know: a newer schema.
    pub unknown: Vec<String>,
}

impl Status {
    /// Says whether the program and the database fit together.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty()
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::broken_by("a migration failed", error)
}

/// Creates the empty SQLite file, readable by its owner only; refuses to touch one that exists.
///
/// # Errors
/// [`Error::Broken`] if the file exists or cannot be made.
pub fn create_sqlite(path: &std::path::Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|e| Error::broken_by("the SQLite file could not be created", e))
}

/// Applies what is pending. Two programs that start together do it once.
///
/// # Errors
/// [`Error::Broken`] if a migration fails or the schema is newer than this program.
pub fn migrate(options: &Options) -> Result<Status> {
    let mut conn = options.connect()?;
    let before = status_on(&mut conn)?;
    if !before.unknown.is_empty() {
        return Err(Error::broken("the database is newer than this program"));
    }
    match &mut conn {
        DbConn::Sqlite(c) => {
            c.batch_execute(&format!("pragma busy_timeout = {PATIENCE_MS}"))?;
            // The lock of whoever writes, for all of them together: what fails half-way leaves nothing.
            c.exclusive_transaction(|c| {
                c.run_pending_migrations(SQLITE).map(drop).map_err(failed)
            })?;
        }
        DbConn::Postgres(c) => {
            // An advisory lock of the migration alone; it ends with this connection.
            c.batch_execute("set statement_timeout = 0; select pg_advisory_lock(7236337);")?;
            drop(c.run_pending_migrations(POSTGRES).map_err(failed)?);
        }
    }
    status_on(&mut conn)
}

/// Undoes every migration, newest first. For tests of `down.sql` only: it destroys all data.
///
/// # Errors
/// [`Error::Broken`] if a migration cannot be undone.
pub fn revert_all(options: &Options) -> Result<()> {
    match &mut options.connect()? {
        DbConn::Sqlite(c) => c.revert_all_migrations(SQLITE).map(drop).map_err(failed),
        DbConn::Postgres(c) => c.revert_all_migrations(POSTGRES).map(drop).map_err(failed),
    }
}

/// Says where the database stands.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn status(options: &Options) -> Result<Status> {
    status_on(&mut options.connect()?)
}

/// Says where an open database stands, for readiness.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn status_of(db: &Db) -> Result<Status> {
    db.plain(status_on)
}

fn status_on(conn: &mut DbConn) -> Result<Status> {
    let all = known()?;
    let applied = applied_on(conn)?;
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|v| !those.contains(v)).cloned().collect()
    };
    Ok(Status { pending: without(&all, &applied), unknown: without(&applied, &all), applied })
}

/// Returns the versions that this program brings, for either database: they have the same names.
///
/// # Errors
/// [`Error::Broken`] if one of them has no name.
pub fn known() -> Result<Vec<String>> {
    let all = diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE);
    let mut all: Vec<String> =
        all.map_err(failed)?.iter().map(|m| m.name().version().to_string()).collect();
    all.sort();
    Ok(all)
}

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// Returns the versions that are applied.
///
/// Asks by itself and not through the library, which would first make its table: the application's
/// role can make none, and looking must not change anything.
pub(crate) fn applied_on(conn: &mut DbConn) -> Result<Vec<String>> {
    let table = match conn {
        DbConn::Sqlite(_) => {
            "select name as value from sqlite_master where name = '__diesel_schema_migrations'"
        }
        DbConn::Postgres(_) => {
            "select tablename::text as value from pg_tables
             where schemaname = 'public' and tablename = '__diesel_schema_migrations'"
        }
    };
    let table: Vec<Text> = diesel::sql_query(table).load(conn)?;
    if table.is_empty() {
        return Ok(Vec::new());
    }
    let versions: Vec<Text> = diesel::sql_query(
        "select cast(version as text) as value from __diesel_schema_migrations order by version",
    )
    .load(conn)?;
    Ok(versions.into_iter().map(|row| row.value).collect())
}

/// Gives the application's role on PostgreSQL exactly what it needs, and no more.
///
/// It may not own, truncate or drop anything, it deletes only what is kept for retries, and it may
/// only add to and read the append-only tables.
///
/// # Errors
/// [`Error::Broken`] if the role's name is not a plain one, or the grant fails.
pub fn grant_application_role(owner: &Options, role: &str) -> Result<()> {
    let plain = !role.is_empty()
        && role.len() <= 63
        && role.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain {
        return Err(Error::broken(
            "the application role's name has other characters than a-z 0-9 _",
        ));
    }
    let mut conn = owner.connect()?;
    let DbConn::Postgres(c) = &mut conn else { return Ok(()) };
    // All or nothing: between a grant and a revoke the trail could be changed, and between a revoke
    // and a grant a server that runs would be locked out.
    c.transaction(|c| {
        for statement in [
            "revoke all on all tables in schema public from {role}",
            "grant usage on schema public to {role}",
            "grant select, insert, update on all tables in schema public to {role}",
            "revoke update on audit_events, revisions, notes, needs_assessments, alleged_perpetrators, plan_agreements, plan_reviews, case_conferences, follow_ups, closure_checklists, service_updates, deployment_keys, deployment_key_retirements, erasures from {role}",
            "revoke update on log_pending, log_leaves, log_nodes, log_checkpoints from {role}",
            "revoke update on audit_shown, log_cosignatures, log_contradictions from {role}",
            "revoke insert, update on __diesel_schema_migrations from {role}",
            "grant delete on log_pending, idempotency_keys, refresh_tokens, sign_in_failures, sign_in_networks, recovery_codes to {role}",
            "grant delete on person_index, index_schemes, duplicate_candidates to {role}",
            "grant delete on people_opened, people_counts to {role}",
        ] {
            diesel::sql_query(statement.replace("{role}", role)).execute(c)?;
        }
        Ok(())
    })
}
