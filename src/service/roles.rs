//! Grants of roles: who may do what, where, from when and until when.

use refero_domain::{
    account::{DatedRole, check_pairs},
    actor::ActorRole,
    dates,
    event::Operation,
    id::{RoleGrantId, UserId},
    instant::Instant,
    policy::{EndRole, GrantRole},
    profile::CountryProfile,
    refusal::Refusal,
};
use refero_store::{
    Error,
    accounts::{self, UserRow},
    roles::{self, NewGrant},
    unit::{Audited, Tx},
};

use crate::service::accounts::{ensure_an_administrator, event_on};

/// A role that somebody wants granted.
#[derive(Debug, Clone)]
pub struct RoleWish {
    /// The role.
    pub role: ActorRole,
    /// ISO 3166-2; the whole country if nothing.
    pub area: Option<String>,
    /// From when; at once if nothing.
    pub valid_from: Option<Instant>,
    /// Until when, exclusive; without end if nothing.
    pub valid_to: Option<Instant>,
}

impl RoleWish {
    /// Wishes a role for the whole country, at once and without end.
    #[must_use]
    pub const fn everywhere(role: ActorRole) -> Self {
        Self { role, area: None, valid_from: None, valid_to: None }
    }
}

/// What grants are judged by: the country, and where in the body an error is shown.
pub struct Roles<'p> {
    profile: &'p CountryProfile,
    area: &'static str,
    role: &'static str,
    valid_from: &'static str,
    valid_to: &'static str,
}

impl<'p> Roles<'p> {
    /// Judges roles in the list of a new account.
    #[must_use]
    pub const fn of_new_account(profile: &'p CountryProfile) -> Self {
        Self { profile, area: "/roles", role: "/roles", valid_from: "/roles", valid_to: "/roles" }
    }

    /// Judges one role by itself.
    #[must_use]
    pub const fn alone(profile: &'p CountryProfile) -> Self {
        Self {
            profile,
            area: "/area",
            role: "/role",
            valid_from: "/valid_from",
            valid_to: "/valid_to",
        }
    }

    /// Judges a wish beside the roles that the person has.
    fn judge(
        &self,
        wish: &RoleWish,
        held: &[(DatedRole, Option<String>)],
        now: Instant,
    ) -> Result<DatedRole, Refusal> {
        if wish.area.as_deref().is_some_and(|area| self.profile.area(area).is_none()) {
            return Err(Refusal::ReferenceUnknown { pointer: self.area });
        }
        let new = DatedRole {
            role: wish.role,
            valid_from: wish.valid_from.unwrap_or(now),
            valid_to: wish.valid_to,
        };
        dates::check_planned(new.valid_from.date(), now)
            .map_err(|fault| fault.at(self.valid_from))?;
        if let Some(end) = new.valid_to {
            dates::check_planned(end.date(), now).map_err(|fault| fault.at(self.valid_to))?;
            if end <= new.valid_from {
                return Err(Refusal::Inconsistent { pointer: self.valid_to });
            }
        }
        // A second grant of the same would keep the door open when the first is ended.
        let is_repeated = held
            .iter()
            .any(|(old, area)| old.role == new.role && *area == wish.area && old.overlaps(&new));
        if is_repeated {
            return Err(Refusal::Inconsistent { pointer: self.role });
        }
        let dated: Vec<DatedRole> = held.iter().map(|(old, _)| *old).collect();
        check_pairs(&dated, &new).map(|()| new)
    }
}

/// Gives a new account its first roles, each judged beside those before it.
pub(crate) fn give_first(
    tx: &mut Tx<'_>,
    user_id: &UserId,
    wishes: &[RoleWish],
    rules: &Roles<'_>,
) -> Result<(), Error> {
    let now = tx.now();
    let mut held = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let dated = rules.judge(wish, &held, now)?;
        insert(tx, user_id, dated, wish.area.clone())?;
        held.push((dated, wish.area.clone()));
    }
    Ok(())
}

fn insert(
    tx: &mut Tx<'_>,
    user_id: &UserId,
    dated: DatedRole,
    area: Option<String>,
) -> Result<(), Error> {
    let actor = tx.actor()?;
    // The first administrator is made by nobody who has an account.
    let granted_by = (actor.user_id != *user_id).then(|| actor.user_id.clone());
    let id = tx.new_id();
    roles::insert(tx, user_id, &NewGrant { id, dated, area, granted_by })
}

