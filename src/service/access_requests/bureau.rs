//! What those who coordinate a case hold: all but what providers wrote. Each piece is read under the
//! permit that shows it in the case: a request widens nobody's need to know.

use refero_domain::{
    id::{CaseId, Kind as _, NeedsAssessmentKind, ReferralId},
    needs::{Assessment, NeedLevel},
    policy::{
        Action, Class, Discloses, Permit, ReadCase, ReadConsent, ReadEmergency, ReadIdentity,
        ReadNeeds, ReadNote, ReadReferral, ReadReport, ReadScreening, ReadTimeline,
    },
    screening::Purpose,
};
use refero_store::{
    Result,
    access_requests::{self, AccessRow, Deed},
    cases::{self, CaseRow},
    consents::{self, Consent},
    emergencies,
    letters::{self, Letter},
    needs_assessments::{self, NeedsAssessment},
    notes::{self, Note},
    people,
    referrals::{self, ReferralRow},
    reports,
    rows::RowLimit,
    screenings::{self, Screening},
    unit::Reading,
};

use super::{
    all,
    assessments::{assessments, guardians},
    copy::{Field, Section},
    decisions, documents, incidents, interests, person, plans, proceedings,
    provider::end_reason,
    reflection,
    safety::{placements, safe_contacts},
};

pub(super) const PAGE: RowLimit = RowLimit::of(200);

/// Gathers the part of the coordination.
pub(super) fn sections<A: Action + Discloses>(
    reading: &mut Reading<'_>,
    permit: &Permit<A, AccessRow>,
    referral_ids: &[ReferralId],
) -> Result<Vec<Section>> {
    let case_id = &permit.row().request.case_id;
    let case = cases::fetch::<ReadCase>(reading, case_id)?;
    let merged = merged(reading, &case)?;
    let opened = cases::fetch::<ReadIdentity>(reading, case_id)?;
    let identity = people::identity(reading, &opened, &opened.row().person.id)?;
    let identity = identity.identity.reveal(&opened, Class::IdentitySealed).ok().cloned();
    let report = reports::fetch::<ReadReport>(reading, &case.row().case.report_id)?;
    let referrals = referral_ids
        .iter()
        .map(|id| referrals::fetch::<ReadReferral>(reading, id))
        .collect::<Result<Vec<_>>>()?;
    let section = |id, entries| Section { id, entries };
    let mut sections = vec![
        section("identity", vec![person::identity(&identity.unwrap_or_default())]),
        section("person", vec![person::facts(&case.row().person)?]),
        section("case", vec![course(&case, merged)]),
        section("report", vec![person::report(&report)]),
        section("incidents", incidents::of_case(reading, &case)?),
        section("screenings", screenings(reading, case_id)?),
        section("decisions", decisions::of_case(reading, case_id)?),
        section("consents", consents(reading, case_id)?),
        section("age_assessments", assessments(reading, case_id)?),
        section("guardians", guardians(reading, case_id)?),
        section("best_interests", interests::of_case(reading, case_id)?),
        section("reflection_periods", reflection::periods(reading, case_id)?),
        section("placements", placements(reading, case_id)?),
        section("safe_contacts", safe_contacts(reading, case_id)?),
        section("documents", documents::of_case(reading, case_id)?),
        section("referrals", referrals.iter().map(referral).collect::<Result<_>>()?),
        section("recipients", referrals.iter().filter_map(|row| recipient(row.row())).collect()),
        section("letters", letters_of(reading, &case)?),
        section("needs_assessments", needs_assessments(reading, case_id)?),
        section("proceedings", proceedings::proceedings(reading, case_id)?),
        section("hearings", proceedings::hearings(reading, case_id)?),
        section("non_punishment_issues", proceedings::issues(reading, case_id)?),
    ];
    sections.extend(plans::sections(reading, case_id)?);
    sections.extend([
        section("notes", notes(reading, case_id)?),
        section("emergencies", emergencies(reading, case_id)?),
        section("deeds", deeds(reading, case_id)?),
    ]);
    Ok(sections)
}

/// Returns the codes of the files about the person that went into this one: each keeps what it holds,
/// and is asked for by itself (R12).
fn merged(reading: &mut Reading<'_>, permit: &Permit<ReadCase, CaseRow>) -> Result<Vec<String>> {
    let from = cases::merges(reading, permit)?.from;
    let code = |id| Ok(cases::fetch::<ReadCase>(reading, id)?.row().case.case_code.clone());
    from.iter().map(code).collect()
}

