//! Alleged perpetrators: for whoever investigates (R8). The bureau may add what the person said of them.

use refero_domain::{
    event::{Event, Operation},
    id::{AllegedPerpetratorId, CaseId, ProceedingId},
    instant::Instant,
    policy::{AddPerpetrator, Permit, ReadPerpetrator},
    proceeding::AllegedPerpetrator,
    refusal::Refusal,
    sensitive::Sensitive,
};
use refero_store::{
    Result,
    alleged_perpetrators::{self as perpetrators, Perpetrator},
    cases, proceedings,
    rows::{RowLimit, Rows},
    unit::{Audited, Reading, Tx},
};

use super::already_known;

/// Fetches an entry to show it, with the event that must be durable before.
///
/// # Errors
/// [`Refusal::NotFound`] if it does not exist for the caller.
///
/// # Audit
/// `alleged-perpetrator.read`
pub fn open(
    reading: &mut Reading<'_>,
    case: &CaseId,
    id: &AllegedPerpetratorId,
) -> Result<(Event, Permit<ReadPerpetrator, Perpetrator>)> {
    let permit = perpetrators::fetch(reading, case, id)?;
    Ok((Event::under(Operation::Read, &permit).on(id, 1).in_case(case), permit))
}

/// Lists the entries of a case that the caller may see, the newest first.
///
/// # Errors
/// [`Refusal::NotFound`] if there are none to see for the caller, or no such case.
///
/// # Audit
/// `alleged-perpetrator.read` with the ids shown.
pub fn list(
    reading: &mut Reading<'_>,
    case: &CaseId,
    after: Option<(Instant, AllegedPerpetratorId)>,
    limit: RowLimit,
) -> Result<(Event, Rows<Permit<ReadPerpetrator, Perpetrator>>)> {
    let permit = cases::fetch::<ReadPerpetrator>(reading, case)?;
    let found = perpetrators::page(reading, &permit, after, limit)?;
    let event = Event::under(Operation::Read, &permit)
        .in_case(case)
        .showing(found.iter().map(|permit| &permit.row().id));
    Ok((event, found))
}

/// Adds somebody to an investigation. The same entry again under the client's own identifier is the same.
///
/// # Errors
/// [`Refusal::ReferenceUnknown`] if the caller has no such proceeding, [`Refusal::Inconsistent`] if it is no
/// investigation, [`Refusal::IdTaken`].
///
/// # Audit
/// `alleged-perpetrator.add`
pub fn add(
    tx: &mut Tx<'_>,
    case: &CaseId,
    (id, proceeding): (Option<&AllegedPerpetratorId>, &ProceedingId),
    content: &Sensitive<AllegedPerpetrator>,
) -> Result<Audited<AllegedPerpetratorId>> {
    cases::fetch::<AddPerpetrator>(tx, case)?;
    if let Some(id) = id {
        let by = tx.actor()?.user_id.clone();
        let known = already_known(open(tx, case, id), |(_, known)| {
            let known = known.row();
            Ok(known.author_id == by
                && known.proceeding_id == *proceeding
                && known.content == *content)
        })?;
        if let Some((event, _)) = known {
            return tx.record(&event, id.clone());
        }
    }
    let found = proceedings::fetch::<AddPerpetrator>(tx, case, proceeding);
    let permit = super::referred_to(found, "/proceeding_id")?;
    if !permit.row().facts.is_behind_the_wall {
        return Err(Refusal::Inconsistent { pointer: "/proceeding_id" }.into());
    }
    let id = id.cloned().unwrap_or_else(|| tx.new_id());
    perpetrators::insert(tx, &permit, &id, content)?;
    let event = Event::under(Operation::Create, &permit).on(&id, 1).in_case(case);
    tx.record(&event.fields(["proceeding_id"]), id)
}
