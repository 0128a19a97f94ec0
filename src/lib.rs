//! Refero.
