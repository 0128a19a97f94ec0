//! Opening a proceeding, which links the authority that conducts it.

use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, OrganisationId, ProceedingId},
    policy::{OpenProceeding, ReadProceeding},
    proceeding::{PersonRole, ProceedingWords, ProtectiveMeasure},
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result, cases,
    proceedings::{self, NewProceeding, Proceeding},
    recipients,
    unit::{Audited, Tx},
};

use crate::service::already_known;

/// A proceeding as somebody opens it.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The identifier that the client chose.
    pub id: Option<ProceedingId>,
    /// A code of `legal_proceeding_type`.
    pub kind: String,
    /// Who conducts it.
    pub organisation_id: OrganisationId,
    /// What the person is in it.
    pub person_role: PersonRole,
    /// What protects the person in it.
    pub protective_measures: Vec<ProtectiveMeasure>,
    /// The number of the file, the court, notes.
    pub words: Sensitive<ProceedingWords>,
}

impl Opening {
    fn is_that_of(&self, known: &Proceeding) -> bool {
        known.kind == self.kind
            && known.organisation_id == self.organisation_id
            && known.person_role == self.person_role
            && known.protective_measures == self.protective_measures
            && known.words == self.words
    }
}

/// Opens a proceeding. Those who investigate or prosecute at the authority that conducts one behind the wall
/// see from then on that there is a case, and not whose (R8). The same proceeding again under the client's
/// own identifier is the same proceeding.
///
/// # Errors
/// [`Refusal::CaseStateDoesNotAllow`] if the case has ended, [`Refusal::ReferenceUnknown`] without such an
/// organisation, [`Refusal::IdTaken`].
///
/// # Audit
/// `proceeding.open`
pub fn create(tx: &mut Tx<'_>, case: &CaseId, opening: &Opening) -> Result<Audited<ProceedingId>> {
    let permit = cases::fetch::<OpenProceeding>(tx, case)?;
    if let Some(id) = &opening.id {
        let by = tx.actor()?.user_id.clone();
        let found = proceedings::fetch::<ReadProceeding>(tx, case, id);
        let known = already_known(found, |known| {
            let known = &known.row().proceeding;
            Ok(known.created_by == by && opening.is_that_of(known))
        })?;
        if let Some(known) = known {
            let event = Event::under(Operation::Read, &known);
            let version = known.row().proceeding.version;
            return tx.record(&event.on(id, version).in_case(case), id.clone());
        }
    }
    if permit.row().case.state.get().is_ended() {
        return Err(permit.row().refused(Refusal::CaseStateDoesNotAllow, tx.actor()?));
    }
    if !recipients::exists(tx, &opening.organisation_id)? {
        return Err(Refusal::ReferenceUnknown { pointer: "/organisation_id" }.into());
    }
    let new = NewProceeding {
        id: opening.id.clone().unwrap_or_else(|| tx.new_id()),
        kind: opening.kind.clone(),
        organisation_id: opening.organisation_id.clone(),
        person_role: opening.person_role,
        protective_measures: opening.protective_measures.clone(),
        words: opening.words.clone(),
    };
    proceedings::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&new.id, 1).in_case(case);
    let fields = ["kind", "organisation_id", "person_role", "protective_measures"];
    tx.record(&event.fields(fields), new.id)
}
