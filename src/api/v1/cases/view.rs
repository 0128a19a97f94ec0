//! What a case looks like to somebody who may see it.

use refero_domain::{
    actor::Actor,
    age::{AgeStatus, SexReporting},
    case::{CaseStatus, ClockPause, ClockState, IdentificationStage, RiskLevel},
    id::{CaseId, DetectionReportId, IncidentId, NonPunishmentIssueId, OrganisationId, UserId},
    instant::Instant,
    non_punishment::IssueState,
    policy::{Class, Permit, ReadCase, Relation},
};
use refero_store::{Result, cases::CaseRow, clocks::Clock, non_punishment::Flag};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{reply::Representation, v1::Links},
    service::cases::Dossier,
};

/// A deadline that runs on a case.
#[derive(Clone, Serialize, ToSchema)]
pub struct ClockView {
    /// What must be done.
    #[schema(examples("triage_claim"))]
    pub kind: String,
    /// Since when it runs.
    pub starts_at: Instant,
    /// Until when. A late act is still possible.
    pub due_at: Instant,
    /// When it was done.
    pub met_at: Option<Instant>,
    /// The deadline has passed and it is not done.
    pub overdue: bool,
    /// From when on a warning is given that the deadline comes, if one is.
    pub warn_at: Option<Instant>,
    /// Whether it runs, is due soon, is overdue, stands still or was met.
    pub state: ClockState,
    /// Since when it stands still.
    pub paused_at: Option<Instant>,
    /// Why it does.
    pub pause_reason: Option<ClockPause>,
    /// What was left when it was stopped, in seconds: it goes on with that, and `due_at` moves.
    pub left_s: Option<i64>,
}

/// An offence that must not be held against the person (R7).
#[derive(Clone, Serialize, ToSchema)]
pub struct FlagView {
    /// The issue.
    pub id: NonPunishmentIssueId,
    /// `non_punishment_issue`.
    pub issue: String,
    /// Where it stands.
    pub state: IssueState,
}

impl FlagView {
    fn of(flag: &Flag) -> Self {
        Self { id: flag.id.clone(), issue: flag.issue.clone(), state: flag.state.get() }
    }
}

/// A request to close, or the closure itself (R10).
#[derive(Clone, Serialize, ToSchema)]
pub struct ClosureView {
    /// `case_closure_reason`.
    #[schema(examples("goals_met"))]
    pub reason: Option<String>,
    /// Who asks.
    pub requested_by: Option<UserId>,
    /// When.
    pub requested_at: Option<Instant>,
    /// When it was approved by a second person.
    pub closed_at: Option<Instant>,
}

/// A case.
#[derive(Clone, Serialize, ToSchema)]
pub struct CaseView {
    /// The case.
    pub id: CaseId,
    /// What to say on the telephone.
    pub case_code: String,
    /// Where the work stands.
    pub state: CaseStatus,
    /// For `If-Match`.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The organisation that registered it; absent for providers and whoever investigates, who need not know
    /// who reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered_by: Option<OrganisationId>,
    /// Who coordinates it.
    pub coordinator_id: Option<UserId>,
    /// ISO 3166-2 area where the person was found.
    pub area: Option<String>,
    /// The earliest deadline that is not met.
    pub next_due_at: Option<Instant>,
    /// That deadline has passed.
    pub overdue: bool,
    /// When it was claimed from triage.
    pub claimed_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// The case that goes on in its place, after a merge (R12); for those who see both, on its own page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CaseId>,
    /// The cases that went into it, likewise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub merged_cases: Vec<CaseId>,
    /// The deadlines; in queues those that are due soon, overdue or stand still; absent in other lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clocks: Option<Vec<ClockView>>,
    /// The offences that must not be held against the person (R7); on its own page, for those who coordinate
    /// it and for the criminal track.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub non_punishment_issues: Option<Vec<FlagView>>,
    /// The incident in which the person was found; on its own page, for those to whom what stands in the case is
    /// shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<IncidentId>,
    /// What stands in the case (`case_restricted`).
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub restricted: Option<RestrictedView>,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

/// What stands in a case, in codes.
#[derive(Clone, Serialize, ToSchema)]
pub struct RestrictedView {
    /// The report it was born from.
    pub report_id: DetectionReportId,
    /// What has been decided about the person.
    pub identification_stage: IdentificationStage,
    /// How great the danger is.
    pub risk_level: RiskLevel,
    /// Sex for reporting.
    pub sex_reporting: SexReporting,
    /// The estimated year of birth.
    pub birth_year_estimate: Option<i32>,
    /// What is known about the age.
    pub age_status: AgeStatus,
    /// Derived from the age status alone (R6).
    pub protected_as_child: bool,
    /// ISO 639 code.
    pub primary_language: Option<String>,
    /// ISO 639 codes.
    pub other_languages: Vec<String>,
    /// ISO 3166-1 alpha-2 codes.
    pub citizenships: Vec<String>,
    /// A request to close, or the closure.
    pub closure: Option<ClosureView>,
}

impl CaseView {
    /// Shows a case in a list.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub fn of(actor: &Actor, now: Instant, permit: &Permit<ReadCase, CaseRow>) -> Result<Self> {
        let CaseRow { case, .. } = permit.row();
        let mut withheld = vec![Class::IdentitySealed];
        let restricted = if permit.may_see(Class::CaseRestricted) {
            Some(RestrictedView::of(permit.row())?)
        } else {
            withheld.insert(0, Class::CaseRestricted);
            None
        };
        // The end of time stands for "no deadline" in queues; nobody needs to see it.
        let next_due_at =
            case.next_due_at.filter(|due| due.seconds_since(now) < 100 * 366 * 86_400);
        Ok(Self {
            id: case.id.clone(),
            case_code: case.case_code.clone(),
            state: case.state.get(),
            version: case.version,
            created_at: case.created_at,
            updated_at: case.updated_at,
            registered_by: (!serves(permit) && !investigates(permit))
                .then(|| case.registered_by.clone()),
            coordinator_id: case.coordinator_id.clone(),
            area: case.area.clone(),
            overdue: next_due_at.is_some_and(|due| due < now),
            next_due_at,
            claimed_at: case.claimed_at,
            closed_at: case.closed_at,
            merged_into: None,
            merged_cases: Vec::new(),
            clocks: None,
            non_punishment_issues: None,
            incident_id: None,
            restricted,
            allowed_actions: permit.row().allowed_actions(actor),
            withheld,
            links: links(permit),
        })
    }

