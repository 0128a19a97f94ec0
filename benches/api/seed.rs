//! Thousands of people, registered by the acts of the program itself, many in one transaction.
//!
//! A row that is seeded is a row like any other: the report, the sealed identity, its digests, the case,
//! the deadlines and the events in the trail are written by what serves the API too, and the log numbers
//! them. What is spared is HTTP, a commit for each, and comparing each with all others.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use chrono::Utc;
use refero::{
    api::v1::reports::ReportBody,
    cli::assemble,
    jobs,
    service::{
        cases,
        reports::{self, NewReport},
    },
};
use refero_domain::{
    actor::{Actor, ActorRole, Grant},
    id::{CaseId, DetectionReportId},
    instant,
    profile::CountryProfile,
};
use refero_store::{
    Db, Entropy, Error, Options, people_index, testing,
    unit::{Audited, Request, Tx},
};

use crate::{Outcome, house::House, person::report};

/// Who was seeded.
pub(crate) struct Seeded {
    pub(crate) people: usize,
    pub(crate) elapsed: Duration,
    /// Their cases.
    pub(crate) cases: Vec<String>,
}

/// How many share one transaction.
const AT_ONCE: usize = 1_000;
/// Over how long before now they were registered: less than the shortest deadline, so that nothing
/// becomes overdue while it is measured.
const HOURS: i64 = 12;
/// One case of so many was claimed and opened for help.
const ONE_IN: usize = 4;

/// Registers so many people, while no server runs.
pub(crate) fn seed(house: &House, people: usize) -> Outcome<Seeded> {
    let (begun, owner) = (Instant::now(), house.owner()?);
    let seeding = Seeding::open(house, &owner)?;
    let (signing, db) = (seeding.signing(house)?, seeding.db.clone());
    let sequencer = jobs::start_sequencer(db.clone(), move || signing(&db.keys()), now)?;
    seeding.register(people)?;
    let cases = cases(house)?;
    seeding.open_for_help(&cases)?;
    sequencer.stop();
    settle(&owner, &seeding.db)?;
    Ok(Seeded { people: cases.len(), elapsed: begun.elapsed(), cases })
}

/// Returns the id of every case.
pub(crate) fn cases(house: &House) -> Outcome<Vec<String>> {
    Ok(testing::texts(&house.owner()?, "select id as value from cases order by id")?)
}

/// Has digests cut for as many people as there will be: a power of four, as the program does. They would be
/// made anew several times otherwise, while the people come.
pub(crate) fn cut_for(owner: &Options, people: usize) -> Outcome<()> {
    let mut population = 1_024;
    while population < people {
        population *= 4;
    }
    let begin = format!(
        "insert into index_schemes (number, index_version, epoch, population, created_at)
         select number + 1, index_version, epoch, {population}, created_at from index_schemes
         where population < {population}"
    );
    Ok(testing::run(owner, &begin)?)
}

/// Leaves the database as it is after some days of rest, and checks that all is done that the program would
/// do later.
fn settle(owner: &Options, db: &Db) -> Outcome<()> {
    // As if each had been compared with all others: that would take the worker hours.
    let compared =
        "update person_identities set compared_at = updated_at where compared_at is null";
    testing::run(owner, compared)?;
    let is_sqlite = owner.sqlite_path().is_some();
    let rest = if is_sqlite { "pragma wal_checkpoint(truncate)" } else { "vacuum analyze" };
    testing::run(owner, rest)?;
    let left = testing::texts(owner, "select event_id as value from log_pending limit 1")?;
    if !left.is_empty() {
        return Err("the log has not numbered every event".into());
    }
    if people_index::keep_up(db, now())? {
        return Err("digests were cut for fewer people".into());
    }
    Ok(())
}

fn now() -> instant::Instant {
    instant::Instant::from_utc(Utc::now())
}

/// What registers.
struct Seeding {
    db: Db,
    profile: Arc<CountryProfile>,
    responder: Actor,
    coordinator: Actor,
}

