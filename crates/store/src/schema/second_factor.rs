//! The second factor and its recovery codes.

diesel::table! {
    second_factors (user_id) {
        user_id -> Text,
        state -> Text,
        epoch -> Nullable<BigInt>,
        sealed -> Nullable<Binary>,
        last_step -> Nullable<BigInt>,
        confirmed_at -> Nullable<Timestamp>,
        reset_at -> Nullable<Timestamp>,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    recovery_codes (digest) {
        digest -> Binary,
        user_id -> Text,
        created_at -> Timestamp,
    }
}
