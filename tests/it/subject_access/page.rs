//! The copy as a page, in three languages.

use serde_json::json;

use super::{ask, path, stage};
use crate::{
    referral_steps::{merged, scene_for},
    steps::adult_report,
    world::{Answer, Persona},
};

async fn page(by: &Persona, id: &str, query: &str) -> Answer {
    let asked = by.get(format!("{}/copy{query}", path(id))).purpose("data_subject_request");
    asked.header("Accept", "text/html,application/xhtml+xml;q=0.9").await.is(200)
}

both! {
    async fn the_page_is_in_the_language_that_was_asked_for(w: World) {
        let s = stage(&w).await;
        let coordinator = &s.scene.coordinator;

        for (query, language, words) in [
            ("?language=en", "en", ["What is held about you", "2 November 2026", "Safe shelter or accommodation"]),
            ("?language=pt", "pt", ["O que está guardado sobre si", "2 de novembro de 2026", "Referência do encarregado"]),
            // Without a word it is that of the request.
            ("", "fr", ["Ce qui est conservé à votre sujet", "1er novembre 2026", "Enregistré le"]),
        ] {
            let page = page(coordinator, &s.id, query).await;
            assert_eq!(page.header("content-language").as_deref(), Some(language));
            assert!(page.text().contains(&format!("<html lang=\"{language}\">")));
            for words in words.iter().filter(|words| **words != "Safe shelter or accommodation") {
                assert!(page.text().contains(words), "{language} {words}: {}", page.text());
            }
            for code in ["border_control", "safe_shelter", "additional_services_required", "case_coordinator"] {
                assert!(!page.text().contains(code), "{language} shows the code {code}");
            }
        }
    }

    async fn the_page_is_whole_in_itself_and_runs_nothing(w: World) {
        let s = stage(&w).await;

        let page = page(&s.scene.coordinator, &s.id, "").await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"));
        assert_eq!(page.header("cache-control").as_deref(), Some("no-store"));
        assert_eq!(page.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
        let text = page.text();
        assert!(text.starts_with("<!DOCTYPE html>") && text.contains("<main>") && text.contains("<h1>"));
        for outside in ["<script", "<img", "<link", "http://", "https://", "onclick"] {
            assert!(!text.contains(outside), "{outside}");
        }
        assert_eq!(text.matches("<h1>").count(), 1);
        assert!(text.contains("À ne pas remettre"), "a draft says so");
    }

    async fn what_was_told_is_no_markup_and_stays_in_its_own_direction(w: World) {
        let hostile = "</dd><script>alert(\"Ama\")</script>&amp;<b onclick='x'>";
        let arabic = "\u{200f}آما ك.\u{200f}";
        let report = merged(adult_report(), json!({
            "narrative": hostile, "identity": {"names": [{"text": hostile}, {"text": arabic}]}
        }));
        let s = scene_for(&w, report).await;
        let dpo = w.persona(refero_domain::actor::ActorRole::DataProtectionOfficer).await;
        let id = ask(&dpo, &s.case, "en").await.is(201).id();

        let text = page(&s.coordinator, &id, "").await.text();
        assert!(!text.contains("<script") && !text.contains("<b "), "{text}");
        assert_eq!(text.matches("&lt;script&gt;alert(&quot;Ama&quot;)").count(), 2);
        assert!(text.contains(&format!("<bdi>{arabic}</bdi>")));
        let turning = merged(adult_report(), json!({"narrative": "Ama \u{202e}K."}));
        let refused = s.responder.post("/v1/detection-reports").json(turning).await.is(422);
        assert_eq!(refused.at("/errors/0/code"), "forbidden-character", "what turns text around is not taken");
    }
}
