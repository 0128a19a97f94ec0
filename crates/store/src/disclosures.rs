//! The register of what was disclosed about the person of a case, to whom, by what right and for how long:
//! to providers with an accepted referral (R2, R3), and to authorities that were told who they are (R8).

use diesel::prelude::*;
use refero_domain::{
    consent::LegalBasis,
    id::{CaseId, ConsentId, IdentityDisclosureId, OrganisationId, ProceedingId, ReferralId},
    instant::Instant,
    policy::{Class, Classes, Permit, ReadDisclosures},
    referral::ReferralState,
};

use crate::{
    cases::{CaseRow, classes},
    columns::Codes,
    error::Result,
    rows::{RowLimit, Rows},
    schema::{identity_disclosures as told, referrals},
    unit::Reading,
};

/// Through what something was disclosed.
#[derive(Debug, Clone)]
pub enum Through {
    /// A referral that was accepted.
    Referral(ReferralId),
    /// An investigation whose authority was told who the person is.
    Proceeding(ProceedingId, IdentityDisclosureId),
}

/// One disclosure.
#[derive(Debug, Clone)]
pub struct Disclosure {
    /// Through what.
    pub through: Through,
    /// To whom.
    pub recipient: OrganisationId,
    /// By what right.
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// What, at the most: a consent may have cut it down (R2).
    pub categories: Classes,
    /// Since when.
    pub since: Instant,
    /// Until when; nothing while it goes on.
    pub until: Option<Instant>,
}

impl Disclosure {
    /// Returns the id of what it is kept in.
    #[must_use]
    pub fn id(&self) -> &str {
        match &self.through {
            Through::Referral(id) => id.as_str(),
            Through::Proceeding(_, id) => id.as_str(),
        }
    }

    fn place(&self) -> (Instant, &str) {
        (self.since, self.id())
    }
}

/// Lists what was disclosed about the person of a case, the newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadDisclosures, CaseRow>,
    after: Option<(Instant, String)>,
    limit: RowLimit,
) -> Result<Rows<Disclosure>> {
    let case = &permit.row().case.id;
    let mut found = to_providers(reading, case)?;
    found.extend(to_authorities(reading, case)?);
    // Of one case there are few: they are put in order here, and not by two databases at once.
    found.sort_unstable_by(|one, other| other.place().cmp(&one.place()));
    if let Some((at, id)) = &after {
        found.retain(|one| one.place() < (*at, id.as_str()));
    }
    Ok(limit.cut(found))
}

/// An offer that was not accepted disclosed nothing.
fn to_providers(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Disclosure>> {
    type Row = (
        ReferralId,
        OrganisationId,
        LegalBasis,
        Option<ConsentId>,
        Codes,
        Option<Instant>,
        Option<Instant>,
    );
    let rows: Vec<Row> = referrals::table
        .filter(referrals::case_id.eq(case))
        .filter(referrals::answered_at.is_not_null())
        .filter(referrals::state.ne(ReferralState::Declined))
        .select((
            referrals::id,
            referrals::organisation_id,
            referrals::legal_basis,
            referrals::consent_id,
            referrals::categories,
            referrals::answered_at,
            referrals::ended_at,
        ))
        .load(reading.conn)?;
    let accepted = rows.into_iter().filter_map(|row| row.5.map(|since| (row, since)));
    accepted
        .map(|((id, recipient, legal_basis, consent_id, categories, _, until), since)| {
            Ok(Disclosure {
                through: Through::Referral(id),
                recipient,
                legal_basis,
                consent_id,
                categories: classes(&categories)?,
                since,
                until,
            })
        })
        .collect()
}

fn to_authorities(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Disclosure>> {
    type Row = (
        (IdentityDisclosureId, ProceedingId),
        OrganisationId,
        LegalBasis,
        Option<ConsentId>,
        Instant,
        Option<Instant>,
    );
    let rows: Vec<Row> = told::table
        .filter(told::case_id.eq(case))
        .select((
            (told::id, told::proceeding_id),
            told::organisation_id,
            told::legal_basis,
            told::consent_id,
            told::opened_at,
            told::ended_at,
        ))
        .load(reading.conn)?;
    let categories = Classes::NONE.with(Class::IdentitySealed);
    let row = |((id, proceeding), recipient, legal_basis, consent_id, since, until): Row| {
        let through = Through::Proceeding(proceeding, id);
        Disclosure { through, recipient, legal_basis, consent_id, categories, since, until }
    };
    Ok(rows.into_iter().map(row).collect())
}
