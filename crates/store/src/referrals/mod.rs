//! Referrals: fetched with a permit, changed through their machine, shown no wider than R1 to R3.

mod lists;
mod write;

use std::collections::BTreeMap;

use diesel::prelude::*;
use refero_domain::{
    actor::Actor,
    case::CaseStatus,
    consent::LegalBasis,
    id::{
        CaseId, ConsentId, DetectionReportId, Kind, OrganisationId, PersonId, ReferralId, UserId,
    },
    instant::Instant,
    machine::{Machine, State},
    policy::{self, Action, CaseFacts, Classes, Denial, Permit, ReferralFacts, Sight},
    referral::{self, ReferralAct, ReferralAnswers, ReferralSecrets, ReferralState, Urgency},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};

pub use lists::{InboxPlace, ReferralFilter, count_inbox, count_returned, inbox, page, returned};
pub(crate) use lists::{named, of_cases};
pub use write::{
    Ended, ReferralChange, Terms, end_resting_on, insert, keep_worker, save, save_draft, served,
};

use crate::{
    cases::{self, Case, classes, expect_version},
    columns::Codes,
    consents::{self, Covers},
    error::{Error, Refused, Result},
    people::{Person, Slot, unseal},
    schema::{cases as case_table, people, referrals},
    sealing::Place,
    unit::Reading,
};

const SECRETS: Place = Place { table: "referrals", column: "sealed" };
const ANSWERS: Place = Place { table: "referrals", column: "answer" };

/// A referral as it is stored.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = referrals)]
pub struct Referral {
    /// The referral.
    pub id: ReferralId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Who sends it.
    pub from_organisation_id: OrganisationId,
    /// To whom it is offered.
    pub organisation_id: OrganisationId,
    services: Codes,
    /// How soon the provider must answer.
    pub urgency: Urgency,
    /// A code of `referral_reason`.
    pub reason: String,
    /// On what the sharing rests (R4).
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    categories: Codes,
    placement_needs: Codes,
    sealed: Vec<u8>,
    /// Where it stands; changes through its machine only.
    pub state: State<ReferralState>,
    /// Until when an answer is due.
    pub respond_by: Option<Instant>,
    /// When it was sent.
    pub sent_at: Option<Instant>,
    /// When the provider opened it.
    pub received_at: Option<Instant>,
    /// When the provider answered it.
    pub answered_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Who answered it, then who works on it.
    pub worker_id: Option<UserId>,
    /// The coded reason of the end, or the outcome of a completion.
    pub end_reason: Option<String>,
    answer: Option<Vec<u8>>,
    /// Who began it.
    pub created_by: UserId,
    /// For the ETag.
    pub version: i64,
    /// When it was begun.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Referral {
    /// Returns the services asked for.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is no list.
    pub fn services(&self) -> Result<Vec<String>> {
        self.services.get()
    }

    /// Returns what placement depends on.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is no list.
    pub fn placement_needs(&self) -> Result<Vec<String>> {
        self.placement_needs.get()
    }

    /// Returns the categories that acceptance would disclose if nothing cut them down.
    ///
    /// # Errors
    /// [`Error::Broken`] if what is stored is no list of categories.
    pub fn categories(&self) -> Result<Classes> {
        classes(&self.categories)
    }

    /// Says whether the answer is late. Overdue is not a state.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.state.get().is_offered() && self.respond_by.is_some_and(|due| due < now)
    }
}

/// What was written with a referral.
#[derive(Debug)]
pub struct Words {
    /// The sender's words.
    pub secrets: Sensitive<ReferralSecrets>,
    /// The provider's words, and those of whoever ended it.
    pub answers: Sensitive<ReferralAnswers>,
}

/// What of a case its referrals need.
#[derive(Debug, Clone)]
pub struct CaseBrief {
    /// What people say on the telephone.
    pub case_code: String,
    /// The report it was born from.
    pub report_id: DetectionReportId,
    /// Where the person was found.
    pub area: Option<String>,
    facts: CaseFacts,
}

impl CaseBrief {
    /// Returns where the work on the case stands.
    #[must_use]
    pub const fn state(&self) -> CaseStatus {
        self.facts.state
    }

    fn of(case: &Case) -> Self {
        Self {
            case_code: case.case_code.clone(),
            report_id: case.report_id.clone(),
            area: case.area.clone(),
            // No row about referrals asks for the other referrals of the case.
            facts: cases::facts_with(case, cases::Here::default()),
        }
    }
}

