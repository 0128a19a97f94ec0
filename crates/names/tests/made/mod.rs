//! Made-up people, what becomes of their names, and the index as the house keeps it.

pub(crate) mod chance;
pub(crate) mod index;
pub(crate) mod otherwise;
pub(crate) mod people;
pub(crate) mod trial;
