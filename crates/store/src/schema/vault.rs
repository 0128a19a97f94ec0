//! The tables of the keys, and of who was forgotten.

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
        destroyed_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    erasure_requests (id) {
        id -> Text,
        case_id -> Text,
        ground -> Text,
        file_reference -> Text,
        state -> Text,
        requested_by -> Text,
        requested_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}
diesel::table! {
    legal_holds (id) {
        id -> Text,
        case_id -> Text,
        ground -> Text,
        file_reference -> Text,
        state -> Text,
        placed_by -> Text,
        placed_at -> Timestamp,
        release_requested_by -> Nullable<Text>,
        released_by -> Nullable<Text>,
        released_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}
diesel::table! {
    erasures (person_id) {
        person_id -> Text,
        erased_at -> Timestamp,
    }
}
