//! Changing one's own password.

use refero_domain::{
    event::{Event, Operation},
    policy::ChangePassword,
};
use refero_store::{
    Error, accounts, credentials, sessions,
    unit::{Audited, Tx},
};

use crate::service::{
    accounts::SignInRules,
    sign_in::{self, Checked, Outcome, TOO_MANY, WRONG, about},
};

const UNFIT: &str = "password-refused";

/// The password that shall be.
#[derive(Clone, Copy)]
pub enum Successor<'s> {
    /// Its hash.
    Hash(&'s str),
    /// None: it breaks the rule, or nobody looked at it because the present one was wrong.
    Unfit,
}

/// Changes the caller's own password and ends their other sessions.
///
/// Who knows the present password and chooses one that breaks the rule has shown that they know it:
/// that is recorded too.
///
/// # Errors
/// [`refero_domain::refusal::Refusal::Stale`] if the account changed since the caller saw it.
///
/// # Audit
/// `me.change-password`, success or refused.
pub fn change_password(
    tx: &mut Tx<'_>,
    checked: &Checked,
    successor: Successor<'_>,
    expected: Option<i64>,
    rules: &SignInRules,
) -> Result<Audited<Outcome<()>>, Error> {
    let permit = accounts::fetch_own::<ChangePassword>(tx)?;
    let user = &permit.row().user;
    permit.row().expect_version(expected)?;
    let event = Event::under(Operation::Update, &permit);
    match (sign_in::judge_password(tx, checked, rules)?, successor) {
        (Outcome::TooMany(wait), _) => {
            tx.record(&about(event.refused(TOO_MANY), Some(&user.id)), Outcome::TooMany(wait))
        }
        (Outcome::Wrong, _) => {
            tx.record(&about(event.refused(WRONG), Some(&user.id)), Outcome::Wrong)
        }
        (Outcome::Right(()), Successor::Unfit) => {
            tx.record(&about(event.refused(UNFIT), Some(&user.id)), Outcome::Right(()))
        }
        (Outcome::Right(()), Successor::Hash(hash)) => {
            credentials::save_password(tx, user, hash)?;
            let here = tx.actor()?.session_id.clone();
            sessions::revoke_all(tx, &user.id, here.as_ref())?;
            let event = event.on(&user.id, user.version.saturating_add(1)).fields(["password"]);
            tx.record(&event, Outcome::Right(()))
        }
    }
}
