//! What a referral asks of whom and on what basis, and whether that holds (R4, R6).

use refero_domain::{
    care::is_medical,
    consent::{ConsentStatus, LegalBasis},
    id::{CaseId, ConsentId, OrganisationId, ReferralId},
    policy::{self, Action, Class, Classes, Permit, Relation, SendReferral},
    profile::CountryProfile,
    referral::{ReferralSecrets, Urgency, check_recipient},
    refusal::{Refusal, Standing},
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result, best_interests,
    consents::{self, Consent},
    people::Person,
    recipients,
    referrals::{ReferralRow, Terms},
    unit::{Reading, Tx},
};

use super::SettlesTerms;

/// A referral as somebody proposes it.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The identifier that the client chose.
    pub id: Option<ReferralId>,
    /// The case.
    pub case_id: CaseId,
    /// To whom it is offered.
    pub organisation_id: OrganisationId,
    /// The `service_type` codes asked for.
    pub services: Vec<String>,
    /// How soon the provider must answer.
    pub urgency: Urgency,
    /// A code of `referral_reason`.
    pub reason: String,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// The legal basis it rests on instead.
    pub legal_basis: Option<LegalBasis>,
    /// What acceptance discloses; what is usual, if nothing is said.
    pub categories: Option<Classes>,
    /// `placement_need` codes.
    pub placement_needs: Vec<String>,
    /// The sender's words.
    pub secrets: Sensitive<ReferralSecrets>,
}

impl Proposal {
    /// Says whether a referral is what was proposed here, wherever it stands since. What acceptance
    /// discloses is compared if it was named: else it follows from the consent.
    pub(super) fn is(&self, row: &ReferralRow) -> Result<bool> {
        let referral = &row.referral;
        let operational = Classes::NONE.with(Class::Operational);
        let categories = self.categories.map(|asked| asked.union(operational));
        let disclosed = referral.categories()?;
        Ok(referral.case_id == self.case_id
            && referral.organisation_id == self.organisation_id
            && referral.services()? == self.services
            && referral.urgency == self.urgency
            && referral.reason == self.reason
            && referral.consent_id == self.consent_id
            && referral.legal_basis == self.legal_basis.unwrap_or(LegalBasis::Consent)
            && referral.placement_needs()? == self.placement_needs
            && categories.is_none_or(|asked| asked == disclosed)
            && row.words.as_ref().is_some_and(|words| words.secrets == self.secrets))
    }
}

/// What a change says about one optional member: nothing, that it goes, or what it becomes.
pub type Change<T> = Option<Option<T>>;

/// A change of a draft. Absent members stay.
#[derive(Debug, Clone, Default)]
pub struct Amendment {
    /// To whom it is offered.
    pub organisation_id: Option<OrganisationId>,
    /// The services asked for.
    pub services: Option<Vec<String>>,
    /// How soon the provider must answer.
    pub urgency: Option<Urgency>,
    /// Why it is sent.
    pub reason: Option<String>,
    /// The consent it rests on.
    pub consent_id: Change<ConsentId>,
    /// The legal basis it rests on instead.
    pub legal_basis: Change<LegalBasis>,
    /// Why it rests on that.
    pub basis_reason: Change<Sensitive<String>>,
    /// What acceptance discloses.
    pub categories: Change<Classes>,
    /// What placement depends on.
    pub placement_needs: Option<Vec<String>>,
    /// What the provider should know.
    pub instructions: Change<Sensitive<String>>,
}

impl Amendment {
    /// Puts the change on top of a draft.
    pub(super) fn apply_to(&self, row: &ReferralRow) -> Result<Proposal> {
        let draft = &row.referral;
        let words = row
            .words
            .as_ref()
            .ok_or_else(|| Error::broken("a referral was fetched without its words"))?;
        let mut secrets = words.secrets.clone();
        if let Some(change) = &self.basis_reason {
            secrets = replaced(secrets, change.as_ref(), |secrets, text| {
                secrets.basis_reason = text;
            });
        }
        if let Some(change) = &self.instructions {
            secrets = replaced(secrets, change.as_ref(), |secrets, text| {
                secrets.instructions = text;
            });
        }
        // Who names a new basis gives up the old one, without having to say so.
        let stored_basis = Some(draft.legal_basis).filter(|basis| *basis != LegalBasis::Consent);
        let consent_id = match (&self.consent_id, &self.legal_basis) {
            (Some(change), _) => change.clone(),
            (None, Some(Some(basis))) if *basis != LegalBasis::Consent => None,
            (None, _) => draft.consent_id.clone(),
        };
        let legal_basis = match (self.legal_basis, &self.consent_id) {
            (Some(change), _) => change,
            (None, Some(Some(_))) => None,
            (None, _) => stored_basis,
        };
        Ok(Proposal {
            id: None,
            case_id: draft.case_id.clone(),
            organisation_id: self
                .organisation_id
                .clone()
                .unwrap_or_else(|| draft.organisation_id.clone()),
            services: match &self.services {
                Some(services) => services.clone(),
                None => draft.services()?,
            },
            urgency: self.urgency.unwrap_or(draft.urgency),
            reason: self.reason.clone().unwrap_or_else(|| draft.reason.clone()),
            consent_id,
            legal_basis,
            categories: match self.categories {
                Some(change) => change,
                None => Some(draft.categories()?),
            },
            placement_needs: match &self.placement_needs {
                Some(needs) => needs.clone(),
                None => draft.placement_needs()?,
            },
            secrets,
        })
    }

