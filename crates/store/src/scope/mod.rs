//! The policy's second product as SQL: which rows an actor may list.
//!
//! Each relation of the policy has one predicate here and one decision in
//! `refero_domain::policy`; a property test on random worlds proves that they agree.

use std::collections::BTreeSet;

use diesel::{
    dsl::{exists, not, sql},
    prelude::*,
    sql_types::Bool,
};
use refero_domain::{
    actor::{Actor, ActorRole},
    case::{CaseStatus, IdentificationStage},
    policy::{Relation, Scope, ScopeArm},
    proceeding::BEHIND_THE_WALL,
    referral::ReferralState,
};

use crate::{
    db::Backend,
    schema::{
        alerts, cases, clocks, duplicate_candidates as pairs, erasure_requests as requests,
        legal_holds as holds, person_index, proceedings, referrals,
    },
};

type Predicate<T> = Box<dyn BoxableExpression<T, Backend, SqlType = Bool>>;

fn nothing<T: 'static>() -> Predicate<T> {
    Box::new(sql::<Bool>("1 = 0"))
}

/// Returns the cases that a scope opens to an actor: none of somebody who was forgotten (R13).
pub(crate) fn cases_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<cases::table> {
    let all = scope
        .arms()
        .iter()
        .map(|arm| case_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<cases::table> { Box::new(all.or(arm)) });
    Box::new(all.and(cases::erased_at.is_null()))
}

/// Gives the ids of the cases whose person was forgotten. There are few.
macro_rules! erased {
    () => {
        cases::table.filter(cases::erased_at.is_not_null()).select(cases::id)
    };
}

/// Gives a relation's predicate over `cases` to a wrapper, as one concrete expression: alone for
/// lists of cases, inside a subselect for lists of what belongs to a case.
macro_rules! by_any_case {
    ($arm:expr, $actor:expr, |$filter:ident| $wrap:expr) => {{
        let (arm, actor): (&ScopeArm, &Actor) = ($arm, $actor);
        let here = cases::registered_by.eq(actor.organisation_id.clone());
        let whole_country = arm.area.is_none().into_sql::<Bool>();
        let in_area = cases::area
            .is_null()
            .or(whole_country)
            .or(cases::area.assume_not_null().eq(arm.area.clone().unwrap_or_default()));
        match arm.relation {
            Relation::RegisteredHere => {
                let $filter = here;
                $wrap
            }
            Relation::RegisteredHereBeforeTriage => {
                let $filter = here.and(cases::state.eq(CaseStatus::Submitted));
                $wrap
            }
            Relation::InArea => {
                let $filter = in_area;
                $wrap
            }
            Relation::AwaitingTriage => {
                let $filter = in_area.and(cases::state.eq(CaseStatus::Submitted));
                $wrap
            }
            Relation::Coordinating => {
                let $filter =
                    in_area.and(cases::coordinator_id.assume_not_null().eq(actor.user_id.clone()));
                $wrap
            }
            Relation::EmergencyAccess => {
                let $filter = cases::id.eq_any(actor.open_in_emergency.clone());
                $wrap
            }
            Relation::BeforeTheBody => {
                let $filter = in_area.and(cases::identification_stage.eq_any([
                    IdentificationStage::PresumedVictim,
                    IdentificationStage::UnderReview,
                    IdentificationStage::FormallyIdentified,
                    IdentificationStage::NotIdentified,
                ]));
                $wrap
            }
            // Relations of single records, never of lists; and those that have their own predicate.
            Relation::SignedIn
            | Relation::Anyone
            | Relation::ServingAssigned
            | Relation::ServingOrganisation
            | Relation::ServingAssignedWithIdentity
            | Relation::ServingOrganisationWithIdentity
            | Relation::OwnOrganisation
            | Relation::BothInArea
            | Relation::AuthoredDraft
            | Relation::SentHere
            | Relation::SentHereBeforeTriage
            | Relation::OfferedHere
            | Relation::AssignedHere
            | Relation::ManagedHere
            | Relation::AnsweredHere
            | Relation::AnsweredByActor
            | Relation::OpenedByActor
            | Relation::Addressed
            | Relation::HoldsPart
            | Relation::HousingAssigned
            | Relation::HousingOrganisation
            | Relation::Investigating
            | Relation::InvestigatingWithIdentity => nothing(),
        }
    }};
}

