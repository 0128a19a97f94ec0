//! Nigeria: one agency coordinates, shelters and investigates; the wall runs through it.

use refero_domain::actor::ActorRole;
use serde_json::json;

use super::Mechanism;

both! {
    in "ng";
    async fn nigeria_the_agency_that_coordinates_also_investigates_and_the_wall_runs_through_it(w: World) {
        let report = json!({
            "sex_reporting": "female", "age_status": "adult_declared", "birth_year_estimate": 2001,
            "citizenships": ["NG"], "primary_language": "bin", "detection_source": "ngo_outreach",
            "exploitation_types": ["sexual_exploitation"], "sexual_exploitation_types": ["prostitution"],
            "control_methods": ["debt_bondage"],
            "trafficking_events": [{"kind": "recruitment", "country": "NG", "area": "NG-ED", "on": "2024"}]
        });
        let m = Mechanism::finds(&w, "ngo", "NG-ED", report).await;
        assert!(m.seen().await.text_at("/case_code").starts_with("NG-"));
        m.presumes(false).await;
        m.identifies("National Agency for the Prohibition of Trafficking in Persons (NAPTIP)", "non_police_government", false).await;

        // A closed shelter: that she cannot leave, and why, is on record.
        let closed = json!({
            "kind": "shelter", "organisation_id": m.bureau, "regime": "closed", "started_on": m.today(),
            "freedom_of_movement": "not_free_to_leave", "address": "The house behind the school."
        });
        let refused = m.coordinator.post(format!("{}/placements", m.path())).json(&closed).await;
        refused.is_problem(422, "validation-failed");

        // R8: her colleague who investigates sees the offence, not what she told those who help her.
        let investigator = w.persona(ActorRole::Investigator).at(&m.bureau).await;
        m.adds("notes", json!({"text": "She is afraid of an oath that she swore."})).await;
        let proceeding = m.adds("proceedings", json!({
            "kind": "criminal_trafficking", "organisation_id": m.bureau, "person_role": "complainant"
        })).await;
        let one = format!("{}/proceedings/{}", m.path(), proceeding.id());
        let seen = investigator.get(&one).await.is(200);
        assert_eq!(seen.at("/offence/sexual_exploitation_types"), json!(["prostitution"]));
        assert_eq!(seen.at("/offence/trafficking_events/0/area"), "NG-ED");
        assert!(!seen.text().contains(super::NAME));
        for part in ["notes", "needs-assessments", "placements", "plan"] {
            let asked = investigator.get(format!("{}/{part}", m.path())).await;
            assert!([403, 404].contains(&asked.status), "{part}: {}", asked.text());
        }
        m.shelters(json!({"giver": "individual", "language": "bin"})).await;
        m.plans("bin").await;
        m.ends().await;
    }
}
