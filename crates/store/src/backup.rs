//! What a backup and its verification need of the database: a copy or a snapshot that nobody writes to,
//! what is in it, and a scratch database to put it into.

use std::{collections::BTreeMap, path::Path};

use diesel::{connection::SimpleConnection, prelude::*, sql_types};

use crate::{
    address,
    connect::{DbConn, Options},
    db::begin,
    error::{Error, Result},
    migrate,
    schema::{
        deployment_key_retirements as retirements, deployment_keys as keys,
        log_checkpoints as checkpoints,
    },
};

/// What the name of every scratch database begins with.
const SCRATCH: &str = "refero_scratch_";
/// The first of the two numbers of the advisory locks of scratch databases.
const SCRATCH_LOCKS: u32 = 7_236_339;

/// An epoch whose deployment key is needed to read what is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededKey {
    /// Its number.
    pub epoch: i64,
    /// The beginning of its check value, by which a key is recognised.
    pub check: [u8; 4],
}

/// What is in a database, without anything about anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The migrations that are applied.
    pub schema: Vec<String>,
    /// The newest signed head of the log, if one was signed.
    pub checkpoint: Option<String>,
    /// The epochs that are not retired.
    pub keys: Vec<NeededKey>,
    /// How many rows each table has.
    pub counts: BTreeMap<String, i64>,
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

/// Reads what is in a database that nobody writes to.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there or is not one of this program.
pub fn facts(options: &Options) -> Result<Facts> {
    facts_on(&mut options.connect()?)
}

fn facts_on(conn: &mut DbConn) -> Result<Facts> {
    let schema = migrate::applied_on(conn)?;
    if schema.is_empty() {
        return Err(Error::broken("the database was never migrated"));
    }
    let checkpoint = checkpoints::table
        .order(checkpoints::size.desc())
        .select(checkpoints::note)
        .first(conn)
        .optional()?;
    let retired = retirements::table.select(retirements::epoch);
    let noted: Vec<(i64, Vec<u8>)> = keys::table
        .filter(keys::epoch.ne_all(retired))
        .order(keys::epoch)
        .select((keys::epoch, keys::check_value))
        .load(conn)?;
    let needed = noted.into_iter().map(|(epoch, value)| {
        let check = value.first_chunk().copied();
        check
            .map(|check| NeededKey { epoch, check })
            .ok_or_else(|| Error::broken("a check value is too short"))
    });
    let keys = needed.collect::<Result<_>>()?;
    let mut counts = BTreeMap::new();
    for table in tables(conn)? {
        let quoted = table.replace('"', "\"\"");
        let count: Number =
            diesel::sql_query(format!("select count(*) as value from \"{quoted}\""))
                .get_result(conn)?;
        counts.insert(table, count.value);
    }
    Ok(Facts { schema, checkpoint, keys, counts })
}

fn tables(conn: &mut DbConn) -> Result<Vec<String>> {
    let ask = match conn {
        DbConn::Sqlite(_) => {
            "select name as value from sqlite_master
             where type = 'table' and name not like 'sqlite%' order by name"
        }
        DbConn::Postgres(_) => {
            "select tablename::text as value from pg_tables where schemaname = 'public'
             order by tablename"
        }
    };
    let tables: Vec<Text> = diesel::sql_query(ask).load(conn)?;
    Ok(tables.into_iter().map(|row| row.value).collect())
}

/// Writes a copy of a SQLite database as it is at one moment, while others read and write. The file
/// must be there and empty, so that it never was readable by anybody else.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there, [`Error::Broken`] if the disk is full.
pub fn copy_sqlite(options: &Options, to: &Path) -> Result<()> {
    let to = to.to_str().ok_or_else(|| Error::broken("the path of the copy is no text"))?;
    let DbConn::Sqlite(conn) = &mut options.connect()? else {
        return Err(Error::broken("only a SQLite database is copied"));
    };
    let copied = diesel::sql_query("vacuum into ?").bind::<sql_types::Text, _>(to).execute(conn);
    copied.map(drop).map_err(|e| {
        Error::broken_by("no copy of the database could be made beside it: is there room?", e)
    })
}

