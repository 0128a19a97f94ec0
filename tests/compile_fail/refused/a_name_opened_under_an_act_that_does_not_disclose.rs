//! Who claims a case has no need to know who the person is.

use refero_domain::{
    policy::{ClaimCase, Class, Permit, Withheld},
    sensitive::Sensitive,
};

fn open<'n>(
    name: &'n Sensitive<String>,
    permit: &Permit<ClaimCase, ()>,
) -> Result<&'n String, Withheld> {
    name.reveal(permit, Class::IdentitySealed)
}
