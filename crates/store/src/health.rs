//! What an operator asks a database about its condition: settings, rights, clock, who is at work.
//! Nothing about anybody.

use chrono::DateTime;
use diesel::{prelude::*, sql_types};
use refero_domain::instant::Instant;

use crate::{
    connect::{DbConn, Options},
    error::{Error, Result},
    gauges::Gauges,
    schema::{
        leases, log_checkpoints as checkpoints, log_contradictions as contradictions,
        log_cosignatures as cosignatures,
    },
};

/// The tables that only grow: the application may add to them and read them, and nothing else.
const APPEND_ONLY: &str = "'audit_events', 'audit_shown', 'revisions', 'log_leaves', 'log_nodes', \
     'log_checkpoints', 'log_cosignatures', 'log_contradictions', 'erasures', 'notes'";

/// The condition of a database whose schema is the one of this program.
#[derive(Debug, Clone)]
pub struct Condition {
    /// What waits.
    pub gauges: Gauges,
    /// Until when a worker has said that it is at work, if one ever did.
    pub worker_until: Option<Instant>,
    /// The newest signed head of the log.
    pub checkpoint: Option<String>,
    /// The heads that a witness has seen and this log does not have.
    pub contradictions: i64,
}

/// What the application's role may do on PostgreSQL that it should not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Whether it owns tables.
    pub owns: bool,
    /// Whether it may make databases or roles, or everything.
    pub is_mighty: bool,
    /// Whether it may make tables.
    pub creates: bool,
    /// The tables that only grow in which it may change or delete.
    pub changes: Vec<String>,
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    value: i64,
}

#[derive(QueryableByName)]
struct Truth {
    #[diesel(sql_type = sql_types::Bool)]
    value: bool,
}

/// Looks at a database.
///
/// # Errors
/// [`Error::Unavailable`] if it is not there, or its schema is another.
pub fn condition(options: &Options, now: Instant) -> Result<Condition> {
    let conn = &mut options.connect()?;
    Ok(Condition {
        gauges: Gauges::count(conn, now)?,
        worker_until: leases::table
            .filter(leases::name.eq("worker"))
            .select(leases::held_until)
            .first(conn)
            .optional()?,
        checkpoint: checkpoints::table
            .order(checkpoints::size.desc())
            .select(checkpoints::note)
            .first(conn)
            .optional()?,
        contradictions: contradictions::table.count().get_result(conn)?,
    })
}

/// Says when a witness has signed last, if it ever did.
///
/// # Errors
/// As [`condition`].
pub fn cosigned_at(options: &Options, witness: &str) -> Result<Option<Instant>> {
    let at = cosignatures::table
        .filter(cosignatures::witness.eq(witness))
        .order(cosignatures::size.desc())
        .select(cosignatures::at)
        .first(&mut options.connect()?)
        .optional()?;
    Ok(at)
}

/// Returns how a SQLite file is written to: the journal mode, and whether each commit is synced.
///
/// # Errors
/// [`Error::Unavailable`] if it is not there.
pub fn sqlite_settings(options: &Options) -> Result<Option<(String, bool)>> {
    let DbConn::Sqlite(conn) = &mut options.connect()? else { return Ok(None) };
    let journal: Text = diesel::sql_query("select journal_mode as value from pragma_journal_mode")
        .get_result(conn)?;
    let synchronous: Number =
        diesel::sql_query("select synchronous as value from pragma_synchronous")
            .get_result(conn)?;
    Ok(Some((journal.value, synchronous.value >= 2)))
}

/// Returns the time of a PostgreSQL server.
///
/// # Errors
/// [`Error::Unavailable`] if it is not there.
pub fn server_time(options: &Options) -> Result<Option<Instant>> {
    let DbConn::Postgres(conn) = &mut options.connect()? else { return Ok(None) };
    let ask = "select (extract(epoch from clock_timestamp()) * 1000)::bigint as value";
    let millis: Number = diesel::sql_query(ask).get_result(conn)?;
    let at = DateTime::from_timestamp_millis(millis.value);
    at.map(|at| Some(Instant::from_utc(at))).ok_or_else(|| Error::broken("the server has no time"))
}

/// Returns what the role that signs in may do that it should not; nothing on SQLite, which has no roles.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn rights(options: &Options) -> Result<Option<Rights>> {
    let DbConn::Postgres(conn) = &mut options.connect()? else { return Ok(None) };
    let mut holds = |ask: &str| -> Result<bool> {
        let truth: Truth = diesel::sql_query(ask).get_result(conn)?;
        Ok(truth.value)
    };
    let owns = holds(
        "select exists (select 1 from pg_tables
           where schemaname = 'public' and tableowner = current_user) as value",
    )?;
    let is_mighty = holds(
        "select (rolsuper or rolcreatedb or rolcreaterole) as value from pg_roles
         where rolname = current_user",
    )?;
    let creates = holds("select has_schema_privilege('public', 'create') as value")?;
    let changes: Vec<Text> = diesel::sql_query(format!(
        "select tablename::text as value from pg_tables
         where schemaname = 'public' and tablename in ({APPEND_ONLY})
           and has_table_privilege(format('public.%I', tablename), 'update, delete, truncate')
         order by tablename"
    ))
    .load(conn)?;
    let changes = changes.into_iter().map(|row| row.value).collect();
    Ok(Some(Rights { owns, is_mighty, creates, changes }))
}
