//! Who is calling: passwords, second factors, access tokens, refresh tokens and the pause between
//! attempts.
//!
//! Everything here is pure or close to it: time and randomness are parameters, and nothing knows
//! the database. The business acts around it (sign in, refresh, sign out) are services.

pub mod opaque;
pub mod password;
pub mod recovery;
pub mod refresh;
pub mod throttle;
pub mod token;
pub mod totp;
