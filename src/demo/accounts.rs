//! The people who try the demonstration out.
//!
//! Ids follow from names and passwords from the folder's key: a second start on the same folder
//! knows both without having kept either, and no two folders share a password.

use refero_domain::{
    account::Username,
    actor::{Actor, Grant},
    id::UserId,
    instant::Instant,
    placement::{self, FacilityRegime},
};
use refero_store::{
    Error,
    accounts::Credential,
    directory::{OrganisationFields, ServiceFields},
    sealing::DeploymentKey,
    unit::{Audited, Request, Tx},
};

use super::{Seeding, bytes_of, organisations::LANGUAGES, people::ACCOUNTS};
pub use super::{
    organisations::{DemoOrganisation, DemoService, organisations},
    people::DemoAccount,
};
use crate::service::{
    accounts::{self, AccountWish},
    directory,
    roles::{RoleWish, Roles},
};

/// Returns everybody, the usual order of the work first.
#[must_use]
pub fn accounts() -> &'static [DemoAccount] {
    &ACCOUNTS
}

impl DemoAccount {
    /// Returns its id.
    #[must_use]
    pub fn id(&self) -> UserId {
        UserId::from_random_bytes(bytes_of("user", self.username))
    }

    /// Returns the password: a hundred random bits that only this folder's key gives.
    #[must_use]
    pub fn password(&self, key: &DeploymentKey) -> String {
        // Crockford's letters: none is taken for another when it is read aloud.
        const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let digest = key.index_key().keyed_digest("demo password", &[self.username.as_bytes()]);
        let letters: Vec<char> = digest
            .iter()
            .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
            .map(|letter| char::from(*letter))
            .take(20)
            .collect();
        let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
        groups.join("-")
    }

    /// Vouches for the account as whoever acts in what is seeded.
    pub(super) fn actor(&self) -> Actor {
        Actor {
            user_id: self.id(),
            organisation_id: self.organisation.id(),
            session_id: None,
            grants: vec![Grant { role: self.role, area: self.area.map(str::to_owned) }],
            open_in_emergency: Vec::new(),
        }
    }
}

/// Finds an account by its name.
pub(super) fn named(username: &str) -> Result<&'static DemoAccount, Error> {
    let found = accounts().iter().find(|account| account.username == username);
    found.ok_or_else(|| Error::broken("the demonstration has no such account"))
}

/// Makes the organisations, their services and the accounts, as their administrator does.
///
/// # Errors
/// Whatever an act refuses.
pub(super) fn seed(seeding: &Seeding<'_>, at: Instant) -> Result<(), Error> {
    let administrator = named("administrator")?;
    let by = || Request::vouched(administrator.actor(), at);
    for organisation in organisations() {
        let profile = seeding.profile.clone();
        seeding.db.write("demo.organisation", by(), move |tx| {
            let fields = organisation_fields(organisation);
            directory::create(tx, Some(organisation.id()), &fields, &profile)
        })?;
    }
    for organisation in organisations() {
        for service in organisation.services {
            let profile = seeding.profile.clone();
            seeding.db.write("demo.service", by(), move |tx| {
                let id = organisation.service_id(service.service_type);
                let fields = service_fields(service);
                directory::create_service(tx, &organisation.id(), Some(id), &fields, &profile)
            })?;
        }
    }
    let keys = seeding.db.keys();
    // The administrator comes last in the list and is made first: they grant all other roles.
    for account in accounts().iter().rev() {
        let password = account.password(keys.current());
        let hash = seeding
            .hasher
            .hash(&password, &mut *seeding.db.entropy().rng())
            .map_err(|e| Error::broken_by("a password of the demonstration has no hash", e))?;
        let wish = account_wish(account, hash)?;
        let profile = seeding.profile.clone();
        seeding.db.write(
            "demo.account",
            by(),
            move |tx: &mut Tx<'_>| -> Result<Audited<UserId>, _> {
                accounts::create(tx, &wish, &Roles::of_new_account(&profile))
            },
        )?;
    }
    Ok(())
}

fn organisation_fields(organisation: &DemoOrganisation) -> OrganisationFields {
    OrganisationFields {
        name: organisation.name.to_owned(),
        organisation_type: organisation.organisation_type.to_owned(),
        area: organisation.area.map(str::to_owned),
        phone: Some(organisation.phone()),
        active: true,
    }
}

fn service_fields(service: &DemoService) -> ServiceFields {
    let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
    let houses = placement::houses(service.service_type);
    ServiceFields {
        service_type: service.service_type.to_owned(),
        name: None,
        capacity: service.capacity,
        areas: owned(service.areas),
        languages: owned(&LANGUAGES),
        sexes: owned(service.sexes),
        ages: service.ages,
        active: true,
        accessibility: None,
        always_open: houses,
        hours: Vec::new(),
        regime: houses.then_some(FacilityRegime::Open),
        minimum_age: None,
        maximum_age: None,
        takes_emergencies: houses.then_some(true),
    }
}

fn account_wish(account: &DemoAccount, hash: String) -> Result<AccountWish, Error> {
    let username = Username::parse(account.username)
        .map_err(|e| Error::broken_by("a name of the demonstration is not a user name", e))?;
    let role =
        RoleWish { area: account.area.map(str::to_owned), ..RoleWish::everywhere(account.role) };
    Ok(AccountWish {
        id: Some(account.id()),
        organisation_id: account.organisation.id(),
        username,
        display_name: account.display_name.to_owned(),
        language: None,
        roles: vec![role],
        credential: Credential::Password(hash),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use refero_domain::actor::ActorRole;

    use super::*;

    #[test]
    fn every_role_has_somebody_and_the_working_ones_two_organisations() {
        for role in ActorRole::ALL {
            let at: BTreeSet<_> = accounts()
                .iter()
                .filter(|account| account.role == *role)
                .map(|account| account.organisation.key)
                .collect();
            let least = match role {
                ActorRole::FirstResponder
                | ActorRole::CaseCoordinator
                | ActorRole::CoordinationSupervisor
                | ActorRole::ServiceProviderWorker
                | ActorRole::ServiceProviderManager => 2,
                _ => 1,
            };
            assert!(at.len() >= least, "{role}");
        }
        let ids: BTreeSet<_> = accounts().iter().map(DemoAccount::id).collect();
        assert_eq!(ids.len(), accounts().len());
    }

    #[test]
    fn every_provider_has_a_worker_and_a_manager() {
        for provider in organisations().iter().filter(|one| !one.services.is_empty()) {
            for role in [ActorRole::ServiceProviderWorker, ActorRole::ServiceProviderManager] {
                let works = |a: &DemoAccount| a.role == role && a.organisation == *provider;
                assert!(accounts().iter().any(works), "{} {role}", provider.key);
            }
        }
    }

    #[test]
    fn passwords_differ_by_person_and_by_folder() {
        let (one, other) =
            (DeploymentKey::generate(&mut rand::rng()), DeploymentKey::generate(&mut rand::rng()));
        let all: BTreeSet<String> = accounts()
            .iter()
            .flat_map(|account| [account.password(&one), account.password(&other)])
            .collect();

        assert_eq!(all.len(), accounts().len() * 2);
        assert!(all.iter().all(|password| password.len() == 23));
    }
}
