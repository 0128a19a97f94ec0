//! Senegal and The Gambia: a woman of the one is found in the other and begins again at home. Each country
//! has a mechanism and a deployment of its own: nothing passes between them but what people tell each other.

use serde_json::json;

use super::Mechanism;

both! {
    in "sn";
    async fn senegal_a_gambian_found_in_senegal_is_cared_for_there_in_french(w: World) {
        let report = json!({
            "sex_reporting": "female", "age_status": "adult_declared", "birth_year_estimate": 2000,
            "citizenships": ["GM"], "primary_language": "mnk", "other_languages": ["wo", "en"],
            "migration_status": "community_citizen", "detection_source": "police_operation",
            "exploitation_types": ["sexual_exploitation"],
            "trafficking_events": [
                {"kind": "recruitment", "country": "GM", "area": "GM-W"},
                {"kind": "exploitation", "country": "SN", "area": "SN-KE"}
            ]
        });
        let m = Mechanism::finds(&w, "law_enforcement", "SN-KE", report).await;
        assert!(m.seen().await.text_at("/case_code").starts_with("SN-"));
        m.shelters(json!({"giver": "individual", "language": "mnk"})).await;
        m.presumes(false).await;
        m.identifies("Law enforcement, by its operating procedures", "police", false).await;
        m.plans("mnk").await;
        let french = m.coordinator.get("/v1/cases/not-an-id").header("Accept-Language", "fr").await;
        assert_eq!(french.header("content-language").unwrap(), "fr");
        m.ends().await;
    }
}

both! {
    in "gm";
    async fn the_gambia_she_comes_home_and_the_agency_follows_up(w: World) {
        let report = json!({
            "sex_reporting": "female", "age_status": "adult_declared", "birth_year_estimate": 2000,
            "citizenships": ["GM"], "primary_language": "mnk", "migration_status": "returnee",
            "detection_source": "foreign_referral", "exploitation_types": ["sexual_exploitation"],
            "trafficking_events": [{"kind": "exploitation", "country": "SN", "area": "SN-KE"}]
        });
        let m = Mechanism::finds(&w, "social_welfare_service", "GM-W", report).await;
        assert!(m.seen().await.text_at("/case_code").starts_with("GM-"));
        m.presumes(false).await;
        m.identifies("National Agency Against Trafficking in Persons (NAATIP)", "non_police_government", false).await;
        m.plans("mnk").await;
        m.shelters(json!({"giver": "individual", "language": "mnk"})).await;
        m.ends().await;
    }
}
