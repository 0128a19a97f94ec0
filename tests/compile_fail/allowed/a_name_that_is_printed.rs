//! What is sensitive has no printed form.

use std::fmt::Display;

use refero_domain::{
    policy::{Class, Permit, ReadIdentity, Withheld},
    sensitive::Sensitive,
};

fn print(_: &impl Display) {}

fn show(name: &Sensitive<String>, permit: &Permit<ReadIdentity, ()>) -> Result<(), Withheld> {
    print(name.reveal(permit, Class::IdentitySealed)?);
    Ok(())
}
