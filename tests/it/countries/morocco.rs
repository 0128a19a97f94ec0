//! Morocco: the victim units of the police find somebody who also asks for asylum: two tracks.

use refero_domain::actor::ActorRole;
use serde_json::json;

use super::Mechanism;

both! {
    in "ma";
    async fn morocco_asylum_and_trafficking_run_side_by_side_and_neither_closes_the_other(w: World) {
        let report = json!({
            "sex_reporting": "female", "age_status": "adult_declared", "birth_year_estimate": 1997,
            "citizenships": ["CI"], "primary_language": "fr", "migration_status": "irregular_migrant",
            "detection_source": "police_operation", "exploitation_types": ["domestic_servitude"],
            "labour_industries": ["T"], "control_methods": ["withholds_documents"],
            "trafficking_events": [
                {"kind": "recruitment", "country": "CI", "area": "CI-AB"},
                {"kind": "exploitation", "country": "MA", "area": "MA-06", "on": "2026-05"}
            ]
        });
        let m = Mechanism::finds(&w, "law_enforcement", "MA-06", report).await;
        assert!(m.seen().await.text_at("/case_code").starts_with("MA-"));
        m.presumes(false).await;
        m.identifies("DGSN (victim units)", "police", false).await;

        let office = w.persona(ActorRole::Investigator).await;
        let criminal = m.adds("proceedings", json!({
            "kind": "criminal_trafficking", "organisation_id": m.responder.organisation_id, "person_role": "complainant"
        })).await;
        let asylum = m.adds("proceedings", json!({
            "kind": "asylum", "organisation_id": office.organisation_id, "person_role": "applicant"
        })).await;
        let one = |id: &str| format!("{}/proceedings/{id}", m.path());
        for stage in ["investigating", "dismissed"] {
            m.moves(&m.coordinator, &one(&criminal.id()), "advance", json!({"to": stage})).await;
        }
        assert_eq!(m.coordinator.get(one(&asylum.id())).await.is(200).at("/state"), "reported");
        // The end of the criminal track ends no help either.
        assert_eq!(m.seen().await.at("/identification_stage"), "formally_identified");
        m.shelters(json!({"giver": "individual", "language": "fr"})).await;
        m.plans("fr").await;
        m.ends().await;
    }
}
