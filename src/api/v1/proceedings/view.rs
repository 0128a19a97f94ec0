//! What a proceeding looks like from each side of the wall (R8).

use chrono::NaiveDate;
use refero_domain::{
    actor::Actor,
    consent::LegalBasis,
    id::{CaseId, ConsentId, OrganisationId, ProceedingId, UserId},
    instant::Instant,
    person::PartialDate,
    policy::{self, Action as _, Class, Permit, ReadIdentity, ReadProceeding},
    proceeding::{PersonRole, ProceedingStage, ProtectiveMeasure, class_of},
    report::{ReportDetails, TraffickingEvent},
};
use refero_store::proceedings::ProceedingRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{reply::Representation, v1::Links};

/// On what the authority is told who the person is.
#[derive(Clone, Serialize, ToSchema)]
pub struct IdentitySharingView {
    /// By what right.
    pub legal_basis: LegalBasis,
    /// The consent it rests on; for those who coordinate the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent_id: Option<ConsentId>,
    /// Since when.
    pub since: Instant,
}

/// What whoever investigates is told of the offence, in codes: as it was registered, and by nobody named.
#[derive(Clone, Serialize, ToSchema)]
pub struct OffenceView {
    /// `exploitation_type`.
    pub exploitation_types: Vec<String>,
    /// `sexual_exploitation_type`.
    pub sexual_exploitation_types: Vec<String>,
    /// `recruitment_method`.
    pub recruitment_methods: Vec<String>,
    /// `control_method`.
    pub control_methods: Vec<String>,
    /// `labour_type_ctdc`.
    pub labour_types: Vec<String>,
    /// `labour_industry`.
    pub labour_industries: Vec<String>,
    /// Where and when the person was recruited, moved and exploited.
    pub trafficking_events: Vec<TraffickingEvent>,
    /// `relationship_to_trafficker`.
    pub relationship_to_trafficker: Option<String>,
    /// ISO 3166-2 area where the person was found.
    pub area: Option<String>,
    /// When the person was found.
    pub detected_on: Option<PartialDate>,
    /// Whether the person is protected as a child: then means are no element of the offence.
    pub protected_as_child: bool,
}

/// A proceeding of a case.
#[derive(Clone, Serialize, ToSchema)]
pub struct ProceedingView {
    /// The proceeding.
    pub id: ProceedingId,
    /// The case it belongs to.
    pub case_id: CaseId,
    /// `legal_proceeding_type`.
    pub kind: String,
    /// Where it stands.
    pub state: ProceedingStage,
    /// For `If-Match`.
    pub version: i64,
    /// The organisation that conducts it.
    pub organisation_id: OrganisationId,
    /// What the person is in it.
    pub person_role: PersonRole,
    /// What protects the person in it.
    pub protective_measures: Vec<ProtectiveMeasure>,
    /// The day of the next hearing.
    pub next_hearing_on: Option<NaiveDate>,
    /// The stages to which it may go on.
    pub next_stages: Vec<ProceedingStage>,
    /// On what the authority is told who the person is; null if it is not told.
    pub identity_sharing: Option<IdentitySharingView>,
    /// The number of the file at the authority; null if there is none, or it is withheld.
    pub reference_number: Option<String>,
    /// The court; likewise.
    pub court: Option<String>,
    /// What else there is to say; likewise.
    pub notes: Option<String>,
    /// What is known of the offence; on its own page, for whoever investigates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offence: Option<OffenceView>,
    /// Who opened it.
    pub created_by: UserId,
    /// When it was opened.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// The moves that the caller could make now.
    pub allowed_actions: Vec<&'static str>,
    /// Classes of data that exist and are not shown.
    pub withheld: Vec<Class>,
    /// Where to go from here.
    pub links: Links,
}

impl ProceedingView {
    /// Shows a proceeding under its permit.
    pub(super) fn of(
        permit: &Permit<ReadProceeding, ProceedingRow>,
        offence: Option<ReportDetails>,
        actor: &Actor,
    ) -> Self {
        let row = permit.row();
        let proceeding = &row.proceeding;
        let class = class_of(&proceeding.kind);
        let words = proceeding.words.reveal(permit, class).ok();
        let coordinates = permit.may_see(Class::CaseRestricted);
        let sharing = proceeding.disclosure.as_ref().map(|open| IdentitySharingView {
            legal_basis: open.legal_basis,
            consent_id: open.consent_id.clone().filter(|_| coordinates),
            since: open.opened_at,
        });
        let protected_as_child = row.person.protected_as_child();
        Self {
            id: proceeding.id.clone(),
            case_id: proceeding.case_id.clone(),
            kind: proceeding.kind.clone(),
            state: proceeding.state.get(),
            version: proceeding.version,
            organisation_id: proceeding.organisation_id.clone(),
            person_role: proceeding.person_role,
            protective_measures: proceeding.protective_measures.clone(),
            next_hearing_on: proceeding.next_hearing_on,
            next_stages: row.next_stages().collect(),
            identity_sharing: sharing,
            reference_number: words.and_then(|words| words.reference_number.clone()),
            court: words.and_then(|words| words.court.clone()),
            notes: words.and_then(|words| words.notes.clone()),
            offence: offence.map(|facts| OffenceView::of(facts, protected_as_child)),
            created_by: proceeding.created_by.clone(),
            created_at: proceeding.created_at,
            updated_at: proceeding.updated_at,
            allowed_actions: row.allowed_actions(actor),
            withheld: words.is_none().then_some(class).into_iter().collect(),
            links: links(row, actor),
        }
    }
}

fn links(row: &ProceedingRow, actor: &Actor) -> Links {
    let case = format!("/v1/cases/{}", row.proceeding.case_id);
    let links = Links::to("self", format!("{case}/proceedings/{}", row.proceeding.id))
        .and("hearings", format!("{case}/hearings"))
        .and("non_punishment_issues", format!("{case}/non-punishment-issues"));
    let links = if policy::may(ReadIdentity::NAME, actor, &row.facts) {
        links.and("identity", format!("{case}/identity"))
    } else {
        links
    };
    links.and("case", case)
}

impl OffenceView {
    fn of(facts: ReportDetails, protected_as_child: bool) -> Self {
        Self {
            exploitation_types: facts.exploitation_types,
            sexual_exploitation_types: facts.sexual_exploitation_types,
            recruitment_methods: facts.recruitment_methods,
            control_methods: facts.control_methods,
            labour_types: facts.labour_types,
            labour_industries: facts.labour_industries,
            trafficking_events: facts.trafficking_events,
            relationship_to_trafficker: facts.relationship_to_trafficker,
            area: facts.area,
            detected_on: facts.detected_on,
            protected_as_child,
        }
    }
}

impl Representation for ProceedingView {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
    fn location(&self) -> String {
        format!("/v1/cases/{}/proceedings/{}", self.case_id, self.id)
    }
}
