//! The small country whose relations are shuffled.

use diesel::prelude::*;
use refero_domain::{
    actor::{Actor, ActorRole, Grant},
    alert::AlertKind,
    case::{CaseStatus, IdentificationStage, RiskLevel},
    consent::{ConsentAct, ConsentGiver, ConsentMode, ConsentPurpose, ConsentStatus, LegalBasis},
    duplicate::LikenessBand,
    event::{Event, Operation},
    instant::Instant,
    machine::State,
    person::{Identity, PersonName},
    policy::{Class, Classes, CreateConsent, CreateReferral, SubmitReport},
    referral::{ReferralSecrets, ReferralState, Urgency},
    report::{ReportAct, ReportDetails, ReportSecrets},
    sensitive::Sensitive,
};

use super::{
    AREAS, CASES, DRAFTS, ORGANISATIONS, REFERRALS, Shuffle, TOLD, USERS, access, alert, asked,
    case, consent, found, housed, organisation, pair, referral, report, user, wall,
};
use crate::{
    Db, Entropy, Options, Result,
    cases::{self, NewCase},
    clocks, consents, duplicates,
    matching::Alike,
    migrate, people,
    referrals::{self, Terms},
    reports,
    schema::{
        alerts as alert_table, cases as case_table, consents as consent_table,
        deployment_keys as keys, detection_reports as report_table,
        duplicate_candidates as pair_table, emergency_accesses as access_table, organisations,
        referrals as referral_table,
    },
    sealing::{DeploymentKey, KeyRing},
    unit::{Audited, Reading, Request, Tx},
};

/// What everybody is called.
pub(super) const NAME: &str = "Aminata Coulibaly";

pub(super) fn now() -> Instant {
    Instant::from_utc(chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap())
}

/// The country: a database on a file that goes with it.
pub(super) struct Country {
    db: Db,
    options: Options,
    _folder: tempfile::TempDir,
}

