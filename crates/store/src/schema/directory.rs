//! The directory: organisations, and what they offer.

diesel::table! {
    organisations (id) {
        id -> Text,
        name -> Text,
        organisation_type -> Text,
        area -> Nullable<Text>,
        phone -> Nullable<Text>,
        active -> Bool,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    services (id) {
        id -> Text,
        organisation_id -> Text,
        service_type -> Text,
        name -> Nullable<Text>,
        capacity -> Nullable<BigInt>,
        areas -> Text,
        languages -> Text,
        sexes -> Text,
        ages -> Text,
        active -> Bool,
        accessibility -> Nullable<Text>,
        always_open -> Bool,
        hours -> Text,
        regime -> Nullable<Text>,
        minimum_age -> Nullable<BigInt>,
        maximum_age -> Nullable<BigInt>,
        takes_emergencies -> Nullable<Bool>,
        free_places -> Nullable<BigInt>,
        free_places_as_of -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
