//! The table of what is decided about people.

use super::cases;

diesel::table! {
    identification_decisions (id) {
        id -> Text,
        case_id -> Text,
        number -> BigInt,
        kind -> Text,
        outcome -> Nullable<Text>,
        reviews_id -> Nullable<Text>,
        stage_before -> Text,
        stage_after -> Text,
        body_type -> Nullable<Text>,
        body -> Nullable<Text>,
        standard_of_proof -> Nullable<Text>,
        intercepted -> Nullable<Bool>,
        certificate_number -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        decided_on -> Text,
        decided_by -> Text,
        state -> Text,
        notice_language -> Nullable<Text>,
        notice_mode -> Nullable<Text>,
        notice_interpreter -> Nullable<Bool>,
        notified_on -> Nullable<Text>,
        notified_by -> Nullable<Text>,
        review_ground -> Nullable<Text>,
        review_asked_by -> Nullable<Text>,
        review_requested_by -> Nullable<Text>,
        review_requested_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(identification_decisions, cases);
diesel::table! {
    indicator_set_versions (id) {
        id -> Text,
        set_id -> Text,
        set_version -> Text,
        ruleset_version -> Text,
        state -> Text,
        document -> Text,
        cases -> Text,
        reason -> Text,
        effective_from -> Nullable<Timestamp>,
        proposed_by -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
