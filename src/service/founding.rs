//! How a house without accounts gets its first.

use refero_domain::{
    account::Username,
    actor::{Actor, ActorRole, Grant},
    event::{Event, Operation},
    id::{OrganisationId, UserId},
    instant::Instant,
    policy::CreateUser,
    profile::CountryProfile,
    second_factor::FactorState,
};
use refero_store::{
    Db, Error,
    accounts::{self, Credential},
    directory::OrganisationFields,
    second_factors,
    unit::Request,
};

use crate::{
    authn::opaque::ActivationSecret,
    service::{
        accounts::{AccountWish, SignInRules},
        directory,
        roles::{RoleWish, Roles},
        second_factor,
    },
};

/// The first administrator and the organisation they work for.
#[derive(Clone)]
pub struct FirstAdministrator {
    /// The name of the organisation.
    pub organisation_name: String,
    /// A code of `organisation_type`.
    pub organisation_type: String,
    /// The name to sign in with.
    pub username: Username,
    /// The name that colleagues read.
    pub display_name: String,
    /// The language, if one is chosen.
    pub language: Option<String>,
}

/// What founding did.
pub enum Founded {
    /// There is an administrator now, who activates the account with this secret.
    Now {
        /// The account.
        user_id: UserId,
        /// To be shown once.
        secret: ActivationSecret,
    },
    /// There was one already: the house is entered by its door. The attempt is in the trail.
    Already,
}

/// Makes the first administrator, if there is none who could sign in or was invited in time.
///
/// There is no default account and no default password: whoever runs the command on the machine
/// gets a secret that works once, and chooses the password with it.
///
/// # Errors
/// [`Error::Unavailable`], and the refusals of the acts it is made of.
///
/// # Audit
/// `organisation.create` and `user.create`, by the new administrator; or `user.create`, refused.
pub fn create_first_administrator(
    db: &Db,
    new: &FirstAdministrator,
    profile: &CountryProfile,
    rules: &SignInRules,
    now: Instant,
) -> Result<Founded, Error> {
    let secret = ActivationSecret::generate(&mut *db.entropy().rng());
    let until = now.plus_seconds(rules.activation_ttl_s);
    let credential = Credential::Activation(secret.digest(), until);
    let (user_id, organisation_id): (UserId, OrganisationId) =
        (db.entropy().id(), db.entropy().id());
    let (new, profile) = (new.clone(), profile.clone());
    let act = {
        let (user_id, organisation_id) = (user_id.clone(), organisation_id.clone());
        move |tx: &mut refero_store::unit::Tx<'_>| {
            if accounts::administrators(tx, true)? > 0 {
                let event = Event::of::<CreateUser>(Operation::Create).refused("not-permitted");
                return tx.record(&event, false);
            }
            let fields = OrganisationFields {
                name: new.organisation_name.clone(),
                organisation_type: new.organisation_type.clone(),
                area: None,
                phone: None,
                active: true,
            };
            let id = Some(organisation_id.clone());
            drop(directory::create(tx, id, &fields, &profile)?);
            let wish = AccountWish {
                id: Some(user_id.clone()),
                organisation_id: organisation_id.clone(),
                username: new.username.clone(),
                display_name: new.display_name.clone(),
                language: new.language.clone(),
                roles: vec![RoleWish::everywhere(ActorRole::SystemAdministrator)],
                credential: credential.clone(),
            };
            crate::service::accounts::create(tx, &wish, &Roles::of_new_account(&profile))?
                .try_map(|_| Ok(true))
        }
    };
    let request = Request::vouched(administrator(&user_id, &organisation_id), now);
    let was_made = db.write("admin.create", request, act)?;
    Ok(if was_made { Founded::Now { user_id, secret } } else { Founded::Already })
}

/// Gives an administrator who cannot sign in any more a new secret, from the command line.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::NotFound`] if no administrator has that name.
///
/// # Audit
/// `user.reset`, `user.enable` before it if the account was disabled, and
/// `user.reset-second-factor` after it if the account had a second factor: who lost everything has
/// lost the device too.
pub fn recover_administrator(
    db: &Db,
    username: &Username,
    rules: &SignInRules,
    now: Instant,
) -> Result<ActivationSecret, Error> {
    let (user_id, organisation_id, version, is_disabled) = db.administrator_named(username)?;
    let secret = ActivationSecret::generate(&mut *db.entropy().rng());
    let digest = secret.digest();
    let until = now.plus_seconds(rules.activation_ttl_s);
    let request = Request::vouched(administrator(&user_id, &organisation_id), now);
    db.write("admin.recover", request, move |tx| {
        let mut version = version;
        if is_disabled {
            drop(crate::service::accounts::enable(tx, &user_id, Some(version))?);
            version = version.saturating_add(1);
        }
        let reset = crate::service::accounts::reset(tx, &user_id, Some(version), (&digest, until))?;
        if second_factors::state_of(tx, &user_id)?.get() == FactorState::Absent {
            return Ok(reset);
        }
        second_factor::reset(tx, &user_id, Some(version.saturating_add(1)))
    })?;
    Ok(secret)
}

/// Vouches for the person at the machine as the administrator that they set up or recover.
fn administrator(user_id: &UserId, organisation_id: &OrganisationId) -> Actor {
    Actor {
        user_id: user_id.clone(),
        organisation_id: organisation_id.clone(),
        session_id: None,
        grants: vec![Grant { role: ActorRole::SystemAdministrator, area: None }],
        open_in_emergency: Vec::new(),
    }
}
