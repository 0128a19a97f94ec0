//! Uganda: immigration intercepts, the coordination office coordinates, the police identifies.

use serde_json::json;

use super::Mechanism;

both! {
    in "ug";
    async fn uganda_an_adult_is_intercepted_at_the_airport_before_the_exploitation_began(w: World) {
        let report = json!({
            "sex_reporting": "female", "age_status": "adult_documented", "birth_year_estimate": 1999,
            "citizenships": ["UG"], "primary_language": "lg", "detection_source": "border_control",
            "recruitment_methods": ["recruitment_agency"], "indicators": ["DR01", "DR02"],
            "trafficking_events": [
                {"kind": "recruitment", "country": "UG", "area": "UG-C", "on": "2026-10"},
                {"kind": "interception", "country": "UG", "on": "2026-11-02"}
            ]
        });
        let m = Mechanism::finds(&w, "immigration_service", "UG-C", report).await;
        assert!(m.seen().await.text_at("/case_code").starts_with("UG-"));

        // She meets the definition by what was intended (R11), and help waits for no decision.
        let screening = m.screens(json!({
            "profile": "adult_labour", "answers": {"ACT1": "yes", "DR01": "yes", "DR02": "yes"},
            "purpose": {"kind": "intended", "purposes": ["forced_labour_or_services"]}
        })).await;
        assert_eq!(screening.at("/result/indication_of_trafficking"), true);
        m.shelters(json!({"giver": "individual", "language": "lg"})).await;
        let presumption = m.presumes(true).await;
        assert_eq!(presumption.at("/intercepted"), true);
        m.identifies("Uganda Police Force", "police", true).await;

        // R7: the forged visa that the recruiter gave her is no offence of hers.
        let issue = m.adds("non-punishment-issues", json!({
            "issue": "document_offence", "attributed_by": "immigration_service",
            "attributed_on": m.today(), "account": "The recruiter had the visa made."
        })).await;
        let one = format!("{}/non-punishment-issues/{}", m.path(), issue.id());
        let told = json!({"told_body": "immigration_service", "told_on": m.today(), "told": "By letter."});
        m.moves(&m.coordinator, &one, "tell", told).await;
        let done = json!({"remedy": "charge_dropped", "remedied_on": m.today(), "answer": "Closed."});
        assert_eq!(m.moves(&m.coordinator, &one, "remedy", done).await.at("/state"), "remedied");
        m.plans("lg").await;
        m.ends().await;
        let profile = m.coordinator.get("/v1/country-profile").await.is(200);
        assert_eq!(profile.at("/clocks/triage_claim/status"), "policy, to be confirmed");
        // No number of days is law until a source says so (R19).
        assert!(profile.json()["reflection"].get("days").is_none(), "{}", profile.text());
    }
}
