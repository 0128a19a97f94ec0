//! The columns of a table of reports: the members of a report, and of the identity what a table can hold.

use super::ReportBody;
use crate::api::extract::{
    Cell::{Flag, List, Number, Text},
    Column, Tabular,
};

impl Tabular for ReportBody {
    const COLUMNS: &'static [Column] = &[
        ("id", "/id", Text),
        ("submit", "/submit", Flag),
        ("captured_offline", "/captured_offline", Flag),
        ("name", "/identity/names/0/text", Text),
        ("name_kind", "/identity/names/0/kind", Text),
        ("birth_date", "/identity/birth_date", Text),
        ("phone", "/identity/phones/0", Text),
        ("document_kind", "/identity/documents/0/kind", Text),
        ("document_number", "/identity/documents/0/number", Text),
        ("document_country", "/identity/documents/0/country", Text),
        ("sex_reporting", "/sex_reporting", Text),
        ("age_status", "/age_status", Text),
        ("birth_year_estimate", "/birth_year_estimate", Number),
        ("primary_language", "/primary_language", Text),
        ("other_languages", "/other_languages", List),
        ("citizenships", "/citizenships", List),
        ("detection_source", "/detection_source", Text),
        ("detected_on", "/detected_on", Text),
        ("area", "/area", Text),
        ("migration_status", "/migration_status", Text),
        ("relationship_to_trafficker", "/relationship_to_trafficker", Text),
        ("immediate_danger", "/immediate_danger", Flag),
        ("risk_level", "/risk_level", Text),
        ("urgent_needs", "/urgent_needs", List),
        ("indicators", "/indicators", List),
        ("exploitation_types", "/exploitation_types", List),
        ("control_methods", "/control_methods", List),
        ("recruitment_methods", "/recruitment_methods", List),
        ("labour_types", "/labour_types", List),
        ("interview_safeguards", "/interview_safeguards", List),
        ("place", "/place", Text),
        ("narrative", "/narrative", Text),
    ];
    // Whoever sends a table registers people; a draft is asked for.
    const TRUE_IF_SILENT: &'static [&'static str] = &["submit"];
    const MOST_ROWS: usize = 200;
}
