//! From what the house refuses to what HTTP says. The only place that knows both.

use actix_web::{HttpRequest, http::StatusCode};
use refero_domain::{
    dates::DateFault,
    event::{Event, Operation},
    id::{
        AccessRequestKind, AgeAssessmentKind, AlertKindTag, AllegedPerpetratorKind, BaitKind,
        BestInterestsKind, CaseConferenceKind, CaseKind, ComplaintKindTag, ConsentKind,
        DetectionReportKind, DocumentKindTag, DuplicateCandidateKind, EmergencyAccessKind,
        ErasureRequestKind, FollowUpKind, GuardianKind, HearingKind, Id,
        IdentificationDecisionKind, IncidentKind, IndicatorSetVersionKind, Kind as _,
        LegalHoldKind, LetterKindTag, NeedsAssessmentKind, NonPunishmentIssueKind, NoteKind,
        OrganisationKind, PlacementKindTag, PlanItemKind, ProceedingKind, ReferralKind,
        ReflectionPeriodKind, RoleGrantKind, SafeContactKind, ScreeningKind, ServiceKind,
        ServiceUpdateKind, SessionKind, UserKind,
    },
    refusal::Refusal,
};
use refero_store::{Error, Refused, refusals::Named};

use crate::api::problem::{FieldCode, FieldError, Problem, ProblemCode};

/// Returns the problem that tells a caller about a refusal or failure.
#[must_use]
pub fn problem(error: Error) -> Problem {
    match error {
        Error::NotAuthenticated => Problem::new(ProblemCode::NotAuthenticated),
        Error::Refused(refused) => of_refusal(&refused),
        Error::Unavailable(cause) => {
            Problem::new(ProblemCode::Unavailable).retry_after_s(2).caused_by(cause)
        }
        broken @ Error::Broken(..) => Problem::internal(broken),
    }
}

/// Returns the event that records a refusal, if it is one that the trail wants (R14).
#[must_use]
pub fn event(action: &'static str, error: &Error) -> Option<Event> {
    let event = Event::named(action, Operation::Execute);
    match error {
        Error::NotAuthenticated => Some(event.refused(ProblemCode::NotAuthenticated.as_str())),
        Error::Refused(refused) => {
            let mut event = event.refused(code(refused.refusal).as_str());
            if let Some((kind, id)) = &refused.object {
                event.object_type = Some(kind);
                event.object_id = Some(id.clone());
            }
            event.case_id.clone_from(&refused.case_id);
            Some(event)
        }
        Error::Unavailable(_) | Error::Broken(..) => None,
    }
}

/// Returns what the address of a request names, from the outside in: well-formed ids only.
#[must_use]
pub fn named(http: &HttpRequest) -> Vec<Named> {
    let pattern = http.match_pattern().unwrap_or_default();
    let segments: Vec<&str> = pattern.split('/').collect();
    let pairs = segments.iter().zip(segments.iter().skip(1));
    let named = pairs.filter_map(|(collection, parameter)| {
        let kind = kind_of(collection)?;
        let name = parameter.strip_prefix('{')?.strip_suffix('}')?;
        let id: Id<CaseKind> = http.match_info().get(name)?.parse().ok()?;
        Some(Named { kind, id: id.as_str().to_owned() })
    });
    named.collect()
}

