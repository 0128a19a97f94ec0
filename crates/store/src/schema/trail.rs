//! The tables of the trail and of the log over it.

diesel::table! {
    audit_events (id) {
        id -> Text,
        at -> Timestamp,
        actor_id -> Nullable<Text>,
        actor_roles -> Text,
        organisation_id -> Nullable<Text>,
        session_id -> Nullable<Text>,
        action -> Text,
        operation -> Text,
        outcome -> Text,
        refusal_code -> Nullable<Text>,
        purpose -> Nullable<Text>,
        object_type -> Nullable<Text>,
        object_id -> Nullable<Text>,
        object_version -> Nullable<BigInt>,
        case_id -> Nullable<Text>,
        case_seq -> Nullable<BigInt>,
        permitted_by -> Nullable<Text>,
        basis_id -> Nullable<Text>,
        fields -> Text,
        shown_count -> Nullable<BigInt>,
        shown_ids -> Text,
        request_id -> Nullable<Text>,
        network -> Nullable<Text>,
        prev_hash -> Nullable<Binary>,
        hash -> Binary,
    }
}
diesel::table! {
    audit_shown (shown_id, at, event_id) {
        shown_id -> Text,
        at -> Timestamp,
        event_id -> Text,
    }
}
diesel::table! {
    log_pending (number) {
        number -> BigInt,
        event_id -> Text,
    }
}
diesel::table! {
    log_leaves (leaf_index) {
        leaf_index -> BigInt,
        hash -> Binary,
        event_id -> Nullable<Text>,
        statement -> Nullable<Text>,
    }
}
diesel::table! {
    log_nodes (position) {
        position -> BigInt,
        hash -> Binary,
    }
}
diesel::table! {
    log_heads (case_id) {
        case_id -> Text,
        seq -> BigInt,
    }
}
diesel::table! {
    log_checkpoints (size) {
        size -> BigInt,
        at -> Timestamp,
        note -> Text,
    }
}
diesel::table! {
    log_cosignatures (size, witness) {
        size -> BigInt,
        witness -> Text,
        at -> Timestamp,
        line -> Text,
    }
}
diesel::table! {
    log_contradictions (witness, witnessed_size) {
        witness -> Text,
        witnessed_size -> BigInt,
        own_size -> BigInt,
        at -> Timestamp,
    }
}
diesel::table! {
    case_chains (case_id) {
        case_id -> Text,
        seq -> BigInt,
        hash -> Binary,
    }
}
