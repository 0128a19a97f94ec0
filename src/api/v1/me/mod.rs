//! The caller: who, where, with which roles, and what waits.

mod password;
mod second_factor;
mod sessions;

use actix_web::http::Method;
use refero_domain::{
    account::UserState,
    actor::ActorRole,
    id::{OrganisationId, UserId},
    instant::Instant,
    policy::{self, EditMe, ReadMe},
    second_factor::FactorState,
};
use refero_store::{
    Result,
    accounts::{ProfileChange, UserRow},
    unit::Reading,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

pub(in crate::api::v1) use self::second_factor::{SecondFactorView, judged};
use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, Language, PatchField, absorb},
        operation::Table,
        problem::{FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{Links, rules},
    },
    service::{accounts, directory, queues},
};

/// The organisation that the caller works for.
#[derive(Clone, Serialize, ToSchema)]
pub struct OwnOrganisationView {
    /// The organisation.
    id: OrganisationId,
    /// Its name.
    name: String,
    /// `organisation_type`.
    #[schema(examples("ngo"))]
    organisation_type: String,
}

/// A role that the caller holds now.
#[derive(Clone, Serialize, ToSchema)]
pub struct OwnRoleView {
    /// The role.
    role: ActorRole,
    /// ISO 3166-2; null is the whole country.
    area: Option<String>,
    /// From when it holds.
    valid_from: Instant,
    /// Until when; null is without end.
    valid_to: Option<Instant>,
}

/// How the caller's second factor stands.
#[derive(Clone, Serialize, ToSchema)]
pub struct OwnFactorView {
    /// Where it stands.
    state: FactorState,
    /// When an administrator last took it away; null if nobody did. To be shown to the person, who
    /// may not have asked for it.
    reset_at: Option<Instant>,
}

/// A work list of the caller.
#[derive(Clone, Serialize, ToSchema)]
pub struct OwnQueueView {
    /// The last segment of its address.
    name: &'static str,
    /// Where it is read.
    href: String,
    /// How many things wait in it.
    count: i64,
}

/// The caller.
#[derive(Clone, Serialize, ToSchema)]
pub struct MeView {
    /// The account.
    id: UserId,
    /// The same as `id`.
    #[schema(deprecated)]
    user_id: UserId,
    /// Where the account stands.
    state: UserState,
    /// The name to sign in with.
    username: String,
    /// The name that colleagues read.
    display_name: String,
    /// The language of titles and letters; null if none was chosen, and then `Accept-Language` chooses.
    #[schema(examples("fr"))]
    language: Option<String>,
    /// The one organisation that the caller works for.
    organisation: OwnOrganisationView,
    /// The roles that hold now.
    roles: Vec<OwnRoleView>,
    /// The second factor.
    second_factor: OwnFactorView,
    /// The work lists that these roles open, with what waits in each.
    queues: Vec<OwnQueueView>,
    /// For `If-Match`.
    version: i64,
    /// What the caller could do with the account.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    withheld: [&'static str; 0],
    /// Where to go from here.
    links: Links,
}

impl MeView {
    fn of(reading: &mut Reading<'_>, row: &UserRow) -> Result<Self> {
        let user = &row.user;
        let (actor, now) = (reading.actor()?.clone(), reading.now());
        let organisation = directory::own(reading, |found| {
            Ok(OwnOrganisationView {
                id: found.id.clone(),
                name: found.name.clone(),
                organisation_type: found.organisation_type.clone(),
            })
        })?;
        let roles = row
            .roles
            .iter()
            .filter(|grant| grant.dated().holds_at(now))
            .map(|grant| OwnRoleView {
                role: grant.role,
                area: grant.area.clone(),
                valid_from: grant.valid_from,
                valid_to: grant.valid_to,
            })
            .collect();
        let queues = queues::counts(reading)?
            .into_iter()
            .map(|queue| OwnQueueView {
                name: queue.name,
                href: format!("/v1/queues/{}", queue.name),
                count: queue.count,
            })
            .collect();
        Ok(Self {
            id: user.id.clone(),
            user_id: user.id.clone(),
            state: user.state.get(),
            username: user.username.clone(),
            display_name: user.display_name.clone(),
            language: user.language.clone(),
            organisation,
            roles,
            second_factor: OwnFactorView { state: row.factor, reset_at: row.factor_reset_at },
            queues,
            version: user.version,
            allowed_actions: ["edit", "change-password"]
                .into_iter()
                .filter(|act| policy::may(&format!("me.{act}"), &actor, &policy::SystemFacts))
                .collect(),
            withheld: [],
            links: Links::to("self", "/v1/me".to_owned())
                .and("organisation", format!("/v1/organisations/{}", user.organisation_id))
                .and("sessions", "/v1/me/sessions".to_owned())
                .and("second-factor", "/v1/me/second-factor".to_owned())
                .and("audit", format!("/v1/audit-events?actor_id={}", user.id)),
        })
    }
}

impl Representation for MeView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        "/v1/me".to_owned()
    }
}

/// Shows the caller.
async fn read(caller: Caller<ReadMe>) -> Result<Reply<MeView>, Problem> {
    caller.read(|reading| accounts::read_own(reading, MeView::of)).await.map(Reply::shown)
}

/// What the caller changes of themself.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProfilePatch {
    /// The name that colleagues read.
    #[serde(default)]
    #[schema(max_length = 200, nullable = false)]
    #[validate(length(max = 200), custom(function = "rules::not_blank"))]
    pub(super) display_name: Option<String>,
    /// The language of titles and letters; null leaves the choice to `Accept-Language`.
    #[serde(default)]
    #[schema(value_type = Option<Language>)]
    pub(super) language: PatchField<Language>,
}

impl Checked for ProfilePatch {
    fn check(&self, errors: &mut FieldErrors) {
        absorb(errors, self.validate());
    }
}

impl ProfilePatch {
    /// Returns the change that it asks for.
    pub(super) fn change(&self) -> ProfileChange {
        ProfileChange {
            display_name: self.display_name.as_deref().map(|name| name.trim().to_owned()),
            language: self.language.map(|language| language.as_str().to_owned()).into_change(),
        }
    }
}

/// Changes the caller's name or language.
async fn edit(
    caller: Caller<EditMe>,
    version: IfMatch,
    body: Body<ProfilePatch>,
) -> Result<Reply<MeView>, Problem> {
    let change = body.into_inner().change();
    caller
        .write(move |tx| {
            accounts::edit_own(tx, version.expected(), &change)?
                .try_map(|_| accounts::find_own(tx, MeView::of))
        })
        .await
        .map(Reply::shown)
}

/// The operations on oneself.
#[must_use]
pub fn table(table: Table) -> Table {
    const TAG: &str = "me";
    let table = table
        .op((Method::GET, "/v1/me", "readMe"), read, |o| {
            o.says(
                TAG,
                "Show who I am",
                "The caller's organisation, the roles that hold now, and the work lists that these \
                 open, with what waits in each; both are empty for somebody who holds no role now.",
            )
            .shows::<MeView>()
        })
        .op((Method::PATCH, "/v1/me", "editMe"), edit, |o| {
            o.says(
                TAG,
                "Change my name or language",
                "A merge patch: absent members stay. Organisation, roles and user name are not the \
                 caller's to change.",
            )
            .takes::<ProfilePatch>(json!({"language": "fr"}))
            .if_match()
            .shows::<MeView>()
        });
    sessions::table(second_factor::table(password::table(table)))
}
