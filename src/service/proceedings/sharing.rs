//! Telling the authority that investigates who the person is: on a consent that names it, or on a basis
//! that the law gives, with a reason (R4, R8); and ending it.

use refero_domain::{
    consent::{ConsentPurpose, ConsentStatus, LegalBasis},
    event::{Event, Operation},
    id::{ConsentId, ProceedingId},
    policy::{Class, EndIdentitySharing, Permit, ShareIdentity},
    proceeding::{DisclosureEnd, SharingWords},
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    consents::{self, Consent},
    proceedings::{self, NewDisclosure, ProceedingRow},
    unit::{Audited, Tx},
};

use super::Target;

/// On what the authority is told who the person is.
#[derive(Debug, Clone)]
pub enum Basis {
    /// A consent.
    Consent(ConsentId),
    /// Another basis, and why.
    Law(LegalBasis, Sensitive<String>),
}

/// Tells the authority that conducts an investigation who the person is.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is told already, or conducts no investigation that goes on;
/// [`Refusal::ConsentRequired`] for a consent that does not cover it, [`Refusal::ConsentWithdrawn`],
/// [`Refusal::LegalBasisNotAllowed`], [`Refusal::Stale`].
///
/// # Audit
/// `proceeding.share-identity` with the consent it rests on.
pub fn share_identity(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    to: &Target,
    basis: &Basis,
) -> Result<Audited<ProceedingId>> {
    let permit = proceedings::fetch::<ShareIdentity>(tx, &to.case_id, &to.id)?;
    let row = permit.row();
    row.expect_version(to.expected)?;
    if !row.can_be_told() || row.proceeding.disclosure.is_some() {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let new = settled(tx, profile, &permit, basis)?;
    let (row, permit) = permit.into_parts();
    let version = proceedings::touch(tx, &permit, &row.proceeding)?;
    proceedings::disclose(tx, &permit, (&row.proceeding, &row.person), &new)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&to.id, version)
        .in_case(&to.case_id)
        .resting_on(new.consent_id.as_ref())
        .fields(["identity_sharing", "legal_basis"]);
    tx.record(&event, to.id.clone())
}

fn settled(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<ShareIdentity, ProceedingRow>,
    basis: &Basis,
) -> Result<NewDisclosure> {
    let row = permit.row();
    let refuse =
        |tx: &Tx<'_>, refusal| Ok::<_, refero_store::Error>(row.refused(refusal, tx.actor()?));
    let child = row.person.protected_as_child();
    match basis {
        Basis::Consent(id) => {
            let asked = (&row.proceeding.case_id, &row.person);
            let found = consents::of_case(tx, permit, asked, id)?;
            let judged = found
                .ok_or(Refusal::ConsentRequired)
                .and_then(|consent| check_consent(&consent, row, tx.now()));
            if let Err(refusal) = judged {
                return Err(refuse(tx, refusal)?);
            }
            let words = Sensitive::default();
            let (legal_basis, consent_id) = (LegalBasis::Consent, Some(id.clone()));
            Ok(NewDisclosure { legal_basis, consent_id, words })
        }
        Basis::Law(legal_basis, reason) => {
            // For a child the country says which bases stand in for the consent (R6, R19).
            let allowed = legal_basis.carries_identity_to_an_investigation()
                && profile.allows_legal_basis(legal_basis.code())
                && (!child || profile.child_consent.allows_without_consent(legal_basis.code()));
            if !allowed {
                return Err(refuse(tx, Refusal::LegalBasisNotAllowed)?);
            }
            let words = reason.clone().map(|reason| SharingWords { basis_reason: Some(reason) });
            Ok(NewDisclosure { legal_basis: *legal_basis, consent_id: None, words })
        }
    }
}

/// Says whether a consent covers it: given for this purpose, to this authority, for the identity, by
/// somebody who can give it (R4, R6).
fn check_consent(
    consent: &Consent,
    row: &ProceedingRow,
    now: refero_domain::instant::Instant,
) -> std::result::Result<(), Refusal> {
    if consent.state.get() == ConsentStatus::Withdrawn {
        return Err(Refusal::ConsentWithdrawn);
    }
    let to_them =
        consent.recipient_organisation_id.as_ref() == Some(&row.proceeding.organisation_id);
    let covers = consent.purpose == ConsentPurpose::ShareWithLawEnforcement
        && consent.categories.has(Class::IdentitySealed)
        && consent.giver.suffices(row.person.protected_as_child());
    if consent.is_in_force(now) && to_them && covers {
        Ok(())
    } else {
        Err(Refusal::ConsentRequired)
    }
}

/// Stops telling an authority who the person is; the proceeding goes on.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if it is not told, [`Refusal::Stale`].
///
/// # Audit
/// `proceeding.end-identity-sharing`
pub fn end_sharing(tx: &mut Tx<'_>, to: &Target) -> Result<Audited<ProceedingId>> {
    let permit = proceedings::fetch::<EndIdentitySharing>(tx, &to.case_id, &to.id)?;
    let row = permit.row();
    row.expect_version(to.expected)?;
    let Some(open) = row.proceeding.disclosure.clone() else {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    };
    let (row, permit) = permit.into_parts();
    let version = proceedings::touch(tx, &permit, &row.proceeding)?;
    proceedings::stop(tx, &permit, &row.proceeding, DisclosureEnd::Stopped)?;
    let event = Event::under(Operation::Update, &permit)
        .on(&to.id, version)
        .in_case(&to.case_id)
        .resting_on(open.consent_id.as_ref())
        .fields(["identity_sharing"]);
    tx.record(&event, to.id.clone())
}

/// Stops telling every authority of which that rests on a consent, each with its own event (R5). The
/// proceedings go on.
pub(in crate::service) fn stop_resting_on(
    tx: &mut Tx<'_>,
    consent: &ConsentId,
    reason: DisclosureEnd,
    permitted_by: &'static str,
) -> Result<()> {
    for stopped in proceedings::stop_resting_on(tx, consent, reason)? {
        let event = Event {
            permitted_by: Some(permitted_by),
            ..Event::of::<EndIdentitySharing>(Operation::Update)
        };
        let event = event
            .on(&stopped.id, stopped.version)
            .in_case(&stopped.case_id)
            .resting_on(Some(consent))
            .fields(["identity_sharing"]);
        tx.note(&event)?;
    }
    Ok(())
}
