//! An identity has no form for debugging either; `Sensitive` prints none of it.

use std::fmt::Debug;

use refero_domain::{person::Identity, sensitive::Sensitive};

fn print(_: &impl Debug) {}

fn show(identity: &Sensitive<Identity>) {
    print(identity);
}
