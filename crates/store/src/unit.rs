//! The unit of work: who asks, what they find, what they write, and the event that goes with it.

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
};

use refero_domain::{
    actor::{Actor, ActorRole},
    audit::raw::Digest,
    event::Event,
    id::{CaseId, Id, Kind, PersonId, SessionId, UserId},
    instant::Instant,
    policy::Action,
    profile::Watch,
    refusal::Refusal,
    second_factor::{FactorRules, Proof},
};

use crate::{
    authenticate,
    db::DbConn,
    entropy::Entropy,
    error::{Error, Result, Unchained},
    keys::Vault,
    sealing::{KeyRing, PersonKey},
    trail,
};

/// Who asks, before it is known what they may do.
#[derive(Debug, Clone)]
pub enum Principal {
    /// The bearer of a verified access token. Session, user and roles are read in the transaction.
    Session {
        /// The session the token belongs to.
        session_id: SessionId,
        /// The user the token names.
        user_id: UserId,
    },
    /// An actor that the house itself vouches for: the command line, the worker, the demonstration.
    Vouched(Actor),
    /// Nobody yet: signing in.
    Nobody,
}

/// What came with a request, apart from its body.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// When: read once, at the door.
    pub now: Instant,
    /// The request's id, shown to the caller and in the trail.
    pub request_id: Option<String>,
    /// The network it came from, truncated.
    pub network: Option<String>,
    /// The stated purpose of access, or the role's default.
    pub purpose: Option<String>,
}

impl Request {
    /// Makes the request of an actor that the house itself vouches for.
    #[must_use]
    pub const fn vouched(actor: Actor, now: Instant) -> Self {
        Self {
            principal: Principal::Vouched(actor),
            now,
            request_id: None,
            network: None,
            purpose: None,
        }
    }
}

/// Who acts, as the trail records it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) actor: Option<Actor>,
    pub(crate) now: Instant,
    pub(crate) request_id: Option<String>,
    pub(crate) network: Option<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) purpose_stated: bool,
    pub(crate) watch: Watch,
}

impl Context {
    /// Returns the same circumstances for what the house does by itself. Who brought it about must
    /// not find it among their own events.
    pub(crate) fn of_the_house(&self) -> Self {
        Self { actor: None, network: None, purpose: None, purpose_stated: false, ..self.clone() }
    }
}

/// Returns the purpose that goes without saying for whoever acts.
fn usual_purpose(actor: &Actor) -> Option<String> {
    let purpose = actor.grants.iter().find_map(|grant| match grant.role {
        ActorRole::CaseCoordinator | ActorRole::TransnationalFocalPoint => Some("case_management"),
        ActorRole::CoordinationSupervisor => Some("supervision"),
        ActorRole::FirstResponder | ActorRole::IdentificationOfficer => Some("identification"),
        ActorRole::ServiceProviderWorker
        | ActorRole::ServiceProviderManager
        | ActorRole::Guardian => Some("care"),
        ActorRole::Investigator | ActorRole::ProsecutorLiaison => Some("investigation"),
        ActorRole::Auditor | ActorRole::DataProtectionOfficer => Some("audit"),
        ActorRole::Analyst | ActorRole::SystemAdministrator => None,
    });
    purpose.map(str::to_owned)
}

/// Where keys come from, the keys as they are now, and what draws new ones.
pub(crate) type House<'c> = (&'c Vault, &'c KeyRing, &'c Entropy);

/// A snapshot of the database in which a caller looks.
pub struct Reading<'c> {
    pub(crate) conn: &'c mut DbConn,
    /// The keys as they were when it began.
    pub(crate) keys: &'c KeyRing,
    /// Where newer ones are had, for what they do not open.
    pub(crate) vault: &'c Vault,
    pub(crate) entropy: &'c Entropy,
    context: Context,
    /// What the caller has proved of a second factor; nothing if the house itself vouches.
    proof: Option<Proof>,
    /// The key of a person that was opened last: an act opens and seals several things of one person.
    pub(crate) opened: Option<(PersonId, std::rc::Rc<PersonKey>)>,
}

/// An open write transaction.
pub struct Tx<'c> {
    reading: Reading<'c>,
    /// The cases whose chains it has moved.
    chained: BTreeSet<CaseId>,
    /// The cases that it has changed.
    changed: BTreeSet<CaseId>,
    /// Whether it has written a row that whoever meets it must write too.
    is_kept_apart: bool,
}

