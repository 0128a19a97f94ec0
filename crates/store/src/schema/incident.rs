//! Incidents, and the cases that belong to them.

use super::{cases, person_keys, proceedings};

diesel::table! {
    incidents (id) {
        id -> Text,
        key_id -> Text,
        organisation_id -> Text,
        found_on -> Text,
        area -> Nullable<Text>,
        place -> Text,
        facts -> Text,
        sealed -> Nullable<Binary>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    incident_links (id) {
        id -> Text,
        incident_id -> Text,
        case_id -> Text,
        state -> Text,
        end_reason -> Nullable<Text>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::joinable!(incident_links -> incidents (incident_id));
diesel::joinable!(incident_links -> cases (case_id));
diesel::allow_tables_to_appear_in_same_query!(incidents, incident_links);
diesel::allow_tables_to_appear_in_same_query!(incidents, cases);
diesel::allow_tables_to_appear_in_same_query!(incidents, person_keys);
diesel::allow_tables_to_appear_in_same_query!(incidents, proceedings);
diesel::allow_tables_to_appear_in_same_query!(incident_links, cases);
diesel::allow_tables_to_appear_in_same_query!(incident_links, proceedings);
