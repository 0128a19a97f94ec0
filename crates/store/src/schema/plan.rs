//! The support plan of a case, and what comes of it.

use super::cases;

diesel::table! {
    support_plans (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        planned_end_on -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        agreed_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    plan_agreements (id) {
        id -> Text,
        case_id -> Text,
        plan_id -> Text,
        plan_version -> BigInt,
        giver -> Text,
        mode -> Text,
        language -> Text,
        interpreter -> Bool,
        declined_services -> Text,
        sealed -> Binary,
        recorded_by -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    plan_reviews (id) {
        id -> Text,
        case_id -> Text,
        plan_id -> Text,
        outcome -> Text,
        sealed -> Binary,
        recorded_by -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    plan_items (id) {
        id -> Text,
        case_id -> Text,
        plan_id -> Text,
        state -> Text,
        plan_type -> Text,
        service_type -> Nullable<Text>,
        owner -> Text,
        owner_organisation_id -> Nullable<Text>,
        due_on -> Nullable<Text>,
        referral_id -> Nullable<Text>,
        for_transition -> Bool,
        outcome -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    case_conferences (id) {
        id -> Text,
        case_id -> Text,
        held_on -> Text,
        next_on -> Nullable<Text>,
        person_part -> Text,
        sealed -> Binary,
        author_id -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    follow_ups (id) {
        id -> Text,
        case_id -> Text,
        round -> Nullable<BigInt>,
        contact -> Text,
        contact_on -> Text,
        housing -> Text,
        safety -> Text,
        income -> Text,
        health -> Text,
        re_trafficking_risk -> Nullable<Text>,
        sealed -> Binary,
        author_id -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    closure_checklists (id) {
        id -> Text,
        case_id -> Text,
        open -> Text,
        sealed -> Binary,
        author_id -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    complaints (id) {
        id -> Text,
        case_id -> Text,
        state -> Text,
        kind -> Text,
        subject -> Text,
        channel -> Text,
        about_organisation_id -> Nullable<Text>,
        received_on -> Text,
        sealed -> Nullable<Binary>,
        recorded_by -> Text,
        examined_by -> Nullable<Text>,
        concluded_by -> Nullable<Text>,
        concluded_at -> Nullable<Timestamp>,
        answered_on -> Nullable<Text>,
        answer_language -> Nullable<Text>,
        answer_interpreter -> Nullable<Bool>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(cases, support_plans);
diesel::allow_tables_to_appear_in_same_query!(cases, plan_items);
diesel::allow_tables_to_appear_in_same_query!(cases, case_conferences);
diesel::allow_tables_to_appear_in_same_query!(cases, follow_ups);
diesel::allow_tables_to_appear_in_same_query!(cases, complaints);
