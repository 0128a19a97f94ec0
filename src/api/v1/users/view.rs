//! What an account looks like to somebody who may know it.

use refero_domain::{
    account::{DisableReason, UserState},
    actor::ActorRole,
    event::Event,
    id::{OrganisationId, RoleGrantId, UserId},
    instant::Instant,
    second_factor::FactorState,
};
use refero_store::{Result, accounts::UserRow, roles::RoleGrant, unit::Reading};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::accounts,
};

/// A role that was granted.
#[derive(Clone, Serialize, ToSchema)]
pub struct RoleView {
    /// The grant.
    id: RoleGrantId,
    /// The role.
    role: ActorRole,
    /// ISO 3166-2; null is the whole country.
    area: Option<String>,
    /// From when it holds.
    valid_from: Instant,
    /// Until when, exclusive; null is without end.
    valid_to: Option<Instant>,
    /// Whether it holds now.
    holds: bool,
}

impl RoleView {
    fn of(grant: &RoleGrant, now: Instant) -> Self {
        Self {
            id: grant.id.clone(),
            role: grant.role,
            area: grant.area.clone(),
            valid_from: grant.valid_from,
            valid_to: grant.valid_to,
            holds: grant.dated().holds_at(now),
        }
    }
}

/// An account.
#[derive(Clone, Serialize, ToSchema)]
pub struct UserView {
    /// The account.
    pub(super) id: UserId,
    /// The one organisation that the person works for.
    organisation_id: OrganisationId,
    /// The name to sign in with.
    pub(super) username: String,
    /// The name that colleagues read.
    display_name: String,
    /// The language of titles and letters; null if none was chosen, and then `Accept-Language` chooses.
    #[schema(examples("fr"))]
    language: Option<String>,
    /// Where the account stands.
    state: UserState,
    /// Why it is disabled, if somebody said so.
    disabled_reason: Option<DisableReason>,
    /// Where the second factor stands.
    second_factor: FactorState,
    /// Every role that was ever granted.
    roles: Vec<RoleView>,
    /// For `If-Match`.
    version: i64,
    /// When it was made.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
    /// What the caller could do to it now.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    withheld: [&'static str; 0],
    /// Where to go from here.
    links: Links,
}

impl UserView {
    /// Shows an account as it is in this transaction.
    pub(super) fn of(reading: &Reading<'_>, row: &UserRow) -> Result<Self> {
        let (user, now) = (&row.user, reading.now());
        Ok(Self {
            id: user.id.clone(),
            organisation_id: user.organisation_id.clone(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            language: user.language.clone(),
            state: user.state.get(),
            disabled_reason: user.disabled_reason,
            second_factor: row.factor,
            roles: row.roles.iter().map(|grant| RoleView::of(grant, now)).collect(),
            version: user.version,
            created_at: user.created_at,
            updated_at: user.updated_at,
            allowed_actions: row.allowed_actions(reading.actor()?),
            withheld: [],
            links: Links::to("self", format!("/v1/users/{}", user.id))
                .and("organisation", format!("/v1/organisations/{}", user.organisation_id))
                .and("audit", format!("/v1/audit-events?actor_id={}", user.id)),
        })
    }

    /// Fetches an account and shows it, with the event that must be durable before.
    pub(super) fn open(reading: &mut Reading<'_>, id: &UserId) -> Result<(Event, Self)> {
        accounts::open(reading, id, Self::of)
    }
}

impl Representation for UserView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        format!("/v1/users/{}", self.id)
    }
}

/// An account whose person is to choose a password.
#[derive(Clone, Serialize, ToSchema)]
pub struct InvitedView {
    /// The account.
    #[serde(flatten)]
    #[schema(inline)]
    user: UserView,
    /// To be given to the person, who chooses a password with it (`POST /v1/session/activate`). It
    /// is shown this once: null when the same request is repeated.
    activation_secret: Option<String>,
    /// Until when the secret works; null when it is not shown.
    activation_expires_at: Option<Instant>,
}

impl InvitedView {
    /// Puts the secret beside the account, if this run made it.
    pub(super) fn of(user: UserView, secret: Option<(String, Instant)>) -> Self {
        let (activation_secret, activation_expires_at) = secret.unzip();
        Self { user, activation_secret, activation_expires_at }
    }
}

impl Representation for InvitedView {
    fn version(&self) -> Option<i64> {
        self.user.version()
    }

    fn location(&self) -> String {
        self.user.location()
    }
}
