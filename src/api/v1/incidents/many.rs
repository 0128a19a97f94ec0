//! Registering many at once: each row is a report like any other, and one that is refused takes nothing from
//! the others.

use std::sync::Arc;

use actix_web::http::Method;
use refero_domain::{
    event::{Event, Operation},
    id::{CaseId, DetectionReportId, IncidentId},
    policy::CreateReport,
};
use refero_store::{
    Error, Result as Stored, incidents, once as repeats,
    once::Once,
    unit::{Audited, Tx},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::TAG;
use crate::{
    api::{
        caller::Caller,
        extract::{PathId, RowsBody},
        operation::Table,
        problem::{FieldCode, FieldError, Pointer, Problem, ProblemCode},
        reply::{Reply, Representation},
        v1::{
            Links,
            reports::{self, PossibleDuplicates, ReportBody, ReportView},
        },
    },
    service::reports::NewReport,
};

/// A table as a spreadsheet writes it: one row for each person.
const EXAMPLE_CSV: &str = "name,sex_reporting,age_status\nAma K.,female,adult_declared\n";

/// Reports of people who were found together.
#[derive(ToSchema)]
#[expect(dead_code, reason = "says what `RowsBody` reads")]
pub struct ReportRowsBody {
    /// A report for each person, 1 to 200. `submit` is true where a row does not say otherwise, and
    /// `incident_id` is that of the address.
    rows: Vec<ReportBody>,
}

/// What became of a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegisteredRowView {
    /// The number of the row, from 1; the header of a table is not counted.
    row: u16,
    /// The report that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    report_id: Option<DetectionReportId>,
    /// The case.
    #[serde(skip_serializing_if = "Option::is_none")]
    case_id: Option<CaseId>,
    /// What to say on the telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    case_code: Option<String>,
    /// Whether somebody is registered already who may be the same person (R12).
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_duplicates: Option<PossibleDuplicates>,
    /// Why nothing became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<RowProblemView>,
}

/// Why nothing became of a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RowProblemView {
    /// The stable name to switch on; every code is explained at `/problems/{code}`.
    #[schema(value_type = String, examples("validation-failed"))]
    code: ProblemCode,
    /// The places of the row that are wrong, as of a report that is sent by itself.
    errors: Vec<FieldError>,
}

/// What became of a table.
#[derive(Clone, Serialize, ToSchema)]
pub struct RegisteredRowsView {
    /// The incident.
    incident_id: IncidentId,
    /// How many rows are registered, now or by an earlier request.
    registered: usize,
    /// How many rows were refused: correct these and send them again.
    refused: usize,
    /// What became of each row, in their order.
    rows: Vec<RegisteredRowView>,
    /// Where to go from here.
    links: Links,
}

impl Representation for RegisteredRowsView {
    fn version(&self) -> Option<i64> {
        None
    }
    fn location(&self) -> String {
        format!("/v1/incidents/{}/cases", self.incident_id)
    }
}

/// Describes the operation.
pub(super) fn table(table: Table) -> Table {
    let path = "/v1/incidents/{id}/reports";
    table.op((Method::POST, path, "registerReports"), register, |o| {
        o.says(
            TAG,
            "Register many people at once",
            "Takes a table of reports, one for each person who was found: JSON with `rows`, or `text/csv` in UTF-8 \
             with a header that names members of a report (`docs/integrating.md` lists the columns), its cells \
             separated by commas, semicolons or tabs; a list in a cell is separated by `|`. At most 200 rows. \
             Each row is judged and registered like a report by itself, and answered by its number: with \
             the report, the case and its code, and whether somebody may be registered already (R12), or \
             with what is wrong with it. A bad row loses no good one. Each needs an `id`, or the request \
             an `Idempotency-Key` (400): a repeat registers nobody twice, and answers the same. 422 if \
             the header or the whole is wrong; then nothing is registered.",
        )
        .takes::<ReportRowsBody>(json!({"rows": [
            {
                "sex_reporting": "female",
                "age_status": "adult_declared",
                "primary_language": "fr",
                "urgent_needs": ["safe_shelter"],
                "identity": {"names": [{"text": "Ama K.", "kind": "as_heard"}]}
            },
            {"sex_reporting": "female", "age_status": "undetermined_presumed_child"}
        ]}))
        .takes_also(&[("text/csv", EXAMPLE_CSV)])
        .shows::<RegisteredRowsView>()
    })
}