fn course(permit: &Permit<ReadCase, CaseRow>, merged: Vec<String>) -> Vec<Field> {
    let case = &permit.row().case;
    let stage = case.identification_stage.get().code();
    vec![
        Field::plain("cases.case_code", [case.case_code.as_str()]),
        Field::code("cases.state", "case_status", Some(case.state.get().code())),
        Field::code("cases.identification_stage", "identification_stage", Some(stage)),
        Field::organisation("cases.registered_by", Some(&case.registered_by)),
        Field::by("cases.coordinator_id", case.coordinator_id.as_ref()),
        Field::area("cases.area", case.area.as_ref()),
        Field::code("cases.risk_level", "risk_level", Some(case.risk_level.code())),
        Field::moment("cases.created_at", Some(case.created_at)),
        Field::moment("cases.claimed_at", case.claimed_at),
        Field::by("cases.closure_requested_by", case.closure_requested_by.as_ref()),
        Field::moment("cases.closure_requested_at", case.closure_requested_at),
        Field::code("cases.closure_reason", "case_closure_reason", case.closure_reason.as_deref()),
        Field::moment("cases.closed_at", case.closed_at),
        Field::yes("cases.merged_into", Some(case.merged_into.is_some())),
        Field::plain("cases.merged_into/from", merged),
    ]
}

fn letters_of(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadCase, CaseRow>,
) -> Result<Vec<Vec<Field>>> {
    let found = letters::all_of_case(reading, permit)?;
    let fields = |letter: &Letter| {
        vec![
            Field::code("letters.kind", "letter_kind", Some(letter.kind.code())),
            Field::plain("letters.year", [letter.number.year.to_string()]),
            Field::plain("letters.number", [letter.number.number.to_string()]),
            Field::code("letters.language", "copy_language", Some(letter.language.code())),
            Field::by("letters.created_by", Some(&letter.created_by)),
            Field::moment("letters.created_at", Some(letter.created_at)),
        ]
    };
    Ok(found.iter().map(fields).collect())
}

fn screenings(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadScreening>(reading, case)?;
    let found = all(
        |after| screenings::page(reading, &permit, after, PAGE),
        |screening: &Screening| (screening.created_at, screening.id.clone()),
    )?;
    found.iter().map(|found| screening(reading, &permit, found)).collect()
}

fn screening(
    reading: &mut Reading<'_>,
    permit: &Permit<ReadScreening, CaseRow>,
    screening: &Screening,
) -> Result<Vec<Field>> {
    let reasons = screenings::reasons(reading, permit, screening)?;
    let reasons =
        reasons.and_then(|reasons| reasons.reveal(permit, Class::CaseRestricted).ok().cloned());
    let result = screening.result()?;
    let answers = screening.answers()?.into_iter();
    let intended = match screening.purpose()? {
        Purpose::Observed => Vec::new(),
        Purpose::Intended { purposes } => purposes.into_iter().map(|one| one.code()).collect(),
    };
    let stage = screening.conclusion.map(|stage| stage.code());
    Ok(vec![
        Field::moment("screenings.created_at", Some(screening.created_at)),
        Field::by("screenings.created_by", Some(&screening.created_by)),
        Field::plain("screenings.indicator_set", [result.indicator_set_id.as_str()]),
        Field::plain("screenings.indicator_set_version", [result.indicator_set_version.as_str()]),
        Field::plain("screenings.ruleset_version", [result.ruleset_version.as_str()]),
        Field::code("screenings.profile", "screening_profile", Some(result.profile.code())),
        Field::indicators(
            "screenings.answers",
            answers.map(|(code, answer)| (code, Some(answer.code()))),
        ),
        Field::codes("screenings.purpose", "palermo_purpose", intended),
        Field::code("screenings.result", "screening_advice", Some(result.advice.code())),
        Field::code("screenings.conclusion", "identification_stage", stage),
        Field::words("screenings.reasons", ("screening_reasons", screening.id.as_str()), reasons),
        Field::by("screenings.concluded_by", screening.concluded_by.as_ref()),
        Field::moment("screenings.concluded_at", screening.concluded_at),
    ])
}

fn consents(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadConsent>(reading, case)?;
    let found = all(
        |after| consents::page(reading, &permit, after, PAGE),
        |consent: &Consent| (consent.created_at, consent.id.clone()),
    )?;
    Ok(found.iter().map(|found| consent(&permit, found)).collect())
}