/// As [`by_any_case`], without the cases of whom was forgotten (R13).
macro_rules! by_case {
    ($arm:expr, $actor:expr, |$filter:ident| $wrap:expr) => {
        by_any_case!($arm, $actor, |any| {
            let $filter = any.and(cases::erased_at.is_null());
            $wrap
        })
    };
}

/// Gives the live referrals at an actor's organisation.
macro_rules! live_here {
    ($actor:expr) => {
        referrals::table
            .filter(referrals::organisation_id.eq($actor.organisation_id.clone()))
            .filter(referrals::state.eq_any(ReferralState::LIVE))
    };
}

mod dossier;

pub(crate) use dossier::{
    access_requests_in, documents_in, emergencies_in, incidents_in, placements_in, reports_in,
};

fn case_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<cases::table> {
    match arm.relation {
        Relation::ServingAssigned => Box::new(
            cases::id.eq_any(
                live_here!(actor)
                    .filter(referrals::worker_id.assume_not_null().eq(actor.user_id.clone()))
                    .select(referrals::case_id),
            ),
        ),
        Relation::ServingOrganisation => {
            Box::new(cases::id.eq_any(live_here!(actor).select(referrals::case_id)))
        }
        Relation::Investigating => Box::new(
            cases::id.eq_any(
                proceedings::table
                    .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
                    .filter(proceedings::kind.eq_any(BEHIND_THE_WALL))
                    .select(proceedings::case_id),
            ),
        ),
        _ => by_case!(arm, actor, |filter| Box::new(filter)),
    }
}

/// Returns the referrals that a scope opens to an actor.
pub(crate) fn referrals_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<referrals::table> {
    let all = scope
        .arms()
        .iter()
        .map(|arm| referral_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<referrals::table> { Box::new(all.or(arm)) });
    Box::new(all.and(not(referrals::case_id.eq_any(erased!()))))
}

/// Returns those of them through which an actor knows which case they belong to: neither a blind
/// offer (R1) nor what is left of an ended referral (R3).
pub(crate) fn referrals_of_known_cases<A>(
    scope: &Scope<A>,
    actor: &Actor,
) -> Predicate<referrals::table> {
    let all = scope
        .arms()
        .iter()
        .filter(|arm| {
            !matches!(
                arm.relation,
                Relation::OfferedHere | Relation::AnsweredHere | Relation::AnsweredByActor
            )
        })
        .map(|arm| referral_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<referrals::table> { Box::new(all.or(arm)) });
    Box::new(all.and(not(referrals::case_id.eq_any(erased!()))))
}

fn referral_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<referrals::table> {
    let here = referrals::organisation_id.eq(actor.organisation_id.clone());
    let sent_here = referrals::from_organisation_id.eq(actor.organisation_id.clone());
    let mine = referrals::worker_id.assume_not_null().eq(actor.user_id.clone());
    let live = referrals::state.eq_any(ReferralState::LIVE);
    let answered =
        referrals::answered_at.is_not_null().and(not(referrals::state.eq_any(ReferralState::OPEN)));
    match arm.relation {
        Relation::SentHere => {
            let ours = cases::table
                .filter(cases::registered_by.eq(actor.organisation_id.clone()))
                .select(cases::id);
            Box::new(sent_here.and(referrals::case_id.eq_any(ours)))
        }
        Relation::SentHereBeforeTriage => {
            let ours = cases::table
                .filter(cases::registered_by.eq(actor.organisation_id.clone()))
                .filter(cases::state.eq(CaseStatus::Submitted))
                .select(cases::id);
            Box::new(sent_here.and(referrals::case_id.eq_any(ours)))
        }
        Relation::OfferedHere => {
            Box::new(here.and(referrals::state.eq_any(ReferralState::OFFERED)))
        }
        Relation::AssignedHere => Box::new(here.and(live).and(mine)),
        Relation::ManagedHere => Box::new(here.and(live)),
        Relation::AnsweredHere => Box::new(here.and(answered)),
        Relation::AnsweredByActor => Box::new(here.and(answered).and(mine)),
        _ => by_case!(arm, actor, |filter| Box::new(
            referrals::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        )),
    }
}

