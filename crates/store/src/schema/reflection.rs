//! The table of recovery and reflection periods.

use super::cases;

diesel::table! {
    reflection_periods (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        offered_on -> Text,
        notices -> Text,
        grants -> Text,
        starts_on -> Nullable<Text>,
        ends_on -> Nullable<Text>,
        suspends_removal -> Nullable<Bool>,
        sealed -> Nullable<Binary>,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
        end_reason -> Nullable<Text>,
        ended_on -> Nullable<Text>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(reflection_periods, cases);
