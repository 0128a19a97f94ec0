//! What a recovery and reflection period looks like to somebody who may see it.

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    id::{CaseId, ReflectionPeriodId, UserId},
    instant::Instant,
    policy::{Class, Permit, ReadReflection},
    reflection::{Grant, Notice, ReflectionBasis, ReflectionStatus, TerminationReason},
};
use refero_store::{cases::CaseRow, reflections::Reflection};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// What the person was told, and in which language.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReflectionNoticeView {
    /// Where the period stood.
    pub of: ReflectionStatus,
    /// The day.
    pub told_on: NaiveDate,
    /// ISO 639 code.
    pub language: String,
    /// An interpreter helped.
    pub interpreter: bool,
    /// Who wrote it down.
    pub recorded_by: UserId,
}

impl ReflectionNoticeView {
    fn of(notice: &Notice) -> Self {
        Self {
            of: notice.of,
            told_on: notice.on,
            language: notice.language.clone(),
            interpreter: notice.interpreter,
            recorded_by: notice.by.clone(),
        }
    }
}

/// Days that were granted, the first time or with an extension, and on what they rest.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReflectionGrantView {
    /// How many.
    pub days: u16,
    /// On what they rest.
    pub basis: ReflectionBasis,
    /// Where that is written; null where the country profile names nothing.
    pub citation: Option<String>,
    /// The last day of the period since then.
    pub ends_on: NaiveDate,
    /// Who granted them.
    pub granted_by: UserId,
    /// When that was written down.
    pub granted_at: Instant,
}

impl ReflectionGrantView {
    fn of(grant: &Grant) -> Self {
        Self {
            days: grant.days,
            basis: grant.basis,
            citation: grant.citation.clone(),
            ends_on: grant.ends_on,
            granted_by: grant.by.clone(),
            granted_at: grant.at,
        }
    }
}

/// A recovery and reflection period.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReflectionPeriodView {
    /// The period.
    pub id: ReflectionPeriodId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Where it stands.
    pub state: ReflectionStatus,
    /// For `If-Match`.
    pub version: i64,
    /// The first day, which does not count.
    pub starts_on: Option<NaiveDate>,
    /// The last day.
    pub ends_on: Option<NaiveDate>,
    /// How many days, with every extension.
    pub days: Option<u16>,
    /// The day on which it ended.
    pub ended_on: Option<NaiveDate>,
    /// What else is held of it; absent for whoever sees its dates alone.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub restricted: Option<ReflectionDetailView>,
    /// When the offer was written down.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// What is held of a period beside its dates.
#[derive(Clone, Serialize, ToSchema)]
pub struct ReflectionDetailView {
    /// The day on which it was offered.
    pub offered_on: NaiveDate,
    /// What the person was told, the offer first; empty where a case paused without an offer on record.
    pub notices: Vec<ReflectionNoticeView>,
    /// The days that were granted, the first time and with each extension.
    pub grants: Vec<ReflectionGrantView>,
    /// Whether nobody is removed from the country while it runs; null where the country has not settled it.
    pub suspends_removal: Option<bool>,
    /// What was explained, and what the person said to it.
    pub offer_words: Option<String>,
    /// Why the person declined.
    pub decline_reason: Option<String>,
    /// Why it was refused.
    pub refusal_reasons: Option<String>,
    /// Why it was extended, each time.
    pub extension_reasons: Vec<String>,
    /// Why it ended early, as a code.
    pub end_reason: Option<TerminationReason>,
    /// Why it ended early, in words.
    pub termination_reasons: Option<String>,
    /// Who granted it, refused it, or wrote down that the person declined.
    pub answered_by: Option<UserId>,
    /// When.
    pub answered_at: Option<Instant>,
    /// Who wrote the end down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who offered it.
    pub created_by: UserId,
}

impl ReflectionDetailView {
    fn of(permit: &Permit<ReadReflection, CaseRow>, period: &Reflection) -> Option<Self> {
        let words = period.words.reveal(permit, Class::CaseRestricted).ok()?;
        let (answered_by, answered_at) = period.answered.clone().unzip();
        let (ended_by, ended_at) = period.ended.clone().unzip();
        Some(Self {
            offered_on: period.offered_on,
            notices: period.notices.iter().map(ReflectionNoticeView::of).collect(),
            grants: period.grants.iter().map(ReflectionGrantView::of).collect(),
            suspends_removal: period.suspends_removal,
            offer_words: words.offer.clone(),
            decline_reason: words.declined.clone(),
            refusal_reasons: words.refused.clone(),
            extension_reasons: words.extended.clone(),
            end_reason: period.end_reason,
            termination_reasons: words.terminated.clone(),
            answered_by,
            answered_at,
            ended_by,
            ended_at,
            created_by: period.created_by.clone(),
        })
    }
}

impl ReflectionPeriodView {
    /// Shows a period under the permit that opened the case.
    pub(super) fn of(
        permit: &Permit<ReadReflection, CaseRow>,
        period: &Reflection,
        (actor, today): (&Actor, NaiveDate),
    ) -> Self {
        let restricted = ReflectionDetailView::of(permit, period);
        let withheld = restricted.is_none().then_some(Class::CaseRestricted);
        let case = format!("/v1/cases/{}", period.case_id);
        let of = (&permit.row().facts, actor);
        Self {
            id: period.id.clone(),
            case_id: period.case_id.clone(),
            state: period.state.get(),
            version: period.version,
            starts_on: period.runs.map(|(first, _)| first),
            ends_on: period.runs.map(|(_, last)| last),
            days: period.runs.map(|_| period.days()),
            ended_on: period.ended_on,
            restricted,
            created_at: period.created_at,
            updated_at: period.updated_at,
            allowed_actions: period.allowed_actions(of, today),
            withheld: withheld.into_iter().collect(),
            links: Links::to("self", format!("{case}/reflection-periods/{}", period.id))
                .and("case", case),
        }
    }
}

impl Representation for ReflectionPeriodView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/reflection-periods/{}", self.case_id, self.id)
    }
}
