//! A person's request for a copy of what is held about them: received by data protection, who see none
//! of it, and answered part by part by those who hold it.

mod assessments;
mod bureau;
pub mod copy;
mod decisions;
mod documents;
mod incidents;
mod interests;
mod person;
mod plans;
mod proceedings;
mod provider;
mod reflection;
mod safety;

use chrono::NaiveDate;
use refero_domain::{
    dates,
    event::{Event, Operation},
    id::{AccessRequestId, CaseId},
    instant::Instant,
    machine::State,
    policy::{
        self, Action, ApproveAccessRefusal, Changes, Class, CopyPersonData, CreateAccessRequest,
        DeclineAccessRefusal, Discloses, HandOverCopy, Permit, ReadAccessRequest, RedactCopy,
        RequestAccessRefusal,
    },
    profile::CountryProfile,
    refusal::Refusal,
    sensitive::Sensitive,
    subject_access::{
        AccessAct, AccessAsker, AccessDelivery, AccessRefusalGround, AccessState, CopyLanguage,
        Holder, PartState, Passage, RedactionGround, ReviewedText,
    },
};
use refero_store::{
    Result,
    access_requests::{self, AccessRow, NewRequest},
    cases,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use self::copy::{Copy, Field, Section};
use super::indicator_sets;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The case of the person.
    pub case_id: CaseId,
    /// Who asks.
    pub asker: AccessAsker,
    /// In which language.
    pub language: CopyLanguage,
    /// How it is to be handed over.
    pub delivery: Option<AccessDelivery>,
    /// The number of the officer's own file.
    pub file_reference: String,
    /// The day on which it came.
    pub received_on: NaiveDate,
}

/// What an officer says of one text.
#[derive(Clone)]
pub struct TextReview {
    /// Which text, as the copy names it.
    pub id: String,
    /// Why nothing of it is shown, if so.
    pub whole: Option<RedactionGround>,
    /// What is taken out of it.
    pub passages: Vec<Passage>,
}

/// Receives a request. It is due when the country profile says so, and at no time if that says nothing.
///
/// # Errors
/// [`Refusal::NotFound`] without such a case, [`Refusal::ImpossibleDate`] if the day has not come.
///
/// # Audit
/// `access-request.create`, in the chain of the case.
pub fn create(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    asked: &Asked,
) -> Result<Audited<AccessRequestId>> {
    let permit = cases::fetch::<CreateAccessRequest>(tx, &asked.case_id)?;
    let received_on = asked.received_on;
    dates::check_past(received_on, tx.now()).map_err(|fault| fault.at("/received_on"))?;
    let midnight = received_on.and_time(chrono::NaiveTime::MIN).and_utc();
    let due = profile.subject_access.answer_within.as_ref();
    let new = NewRequest {
        asker: asked.asker,
        language: asked.language,
        delivery: asked.delivery,
        file_reference: asked.file_reference.clone(),
        received_on,
        due: due
            .map(|rule| (rule.due(&profile.calendar, midnight).date_naive(), rule.status.code())),
    };
    let id = access_requests::insert(tx, &permit, &new)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(&asked.case_id);
    tx.record(&event, id)
}

/// Fetches a request to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it is not there or may not be known.
///
/// # Audit
/// `access-request.read`
pub fn open(
    reading: &mut Reading<'_>,
    id: &AccessRequestId,
) -> Result<(Event, Permit<ReadAccessRequest, AccessRow>)> {
    let permit = access_requests::fetch::<ReadAccessRequest>(reading, id)?;
    let request = &permit.row().request;
    let event = Event::under(Operation::Read, &permit).on(id, request.version);
    Ok((event.in_case(&request.case_id), permit))
}

/// Lists the requests that the caller may see, the newest first.
///
/// # Errors
/// [`refero_store::Error::Unavailable`] if the database is not there.
///
/// # Audit
/// `access-request.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    state: Option<AccessState>,
    after: Option<&(Instant, AccessRequestId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadAccessRequest, AccessRow>>)> {
    let scope = policy::scope::<ReadAccessRequest>(reading.actor()?)?;
    let found = access_requests::page(reading, &scope, state, after, limit)?;
    let shown = found.iter().map(|permit| &permit.row().request.id);
    let event = Event::of::<ReadAccessRequest>(Operation::Read).showing(shown);
    Ok((event, found))
}

