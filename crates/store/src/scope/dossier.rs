//! The scope of what belongs to a case and is not known to all who know the case.

use diesel::{
    dsl::{not, sql},
    prelude::*,
    sql_types::Bool,
};
use refero_domain::{
    actor::Actor,
    case::{CaseStatus, IdentificationStage},
    incident::IncidentLinkState,
    policy::{Class, Relation, Scope, ScopeArm},
    proceeding::BEHIND_THE_WALL,
    referral::ReferralState,
    report::ReportState,
};

use super::{Predicate, nothing};
use crate::schema::{
    access_requests, cases, detection_reports as reports, documents,
    emergency_accesses as accesses, incident_links, incidents, placements, proceedings, referrals,
};

/// Returns the emergency accesses that a scope opens to an actor.
pub(crate) fn emergencies_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<accesses::table> {
    scope
        .arms()
        .iter()
        .map(|arm| emergency_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<accesses::table> { Box::new(all.or(arm)) })
}

fn emergency_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<accesses::table> {
    match arm.relation {
        Relation::Anyone => Box::new(sql::<Bool>("1 = 1")),
        Relation::OpenedByActor => Box::new(accesses::actor_id.eq(actor.user_id.clone())),
        _ => by_any_case!(arm, actor, |filter| Box::new(
            accesses::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        )),
    }
}

/// Returns the requests for a copy that a scope opens to an actor.
pub(crate) fn access_requests_in<A>(
    scope: &Scope<A>,
    actor: &Actor,
) -> Predicate<access_requests::table> {
    scope
        .arms()
        .iter()
        .map(|arm| access_request_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<access_requests::table> { Box::new(all.or(arm)) })
}

fn access_request_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<access_requests::table> {
    match arm.relation {
        Relation::Anyone => Box::new(sql::<Bool>("1 = 1")),
        Relation::HoldsPart => Box::new(
            access_requests::case_id.eq_any(
                referrals::table
                    .filter(referrals::organisation_id.eq(actor.organisation_id.clone()))
                    .filter(referrals::answered_at.is_not_null())
                    .select(referrals::case_id),
            ),
        ),
        _ => by_any_case!(arm, actor, |filter| Box::new(
            access_requests::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        )),
    }
}

/// Returns the placements that a scope opens to an actor.
pub(crate) fn placements_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<placements::table> {
    let all = scope
        .arms()
        .iter()
        .map(|arm| placement_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<placements::table> { Box::new(all.or(arm)) });
    Box::new(all.and(not(placements::case_id.eq_any(erased!()))))
}

fn placement_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<placements::table> {
    let here = placements::organisation_id.assume_not_null().eq(actor.organisation_id.clone());
    match arm.relation {
        Relation::HousingAssigned => Box::new(
            here.and(
                placements::case_id.eq_any(
                    live_here!(actor)
                        .filter(referrals::worker_id.assume_not_null().eq(actor.user_id.clone()))
                        .select(referrals::case_id),
                ),
            ),
        ),
        Relation::HousingOrganisation => Box::new(
            here.and(placements::case_id.eq_any(live_here!(actor).select(referrals::case_id))),
        ),
        _ => by_case!(arm, actor, |filter| Box::new(
            placements::case_id.eq_any(cases::table.filter(filter).select(cases::id)),
        )),
    }
}

/// Returns the detection reports that a scope opens to an actor.
pub(crate) fn reports_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<reports::table> {
    scope
        .arms()
        .iter()
        .map(|arm| report_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<reports::table> { Box::new(all.or(arm)) })
}

fn report_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<reports::table> {
    if arm.relation == Relation::AuthoredDraft {
        return Box::new(
            reports::state
                .eq(ReportState::Draft)
                .and(reports::author_id.eq(actor.user_id.clone()))
                .and(reports::organisation_id.eq(actor.organisation_id.clone())),
        );
    }
    by_case!(arm, actor, |filter| Box::new(
        reports::case_id.assume_not_null().eq_any(cases::table.filter(filter).select(cases::id)),
    ))
}

/// Returns the incidents that a scope opens to an actor.
pub(crate) fn incidents_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<incidents::table> {
    scope
        .arms()
        .iter()
        .map(|arm| incident_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<incidents::table> { Box::new(all.or(arm)) })
}

