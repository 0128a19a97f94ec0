//! Proceedings and what belongs to them (R8), and what must not be held against a person (R7).

use super::{cases, consents, people};

diesel::table! {
    proceedings (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        state -> Text,
        organisation_id -> Text,
        person_role -> Text,
        protective_measures -> Text,
        sealed -> Nullable<Binary>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    identity_disclosures (id) {
        id -> Text,
        case_id -> Text,
        proceeding_id -> Text,
        organisation_id -> Text,
        legal_basis -> Text,
        consent_id -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        opened_by -> Text,
        opened_at -> Timestamp,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        end_reason -> Nullable<Text>,
    }
}
diesel::table! {
    hearings (id) {
        id -> Text,
        case_id -> Text,
        proceeding_id -> Text,
        state -> Text,
        takes_place_on -> Text,
        sealed -> Nullable<Binary>,
        recorded_by -> Nullable<Text>,
        recorded_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    alleged_perpetrators (id) {
        id -> Text,
        case_id -> Text,
        proceeding_id -> Text,
        sealed -> Binary,
        author_id -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    non_punishment_issues (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        issue -> Text,
        attributed_by -> Text,
        attributed_on -> Nullable<Text>,
        organisation_id -> Text,
        sealed -> Nullable<Binary>,
        told_body -> Nullable<Text>,
        told_on -> Nullable<Text>,
        told_by -> Nullable<Text>,
        remedy -> Nullable<Text>,
        remedied_on -> Nullable<Text>,
        remedied_by -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::joinable!(proceedings -> cases (case_id));
diesel::joinable!(identity_disclosures -> proceedings (proceeding_id));
diesel::joinable!(identity_disclosures -> consents (consent_id));
diesel::joinable!(hearings -> proceedings (proceeding_id));
diesel::joinable!(alleged_perpetrators -> proceedings (proceeding_id));
diesel::joinable!(non_punishment_issues -> cases (case_id));
diesel::allow_tables_to_appear_in_same_query!(
    proceedings,
    identity_disclosures,
    hearings,
    alleged_perpetrators,
    non_punishment_issues,
);
diesel::allow_tables_to_appear_in_same_query!(proceedings, cases);
diesel::allow_tables_to_appear_in_same_query!(proceedings, people);
diesel::allow_tables_to_appear_in_same_query!(proceedings, consents);
diesel::allow_tables_to_appear_in_same_query!(identity_disclosures, consents);
diesel::allow_tables_to_appear_in_same_query!(hearings, cases);
diesel::allow_tables_to_appear_in_same_query!(hearings, people);
diesel::allow_tables_to_appear_in_same_query!(alleged_perpetrators, cases);
diesel::allow_tables_to_appear_in_same_query!(alleged_perpetrators, people);
diesel::allow_tables_to_appear_in_same_query!(non_punishment_issues, cases);
diesel::allow_tables_to_appear_in_same_query!(non_punishment_issues, people);