impl Country {
    pub(super) fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("country.db");
        migrate::create_sqlite(&path).unwrap();
        let options = Options::for_url(format!("sqlite://{}", path.display()));
        migrate::migrate(&options).unwrap();
        let entropy = Entropy::seeded(7);
        let key = DeploymentKey::generate(&mut *entropy.rng());
        {
            let mut conn = options.connect().unwrap();
            diesel::insert_into(keys::table)
                .values((
                    keys::epoch.eq(1),
                    keys::check_value.eq(key.check_value().as_slice()),
                    keys::created_at.eq(now()),
                ))
                .execute(&mut conn)
                .unwrap();
            people_and_places(&mut conn);
        }
        let db = Db::open(options.clone(), KeyRing::single(1, key), entropy).unwrap();
        let country = Self { db, options, _folder: folder };
        for n in 0..CASES + DRAFTS {
            country.act(ActorRole::FirstResponder, n, move |tx| register(tx, n));
        }
        for n in 0..CASES {
            country.act(ActorRole::CoordinationSupervisor, n, move |tx| agree(tx, n));
        }
        for n in 0..CASES - 1 {
            country.act(ActorRole::CoordinationSupervisor, n, move |tx| look_alike(tx, n));
        }
        for n in 0..CASES {
            country.act(ActorRole::CaseCoordinator, n, move |tx| {
                diesel::update(case_table::table.find(case(n)))
                    .set(case_table::coordinator_id.eq(Some(user(0))))
                    .execute(tx.conn)?;
                housed::house(tx, n)
            });
        }
        for n in 0..CASES {
            country.act(ActorRole::DataProtectionOfficer, n, move |tx| asked::ask(tx, n));
        }
        for n in 0..wall::PROCEEDINGS {
            let on = n % CASES;
            country.act(ActorRole::CoordinationSupervisor, on, move |tx| wall::open(tx, n));
        }
        for n in 0..found::INCIDENTS {
            country.act(ActorRole::CaseCoordinator, n, move |tx| found::record(tx, n));
        }
        for n in 0..found::DOCUMENTS {
            country.act(ActorRole::CaseCoordinator, n % CASES, move |tx| found::add(tx, n));
        }
        for n in 0..REFERRALS {
            country.act(ActorRole::CoordinationSupervisor, n % CASES, move |tx| refer(tx, n));
        }
        country
    }

    /// Acts on the case of a number.
    fn act(
        &self,
        role: ActorRole,
        on: usize,
        act: impl Fn(&mut Tx<'_>) -> Result<()> + Send + 'static,
    ) {
        let actor = Actor {
            user_id: user(0),
            organisation_id: organisation(0),
            session_id: None,
            grants: vec![Grant { role, area: None }],
            open_in_emergency: Vec::new(),
        };
        let request = Request::vouched(actor, now());
        let recorded = move |tx: &mut Tx<'_>| -> Result<Audited<()>> {
            act(tx)?;
            tx.record(&Event::named("test.build", Operation::Create).in_case(&case(on)), ())
        };
        self.db.write("test.build", request, recorded).unwrap();
    }

    /// Sets every relation anew.
    pub(super) fn set(&self, shuffle: &Shuffle) {
        let mut conn = self.options.connect().unwrap();
        for (n, (by, area, state, stage, coordinator)) in shuffle.cases.iter().enumerate() {
            diesel::update(case_table::table.find(case(n)))
                .set((
                    case_table::registered_by.eq(organisation(*by)),
                    case_table::area.eq(AREAS[*area]),
                    case_table::state.eq(CaseStatus::ALL[*state]),
                    case_table::identification_stage.eq(IdentificationStage::ALL[*stage]),
                    case_table::coordinator_id.eq(coordinator.map(user)),
                    case_table::erased_at.eq(shuffle.erased[n].then(now)),
                ))
                .execute(&mut conn)
                .unwrap();
        }
        for (n, (from, to, state, worker, answered)) in shuffle.referrals.iter().enumerate() {
            let state = ReferralState::ALL[*state];
            diesel::update(referral_table::table.find(referral(n)))
                .set((
                    referral_table::from_organisation_id.eq(organisation(*from)),
                    referral_table::organisation_id.eq(organisation(*to)),
                    referral_table::state.eq(state),
                    referral_table::worker_id.eq(worker.map(user)),
                    referral_table::answered_at.eq(answered.then(now)),
                    referral_table::respond_by.eq(now()),
                    referral_table::ended_at.eq(state.is_ended().then(now)),
                ))
                .execute(&mut conn)
                .unwrap();
        }
        for (n, (state, expired)) in shuffle.consents.iter().enumerate() {
            diesel::update(consent_table::table.find(consent(n)))
                .set((
                    consent_table::state.eq(ConsentStatus::ALL[*state]),
                    consent_table::expires_at.eq(expired.then(now)),
                ))
                .execute(&mut conn)
                .unwrap();
        }
        set_watch(&mut conn, shuffle);
        housed::set(&mut conn, shuffle);
        wall::set(&mut conn, shuffle);
        found::set(&mut conn, shuffle);
        for (n, (of, by)) in shuffle.drafts.iter().enumerate() {
            diesel::update(report_table::table.find(report(CASES + n)))
                .set((
                    report_table::organisation_id.eq(organisation(*of)),
                    report_table::author_id.eq(user(*by)),
                ))
                .execute(&mut conn)
                .unwrap();
        }
    }

    /// Looks as an actor. What was seen is compared, not kept: the trail is not what is tested here.
    pub(super) fn look<T>(&self, actor: &Actor, look: impl Fn(&mut Reading<'_>) -> T) -> T {
        let request = Request::vouched(actor.clone(), now());
        self.db
            .read(&request, |reading| {
                let seen = look(reading);
                Ok(reading.disclose(Event::named("test.look", Operation::Read), seen))
            })
            .unwrap()
    }
}

/// Puts emergency accesses and alerts anew.
fn set_watch(conn: &mut crate::db::DbConn, shuffle: &Shuffle) {
    diesel::delete(access_table::table).execute(conn).unwrap();
    diesel::delete(alert_table::table).execute(conn).unwrap();
    for (n, (of, by)) in shuffle.accesses.iter().enumerate() {
        diesel::insert_into(access_table::table)
            .values((
                access_table::id.eq(access(n)),
                access_table::case_id.eq(case(*of)),
                access_table::actor_id.eq(user(*by)),
                access_table::organisation_id.eq(organisation(0)),
                access_table::reason_code.eq("other"),
                access_table::sealed.eq(&b"sealed"[..]),
                access_table::opened_at.eq(now()),
                access_table::expires_at.eq(now()),
                access_table::review_due_at.eq(now()),
                access_table::version.eq(1),
            ))
            .execute(conn)
            .unwrap();
    }
    for (n, (to, area, about)) in shuffle.alerts.iter().enumerate() {
        diesel::insert_into(alert_table::table)
            .values((
                alert_table::id.eq(alert(n)),
                alert_table::kind.eq(AlertKind::RefusalBurst),
                alert_table::audience.eq(TOLD[*to]),
                alert_table::area.eq(AREAS[*area]),
                alert_table::about_user.eq(about.map(user)),
                alert_table::raised_at.eq(now()),
                alert_table::version.eq(1),
                alert_table::attempts.eq(0),
                alert_table::next_attempt_at.eq(now()),
            ))
            .execute(conn)
            .unwrap();
    }
}

