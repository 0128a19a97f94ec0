//! The tables, one description for both databases. The migrations are the truth; a test compares.

mod age;
mod directory;
mod document;
mod dossier;
mod identification;
mod incident;
mod interests;
mod letter;
mod matching;
mod plan;
mod reflection;
mod safety;
mod second_factor;
mod subject_access;
mod trail;
mod vault;
mod wall;
mod watch;

pub(crate) use age::*;
pub(crate) use directory::*;
pub(crate) use document::*;
pub(crate) use dossier::*;
pub(crate) use identification::*;
pub(crate) use incident::*;
pub(crate) use interests::*;
pub(crate) use letter::*;
pub(crate) use matching::*;
pub(crate) use plan::*;
pub(crate) use reflection::*;
pub(crate) use safety::*;
pub(crate) use second_factor::*;
pub(crate) use subject_access::*;
pub(crate) use trail::*;
pub(crate) use vault::*;
pub(crate) use wall::*;
pub(crate) use watch::*;

diesel::table! {
    users (id) {
        id -> Text,
        organisation_id -> Text,
        username -> Text,
        display_name -> Text,
        language -> Nullable<Text>,
        state -> Text,
        disabled_reason -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        activation_digest -> Nullable<Binary>,
        activation_expires_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    role_grants (id) {
        id -> Text,
        user_id -> Text,
        role -> Text,
        area -> Nullable<Text>,
        valid_from -> Timestamp,
        valid_to -> Nullable<Timestamp>,
        granted_by -> Nullable<Text>,
        created_at -> Timestamp,
    }
}
diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        last_used_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        client -> Binary,
        factor_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    refresh_tokens (digest) {
        digest -> Binary,
        session_id -> Text,
        issued_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        successor -> Nullable<Binary>,
    }
}
diesel::table! {
    sign_in_failures (name_digest) {
        name_digest -> Binary,
        failures -> BigInt,
        last_failed_at -> Timestamp,
        wrong_codes -> BigInt,
        code_failed_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    sign_in_networks (network_digest) {
        network_digest -> Binary,
        empty_at -> Timestamp,
    }
}
diesel::table! {
    people (id) {
        id -> Text,
        sex_reporting -> Text,
        birth_year_estimate -> Nullable<BigInt>,
        age_status -> Text,
        primary_language -> Nullable<Text>,
        other_languages -> Text,
        citizenships -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    person_identities (person_id) {
        person_id -> Text,
        sealed -> Binary,
        version -> BigInt,
        updated_at -> Timestamp,
        index_scheme -> Nullable<BigInt>,
        compared_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    detection_reports (id) {
        id -> Text,
        person_id -> Text,
        organisation_id -> Text,
        author_id -> Text,
        state -> Text,
        area -> Nullable<Text>,
        facts -> Text,
        sealed -> Binary,
        case_id -> Nullable<Text>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        submitted_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    cases (id) {
        id -> Text,
        case_code -> Text,
        person_id -> Text,
        report_id -> Text,
        state -> Text,
        identification_stage -> Text,
        registered_by -> Text,
        coordinator_id -> Nullable<Text>,
        area -> Nullable<Text>,
        risk_level -> Text,
        danger_rank -> BigInt,
        next_due_at -> Nullable<Timestamp>,
        closure_reason -> Nullable<Text>,
        closure_requested_by -> Nullable<Text>,
        closure_requested_at -> Nullable<Timestamp>,
        claimed_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        erased_at -> Nullable<Timestamp>,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        merged_into -> Nullable<Text>,
    }
}
diesel::table! {
    clocks (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        starts_at -> Timestamp,
        due_at -> Timestamp,
        met_at -> Nullable<Timestamp>,
        warn_at -> Nullable<Timestamp>,
        paused_at -> Nullable<Timestamp>,
        pause_reason -> Nullable<Text>,
        warned_at -> Nullable<Timestamp>,
    }
}
diesel::table! {
    screenings (id) {
        id -> Text,
        case_id -> Text,
        indicator_set -> Text,
        indicator_set_version -> Text,
        ruleset_version -> Text,
        profile -> Text,
        answers -> Text,
        purpose -> Text,
        result -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        conclusion -> Nullable<Text>,
        reasons -> Nullable<Binary>,
        concluded_by -> Nullable<Text>,
        concluded_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}
diesel::table! {
    consents (id) {
        id -> Text,
        case_id -> Text,
        purpose -> Text,
        recipient_organisation_id -> Nullable<Text>,
        categories -> Text,
        giver -> Text,
        mode -> Text,
        language -> Text,
        interpreter -> Bool,
        state -> Text,
        sealed -> Nullable<Binary>,
        expires_at -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
        guardian_id -> Nullable<Text>,
        child_ground -> Nullable<Text>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    revisions (id) {
        id -> Text,
        person_id -> Text,
        object_type -> Text,
        object_id -> Text,
        object_version -> BigInt,
        sealed -> Binary,
        recorded_by -> Text,
        recorded_at -> Timestamp,
    }
}
diesel::table! {
    referrals (id) {
        id -> Text,
        case_id -> Text,
        from_organisation_id -> Text,
        organisation_id -> Text,
        services -> Text,
        urgency -> Text,
        urgency_rank -> BigInt,
        reason -> Text,
        legal_basis -> Text,
        consent_id -> Nullable<Text>,
        categories -> Text,
        placement_needs -> Text,
        sealed -> Binary,
        state -> Text,
        respond_by -> Nullable<Timestamp>,
        sent_at -> Nullable<Timestamp>,
        received_at -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        worker_id -> Nullable<Text>,
        end_reason -> Nullable<Text>,
        answer -> Nullable<Binary>,
        created_by -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}
diesel::table! {
    service_updates (id) {
        id -> Text,
        referral_id -> Text,
        case_id -> Text,
        service_type -> Text,
        occurred_on -> Text,
        state -> Text,
        outcome -> Nullable<Text>,
        next_due_on -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        author_id -> Text,
        corrects_id -> Nullable<Text>,
        created_at -> Timestamp,
    }
}
diesel::table! {
    idempotency_keys (principal_id, idempotency_key) {
        principal_id -> Text,
        idempotency_key -> Text,
        operation -> Text,
        fingerprint -> Binary,
        object_id -> Text,
        created_at -> Timestamp,
    }
}
diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        held_until -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    access_requests,
    access_parts,
    age_assessments,
    organisations,
    services,
    users,
    role_grants,
    sessions,
    refresh_tokens,
    sign_in_failures,
    sign_in_networks,
    second_factors,
    recovery_codes,
    deployment_keys,
    deployment_key_retirements,
    erasure_requests,
    legal_holds,
    erasures,
    person_keys,
    people,
    person_identities,
    index_schemes,
    person_index,
    detection_reports,
    cases,
    clocks,
    screenings,
    needs_assessments,
    notes,
    consents,
    revisions,
    referrals,
    service_updates,
    escalations,
    alerts,
    people_opened,
    people_counts,
    bait_cases,
    emergency_accesses,
    audit_events,
    audit_shown,
    log_pending,
    log_leaves,
    log_nodes,
    log_heads,
    log_checkpoints,
    log_cosignatures,
    log_contradictions,
    case_chains,
    duplicate_candidates,
    idempotency_keys,
    leases,
);

diesel::joinable!(services -> organisations (organisation_id));
diesel::joinable!(role_grants -> users (user_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(users -> organisations (organisation_id));
diesel::joinable!(cases -> people (person_id));
diesel::joinable!(detection_reports -> cases (case_id));
diesel::joinable!(referrals -> cases (case_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(referrals -> consents (consent_id));
diesel::joinable!(consents -> cases (case_id));
diesel::joinable!(clocks -> cases (case_id));
diesel::joinable!(emergency_accesses -> cases (case_id));
diesel::joinable!(erasure_requests -> cases (case_id));
diesel::joinable!(legal_holds -> cases (case_id));
diesel::joinable!(access_requests -> cases (case_id));
diesel::joinable!(access_parts -> access_requests (request_id));
