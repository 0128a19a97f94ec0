//! An identity has no form for debugging either; `Sensitive` prints none of it.

use std::fmt::Debug;

use refero_domain::person::Identity;

fn print(_: &impl Debug) {}

fn show(identity: &Identity) {
    print(identity);
}
