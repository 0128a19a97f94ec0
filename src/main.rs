//! Refero.
fn main() {}
