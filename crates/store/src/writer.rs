//! One writer thread for SQLite, with group commit.
//!
//! SQLite has one writer anyway. Giving all writes to one thread lets those that wait share one
//! durable commit: each runs in its own savepoint, a failure rolls back its savepoint alone, and
//! nobody is answered before the commit that holds their work has reached the disk. If that commit
//! fails, nobody of the group is told anything else: even a refusal may rest on what was lost.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
};

use diesel::{connection::TransactionManager, r2d2::R2D2Connection};

use crate::{
    checkpoints::Checkpoints,
    db::{DbConn, Manager_, begin},
    error::{Error, Result, with_causes},
    pool::Source,
};

/// How many writes may wait; one more is told to come back. One place more is there for who waits
/// patiently, of whom there is one.
const QUEUE: usize = 256 + 1;
/// How many writes share one commit at the most.
const GROUP: usize = 64;

pub(crate) struct Writer {
    queue: SyncSender<Box<dyn Job>>,
}

trait Job: Send {
    fn name(&self) -> &'static str;
    /// Runs the work inside a savepoint; fails if the transaction around it is lost.
    fn run(&mut self, conn: &mut DbConn) -> Result<()>;
    /// Answers the waiting caller.
    fn answer(self: Box<Self>, committed: bool);
}

struct Work<F, T> {
    name: &'static str,
    run: F,
    outcome: Option<Result<T>>,
    reply: SyncSender<Result<T>>,
}

impl<F, T> Job for Work<F, T>
where
    F: Fn(&mut DbConn) -> Result<T> + Send,
    T: Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn run(&mut self, conn: &mut DbConn) -> Result<()> {
        self.outcome = Some(in_savepoint(conn, &self.run)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: bool) {
        let outcome = match self.outcome {
            Some(outcome) if committed => outcome,
            Some(_) | None => Err(Error::Unavailable("the commit did not succeed".into())),
        };
        // A caller who has gone away needs no answer.
        drop(self.reply.send(outcome));
    }
}

/// Runs work in a savepoint, which is kept or rolled back by its outcome.
///
/// # Errors
/// [`Error::Unavailable`] if the savepoint is not there any more: after a fault of the disk SQLite
/// has rolled back the whole transaction, with the work of all others in it.
fn in_savepoint<T>(conn: &mut DbConn, run: impl Fn(&mut DbConn) -> Result<T>) -> Result<Result<T>> {
    Manager_::begin_transaction(conn)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| run(conn)))
        .unwrap_or_else(|_| Err(Error::broken("a write panicked")));
    match &outcome {
        Ok(_) => Manager_::commit_transaction(conn)?,
        Err(_) => Manager_::rollback_transaction(conn)?,
    }
    Ok(outcome)
}

impl Writer {
    /// Starts the thread, on a connection of its own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the database is not there.
    pub(crate) fn start(source: Source) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let checkpoints = Checkpoints::start(source.clone())?;
        let desk = Desk { conn: Some(source.connect_to_write()?), checkpoints, source };
        thread::Builder::new()
            .name("refero-writer".to_owned())
            .spawn(move || desk.serve(&jobs))
            .map_err(|e| Error::broken_by("the writer thread did not start", e))?;
        Ok(Self { queue })
    }

    /// Hands work to the writer and waits until it is durable.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let answer = self.hand_over(name, run)?;
        answer.recv().unwrap_or_else(|_| Err(stopped()))
    }

    fn hand_over<T: Send + 'static>(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<Receiver<Result<T>>> {
        let (reply, answer) = sync_channel(1);
        let work = Work { name, run, outcome: None, reply };
        match self.queue.try_send(Box::new(work)) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(Error::Unavailable("too many writes wait".into())),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// As [`Self::submit`], but waits for a place in the queue as well. For work that nobody waits
    /// for, one piece at a time.
    pub(crate) fn submit_patiently<T: Send + 'static>(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = sync_channel(1);
        let work = Work { name, run, outcome: None, reply };
        self.queue.send(Box::new(work)).map_err(|_| stopped())?;
        answer.recv().unwrap_or_else(|_| Err(stopped()))
    }
}

const fn stopped() -> Error {
    Error::broken("the writer has stopped")
}

/// Where the writer sits: its connection, and where to get another one.
struct Desk {
    source: Source,
    conn: Option<DbConn>,
    checkpoints: Checkpoints,
}

/// The writes that share a commit.
type Group = Vec<Box<dyn Job>>;

impl Desk {
    fn serve(mut self, jobs: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = jobs.recv() {
            let mut group = vec![first];
            let outcome = match self.begin() {
                Ok(conn) => together(conn, &mut group, jobs),
                Err(error) => {
                    // Whoever waits behind a lock that was not given in time would otherwise wait
                    // for it as long again, one after the other.
                    group.extend(jobs.try_iter());
                    Err(error)
                }
            };
            if let Err(error) = &outcome {
                let (error, writes) = (with_causes(error), group.len());
                tracing::error!(error, writes, "writes were not committed");
            }
            // Whatever a fault has left open is gone with the connection.
            self.conn.take_if(|conn| conn.is_broken());
            for job in group {
                job.answer(outcome.is_ok());
            }
            self.checkpoints.committed();
            self.keep_log_short();
        }
    }

