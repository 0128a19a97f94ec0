//! Why somebody looks: the `Access-Purpose` header.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::single_header;
use crate::api::problem::{FieldCode, FieldError, Problem, ProblemCode};

const HEADER: &str = "Access-Purpose";

/// Names why personal data is read; it is stored with the reading (rule R14).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessPurpose {
    /// Working on the case.
    CaseManagement,
    /// Supervising those who work on it.
    Supervision,
    /// Deciding formally whether the person is a victim.
    Identification,
    /// Giving a service to the person.
    Care,
    /// Investigating the crime.
    Investigation,
    /// Inspecting how the mechanism works.
    Audit,
    /// Answering a request of the person about their data.
    DataSubjectRequest,
}

impl AccessPurpose {
    /// Every purpose.
    pub const ALL: &'static [Self] = &[
        Self::CaseManagement,
        Self::Supervision,
        Self::Identification,
        Self::Care,
        Self::Investigation,
        Self::Audit,
        Self::DataSubjectRequest,
    ];

    /// Every purpose by its name on the wire.
    const NAMES: &'static [&'static str] = &[
        "case_management",
        "supervision",
        "identification",
        "care",
        "investigation",
        "audit",
        "data_subject_request",
    ];

    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CaseManagement => "case_management",
            Self::Supervision => "supervision",
            Self::Identification => "identification",
            Self::Care => "care",
            Self::Investigation => "investigation",
            Self::Audit => "audit",
            Self::DataSubjectRequest => "data_subject_request",
        }
    }
}

/// Takes the purpose a request states, if it states one.
///
/// `Option<AccessPurpose>` would turn an unknown purpose into none; this refuses it.
#[derive(Clone, Copy, Debug)]
pub struct Purpose(pub Option<AccessPurpose>);

impl FromRequest for Purpose {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

fn read(request: &HttpRequest) -> Result<Option<AccessPurpose>, Problem> {
    let Some(name) = single_header(request, HEADER)? else {
        return Ok(None);
    };
    let known = AccessPurpose::ALL.iter().copied().find(|purpose| purpose.as_str() == name);
    known.map(Some).ok_or_else(|| {
        let error = FieldError::in_header(HEADER, FieldCode::NotInList);
        Problem::new(ProblemCode::InvalidHeader)
            .errors([error.with("allowed", AccessPurpose::NAMES)])
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn purpose(values: &[&str]) -> Result<Option<AccessPurpose>, ProblemCode> {
        let mut request = TestRequest::get();
        for value in values {
            request = request.append_header((HEADER, *value));
        }
        read(&request.to_http_request()).map_err(|problem| problem.code())
    }

    #[test]
    fn a_purpose_is_one_of_the_list_or_refused() {
        for (one, name) in AccessPurpose::ALL.iter().zip(AccessPurpose::NAMES) {
            assert_eq!(purpose(&[name]), Ok(Some(*one)));
            assert_eq!(serde_json::to_value(one).unwrap(), *name);
        }
        assert_eq!(AccessPurpose::ALL.len(), AccessPurpose::NAMES.len());
        assert_eq!(purpose(&[]), Ok(None));
        for wrong in ["", "curiosity", "CASE_MANAGEMENT", "audit,care"] {
            assert_eq!(purpose(&[wrong]), Err(ProblemCode::InvalidHeader), "{wrong}");
        }
        assert_eq!(purpose(&["audit", "audit"]), Err(ProblemCode::InvalidHeader));
    }
}
