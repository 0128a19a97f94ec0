//! The tables of those who watch over the watchers.

diesel::table! {
    escalations (id) {
        id -> Text,
        kind -> Text,
        case_id -> Text,
        referral_id -> Nullable<Text>,
        clock_id -> Nullable<Text>,
        due_at -> Timestamp,
        raised_at -> Timestamp,
    }
}
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
diesel::table! {
    people_opened (actor_id, day, person_id) {
        actor_id -> Text,
        day -> Text,
        person_id -> Text,
    }
}
diesel::table! {
    people_counts (actor_id, day) {
        actor_id -> Text,
        day -> Text,
        people -> BigInt,
    }
}
diesel::table! {
    bait_cases (id) {
        id -> Text,
        case_id -> Text,
        marked_by -> Text,
        marked_at -> Timestamp,
        removed_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}
diesel::table! {
    emergency_accesses (id) {
        id -> Text,
        case_id -> Text,
        actor_id -> Text,
        organisation_id -> Text,
        reason_code -> Text,
        sealed -> Binary,
        opened_at -> Timestamp,
        expires_at -> Timestamp,
        review_due_at -> Timestamp,
        reviewed_by -> Nullable<Text>,
        reviewed_at -> Nullable<Timestamp>,
        outcome -> Nullable<Text>,
        reasons -> Nullable<Binary>,
        overdue_told_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}
