//! Documents of a dossier.

use super::{cases, proceedings, referrals};

diesel::table! {
    documents (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        kind -> Text,
        class -> Text,
        language -> Nullable<Text>,
        issued_on -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        supersedes_id -> Nullable<Text>,
        organisation_id -> Text,
        media -> Nullable<Text>,
        size_bytes -> Nullable<BigInt>,
        digest -> Nullable<Text>,
        uploaded_by -> Nullable<Text>,
        uploaded_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    document_contents (document_id) {
        document_id -> Text,
        case_id -> Text,
        sealed -> Binary,
    }
}
diesel::allow_tables_to_appear_in_same_query!(documents, cases);
diesel::allow_tables_to_appear_in_same_query!(documents, referrals);
diesel::allow_tables_to_appear_in_same_query!(documents, proceedings);
