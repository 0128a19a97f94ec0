//! Keeping SQLite's log short.
//!
//! What is committed stands in a log beside the file until it is moved into it. Left alone, SQLite does that at
//! the end of a commit, while everybody who writes waits; and where somebody always reads, it never comes to
//! the point at which the log may begin anew: the log grows, and each commit moves something. So a thread of its
//! own moves what was written while others write on, and holds them up for the moment that a new beginning takes.

use std::{
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use diesel::{
    RunQueryDsl, connection::SimpleConnection, r2d2::ManageConnection, sql_types::Integer,
};

use crate::{
    db::DbConn,
    error::{Error, Result, with_causes},
    pool::Source,
};

/// How many pages may wait to be moved: as many as SQLite itself lets wait.
const MANY: i32 = 1_000;
/// From how many pages on the log begins anew: 16 MiB.
const LONG: i32 = 4_096;
/// How long it rests between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a new beginning waits for those who read, in milliseconds. Who writes waits as long.
const PATIENCE_MS: u32 = 50;

/// Tells the thread that something was committed.
pub(crate) struct Checkpoints {
    bell: SyncSender<()>,
}

/// What SQLite tells of its log.
#[derive(diesel::QueryableByName)]
struct Log {
    /// How many pages it has.
    #[diesel(sql_type = Integer)]
    log: i32,
    /// How many of them were moved.
    #[diesel(sql_type = Integer)]
    checkpointed: i32,
}

impl Checkpoints {
    /// Starts the thread, which ends with this.
    ///
    /// # Errors
    /// [`Error::Broken`] if it does not start.
    pub(crate) fn start(source: Source) -> Result<Self> {
        let (bell, rung) = sync_channel(1);
        thread::Builder::new()
            .name("refero-log".to_owned())
            .spawn(move || serve(&source, &rung))
            .map_err(|e| Error::broken_by("the thread for checkpoints did not start", e))?;
        Ok(Self { bell })
    }

    /// Says that something was committed. Nobody waits.
    pub(crate) fn committed(&self) {
        // A bell that has rung already is heard.
        self.bell.try_send(()).unwrap_or_default();
    }
}

fn serve(source: &Source, rung: &Receiver<()>) {
    let mut own = None;
    while rung.recv().is_ok() {
        if let Err(error) = shorten(source, &mut own) {
            // Nothing is lost: it stands in the log, and whoever reads finds it there.
            tracing::warn!(error = with_causes(&error), "the log of SQLite was not shortened");
            own = None;
        }
        thread::sleep(PAUSE);
    }
}

fn shorten(source: &Source, own: &mut Option<DbConn>) -> Result<()> {
    source.check()?;
    let conn = match own {
        Some(conn) => conn,
        None => own.insert(connected(source)?),
    };
    let Log { log, checkpointed } = asked(conn, "pragma wal_checkpoint(noop)")?;
    if log.saturating_sub(checkpointed) >= MANY {
        asked(conn, "pragma wal_checkpoint(passive)")?;
    }
    if log >= LONG {
        asked(conn, "pragma wal_checkpoint(restart)")?;
    }
    Ok(())
}

fn connected(source: &Source) -> Result<DbConn> {
    let mut conn = source.connect()?;
    conn.batch_execute(&format!("pragma busy_timeout = {PATIENCE_MS};"))?;
    Ok(conn)
}

fn asked(conn: &mut DbConn, pragma: &'static str) -> Result<Log> {
    match conn {
        DbConn::Sqlite(conn) => Ok(diesel::sql_query(pragma).get_result(conn)?),
        DbConn::Postgres(_) => Err(Error::broken("PostgreSQL keeps its log by itself")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{db::Options, migrate};

    #[test]
    fn a_log_that_has_become_long_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refero.sqlite");
        migrate::create_sqlite(&path).unwrap();
        let options = Options::for_url(format!("sqlite://{}", path.display()));
        let source = Source::of(options).unwrap();
        let mut writer = source.connect_to_write().unwrap();
        let mut own = None;

        writer
            .batch_execute(
                "create table things (body blob);
                 with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
                 insert into things select zeroblob(4000) from n;",
            )
            .unwrap();
        assert!(asked(&mut writer, "pragma wal_checkpoint(noop)").unwrap().log >= LONG);
        shorten(&source, &mut own).unwrap();
        writer.batch_execute("delete from things where rowid = 1").unwrap();

        assert!(asked(&mut writer, "pragma wal_checkpoint(noop)").unwrap().log < 100);
    }
}
