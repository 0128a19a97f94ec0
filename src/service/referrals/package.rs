//! The data package: what acceptance discloses to those who work on the referral (R2).

use refero_domain::{
    event::{Event, Operation},
    id::ReferralId,
    policy::{Class, Permit, ReadPackage},
};
use refero_store::{
    Result,
    package::{self, Told},
    people::IdentityRow,
    referrals::{self, ReferralRow},
    unit::Reading,
};

/// A package, each part still protected: only the permit opens it.
pub struct Package {
    /// The permit, with the referral.
    pub permit: Permit<ReadPackage, ReferralRow>,
    /// What the first responder told, if the case's data is disclosed.
    pub told: Option<Told>,
    /// Who the person is, if that is disclosed.
    pub identity: Option<IdentityRow>,
}

/// Opens the package of a live referral, with the event that must be durable before.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if the caller does not work on it now (R3).
pub fn open_package(reading: &mut Reading<'_>, id: &ReferralId) -> Result<(Event, Package)> {
    let permit = referrals::fetch::<ReadPackage>(reading, id)?;
    let mut fields = vec!["case_code", "person"];
    let told = if permit.may_see(Class::CaseRestricted) {
        fields.extend(["report", "instructions"]);
        Some(package::report(reading, &permit)?)
    } else {
        None
    };
    let identity = if permit.may_see(Class::IdentitySealed) {
        fields.push("identity");
        if told.is_some() {
            fields.extend(["place", "narrative"]);
        }
        Some(package::identity(reading, &permit)?)
    } else {
        None
    };
    let referral = &permit.row().referral;
    let event = Event::under(Operation::Read, &permit)
        .on(id, referral.version)
        .in_case(&referral.case_id)
        .resting_on(referral.consent_id.as_ref())
        .fields(fields);
    Ok((event, Package { permit, told, identity }))
}
