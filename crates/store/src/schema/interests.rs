//! The table of best-interests procedures.

use super::cases;

diesel::table! {
    best_interests (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        purpose -> Text,
        assessed_on -> Text,
        heard -> Text,
        options -> Text,
        recommendation -> Text,
        solution -> Nullable<Text>,
        cannot_wait -> Bool,
        professions -> Text,
        review_on -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        panel_named_by -> Nullable<Text>,
        panel_named_at -> Nullable<Timestamp>,
        proposed_by -> Nullable<Text>,
        proposed_at -> Nullable<Timestamp>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        review_asked_by -> Nullable<Text>,
        review_asked_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(best_interests, cases);
