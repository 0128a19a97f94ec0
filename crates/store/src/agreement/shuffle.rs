//! The relations of the country, at random.

use proptest::prelude::*;
use refero_domain::{
    actor::ActorRole,
    case::{CaseStatus, IdentificationStage},
    consent::ConsentStatus,
    referral::ReferralState,
};

use super::{
    ACCESSES, ALERTS, AREAS, CASES, DRAFTS, ORGANISATIONS, REFERRALS, TOLD, USERS,
    found::{CLASSES, DOCUMENTS, INCIDENTS},
    wall::{KINDS, PROCEEDINGS},
};

/// How the relations of the country stand.
#[derive(Debug, Clone)]
pub(super) struct Shuffle {
    pub(super) cases: Vec<(usize, usize, usize, usize, Option<usize>)>,
    /// Whose person was forgotten.
    pub(super) erased: Vec<bool>,
    pub(super) referrals: Vec<(usize, usize, usize, Option<usize>, bool)>,
    pub(super) consents: Vec<(usize, bool)>,
    pub(super) drafts: Vec<(usize, usize)>,
    pub(super) emergencies: Vec<bool>,
    /// Emergency accesses: to which case, by whom.
    pub(super) accesses: Vec<(usize, usize)>,
    /// Alerts: to which role, in which area, about whom.
    pub(super) alerts: Vec<(usize, usize, Option<usize>)>,
    /// Who runs the place where the person of each case lives.
    pub(super) houses: Vec<Option<usize>>,
    /// Proceedings: before which authority, of which kind.
    pub(super) proceedings: Vec<(usize, usize)>,
    /// Incidents: found by which organisation, in which area.
    pub(super) incidents: Vec<(usize, usize)>,
    /// In which incident the person of each case was found.
    pub(super) found: Vec<Option<usize>>,
    /// Documents: added by which organisation, of which class of data.
    pub(super) documents: Vec<(usize, usize)>,
    pub(super) actor: (usize, usize, Vec<(usize, usize)>),
}

pub(super) fn shuffle() -> impl Strategy<Value = Shuffle> {
    let organisations = 0..ORGANISATIONS;
    let case = (
        organisations.clone(),
        0..AREAS.len(),
        0..CaseStatus::ALL.len(),
        0..IdentificationStage::ALL.len(),
        prop::option::of(0..USERS),
    );
    let referral = (
        organisations.clone(),
        organisations.clone(),
        0..ReferralState::ALL.len(),
        prop::option::of(0..USERS),
        any::<bool>(),
    );
    let house = prop::option::of(organisations.clone());
    let found = (
        prop::collection::vec((organisations.clone(), 0..AREAS.len()), INCIDENTS),
        prop::collection::vec(prop::option::of(0..INCIDENTS), CASES),
        prop::collection::vec((organisations.clone(), 0..CLASSES.len()), DOCUMENTS),
    );
    let alert = (0..TOLD.len(), 0..AREAS.len(), prop::option::of(0..USERS));
    let actor = (
        organisations.clone(),
        0..USERS,
        prop::collection::vec((0..ActorRole::ALL.len(), 0..AREAS.len()), 0..4),
    );
    (
        prop::collection::vec(case, CASES),
        prop::collection::vec(referral, REFERRALS),
        prop::collection::vec((0..ConsentStatus::ALL.len(), any::<bool>()), CASES),
        prop::collection::vec((organisations.clone(), 0..USERS), DRAFTS),
        prop::collection::vec(any::<bool>(), CASES),
        prop::collection::vec(prop::bool::weighted(0.2), CASES),
        prop::collection::vec((0..CASES, 0..USERS), ACCESSES),
        (prop::collection::vec(alert, ALERTS), prop::collection::vec(house, CASES), found),
        prop::collection::vec((organisations.clone(), 0..KINDS.len()), PROCEEDINGS),
        actor,
    )
        .prop_map(|all| {
            let (cases, referrals, consents, drafts, emergencies, erased, ..) = all.clone();
            let (.., accesses, (alerts, houses, kept), proceedings, actor) = all;
            let (incidents, found, documents) = kept;
            Shuffle {
                cases,
                erased,
                referrals,
                consents,
                drafts,
                emergencies,
                accesses,
                alerts,
                houses,
                proceedings,
                incidents,
                found,
                documents,
                actor,
            }
        })
}
