//! The tables of people's requests for their data.

diesel::table! {
    access_requests (id) {
        id -> Text,
        case_id -> Text,
        asker -> Text,
        language -> Text,
        delivery -> Nullable<Text>,
        file_reference -> Text,
        received_on -> Text,
        due_on -> Nullable<Text>,
        due_status -> Nullable<Text>,
        state -> Text,
        refusal_ground -> Nullable<Text>,
        refusal_requested_by -> Nullable<Text>,
        refusal_requested_at -> Nullable<Timestamp>,
        refusal_decided_by -> Nullable<Text>,
        refusal_decided_at -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
        created_by -> Text,
        created_at -> Timestamp,
        version -> BigInt,
    }
}
diesel::table! {
    access_parts (id) {
        id -> Text,
        request_id -> Text,
        organisation_id -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        reviewed_by -> Nullable<Text>,
        reviewed_at -> Nullable<Timestamp>,
        copies -> BigInt,
        handed_over_by -> Nullable<Text>,
        handed_over_at -> Nullable<Timestamp>,
    }
}