/// Returns the clocks of the cases that a scope opens to an actor.
pub(crate) fn clocks_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<clocks::table> {
    let of_case = |arm: &ScopeArm| -> Predicate<clocks::table> {
        by_case!(arm, actor, |filter| Box::new(
            clocks::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        ))
    };
    scope
        .arms()
        .iter()
        .fold(nothing(), |all, arm| -> Predicate<clocks::table> { Box::new(all.or(of_case(arm))) })
}

/// Returns what is in the index of the people of the cases that a scope opens to an actor. It is asked of
/// one person after the other: a search meets few, and there are many cases.
pub(crate) fn indexed_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<person_index::table> {
    let of_case = |arm: &ScopeArm| -> Predicate<person_index::table> {
        by_case!(arm, actor, |filter| Box::new(exists(
            cases::table.filter(cases::person_id.eq(person_index::person_id)).filter(filter),
        )))
    };
    scope.arms().iter().fold(nothing(), |all, arm| -> Predicate<person_index::table> {
        Box::new(all.or(of_case(arm)))
    })
}

/// Returns the requests to forget somebody that a scope opens to an actor, also after it was done.
pub(crate) fn erasures_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<requests::table> {
    let of_case = |arm: &ScopeArm| -> Predicate<requests::table> {
        by_any_case!(arm, actor, |filter| Box::new(
            requests::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        ))
    };
    scope.arms().iter().fold(nothing(), |all, arm| -> Predicate<requests::table> {
        Box::new(all.or(of_case(arm)))
    })
}

/// Returns the legal holds that a scope opens to an actor.
pub(crate) fn holds_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<holds::table> {
    let of_case = |arm: &ScopeArm| -> Predicate<holds::table> {
        by_any_case!(arm, actor, |filter| Box::new(
            holds::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        ))
    };
    scope
        .arms()
        .iter()
        .fold(nothing(), |all, arm| -> Predicate<holds::table> { Box::new(all.or(of_case(arm))) })
}

/// Returns the pairs of cases that a scope opens to an actor: those of which some role reaches both.
pub(crate) fn pairs_in<A>(scope: &Scope<A>) -> Predicate<pairs::table> {
    let judging = || scope.arms().iter().filter(|arm| arm.relation == Relation::BothInArea);
    let roles: BTreeSet<ActorRole> = judging().map(|arm| arm.role).collect();
    roles.into_iter().fold(nothing(), |all, role| -> Predicate<pairs::table> {
        let grants = || judging().filter(|arm| arm.role == role);
        let whole_country = grants().any(|arm| arm.area.is_none());
        let areas: Vec<String> = grants().filter_map(|arm| arm.area.clone()).collect();
        let reached = || {
            let in_area = cases::area
                .is_null()
                .or(whole_country.into_sql::<Bool>())
                .or(cases::area.assume_not_null().eq_any(areas.clone()));
            cases::table.filter(in_area.and(cases::erased_at.is_null())).select(cases::id)
        };
        let both =
            pairs::first_case_id.eq_any(reached()).and(pairs::second_case_id.eq_any(reached()));
        Box::new(all.or(both))
    })
}

/// Returns the alerts that a scope opens to an actor.
pub(crate) fn alerts_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<alerts::table> {
    scope
        .arms()
        .iter()
        .map(|arm| alert_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<alerts::table> { Box::new(all.or(arm)) })
}

fn alert_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<alerts::table> {
    if arm.relation != Relation::Addressed {
        return nothing();
    }
    let in_area = alerts::area
        .is_null()
        .or(arm.area.is_none().into_sql::<Bool>())
        .or(alerts::area.assume_not_null().eq(arm.area.clone().unwrap_or_default()));
    let about_others = alerts::about_user
        .is_null()
        .or(alerts::about_user.assume_not_null().ne(actor.user_id.clone()));
    Box::new(alerts::audience.eq(arm.role).and(in_area).and(about_others))
}
