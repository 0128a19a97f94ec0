//! Letters on paper: made from what may be known, numbered, kept as they were made.

use data_encoding::HEXLOWER;
use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, LetterId, ReferralId},
    instant::Instant,
    letter::may_name_recipient,
    policy::{
        Action, Class, MakeNotice, MakeReferralLetter, Permit, ReadNotice, ReadOrganisation,
        ReadReferralLetter,
    },
    referral::ReferralState,
    refusal::Refusal,
    sensitive::Sensitive,
    subject_access::CopyLanguage,
};
use refero_store::{
    Result,
    cases::{self, CaseRow},
    directory,
    letters::{self, Letter, NewLetter, Number},
    referrals::{self, ReferralRow},
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};
use sha2::{Digest as _, Sha256};

use super::already_known;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The identifier that the client chose.
    pub id: Option<LetterId>,
    /// In which language.
    pub language: CopyLanguage,
}

/// What stands at the head of a letter.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Its number.
    pub number: Number,
    /// When it is made.
    pub made_at: Instant,
    /// The organisation that makes it.
    pub from: String,
    /// The organisation that it is for, where that says nothing of where somebody lives (R9).
    pub to: Option<String>,
}

fn digest_of(page: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(page.as_bytes()))
}

fn heading(tx: &mut Tx<'_>, to: Option<&refero_domain::id::OrganisationId>) -> Result<Heading> {
    let own = tx.actor()?.organisation_id.clone();
    let mut name = |id: &refero_domain::id::OrganisationId| -> Result<String> {
        let found = directory::fetch_organisation::<ReadOrganisation>(tx, id)?;
        Ok(found.row().name.clone())
    };
    let from = name(&own)?;
    let to = to.map(&mut name).transpose()?;
    Ok(Heading { number: letters::next_number(tx)?, made_at: tx.now(), from, to })
}

/// Writes the letter that goes with a referral: before it is accepted what the offer tells (R1), afterwards
/// the number of the case and why. Names and words of anybody are never put on paper, which goes astray.
///
/// # Errors
/// [`Refusal::IllegalTransition`] unless it is sent and has not ended; [`Refusal::IdTaken`].
///
/// # Audit
/// `referral-letter.create` with a commitment to the page.
pub fn refer(
    tx: &mut Tx<'_>,
    (referral, asked): (&ReferralId, &Asked),
    write: impl Fn(&ReferralRow, &Heading) -> Result<String>,
) -> Result<Audited<LetterId>> {
    let permit = referrals::fetch::<MakeReferralLetter>(tx, referral)?;
    let (case, row) = (permit.row().referral.case_id.clone(), permit.row());
    if let Some(id) = &asked.id {
        let known = open_letter(tx, referral, id);
        if let Some(known) = sent_before(tx, asked, known)? {
            return Ok(known);
        }
    }
    let state: ReferralState = row.facts.state;
    if !state.is_offered() && !state.is_live() {
        return Err(row.refused(Refusal::IllegalTransition, tx.actor()?));
    }
    let services = row.referral.services()?;
    let to = may_name_recipient(&services).then_some(&row.referral.organisation_id);
    let heading = heading(tx, to)?;
    let page = write(row, &heading)?;
    let id = asked.id.clone().unwrap_or_else(|| tx.new_id());
    let digest = digest_of(&page);
    let new = new_letter(&id, &heading, asked.language, (&digest, page));
    letters::insert_for_referral(tx, &permit, &new)?;
    let proof = letters::commitment(tx, &row.person.id, (&id, &digest))?;
    made(tx, &permit, (&id, &case), &proof)
}

/// Writes the notice of their rights for the person of a case.
///
/// # Errors
/// [`Refusal::IdTaken`]; [`Refusal::NotFound`] if the case may not be known.
///
/// # Audit
/// `notice-of-rights.create` with a commitment to the page.
pub fn inform(
    tx: &mut Tx<'_>,
    (case, asked): (&CaseId, &Asked),
    write: impl Fn(&CaseRow, &Heading) -> Result<String>,
) -> Result<Audited<LetterId>> {
    let permit = cases::fetch::<MakeNotice>(tx, case)?;
    if let Some(id) = &asked.id {
        let known = open_notice(tx, case, id);
        if let Some(known) = sent_before(tx, asked, known)? {
            return Ok(known);
        }
    }
    let heading = heading(tx, None)?;
    let page = write(permit.row(), &heading)?;
    let id = asked.id.clone().unwrap_or_else(|| tx.new_id());
    let digest = digest_of(&page);
    let new = new_letter(&id, &heading, asked.language, (&digest, page));
    letters::insert_for_case(tx, &permit, &new)?;
    let proof = letters::commitment(tx, &permit.row().person.id, (&id, &digest))?;
    made(tx, &permit, (&id, case), &proof)
}