fn consent(permit: &Permit<ReadConsent, CaseRow>, consent: &Consent) -> Vec<Field> {
    let words = consent.words.reveal(permit, Class::CaseRestricted).ok().cloned();
    let words = words.unwrap_or_default();
    let id = consent.id.as_str();
    let categories = consent.categories.iter().map(Class::code);
    let recipient = consent.recipient_organisation_id.as_ref();
    vec![
        Field::code("consents.purpose", "consent_purpose", Some(consent.purpose.code())),
        Field::organisation("consents.recipient_organisation_id", recipient),
        Field::codes("consents.categories", "confidentiality_level", categories),
        Field::code("consents.state", "consent_status", Some(consent.state.get().code())),
        Field::code("consents.giver", "consent_giver", Some(consent.giver.code())),
        Field::code("consents.mode", "consent_mode", Some(consent.mode.code())),
        Field::plain("consents.language", [consent.language.as_str()]),
        Field::yes("consents.interpreter", Some(consent.interpreter)),
        Field::code(
            "consents.child_ground",
            "child_consent_ground",
            consent.child_ground.map(|ground| ground.code()),
        ),
        Field::words("consents.sealed/ground", ("consent_ground", id), words.ground),
        Field::words("consents.sealed/limits", ("consent_limits", id), words.limits),
        Field::moment("consents.created_at", Some(consent.created_at)),
        Field::moment("consents.answered_at", consent.answered_at),
        Field::moment("consents.expires_at", consent.expires_at),
        Field::moment("consents.withdrawn_at", consent.withdrawn_at),
        Field::words(
            "consents.sealed/withdrawal_reason",
            ("consent_withdrawal", id),
            words.withdrawal_reason,
        ),
        Field::by("consents.created_by", Some(&consent.created_by)),
    ]
}

fn referral(permit: &Permit<ReadReferral, ReferralRow>) -> Result<Vec<Field>> {
    let referral = &permit.row().referral;
    let id = referral.id.as_str();
    let words = permit.row().words.as_ref();
    let secrets = words.and_then(|words| words.secrets.reveal(permit, Class::CaseRestricted).ok());
    let secrets = secrets.cloned().unwrap_or_default();
    let answers = words.and_then(|words| words.answers.reveal(permit, Class::CaseRestricted).ok());
    // What the provider wrote is in the provider's part, and looked through there.
    let ending = answers.and_then(|answers| answers.ending.clone());
    let ending = ending.filter(|ending| !ending.by_provider).and_then(|ending| ending.note);
    let categories = referral.categories()?;
    let state = referral.state.get();
    Ok(vec![
        Field::organisation("referrals.organisation_id", Some(&referral.organisation_id)),
        Field::organisation("referrals.from_organisation_id", Some(&referral.from_organisation_id)),
        Field::codes("referrals.services", "service_type", referral.services()?),
        Field::code("referrals.reason", "referral_reason", Some(&referral.reason)),
        Field::code("referrals.urgency", "response_timeframe", Some(referral.urgency.code())),
        Field::code("referrals.legal_basis", "legal_basis", Some(referral.legal_basis.code())),
        Field::yes("referrals.consent_id", Some(referral.consent_id.is_some())),
        Field::codes(
            "referrals.categories",
            "confidentiality_level",
            categories.iter().map(Class::code),
        ),
        Field::codes("referrals.placement_needs", "placement_need", referral.placement_needs()?),
        Field::words("referrals.sealed/basis_reason", ("referral_basis", id), secrets.basis_reason),
        Field::words(
            "referrals.sealed/instructions",
            ("referral_instructions", id),
            secrets.instructions,
        ),
        Field::code("referrals.state", "referral_status", Some(state.code())),
        Field::moment("referrals.created_at", Some(referral.created_at)),
        Field::moment("referrals.sent_at", referral.sent_at),
        Field::moment("referrals.respond_by", referral.respond_by),
        Field::moment("referrals.received_at", referral.received_at),
        Field::moment("referrals.answered_at", referral.answered_at),
        Field::moment("referrals.ended_at", referral.ended_at),
        end_reason(state, referral.end_reason.as_deref()),
        Field::words("referrals.answer/ending", ("referral_ending", id), ending),
        Field::by("referrals.created_by", Some(&referral.created_by)),
        Field::by("referrals.worker_id", referral.worker_id.as_ref()),
    ])
}

/// Says which organisation was given what, and until when: an offer that was not accepted gave nothing.
fn recipient(row: &ReferralRow) -> Option<Vec<Field>> {
    let referral = &row.referral;
    let declined = referral.state.get() == refero_domain::referral::ReferralState::Declined;
    let accepted_at = referral.answered_at.filter(|_| !declined)?;
    let disclosed = row.facts.discloses;
    Some(vec![
        Field::organisation("referrals.organisation_id", Some(&referral.organisation_id)),
        Field::codes(
            "referrals.categories",
            "confidentiality_level",
            disclosed.iter().map(Class::code),
        ),
        Field::moment("referrals.answered_at", Some(accepted_at)),
        Field::moment("referrals.ended_at", referral.ended_at),
    ])
}

