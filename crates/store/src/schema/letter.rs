//! Letters on paper.

use super::cases;

diesel::table! {
    letter_numbers (year) {
        year -> BigInt,
        last -> BigInt,
    }
}
diesel::table! {
    letters (id) {
        id -> Text,
        kind -> Text,
        case_id -> Text,
        referral_id -> Nullable<Text>,
        year -> BigInt,
        number -> BigInt,
        language -> Text,
        digest -> Text,
        sealed -> Nullable<Binary>,
        created_by -> Text,
        created_at -> Timestamp,
    }
}
diesel::allow_tables_to_appear_in_same_query!(letters, cases);