/// Checks the structure of a database, as far as the database itself can: nothing is looked for on
/// PostgreSQL, which has checked every constraint when it was restored.
///
/// # Errors
/// [`Error::Broken`] if something is wrong.
pub fn check_integrity(options: &Options) -> Result<()> {
    let DbConn::Sqlite(conn) = &mut options.connect()? else { return Ok(()) };
    let told: Vec<Text> =
        diesel::sql_query("select integrity_check as value from pragma_integrity_check")
            .load(conn)?;
    if told.iter().any(|row| row.value != "ok") || told.is_empty() {
        return Err(Error::broken("the structure of the file is damaged (pragma integrity_check)"));
    }
    let orphans: Number =
        diesel::sql_query("select count(*) as value from pragma_foreign_key_check")
            .get_result(conn)?;
    if orphans.value > 0 {
        return Err(Error::broken("rows refer to others that are missing"));
    }
    Ok(())
}

/// Says whether a PostgreSQL database holds no table yet.
///
/// # Errors
/// [`Error::Unavailable`] if the database is not there.
pub fn is_empty(options: &Options) -> Result<bool> {
    let found: Number =
        diesel::sql_query("select count(*) as value from pg_tables where schemaname = 'public'")
            .get_result(&mut options.connect()?)?;
    Ok(found.value == 0)
}

/// A moment of a PostgreSQL database that other programs can look at too, as long as this lives.
pub struct Snapshot {
    conn: DbConn,
    name: String,
}

impl Snapshot {
    /// Takes it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub fn take(options: &Options) -> Result<Self> {
        let mut conn = options.connect()?;
        // The dump may take hours, and nothing is said here meanwhile.
        conn.batch_execute(
            "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0",
        )?;
        begin(&mut conn, ("begin deferred", "begin isolation level repeatable read read only"))?;
        let name: Text = diesel::sql_query("select pg_export_snapshot()::text as value")
            .get_result(&mut conn)?;
        Ok(Self { conn, name: name.value })
    }

    /// Returns the name by which others look at it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads what is in it.
    ///
    /// # Errors
    /// As [`facts`].
    pub fn facts(&mut self) -> Result<Facts> {
        facts_on(&mut self.conn)
    }
}

/// A PostgreSQL database that lives as long as this.
pub struct Scratch {
    admin: DbConn,
    name: String,
    options: Options,
}

impl Scratch {
    /// Makes one, with the rights of who may make databases, and drops those that were left behind by
    /// verifications that were killed.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the server is not there or refuses to make a database.
    pub fn make(admin: &Options, tag: u32) -> Result<Self> {
        let mut conn = admin.connect()?;
        conn.batch_execute(
            "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0",
        )?;
        let ours = ours(&mut conn)?;
        sweep(&mut conn, &ours)?;
        let name = format!("{ours}{tag:08x}");
        // Whoever sweeps knows by the lock that this one is alive.
        conn.batch_execute(&format!(
            "select pg_advisory_lock({SCRATCH_LOCKS}, hashtext('{name}'))"
        ))?;
        conn.batch_execute(&format!(
            "create database {name} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
        ))?;
        let url = address::on_database(&admin.url, &name)
            .map_err(|e| Error::broken_by("the scratch database has no address", e))?;
        let options = Options { url, statement_timeout_ms: 0, ..admin.clone() };
        Ok(Self { admin: conn, name, options })
    }

    /// Returns how to reach it.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let dropped = self
            .admin
            .batch_execute(&format!("drop database if exists {} with (force)", self.name));
        if let Err(error) = dropped {
            tracing::error!(database = self.name, %error, "a scratch database was not dropped");
        }
    }
}

/// Says what the names of those begin with that are made from the same database as this one: only there do they
/// see each other's locks, which PostgreSQL keeps for each database.
fn ours(conn: &mut DbConn) -> Result<String> {
    let Text { value } = diesel::sql_query("select to_hex(hashtext(current_database())) as value")
        .get_result(conn)?;
    Ok(format!("{SCRATCH}{value}_"))
}

fn sweep(conn: &mut DbConn, ours: &str) -> Result<()> {
    let left: Vec<Text> = diesel::sql_query(format!(
        "select datname::text as value from pg_database
         where datname ~ '^{ours}[0-9a-f]{{8}}$'
           and pg_try_advisory_lock({SCRATCH_LOCKS}, hashtext(datname))"
    ))
    .load(conn)?;
    for Text { value: name } in left {
        conn.batch_execute(&format!("drop database if exists {name} with (force)"))?;
        conn.batch_execute(&format!(
            "select pg_advisory_unlock({SCRATCH_LOCKS}, hashtext('{name}'))"
        ))?;
    }
    Ok(())
}