fn needs_assessments(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadNeeds>(reading, case)?;
    let found = all(
        |after| needs_assessments::page(reading, &permit, after, PAGE),
        |assessment: &NeedsAssessment| (assessment.created_at, assessment.id.clone()),
    )?;
    let assessment = |found: &NeedsAssessment| {
        let content = found.content.reveal(&permit, Class::CaseRestricted).ok();
        let needs = content.map_or(&[][..], |content| &content.needs);
        let risks = content.map_or(&[][..], |content| &content.risks);
        let services = needs.iter().filter(|need| need.level != NeedLevel::None);
        vec![
            Field::moment("needs_assessments.created_at", Some(found.created_at)),
            Field::by("needs_assessments.author_id", Some(&found.author_id)),
            Field::code(
                "needs_assessments.risk_level",
                "risk_level",
                Some(found.risk_level.code()),
            ),
            Field::codes(
                "needs_assessments.sealed/needs",
                "service_type",
                services.map(|need| &need.service_type),
            ),
            Field::codes(
                "needs_assessments.sealed/risks",
                "risk_hazard",
                risks.iter().map(|risk| &risk.hazard),
            ),
            Field::words(
                "needs_assessments.sealed",
                (NeedsAssessmentKind::NAME, found.id.as_str()),
                content.and_then(Assessment::words),
            ),
        ]
    };
    Ok(found.iter().map(assessment).collect())
}

fn notes(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadNote>(reading, case)?;
    let found = all(
        |after| notes::page(reading, &permit, after, PAGE),
        |note: &Note| (note.created_at, note.id.clone()),
    )?;
    let note = |note: &Note| {
        let text = note.text.reveal(&permit, Class::CaseRestricted).ok().cloned();
        vec![
            Field::moment("notes.created_at", Some(note.created_at)),
            Field::by("notes.author_id", Some(&note.author_id)),
            Field::words("notes.sealed", ("note", note.id.as_str()), text),
            Field::yes("notes.corrects_id", Some(note.corrects_id.is_some())),
        ]
    };
    Ok(found.iter().map(note).collect())
}

fn emergencies(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let mut opened = Vec::new();
    for id in access_requests::emergencies(reading, case)? {
        let permit = emergencies::fetch::<ReadEmergency>(reading, &id)?;
        let (why, said) = emergencies::words(reading, &permit)?;
        let why = why.reveal(&permit, Class::CaseRestricted).ok().cloned();
        let said = said.and_then(|said| said.reveal(&permit, Class::CaseRestricted).ok().cloned());
        let access = &permit.row().access;
        let outcome = access.outcome.map(|outcome| outcome.code());
        opened.push(vec![
            Field::organisation(
                "emergency_accesses.organisation_id",
                Some(&access.organisation_id),
            ),
            Field::by("emergency_accesses.actor_id", Some(&access.actor_id)),
            Field::moment("emergency_accesses.opened_at", Some(access.opened_at)),
            Field::moment("emergency_accesses.expires_at", Some(access.expires_at)),
            Field::code(
                "emergency_accesses.reason_code",
                "emergency_reason",
                Some(&access.reason_code),
            ),
            Field::words("emergency_accesses.sealed", ("emergency", id.as_str()), why),
            Field::moment("emergency_accesses.reviewed_at", access.reviewed_at),
            Field::by("emergency_accesses.reviewed_by", access.reviewed_by.as_ref()),
            Field::code("emergency_accesses.outcome", "emergency_outcome", outcome),
            Field::words("emergency_accesses.reasons", ("emergency_review", id.as_str()), said),
        ]);
    }
    Ok(opened)
}

fn deeds(reading: &mut Reading<'_>, case: &CaseId) -> Result<Vec<Vec<Field>>> {
    let permit = cases::fetch::<ReadTimeline>(reading, case)?;
    let deed = |deed: Deed| {
        vec![
            Field::office("audit_events.organisation_id", deed.office),
            Field::code("audit_events.operation", "deed", Some(&deed.operation)),
            Field::plain("audit_events.times", [deed.times.to_string()]),
            Field::moment("audit_events.first_at", Some(deed.first_at)),
            Field::moment("audit_events.last_at", Some(deed.last_at)),
        ]
    };
    Ok(access_requests::deeds(reading, &permit)?.into_iter().map(deed).collect())
}
