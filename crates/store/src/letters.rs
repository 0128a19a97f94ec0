//! Letters: numbered in each year, and kept as they were made.

use chrono::Datelike as _;
use diesel::prelude::*;
use refero_domain::{
    id::{CaseId, LetterId, PersonId, ReferralId, UserId},
    instant::Instant,
    letter::LetterKind,
    policy::{Action, Permit, ReadCase, ReadNotice, ReadReferralLetter},
    refusal::Refusal,
    sensitive::Sensitive,
    subject_access::CopyLanguage,
};

use crate::{
    cases::CaseRow,
    error::Result,
    people::{Slot, commit, seal, unseal},
    proceedings::denied,
    referrals::ReferralRow,
    rows::{RowLimit, Rows, newest_first},
    schema::{letter_numbers as numbers, letters},
    sealing::Place,
    unit::{Reading, Tx},
};

const PAGE: Place = Place { table: "letters", column: "sealed" };

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = letters)]
struct Stored {
    id: LetterId,
    kind: LetterKind,
    case_id: CaseId,
    referral_id: Option<ReferralId>,
    year: i64,
    number: i64,
    language: CopyLanguage,
    digest: String,
    sealed: Option<Vec<u8>>,
    created_by: UserId,
    created_at: Instant,
}

/// A letter, as far as it is known from outside.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The letter.
    pub id: LetterId,
    /// What kind of letter it is.
    pub kind: LetterKind,
    /// The case.
    pub case_id: CaseId,
    /// The referral that it is about.
    pub referral_id: Option<ReferralId>,
    /// Its number: the year, and which of that year.
    pub number: Number,
    /// The language that it is written in.
    pub language: CopyLanguage,
    /// The SHA-256 of the page, in hexadecimal digits.
    pub digest: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
}

/// The number of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// The year.
    pub year: i64,
    /// Which of that year.
    pub number: i64,
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.year, self.number)
    }
}

impl From<Stored> for Letter {
    fn from(stored: Stored) -> Self {
        Self {
            number: Number { year: stored.year, number: stored.number },
            id: stored.id,
            kind: stored.kind,
            case_id: stored.case_id,
            referral_id: stored.referral_id,
            language: stored.language,
            digest: stored.digest,
            created_by: stored.created_by,
            created_at: stored.created_at,
        }
    }
}

/// Takes the next number of the year.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be written; then nothing is.
pub fn next_number(tx: &mut Tx<'_>) -> Result<Number> {
    let year = i64::from(tx.now().date().year());
    let taken = diesel::update(numbers::table.find(year))
        .set(numbers::last.eq(numbers::last + 1))
        .execute(tx.conn)?;
    if taken == 0 {
        diesel::insert_into(numbers::table)
            .values((numbers::year.eq(year), numbers::last.eq(1)))
            .execute(tx.conn)?;
    }
    let number = numbers::table.find(year).select(numbers::last).first(tx.conn)?;
    Ok(Number { year, number })
}

/// A letter that is made.
#[derive(Debug)]
pub struct NewLetter<'n> {
    /// The letter.
    pub id: &'n LetterId,
    /// Its number.
    pub number: Number,
    /// The language that it is written in.
    pub language: CopyLanguage,
    /// The SHA-256 of the page, in hexadecimal digits.
    pub digest: &'n str,
    /// The page.
    pub page: Sensitive<String>,
}

/// Keeps the letter of a referral that a permit opened.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert_for_referral<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, ReferralRow>,
    new: &NewLetter<'_>,
) -> Result<()> {
    let ReferralRow { referral, person, .. } = permit.row();
    insert(tx, (LetterKind::ReferralLetter, &referral.case_id, Some(&referral.id)), &person.id, new)
}

/// Keeps the notice to the person of a case that a permit opened.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert_for_case<A: Action>(
    tx: &mut Tx<'_>,
    permit: &Permit<A, CaseRow>,
    new: &NewLetter<'_>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    insert(tx, (LetterKind::NoticeOfRights, &case.id, None), &person.id, new)
}

