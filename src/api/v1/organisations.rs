//! `/v1/organisations`

use actix_web::{Responder, http::Method};
use refero_domain::{
    directory::is_e164,
    event::Event,
    id::OrganisationId,
    instant::Instant,
    policy::{CreateOrganisation, EditOrganisation, ReadOrganisation},
};
use refero_store::{
    Result,
    directory::{Organisation, OrganisationFields, OrganisationFilter},
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, OneOf, PatchField, PathId, Query, absorb},
        operation::{Table, Takes},
        page::{Cursor, Filters, Limit},
        problem::{FieldCode, FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{Activity, Links, rules},
    },
    service::directory,
};

/// An organisation that takes part in the mechanism.
#[derive(Clone, Serialize, ToSchema)]
pub struct OrganisationView {
    /// The organisation.
    id: OrganisationId,
    /// Its name.
    name: String,
    /// A code of the list `organisation_type`.
    #[schema(examples("ngo"))]
    organisation_type: String,
    /// ISO 3166-2 area of the country profile; null if it works in the whole country.
    #[schema(examples("XZ-N"))]
    area: Option<String>,
    /// E.164. Never that of a shelter whose place is secret (R9).
    #[schema(examples("+256414000000"))]
    phone: Option<String>,
    /// Whether it takes part now. The people of one that does not cannot sign in.
    active: bool,
    /// The same, in a word.
    state: Activity,
    /// For `If-Match`.
    version: i64,
    /// When it was entered.
    created_at: Instant,
    /// When it last changed.
    updated_at: Instant,
    /// What the caller could do with it now.
    allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: none.
    #[schema(value_type = Vec<String>)]
    withheld: [&'static str; 0],
    /// Where to go from here.
    links: Links,
}

impl OrganisationView {
    fn of(reading: &Reading<'_>, found: &Organisation) -> Result<Self> {
        let address = format!("/v1/organisations/{}", found.id);
        Ok(Self {
            id: found.id.clone(),
            name: found.name.clone(),
            organisation_type: found.organisation_type.clone(),
            area: found.area.clone(),
            phone: found.phone.clone(),
            active: found.active,
            state: Activity::of(found.active),
            version: found.version,
            created_at: found.created_at,
            updated_at: found.updated_at,
            allowed_actions: found.allowed_actions(reading.actor()?),
            withheld: [],
            links: Links::to("services", format!("{address}/services")).and("self", address),
        })
    }
}

impl Representation for OrganisationView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    fn location(&self) -> String {
        format!("/v1/organisations/{}", self.id)
    }
}

/// An organisation to enter.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OrganisationBody {
    /// Its id, if the client chooses one: a random UUID (version 4).
    #[serde(default)]
    id: Option<OrganisationId>,
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    #[validate(length(max = 200), custom(function = "rules::not_blank"))]
    name: String,
    /// A code of the list `organisation_type`.
    #[schema(examples("ngo"))]
    organisation_type: String,
    /// ISO 3166-2 area of the country profile; absent if it works in the whole country.
    #[serde(default)]
    #[schema(examples("XZ-N"))]
    area: Option<String>,
    /// E.164. Never that of a shelter whose place is secret (R9).
    #[serde(default)]
    #[schema(examples("+256414000000"))]
    phone: Option<String>,
}

impl OrganisationBody {
    fn fields(&self) -> OrganisationFields {
        OrganisationFields {
            name: self.name.trim().to_owned(),
            organisation_type: self.organisation_type.clone(),
            area: self.area.clone(),
            phone: self.phone.clone(),
            active: true,
        }
    }
}

fn phone(number: Option<&str>, errors: &mut FieldErrors) {
    if number.is_some_and(|number| !is_e164(number)) {
        errors.add("phone", FieldCode::Format);
    }
}

impl Checked for OrganisationBody {
    fn check(&self, errors: &mut FieldErrors) {
        absorb(errors, self.validate());
        rules::code(
            "organisation_type",
            "organisation_type",
            Some(&self.organisation_type),
            errors,
        );
        phone(self.phone.as_deref(), errors);
    }
}

/// What is changed of an organisation.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct OrganisationPatch {
    /// Its name.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    #[validate(length(max = 200), custom(function = "rules::not_blank"))]
    name: Option<String>,
    /// A code of the list `organisation_type`.
    #[serde(default)]
    #[schema(nullable = false)]
    organisation_type: Option<String>,
    /// ISO 3166-2 area of the country profile; null if it works in the whole country.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    area: PatchField<String>,
    /// E.164; null clears it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: PatchField<String>,
    /// Whether it takes part.
    #[serde(default)]
    #[schema(nullable = false)]
    active: Option<bool>,
}

impl Checked for OrganisationPatch {
    fn check(&self, errors: &mut FieldErrors) {
        absorb(errors, self.validate());
        let kind = self.organisation_type.as_deref();
        rules::code("organisation_type", "organisation_type", kind, errors);
        phone(self.phone.value().map(String::as_str), errors);
    }
}