type Acts = dyn Fn(&mut Tx<'_>) -> Result<Audited<()>, Error> + Send + Sync;

impl Seeding {
    fn open(house: &House, owner: &Options) -> Outcome<Self> {
        let config = house.config()?;
        let options = assemble::options(&config, config.database_url()?);
        let options = Options { statement_timeout_ms: owner.statement_timeout_ms, ..options };
        Ok(Self {
            db: Db::open(options, assemble::vault(&config)?, Entropy::system())?,
            profile: Arc::new(assemble::profile(&config)?),
            responder: actor(owner, ActorRole::FirstResponder)?,
            coordinator: actor(owner, ActorRole::CaseCoordinator)?,
        })
    }

    fn signing(&self, house: &House) -> Outcome<Box<refero_store::log::LogSigning>> {
        let signing = assemble::log_signing(&house.config()?);
        signing(&self.db.keys())?;
        Ok(signing)
    }

    fn register(&self, people: usize) -> Outcome<()> {
        let last = i64::try_from(people.max(1))?;
        self.each((0..people).collect(), |turns| {
            let turn = i64::try_from(turns.first().copied().unwrap_or_default())?;
            let at = now().plus_seconds(-HOURS * 3_600 * (last - turn) / last);
            let people: Vec<NewReport> =
                turns.iter().map(|turn| new_report(*turn)).collect::<Outcome<_>>()?;
            let profile = Arc::clone(&self.profile);
            let act = move |tx: &mut Tx<'_>| {
                all(people.iter().map(|new| reports::create(tx, &profile, new)))
            };
            Ok((Request::vouched(self.responder.clone(), at), Box::new(act)))
        })
    }

    fn open_for_help(&self, cases: &[String]) -> Outcome<()> {
        let some = cases.iter().step_by(ONE_IN).cloned().collect();
        self.each(some, |cases| {
            let cases: Vec<CaseId> = cases.iter().map(|id| id.parse()).collect::<Result<_, _>>()?;
            let profile = Arc::clone(&self.profile);
            Ok((
                Request::vouched(self.coordinator.clone(), now()),
                Box::new(move |tx: &mut Tx<'_>| {
                    all(cases.iter().map(|case| {
                        drop(cases::claim(tx, (case, Some(1)))?);
                        cases::activate(tx, &profile, (case, Some(2)))
                    }))
                }),
            ))
        })
    }

    /// Does something with all, so many in each transaction, on all processors.
    fn each<T: Send + Sync>(
        &self,
        all: Vec<T>,
        acts: impl Fn(&[T]) -> Outcome<(Request, Box<Acts>)> + Sync,
    ) -> Outcome<()> {
        let waiting: Mutex<VecDeque<&[T]>> = Mutex::new(all.chunks(AT_ONCE).collect());
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let work = || -> Outcome<()> {
            while let Some(some) = next() {
                let (request, act) = acts(some)?;
                self.db.write_in_case("seed", request, act)?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let threads = thread::available_parallelism()?.get();
            let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            for thread in working {
                thread.join().map_err(|_| "whoever seeds ended")??;
            }
            Ok(())
        })
    }
}

/// Does several acts in one transaction, and gives the last.
fn all<T>(acts: impl Iterator<Item = Result<Audited<T>, Error>>) -> Result<Audited<()>, Error> {
    let mut last = None;
    for act in acts {
        last = Some(act?);
    }
    let last = last.ok_or_else(|| Error::broken("there is nothing to seed"))?;
    last.try_map(|_| Ok(()))
}

fn new_report(turn: usize) -> Outcome<NewReport> {
    let body: ReportBody = serde_json::from_value(report(turn))?;
    let (id, submit): (Option<DetectionReportId>, bool) = (body.id.clone(), body.submit);
    let (details, secrets) = body.into_parts();
    Ok(NewReport { id, details, secrets, submit })
}

/// Returns the first account of a role, as it acts once it is signed in.
fn actor(owner: &Options, role: ActorRole) -> Outcome<Actor> {
    let ask = |column: &str| -> Outcome<String> {
        let username = format!("{}.0", role.code());
        let sql = format!("select {column} as value from users where username = '{username}'");
        let found = testing::texts(owner, &sql)?.pop();
        Ok(found.ok_or("there is no such account")?)
    };
    Ok(Actor {
        user_id: ask("id")?.parse()?,
        organisation_id: ask("organisation_id")?.parse()?,
        session_id: None,
        grants: vec![Grant { role, area: None }],
        open_in_emergency: Vec::new(),
    })
}
