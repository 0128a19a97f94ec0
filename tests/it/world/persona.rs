//! People who use the service: each with an organisation, roles and a session of its own.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
};

use refero::authn::token::{Bearer, Method as Proof};
use refero_domain::{
    actor::ActorRole,
    id::{OrganisationId, SessionId, UserId},
};
use refero_store::testing;
use reqwest::Method;

use super::{Asking, Inner, PASSWORD, World};

/// A session outlives every story, however far its clock is moved.
const SESSION_S: i64 = 400 * 86_400;

/// Somebody who is signed in, with a fresh access token for each request.
#[derive(Clone)]
pub(crate) struct Persona {
    pub(crate) user_id: UserId,
    pub(crate) organisation_id: OrganisationId,
    pub(crate) username: String,
    /// The password for a real sign-in over HTTP.
    pub(crate) password: &'static str,
    session_id: SessionId,
    world: Arc<Inner>,
}

impl Persona {
    pub(crate) fn get(&self, path: impl AsRef<str>) -> Asking {
        self.ask(Method::GET, path.as_ref())
    }

    pub(crate) fn post(&self, path: impl AsRef<str>) -> Asking {
        self.ask(Method::POST, path.as_ref())
    }

    pub(crate) fn patch(&self, path: impl AsRef<str>) -> Asking {
        self.ask(Method::PATCH, path.as_ref())
    }

    pub(crate) fn put(&self, path: impl AsRef<str>) -> Asking {
        self.ask(Method::PUT, path.as_ref())
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> Asking {
        let url = format!("{}{path}", self.world.base_url);
        let asking = Asking::new(&self.world.client, method, url, Some(self.token()));
        asking.heard_by(&self.world.heard, &self.user_id)
    }

    /// Signs an access token for the session at the world's present moment.
    pub(crate) fn token(&self) -> String {
        let now = self.world.now().to_utc();
        let bearer = Bearer {
            user: self.user_id.as_str().parse().unwrap(),
            session: self.session_id.as_str().parse().unwrap(),
            authenticated_at: now,
            methods: vec![Proof::Pwd],
        };
        self.world.tokens.issue(&bearer, now, &mut *self.world.entropy.rng()).unwrap()
    }
}

/// Somebody about to be put into the database: awaited, it is a [`Persona`].
#[must_use]
pub(crate) struct NewPersona {
    world: Arc<Inner>,
    roles: Vec<ActorRole>,
    area: Option<String>,
    organisation: Option<OrganisationId>,
}

impl NewPersona {
    pub(super) fn new(world: &Arc<Inner>, role: ActorRole) -> Self {
        let world = Arc::clone(world);
        Self { world, roles: vec![role], area: None, organisation: None }
    }

    /// Works at an organisation that is there already, instead of one of its own.
    pub(crate) fn at(mut self, organisation_id: &OrganisationId) -> Self {
        self.organisation = Some(organisation_id.clone());
        self
    }

    /// Has its roles in one area, instead of the whole country.
    pub(crate) fn in_area(mut self, area: &str) -> Self {
        self.area = Some(area.to_owned());
        self
    }

    /// Holds another role as well.
    pub(crate) fn also(mut self, role: ActorRole) -> Self {
        self.roles.push(role);
        self
    }

    fn settle(self) -> Persona {
        let Self { world, roles, area, organisation } = self;
        let organisation_id =
            organisation.unwrap_or_else(|| world.organisation(organisation_type(roles[0])));
        let (now, owner) = (world.now(), world.owner());
        let user_id: UserId = world.entropy.id();
        let username = format!("{}.{}", roles[0].code().replace('_', "-"), world.next());
        let grants: Vec<_> =
            roles.iter().map(|role| (world.entropy.id(), *role, area.clone())).collect();
        let account = testing::Account {
            id: &user_id,
            organisation_id: &organisation_id,
            username: &username,
            password_hash: super::password_hash(),
            roles: &grants,
        };
        testing::insert_account(owner, &account, now).unwrap();
        let session_id = world.entropy.id();
        let expires_at = now.plus_seconds(SESSION_S);
        testing::insert_session(owner, &session_id, &user_id, now, expires_at).unwrap();
        Persona { user_id, organisation_id, username, password: PASSWORD, session_id, world }
    }
}

impl IntoFuture for NewPersona {
    type Output = Persona;
    type IntoFuture = Pin<Box<dyn Future<Output = Persona>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.settle() })
    }
}

impl World {
    /// Somebody with a role, in an organisation of its own unless [`NewPersona::at`] says where.
    pub(crate) fn persona(&self, role: ActorRole) -> NewPersona {
        NewPersona::new(&self.inner, role)
    }

    pub(crate) fn first_responder(&self) -> NewPersona {
        self.persona(ActorRole::FirstResponder)
    }

    pub(crate) fn coordinator(&self) -> NewPersona {
        self.persona(ActorRole::CaseCoordinator)
    }

    pub(crate) fn supervisor(&self) -> NewPersona {
        self.persona(ActorRole::CoordinationSupervisor)
    }

    pub(crate) fn worker(&self) -> NewPersona {
        self.persona(ActorRole::ServiceProviderWorker)
    }

    pub(crate) fn manager(&self) -> NewPersona {
        self.persona(ActorRole::ServiceProviderManager)
    }

    pub(crate) fn administrator(&self) -> NewPersona {
        self.persona(ActorRole::SystemAdministrator)
    }

    pub(crate) fn data_protection_officer(&self) -> NewPersona {
        self.persona(ActorRole::DataProtectionOfficer)
    }

    pub(crate) fn auditor(&self) -> NewPersona {
        self.persona(ActorRole::Auditor)
    }
}

/// The kind of organisation that people with a role usually work at.
const fn organisation_type(role: ActorRole) -> &'static str {
    match role {
        ActorRole::FirstResponder | ActorRole::Investigator => "law_enforcement",
        ActorRole::CaseCoordinator | ActorRole::CoordinationSupervisor => "coordination_body",
        ActorRole::ServiceProviderWorker | ActorRole::ServiceProviderManager => "ngo",
        ActorRole::ProsecutorLiaison => "prosecution",
        ActorRole::Guardian => "child_protection_service",
        ActorRole::IdentificationOfficer
        | ActorRole::TransnationalFocalPoint
        | ActorRole::DataProtectionOfficer
        | ActorRole::Auditor
        | ActorRole::Analyst
        | ActorRole::SystemAdministrator => "central_government",
    }
}