fn incident_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<incidents::table> {
    match arm.relation {
        Relation::RegisteredHere => {
            Box::new(incidents::organisation_id.eq(actor.organisation_id.clone()))
        }
        Relation::RegisteredHereBeforeTriage => {
            let linked = || {
                incident_links::table
                    .filter(incident_links::state.eq(IncidentLinkState::Linked))
                    .select(incident_links::incident_id)
            };
            let waiting =
                cases::table.filter(cases::state.eq(CaseStatus::Submitted)).select(cases::id);
            let awaits_triage = not(incidents::id.eq_any(linked()))
                .or(incidents::id.eq_any(linked().filter(incident_links::case_id.eq_any(waiting))));
            let here = incidents::organisation_id.eq(actor.organisation_id.clone());
            Box::new(here.and(awaits_triage))
        }
        Relation::InArea => {
            let whole_country = arm.area.is_none().into_sql::<Bool>();
            let here = incidents::area.assume_not_null().eq(arm.area.clone().unwrap_or_default());
            Box::new(incidents::area.is_null().or(whole_country).or(here))
        }
        Relation::BeforeTheBody => by_case!(arm, actor, |filter| Box::new(
            incidents::id.eq_any(
                incident_links::table
                    .filter(incident_links::state.eq(IncidentLinkState::Linked))
                    .filter(
                        incident_links::case_id
                            .eq_any(cases::table.filter(filter).select(cases::id)),
                    )
                    .select(incident_links::incident_id),
            ),
        )),
        Relation::Investigating => {
            let conducted = proceedings::table
                .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
                .filter(proceedings::kind.eq_any(BEHIND_THE_WALL))
                .filter(not(proceedings::case_id.eq_any(erased!())))
                .select(proceedings::case_id);
            Box::new(
                incidents::id.eq_any(
                    incident_links::table
                        .filter(incident_links::state.eq(IncidentLinkState::Linked))
                        .filter(incident_links::case_id.eq_any(conducted))
                        .select(incident_links::incident_id),
                ),
            )
        }
        _ => nothing(),
    }
}

/// Returns the documents that a scope opens to an actor.
pub(crate) fn documents_in<A>(scope: &Scope<A>, actor: &Actor) -> Predicate<documents::table> {
    let all = scope
        .arms()
        .iter()
        .map(|arm| document_arm(arm, actor))
        .fold(nothing(), |all, arm| -> Predicate<documents::table> { Box::new(all.or(arm)) });
    Box::new(all.and(not(documents::case_id.eq_any(erased!()))))
}

fn document_arm(arm: &ScopeArm, actor: &Actor) -> Predicate<documents::table> {
    let here = documents::organisation_id.eq(actor.organisation_id.clone());
    let before_the_wall = documents::class.ne(Class::Investigation);
    match arm.relation {
        Relation::Investigating => {
            let conducted = proceedings::table
                .filter(proceedings::organisation_id.eq(actor.organisation_id.clone()))
                .filter(proceedings::kind.eq_any(BEHIND_THE_WALL))
                .select(proceedings::case_id);
            let behind = documents::class.eq(Class::Investigation);
            Box::new(here.and(behind).and(documents::case_id.eq_any(conducted)))
        }
        Relation::ServingAssigned => {
            let mine = live_here!(actor)
                .filter(referrals::worker_id.assume_not_null().eq(actor.user_id.clone()))
                .select(referrals::case_id);
            Box::new(here.and(before_the_wall).and(documents::case_id.eq_any(mine)))
        }
        Relation::ServingOrganisation => {
            let ours = live_here!(actor).select(referrals::case_id);
            Box::new(here.and(before_the_wall).and(documents::case_id.eq_any(ours)))
        }
        Relation::HoldsPart => {
            let answered = referrals::table
                .filter(referrals::organisation_id.eq(actor.organisation_id.clone()))
                .filter(referrals::answered_at.is_not_null())
                .select(referrals::case_id);
            Box::new(here.and(before_the_wall).and(documents::case_id.eq_any(answered)))
        }
        Relation::RegisteredHereBeforeTriage => by_case!(arm, actor, |filter| Box::new(
            documents::class
                .eq(Class::CaseRestricted)
                .and(documents::case_id.eq_any(cases::table.filter(filter).select(cases::id)),),
        )),
        _ => by_case!(arm, actor, |filter| Box::new(
            before_the_wall
                .and(documents::case_id.eq_any(cases::table.filter(filter).select(cases::id))),
        )),
    }
}
