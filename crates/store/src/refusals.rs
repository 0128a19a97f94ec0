//! Refusals: what is recorded of them, and the recorder of those that nobody waits for.
//!
//! Whoever is known waits until the refusal is in the trail ([`Db::record_refusal`]). Whoever is not is
//! turned away without the database being asked, so that a flood of requests without a token costs
//! those who work here nothing: one thread records them, many in one transaction, and takes neither
//! a place among their writes nor a connection of theirs. What it cannot keep up with is counted, and
//! the number stands in the trail (R14).

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use diesel::prelude::*;
use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, CaseKind, DetectionReportKind, Kind, ReferralKind},
    instant::Instant,
    profile::Watch,
};

use crate::{
    db::{Db, DbConn},
    entropy::Entropy,
    error::{Error, Result},
    schema::{cases, detection_reports as reports, referrals},
    trail,
    unit::{Context, Principal, Reading, Request},
    watch,
};

/// The act in the trail: refusals of strangers that were too many to be listed one by one.
pub const UNLISTED: &str = "stranger.refusals";

/// How many refusals may wait for the recorder, and how many share one transaction.
const MOST: usize = 256;
/// How long the recorder rests after a transaction: a flood fills the next one, and not the disk.
const REST: Duration = Duration::from_millis(100);
/// How often a transaction is tried before its refusals are counted instead.
const ATTEMPTS: u32 = 3;
/// How long it is waited between two attempts, and for something to do before it is looked whether
/// a number waits to be written.
const PATIENCE: Duration = Duration::from_secs(1);

/// Something that the address of a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The kind of thing.
    pub kind: &'static str,
    /// Its identifier, well formed.
    pub id: String,
}

/// Who was refused what, and where.
#[derive(Debug, Clone)]
pub struct TurnedAway {
    /// What came with the request.
    pub request: Request,
    /// What its address names, from the outside in: a case, then a note of it.
    pub named: Vec<Named>,
    /// The event. Where it says nothing of the thing or the case, the address does.
    pub event: Event,
}

impl TurnedAway {
    /// Says who was refused, as far as the token tells, and what.
    fn resolved(&self, conn: &mut DbConn, watch: Watch) -> Result<(Context, Event)> {
        let context = Reading::context_of_refused(conn, &self.request, watch)?;
        let mut event = self.event.clone();
        if event.object_id.is_none()
            && let Some(named) = self.named.last()
        {
            event.object_type = Some(named.kind);
            event.object_id = Some(named.id.clone());
        }
        // Only somebody with a name lengthens a case's chain.
        if event.case_id.is_none() && !matches!(self.request.principal, Principal::Nobody) {
            let told = event.object_type.zip(event.object_id.as_deref());
            let named = self.named.iter().map(|named| (named.kind, named.id.as_str()));
            for (kind, id) in named.chain(told) {
                if let Some(case) = case_of(conn, kind, id)? {
                    event.case_id = Some(case);
                    break;
                }
            }
        }
        Ok((context, event))
    }

    fn record(&self, conn: &mut DbConn, entropy: &Entropy, watch: Watch) -> Result<()> {
        let (context, event) = self.resolved(conn, watch)?;
        trail::append(conn, &context, entropy, &event)?;
        watch::refused(conn, &context, entropy, &event)
    }
}

/// Finds the case that a thing belongs to. An id of nothing has none: it must not begin a chain.
fn case_of(conn: &mut DbConn, kind: &str, id: &str) -> Result<Option<CaseId>> {
    let found = if kind == CaseKind::NAME {
        cases::table.filter(cases::id.eq(id)).select(cases::id).first(conn).optional()?
    } else if kind == ReferralKind::NAME {
        let of = referrals::table.filter(referrals::id.eq(id));
        of.select(referrals::case_id).first(conn).optional()?
    } else if kind == DetectionReportKind::NAME {
        let of = reports::table.filter(reports::id.eq(id));
        of.select(reports::case_id).first(conn).optional()?.flatten()
    } else {
        None
    };
    Ok(found)
}

impl Db {
    /// Records that somebody was refused (R14), in a transaction of its own.
    ///
    /// The refused one may not be who the token says any more; whom the token names is recorded. The
    /// case that it was about is found, so that whoever looks after the case sees who tried.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it cannot be recorded; then the refusal is not answered either.
    pub fn record_refusal(&self, refused: TurnedAway) -> Result<()> {
        let (entropy, watch) = (self.entropy().clone(), self.watch());
        self.append("trail.refusal", move |conn| refused.record(conn, &entropy, watch))
    }
}

/// Refusals that were not listed one by one: how many, and when the last was.
#[derive(Default)]
struct Unlisted(Mutex<Option<(u64, Instant)>>);