impl OrganisationPatch {
    fn apply(&self, mut fields: OrganisationFields) -> OrganisationFields {
        if let Some(name) = &self.name {
            fields.name = name.trim().to_owned();
        }
        if let Some(kind) = &self.organisation_type {
            fields.organisation_type.clone_from(kind);
        }
        self.area.clone().apply_to(&mut fields.area);
        self.phone.clone().apply_to(&mut fields.phone);
        fields.active = self.active.unwrap_or(fields.active);
        fields
    }
}

fn open(reading: &mut Reading<'_>, id: &OrganisationId) -> Result<(Event, OrganisationView)> {
    directory::open(reading, id, OrganisationView::of)
}

/// Enters an organisation.
async fn create(
    caller: Caller<CreateOrganisation>,
    body: Body<OrganisationBody>,
) -> Result<Reply<OrganisationView>, Problem> {
    let (body, digest) = body.into_parts();
    let once = caller.once_or_id(&digest, body.id.is_some())?;
    let profile = caller.app().profile().clone();
    caller
        .write(move |tx| {
            let act =
                |tx: &mut Tx<'_>| directory::create(tx, body.id.clone(), &body.fields(), &profile);
            super::once(tx, once.as_ref(), act, open)
        })
        .await
        .map(Reply::created)
}

/// Shows an organisation.
async fn read(
    caller: Caller<ReadOrganisation>,
    id: PathId<OrganisationId>,
) -> Result<Reply<OrganisationView>, Problem> {
    caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await
        .map(Reply::shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    organisation_type: OneOf<String>,
    #[serde(default)]
    area: OneOf<String>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    limit: Limit,
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Lists organisations.
async fn list(
    caller: Caller<ReadOrganisation>,
    query: Query<ListQuery>,
) -> Result<impl Responder, Problem> {
    let (app, http) = (caller.app(), caller.http().clone());
    let principal = caller.user_id().as_str().to_owned();
    let pager = app.cursors().pager("organisation.list", Filters::of_query(&http), &principal);
    let ListQuery { organisation_type, area, active, limit, cursor } = query.0;
    let after: Option<(String, OrganisationId)> = pager.open(cursor.as_ref())?;
    let filter =
        OrganisationFilter { types: organisation_type.into_vec(), areas: area.into_vec(), active };
    let rows = caller
        .read(move |reading| {
            directory::list(reading, &filter, after.as_ref(), limit.rows(), OrganisationView::of)
        })
        .await?;
    let page = pager.page(rows, |view: &OrganisationView| (view.name.clone(), view.id.clone()))?;
    Ok(page.respond(&http))
}

/// Changes an organisation.
async fn edit(
    caller: Caller<EditOrganisation>,
    id: PathId<OrganisationId>,
    version: IfMatch,
    body: Body<OrganisationPatch>,
) -> Result<Reply<OrganisationView>, Problem> {
    let patch = body.into_inner();
    let profile = caller.app().profile().clone();
    caller
        .write(move |tx| {
            let change = |fields| patch.apply(fields);
            let act =
                |tx: &mut Tx<'_>| directory::edit(tx, &id.0, version.expected(), change, &profile);
            super::once(tx, None, act, open)
        })
        .await
        .map(Reply::shown)
}

const TAG: &str = "organisations";

/// The operations on organisations.
#[must_use]
pub fn table(table: Table) -> Table {
    one_table(all_table(table))
}

fn all_table(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/organisations", "createOrganisation"), create, |o| {
            o.says(
                TAG,
                "Enter an organisation",
                "Administrators enter who takes part (R16). The type is a code of the list \
                 `organisation_type`, the area one of the country profile (R19).",
            )
            .takes::<OrganisationBody>(json!({
                "name": "Northern Shelter Network",
                "organisation_type": "ngo",
                "phone": "+256414000000"
            }))
            .creates::<OrganisationView>()
        })
        .op((Method::GET, "/v1/organisations", "listOrganisations"), list, |o| {
            o.says(
                TAG,
                "List organisations",
                "The directory, by name. Everybody who is signed in reads it.",
            )
            .lists::<OrganisationView>(&[
                ("organisation_type", Takes::Words, "Only of these types, separated by commas."),
                ("area", Takes::Words, "Only of these areas, separated by commas."),
                (
                    "active",
                    Takes::Flag,
                    "`true`: only those that take part now; `false`: only the others.",
                ),
            ])
        })
}

fn one_table(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/organisations/{id}", "readOrganisation"), read, |o| {
            o.says(TAG, "Read an organisation", "Everybody who is signed in reads the directory.")
                .shows::<OrganisationView>()
        })
        .op((Method::PATCH, "/v1/organisations/{id}", "editOrganisation"), edit, |o| {
            o.says(
                TAG,
                "Change an organisation",
                "A merge patch (RFC 7396): absent members stay, null clears. The people of an \
                 organisation that is made inactive are signed out with the next request; 409 \
                 `last-administrator` if nobody would be left to administer accounts.",
            )
            .takes::<OrganisationPatch>(json!({"phone": "+256414000001"}))
            .if_match()
            .shows::<OrganisationView>()
        })
}