    /// Returns the names of the members that change, for the trail.
    pub(super) fn fields(&self) -> Vec<&'static str> {
        [
            ("organisation_id", self.organisation_id.is_some()),
            ("services", self.services.is_some()),
            ("urgency", self.urgency.is_some()),
            ("reason", self.reason.is_some()),
            ("consent_id", self.consent_id.is_some()),
            ("legal_basis", self.legal_basis.is_some()),
            ("basis_reason", self.basis_reason.is_some()),
            ("categories", self.categories.is_some()),
            ("placement_needs", self.placement_needs.is_some()),
            ("instructions", self.instructions.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, changes)| changes.then_some(name))
        .collect()
    }
}

fn replaced(
    secrets: Sensitive<ReferralSecrets>,
    text: Option<&Sensitive<String>>,
    put: impl FnOnce(&mut ReferralSecrets, Option<String>),
) -> Sensitive<ReferralSecrets> {
    let text = match text {
        None => Sensitive::new(None),
        Some(text) => text.clone().map(Some),
    };
    secrets.zip(text).map(|(mut secrets, text)| {
        put(&mut secrets, text);
        secrets
    })
}

/// Whom a referral is about, and how a refusal names what the caller sees: the case or the referral.
pub(super) struct Subject<'s> {
    pub(super) case_id: &'s CaseId,
    pub(super) person: &'s Person,
    pub(super) refuse: &'s dyn Fn(Refusal) -> Error,
}

/// Checks a proposal against the recipient, the consent and the country's rules.
pub(super) fn settle<A: SettlesTerms, R>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, R>,
    subject: &Subject<'_>,
    proposal: &Proposal,
    profile: &CountryProfile,
) -> Result<Terms> {
    let refuse = |refusal| (subject.refuse)(refusal);
    if !recipients::exists(reading, &proposal.organisation_id)? {
        return Err(refuse(Refusal::ReferenceUnknown { pointer: "/organisation_id" }));
    }
    let offered = recipients::offered(reading, &proposal.organisation_id)?;
    let (child, sex) = (subject.person.protected_as_child(), subject.person.sex_reporting);
    check_recipient(&offered, &proposal.services, child, sex).map_err(refuse)?;
    let asked = (subject.case_id, proposal.services.as_slice());
    if child && !may_return(reading, permit, asked)? {
        return Err(refuse(Refusal::BestInterestsRequired));
    }
    let (legal_basis, consent) = match (&proposal.consent_id, proposal.legal_basis) {
        (Some(id), None | Some(LegalBasis::Consent)) => {
            let asked = (subject.case_id, subject.person);
            let consent = consents::of_case(reading, permit, asked, id)?
                .ok_or_else(|| refuse(Refusal::ConsentRequired))?;
            check_consent(&consent, proposal, child, reading.now()).map_err(refuse)?;
            (LegalBasis::Consent, Some(consent))
        }
        (Some(_), Some(_)) => {
            return Err(refuse(Refusal::Inconsistent { pointer: "/legal_basis" }));
        }
        (None, None | Some(LegalBasis::Consent)) => {
            return Err(refuse(Refusal::ConsentRequired));
        }
        (None, Some(basis)) => {
            check_basis(basis, proposal, child, profile).map_err(refuse)?;
            (basis, None)
        }
    };
    let categories = categories(proposal, consent.as_ref()).map_err(refuse)?;
    Ok(Terms {
        organisation_id: proposal.organisation_id.clone(),
        services: proposal.services.clone(),
        urgency: proposal.urgency,
        reason: proposal.reason.clone(),
        legal_basis,
        consent_id: proposal.consent_id.clone(),
        categories,
        placement_needs: proposal.placement_needs.clone(),
    })
}