fn insert(
    tx: &mut Tx<'_>,
    (kind, case, referral): (LetterKind, &CaseId, Option<&ReferralId>),
    person: &PersonId,
    new: &NewLetter<'_>,
) -> Result<()> {
    tx.changes(case);
    let sealed = seal(tx, Slot { place: PAGE, row: new.id.as_str(), person }, &new.page)?;
    let by = tx.actor()?.user_id.clone();
    diesel::insert_into(letters::table)
        .values((
            letters::id.eq(new.id),
            letters::kind.eq(kind),
            letters::case_id.eq(case),
            letters::referral_id.eq(referral),
            letters::year.eq(new.number.year),
            letters::number.eq(new.number.number),
            letters::language.eq(new.language),
            letters::digest.eq(new.digest),
            letters::sealed.eq(Some(sealed)),
            letters::created_by.eq(by),
            letters::created_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Commits to a page by the digest of it, for the trail.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn commitment(
    reading: &mut Reading<'_>,
    person: &PersonId,
    (id, digest): (&LetterId, &str),
) -> Result<[u8; 32]> {
    commit(reading, &Slot { place: PAGE, row: id.as_str(), person }, digest.as_bytes())
}

/// Which letters are meant: those of a referral, or the notices of a case.
enum Of<'o> {
    Referral(&'o ReferralId),
    Case(&'o CaseId),
}

type Query = letters::BoxedQuery<
    'static,
    crate::db::Backend,
    diesel::dsl::SqlTypeOf<diesel::dsl::AsSelect<Stored, crate::db::Backend>>,
>;

fn query(of: &Of<'_>) -> Query {
    let query = letters::table.select(Stored::as_select()).into_boxed();
    match of {
        Of::Referral(id) => query.filter(letters::referral_id.eq((*id).clone())),
        Of::Case(id) => query
            .filter(letters::case_id.eq((*id).clone()))
            .filter(letters::kind.eq(LetterKind::NoticeOfRights)),
    }
}

fn find(reading: &mut Reading<'_>, of: &Of<'_>, id: &LetterId) -> Result<Stored> {
    let found: Option<Stored> =
        query(of).filter(letters::id.eq(id.clone())).first(reading.conn).optional()?;
    found.ok_or_else(|| denied(Refusal::NotFound, id))
}

fn open(
    reading: &mut Reading<'_>,
    person: &PersonId,
    stored: Stored,
) -> Result<(Letter, Sensitive<String>)> {
    let slot = Slot { place: PAGE, row: stored.id.as_str(), person };
    let page = match &stored.sealed {
        None => Sensitive::default(),
        Some(sealed) => unseal(reading, &slot, sealed)?,
    };
    Ok((stored.into(), page))
}

fn list(
    reading: &mut Reading<'_>,
    of: &Of<'_>,
    after: Option<(Instant, LetterId)>,
    limit: RowLimit,
) -> Result<Rows<Letter>> {
    let query = query(of);
    let rows: Vec<Stored> = newest_first!(query, (letters::created_at, letters::id), after, limit)
        .load(reading.conn)?;
    Ok(limit.cut(rows).map(Letter::from))
}

/// Fetches the letter of a referral that a permit opened, with its page.
///
/// # Errors
/// [`Refusal::NotFound`] if the referral has no such letter.
pub fn of_referral(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadReferralLetter, ReferralRow>,
    id: &LetterId,
) -> Result<(Letter, Sensitive<String>)> {
    let row = permit.row();
    let stored = find(reading, &Of::Referral(&row.referral.id), id)?;
    open(reading, &row.person.id, stored)
}

/// Lists the letters of a referral that a permit opened, the newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page_of_referral(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadReferralLetter, ReferralRow>,
    after: Option<(Instant, LetterId)>,
    limit: RowLimit,
) -> Result<Rows<Letter>> {
    list(reading, &Of::Referral(&permit.row().referral.id), after, limit)
}

/// Fetches a notice to the person of a case that a permit opened, with its page.
///
/// # Errors
/// [`Refusal::NotFound`] if the case has no such notice.
pub fn of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadNotice, CaseRow>,
    id: &LetterId,
) -> Result<(Letter, Sensitive<String>)> {
    let row = permit.row();
    let stored = find(reading, &Of::Case(&row.case.id), id)?;
    open(reading, &row.person.id, stored)
}

/// Lists the notices of a case that a permit opened, the newest first.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn page_of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadNotice, CaseRow>,
    after: Option<(Instant, LetterId)>,
    limit: RowLimit,
) -> Result<Rows<Letter>> {
    list(reading, &Of::Case(&permit.row().case.id), after, limit)
}

/// Returns all letters of a case, the newest first, for the copy that the person is given.
///
/// # Errors
/// [`crate::Error::Unavailable`] if the database is not there.
pub fn all_of_case(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Vec<Letter>> {
    let found: Vec<Stored> = letters::table
        .filter(letters::case_id.eq(&permit.row().case.id))
        .order((letters::created_at.desc(), letters::id.desc()))
        .select(Stored::as_select())
        .load(reading.conn)?;
    Ok(found.into_iter().map(Letter::from).collect())
}
