//! The sealed part: who the person is.

use refero_domain::{
    actor::Actor,
    case::CaseStatus,
    event::Event,
    id::{CaseId, PersonId},
    instant::Instant,
    person::{Identity, IdentityDocument, PartialDate, PersonName},
    policy::{self, Action, Class, EditIdentity, ReadIdentity},
    sensitive::Sensitive,
};
use refero_store::{
    Error, Result as Stored,
    unit::{Reading, Tx},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        caller::Caller,
        extract::{Body, Checked, IfMatch, PatchField, PathId},
        problem::{FieldErrors, Problem},
        reply::{Reply, Representation},
        v1::{Links, once, reports::change, rules},
    },
    service::dossier::{self, OpenedIdentity},
};

/// Who a person is, opened for a stated purpose.
#[derive(Serialize, ToSchema)]
pub struct IdentityView {
    /// The case.
    pub case_id: CaseId,
    /// The person.
    pub person_id: PersonId,
    /// Where the work on the case stands.
    pub state: CaseStatus,
    /// For `If-Match`.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
    /// The identity itself.
    #[serde(flatten)]
    #[schema(inline)]
    pub identity: Identity,
    /// What the caller could do with it now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown: to whoever investigates, where the person can be found.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl IdentityView {
    fn of(actor: &Actor, opened: &OpenedIdentity) -> Stored<Self> {
        let row = opened.permit.row();
        let case_id = row.case.id.clone();
        let may_edit = policy::may(EditIdentity::NAME, actor, &row.facts);
        let identity = opened
            .row
            .identity
            .reveal(&opened.permit, Class::IdentitySealed)
            .map_err(|withheld| Error::broken_by("a permit without its class", withheld))?
            .clone();
        let (identity, withheld) = if opened.tells_whereabouts() {
            (identity, Vec::new())
        } else {
            let nowhere = Identity { phones: Vec::new(), addresses: Vec::new(), ..identity };
            (nowhere, vec![Class::SafeLocation])
        };
        Ok(Self {
            person_id: opened.row.person_id.clone(),
            state: row.case.state.get(),
            version: opened.row.version,
            updated_at: opened.row.updated_at,
            identity,
            allowed_actions: may_edit.then_some("edit").into_iter().collect(),
            withheld,
            links: Links::to("self", format!("/v1/cases/{case_id}/identity"))
                .and("case", format!("/v1/cases/{case_id}")),
            case_id,
        })
    }
}

impl Representation for IdentityView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/identity", self.case_id)
    }
}

/// Opens the identity.
pub(super) async fn read(
    caller: Caller<ReadIdentity>,
    id: PathId<CaseId>,
) -> Result<Reply<IdentityView>, Problem> {
    let view = caller
        .read(move |reading| {
            let (event, view) = open(reading, &id.0)?;
            Ok(reading.disclose(event, view))
        })
        .await?;
    Ok(Reply::shown(view))
}

/// A merge patch of an identity (RFC 7396): absent members stay, null clears, lists are replaced.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityPatch {
    /// Names, as many as are known.
    #[serde(default)]
    #[schema(value_type = Option<Vec<PersonName>>)]
    pub names: PatchField<Sensitive<Vec<PersonName>>>,
    /// The date of birth, at the precision that is known.
    #[serde(default)]
    #[schema(value_type = Option<PartialDate>)]
    pub birth_date: PatchField<Sensitive<PartialDate>>,
    /// Documents that name the person.
    #[serde(default)]
    #[schema(value_type = Option<Vec<IdentityDocument>>)]
    pub documents: PatchField<Sensitive<Vec<IdentityDocument>>>,
    /// Telephone numbers of the person.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub phones: PatchField<Sensitive<Vec<String>>>,
    /// Addresses of the person; never the address of a shelter.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub addresses: PatchField<Sensitive<Vec<String>>>,
    /// Where a photograph is kept.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub photo_reference: PatchField<Sensitive<String>>,
}

impl IdentityPatch {
    fn apply(&self, identity: Sensitive<Identity>) -> Sensitive<Identity> {
        let it = change(identity, &self.names, |it, names| it.names = names.unwrap_or_default());
        let it = change(it, &self.birth_date, |it, date| it.birth_date = date);
        let it = change(it, &self.documents, |it, list| it.documents = list.unwrap_or_default());
        let it = change(it, &self.phones, |it, list| it.phones = list.unwrap_or_default());
        let it = change(it, &self.addresses, |it, list| it.addresses = list.unwrap_or_default());
        change(it, &self.photo_reference, |it, photo| it.photo_reference = photo)
    }

    fn fields(&self) -> Vec<&'static str> {
        [
            ("names", self.names.is_absent()),
            ("birth_date", self.birth_date.is_absent()),
            ("documents", self.documents.is_absent()),
            ("phones", self.phones.is_absent()),
            ("addresses", self.addresses.is_absent()),
            ("photo_reference", self.photo_reference.is_absent()),
        ]
        .into_iter()
        .filter_map(|(name, absent)| (!absent).then_some(name))
        .collect()
    }
}

impl Checked for IdentityPatch {
    fn check(&self, errors: &mut FieldErrors) {
        let changed = self.apply(Sensitive::new(Identity::default()));
        rules::identity("", Some(&changed), errors);
    }
}

fn open(reading: &mut Reading<'_>, id: &CaseId) -> Stored<(Event, IdentityView)> {
    let (event, opened) = dossier::open_identity(reading, id)?;
    Ok((event, IdentityView::of(reading.actor()?, &opened)?))
}

/// Corrects the identity.
pub(super) async fn edit(
    caller: Caller<EditIdentity>,
    id: PathId<CaseId>,
    version: IfMatch,
    body: Body<IdentityPatch>,
) -> Result<Reply<IdentityView>, Problem> {
    let patch = body.into_inner();
    let profile = caller.app().profile().clone();
    let view = caller
        .write(move |tx| {
            let (target, fields) = ((&id.0, version.expected()), patch.fields());
            let change = |identity| patch.apply(identity);
            let act =
                |tx: &mut Tx<'_>| dossier::edit_identity(tx, &profile, target, &fields, change);
            once(tx, None, act, open)
        })
        .await?;
    Ok(Reply::shown(view))
}
