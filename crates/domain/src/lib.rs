//! Refero domain.