/// A referral with its case and person, and the facts on which access was decided.
#[derive(Debug)]
pub struct ReferralRow {
    /// The referral.
    pub referral: Referral,
    /// What was written; lists do not carry it.
    pub words: Option<Words>,
    /// What of its case is needed.
    pub case: CaseBrief,
    /// The person, in codes.
    pub person: Person,
    /// The consent it rests on.
    pub consent: Option<Covers>,
    /// The facts, for `allowed_actions`.
    pub facts: ReferralFacts,
}

impl ReferralRow {
    /// Refuses to go on if somebody else was faster.
    ///
    /// # Errors
    /// [`Refusal::Stale`] with the present version.
    pub fn expect_version(&self, expected: Option<i64>) -> Result<()> {
        expect_version(self.referral.version, expected)
    }

    /// Says how a refused act names this referral. The trail joins it to the case; the answer to a
    /// provider that does not know the case stays silent about it.
    #[must_use]
    pub fn refused(&self, refusal: Refusal, actor: &Actor) -> Error {
        Error::Refused(Box::new(Refused {
            refusal,
            standing: Some(Standing::Referral(self.referral.state.get())),
            allowed_actions: self.allowed_actions(actor),
            object: Some((
                refero_domain::id::ReferralKind::NAME,
                self.referral.id.as_str().to_owned(),
            )),
            case_id: Some(self.referral.case_id.clone()),
        }))
    }

    /// Returns the moves that this caller could make now.
    #[must_use]
    pub fn allowed_actions(&self, actor: &Actor) -> Vec<&'static str> {
        let allowed = |act: &str| policy::may(&format!("referral.{act}"), actor, &self.facts);
        let state = self.referral.state.get();
        let mut actions: Vec<&'static str> = state
            .acts()
            // Waiting for a consent is what sending comes to; nobody asks for it by name.
            .filter(|act| *act != ReferralAct::AwaitConsent)
            .map(ReferralAct::code)
            .filter(|act| allowed(act))
            .collect();
        if state.is_live() && allowed("assign") {
            actions.push("assign");
        }
        if state == ReferralState::Draft && allowed("edit") {
            actions.push("edit");
        }
        actions
    }

    /// Returns the side from which an actor sees it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if from none.
    pub fn sight(&self, actor: &Actor) -> Result<Sight> {
        self.facts.sight(actor).ok_or_else(|| Refusal::NotFound.into())
    }
}

/// A refusal that the trail joins to the referral, though the answer names nothing.
fn denied(refusal: Refusal, id: &ReferralId) -> Error {
    Error::Refused(Box::new(Refused {
        refusal,
        standing: None,
        allowed_actions: Vec::new(),
        object: Some((refero_domain::id::ReferralKind::NAME, id.as_str().to_owned())),
        case_id: None,
    }))
}

/// Fetches a referral for an action, with the permit that the policy gives from facts read here.
///
/// # Errors
/// [`Refusal::NotFound`] if the referral is not there or may not be known,
/// [`Refusal::NotPermitted`] if it may be seen but this may not be done.
pub fn fetch<A: Action>(
    reading: &mut Reading<'_>,
    id: &ReferralId,
) -> Result<Permit<A, ReferralRow>> {
    fetch_in(reading, id, &[])
}

/// Fetches a referral in order to move it.
///
/// # Errors
/// As [`fetch`]; and [`Refusal::IllegalTransition`] if the caller could do it were the referral in
/// another state: who lost a race is told so, and not that they may not.
pub fn fetch_to<A: Action>(
    reading: &mut Reading<'_>,
    id: &ReferralId,
    act: ReferralAct,
) -> Result<Permit<A, ReferralRow>> {
    let from: Vec<ReferralState> = ReferralState::sources(act).collect();
    fetch_in(reading, id, &from)
}

