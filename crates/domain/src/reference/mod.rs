//! The code lists that every form, export and label draws from.
//!
//! They are data, not code (rule R19): one embedded file holds each code with its English, French
//! and Portuguese label (rule R20) and the code it takes in an HTCDS export. The types here are
//! served by the API as they are.

mod code_enum;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub(crate) use code_enum::code_enum;

const SOURCE: &str = include_str!("../../../../reference/code_lists.json");

#[expect(clippy::expect_used, reason = "the file is part of the build and a test parses it")]
static EMBEDDED: LazyLock<CodeLists> =
    LazyLock::new(|| serde_json::from_str(SOURCE).expect("the embedded code lists parse"));

/// Holds every code list, with the attribution its licence asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeLists {
    /// Version of the lists as a whole.
    pub version: String,
    /// Languages that every label exists in.
    pub languages: Vec<String>,
    /// Attribution that HTCDS asks for (CC BY 4.0).
    pub attribution: String,
    /// How far the labels have been reviewed.
    pub label_status: String,
    /// Meaning of the members of a value.
    pub conventions: BTreeMap<String, String>,
    /// The lists.
    pub lists: Vec<CodeList>,
}

/// Holds one list: its values and where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// Id of the list, which is also the name of the field that uses it.
    pub id: String,
    /// English name.
    pub name: String,
    /// Whether a later version may add values.
    pub kind: ListKind,
    /// Standard, law or decision that the values come from.
    pub source: String,
    /// How far the values were checked against that source.
    pub verified: Verification,
    /// HTCDS field that the list fills in an export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub htcds_field: Option<String>,
    /// Remark for those who use the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The values, in the order they are shown.
    pub values: Vec<CodeValue>,
}

code_enum! {
    /// Says whether a list may grow in a later version.
    pub enum ListKind {
        /// A later version may add values.
        Open = "open",
        /// The values are fixed in code.
        Closed = "closed",
    }
}

code_enum! {
    /// Says how far a list was checked against its source.
    pub enum Verification {
        /// Read in the named source.
        Verified = "verified",
        /// Some values were not read in the named source.
        Partly = "partly",
        /// A list of the project itself.
        Project = "project",
    }
}

/// Holds one value: a code that never changes and labels that may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeValue {
    /// The code that is stored and sent.
    pub code: String,
    /// Labels by language (`en`, `fr`, `pt`).
    pub labels: BTreeMap<String, String>,
    /// Code in an HTCDS export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub htcds: Option<String>,
    /// Name found only in the HTCDS field definitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub htcds_definition_only: Option<String>,
    /// Column of the CTDC k-anonymised dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctdc: Option<String>,
    /// Column of the CTDC global synthetic dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctdc_synthetic: Option<String>,
    /// HTCDS support plan type that a service counts under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_plan_type: Option<String>,
    /// Whether the value extends the named source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ext: bool,
    /// Whether art. 3(a) of the Palermo Protocol names it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub palermo: bool,
    /// Country whose profile enables the value; every country has it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether the age status protects the person as a child (rule R6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected_as_child: Option<bool>,
    /// Whether no record has the value: it stands in the list for exchange with others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reserved: bool,
}

impl CodeLists {
    /// Returns the lists that ship with the program.
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// Returns the ids of the lists, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.lists.iter().map(|list| list.id.as_str())
    }

    /// Returns the list of that id.
    #[must_use]
    pub fn list(&self, id: &str) -> Option<&CodeList> {
        self.lists.iter().find(|list| list.id == id)
    }

    /// Says whether the list of that id has that code; a list that does not exist has none.
    #[must_use]
    pub fn contains(&self, list: &str, code: &str) -> bool {
        self.list(list).is_some_and(|list| list.contains(code))
    }
}

impl CodeList {
    /// Returns the value of that code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&CodeValue> {
        self.values.iter().find(|value| value.code == code)
    }

    /// Says whether the list has that code.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.get(code).is_some()
    }
}
