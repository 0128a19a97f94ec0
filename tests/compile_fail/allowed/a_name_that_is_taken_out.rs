//! What is sensitive is not reached into.

use refero_domain::{
    policy::{Class, Permit, ReadIdentity, Withheld},
    sensitive::Sensitive,
};

fn take(name: &Sensitive<String>, permit: &Permit<ReadIdentity, ()>) -> Result<String, Withheld> {
    name.reveal(permit, Class::IdentitySealed).cloned()
}
