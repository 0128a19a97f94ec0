//! What a guardian looks like to somebody who may see it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    guardian::{
        GuardianAct, GuardianAuthority, GuardianConflict, GuardianEndReason, GuardianRelationship,
        GuardianState,
    },
    id::{CaseId, GuardianId, OrganisationId, UserId},
    instant::Instant,
    machine::Machine as _,
    policy::{self, Action as _, Class, EndGuardian, Permit, ReadGuardian},
};
use refero_store::{cases::CaseRow, guardians::Guardian};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A guardian of the person of a case.
#[derive(Clone, Serialize, ToSchema)]
pub struct GuardianView {
    /// The guardianship.
    pub id: GuardianId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands.
    pub state: GuardianState,
    /// For `If-Match`.
    pub version: i64,
    /// The guardian's name; null if it is withheld.
    pub name: Option<String>,
    /// How to reach the guardian.
    pub contact: Option<String>,
    /// What the guardian is to the child.
    pub relationship: GuardianRelationship,
    /// For which organisation the guardian works.
    pub organisation_id: Option<OrganisationId>,
    /// Who appointed.
    pub authority: GuardianAuthority,
    /// The number of the authority's file.
    pub file_reference: Option<String>,
    /// The day of the appointment.
    pub appointed_on: NaiveDate,
    /// What was ruled out before: all that is asked.
    pub ruled_out: Vec<GuardianConflict>,
    /// Why it ended.
    pub end_reason: Option<GuardianEndReason>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who wrote the appointment down.
    pub created_by: UserId,
    /// When it was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl GuardianView {
    /// Shows a guardian under the permit that opened the case.
    pub(super) fn of(
        permit: &Permit<ReadGuardian, CaseRow>,
        guardian: &Guardian,
        actor: &Actor,
    ) -> Self {
        let words = guardian.words.reveal(permit, Class::CaseRestricted).ok();
        let case = format!("/v1/cases/{}", guardian.case_id);
        let may_end = policy::may(EndGuardian::NAME, actor, &permit.row().facts);
        let acts = guardian.state.get().acts().map(GuardianAct::code);
        Self {
            id: guardian.id.clone(),
            case_id: guardian.case_id.clone(),
            state: guardian.state.get(),
            version: guardian.version,
            name: words.map(|words| words.name.clone()),
            contact: words.and_then(|words| words.contact.clone()),
            relationship: guardian.relationship,
            organisation_id: guardian.organisation_id.clone(),
            authority: guardian.authority,
            file_reference: guardian.file_reference.clone(),
            appointed_on: guardian.appointed_on,
            ruled_out: GuardianConflict::ALL.to_vec(),
            end_reason: guardian.end_reason,
            ended_by: guardian.ended_by.clone(),
            ended_at: guardian.ended_at,
            created_by: guardian.created_by.clone(),
            created_at: guardian.created_at,
            updated_at: guardian.updated_at,
            allowed_actions: acts.filter(|_| may_end).collect(),
            withheld: words.is_none().then_some(Class::CaseRestricted).into_iter().collect(),
            links: Links::to("self", format!("{case}/guardians/{}", guardian.id)).and("case", case),
        }
    }
}

impl Representation for GuardianView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/guardians/{}", self.case_id, self.id)
    }
}