/// Fetches a referral for something that is possible in some states only; in any, if none is named.
///
/// # Errors
/// As [`fetch_to`].
pub fn fetch_in<A: Action>(
    reading: &mut Reading<'_>,
    id: &ReferralId,
    states: &[ReferralState],
) -> Result<Permit<A, ReferralRow>> {
    let actor = reading.actor()?.clone();
    let found: Option<(Referral, Case, Person)> = referrals::table
        .inner_join(case_table::table.inner_join(people::table))
        .filter(referrals::id.eq(id))
        .select((Referral::as_select(), Case::as_select(), Person::as_select()))
        .first(reading.conn)
        .optional()?;
    let (referral, case, person) = found.ok_or_else(|| denied(Refusal::NotFound, id))?;
    let ids = referral.consent_id.iter().cloned().collect();
    let consent = consents::covers(reading.conn, ids)?.pop();
    let case = CaseBrief::of(&case);
    let mut row = joined((referral, case, person), consent, reading.now())?;
    let state = row.facts.state;
    let fits = states.is_empty() || states.contains(&state);
    // Access is decided before anything is opened.
    match policy::decide::<A, _>(&actor, &row.facts, ()) {
        Ok(_) if fits => {}
        Ok(_) => return Err(row.refused(Refusal::IllegalTransition, &actor)),
        Err(Denial::Forbidden) if !fits && could::<A>(&row.facts, &actor, states) => {
            return Err(row.refused(Refusal::IllegalTransition, &actor));
        }
        Err(denial) => {
            let refusal = Error::from(denial).refusal();
            return Err(denied(refusal.unwrap_or(Refusal::NotFound), id));
        }
    }
    row.words = Some(words(reading, &row)?);
    let facts = row.facts.clone();
    policy::decide::<A, _>(&actor, &facts, row).map_err(Error::from)
}

/// Says whether an actor could do something if the referral stood in one of some states.
fn could<A: Action>(facts: &ReferralFacts, actor: &Actor, states: &[ReferralState]) -> bool {
    states.iter().any(|state| {
        let then = ReferralFacts {
            state: *state,
            worker_id: facts.worker_id.clone().or_else(|| Some(actor.user_id.clone())),
            ..facts.clone()
        };
        policy::may(A::NAME, actor, &then)
    })
}

/// Puts a referral, its case and its person together with the facts for the policy.
fn joined(
    (referral, case, person): (Referral, CaseBrief, Person),
    consent: Option<Covers>,
    now: Instant,
) -> Result<ReferralRow> {
    let covered = match (&referral.consent_id, &consent) {
        (None, _) => None,
        (Some(_), None) => Some(Classes::NONE),
        (Some(_), Some(consent)) => Some(consent.now(now)),
    };
    let facts = ReferralFacts {
        state: referral.state.get(),
        from: referral.from_organisation_id.clone(),
        to: referral.organisation_id.clone(),
        worker_id: referral.worker_id.clone(),
        answered: referral.answered_at.is_some(),
        discloses: referral::discloses(referral.categories()?, covered),
        case: case.facts.clone(),
    };
    Ok(ReferralRow { referral, words: None, case, person, consent, facts })
}

fn slot<'s>(place: Place, id: &'s ReferralId, person: &'s PersonId) -> Slot<'s> {
    Slot { place, row: id.as_str(), person }
}

fn words(reading: &mut Reading<'_>, row: &ReferralRow) -> Result<Words> {
    let (referral, person) = (&row.referral, &row.person.id);
    let secrets = unseal(reading, &slot(SECRETS, &referral.id, person), &referral.sealed)?;
    let answers = match &referral.answer {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot(ANSWERS, &referral.id, person), sealed)?,
    };
    Ok(Words { secrets, answers })
}

/// Joins cases, people and consents to the referrals of a page: three queries, however long it is.
fn with_cases(reading: &mut Reading<'_>, found: Vec<Referral>) -> Result<Vec<ReferralRow>> {
    let case_ids: Vec<CaseId> = found.iter().map(|row| row.case_id.clone()).collect();
    let cases: Vec<(Case, Person)> = case_table::table
        .inner_join(people::table)
        .filter(case_table::id.eq_any(case_ids))
        .select((Case::as_select(), Person::as_select()))
        .load(reading.conn)?;
    let cases: BTreeMap<CaseId, (CaseBrief, Person)> = cases
        .into_iter()
        .map(|(case, person)| (case.id.clone(), (CaseBrief::of(&case), person)))
        .collect();
    let consent_ids = found.iter().filter_map(|row| row.consent_id.clone()).collect();
    let consents: BTreeMap<ConsentId, Covers> = consents::covers(reading.conn, consent_ids)?
        .into_iter()
        .map(|covers| (covers.id.clone(), covers))
        .collect();
    let now = reading.now();
    found
        .into_iter()
        .map(|referral| {
            let (case, person) = cases
                .get(&referral.case_id)
                .cloned()
                .ok_or_else(|| Error::broken("a referral has no case"))?;
            let consent = referral.consent_id.as_ref().and_then(|id| consents.get(id)).cloned();
            joined((referral, case, person), consent, now)
        })
        .collect()
}