/// Makes a numbered copy of the caller's part.
///
/// # Errors
/// [`Refusal::NotFound`], [`Refusal::PurposeRequired`], [`Refusal::IllegalTransition`] once the
/// request was refused.
///
/// # Audit
/// `access-request.copy` in the chain of the case, with the names of the sections, in the transaction
/// that numbers the copy.
pub fn copy(tx: &mut Tx<'_>, id: &AccessRequestId) -> Result<Audited<Copy>> {
    let permit = access_requests::fetch::<CopyPersonData>(tx, id)?;
    tx.expect_stated_purpose()?;
    let actor = tx.actor()?.clone();
    let row = permit.row();
    if row.request.state.get() == AccessState::Refused {
        return Err(row.refused(Refusal::IllegalTransition, &actor));
    }
    let part = row.part_of(&actor)?.clone();
    let sections = reviewed_sections(tx, &permit, &part)?;
    let number = access_requests::count_copy(tx, &permit, &part)?;
    let people = copy::people(&sections).into_iter().collect();
    let offices = access_requests::offices(tx, &permit, people)?;
    let organisations = copy::organisations(&sections, &offices);
    let organisations = organisations.into_iter().chain(part.holder.organisation().cloned());
    let organisations = access_requests::organisations(tx, organisations.collect())?;
    let event = Event::under(Operation::Read, &permit)
        .on(id, row.request.version)
        .in_case(&row.request.case_id)
        .fields(sections.iter().map(|section| section.id));
    let holder = part.holder;
    let case_code = holder.organisation().is_none().then(|| row.case_code.clone());
    let indicators = indicator_sets::by_which_people_are_screened(tx)?;
    let copy = Copy { holder, number, case_code, sections, offices, organisations, indicators };
    tx.record(&event, copy)
}

/// Keeps what is taken out of the texts of the caller's part. What was kept before is replaced; texts
/// that are not named are not looked through.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] for a text that the part does not have, [`Refusal::Inconsistent`] for
/// words that do not stand in it, [`Refusal::IllegalTransition`] once the part was handed over,
/// [`Refusal::Stale`].
///
/// # Audit
/// `access-request.redact`, in the chain of the case.
pub fn redact(
    tx: &mut Tx<'_>,
    (id, expected): (&AccessRequestId, Option<i64>),
    reviews: &Sensitive<Vec<TextReview>>,
) -> Result<Audited<AccessRequestId>> {
    let permit = access_requests::fetch::<RedactCopy>(tx, id)?;
    let part = open_part(tx, &permit, expected)?;
    let sections = gather(tx, &permit, &part.holder)?;
    let text_of = |id: &str| copy::texts(&sections).find(|text| text.id == id);
    let is_known = |review: &TextReview| text_of(&review.id).is_some();
    if !reviews.check(|reviews| reviews.iter().all(is_known)) {
        return Err(Refusal::ReferenceUnknown { pointer: "/texts" }.into());
    }
    let found = reviews.clone().map(|reviews| {
        let reviewed = reviews.iter().map(|review| {
            let text = text_of(&review.id)?.text();
            ReviewedText::of((&review.id, text), review.whole, &review.passages)
        });
        reviewed.collect::<Option<Vec<_>>>()
    });
    if !found.check(Option::is_some) {
        return Err(Refusal::Inconsistent { pointer: "/texts" }.into());
    }
    let version =
        access_requests::save_review(tx, &permit, &part, &found.map(Option::unwrap_or_default))?;
    let event = Event::under(Operation::Update, &permit).on(id, version).fields(["texts"]);
    tx.record(&event.in_case(&permit.row().request.case_id), id.clone())
}

/// Marks the caller's part as handed over. The last part answers the request.
///
/// # Errors
/// [`Refusal::TextsUnreviewed`] while a text was not looked through, [`Refusal::IllegalTransition`],
/// [`Refusal::Stale`].
///
/// # Audit
/// `access-request.hand-over`, in the chain of the case.
pub fn hand_over(
    tx: &mut Tx<'_>,
    (id, expected): (&AccessRequestId, Option<i64>),
) -> Result<Audited<AccessRequestId>> {
    let permit = access_requests::fetch::<HandOverCopy>(tx, id)?;
    let part = open_part(tx, &permit, expected)?;
    let sections = reviewed_sections(tx, &permit, &part)?;
    if !copy::texts(&sections).all(copy::FreeText::is_reviewed) {
        return Err(permit.row().refused(Refusal::TextsUnreviewed, tx.actor()?));
    }
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.request.state, State::initial());
    let answered = row.is_last(&part.holder).then(|| state.step(AccessAct::Answer)).transpose()?;
    let version = access_requests::hand_over(tx, &permit, (&row, &part), answered.as_ref())?;
    let event = Event::under(Operation::Execute, &permit).on(id, version);
    tx.record(&event.in_case(&row.request.case_id), id.clone())
}

/// Asks that a request is refused; somebody else decides (R10).
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `access-request.request-refusal`, in the chain of the case.
pub fn request_refusal(
    tx: &mut Tx<'_>,
    (id, expected): (&AccessRequestId, Option<i64>),
    ground: AccessRefusalGround,
) -> Result<Audited<AccessRequestId>> {
    let permit = access_requests::fetch::<RequestAccessRefusal>(tx, id)?;
    permit.row().expect_version(expected)?;
    let illegal = permit.row().refused(Refusal::IllegalTransition, tx.actor()?);
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.request.state, State::initial());
    let moved = state.step(AccessAct::RequestRefusal).map_err(|_| illegal)?;
    let version = access_requests::save_refusal_request(tx, &permit, (&row, ground), &moved)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event.in_case(&row.request.case_id), id.clone())
}