/// What a write did. Only [`Tx::record`] makes one, so no write is without its event.
#[must_use]
#[derive(Debug)]
pub struct Audited<T> {
    value: T,
    receipt: Receipt,
    is_kept_apart: bool,
}

/// The leaf hash of the event that an act has left: with it, the log proves that it kept the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt(pub Digest);

/// What a read found. It opens only after its events are durable.
#[must_use]
pub struct Disclosed<T> {
    value: T,
    context: Context,
    events: Vec<Event>,
}

impl<T> Audited<T> {
    /// Turns what was recorded into what is answered.
    ///
    /// # Errors
    /// Whatever the closure refuses; then nothing of the act is kept.
    pub fn try_map<U, E>(
        self,
        show: impl FnOnce(T) -> std::result::Result<U, E>,
    ) -> std::result::Result<Audited<U>, E> {
        let Self { value, receipt, is_kept_apart } = self;
        show(value).map(|value| Audited { value, receipt, is_kept_apart })
    }

    /// Returns what was recorded, to look at; it cannot be taken out.
    pub const fn peek(&self) -> &T {
        &self.value
    }

    pub(crate) fn into_parts(self) -> (T, Receipt) {
        (self.value, self.receipt)
    }

    /// Takes an act apart that was kept apart from others without the database's doing.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with [`Unchained`] as its cause, if it was not.
    pub(crate) fn into_parts_on_snapshot(self) -> Result<(T, Receipt)> {
        if self.is_kept_apart {
            Ok(self.into_parts())
        } else {
            Err(Error::Unavailable(Box::new(Unchained)))
        }
    }
}

impl Disclosed<()> {
    /// Puts in what is about nobody.
    pub(crate) fn with<T>(self, value: T) -> Disclosed<T> {
        Disclosed { value, context: self.context, events: self.events }
    }
}

impl<T> Disclosed<T> {
    pub(crate) fn into_parts(self) -> (T, Context, Vec<Event>) {
        (self.value, self.context, self.events)
    }
}

impl<'c> Reading<'c> {
    pub(crate) fn enter(
        conn: &'c mut DbConn,
        request: &Request,
        (vault, keys, entropy): House<'c>,
        watch: Watch,
    ) -> Result<Self> {
        let (actor, proof) = match &request.principal {
            Principal::Session { session_id, user_id } => {
                authenticate::authenticate(conn, session_id, user_id, request.now)
                    .map(|(actor, proof)| (Some(actor), Some(proof)))?
            }
            Principal::Vouched(actor) => (Some(actor.clone()), None),
            Principal::Nobody => (None, None),
        };
        let usual = || actor.as_ref().and_then(usual_purpose);
        let context = Context {
            now: request.now,
            request_id: request.request_id.clone(),
            network: request.network.clone(),
            purpose: request.purpose.clone().or_else(usual),
            purpose_stated: request.purpose.is_some(),
            actor,
            watch,
        };
        Ok(Self { conn, keys, vault, entropy, context, proof, opened: None })
    }

    /// Finds out who was refused: who acts if that is still so, else whom the token names.
    pub(crate) fn context_of_refused(
        conn: &mut DbConn,
        request: &Request,
        watch: Watch,
    ) -> Result<Context> {
        let actor = match &request.principal {
            Principal::Session { session_id, user_id } => {
                authenticate::named_by_token(conn, session_id, user_id, request.now)?
            }
            Principal::Vouched(actor) => Some(actor.clone()),
            Principal::Nobody => None,
        };
        Ok(Context {
            actor,
            now: request.now,
            request_id: request.request_id.clone(),
            network: request.network.clone(),
            purpose_stated: request.purpose.is_some(),
            purpose: request.purpose.clone(),
            watch,
        })
    }

    /// Returns who acts.
    ///
    /// # Errors
    /// [`Error::NotAuthenticated`] while signing in.
    pub fn actor(&self) -> Result<&Actor> {
        self.context.actor.as_ref().ok_or(Error::NotAuthenticated)
    }

