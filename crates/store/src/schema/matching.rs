//! The tables by which people are found, and pairs of cases that may be about one person.

diesel::table! {
    index_schemes (number) {
        number -> BigInt,
        index_version -> BigInt,
        epoch -> BigInt,
        population -> BigInt,
        created_at -> Timestamp,
    }
}
diesel::table! {
    person_index (scheme, digest, person_id) {
        scheme -> BigInt,
        digest -> BigInt,
        person_id -> Text,
    }
}
diesel::table! {
    duplicate_candidates (id) {
        id -> Text,
        first_case_id -> Text,
        second_case_id -> Text,
        band -> Text,
        band_rank -> BigInt,
        reasons -> Text,
        state -> Text,
        surviving_case_id -> Nullable<Text>,
        merged_from -> Nullable<Text>,
        stopped_clocks -> Text,
        dismissal_reason -> Nullable<Text>,
        requested_by -> Nullable<Text>,
        requested_at -> Nullable<Timestamp>,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
