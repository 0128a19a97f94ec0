//! Who claims a case has no need to know who the person is.

use refero_domain::{
    policy::{Class, Permit, ReadIdentity, Withheld},
    sensitive::Sensitive,
};

fn open<'n>(
    name: &'n Sensitive<String>,
    permit: &Permit<ReadIdentity, ()>,
) -> Result<&'n String, Withheld> {
    name.reveal(permit, Class::IdentitySealed)
}