/// Refuses a request that somebody else asked to refuse (R10).
///
/// # Errors
/// [`Refusal::SelfApproval`], [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `access-request.approve-refusal`, in the chain of the case.
pub fn approve_refusal(
    tx: &mut Tx<'_>,
    target: (&AccessRequestId, Option<i64>),
) -> Result<Audited<AccessRequestId>> {
    decide::<ApproveAccessRefusal>(tx, target, AccessAct::ApproveRefusal)
}

/// Declines to refuse a request: it goes on.
///
/// # Errors
/// [`Refusal::IllegalTransition`], [`Refusal::Stale`].
///
/// # Audit
/// `access-request.decline-refusal`, in the chain of the case.
pub fn decline_refusal(
    tx: &mut Tx<'_>,
    target: (&AccessRequestId, Option<i64>),
) -> Result<Audited<AccessRequestId>> {
    decide::<DeclineAccessRefusal>(tx, target, AccessAct::DeclineRefusal)
}

fn decide<A: Action + Changes>(
    tx: &mut Tx<'_>,
    (id, expected): (&AccessRequestId, Option<i64>),
    act: AccessAct,
) -> Result<Audited<AccessRequestId>> {
    let permit = access_requests::fetch::<A>(tx, id)?;
    let (row, actor) = (permit.row(), tx.actor()?.clone());
    row.expect_version(expected)?;
    let illegal = row.refused(Refusal::IllegalTransition, &actor);
    let own = row.request.refusal_requested_by.as_ref() == Some(&actor.user_id);
    let own = (own && act == AccessAct::ApproveRefusal)
        .then(|| row.refused(Refusal::SelfApproval, &actor));
    let (mut row, permit) = permit.into_parts();
    let state = std::mem::replace(&mut row.request.state, State::initial());
    let moved = state.step(act).map_err(|_| illegal)?;
    if let Some(own) = own {
        return Err(own);
    }
    let version = access_requests::save_refusal_decision(tx, &permit, &row, &moved)?;
    let event = Event::under(Operation::Update, &permit).on(id, version);
    tx.record(&event.in_case(&row.request.case_id), id.clone())
}

/// Returns the caller's part, as long as it is not handed over and the request stands open.
fn open_part<A: Action>(
    tx: &Tx<'_>,
    permit: &Permit<A, AccessRow>,
    expected: Option<i64>,
) -> Result<access_requests::Part> {
    let (row, actor) = (permit.row(), tx.actor()?);
    row.expect_version(expected)?;
    let part = row.part_of(actor)?;
    let is_open = row.request.state.get() == AccessState::Open && part.state() == PartState::Open;
    if !is_open {
        return Err(row.refused(Refusal::IllegalTransition, actor));
    }
    Ok(part.clone())
}

/// Gathers what a holder holds.
fn gather<A: Action + Discloses>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, AccessRow>,
    holder: &Holder,
) -> Result<Vec<Section>> {
    let referrals = access_requests::referrals_of(reading, permit, holder)?;
    let mut sections = vec![request(permit.row())];
    sections.extend(match holder {
        Holder::Bureau => bureau::sections(reading, permit, &referrals)?,
        Holder::Provider(_) => {
            provider::sections(reading, (&permit.row().request.case_id, &referrals))?
        }
    });
    Ok(sections)
}

/// As [`gather`], with what was found in the texts cut out of them.
fn reviewed_sections<A: Action + Discloses>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, AccessRow>,
    part: &access_requests::Part,
) -> Result<Vec<Section>> {
    let mut sections = gather(reading, permit, &part.holder)?;
    let found = access_requests::reviewed(reading, permit, part)?;
    let found = found.reveal(permit, Class::CaseRestricted).ok();
    copy::review(&mut sections, found.map_or(&[], Vec::as_slice));
    Ok(sections)
}

/// The request that the copy answers.
fn request(row: &AccessRow) -> Section {
    let request = &row.request;
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let delivery = request.delivery.map(|delivery| delivery.code());
    let fields = vec![
        Field::plain("access_requests.file_reference", [request.file_reference.as_str()]),
        Field::day("access_requests.received_on", day(&request.received_on)),
        Field::day("access_requests.due_on", request.due_on.as_deref().and_then(day)),
        Field::code("access_requests.asker", "access_asker", Some(request.asker.code())),
        Field::code("access_requests.language", "copy_language", Some(request.language.code())),
        Field::code("access_requests.delivery", "access_delivery", delivery),
        Field::by("access_requests.created_by", Some(&request.created_by)),
    ];
    Section { id: "request", entries: vec![fields] }
}

/// Reads a list to its end, page by page.
fn all<T, P>(
    mut page: impl FnMut(Option<P>) -> Result<Rows<T>>,
    place: impl Fn(&T) -> P,
) -> Result<Vec<T>> {
    let mut found: Vec<T> = Vec::new();
    loop {
        let (rows, goes_on) = page(found.last().map(&place))?.into_parts();
        found.extend(rows);
        if !goes_on {
            return Ok(found);
        }
    }
}