/// Returns the kind of thing that a segment of an address collects.
fn kind_of(collection: &str) -> Option<&'static str> {
    match collection {
        // By the id of a person, a case, a report or a referral: whichever opens the file.
        "access-reports" => Some("file"),
        "access-requests" => Some(AccessRequestKind::NAME),
        "age-assessments" => Some(AgeAssessmentKind::NAME),
        "alerts" => Some(AlertKindTag::NAME),
        "alleged-perpetrators" => Some(AllegedPerpetratorKind::NAME),
        "bait-cases" => Some(BaitKind::NAME),
        "best-interests" => Some(BestInterestsKind::NAME),
        "cases" => Some(CaseKind::NAME),
        "complaints" => Some(ComplaintKindTag::NAME),
        "conferences" => Some(CaseConferenceKind::NAME),
        "consents" => Some(ConsentKind::NAME),
        "detection-reports" => Some(DetectionReportKind::NAME),
        "documents" => Some(DocumentKindTag::NAME),
        "duplicate-candidates" => Some(DuplicateCandidateKind::NAME),
        "emergency-accesses" => Some(EmergencyAccessKind::NAME),
        "erasure-requests" => Some(ErasureRequestKind::NAME),
        "follow-ups" => Some(FollowUpKind::NAME),
        "guardians" => Some(GuardianKind::NAME),
        "hearings" => Some(HearingKind::NAME),
        "identification-decisions" => Some(IdentificationDecisionKind::NAME),
        "incidents" => Some(IncidentKind::NAME),
        "items" => Some(PlanItemKind::NAME),
        "legal-holds" => Some(LegalHoldKind::NAME),
        // A letter's number says of which year it is; whose it is, its address.
        "letters" | "notices-of-rights" => Some(LetterKindTag::NAME),
        "needs-assessments" => Some(NeedsAssessmentKind::NAME),
        "non-punishment-issues" => Some(NonPunishmentIssueKind::NAME),
        "notes" => Some(NoteKind::NAME),
        "organisations" => Some(OrganisationKind::NAME),
        "placements" => Some(PlacementKindTag::NAME),
        "proceedings" => Some(ProceedingKind::NAME),
        "referrals" => Some(ReferralKind::NAME),
        "reflection-periods" => Some(ReflectionPeriodKind::NAME),
        "roles" => Some(RoleGrantKind::NAME),
        "safe-contacts" => Some(SafeContactKind::NAME),
        "screenings" => Some(ScreeningKind::NAME),
        "service-updates" => Some(ServiceUpdateKind::NAME),
        "services" => Some(ServiceKind::NAME),
        "versions" => Some(IndicatorSetVersionKind::NAME),
        "sessions" => Some(SessionKind::NAME),
        "users" => Some(UserKind::NAME),
        _ => None,
    }
}

const fn code(refusal: Refusal) -> ProblemCode {
    match refusal {
        Refusal::NotFound => ProblemCode::NotFound,
        Refusal::NotPermitted => ProblemCode::NotPermitted,
        Refusal::IllegalTransition | Refusal::CaseStateDoesNotAllow => {
            ProblemCode::IllegalTransition
        }
        Refusal::Stale { .. } => ProblemCode::StaleVersion,
        Refusal::SelfApproval => ProblemCode::SelfApproval,
        Refusal::SecondPersonRequired => ProblemCode::SecondPersonRequired,
        Refusal::ConsentRequired => ProblemCode::ConsentRequired,
        Refusal::ConsentWithdrawn => ProblemCode::ConsentWithdrawn,
        Refusal::LegalBasisNotAllowed => ProblemCode::LegalBasisNotAllowed,
        Refusal::OpenReferrals => ProblemCode::OpenReferrals,
        Refusal::Erased => ProblemCode::Erased,
        Refusal::LegalHold => ProblemCode::LegalHold,
        Refusal::EmergencyUnreviewed => ProblemCode::EmergencyUnreviewed,
        Refusal::RecipientNotEligible => ProblemCode::RecipientNotEligible,
        Refusal::AdulthoodNotEstablished => ProblemCode::AdulthoodNotEstablished,
        Refusal::WorkerNotInOrganisation => ProblemCode::WorkerNotInOrganisation,
        Refusal::TextsUnreviewed => ProblemCode::TextsUnreviewed,
        Refusal::OutcomeRequired => ProblemCode::OutcomeRequired,
        Refusal::NotDraft => ProblemCode::NotDraft,
        Refusal::IdTaken => ProblemCode::IdTaken,
        Refusal::UsernameTaken => ProblemCode::UsernameTaken,
        Refusal::RolePairForbidden => ProblemCode::RolePairForbidden,
        Refusal::LastAdministrator => ProblemCode::LastAdministrator,
        Refusal::PurposeRequired => ProblemCode::PurposeRequired,
        Refusal::StepUpRequired => ProblemCode::StepUpRequired,
        Refusal::FactorEnrolmentRequired => ProblemCode::SecondFactorEnrolmentRequired,
        Refusal::IdempotencyKeyReused => ProblemCode::IdempotencyKeyReused,
        Refusal::PeopleBudget { .. } => ProblemCode::PeopleBudget,
        Refusal::EmergencyTooOften { .. } => ProblemCode::EmergencyTooOften,
        Refusal::EmergencyInQuestion => ProblemCode::EmergencyInQuestion,
        Refusal::EmergencyNotNeeded => ProblemCode::EmergencyNotNeeded,
        Refusal::NeverContact => ProblemCode::NeverContact,
        Refusal::NotASafeHour { .. } => ProblemCode::NotASafeHour,
        Refusal::BestInterestsRequired => ProblemCode::BestInterestsRequired,
        Refusal::GuardianRequired => ProblemCode::GuardianRequired,
        Refusal::NotRenewable => ProblemCode::NotRenewable,
        Refusal::UnsupportedContent => ProblemCode::UnsupportedMediaType,
        Refusal::ReferenceUnknown { .. }
        | Refusal::Incomplete { .. }
        | Refusal::Inconsistent { .. }
        | Refusal::OutOfRange { .. }
        | Refusal::ImpossibleDate { .. } => ProblemCode::ValidationFailed,
    }
}