    /// Returns the moment of the act.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.context.now
    }

    /// Returns the network that the request came from, truncated.
    #[must_use]
    pub fn network(&self) -> Option<&str> {
        self.context.network.as_deref()
    }

    /// Insists that the caller said for what purpose the identity is opened.
    ///
    /// # Errors
    /// [`Refusal::PurposeRequired`] if not: a role's usual purpose does not open an identity.
    pub fn expect_stated_purpose(&self) -> Result<()> {
        if self.context.purpose_stated { Ok(()) } else { Err(Refusal::PurposeRequired.into()) }
    }

    /// Insists that the caller has proved their second factor a moment ago, if the action asks for
    /// that. Whom the house itself vouches for has none to prove.
    ///
    /// # Errors
    /// [`Refusal::StepUpRequired`], [`Refusal::FactorEnrolmentRequired`].
    pub fn expect_factor<A: Action>(&self, rules: &FactorRules) -> Result<()> {
        match &self.proof {
            Some(proof) => Ok(rules.check::<A>(self.actor()?, proof, self.now())?),
            None => Ok(()),
        }
    }

    /// Lets the caller in and gives nothing: for reference data, which is not in the database, is
    /// the same for everybody and about nobody, so that reading it leaves no event.
    pub fn admit(&self) -> Disclosed<()> {
        Disclosed { value: (), context: self.context.clone(), events: Vec::new() }
    }

    /// Gives what was found, together with the event that must be durable before it is answered.
    pub fn disclose<T>(&self, event: Event, value: T) -> Disclosed<T> {
        self.disclose_all(vec![event], value)
    }

    /// As [`Self::disclose`], where one look shows several things.
    pub fn disclose_all<T>(&self, events: Vec<Event>, value: T) -> Disclosed<T> {
        Disclosed { value, context: self.context.clone(), events }
    }
}

impl<'c> Tx<'c> {
    pub(crate) fn enter(
        conn: &'c mut DbConn,
        request: &Request,
        house: House<'c>,
        watch: Watch,
    ) -> Result<Self> {
        Reading::enter(conn, request, house, watch).map(|reading| Self {
            reading,
            chained: BTreeSet::new(),
            changed: BTreeSet::new(),
            is_kept_apart: false,
        })
    }

    /// Names who acts from here on: a sign-in that has just succeeded.
    pub fn act_as(&mut self, actor: Actor) {
        self.reading.context.actor = Some(actor);
    }

    /// Makes a new identifier.
    #[must_use]
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        self.reading.entropy.id()
    }

    /// Appends the event and seals the result: the way out of every write.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the event cannot be written; then nothing is. [`Error::Broken`] if a
    /// case was changed and no event joined its chain.
    pub fn record<T>(&mut self, event: &Event, value: T) -> Result<Audited<T>> {
        let receipt = Receipt(self.append(event)?);
        if !self.changed.is_subset(&self.chained) {
            return Err(Error::broken("a case was changed and its chain was not moved"));
        }
        Ok(Audited { value, receipt, is_kept_apart: self.is_kept_apart })
    }

    /// Says that a case is changed, so that the chain of this one has to move.
    pub(crate) fn changes(&mut self, case_id: &CaseId) {
        self.changed.insert(case_id.clone());
    }

    /// Says that all the act does hangs on one row, which it writes by its version: whoever else does
    /// so at the same time fails.
    pub(crate) const fn hangs_on_one_row(&mut self) {
        self.is_kept_apart = true;
    }

    /// Appends one event more, for an effect beside the main one.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the event cannot be written; then nothing is.
    pub fn note(&mut self, event: &Event) -> Result<()> {
        self.append(event).map(drop)
    }

    /// Lends what writes on behalf of the house within this act.
    pub(crate) const fn house(&mut self) -> (&mut DbConn, &Context, &'c Entropy) {
        let Reading { conn, context, entropy, .. } = &mut self.reading;
        (conn, context, entropy)
    }

    fn append(&mut self, event: &Event) -> Result<Digest> {
        self.is_kept_apart |= event.case_id.is_some();
        self.chained.extend(event.case_id.clone());
        let Reading { conn, entropy, context, .. } = &mut self.reading;
        trail::append(conn, context, entropy, event)
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Reading<'c>;
    fn deref(&self) -> &Reading<'c> {
        &self.reading
    }
}
impl<'c> DerefMut for Tx<'c> {
    fn deref_mut(&mut self) -> &mut Reading<'c> {
        &mut self.reading
    }
}
