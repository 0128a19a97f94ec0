//! What a referral looks like from each side (R1, R2, R3).

use std::collections::BTreeMap;

use refero_domain::{
    actor::Actor,
    age::{SexReporting, age_band},
    consent::LegalBasis,
    id::{CaseId, ConsentId, OrganisationId, ReferralId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadReferral, Sight},
    referral::{ReferralAnswers, ReferralSecrets, ReferralState, Urgency},
};
use refero_store::{Result, referrals::ReferralRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        reply::Representation,
        v1::{
            Links,
            service_match::{NextBestView, Saying},
        },
    },
    service::service_match::NextBest,
};

/// A referral, as far as the caller may see it.
///
/// A provider that has not answered sees a blind offer: no case, no sender, no words (R1). One that
/// works on it sees the case's number, and the rest in the package (R2). One whose work has ended
/// keeps what it wrote itself (R3). Members that the caller may not see are absent.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReferralView {
    /// The referral.
    pub id: ReferralId,
    /// Where it stands.
    pub state: ReferralState,
    /// For `If-Match`.
    pub version: i64,
    /// The `service_type` codes asked for.
    pub services: Vec<String>,
    /// The answer is late. A late answer is still possible.
    pub overdue: bool,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
    /// What is asked, without telling who it is about.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub offer: Option<OfferView>,
    /// The case and the way of the referral.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub course: Option<CourseView>,
    /// On what the sharing rests, and what it shares.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub basis: Option<BasisView>,
    /// The coded reason of the end (`decline_reason`, `withdrawal_reason`), or the `service_outcome`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// What the provider wrote when it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<AnswerView>,
    /// What was written at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending_note: Option<String>,
    /// What the provider should know to do the work; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Why it rests on another legal basis than consent; for the sender's side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis_reason: Option<String>,
    /// Whom to ask next for each service, after the provider declined or gave it back; for who refers, on the
    /// referral's own page and in the queue of what came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_best: Option<Vec<NextBestView>>,
}

/// What a provider must know to say yes or no, and nothing that names anybody (R1).
#[derive(Clone, Serialize, ToSchema)]
pub struct OfferView {
    /// How soon the provider must answer.
    pub urgency: Urgency,
    /// Until when; null until it is sent.
    pub respond_by: Option<Instant>,
    /// Sex for reporting.
    pub sex_reporting: SexReporting,
    /// `child`, `adult`, `18_24`, `25_34` or `35_plus`.
    pub age_band: &'static str,
    /// ISO 639 codes of the languages the person speaks, the first one first.
    pub languages: Vec<String>,
    /// `placement_need` codes.
    pub placement_needs: Vec<String>,
    /// ISO 3166-2 area where the person was found.
    pub area: Option<String>,
}

/// The case and the way of a referral: for the sender's side, and for those who work on it.
#[derive(Clone, Serialize, ToSchema)]
pub struct CourseView {
    /// The case.
    pub case_id: CaseId,
    /// What to say on the telephone.
    pub case_code: String,
    /// Who sends it.
    pub from_organisation_id: OrganisationId,
    /// To whom it is offered.
    pub organisation_id: OrganisationId,
    /// `referral_reason`.
    pub reason: String,
    /// When it was sent.
    pub sent_at: Option<Instant>,
    /// When the provider opened it.
    pub received_at: Option<Instant>,
    /// When the provider answered.
    pub answered_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// The provider's worker who answered it, then who works on it.
    pub worker_id: Option<UserId>,
    /// Who began it.
    pub created_by: UserId,
    /// When it was begun.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// On what the sharing rests, and what it shares.
#[derive(Clone, Serialize, ToSchema)]
pub struct BasisView {
    /// On what the sharing rests (R4).
    pub legal_basis: LegalBasis,
    /// The consent it rests on.
    pub consent_id: Option<ConsentId>,
    /// What acceptance discloses now: the categories, cut down by the consent (R2).
    pub categories: Vec<Class>,
}

/// What a provider wrote when it answered.
#[derive(Clone, Serialize, ToSchema)]
pub struct AnswerView {
    /// A remark.
    pub note: Option<String>,
    /// When the person is expected.
    pub expected_intake_at: Option<Instant>,
}

impl ReferralView {
    /// Shows a referral from the caller's side.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub fn of(
        permit: &Permit<ReadReferral, ReferralRow>,
        (actor, now): (&Actor, Instant),
    ) -> Result<Self> {
        let row = permit.row();
        let sight = row.sight(actor)?;
        let referral = &row.referral;
        // A sender who is not shown what stands in the case is shown that the referral goes on.
        let sees_content = match sight {
            Sight::Sender => permit.may_see(Class::CaseRestricted),
            Sight::Working => true,
            Sight::Offer | Sight::Own => false,
        };
        let mut view = Self {
            id: referral.id.clone(),
            state: referral.state.get(),
            version: referral.version,
            services: referral.services()?,
            overdue: referral.is_overdue(now),
            allowed_actions: row.allowed_actions(actor),
            withheld: withheld(permit, sight),
            links: links(row, sight),
            offer: if sees_content || sight == Sight::Offer {
                Some(OfferView::of(row, now)?)
            } else {
                None
            },
            course: matches!(sight, Sight::Sender | Sight::Working).then(|| CourseView::of(row)),
            basis: sees_content.then(|| BasisView::of(row)),
            end_reason: None,
            answer: None,
            ending_note: None,
            instructions: None,
            basis_reason: None,
            next_best: None,
        };
        if let Some(words) = &row.words {
            let secrets = words.secrets.reveal(permit, Class::CaseRestricted).ok();
            // What the provider wrote itself is open to it, whatever the referral discloses.
            let class = match sight {
                Sight::Sender => Class::CaseRestricted,
                Sight::Working | Sight::Offer | Sight::Own => Class::Operational,
            };
            let answers = words.answers.reveal(permit, class).ok();
            view.tell(secrets, answers, sight);
        }
        view.end_reason = match sight {
            Sight::Own if ended_by_provider(referral.state.get()) => referral.end_reason.clone(),
            _ if sees_content => referral.end_reason.clone(),
            Sight::Sender | Sight::Working | Sight::Own | Sight::Offer => None,
        };
        Ok(view)
    }