impl Unlisted {
    fn lock(&self) -> MutexGuard<'_, Option<(u64, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, refusals: u64, at: Instant) {
        let mut kept = self.lock();
        let (before, last) = kept.unwrap_or((0, at));
        *kept = Some((before.saturating_add(refusals), last.max(at)));
    }

    fn take(&self) -> Option<(u64, Instant)> {
        self.lock().take()
    }
}

enum Message {
    Refusal(Box<TurnedAway>),
    Settle(SyncSender<()>),
}

/// Records refusals that nobody waits for. Dropping it waits until what it was given is recorded.
pub struct Recorder {
    messages: Option<SyncSender<Message>>,
    unlisted: Arc<Unlisted>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`Error::Broken`] if the system has none to give.
    pub fn start(db: Db) -> Result<Self> {
        let (messages, given) = sync_channel(MOST);
        let unlisted = Arc::new(Unlisted::default());
        let counted = Arc::clone(&unlisted);
        let thread = thread::Builder::new()
            .name("refero-refusals".to_owned())
            .spawn(move || Recording { db, own: None, unlisted: counted }.serve(&given))
            .map_err(|e| Error::broken_by("the recorder of refusals did not start", e))?;
        Ok(Self { messages: Some(messages), unlisted, thread: Some(thread) })
    }

    /// Takes a refusal to record, and does not wait. One too many is counted instead.
    pub fn note(&self, refused: TurnedAway) {
        let at = refused.request.now;
        let taken = match &self.messages {
            Some(messages) => messages.try_send(Message::Refusal(Box::new(refused))),
            None => return,
        };
        match taken {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => self.unlisted.add(1, at),
        }
    }

    /// Waits until everything that was taken so far is recorded, or counted because the database is
    /// not there.
    pub fn settle(&self) {
        let (done, settled) = sync_channel(1);
        if let Some(messages) = &self.messages
            && messages.send(Message::Settle(done)).is_ok()
        {
            // A recorder that is gone has nothing left to record.
            let _settled_or_gone = settled.recv();
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        drop(self.messages.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The recorder's own side.
struct Recording {
    db: Db,
    /// A connection beside the pool, where the database can have several writers.
    own: Option<DbConn>,
    unlisted: Arc<Unlisted>,
}

impl Recording {
    fn serve(mut self, given: &Receiver<Message>) {
        loop {
            let mut next = match given.recv_timeout(PATIENCE) {
                Ok(first) => Some(first),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            let (mut batch, mut waiting) = (Vec::new(), Vec::new());
            while let Some(message) = next {
                match message {
                    Message::Refusal(refused) => batch.push(*refused),
                    Message::Settle(done) => waiting.push(done),
                }
                next = if batch.len() < MOST { given.try_recv().ok() } else { None };
            }
            let has_written = self.write(batch);
            // Who waits is told by the end of the channel.
            drop(waiting);
            if has_written {
                thread::sleep(REST);
            }
        }
        self.write(Vec::new());
        if let Some((refusals, _)) = self.unlisted.take() {
            tracing::error!(refusals, "refusals of strangers were not recorded");
        }
    }

    /// Writes refusals, and the number of those that are not listed; says whether there were any.
    fn write(&mut self, batch: Vec<TurnedAway>) -> bool {
        let unlisted = self.unlisted.take();
        if batch.is_empty() && unlisted.is_none() {
            return false;
        }
        let last = batch.last().map(|refused| refused.request.now);
        let listed = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let batch = Arc::new(batch);
        for attempt in 1..=ATTEMPTS {
            let (batch, entropy) = (Arc::clone(&batch), self.db.entropy().clone());
            let watch = self.db.watch();
            let written = self.db.append_beside(&mut self.own, move |conn| {
                batch.iter().try_for_each(|refused| refused.record(conn, &entropy, watch))?;
                match unlisted {
                    Some((refusals, at)) => record_unlisted(conn, &entropy, refusals, at),
                    None => Ok(()),
                }
            });
            match written {
                Ok(()) => return true,
                Err(error) => {
                    tracing::error!(error = %error, "refusals of strangers could not be recorded");
                }
            }
            if attempt < ATTEMPTS {
                thread::sleep(PATIENCE);
            }
        }
        // Their number is kept, and written when the database is back.
        if let Some((refusals, at)) = unlisted {
            self.unlisted.add(refusals, at);
        }
        if let Some(at) = last {
            self.unlisted.add(listed, at);
        }
        true
    }
}

fn record_unlisted(conn: &mut DbConn, entropy: &Entropy, refusals: u64, at: Instant) -> Result<()> {
    let context = Context {
        actor: None,
        now: at,
        request_id: None,
        network: None,
        purpose: None,
        purpose_stated: false,
        watch: Watch::default(),
    };
    let event = Event::named(UNLISTED, Operation::Execute)
        .refused("not-authenticated")
        .standing_for(refusals);
    trail::append(conn, &context, entropy, &event).map(drop)
}
