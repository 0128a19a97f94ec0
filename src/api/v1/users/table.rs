//! The operations on accounts.

use actix_web::http::Method;
use refero_domain::{account::UserState, actor::ActorRole};
use serde_json::json;

use super::{DisableBody, InvitedView, RoleBody, UserBody, UserView, acts, create, list, roles};
use crate::api::{
    operation::{Table, Takes},
    v1::{Nothing, me::ProfilePatch},
};

const TAG: &str = "users";

/// The operations on accounts.
#[must_use]
pub fn table(table: Table) -> Table {
    roles_table(factor_table(acts_table(account_table(accounts_table(table)))))
}

fn accounts_table(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/users", "createUser"), create::create, |o| {
            o.says(
                TAG,
                "Make an account",
                "Administrators make accounts and never know a password: `activation_secret` is \
                 shown this once, and the person chooses a password with it. If that answer was \
                 lost, `POST /v1/users/{id}/reset` shows a new one. A user belongs to exactly one \
                 organisation for good; whoever moves gets a new account. 409 `username-taken`, \
                 409 `role-pair-forbidden` for roles that must not meet (R16).",
            )
            .takes::<UserBody>(json!({
                "organisation_id": "3f2b8c1e-7a4d-4e0b-9c53-1d2e3f4a5b6c",
                "username": "ama.k",
                "display_name": "Ama K.",
                "language": "en",
                "roles": [{"role": "first_responder"}]
            }))
            .creates::<InvitedView>()
        })
        .op((Method::GET, "/v1/users", "listUsers"), list::list, |o| {
            o.says(
                TAG,
                "List accounts",
                "By user name. Administrators and supervisors see all, a provider's manager those \
                 of the own organisation.",
            )
            .lists::<UserView>(&[
                ("organisation_id", Takes::Id, "Only of this organisation."),
                ("role", Takes::Code(ActorRole::CODES), "Only who holds this role now."),
                (
                    "state",
                    Takes::Codes(UserState::CODES),
                    "Only `invited`, `active`, `disabled`; several separated by commas.",
                ),
            ])
        })
}

fn account_table(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/users/{id}", "readUser"), list::read, |o| {
            o.says(TAG, "Read an account", "404 for one that the caller may not know.")
                .shows::<UserView>()
        })
        .op((Method::PATCH, "/v1/users/{id}", "editUser"), list::edit, |o| {
            o.says(
                TAG,
                "Change an account's name or language",
                "A merge patch: absent members stay. User name and organisation never change, so \
                 that the trail never has to ask who acted for whom on a day.",
            )
            .takes::<ProfilePatch>(json!({"display_name": "Ama K. Mensah"}))
            .if_match()
            .shows::<UserView>()
        })
}

fn acts_table(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/users/{id}/disable", "disableUser"), acts::disable, |o| {
            o.says(
                TAG,
                "Put a person out",
                "Ends every session at once: the next request is 401. 409 `last-administrator` if \
                 nobody would be left to administer accounts. A coded `reason` may be given.",
            )
            .may_take::<DisableBody>(json!({"reason": "left_organisation"}))
            .if_match()
            .shows::<UserView>()
        })
        .op((Method::POST, "/v1/users/{id}/enable", "enableUser"), acts::enable, |o| {
            o.says(
                TAG,
                "Let a person back in",
                "With the password they had. Who never chose one is `invited` again and needs a \
                 new secret (`/reset`).",
            )
            .may_take::<Nothing>(json!({}))
            .if_match()
            .shows::<UserView>()
        })
        .op((Method::POST, "/v1/users/{id}/reset", "resetUser"), acts::reset, |o| {
            o.says(
                TAG,
                "Void a password",
                "Ends every session and voids the password. `activation_secret` is shown this \
                 once, and the person chooses anew with it. 409 for a disabled account: enable it \
                 first; 409 `last-administrator` for oneself if nobody else is one.",
            )
            .may_take::<Nothing>(json!({}))
            .if_match()
            .shows::<InvitedView>()
        })
}

fn factor_table(table: Table) -> Table {
    let path = "/v1/users/{id}/reset-second-factor";
    let id = "resetUserSecondFactor";
    table.op((Method::POST, path, id), acts::reset_second_factor, |o| {
        o.says(
            TAG,
            "Take a second factor away",
            "For somebody who has lost the device and the recovery codes: make sure who asks. Ends \
             every session. The person signs in with the password alone until they enrol again, \
             and is shown that it happened (`reset_at`). 409 for an account without a second \
             factor.",
        )
        .may_take::<Nothing>(json!({}))
        .if_match()
        .shows::<UserView>()
    })
}

fn roles_table(table: Table) -> Table {
    table
        .op((Method::POST, "/v1/users/{id}/roles", "grantRole"), roles::grant, |o| {
            o.says(
                TAG,
                "Grant a role",
                "In an area or the whole country, from and until a moment. It holds with the next \
                 request. 403 `self-approval`: nobody grants a role to themself (in the spirit of \
                 R10). 409 `role-pair-forbidden` if it would meet, at any moment, a role it must \
                 not meet (R16): an administrator never reads a case, an auditor never writes one.",
            )
            .takes::<RoleBody>(json!({"role": "case_coordinator", "area": "XZ-N"}))
            .creates::<UserView>()
        })
        .op((Method::POST, "/v1/users/{id}/roles/{grant_id}/end", "endRole"), roles::end, |o| {
            o.says(
                TAG,
                "End a role",
                "Now: what it opened is closed with the next request. `If-Match` takes the \
                     version of the account. 409 for one that has ended, and `last-administrator` \
                     if nobody would be left to administer accounts.",
            )
            .may_take::<Nothing>(json!({}))
            .if_match()
            .shows::<UserView>()
        })
}
