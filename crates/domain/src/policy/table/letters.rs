//! The rows of letters: those write them who refer, and those who are with the person.

use super::{
    Coordinator, INTAKE, InArea, REFERRAL_SENDERS, RESTRICTED, RegisteredHereBeforeTriage,
    Responder, Rule, SentHereBeforeTriage, Supervisor, row,
};

const LETTER_READERS: &[Rule] = &[
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
    row(Responder, SentHereBeforeTriage, RESTRICTED),
];
const NOTICE_READERS: &[Rule] = &[
    row(Responder, RegisteredHereBeforeTriage, RESTRICTED),
    row(Coordinator, InArea, RESTRICTED),
    row(Supervisor, InArea, RESTRICTED),
];

/// Returns the rows of one action; an unknown action has none.
pub(super) fn rules(action: &str) -> &'static [Rule] {
    match action {
        "referral-letter.create" => REFERRAL_SENDERS,
        "referral-letter.read" => LETTER_READERS,
        "notice-of-rights.create" => INTAKE,
        "notice-of-rights.read" => NOTICE_READERS,
        _ => &[],
    }
}
