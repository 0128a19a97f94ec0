//! Accounts and their dated roles, kept by administrators.

mod acts;
mod create;
mod list;
mod roles;
mod table;
mod view;

pub use self::{
    acts::DisableBody,
    create::UserBody,
    roles::{RoleBody, RoleInBody},
    table::table,
    view::{InvitedView, RoleView, UserView},
};