    /// Begins the log of SQLite anew where it has become long.
    fn keep_log_short(&mut self) {
        let Some(conn) = &mut self.conn else { return };
        if let Err(error) = self.checkpoints.begin_anew(&self.source, conn) {
            let error = with_causes(&error);
            tracing::warn!(error, "the connection that writes is replaced");
            self.conn = None;
        }
    }

    /// Begins a transaction, on a new connection if the last one broke.
    fn begin(&mut self) -> Result<&mut DbConn> {
        self.source.check()?;
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.source.connect_to_write()?,
        };
        let conn = self.conn.insert(conn);
        begin(conn, ("begin immediate", "begin"))?;
        Ok(conn)
    }
}

/// Runs the first write and those that wait, and commits them all.
fn together(conn: &mut DbConn, group: &mut Group, jobs: &Receiver<Box<dyn Job>>) -> Result<()> {
    if let Some(job) = group.last_mut() {
        job.run(conn)?;
    }
    while group.len() < GROUP {
        let Ok(mut job) = jobs.try_recv() else { break };
        tracing::trace!(transaction = job.name(), "joins the group");
        let ran = job.run(conn);
        group.push(job);
        ran?;
    }
    Ok(Manager_::commit_transaction(conn)?)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use diesel::{RunQueryDsl, connection::SimpleConnection};
    use refero_domain::refusal::Refusal;

    use super::*;
    use crate::{db::Options, migrate};

    type Act = fn(&mut DbConn) -> Result<usize>;

    fn writer() -> (Writer, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("refero.sqlite");
        migrate::create_sqlite(&path).unwrap();
        let options = Options::for_url(format!("sqlite://{}", path.display()));
        let writer = Writer::start(Source::of(options).unwrap()).unwrap();
        writer.submit("make", |conn| Ok(conn.batch_execute("create table things (id)")?)).unwrap();
        (writer, folder)
    }

    fn insert(conn: &mut DbConn) -> Result<usize> {
        Ok(diesel::sql_query("insert into things values (1)").execute(conn)?)
    }

    fn refuse(_: &mut DbConn) -> Result<usize> {
        Err(Refusal::NotFound.into())
    }

    fn count(writer: &Writer) -> usize {
        let touch = "update things set id = 2";
        writer.submit("count", move |conn| Ok(diesel::sql_query(touch).execute(conn)?)).unwrap()
    }

    /// Has several writes share a commit, and gives their outcomes in their order.
    fn together_do(writer: &Writer, acts: &[Act]) -> Vec<Result<usize>> {
        let (begin, begun) = channel();
        let (go, wait) = channel::<()>();
        let first = writer.hand_over("first", move |_| {
            begin.send(()).unwrap();
            // Ends when everybody else waits.
            wait.recv().unwrap_err();
            Ok(())
        });
        begun.recv().unwrap();
        let answers: Vec<_> =
            acts.iter().map(|act| writer.hand_over("act", *act).unwrap()).collect();
        drop(go);
        drop(first.unwrap().recv().unwrap());
        answers.into_iter().map(|answer| answer.recv().unwrap()).collect()
    }

    fn is_unavailable(outcome: &Result<usize>) -> bool {
        matches!(outcome, Err(Error::Unavailable(_)))
    }

    #[test]
    fn a_write_that_fails_takes_nobody_with_it() {
        let (writer, _folder) = writer();
        let panic: Act = |_| panic!("as planned");

        let outcomes = together_do(&writer, &[insert, refuse, panic, insert]);
        assert!(matches!(outcomes[..], [Ok(1), Err(_), Err(Error::Broken(..)), Ok(1)]));
        assert_eq!(outcomes[1].as_ref().unwrap_err().refusal(), Some(Refusal::NotFound));
        assert_eq!(count(&writer), 2);
    }

    #[test]
    fn if_the_transaction_is_lost_nobody_in_it_is_told_anything_else() {
        // What SQLite does by itself when the disk fails.
        let lose: Act = |conn| Ok(conn.batch_execute("rollback").map(|()| 0)?);
        let (writer, _folder) = writer();

        let outcomes = together_do(&writer, &[insert, refuse, lose, insert]);
        assert!(outcomes[..3].iter().all(is_unavailable), "{outcomes:?}");
        assert_eq!(outcomes[3].as_ref().unwrap(), &1, "who came after it is not concerned");
        assert_eq!(count(&writer), 1);
    }

    #[test]
    fn a_connection_with_a_transaction_that_nobody_ended_is_replaced() {
        let tangle: Act =
            |conn| Ok(conn.batch_execute("release diesel_savepoint_1").map(|()| 0)?);
        let (writer, _folder) = writer();

        let outcomes = together_do(&writer, &[insert, tangle]);
        assert!(outcomes.iter().all(is_unavailable), "{outcomes:?}");
        assert!(writer.submit("again", insert).is_ok());
        assert_eq!(count(&writer), 1);
    }
}
