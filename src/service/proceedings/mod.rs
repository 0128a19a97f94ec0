//! Proceedings: opened by the bureau, conducted by authorities behind the wall or before other bodies (R8).
//! A person may be in several; none moves another, and none moves the case.

mod opening;
mod sharing;

use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, ProceedingId},
    instant::Instant,
    machine::State,
    policy::{AdvanceProceeding, EditProceeding, Permit, ReadProceeding},
    proceeding::{
        DisclosureEnd, PersonRole, ProceedingAct, ProceedingStage, ProceedingWords,
        ProtectiveMeasure, class_of,
    },
    refusal::Refusal,
    report::ReportDetails,
    sensitive::Sensitive,
};
use refero_store::{
    Result, cases,
    proceedings::{self, ProceedingChange, ProceedingRow},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

pub(super) use self::sharing::stop_resting_on;
pub use self::{
    opening::{Opening, create},
    sharing::{Basis, end_sharing, share_identity},
};

/// Which proceeding of which case is meant, at which version.
#[derive(Debug, Clone)]
pub struct Target {
    /// The case.
    pub case_id: CaseId,
    /// The proceeding.
    pub id: ProceedingId,
    /// The version that the client read.
    pub expected: Option<i64>,
}

/// Fetches a proceeding to show it, with what its authority is told of the offence, and with the event
/// that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
///
/// # Audit
/// `proceeding.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &ProceedingId,
) -> Result<(Event, Permit<ReadProceeding, ProceedingRow>, Option<ReportDetails>)> {
    let permit = proceedings::fetch::<ReadProceeding>(reading, case, id)?;
    let offence = proceedings::offence(reading, &permit)?;
    let version = permit.row().proceeding.version;
    let event = Event::under(Operation::Read, &permit).on(id, version).in_case(case);
    Ok((event, permit, offence))
}

/// Lists the proceedings of a case that the caller may see, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if there are none to see for the caller, or no such case.
///
/// # Audit
/// `proceeding.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, ProceedingId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadProceeding, ProceedingRow>>)> {
    let permit = cases::fetch::<ReadProceeding>(reading, case)?;
    let found = proceedings::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|permit| &permit.row().proceeding.id));
    Ok((event, found))
}

/// What changes about one optional text: nothing, that it goes, or what it becomes.
pub type TextChange = Option<Option<Sensitive<String>>>;

/// A correction of a proceeding. Absent members stay.
#[derive(Debug, Default)]
pub struct Amendment {
    /// What the person is in it.
    pub person_role: Option<PersonRole>,
    /// What protects the person in it, all of it.
    pub protective_measures: Option<Vec<ProtectiveMeasure>>,
    /// The number of the file at the authority.
    pub reference_number: TextChange,
    /// The court.
    pub court: TextChange,
    /// What else there is to say.
    pub notes: TextChange,
}

impl Amendment {
    fn fields(&self) -> Vec<&'static str> {
        [
            ("person_role", self.person_role.is_some()),
            ("protective_measures", self.protective_measures.is_some()),
            ("reference_number", self.reference_number.is_some()),
            ("court", self.court.is_some()),
            ("notes", self.notes.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, changes)| changes.then_some(name))
        .collect()
    }

    /// Returns the words as they are afterwards; nothing if they stay.
    fn words(&self, before: &Sensitive<ProceedingWords>) -> Option<Sensitive<ProceedingWords>> {
        let stays = [&self.reference_number, &self.court, &self.notes];
        if stays.iter().all(|change| change.is_none()) {
            return None;
        }
        let words = before.clone();
        let words = put(words, &self.reference_number, |words, text| words.reference_number = text);
        let words = put(words, &self.court, |words, text| words.court = text);
        Some(put(words, &self.notes, |words, text| words.notes = text))
    }
}

fn put(
    words: Sensitive<ProceedingWords>,
    change: &TextChange,
    put: impl FnOnce(&mut ProceedingWords, Option<String>),
) -> Sensitive<ProceedingWords> {
    match change {
        None => words,
        Some(None) => words.map(|mut words| {
            put(&mut words, None);
            words
        }),
        Some(Some(text)) => words.with(Some(text.clone()), |words, text| put(words, Some(text))),
    }
}

/// Corrects a proceeding; what stood there stays in the history (R13). Words are written by whoever sees
/// them: the bureau writes none into an investigation that goes on (R8).
///
/// # Errors
/// [`Refusal::NotPermitted`] for words that the caller does not see, [`Refusal::Stale`].
///
/// # Audit
/// `proceeding.edit` with the names of the fields.
pub fn edit(tx: &mut Tx<'_>, to: &Target, amendment: &Amendment) -> Result<Audited<ProceedingId>> {
    let permit = proceedings::fetch::<EditProceeding>(tx, &to.case_id, &to.id)?;
    permit.row().expect_version(to.expected)?;
    let words = amendment.words(&permit.row().proceeding.words);
    if words.is_some() && !permit.may_see(class_of(&permit.row().proceeding.kind)) {
        return Err(permit.row().refused(Refusal::NotPermitted, tx.actor()?));
    }
    let change = ProceedingChange {
        person_role: amendment.person_role,
        protective_measures: amendment.protective_measures.clone(),
        words,
    };
    let (row, permit) = permit.into_parts();
    let at = (&row.proceeding, &row.person);
    let version = proceedings::save(tx, &permit, at, None, &change)?;
    let event = Event::under(Operation::Update, &permit).on(&to.id, version).in_case(&to.case_id);
    tx.record(&event.fields(amendment.fields()), to.id.clone())
}

/// Moves a proceeding on. One that is dismissed ends what its authority was told of who the person is.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if the stage, or the kind of proceeding, has no such move;
/// [`Refusal::Stale`] if somebody was faster.
///
/// # Audit
/// `proceeding.advance`
pub fn advance(
    tx: &mut Tx<'_>,
    to: &Target,
    stage: ProceedingStage,
) -> Result<Audited<ProceedingId>> {
    let permit = proceedings::fetch::<AdvanceProceeding>(tx, &to.case_id, &to.id)?;
    permit.row().expect_version(to.expected)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    if !permit.row().next_stages().any(|next| next == stage) {
        return Err(illegal);
    }
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.proceeding.state, State::initial());
    let moved = state.step_to(ProceedingAct::Advance, stage).map_err(|_| illegal)?;
    let at = (&row.proceeding, &row.person);
    let change = ProceedingChange::default();
    let version = proceedings::save(tx, &permit, at, Some(&moved), &change)?;
    let mut fields = vec!["state"];
    if stage == ProceedingStage::Dismissed && row.proceeding.disclosure.is_some() {
        proceedings::stop(tx, &permit, &row.proceeding, DisclosureEnd::ProceedingDismissed)?;
        fields.push("identity_sharing");
    }
    let event = Event::under(Operation::Update, &permit).on(&to.id, version).in_case(&to.case_id);
    tx.record(&event.fields(fields), to.id.clone())
}
