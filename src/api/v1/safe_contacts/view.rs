//! What a way to reach somebody looks like to whoever may see it.

use refero_domain::{
    actor::Actor,
    id::{CaseId, SafeContactId, UserId},
    instant::Instant,
    policy::{Action, Class, Permit, ReadSafeContact, UseSafeContact},
    safe_contact::{
        ContactChannel, ContactRule, SafeContactEndReason, SafeContactState, SafeHours,
        UrgentContactReason,
    },
};
use refero_store::{cases::CaseRow, safe_contacts::SafeContact};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// A way to reach the person of a case, or one that must never be taken.
#[derive(Clone, Serialize, ToSchema)]
pub struct SafeContactView {
    /// The way.
    pub id: SafeContactId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// Whether it still holds.
    pub state: SafeContactState,
    /// For `If-Match`.
    pub version: i64,
    /// Whether it is open or must never be taken.
    pub rule: ContactRule,
    /// By what.
    pub channel: ContactChannel,
    /// The language to speak or write in (BCP 47).
    pub language: Option<String>,
    /// When, by the clock of the country; at any time if empty.
    pub hours: Vec<SafeHours>,
    /// The number or place: told in the answer to `use` alone.
    pub value: Option<String>,
    /// By what the survivor and the caller know each other: told in the answer to `use` alone.
    pub code_word: Option<String>,
    /// Who else may answer: told in the answer to `use` alone.
    pub who_may_answer: Option<String>,
    /// What else whoever calls must know: told in the answer to `use` alone.
    pub instructions: Option<String>,
    /// Who asked for it last.
    pub used_by: Option<UserId>,
    /// When.
    pub used_at: Option<Instant>,
    /// What could not wait for a safe hour then.
    pub urgent_because: Option<UrgentContactReason>,
    /// Why it does not hold any more.
    pub end_reason: Option<SafeContactEndReason>,
    /// Who wrote that down.
    pub ended_by: Option<UserId>,
    /// When.
    pub ended_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: UserId,
    /// When it was written down.
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

impl SafeContactView {
    /// Shows a way without what is sealed, under the permit that opened the case.
    pub(super) fn of(
        permit: &Permit<ReadSafeContact, CaseRow>,
        contact: &SafeContact,
        actor: &Actor,
    ) -> Self {
        Self { withheld: vec![Class::IdentitySealed], ..Self::outside(permit, contact, actor) }
    }

    /// Tells the number to whoever is about to use it.
    pub(super) fn told(
        permit: &Permit<UseSafeContact, CaseRow>,
        contact: &SafeContact,
        actor: &Actor,
    ) -> Self {
        let words = contact.words.reveal(permit, Class::IdentitySealed).ok();
        Self {
            value: words.map(|words| words.value.clone()),
            code_word: words.and_then(|words| words.code_word.clone()),
            who_may_answer: words.and_then(|words| words.who_may_answer.clone()),
            instructions: words.and_then(|words| words.instructions.clone()),
            withheld: words.is_none().then_some(Class::IdentitySealed).into_iter().collect(),
            ..Self::outside(permit, contact, actor)
        }
    }

    fn outside<A: Action>(
        permit: &Permit<A, CaseRow>,
        contact: &SafeContact,
        actor: &Actor,
    ) -> Self {
        let case = format!("/v1/cases/{}", contact.case_id);
        Self {
            id: contact.id.clone(),
            case_id: contact.case_id.clone(),
            state: contact.state.get(),
            version: contact.version,
            rule: contact.rule,
            channel: contact.channel,
            language: contact.language.clone(),
            hours: contact.hours.clone(),
            value: None,
            code_word: None,
            who_may_answer: None,
            instructions: None,
            used_by: contact.used_by.clone(),
            used_at: contact.used_at,
            urgent_because: contact.urgent_because,
            end_reason: contact.end_reason,
            ended_by: contact.ended_by.clone(),
            ended_at: contact.ended_at,
            created_by: contact.created_by.clone(),
            created_at: contact.created_at,
            updated_at: contact.updated_at,
            allowed_actions: contact.allowed_actions(permit.row(), actor),
            withheld: Vec::new(),
            links: Links::to("self", format!("{case}/safe-contacts/{}", contact.id))
                .and("case", case),
        }
    }
}

impl Representation for SafeContactView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/safe-contacts/{}", self.case_id, self.id)
    }
}
