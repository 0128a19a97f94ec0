//! With whom a child consents (R6).

use refero_domain::{
    consent::{ChildConsentGround, ConsentAct, ConsentGiver, ConsentWords},
    id::{CaseId, GuardianId},
    policy::{Action, Permit},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{Result, consents::Consent, guardians, unit::Reading};

/// With which guardian a child consents, or why without its assent or its guardian (R6).
#[derive(Debug, Clone, Default)]
pub struct ChildBasis {
    /// The guardian; the one in office, if nobody is named.
    pub guardian_id: Option<GuardianId>,
    /// Why without, with the reasons in words.
    pub ground: Option<(ChildConsentGround, Sensitive<String>)>,
}

impl ChildBasis {
    pub(super) fn code(&self) -> Option<ChildConsentGround> {
        self.ground.as_ref().map(|(ground, _)| *ground)
    }

    pub(super) fn words(&self) -> Option<Sensitive<String>> {
        self.ground.as_ref().map(|(_, reasons)| reasons.clone())
    }

    /// Says whether the ground was a fact that nobody had to state.
    fn is_silent_of(&self, known: &Consent) -> bool {
        self.ground.is_none()
            && known.child_ground == Some(ChildConsentGround::GuardianNotYetAppointed)
    }

    pub(super) fn is_that_of(&self, known: &Consent) -> bool {
        let guardian = self.guardian_id.as_ref();
        let ground = |words: &Sensitive<ConsentWords>| words.clone().map(|words| words.ground);
        let said = Sensitive::new(None).with(self.words(), |ground, said| *ground = Some(said));
        guardian.is_none_or(|named| known.guardian_id.as_ref() == Some(named))
            && (known.child_ground == self.code() || self.is_silent_of(known))
            && ground(&known.words) == said
    }
}

/// Finds the guardian with whom a child consents, or the ground on which without (R6). A refusal is a child's
/// own; and of a grown person nobody is the guardian.
pub(super) fn guardian_of<A: Action, R>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, R>,
    (case, basis): (&CaseId, &ChildBasis),
    (giver, act, is_child): (ConsentGiver, Option<ConsentAct>, bool),
) -> Result<(Option<GuardianId>, Option<ChildConsentGround>)> {
    let named = basis.guardian_id.as_ref();
    if !is_child && named.is_some() {
        return Err(Refusal::Inconsistent { pointer: "/guardian_id" }.into());
    }
    if !is_child && basis.ground.is_some() {
        return Err(Refusal::Inconsistent { pointer: "/child_ground" }.into());
    }
    let gives = matches!(act, Some(ConsentAct::Give | ConsentAct::GiveWithLimits));
    if !is_child || !gives && named.is_none() {
        return Ok((None, basis.code()));
    }
    let in_office = guardians::in_office(reading, permit, case)?;
    if named.is_some_and(|named| in_office.as_ref() != Some(named)) {
        return Err(Refusal::ReferenceUnknown { pointer: "/guardian_id" }.into());
    }
    if !gives {
        return Ok((in_office, basis.code()));
    }
    Ok(giver.with_guardian(in_office, basis.code())?)
}