fn new_letter<'n>(
    id: &'n LetterId,
    heading: &Heading,
    language: CopyLanguage,
    (digest, page): (&'n str, String),
) -> NewLetter<'n> {
    NewLetter { id, number: heading.number, language, digest, page: Sensitive::new(page) }
}

fn made<A: Action, R>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, R>,
    (id, case): (&LetterId, &CaseId),
    proof: &[u8],
) -> Result<Audited<LetterId>> {
    let event = Event::under(Operation::Create, permit).on(id, 1).in_case(case);
    tx.record(&event.of_content(&HEXLOWER.encode(proof)), id.clone())
}

fn sent_before(
    tx: &mut Tx<'_>,
    asked: &Asked,
    known: Result<(Event, Shown)>,
) -> Result<Option<Audited<LetterId>>> {
    let by = tx.actor()?.user_id.clone();
    let known = already_known(known, |(_, known)| {
        Ok(known.letter.created_by == by && known.letter.language == asked.language)
    })?;
    known.map(|(event, known)| tx.record(&event, known.letter.id)).transpose()
}

/// A letter on its way out.
pub struct Shown {
    /// What is known of it from outside.
    pub letter: Letter,
    /// The page, as it was made.
    pub page: String,
}

/// Opens the letter of a referral, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `referral-letter.read` with a commitment to the page.
pub fn open_letter(
    reading: &mut Reading<'_>,
    referral: &ReferralId,
    id: &LetterId,
) -> Result<(Event, Shown)> {
    let permit = referrals::fetch::<ReadReferralLetter>(reading, referral)?;
    let (letter, page) = letters::of_referral(reading, &permit, id)?;
    let page = page.reveal(&permit, Class::CaseRestricted).map_err(|_| Refusal::NotFound)?.clone();
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(&letter.case_id);
    let person = &permit.row().person.id;
    let proof = letters::commitment(reading, person, (id, &letter.digest))?;
    Ok((event.of_content(&HEXLOWER.encode(&proof)), Shown { letter, page }))
}

/// Opens a notice to the person of a case, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `notice-of-rights.read` with a commitment to the page.
pub fn open_notice(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &LetterId,
) -> Result<(Event, Shown)> {
    let permit = cases::fetch::<ReadNotice>(reading, case)?;
    let (letter, page) = letters::of_case(reading, &permit, id)?;
    let page = page.reveal(&permit, Class::CaseRestricted).map_err(|_| Refusal::NotFound)?.clone();
    let event = Event::under(Operation::Read, &permit).on(id, 1).in_case(case);
    let person = &permit.row().person.id;
    let proof = letters::commitment(reading, person, (id, &letter.digest))?;
    Ok((event.of_content(&HEXLOWER.encode(&proof)), Shown { letter, page }))
}

/// Lists the letters of a referral, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the referral is not there or may not be known.
///
/// # Audit
/// `referral-letter.read` with the ids shown.
pub fn list_letters(
    reading: &mut Reading<'_>,
    referral: &ReferralId,
    after: Option<(Instant, LetterId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Letter>)> {
    let permit = referrals::fetch::<ReadReferralLetter>(reading, referral)?;
    let found = letters::page_of_referral(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit).in_case(&permit.row().referral.case_id);
    Ok((event.showing(found.iter().map(|one| &one.id)), found))
}

/// Lists the notices of a case, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if the case is not there or may not be known.
///
/// # Audit
/// `notice-of-rights.read` with the ids shown.
pub fn list_notices(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, LetterId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Letter>)> {
    let permit = cases::fetch::<ReadNotice>(reading, case)?;
    let found = letters::page_of_case(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit).in_case(case);
    Ok((event.showing(found.iter().map(|one| &one.id)), found))
}
