//! The tables of age assessments and guardians.

use super::cases;

diesel::table! {
    age_assessments (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        reason -> Text,
        status_before -> Text,
        professions -> Text,
        consent -> Nullable<Text>,
        methods -> Text,
        age_from -> Nullable<BigInt>,
        age_to -> Nullable<BigInt>,
        margin_of_error -> Nullable<BigInt>,
        age_of_majority -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        reasons -> Nullable<Binary>,
        findings -> Nullable<Binary>,
        panel_named_by -> Nullable<Text>,
        panel_named_at -> Nullable<Timestamp>,
        proposed_by -> Nullable<Text>,
        proposed_at -> Nullable<Timestamp>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        contested_by -> Nullable<Text>,
        contested_at -> Nullable<Timestamp>,
        contested_for_person -> Nullable<Bool>,
        withdrawal_requested_by -> Nullable<Text>,
        withdrawal_requested_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::joinable!(age_assessments -> cases (case_id));

diesel::table! {
    guardians (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        relationship -> Text,
        organisation_id -> Nullable<Text>,
        authority -> Text,
        file_reference -> Nullable<Text>,
        appointed_on -> Text,
        sealed -> Nullable<Binary>,
        end_reason -> Nullable<Text>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(guardians, cases);
