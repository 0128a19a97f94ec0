//! The closed registry of problem codes.

use actix_web::http::StatusCode;
use serde::Serialize;

/// Declares the codes once: variant, wire name, status.
macro_rules! problem_codes {
    ($($variant:ident = $wire:literal, $status:ident;)+) => {
        /// Names everything that can go wrong at the API, so that clients can switch on it.
        ///
        /// The list is closed and stable: a code is never renamed and never changes its status.
        /// Titles and details in every language stand in `reference/problems.toml`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum ProblemCode {
            $(
                #[doc = concat!("`", $wire, "`")]
                #[serde(rename = $wire)]
                $variant,
            )+
        }

        impl ProblemCode {
            /// Every code, in the order of the registry.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $wire,)+ }
            }

            /// Returns the HTTP status that always goes with the code.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }
        }
    };
}

problem_codes! {
    MalformedJson = "malformed-json", BAD_REQUEST;
    MalformedTable = "malformed-table", BAD_REQUEST;
    UnknownParameter = "unknown-parameter", BAD_REQUEST;
    InvalidParameter = "invalid-parameter", BAD_REQUEST;
    InvalidHeader = "invalid-header", BAD_REQUEST;
    InvalidCursor = "invalid-cursor", BAD_REQUEST;
    IdempotencyKeyMissing = "idempotency-key-missing", BAD_REQUEST;
    NotAuthenticated = "not-authenticated", UNAUTHORIZED;
    InvalidCredentials = "invalid-credentials", UNAUTHORIZED;
    SecondFactorRequired = "second-factor-required", UNAUTHORIZED;
    SecondFactorRefused = "second-factor-refused", UNAUTHORIZED;
    TokenExpired = "token-expired", UNAUTHORIZED;
    NotPermitted = "not-permitted", FORBIDDEN;
    PurposeRequired = "purpose-required", FORBIDDEN;
    StepUpRequired = "step-up-required", FORBIDDEN;
    SecondFactorEnrolmentRequired = "second-factor-enrolment-required", FORBIDDEN;
    SelfApproval = "self-approval", FORBIDDEN;
    EmergencyInQuestion = "emergency-in-question", FORBIDDEN;
    NotFound = "not-found", NOT_FOUND;
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED;
    NotAcceptable = "not-acceptable", NOT_ACCEPTABLE;
    RequestTimeout = "request-timeout", REQUEST_TIMEOUT;
    IllegalTransition = "illegal-transition", CONFLICT;
    IdTaken = "id-taken", CONFLICT;
    UsernameTaken = "username-taken", CONFLICT;
    OpenReferrals = "open-referrals", CONFLICT;
    LegalHold = "legal-hold", CONFLICT;
    EmergencyUnreviewed = "emergency-unreviewed", CONFLICT;
    Erased = "erased", GONE;
    ConsentRequired = "consent-required", CONFLICT;
    ConsentWithdrawn = "consent-withdrawn", CONFLICT;
    LegalBasisNotAllowed = "legal-basis-not-allowed", CONFLICT;
    SecondPersonRequired = "second-person-required", CONFLICT;
    RecipientNotEligible = "recipient-not-eligible", CONFLICT;
    AdulthoodNotEstablished = "adulthood-not-established", CONFLICT;
    BestInterestsRequired = "best-interests-required", CONFLICT;
    GuardianRequired = "guardian-required", CONFLICT;
    OutcomeRequired = "outcome-required", CONFLICT;
    RolePairForbidden = "role-pair-forbidden", CONFLICT;
    LastAdministrator = "last-administrator", CONFLICT;
    NotDraft = "not-draft", CONFLICT;
    EmergencyNotNeeded = "emergency-not-needed", CONFLICT;
    NeverContact = "never-contact", CONFLICT;
    NotASafeHour = "not-a-safe-hour", CONFLICT;
    NotRenewable = "not-renewable", CONFLICT;
    TextsUnreviewed = "texts-unreviewed", CONFLICT;
    WorkerNotInOrganisation = "worker-not-in-organisation", CONFLICT;
    StaleVersion = "stale-version", PRECONDITION_FAILED;
    TooLarge = "too-large", PAYLOAD_TOO_LARGE;
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE;
    ValidationFailed = "validation-failed", UNPROCESSABLE_ENTITY;
    UnknownField = "unknown-field", UNPROCESSABLE_ENTITY;
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY;
    PasswordRefused = "password-refused", UNPROCESSABLE_ENTITY;
    IfMatchRequired = "if-match-required", PRECONDITION_REQUIRED;
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS;
    PeopleBudget = "people-budget", TOO_MANY_REQUESTS;
    EmergencyTooOften = "emergency-too-often", TOO_MANY_REQUESTS;
    HeaderTooLarge = "header-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE;
    Internal = "internal", INTERNAL_SERVER_ERROR;
    Unavailable = "unavailable", SERVICE_UNAVAILABLE;
}

impl ProblemCode {
    /// Finds a code by its name on the wire.
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// Finds the code for an error the framework made by itself, of which only the status is known.
    #[must_use]
    pub fn for_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::NotAuthenticated,
            403 => Self::NotPermitted,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            406 => Self::NotAcceptable,
            408 => Self::RequestTimeout,
            409 => Self::IllegalTransition,
            410 => Self::Erased,
            412 => Self::StaleVersion,
            413 => Self::TooLarge,
            415 => Self::UnsupportedMediaType,
            422 => Self::ValidationFailed,
            428 => Self::IfMatchRequired,
            429 => Self::TooManyAttempts,
            431 => Self::HeaderTooLarge,
            502..=504 => Self::Unavailable,
            400..=499 => Self::InvalidParameter,
            _ => Self::Internal,
        }
    }
}
