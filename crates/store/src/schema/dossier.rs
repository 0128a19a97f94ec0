//! Parts of a dossier that are appended and never changed.

diesel::table! {
    needs_assessments (id) {
        id -> Text,
        case_id -> Text,
        risk_level -> Text,
        sealed -> Binary,
        author_id -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    notes (id) {
        id -> Text,
        case_id -> Text,
        sealed -> Binary,
        author_id -> Text,
        corrects_id -> Nullable<Text>,
        created_at -> Timestamp,
    }
}
