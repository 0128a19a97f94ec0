//! Case conferences: those who help a person decide together what comes next.

use serde::{Deserialize, Serialize};

use crate::{closed::closed_list, id::OrganisationId};

closed_list! {
    /// What part the person had in a conference about them.
    PersonPart = "conference_person_part" {
        Present = "present",
        Represented = "represented",
        HeardBefore = "heard_before",
        NotInvolved = "not_involved",
    }
}

/// What a conference holds in sealed form.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Minutes {
    /// Who took part.
    pub participants: Vec<Participant>,
    /// What was said.
    pub minutes: Option<String>,
    /// What was decided, one by one.
    pub decisions: Vec<String>,
}

/// Somebody who took part: by organisation and function, not by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The organisation of the directory.
    pub organisation_id: OrganisationId,
    /// As what: caseworker, doctor, lawyer.
    pub function: String,
}
