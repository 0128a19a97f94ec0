//! Where people live, and how they are reached (R9).

use super::{cases, referrals};

diesel::table! {
    placements (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        kind -> Text,
        organisation_id -> Nullable<Text>,
        regime -> Text,
        freedom -> Text,
        started_on -> Text,
        location -> Nullable<Binary>,
        sealed -> Nullable<Binary>,
        end_reason -> Nullable<Text>,
        ended_on -> Nullable<Text>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        planned_until -> Nullable<Text>,
        separates -> Nullable<Bool>,
    }
}
diesel::table! {
    safe_contacts (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        rule -> Text,
        channel -> Text,
        language -> Nullable<Text>,
        hours -> Text,
        sealed -> Nullable<Binary>,
        used_by -> Nullable<Text>,
        used_at -> Nullable<Timestamp>,
        urgent_because -> Nullable<Text>,
        end_reason -> Nullable<Text>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(placements, cases);
diesel::allow_tables_to_appear_in_same_query!(placements, referrals);
diesel::allow_tables_to_appear_in_same_query!(safe_contacts, cases);
