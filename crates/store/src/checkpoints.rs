//! Keeping SQLite's log short.
//!
//! What is committed stands in a log beside the file until it is moved into it. Left alone, SQLite does that at
//! the end of a commit, while everybody who writes waits; and where somebody always reads, it never comes to
//! the point at which the log may begin anew: the log grows, and each commit moves something. So a thread of its
//! own moves what was written while others write on, and whoever writes begins the log anew between two writes,
//! when little is left to move. The thread could not: while many wait to write, it would not get the lock.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use diesel::{RunQueryDsl, r2d2::ManageConnection, sql_types::Integer};

use crate::{
    db::DbConn,
    error::{Error, Result, with_causes},
    pool::Source,
};

/// How many pages may wait to be moved: as many as SQLite itself lets wait.
const MANY: i32 = 1_000;
/// From how many pages on the log begins anew: 16 MiB.
const LONG: i32 = 4_096;
/// How many pages may be left for whoever writes, when the log begins anew.
const FEW: i32 = 50;
/// How often the thread tries to leave no more.
const MOST_TIMES: u32 = 3;
/// How long the thread rests between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a new beginning waits for those who read, in milliseconds. Who writes waits as long.
const PATIENCE_MS: u32 = 50;

/// Tells the thread that something was committed, and is told that the log is long.
pub(crate) struct Checkpoints {
    bell: SyncSender<()>,
    is_long: Arc<AtomicBool>,
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
        let is_long = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_long);
        thread::Builder::new()
            .name("refero-log".to_owned())
            .spawn(move || serve(&source, &rung, &told))
            .map_err(|e| Error::broken_by("the thread for checkpoints did not start", e))?;
        Ok(Self { bell, is_long })
    }

    /// Says that something was committed. Nobody waits.
    pub(crate) fn committed(&self) {
        // A bell that has rung already is heard.
        let _ = self.bell.try_send(());
    }

    /// Begins the log anew if it has become long, on the connection that writes, between two writes.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if that connection can no longer be used as it was.
    pub(crate) fn begin_anew(&self, source: &Source, conn: &mut DbConn) -> Result<()> {
        if !self.is_long.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        source.set_patience(conn, Some(PATIENCE_MS))?;
        if let Err(error) = asked(conn, "pragma wal_checkpoint(restart)") {
            not_shortened(&error);
        }
        source.set_patience(conn, None)
    }
}

fn serve(source: &Source, rung: &Receiver<()>, is_long: &AtomicBool) {
    let mut own = None;
    while rung.recv().is_ok() {
        match shorten(source, &mut own) {
            Ok(left) => is_long.store(left >= LONG, Ordering::Relaxed),
            Err(error) => {
                not_shortened(&error);
                own = None;
            }
        }
        thread::sleep(PAUSE);
    }
}

/// Nothing is lost: it stands in the log, and whoever reads finds it there.
fn not_shortened(error: &Error) {
    tracing::warn!(error = with_causes(error), "the log of SQLite was not shortened");
}

/// Moves what has to be moved, and says how long the log is.
fn shorten(source: &Source, own: &mut Option<DbConn>) -> Result<i32> {
    source.check()?;
    let conn = match own {
        Some(conn) => conn,
        None => own.insert(source.connect()?),
    };
    let left = |log: &Log| log.log.saturating_sub(log.checkpointed);
    let mut log = asked(conn, "pragma wal_checkpoint(noop)")?;
    // While a thousand pages are moved, some hundreds are written; while those are moved, some dozens. What is
    // left then, whoever writes moves, and everybody waits for it.
    for _ in 0..MOST_TIMES {
        let enough = if log.log >= LONG { FEW } else { MANY };
        if left(&log) < enough {
            break;
        }
        let now = asked(conn, "pragma wal_checkpoint(passive)")?;
        // Somebody else is at it: then nothing is told.
        if now.log < 0 {
            break;
        }
        log = now;
    }
    Ok(log.log)
}

fn asked(conn: &mut DbConn, pragma: &'static str) -> Result<Log> {
    match conn {
        DbConn::Sqlite(conn) => Ok(diesel::sql_query(pragma).get_result(conn)?),
        DbConn::Postgres(_) => Err(Error::broken("PostgreSQL keeps its log by itself")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::{db::Options, migrate, pool::KEPT_BYTES};

    /// A database whose log is long.
    fn long() -> (tempfile::TempDir, Source, DbConn) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refero.sqlite");
        migrate::create_sqlite(&path).unwrap();
        let options = Options::for_url(format!("sqlite://{}", path.display()));
        let source = Source::of(options).unwrap();
        let mut writer = source.connect_to_write().unwrap();
        writer
            .batch_execute(
                "create table things (body blob);
                 with recursive n(i) as (select 1 union all select i + 1 from n where i < 9000)
                 insert into things select zeroblob(4000) from n;",
            )
            .unwrap();
        assert!(length(&mut writer) >= LONG);
        (folder, source, writer)
    }

    fn length(conn: &mut DbConn) -> i32 {
        asked(conn, "pragma wal_checkpoint(noop)").unwrap().log
    }

    fn heard(checkpoints: &Checkpoints) {
        let begun = Instant::now();
        while !checkpoints.is_long.load(Ordering::Relaxed) {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody says that it is long");
            checkpoints.committed();
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_log_that_has_become_long_begins_anew_and_gives_room_back() {
        let (folder, source, mut writer) = long();
        let checkpoints = Checkpoints::start(source.clone()).unwrap();
        heard(&checkpoints);
        checkpoints.begin_anew(&source, &mut writer).unwrap();
        writer.batch_execute("delete from things where rowid = 1").unwrap();

        assert!(length(&mut writer) < 100);
        let taken = folder.path().join("refero.sqlite-wal").metadata().unwrap().len();
        assert!(taken <= u64::from(KEPT_BYTES), "{taken} bytes are kept");
    }

    #[test]
    fn while_somebody_reads_what_was_the_log_goes_on_and_nobody_waits_long() {
        let (_folder, source, mut writer) = long();
        let mut reader = source.connect().unwrap();
        reader.batch_execute("begin; select count(*) from things").unwrap();
        let checkpoints = Checkpoints::start(source.clone()).unwrap();
        heard(&checkpoints);
        let begun = Instant::now();
        checkpoints.begin_anew(&source, &mut writer).unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2));
        writer.batch_execute("delete from things where rowid = 1").unwrap();
        assert!(length(&mut writer) >= LONG);

        reader.batch_execute("commit").unwrap();
        heard(&checkpoints);
        checkpoints.begin_anew(&source, &mut writer).unwrap();
        writer.batch_execute("delete from things where rowid = 2").unwrap();
        assert!(length(&mut writer) < 100);
    }
}