/// Says whether a child can be referred to these services: before it goes back, a panel determines whether that
/// is best for it (R6).
fn may_return<A: Action, R>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, R>,
    (case, services): (&CaseId, &[String]),
) -> Result<bool> {
    let returns = services.iter().any(|service| service == RETURN);
    Ok(!returns || best_interests::return_is_determined(reading, permit, case)?)
}

/// The service by which somebody goes back.
const RETURN: &str = "voluntary_return";

/// Says whether a consent covers a referral: for this purpose, to this organisation, given by
/// somebody who can give it (R4, R6). One that has been asked for may carry a draft.
fn check_consent(
    consent: &Consent,
    proposal: &Proposal,
    protected_as_child: bool,
    now: refero_domain::instant::Instant,
) -> std::result::Result<(), Refusal> {
    let state = consent.state.get();
    if state == ConsentStatus::Withdrawn {
        return Err(Refusal::ConsentWithdrawn);
    }
    let ended = consent.expires_at.is_some_and(|end| end <= now);
    let stands = (state.is_in_force() || state == ConsentStatus::Pending) && !ended;
    let covers = proposal.services.iter().all(|service| consent.purpose.covers_service(service));
    let to_them = consent.recipient_organisation_id.as_ref() == Some(&proposal.organisation_id);
    if stands && covers && to_them && consent.giver.suffices(protected_as_child) {
        Ok(())
    } else {
        Err(Refusal::ConsentRequired)
    }
}

/// Says whether a referral can rest on a legal basis other than consent, in this country and for this
/// person (R4, R6).
fn check_basis(
    basis: LegalBasis,
    proposal: &Proposal,
    protected_as_child: bool,
    profile: &CountryProfile,
) -> std::result::Result<(), Refusal> {
    let allowed = basis.carries_referral()
        && basis.fits(protected_as_child)
        && profile.allows_legal_basis(basis.code())
        && (!protected_as_child || profile.child_consent.allows_without_consent(basis.code()));
    if !allowed {
        return Err(Refusal::LegalBasisNotAllowed);
    }
    let reasoned = proposal.secrets.check(|secrets| {
        secrets.basis_reason.as_ref().is_some_and(|reason| !reason.trim().is_empty())
    });
    if reasoned { Ok(()) } else { Err(Refusal::Incomplete { pointer: "/basis_reason" }) }
}

/// Returns what acceptance discloses: what was asked for if the consent covers it, else what is usual,
/// cut down to what the consent covers (R2).
fn categories(
    proposal: &Proposal,
    consent: Option<&Consent>,
) -> std::result::Result<Classes, Refusal> {
    let operational = Classes::NONE.with(Class::Operational);
    let usual = operational.with(Class::CaseRestricted);
    let wanted = proposal.categories.map(|asked| asked.union(operational));
    let treats = proposal.services.iter().any(|service| is_medical(service));
    if wanted.is_some_and(|wanted| wanted.has(Class::Medical)) && !treats {
        return Err(Refusal::Inconsistent { pointer: "/categories" });
    }
    let Some(consent) = consent else {
        return Ok(wanted.unwrap_or(usual));
    };
    let covered = consent.categories.union(operational);
    match wanted {
        None => Ok(covered.intersection(usual.with(Class::IdentitySealed))),
        Some(wanted) if wanted.intersection(covered) == wanted => Ok(wanted),
        Some(_) => Err(Refusal::ConsentRequired),
    }
}

/// Checks everything once more when a referral is sent: a draft may be old.
pub(super) fn check_sending(
    tx: &mut Tx<'_>,
    permit: &Permit<SendReferral, ReferralRow>,
    profile: &CountryProfile,
) -> Result<()> {
    let row = permit.row();
    let actor = tx.actor()?.clone();
    let case_state = row.case.state();
    if !case_state.accepts_referrals() {
        let mut error = row.refused(Refusal::CaseStateDoesNotAllow, &actor);
        if let Error::Refused(refused) = &mut error {
            refused.standing = Some(Standing::Case(case_state));
        }
        return Err(error);
    }
    let refuse = |refusal| row.refused(refusal, &actor);
    let subject = Subject { case_id: &row.referral.case_id, person: &row.person, refuse: &refuse };
    let proposal = Amendment::default().apply_to(row)?;
    let terms = settle(tx, permit, &subject, &proposal, profile)?;
    // Before triage the first responder makes safe; everything else is the bureau's to refer.
    let responder_alone = policy::relations("referral.send", &actor, &row.facts)
        .all(|relation| relation == Relation::SentHereBeforeTriage);
    let emergency = terms.urgency.is_emergency()
        && (terms.legal_basis.carries_emergency() || terms.legal_basis == LegalBasis::Consent);
    if responder_alone && !emergency {
        return Err(row.refused(Refusal::NotPermitted, &actor));
    }
    Ok(())
}
