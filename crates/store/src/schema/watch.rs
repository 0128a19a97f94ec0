//! The tables of those who watch over the watchers.

diesel::table! {
    alerts (id) {
        id -> Text,
        kind -> Text,
        audience -> Text,
        area -> Nullable<Text>,
        about_user -> Nullable<Text>,
        case_id -> Nullable<Text>,
        object_type -> Nullable<Text>,
        object_id -> Nullable<Text>,
        once -> Nullable<Text>,
        raised_at -> Timestamp,
        acknowledged_by -> Nullable<Text>,
        acknowledged_at -> Nullable<Timestamp>,
        version -> BigInt,
        handed_over_at -> Nullable<Timestamp>,
        attempts -> BigInt,
        next_attempt_at -> Timestamp,
    }
}
