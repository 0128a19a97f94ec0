//! The tables of the keys.

diesel::table! {
    deployment_keys (epoch) {
        epoch -> BigInt,
        check_value -> Binary,
        created_at -> Timestamp,
    }
}
diesel::table! {
    deployment_key_retirements (epoch) {
        epoch -> BigInt,
        retired_at -> Timestamp,
    }
}
diesel::table! {
    person_keys (person_id) {
        person_id -> Text,
        epoch -> BigInt,
        wrapped -> Binary,
        created_at -> Timestamp,
    }
}
