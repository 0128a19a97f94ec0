//! How the store fails: a rule refused, or the database could not.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use refero_domain::{
    id::CaseId,
    policy::Denial,
    refusal::{Refusal, Standing},
};

/// Result of a unit of work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal together with what the answer and the trail need to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub refusal: Refusal,
    /// The state of the thing, for a 409.
    pub standing: Option<Standing>,
    /// The moves that this caller could make instead.
    pub allowed_actions: Vec<&'static str>,
    /// The thing's kind and id, for the trail only.
    pub object: Option<(&'static str, String)>,
    /// The case concerned, for the trail only.
    pub case_id: Option<CaseId>,
}

/// Why a unit of work did not happen. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session is unknown, ended or revoked, or its user is not active.
    #[error("not authenticated")]
    NotAuthenticated,
    /// A rule said no.
    #[error("refused")]
    Refused(Box<Refused>),
    /// The database is not there, or too many wait for it. The same call may go through later.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something that cannot be was found.
    #[error("broken: {0}")]
    Broken(&'static str, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
}

impl Error {
    /// Says that something stored or computed is not as it must be.
    #[must_use]
    pub const fn broken(what: &'static str) -> Self {
        Self::Broken(what, None)
    }

    /// Says the same, with its cause.
    pub fn broken_by(
        what: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Broken(what, Some(cause.into()))
    }

    /// Returns the refusal, if it is one.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refused) => Some(refused.refusal),
            Self::NotAuthenticated | Self::Unavailable(_) | Self::Broken(..) => None,
        }
    }

    pub(crate) fn is_serialization_failure(&self) -> bool {
        matches!(self, Self::Unavailable(cause) if cause.is::<Retry>())
    }

    /// Says whether somebody else has written what can be there once.
    pub(crate) fn is_taken(&self) -> bool {
        self.refusal() == Some(Refusal::IdTaken)
    }

    /// Says whether an act that ran on a snapshot has to run serialisable: nothing else kept it apart
    /// from others, or it met an identifier that was taken after its snapshot.
    pub(crate) fn asks_for_serialisable(&self) -> bool {
        match self {
            Self::Unavailable(cause) => cause.is::<Unchained>(),
            Self::Refused(_) => self.is_taken(),
            Self::NotAuthenticated | Self::Broken(..) => false,
        }
    }
}

/// Longest chain of causes that is written.
const DEEPEST_CAUSE: usize = 8;

/// Writes an error with its causes in one line, for the log or the terminal.
#[must_use]
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.take(DEEPEST_CAUSE).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Marks a failure after which PostgreSQL asks to run the transaction again.
#[derive(Debug, thiserror::Error)]
#[error("the transaction must run again")]
pub(crate) struct Retry;

/// Marks an act that nothing keeps apart from others but a serialisable transaction.
#[derive(Debug, thiserror::Error)]
#[error("the act is not kept apart from others")]
pub(crate) struct Unchained;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(Refused {
            refusal,
            standing: None,
            allowed_actions: Vec::new(),
            object: None,
            case_id: None,
        }))
    }
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Hidden => Refusal::NotFound.into(),
            Denial::Forbidden => Refusal::NotPermitted.into(),
            Denial::Erased => Refusal::Erased.into(),
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::NotFound => Refusal::NotFound.into(),
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::Unavailable(Box::new(Retry))
            }
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                // Decided by the database alone, told apart by the constraint: the name on
                // PostgreSQL, the columns on SQLite.
                let told = info.constraint_name().unwrap_or_else(|| info.message()).to_owned();
                let named = |part: &str| told.contains(part) || info.message().contains(part);
                if named("users_username_unique") || named("users.username") {
                    Refusal::UsernameTaken.into()
                } else if named("audit_events_chain")
                    || named("case_chains_pkey")
                    || named("idempotency_keys_pkey")
                    || named("idempotency_keys.")
                    || named("people_opened")
                    || named("people_counts")
                    // Two who registered at one moment drew the same code.
                    || named("cases_code_unique")
                    || named("cases.case_code")
                    || named("alerts_once")
                    || named("alerts.once")
                {
                    Self::Unavailable(Box::new(Retry))
                } else {
                    Refusal::IdTaken.into()
                }
            }
            DieselError::DatabaseError(_, ref info) if info.message().contains("deadlock") => {
                Self::Unavailable(Box::new(Retry))
            }
            DieselError::RollbackErrorOnCommit { commit_error, .. } => (*commit_error).into(),
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_drew_the_code_of_another_one_draws_again() {
        for told in [
            "duplicate key value violates unique constraint \"cases_code_unique\"",
            "UNIQUE constraint failed: cases.case_code",
        ] {
            let kind = DatabaseErrorKind::UniqueViolation;
            let error = Error::from(DieselError::DatabaseError(kind, Box::new(told.to_owned())));
            assert!(error.is_serialization_failure(), "{told}");
        }
    }
}
