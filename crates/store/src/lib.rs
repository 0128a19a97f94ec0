//! Refero store.
