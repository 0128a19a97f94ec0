//! Letters on paper: the one that goes with a referral, and the notice of their rights for a person.

mod pages;
mod words;

use actix_web::{
    HttpResponse, Responder,
    http::{Method, header},
};
use refero_domain::{
    event::Event,
    id::{CaseId, LetterId, ReferralId, UserId},
    instant::Instant,
    letter::LetterKind,
    policy::{MakeNotice, MakeReferralLetter, ReadNotice, ReadReferralLetter},
    subject_access::CopyLanguage,
};
use refero_store::{
    Result as Stored,
    letters::Letter,
    rows::RowLimit,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use self::pages::Wording;
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, Language, PathId, PathIds, Query},
        operation::Table,
        print_page,
        problem::Problem,
        reply::{Reply, Representation},
        v1::{Links, PageQuery, cases::NoteState, once, parts::listed},
    },
    service::letters::{self, Asked, Shown},
};

const TAG: &str = "letters";

/// In which language a letter is made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterBody {
    /// The client's own identifier (UUIDv4): a repeat under it makes no second letter.
    #[serde(default)]
    pub id: Option<LetterId>,
    /// The language of whoever reads it.
    pub language: CopyLanguage,
}

impl Checked for LetterBody {}

impl LetterBody {
    fn language(&self) -> Language {
        Language::from_tag(self.language.code()).unwrap_or_default()
    }

    fn asked(&self) -> Asked {
        Asked { id: self.id.clone(), language: self.language }
    }
}

/// A letter that was made: its page is at `self`.
#[derive(Clone, Serialize, ToSchema)]
pub struct LetterView {
    /// The letter.
    pub id: LetterId,
    /// What kind of letter it is.
    pub kind: LetterKind,
    /// Always `recorded`: a letter is never changed.
    pub state: NoteState,
    /// Always 1: a letter is never changed.
    pub version: i64,
    /// Its number: the year, and which of that year.
    #[schema(examples("2026/17"))]
    pub number: String,
    /// The language that it is written in.
    pub language: CopyLanguage,
    /// The SHA-256 of the page in hexadecimal digits.
    pub sha256: String,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
    /// Always empty: a letter is never changed.
    #[schema(value_type = Vec<String>)]
    pub allowed_actions: [&'static str; 0],
    /// Always empty: nothing of it is withheld.
    #[schema(value_type = Vec<String>)]
    pub withheld: [&'static str; 0],
    /// Where to go from here.
    pub links: Links,
    #[serde(skip)]
    address: String,
}

impl LetterView {
    fn of(letter: &Letter) -> Self {
        let of = match &letter.referral_id {
            Some(referral) => format!("/v1/referrals/{referral}/letters"),
            None => format!("/v1/cases/{}/notices-of-rights", letter.case_id),
        };
        Self {
            id: letter.id.clone(),
            kind: letter.kind,
            state: NoteState::Recorded,
            version: 1,
            number: letter.number.to_string(),
            language: letter.language,
            sha256: letter.digest.clone(),
            created_by: letter.created_by.clone(),
            created_at: letter.created_at,
            allowed_actions: [],
            withheld: [],
            links: Links::to("self", format!("{of}/{}", letter.id)),
            address: format!("{of}/{}", letter.id),
        }
    }
}

impl Representation for LetterView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        self.address.clone()
    }
}

/// The operations on letters.
#[must_use]
pub fn table(table: Table) -> Table {
    notices(referral_letters(table))
}

fn referral_letters(table: Table) -> Table {
    let path = "/v1/referrals/{id}/letters";
    table
        .op((Method::POST, path, "createReferralLetter"), refer, |o| {
            o.says(
                TAG,
                "Make the letter that goes with a referral",
                "Makes a numbered copy on paper, in the language of whoever reads it. Before the referral is \
                 accepted it tells what the offer tells (R1), afterwards the number of the case and why (R2): \
                 in codes put into words. No name, no words of anybody, no telephone number and no place \
                 stands in it, nor who gives somebody a home (R9): paper gets lost. 409 \
                 `illegal-transition` before it is sent and after it has ended.",
            )
            .takes::<LetterBody>(json!({"language": "fr"}))
            .creates::<LetterView>()
        })
        .op((Method::GET, path, "listReferralLetters"), list_letters, |o| {
            let why = "Shows the letters that were made of a referral, the newest first, to those who send it.";
            o.says(TAG, "List the letters of a referral", why).lists::<LetterView>(&[])
        })
        .op(
            (Method::GET, "/v1/referrals/{id}/letters/{letter_id}", "readReferralLetter"),
            read_letter,
            |o| {
                let why = "Gives the page again as it was made: HTML to print or to read aloud, without \
                           script and without anything from outside.";
                o.says(TAG, "Read the letter of a referral", why).texts(&["text/html"])
            },
        )
}