    /// Shows a case in a queue, with the deadlines that press.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub fn pressed(
        actor: &Actor,
        now: Instant,
        (permit, clocks): (&Permit<ReadCase, CaseRow>, &[Clock]),
    ) -> Result<Self> {
        let mut view = Self::of(actor, now, permit)?;
        view.clocks = Some(clocks.iter().map(|clock| clock_view(clock, now)).collect());
        Ok(view)
    }

    /// Shows a case with its deadlines.
    ///
    /// # Errors
    /// Only if what is stored is broken.
    pub fn with_clocks(actor: &Actor, now: Instant, dossier: &Dossier) -> Result<Self> {
        let mut view = Self::of(actor, now, &dossier.permit)?;
        if let Some(into) = &dossier.merges.into {
            view.links = view.links.and("merged_into", format!("/v1/cases/{into}"));
        }
        view.merged_into.clone_from(&dossier.merges.into);
        view.merged_cases.clone_from(&dossier.merges.from);
        view.incident_id.clone_from(&dossier.incident);
        let flags = dossier.flags.as_ref();
        view.non_punishment_issues = flags.map(|flags| flags.iter().map(FlagView::of).collect());
        view.clocks = Some(dossier.clocks.iter().map(|clock| clock_view(clock, now)).collect());
        Ok(view)
    }
}

/// Says whether the caller sees the case as a provider only.
const fn serves(permit: &Permit<ReadCase, CaseRow>) -> bool {
    matches!(permit.permitted_by(), Relation::ServingAssigned | Relation::ServingOrganisation)
}

/// Says whether the caller sees the case as one who investigates only.
const fn investigates(permit: &Permit<ReadCase, CaseRow>) -> bool {
    matches!(permit.permitted_by(), Relation::Investigating)
}

fn links(permit: &Permit<ReadCase, CaseRow>) -> Links {
    let base = format!("/v1/cases/{}", permit.row().case.id);
    let links = Links::to("self", base.clone());
    if serves(permit) {
        return links;
    }
    let proceedings = format!("{base}/proceedings");
    if investigates(permit) {
        return links
            .and("proceedings", proceedings)
            .and("reflection_periods", format!("{base}/reflection-periods"));
    }
    let links = links.and("timeline", format!("{base}/timeline"));
    if !permit.may_see(Class::CaseRestricted) {
        return links;
    }
    let report = &permit.row().case.report_id;
    links
        .and("report", format!("/v1/detection-reports/{report}"))
        .and("identity", format!("{base}/identity"))
        .and("screenings", format!("{base}/screenings"))
        .and("consents", format!("{base}/consents"))
        .and("age_assessments", format!("{base}/age-assessments"))
        .and("guardians", format!("{base}/guardians"))
        .and("best_interests", format!("{base}/best-interests"))
        .and("reflection_periods", format!("{base}/reflection-periods"))
        .and("proceedings", proceedings)
        .and("non_punishment_issues", format!("{base}/non-punishment-issues"))
        .and("referrals", format!("/v1/referrals?case_id={}", permit.row().case.id))
}

fn clock_view(clock: &Clock, now: Instant) -> ClockView {
    ClockView {
        kind: clock.kind.clone(),
        starts_at: clock.starts_at,
        due_at: clock.due_at,
        met_at: clock.met_at,
        overdue: clock.state(now) == ClockState::Overdue,
        warn_at: clock.warn_at,
        state: clock.state(now),
        paused_at: clock.paused_at,
        pause_reason: clock.pause_reason,
        left_s: clock.paused_at.map(|since| clock.due_at.seconds_since(since)),
    }
}

impl RestrictedView {
    fn of(row: &CaseRow) -> Result<Self> {
        let CaseRow { case, person, .. } = row;
        let closure = case.closure_requested_by.as_ref().map(|by| ClosureView {
            reason: case.closure_reason.clone(),
            requested_by: Some(by.clone()),
            requested_at: case.closure_requested_at,
            closed_at: case.closed_at,
        });
        Ok(Self {
            report_id: case.report_id.clone(),
            identification_stage: case.identification_stage.get(),
            risk_level: case.risk_level,
            sex_reporting: person.sex_reporting,
            birth_year_estimate: person.birth_year(),
            age_status: person.age_status,
            protected_as_child: person.protected_as_child(),
            primary_language: person.primary_language.clone(),
            other_languages: person.other_languages.get()?,
            citizenships: person.citizenships.get()?,
            closure,
        })
    }
}

impl Representation for CaseView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}", self.id)
    }
}