fn of_refusal(refused: &Refused) -> Problem {
    let code = code(refused.refusal);
    let mut problem = Problem::new(code);
    if let Refusal::Stale { current } = refused.refusal {
        problem = problem.current_version(current);
    }
    if let Refusal::PeopleBudget { wait_s }
    | Refusal::EmergencyTooOften { wait_s }
    | Refusal::NotASafeHour { wait_s } = refused.refusal
    {
        problem = problem.retry_after_s(wait_s);
    }
    if let Some((pointer, field)) = place(refused.refusal) {
        problem = problem.errors([FieldError::at(&pointer.into(), field)]);
    }
    match refused.standing.filter(|_| code.status() == StatusCode::CONFLICT) {
        Some(standing) => {
            problem.state(standing.code()).allowed_actions(refused.allowed_actions.iter().copied())
        }
        None => problem,
    }
}

/// Returns which member of the body is refused, and why.
const fn place(refusal: Refusal) -> Option<(&'static str, FieldCode)> {
    match refusal {
        Refusal::ReferenceUnknown { pointer } => Some((pointer, FieldCode::ReferenceUnknown)),
        Refusal::Incomplete { pointer } => Some((pointer, FieldCode::Required)),
        Refusal::Inconsistent { pointer } => Some((pointer, FieldCode::Inconsistent)),
        Refusal::OutOfRange { pointer } => Some((pointer, FieldCode::OutOfRange)),
        Refusal::ImpossibleDate { pointer, fault } => Some((
            pointer,
            match fault {
                DateFault::TooEarly => FieldCode::TooEarly,
                DateFault::InFuture => FieldCode::InFuture,
                DateFault::TooLate => FieldCode::OutOfRange,
            },
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::operations;

    #[test]
    fn r14_every_id_in_every_address_has_a_kind_for_the_trail() {
        for operation in operations::table().operations() {
            let segments: Vec<&str> = operation.path.split('/').collect();
            for pair in segments.windows(2).filter(|pair| pair[1].starts_with('{')) {
                let is_name =
                    operation.names.iter().any(|(name, _)| pair[1] == format!("{{{name}}}"));
                assert_eq!(kind_of(pair[0]).is_some(), !is_name, "{}", operation.path);
            }
        }
    }
}
