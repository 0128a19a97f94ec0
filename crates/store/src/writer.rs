//! One writer thread for SQLite, with group commit.
//!
//! SQLite has one writer anyway. Giving all writes to one thread lets those that wait share one
//! durable commit: each runs in its own savepoint, a failure rolls back its savepoint alone, and
//! nobody is answered before the commit that holds their work has reached the disk.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
};

use diesel::connection::TransactionManager;

use crate::{
    db::{DbConn, Manager_, begin},
    error::{Error, Result},
};

/// How many writes may wait; one more is told to come back.
const QUEUE: usize = 256;
/// How many writes share one commit at the most.
const GROUP: usize = 64;

pub(crate) struct Writer {
    queue: SyncSender<Box<dyn Job>>,
}

trait Job: Send {
    fn name(&self) -> &'static str;
    /// Runs the work inside a savepoint; says whether there is something to commit.
    fn run(&mut self, conn: &mut DbConn);
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

    fn run(&mut self, conn: &mut DbConn) {
        self.outcome = Some(in_savepoint(conn, &self.run));
    }

    fn answer(self: Box<Self>, committed: bool) {
        let outcome = match self.outcome {
            Some(Ok(value)) if committed => Ok(value),
            Some(Err(error)) => Err(error),
            Some(Ok(_)) | None => Err(Error::Unavailable("the commit did not succeed".into())),
        };
        // A caller who has gone away needs no answer.
        drop(self.reply.send(outcome));
    }
}

fn in_savepoint<T>(conn: &mut DbConn, run: impl Fn(&mut DbConn) -> Result<T>) -> Result<T> {
    Manager_::begin_transaction(conn)?;
    match catch_unwind(AssertUnwindSafe(|| run(conn))) {
        Ok(Ok(value)) => {
            Manager_::commit_transaction(conn)?;
            Ok(value)
        }
        Ok(Err(error)) => {
            Manager_::rollback_transaction(conn)?;
            Err(error)
        }
        Err(_) => {
            Manager_::rollback_transaction(conn)?;
            Err(Error::broken("a write panicked"))
        }
    }
}

impl Writer {
    pub(crate) fn start(conn: DbConn) -> Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("refero-writer".to_owned())
            .spawn(move || serve(conn, &jobs))
            .map_err(|e| Error::broken_by("the writer thread did not start", e))?;
        Ok(Self { queue })
    }

    /// Hands work to the writer and waits until it is durable.
    pub(crate) fn submit<T: Send + 'static>(
        &self,
        name: &'static str,
        run: impl Fn(&mut DbConn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = sync_channel(1);
        let work = Work { name, run, outcome: None, reply };
        match self.queue.try_send(Box::new(work)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(Error::Unavailable("too many writes wait".into()));
            }
            Err(TrySendError::Disconnected(_)) => {
                return Err(Error::broken("the writer has stopped"));
            }
        }
        answer.recv().unwrap_or_else(|_| Err(Error::broken("the writer has stopped")))
    }
}

fn serve(mut conn: DbConn, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut group: Vec<Box<dyn Job>> = vec![first];
        let begun = begin(&mut conn, ("begin immediate", "begin"));
        if let Err(error) = &begun {
            tracing::error!(error = %error, "the writer could not begin a transaction");
        } else {
            if let Some(job) = group.last_mut() {
                job.run(&mut conn);
            }
            while group.len() < GROUP {
                let Ok(mut job) = jobs.try_recv() else { break };
                tracing::trace!(transaction = job.name(), "joins the group");
                job.run(&mut conn);
                group.push(job);
            }
        }
        let committed = begun.is_ok()
            && match Manager_::commit_transaction(&mut conn) {
                Ok(()) => true,
                Err(error) => {
                    tracing::error!(error = %error, "the group was not committed");
                    drop(Manager_::rollback_transaction(&mut conn));
                    false
                }
            };
        for job in group {
            job.answer(committed);
        }
    }
}
