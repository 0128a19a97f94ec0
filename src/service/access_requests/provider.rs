//! What a provider holds: what it wrote itself, also after its access has ended (R3).

use refero_domain::{
    care::is_medical,
    id::{CaseId, ReferralId},
    policy::{Class, Permit, ReadReferral, ReadServiceUpdate},
    referral::ReferralState,
};
use refero_store::{
    Result,
    referrals::{self, ReferralRow},
    rows::RowLimit,
    service_updates::{self, ServiceUpdate},
    unit::Reading,
};

use super::{
    all,
    copy::{Field, Section},
    documents,
};

/// Gathers the part of a provider from the referrals that it answered.
pub(super) fn sections(
    reading: &mut Reading<'_>,
    (case, ids): (&CaseId, &[ReferralId]),
) -> Result<Vec<Section>> {
    let (mut offers, mut care) = (Vec::new(), Vec::new());
    for id in ids {
        let permit = referrals::fetch::<ReadReferral>(reading, id)?;
        offers.push(referral(&permit)?);
        let permit = referrals::fetch::<ReadServiceUpdate>(reading, id)?;
        let updates = all(
            |after| service_updates::page(reading, &permit, after, RowLimit::of(200)),
            |update: &ServiceUpdate| (update.created_at, update.id.clone()),
        )?;
        care.extend(updates.iter().map(|update| service_update(&permit, update)));
    }
    let section = |id, entries| Section { id, entries };
    let documents = documents::of_case(reading, case)?;
    Ok(vec![
        section("own_referrals", offers),
        section("care", care),
        section("documents", documents),
    ])
}

fn referral(permit: &Permit<ReadReferral, ReferralRow>) -> Result<Vec<Field>> {
    let row = permit.row();
    let referral = &row.referral;
    let id = referral.id.as_str();
    // What the provider wrote itself is open to it, whatever the referral discloses.
    let answers = row.words.as_ref();
    let answers = answers.and_then(|words| words.answers.reveal(permit, Class::Operational).ok());
    let answer = answers.and_then(|answers| answers.answer.clone()).unwrap_or_default();
    let ending = answers.and_then(|answers| answers.ending.clone());
    let own = ending.filter(|ending| ending.by_provider).and_then(|ending| ending.note);
    Ok(vec![
        Field::organisation("referrals.from_organisation_id", Some(&referral.from_organisation_id)),
        Field::codes("referrals.services", "service_type", referral.services()?),
        Field::code("referrals.state", "referral_status", Some(referral.state.get().code())),
        Field::moment("referrals.received_at", referral.received_at),
        Field::moment("referrals.answered_at", referral.answered_at),
        Field::moment("referrals.ended_at", referral.ended_at),
        end_reason(
            referral.state.get(),
            referral.end_reason.as_deref().filter(|_| ended_by_provider(referral.state.get())),
        ),
        Field::by("referrals.worker_id", referral.worker_id.as_ref()),
        Field::moment("referrals.answer/expected_intake_at", answer.expected_intake_at),
        Field::words("referrals.answer/note", ("referral_answer", id), answer.note),
        Field::words("referrals.answer/ending", ("referral_ending", id), own),
    ])
}

/// Names why a referral ended, by the list that the state takes its reasons from.
pub(super) fn end_reason(state: ReferralState, code: Option<&str>) -> Field {
    let list = match state {
        ReferralState::ServiceCompleted => "service_outcome",
        ReferralState::WithdrawnBySurvivor => "withdrawal_reason",
        _ => "decline_reason",
    };
    Field::code("referrals.end_reason", list, code)
}

const fn ended_by_provider(state: ReferralState) -> bool {
    matches!(
        state,
        ReferralState::Declined | ReferralState::ServiceCompleted | ReferralState::ReturnedToSender
    )
}

fn service_update(
    permit: &Permit<ReadServiceUpdate, ReferralRow>,
    update: &ServiceUpdate,
) -> Vec<Field> {
    let class =
        if is_medical(&update.service_type) { Class::Medical } else { Class::CaseRestricted };
    let note = update.note.as_ref().and_then(|note| note.reveal(permit, class).ok()).cloned();
    vec![
        Field::code("service_updates.service_type", "service_type", Some(&update.service_type)),
        Field::day("service_updates.occurred_on", Some(update.occurred_on)),
        Field::code("service_updates.state", "care_state", Some(update.state.code())),
        Field::code("service_updates.outcome", "service_outcome", update.outcome.as_deref()),
        Field::day("service_updates.next_due_on", update.next_due_on),
        Field::words("service_updates.sealed", ("service_update", update.id.as_str()), note),
        Field::yes("service_updates.corrects_id", Some(update.corrects_id.is_some())),
        Field::by("service_updates.author_id", Some(&update.author_id)),
        Field::moment("service_updates.created_at", Some(update.created_at)),
    ]
}
