//! The register of what was disclosed about a person.

use actix_web::{Responder, http::Method};
use refero_domain::{
    consent::LegalBasis,
    id::{CaseId, ConsentId, OrganisationId, ProceedingId, ReferralId},
    instant::Instant,
    policy::{Class, ReadDisclosures},
};
use refero_store::{
    disclosures::{Disclosure, Through},
    rows::RowLimit,
    unit::Reading,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{PathId, Query},
        operation::Table,
        problem::Problem,
        v1::{PageQuery, parts::listed},
    },
    service::disclosures,
};

/// One disclosure: to whom, by what right, what, and for how long.
#[derive(Serialize, ToSchema)]
pub struct DisclosureView {
    /// The referral, or the time for which an authority was told.
    pub id: String,
    /// The organisation to which it was disclosed.
    pub recipient_id: OrganisationId,
    /// By what right (R4).
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// What was disclosed, at the most: a consent may have cut it down since (R2).
    pub categories: Vec<Class>,
    /// Since when.
    pub since: Instant,
    /// Until when; null while it goes on.
    pub until: Option<Instant>,
    /// The referral that was accepted; null for an authority.
    pub referral_id: Option<ReferralId>,
    /// The investigation whose authority was told who the person is; null for a provider.
    pub proceeding_id: Option<ProceedingId>,
}

impl DisclosureView {
    fn of(disclosure: &Disclosure) -> Self {
        let (referral_id, proceeding_id) = match &disclosure.through {
            Through::Referral(id) => (Some(id.clone()), None),
            Through::Proceeding(id, _) => (None, Some(id.clone())),
        };
        Self {
            id: disclosure.id().to_owned(),
            recipient_id: disclosure.recipient.clone(),
            legal_basis: disclosure.legal_basis,
            consent_id: disclosure.consent_id.clone(),
            categories: disclosure.categories.iter().collect(),
            since: disclosure.since,
            until: disclosure.until,
            referral_id,
            proceeding_id,
        }
    }
}

/// Lists what was disclosed about the person of a case.
async fn list(
    caller: Caller<ReadDisclosures>,
    case: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = case.0.to_string();
    let look =
        move |reading: &mut Reading<'_>, after: Option<(Instant, String)>, limit: RowLimit| {
            let (event, found) = disclosures::list(reading, &case.0, after, limit)?;
            Ok((event, found.map(|disclosure| DisclosureView::of(&disclosure))))
        };
    listed(caller, ("disclosure.list", &belongs_to), query.0, look, |view: &DisclosureView| {
        (view.since, view.id.clone())
    })
    .await
}

/// The operation on the register.
pub(super) fn table(table: Table) -> Table {
    table.op((Method::GET, "/v1/cases/{id}/disclosures", "listDisclosures"), list, |o| {
        o.says(
            super::TAG,
            "List to whom data was disclosed",
            "The register of a case, newest first: every provider with an accepted referral and every \
             authority that was told who the person is, with the legal basis or the consent, the categories, \
             since when and until when (R4). For those who coordinate the case, and for the data protection \
             officer, who sees ids and codes and no content.",
        )
        .lists::<DisclosureView>(&[])
    })
}