/// One row that can be registered.
#[derive(Clone)]
struct Row {
    new: Arc<NewReport>,
    once: Option<Once>,
}

/// Makes of a row what is registered.
fn row(
    incident: &IncidentId,
    once: Option<&Once>,
    (number, body): (u16, ReportBody),
) -> Result<Row, Problem> {
    if body.incident_id.as_ref().is_some_and(|told| told != incident) {
        let error = FieldError::at(&Pointer::from("incident_id"), FieldCode::Inconsistent);
        return Err(Problem::new(ProblemCode::ValidationFailed).errors([error]));
    }
    // A key of a client has no blank in it, so that no row meets the key of another request.
    let once = once.filter(|_| body.id.is_none()).map(|once| Once {
        key: format!("{} {number}", once.key),
        operation: once.operation,
        fingerprint: once.fingerprint.clone(),
    });
    let (id, submit) = (body.id.clone(), body.submit);
    let (mut details, secrets) = body.into_parts();
    details.incident_id = Some(incident.clone());
    Ok(Row { new: Arc::new(NewReport { id, details, secrets, submit }), once })
}

/// Begins: the caller may know the incident, and the key was not used for another table.
fn begin(tx: &mut Tx<'_>, id: &IncidentId, once: Option<&Once>) -> Stored<Audited<()>> {
    let permit = incidents::shared(tx, id)?;
    match repeats::earlier(tx, once)? {
        None => repeats::keep(tx, once, id.as_str())?,
        Some(known) if known == id.as_str() => {}
        Some(_) => return Err(Error::broken("a kept object id is that of another incident")),
    }
    tx.record(&Event::under(Operation::Read, &permit).about(id), ())
}

/// Registers the rows of a table.
async fn register(
    caller: Caller<CreateReport>,
    id: PathId<IncidentId>,
    table: RowsBody<ReportBody>,
) -> Result<Reply<RegisteredRowsView>, Problem> {
    let (rows, digest) = table.into_parts();
    let named = rows.iter().all(|(_, row)| row.as_ref().map_or(true, |body| body.id.is_some()));
    let once = caller.once_or_id(&digest, named)?;
    let (profile, incident) = (caller.app().profile().clone(), id.0);
    let mut answers: Vec<(u16, Result<Row, Problem>)> = Vec::with_capacity(rows.len());
    for (number, body) in rows {
        let made = body.and_then(|body| row(&incident, once.as_ref(), (number, body)));
        answers.push((number, made));
    }
    let good = answers.iter().filter_map(|(_, made)| made.as_ref().ok().cloned()).collect();
    let begun = incident.clone();
    let act = move |tx: &mut Tx<'_>, row: &Row| {
        let act = |tx: &mut Tx<'_>| crate::service::reports::create(tx, &profile, &row.new);
        crate::api::v1::once(tx, row.once.as_ref(), act, reports::open)
    };
    let begin = move |tx: &mut Tx<'_>| begin(tx, &begun, once.as_ref());
    let outcomes = caller.write_each(begin, good, act, reports::with_duplicates).await?;
    let mut outcomes = outcomes.into_iter();
    let rows = answers.into_iter().filter_map(|(number, made)| {
        let outcome = match made {
            Ok(_) => outcomes.next()?,
            Err(problem) => Err(problem),
        };
        Some(answer(number, outcome))
    });
    Ok(Reply::shown(told(incident, rows.collect())))
}

fn answer(row: u16, outcome: Result<ReportView, Problem>) -> RegisteredRowView {
    let (report, problem) = match outcome {
        Ok(report) => (Some(report), None),
        Err(problem) => {
            let errors = problem.field_errors().to_vec();
            (None, Some(RowProblemView { code: problem.code(), errors }))
        }
    };
    let report = report.as_ref();
    RegisteredRowView {
        row,
        report_id: report.map(|report| report.id.clone()),
        case_id: report.and_then(|report| report.case_id.clone()),
        case_code: report.and_then(|report| report.case_code.clone()),
        possible_duplicates: report.and_then(|report| report.possible_duplicates),
        problem,
    }
}

fn told(incident_id: IncidentId, rows: Vec<RegisteredRowView>) -> RegisteredRowsView {
    let refused = rows.iter().filter(|row| row.problem.is_some()).count();
    let base = format!("/v1/incidents/{incident_id}");
    RegisteredRowsView {
        registered: rows.len().saturating_sub(refused),
        refused,
        rows,
        links: Links::to("incident", base.clone()).and("cases", format!("{base}/cases")),
        incident_id,
    }
}
