//! Côte d'Ivoire: the police alert the national committee, which refers a child to care.

use serde_json::json;

use super::Mechanism;
use crate::guardians;

both! {
    in "ci";
    async fn cote_d_ivoire_the_police_alert_the_committee_and_a_child_is_cared_for(w: World) {
        let report = json!({
            "sex_reporting": "male", "age_status": "child_declared", "birth_year_estimate": 2012,
            "citizenships": ["BF"], "primary_language": "dyu", "detection_source": "police_operation",
            "exploitation_types": ["child_labour"], "labour_types": ["agriculture"],
            "labour_industries": ["A"],
            "trafficking_events": [{"kind": "recruitment", "country": "BF"}, {"kind": "exploitation", "country": "CI", "area": "CI-BS"}]
        });
        let m = Mechanism::finds(&w, "law_enforcement", "CI-AB", report).await;
        let seen = m.seen().await;
        assert!(seen.text_at("/case_code").starts_with("CI-"));
        assert_eq!(seen.at("/protected_as_child"), true);

        // The child's own set: no means are asked for (R6).
        let screening = m.screens(json!({
            "profile": "child_labour", "answers": {"ACT1": "yes", "PF03": "yes", "EX01": "yes"}
        })).await;
        assert_eq!(screening.at("/result/profile"), "child_labour");
        let guardian = m.adds("guardians", guardians::appointment()).await;
        assert_eq!(guardian.at("/state"), "appointed");
        m.presumes(false).await;
        m.shelters(json!({"giver": "child_assent_plus_guardian", "language": "dyu"})).await;
        m.identifies("Law enforcement, alerting the CNLTP upon identification", "police", false).await;
        m.ends().await;
        let identity = m.coordinator.get(format!("{}/identity", m.path()));
        let problem = identity.header("Accept-Language", "fr").await.is_problem(403, "purpose-required");
        assert_eq!(problem.header("content-language").unwrap(), "fr");
    }
}