    /// Puts in whom to ask next, if it is among those that came back.
    pub(in crate::api) fn put_next(
        &mut self,
        next: &BTreeMap<ReferralId, Vec<NextBest>>,
        saying: Saying<'_>,
    ) {
        self.next_best = next
            .get(&self.id)
            .map(|next| next.iter().map(|one| NextBestView::of(one, saying)).collect());
    }

    fn tell(
        &mut self,
        secrets: Option<&ReferralSecrets>,
        answers: Option<&ReferralAnswers>,
        sight: Sight,
    ) {
        if sight == Sight::Offer {
            return;
        }
        if let Some(answers) = answers {
            self.answer = answers.answer.as_ref().map(|answer| AnswerView {
                note: answer.note.clone(),
                expected_intake_at: answer.expected_intake_at,
            });
            self.ending_note = answers
                .ending
                .as_ref()
                .filter(|ending| ending.by_provider || sight == Sight::Sender)
                .and_then(|ending| ending.note.clone());
        }
        let Some(secrets) = secrets.filter(|_| sight != Sight::Own) else {
            return;
        };
        self.instructions.clone_from(&secrets.instructions);
        if sight == Sight::Sender {
            self.basis_reason.clone_from(&secrets.basis_reason);
        }
    }
}

/// Says whether the provider ended it: its coded reason is then its own writing (R3).
const fn ended_by_provider(state: ReferralState) -> bool {
    matches!(
        state,
        ReferralState::Declined | ReferralState::ServiceCompleted | ReferralState::ReturnedToSender
    )
}

/// Names the classes that exist and that the caller is not shown.
fn withheld(permit: &Permit<ReadReferral, ReferralRow>, sight: Sight) -> Vec<Class> {
    let shown = |class: Class| match sight {
        Sight::Sender => class == Class::IdentitySealed || permit.may_see(class),
        Sight::Working => permit.row().facts.discloses.has(class),
        Sight::Offer | Sight::Own => false,
    };
    [Class::CaseRestricted, Class::IdentitySealed]
        .into_iter()
        .filter(|class| !shown(*class))
        .collect()
}

fn links(row: &ReferralRow, sight: Sight) -> Links {
    let base = format!("/v1/referrals/{}", row.referral.id);
    let links = Links::to("self", base.clone());
    let case = format!("/v1/cases/{}", row.referral.case_id);
    match sight {
        Sight::Offer => links,
        Sight::Own => links.and("service_updates", format!("{base}/service-updates")),
        Sight::Sender => {
            links.and("service_updates", format!("{base}/service-updates")).and("case", case)
        }
        Sight::Working => links
            .and("service_updates", format!("{base}/service-updates"))
            .and("package", format!("{base}/package"))
            .and("case", case),
    }
}

impl OfferView {
    /// Tells what a provider must know to say yes or no.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub(in crate::api) fn of(row: &ReferralRow, now: Instant) -> Result<Self> {
        let (referral, person) = (&row.referral, &row.person);
        let languages =
            person.primary_language.iter().cloned().chain(person.other_languages.get()?).collect();
        Ok(Self {
            urgency: referral.urgency,
            respond_by: referral.respond_by,
            sex_reporting: person.sex_reporting,
            age_band: age_band(
                person.age_status,
                person.birth_year(),
                chrono::Datelike::year(&now.date()),
            ),
            languages,
            placement_needs: referral.placement_needs()?,
            area: row.case.area.clone(),
        })
    }
}

impl CourseView {
    fn of(row: &ReferralRow) -> Self {
        let referral = &row.referral;
        Self {
            case_id: referral.case_id.clone(),
            case_code: row.case.case_code.clone(),
            from_organisation_id: referral.from_organisation_id.clone(),
            organisation_id: referral.organisation_id.clone(),
            reason: referral.reason.clone(),
            sent_at: referral.sent_at,
            received_at: referral.received_at,
            answered_at: referral.answered_at,
            ended_at: referral.ended_at,
            worker_id: referral.worker_id.clone(),
            created_by: referral.created_by.clone(),
            created_at: referral.created_at,
            updated_at: referral.updated_at,
        }
    }
}

impl BasisView {
    fn of(row: &ReferralRow) -> Self {
        Self {
            legal_basis: row.referral.legal_basis,
            consent_id: row.referral.consent_id.clone(),
            categories: row.facts.discloses.iter().collect(),
        }
    }
}

impl Representation for ReferralView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/referrals/{}", self.id)
    }
}