/// Grants a role. Nobody grants one to themself (in the spirit of R10), and no two that must not
/// meet (R16).
///
/// # Errors
/// [`Refusal::SelfApproval`], [`Refusal::RolePairForbidden`], [`Refusal::Inconsistent`] for a role
/// that the person has in that time already.
///
/// # Audit
/// `user.grant-role`.
pub fn grant(
    tx: &mut Tx<'_>,
    user_id: &UserId,
    wish: &RoleWish,
    profile: &CountryProfile,
) -> Result<Audited<UserId>, Error> {
    let permit = accounts::fetch::<GrantRole>(tx, user_id)?;
    let row = permit.row();
    let actor = tx.actor()?.clone();
    if actor.user_id == *user_id {
        return Err(row.refused(Refusal::SelfApproval, &actor));
    }
    let dated = Roles::alone(profile)
        .judge(wish, &held(row), tx.now())
        .map_err(|refusal| row.refused(refusal, &actor))?;
    insert(tx, user_id, dated, wish.area.clone())?;
    roles::touch(tx, &row.user)?;
    let event = event_on(Operation::Update, &permit, row.user.version.saturating_add(1))
        .fields(["roles", wish.role.code()]);
    tx.record(&event, user_id.clone())
}

fn held(row: &UserRow) -> Vec<(DatedRole, Option<String>)> {
    row.roles.iter().map(|grant| (grant.dated(), grant.area.clone())).collect()
}

/// Ends a role now. What it opened is closed with the next request.
///
/// # Errors
/// [`Refusal::NotFound`] if the user has no such grant, [`Refusal::IllegalTransition`] if it has
/// ended, [`Refusal::LastAdministrator`].
///
/// # Audit
/// `user.end-role`.
pub fn end(
    tx: &mut Tx<'_>,
    (user_id, grant_id): (&UserId, &RoleGrantId),
    expected: Option<i64>,
) -> Result<Audited<UserId>, Error> {
    let permit = accounts::fetch::<EndRole>(tx, user_id)?;
    let row = permit.row();
    let actor = tx.actor()?.clone();
    let grant = row.roles.iter().find(|grant| grant.id == *grant_id).ok_or(Refusal::NotFound)?;
    row.expect_version(expected)?;
    let now = tx.now();
    if grant.valid_to.is_some_and(|end| end <= now) {
        return Err(row.refused(Refusal::IllegalTransition, &actor));
    }
    roles::end(tx, &row.user, grant_id, now)?;
    roles::touch(tx, &row.user)?;
    ensure_an_administrator(tx, row.refused(Refusal::LastAdministrator, &actor))?;
    let event = event_on(Operation::Update, &permit, row.user.version.saturating_add(1))
        .fields(["roles", grant.role.code()]);
    tx.record(&event, user_id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_utc(chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap())
    }

    fn judge(wish: &RoleWish, held: &[(DatedRole, Option<String>)]) -> Result<DatedRole, Refusal> {
        Roles::alone(CountryProfile::embedded("demo").unwrap()).judge(wish, held, at(0))
    }

    #[test]
    fn a_role_holds_in_an_area_of_the_country_and_ends_after_it_begins() {
        let mut wish = RoleWish::everywhere(ActorRole::CaseCoordinator);
        assert_eq!(judge(&wish, &[]).unwrap().valid_from, at(0));

        wish.area = Some("XZ-N".to_owned());
        assert!(judge(&wish, &[]).is_ok());
        wish.area = Some("UG-102".to_owned());
        let unknown = Refusal::ReferenceUnknown { pointer: "/area" };
        assert_eq!(judge(&wish, &[]).unwrap_err(), unknown);
        wish.area = None;
        wish.valid_to = Some(at(0));
        let inconsistent = Refusal::Inconsistent { pointer: "/valid_to" };
        assert_eq!(judge(&wish, &[]).unwrap_err(), inconsistent);
    }

    #[test]
    fn the_same_role_is_not_granted_twice_for_the_same_time_and_area() {
        let wish = RoleWish::everywhere(ActorRole::CaseCoordinator);
        let dated = judge(&wish, &[]).unwrap();

        let repeated = Refusal::Inconsistent { pointer: "/role" };
        assert_eq!(judge(&wish, &[(dated, None)]).unwrap_err(), repeated);
        assert!(judge(&wish, &[(dated, Some("XZ-N".to_owned()))]).is_ok());
        let ended = DatedRole { valid_to: Some(at(0)), valid_from: at(-9), ..dated };
        assert!(judge(&wish, &[(ended, None)]).is_ok());
    }
}
