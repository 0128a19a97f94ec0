//! What must be true of the code and the schema themselves, whoever changes them.

mod architecture;
mod contract;
mod schema;
mod sources;
mod trail;