fn people_and_places(conn: &mut crate::db::DbConn) {
    for n in 0..ORGANISATIONS {
        diesel::insert_into(organisations::table)
            .values((
                organisations::id.eq(organisation(n)),
                organisations::name.eq("Organisation"),
                organisations::organisation_type.eq("ngo"),
                organisations::active.eq(true),
                organisations::version.eq(1),
                organisations::created_at.eq(now()),
                organisations::updated_at.eq(now()),
            ))
            .execute(conn)
            .unwrap();
    }
    for n in 0..USERS {
        diesel::sql_query(format!(
            "insert into users (id, organisation_id, username, display_name, language, state, version,
             created_at, updated_at) values ('{}', '{}', 'user{n}', 'User', 'en', 'active', 1, '{at}', '{at}')",
            user(n),
            organisation(0),
            at = "2027-01-15 08:00:00"
        ))
        .execute(conn)
        .unwrap();
    }
}

/// Registers a report, and its case unless it stays a draft.
fn register(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let details = ReportDetails::default();
    let secrets = Sensitive::new(ReportSecrets::default());
    reports::insert(tx, &report(n), &details, &secrets)?;
    if n >= CASES {
        return Ok(());
    }
    let permit = reports::fetch::<SubmitReport>(tx, &report(n))?;
    let (found, permit) = permit.into_parts();
    let new = NewCase {
        id: case(n),
        code: reports::free_case_code(tx, "XZ")?,
        person_id: found.person_id.clone(),
        report_id: report(n),
        area: None,
        risk_level: RiskLevel::Medium,
        next_due_at: None,
    };
    let facts = people::PersonFacts {
        sex_reporting: refero_domain::age::SexReporting::Unknown,
        birth_year: None,
        age_status: refero_domain::age::AgeStatus::UndeterminedPresumedChild,
        primary_language: None,
        other_languages: Vec::new(),
        citizenships: Vec::new(),
    };
    let called = PersonName { text: NAME.to_owned(), kind: None };
    let identity = Identity { names: vec![called], ..Identity::default() };
    reports::register(tx, &new, &facts, &Sensitive::new(identity))?;
    let moved = found.state.step(ReportAct::Submit)?;
    reports::save_submitted(tx, &permit, (&report(n), 1), &moved, &case(n))?;
    clocks::start(tx, &case(n), "triage_claim", now().plus_seconds(-1))
}

fn agree(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = cases::fetch::<CreateConsent>(tx, &case(n))?;
    let new = consents::NewConsent {
        id: consent(n),
        purpose: ConsentPurpose::ShareWithServiceProvider,
        recipient_organisation_id: Some(organisation(1)),
        categories: Classes::NONE.with(Class::IdentitySealed),
        giver: ConsentGiver::Guardian,
        mode: ConsentMode::Written,
        language: "fr".to_owned(),
        interpreter: false,
        words: Sensitive::default(),
        expires_at: None,
        guardian_id: None,
        child_ground: None,
    };
    let given = State::initial().step(ConsentAct::Give)?;
    consents::insert(tx, &permit, &new, Some(&given))
}

/// Pairs each case with the next one.
fn look_alike(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let alike =
        Alike { cases: [case(n), case(n + 1)], band: LikenessBand::Strong, reasons: Vec::new() };
    let made = duplicates::keep(tx, &alike)?.unwrap();
    diesel::update(pair_table::table.find(&made))
        .set(pair_table::id.eq(pair(n)))
        .execute(tx.conn)?;
    tx.note(&Event::named("test.build", Operation::Create).in_case(&case(n + 1)))
}

/// Every second referral rests on the consent of its case.
fn refer(tx: &mut Tx<'_>, n: usize) -> Result<()> {
    let permit = cases::fetch::<CreateReferral>(tx, &case(n % CASES))?;
    let rests = n.is_multiple_of(2);
    let terms = Terms {
        organisation_id: organisation(1),
        services: vec!["safe_shelter".to_owned()],
        urgency: Urgency::OneDay,
        reason: "other".to_owned(),
        legal_basis: if rests { LegalBasis::Consent } else { LegalBasis::VitalInterests },
        consent_id: rests.then(|| consent(n % CASES)),
        categories: Classes::NONE.with(Class::IdentitySealed),
        placement_needs: Vec::new(),
    };
    let secrets = Sensitive::new(ReferralSecrets::default());
    referrals::insert(tx, &permit, &referral(n), &terms, &secrets)
}
