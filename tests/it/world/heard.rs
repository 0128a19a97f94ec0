//! What was answered to whom, for stories that ask what somebody could have learned.

use std::sync::{Mutex, PoisonError};

use refero_domain::id::UserId;

use super::Answer;

/// The answers to each persona, as long as somebody listens.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Option<Vec<(UserId, Answer)>>>);

impl Heard {
    /// Begins to listen, and forgets what was heard before.
    pub(super) fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// Keeps an answer, if somebody listens.
    pub(super) fn keep(&self, by: &UserId, answer: &Answer) {
        if let Some(heard) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            heard.push((by.clone(), answer.clone()));
        }
    }

    /// Returns the answers to one account, in the order in which they came.
    pub(super) fn by(&self, user: &UserId) -> Vec<Answer> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = heard.iter().flatten().filter(|(by, _)| by == user);
        answers.map(|(_, answer)| answer.clone()).collect()
    }
}
