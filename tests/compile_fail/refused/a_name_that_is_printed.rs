//! What is sensitive has no printed form.

use std::fmt::Display;

use refero_domain::sensitive::Sensitive;

fn print(_: &impl Display) {}

fn show(name: &Sensitive<String>) {
    print(name);
}
