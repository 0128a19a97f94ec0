//! The data package of a referral: what acceptance discloses about the person and the report (R2).

use diesel::prelude::*;
use refero_domain::{
    policy::{Permit, ReadPackage},
    report::{ReportDetails, ReportSecrets},
    sensitive::Sensitive,
};

use crate::{
    columns::Json,
    error::Result,
    people::{self, IdentityRow, Slot, unseal},
    referrals::ReferralRow,
    reports::SECRETS,
    schema::detection_reports as reports,
    unit::Reading,
};

/// What the first responder told, for a package.
#[derive(Debug)]
pub struct Told {
    /// The coded facts.
    pub details: ReportDetails,
    /// The words: where the person was found, and what happened.
    pub words: Sensitive<(Option<String>, Option<String>)>,
}

/// Reads the report that the referral's case was born from.
///
/// # Errors
/// [`crate::Error::Broken`] if it does not open.
pub fn report(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadPackage, ReferralRow>,
) -> Result<Told> {
    let row = permit.row();
    let (details, sealed): (Json<ReportDetails>, Vec<u8>) = reports::table
        .find(&row.case.report_id)
        .select((reports::facts, reports::sealed))
        .first(reading.conn)?;
    let slot = Slot { place: SECRETS, row: row.case.report_id.as_str(), person: &row.person.id };
    let secrets: Sensitive<ReportSecrets> = unseal(reading, &slot, &sealed)?;
    Ok(Told {
        details: details.get()?,
        words: secrets.map(|secrets| (secrets.place, secrets.narrative)),
    })
}

/// Reads the sealed identity of the person of the referral.
///
/// # Errors
/// [`crate::Error::Broken`] if it does not open.
pub fn identity(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadPackage, ReferralRow>,
) -> Result<IdentityRow> {
    people::identity(reading, permit, &permit.row().person.id)
}
