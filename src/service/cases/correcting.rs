//! Correcting what stands in a case; the earlier values stay in the history (R13).

use chrono::Datelike as _;
use refero_domain::{
    age::{AgeStatus, SexReporting},
    case::RiskLevel,
    event::{Event, Operation},
    id::CaseId,
    policy::{self, Action as _, CaseFacts, EditCase, Permit},
    profile::{ClockKind, CountryProfile},
    refusal::Refusal,
};
use refero_store::{
    Codes, Result,
    cases::{self, CaseChange, CaseRow},
    people::{Person, PersonFacts},
    unit::{Audited, Tx},
};

use super::{Target, moving::start_clock};

/// What may be corrected about a case. Absent members stay.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    /// Where the person was found.
    pub area: Option<Option<String>>,
    /// How great the danger is.
    pub risk_level: Option<RiskLevel>,
    /// Sex for reporting.
    pub sex_reporting: Option<SexReporting>,
    /// What is known about the age.
    pub age_status: Option<AgeStatus>,
    /// The estimated year of birth.
    pub birth_year: Option<Option<i32>>,
    /// ISO 639 code.
    pub primary_language: Option<Option<String>>,
    /// ISO 639 codes.
    pub other_languages: Option<Vec<String>>,
    /// ISO 3166-1 codes.
    pub citizenships: Option<Vec<String>>,
}

impl Correction {
    /// Returns the names of the members that change, for the trail.
    fn fields(&self) -> Vec<&'static str> {
        [
            ("area", self.area.is_some()),
            ("risk_level", self.risk_level.is_some()),
            ("sex_reporting", self.sex_reporting.is_some()),
            ("age_status", self.age_status.is_some()),
            ("birth_year_estimate", self.birth_year.is_some()),
            ("primary_language", self.primary_language.is_some()),
            ("other_languages", self.other_languages.is_some()),
            ("citizenships", self.citizenships.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, changes)| changes.then_some(name))
        .collect()
    }
}

/// Corrects a case; the earlier values stay in the history (R13).
///
/// # Errors
/// [`Refusal::NotPermitted`] for moving it to an area that the caller's role does not reach;
/// [`Refusal::AdulthoodNotEstablished`] for ending a doubt about age without an assessment (R6);
/// [`Refusal::Inconsistent`]; [`Refusal::Stale`].
///
/// # Audit
/// `case.edit`
pub fn edit(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    (id, expected): Target<'_>,
    correction: &Correction,
) -> Result<Audited<CaseId>> {
    let permit = cases::fetch::<EditCase>(tx, id)?;
    permit.row().expect_version(expected)?;
    if let Some(Some(area)) = &correction.area
        && profile.area(area).is_none()
    {
        return Err(Refusal::ReferenceUnknown { pointer: "/area" }.into());
    }
    if let Some(area) = &correction.area {
        expect_reach(tx, &permit, area.as_deref())?;
    }
    let facts = corrected(&permit.row().person, correction)?;
    judge_age(tx, profile, &permit, &facts)?;
    cases::save_person(tx, &permit, &facts)?;
    let change = CaseChange {
        area: correction.area.clone(),
        risk_level: correction.risk_level,
        ..CaseChange::default()
    };
    let becomes_child =
        facts.age_status.protected_as_child() && !permit.row().person.protected_as_child();
    if becomes_child {
        start_clock(tx, profile, id, "guardian_for_child", ClockKind::GuardianForChild)?;
    }
    let (row, permit) = permit.into_parts();
    let version = cases::save(tx, &permit, &row.case.before(), None, &change)?;
    let event = Event::under(Operation::Update, &permit)
        .on(id, version)
        .in_case(id)
        .fields(correction.fields());
    tx.record(&event, id.clone())
}

/// Nobody moves a case to where they cannot follow it: a supervisor of both areas does.
fn expect_reach(tx: &Tx<'_>, permit: &Permit<EditCase, CaseRow>, area: Option<&str>) -> Result<()> {
    let actor = tx.actor()?;
    let facts = CaseFacts { area: area.map(str::to_owned), ..permit.row().facts.clone() };
    if policy::may(EditCase::NAME, actor, &facts) {
        Ok(())
    } else {
        Err(permit.row().refused(Refusal::NotPermitted, actor))
    }
}

fn corrected(person: &Person, correction: &Correction) -> Result<PersonFacts> {
    let kept = |kept: Option<&Vec<String>>, stored: &Codes| match kept {
        Some(codes) => Ok(codes.clone()),
        None => stored.get(),
    };
    Ok(PersonFacts {
        sex_reporting: correction.sex_reporting.unwrap_or(person.sex_reporting),
        birth_year: correction.birth_year.unwrap_or_else(|| person.birth_year()),
        age_status: correction.age_status.unwrap_or(person.age_status),
        primary_language: correction
            .primary_language
            .clone()
            .unwrap_or_else(|| person.primary_language.clone()),
        other_languages: kept(correction.other_languages.as_ref(), &person.other_languages)?,
        citizenships: kept(correction.citizenships.as_ref(), &person.citizenships)?,
    })
}

/// Whoever may correct the case may record a doubt about age; only a panel's decision ends it (R6,
/// R10).
fn judge_age(
    tx: &mut Tx<'_>,
    profile: &CountryProfile,
    permit: &Permit<EditCase, CaseRow>,
    facts: &PersonFacts,
) -> Result<()> {
    let before = permit.row().person.age_status;
    let ends_doubt = before.protected_as_child() && !facts.age_status.protected_as_child();
    let claims_panel = facts.age_status != before && facts.age_status.needs_assessment();
    if ends_doubt || claims_panel {
        return Err(permit.row().refused(Refusal::AdulthoodNotEstablished, tx.actor()?));
    }
    let this_year = tx.now().date().year();
    let majority = i32::from(profile.age_of_majority);
    if let Some(year) = facts.birth_year
        && (!(1900..=this_year).contains(&year)
            || facts.age_status.contradicts(year, this_year, majority))
    {
        return Err(Refusal::Inconsistent { pointer: "/birth_year_estimate" }.into());
    }
    Ok(())
}