fn notices(table: Table) -> Table {
    let path = "/v1/cases/{id}/notices-of-rights";
    table
        .op((Method::POST, path, "createNoticeOfRights"), inform, |o| {
            o.says(
                TAG,
                "Make the notice of their rights for a person",
                "Makes a numbered copy on paper of what a person may expect, in a language that they read or \
                 have read to them: help that depends on nothing, their own choice, how what they tell is \
                 protected, non-punishment (R7), a guardian for whoever is protected as a child (R6), the \
                 country's numbers to call. For those who are with the person.",
            )
            .takes::<LetterBody>(json!({"language": "pt"}))
            .creates::<LetterView>()
        })
        .op((Method::GET, path, "listNoticesOfRights"), list_notices, |o| {
            let why = "Shows the notices that were made for the person, the newest first.";
            o.says(TAG, "List the notices of a case", why).lists::<LetterView>(&[])
        })
        .op(
            (Method::GET, "/v1/cases/{id}/notices-of-rights/{notice_id}", "readNoticeOfRights"),
            read_notice,
            |o| {
                let why = "Gives the page again as it was made: HTML to print or to read aloud, without \
                           script and without anything from outside.";
                o.says(TAG, "Read a notice of rights", why).texts(&["text/html"])
            },
        )
}

fn view((event, shown): (Event, Shown)) -> (Event, LetterView) {
    (event, LetterView::of(&shown.letter))
}

/// Makes the letter of a referral.
async fn refer(
    caller: Caller<MakeReferralLetter>,
    id: PathId<ReferralId>,
    body: Body<LetterBody>,
) -> Result<Reply<LetterView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let (profile, asked, language) =
        (caller.app().profile().clone(), body.asked(), body.language());
    let made = caller
        .write(move |tx| {
            let act = |tx: &mut Tx<'_>| {
                let wording = Wording { language, profile: &profile };
                letters::refer(tx, (&id.0, &asked), |row, heading| wording.referral(row, heading))
            };
            let open = |reading: &mut Reading<'_>, letter: &LetterId| {
                letters::open_letter(reading, &id.0, letter).map(view)
            };
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::created(made))
}

/// Makes a notice.
async fn inform(
    caller: Caller<MakeNotice>,
    id: PathId<CaseId>,
    body: Body<LetterBody>,
) -> Result<Reply<LetterView>, Problem> {
    let (body, digest) = body.into_parts();
    let key = caller.once_or_id(&digest, body.id.is_some())?;
    let (profile, asked, language) =
        (caller.app().profile().clone(), body.asked(), body.language());
    let made = caller
        .write(move |tx| {
            let act =
                |tx: &mut Tx<'_>| {
                    let wording = Wording { language, profile: &profile };
                    letters::inform(tx, (&id.0, &asked), |row, heading| {
                        Ok(wording.notice(row, heading))
                    })
                };
            let open = |reading: &mut Reading<'_>, letter: &LetterId| {
                letters::open_notice(reading, &id.0, letter).map(view)
            };
            once(tx, key.as_ref(), act, open)
        })
        .await?;
    Ok(Reply::created(made))
}

/// Answers with a page as it was made.
fn page(shown: Shown) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_LANGUAGE, shown.letter.language.code()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, print_page::policy()))
        .content_type("text/html; charset=utf-8")
        .body(shown.page)
}

/// Shows the letter of a referral.
async fn read_letter(
    caller: Caller<ReadReferralLetter>,
    ids: PathIds<ReferralId, LetterId>,
) -> Result<HttpResponse, Problem> {
    let shown = caller
        .read(move |reading| {
            let (event, shown) = letters::open_letter(reading, &ids.0, &ids.1)?;
            Ok(reading.disclose(event, shown))
        })
        .await?;
    Ok(page(shown))
}

/// Shows a notice.
async fn read_notice(
    caller: Caller<ReadNotice>,
    ids: PathIds<CaseId, LetterId>,
) -> Result<HttpResponse, Problem> {
    let shown = caller
        .read(move |reading| {
            let (event, shown) = letters::open_notice(reading, &ids.0, &ids.1)?;
            Ok(reading.disclose(event, shown))
        })
        .await?;
    Ok(page(shown))
}

type Place = Option<(Instant, LetterId)>;

/// Lists the letters of a referral.
async fn list_letters(
    caller: Caller<ReadReferralLetter>,
    id: PathId<ReferralId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = id.0.to_string();
    let look = move |reading: &mut Reading<'_>, after: Place, limit: RowLimit| -> Stored<_> {
        let (event, found) = letters::list_letters(reading, &id.0, after, limit)?;
        Ok((event, found.map(|letter| LetterView::of(&letter))))
    };
    listed(caller, ("referral-letter.list", &belongs_to), query.0, look, |view: &LetterView| {
        (view.created_at, view.id.clone())
    })
    .await
}

/// Lists the notices of a case.
async fn list_notices(
    caller: Caller<ReadNotice>,
    id: PathId<CaseId>,
    query: Query<PageQuery>,
) -> Result<impl Responder, Problem> {
    let belongs_to = id.0.to_string();
    let look = move |reading: &mut Reading<'_>, after: Place, limit: RowLimit| -> Stored<_> {
        let (event, found) = letters::list_notices(reading, &id.0, after, limit)?;
        Ok((event, found.map(|letter| LetterView::of(&letter))))
    };
    listed(caller, ("notice-of-rights.list", &belongs_to), query.0, look, |view: &LetterView| {
        (view.created_at, view.id.clone())
    })
    .await
}
