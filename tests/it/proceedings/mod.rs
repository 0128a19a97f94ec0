//! Proceedings: opened by the bureau, moved on by whoever conducts them, and never in each other's way.

mod identity;
mod wall;

use refero_domain::{actor::ActorRole, id::OrganisationId};
use serde_json::{Value, json};

use crate::{
    referral_steps::{Scene, ids, merged, scene},
    world::{Answer, Persona, World, together},
};

pub(crate) fn path(s: &Scene) -> String {
    format!("/v1/cases/{}/proceedings", s.case)
}

/// An investigation as the bureau opens it.
pub(crate) fn investigation(by: &OrganisationId) -> Value {
    json!({
        "kind": "criminal_trafficking", "organisation_id": by, "person_role": "complainant",
        "protective_measures": ["video_testimony", "accompaniment_to_court"],
        "reference_number": "CRB 118/2026", "notes": "Her aunt told it."
    })
}

/// Opens an investigation that nobody in the story conducts; gives its id.
pub(crate) async fn opened(s: &Scene) -> String {
    let body = investigation(&s.responder.organisation_id);
    s.coordinator.post(path(s)).json(body).await.is(201).id()
}

/// Opens an investigation with a hearing and somebody whom it is about; gives the ids.
pub(crate) async fn with_everything(s: &Scene) -> [String; 3] {
    let proceeding = opened(s).await;
    let post = |part: &str, body: Value| {
        s.coordinator.post(format!("/v1/cases/{}/{part}", s.case)).json(body)
    };
    let hearing = json!({"proceeding_id": proceeding, "takes_place_on": "2026-12-03"});
    let hearing = post("hearings", hearing).await.is(201).id();
    let alleged = json!({"proceeding_id": proceeding, "roles": ["transporter"]});
    let alleged = post("alleged-perpetrators", alleged).await.is(201).id();
    [proceeding, hearing, alleged]
}

/// The people of an investigation.
pub(super) struct Track {
    pub(super) s: Scene,
    pub(super) police: Persona,
    pub(super) prosecutor: Persona,
    pub(super) id: String,
}

impl Track {
    /// Opens an investigation that the police conduct.
    pub(super) async fn of(w: &World) -> Self {
        let s = scene(w).await;
        let police = w.persona(ActorRole::Investigator).await;
        let at = &police.organisation_id;
        let prosecutor = w.persona(ActorRole::ProsecutorLiaison).at(at).await;
        let made = s.coordinator.post(path(&s)).json(investigation(at)).await.is(201);
        Self { s, police, prosecutor, id: made.id() }
    }

    pub(super) fn one(&self) -> String {
        format!("{}/{}", path(&self.s), self.id)
    }

    pub(super) fn part(&self, part: &str) -> String {
        format!("/v1/cases/{}/{part}", self.s.case)
    }

    /// Acts with the version that the proceeding has now.
    pub(super) async fn act(&self, by: &Persona, act: &str, body: Value) -> Answer {
        let version = self.s.coordinator.get(self.one()).await.is(200).version();
        by.post(format!("{}/{act}", self.one())).if_match(version).json(body).await
    }
}

fn to(stage: &str) -> Value {
    json!({"to": stage})
}

both! {
    async fn the_bureau_opens_an_investigation_and_the_police_move_it_on(w: World) {
        let t = Track::of(&w).await;
        let mine = t.police.get(t.one()).await.is(200);
        assert_eq!(mine.at("/state"), "reported");
        assert_eq!(mine.at("/reference_number"), "CRB 118/2026");
        assert_eq!(mine.at("/withheld"), json!([]));
        assert_eq!(mine.at("/allowed_actions"), json!(["advance"]));
        assert_eq!(mine.at("/next_stages"), json!(["investigating", "dismissed", "prosecuted"]));

        let words = json!({"court": "High Court", "notes": null, "protective_measures": ["screen"]});
        let edited = t.police.patch(t.one()).if_match(1).json(words).await.is(200);
        assert_eq!((edited.at("/court"), edited.at("/notes")), (json!("High Court"), Value::Null));
        let moved = t.act(&t.police, "advance", to("investigating")).await.is(200);
        assert_eq!((moved.at("/state"), moved.version()), (json!("investigating"), 3));
        let moved = t.act(&t.prosecutor, "advance", to("prosecuted")).await.is(200);
        assert_eq!(moved.at("/next_stages"), json!(["dismissed", "convicted_trafficking", "convicted_other", "acquitted"]));
        let illegal = t.act(&t.police, "advance", to("granted")).await.is_problem(409, "illegal-transition");
        assert_eq!((illegal.at("/state"), illegal.at("/allowed_actions")), (json!("prosecuted"), json!(["advance"])));
        t.act(&t.prosecutor, "advance", to("convicted_other")).await.is(200);
        t.act(&t.s.coordinator, "advance", to("restitution_ordered")).await.is(200);
        w.expect_sound();
    }

    async fn asylum_and_trafficking_are_two_tracks_and_neither_closes_the_other(w: World) {
        let t = Track::of(&w).await;
        let refugees = w.persona(ActorRole::Investigator).await;
        let asylum = json!({
            "kind": "asylum", "organisation_id": refugees.organisation_id, "person_role": "applicant",
            "reference_number": "A-7", "notes": "Interview with an interpreter."
        });
        w.advance_s(1);
        let asylum = t.s.coordinator.post(path(&t.s)).json(asylum).await.is(201);
        assert_eq!(asylum.at("/reference_number"), "A-7", "the bureau helps with it");

        let list = t.s.coordinator.get(path(&t.s)).await.is(200);
        assert_eq!(ids(&list), [asylum.id(), t.id.clone()]);
        assert_eq!(ids(&t.police.get(path(&t.s)).await.is(200)), std::slice::from_ref(&t.id));
        let other = format!("{}/{}", path(&t.s), asylum.id());
        t.police.get(&other).await.is_problem(404, "not-found");
        // Who decides about asylum sees nothing of the case, in whatever role.
        refugees.get(&other).await.is_problem(404, "not-found");
        refugees.get(path(&t.s)).await.is_problem(404, "not-found");
        refugees.get(format!("/v1/cases/{}", t.s.case)).await.is_problem(404, "not-found");

        t.act(&t.police, "advance", to("dismissed")).await.is(200);
        assert_eq!(t.s.coordinator.get(&other).await.is(200).at("/state"), "reported");
        let granted = t.s.coordinator.post(format!("{other}/advance")).if_match(1).json(to("granted"));
        assert_eq!(granted.await.is(200).at("/state"), "granted");
        assert_eq!(t.s.coordinator.get(t.one()).await.is(200).at("/state"), "dismissed");
        w.expect_sound();
    }

    async fn of_two_who_move_it_on_at_once_one_does(w: World) {
        let t = Track::of(&w).await;
        let advance = |by: &Persona| by.post(format!("{}/advance", t.one())).if_match(1).json(to("investigating"));

        let answers = together([advance(&t.police), advance(&t.prosecutor)]).await;
        let mut told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        told.sort_unstable();
        assert!(matches!(told[..], [200, 409 | 412]), "{told:?}");
        let late = t.police.post(format!("{}/advance", t.one())).if_match(1);
        late.json(to("prosecuted")).await.is_problem(412, "stale-version");
        let blind = t.police.post(format!("{}/advance", t.one())).json(to("prosecuted")).await;
        blind.is_problem(428, "if-match-required");
        w.expect_sound();
    }

    async fn a_hearing_is_known_by_its_day_so_that_somebody_goes_along(w: World) {
        let t = Track::of(&w).await;
        let hearing = |day: &str| json!({"proceeding_id": t.id, "takes_place_on": day, "details": "Room 4."});
        let hearings = t.part("hearings");
        let later = t.police.post(&hearings).json(hearing("2026-12-10")).await.is(201);
        let made = t.police.post(&hearings).json(hearing("2026-12-03")).await.is(201);
        assert_eq!(made.at("/details"), "Room 4.");

        let list = t.s.coordinator.get(&hearings).await.is(200);
        assert_eq!(ids(&list), [made.id(), later.id()]);
        assert_eq!((list.at("/items/0/details"), list.at("/items/0/withheld")), (Value::Null, json!(["investigation"])));
        assert_eq!(t.s.coordinator.get(t.one()).await.is(200).at("/next_hearing_on"), "2026-12-03");
        let record = |by: &Persona, version| by.post(format!("{hearings}/{}/record", made.id())).if_match(version);
        let words = json!({"state": "adjourned", "outcome": "The witness fell ill."});
        record(&t.s.coordinator, 1).json(&words).await.is_problem(403, "not-permitted");
        record(&t.police, 1).json(json!({"state": "held"})).await.is(422);
        record(&t.police, 1).json(json!({"state": "scheduled"})).await.is(422);
        let adjourned = record(&t.police, 1).json(&words).await.is(200);
        assert_eq!((adjourned.at("/state"), adjourned.at("/allowed_actions")), (json!("adjourned"), json!([])));
        record(&t.police, 2).json(&words).await.is_problem(409, "illegal-transition");
        record(&t.police, 1).json(&words).await.is_problem(412, "stale-version");
        assert_eq!(t.s.coordinator.get(t.one()).await.is(200).at("/next_hearing_on"), "2026-12-10");
        w.expect_sound();
    }

    async fn what_makes_no_sense_is_refused_where_it_stands(w: World) {
        let t = Track::of(&w).await;
        let body = |changes: Value| merged(investigation(&t.police.organisation_id), changes);
        let absent = "11111111-1111-4111-8111-111111111111";
        for (changes, pointer) in [
            (json!({"kind": "vendetta"}), "/kind"),
            (json!({"organisation_id": absent}), "/organisation_id"),
            (json!({"person_role": "king"}), "/person_role"),
            (json!({"protective_measures": ["screen", "screen"]}), "/protective_measures/1"),
            (json!({"court": " "}), "/court"),
        ] {
            let wrong = t.s.coordinator.post(path(&t.s)).json(body(changes)).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), pointer);
        }
        for (part, wrong) in [
            ("hearings", json!({"proceeding_id": absent, "takes_place_on": "2026-12-03"})),
            ("alleged-perpetrators", json!({"proceeding_id": absent, "roles": ["transporter"]})),
        ] {
            let wrong = t.police.post(t.part(part)).json(wrong).await.is(422);
            assert_eq!(wrong.at("/errors/0/pointer"), "/proceeding_id");
        }
        let nobody = t.police.post(t.part("alleged-perpetrators")).json(json!({"proceeding_id": t.id})).await;
        assert_eq!(nobody.is(422).at("/errors/0/pointer"), "/roles");
        for empty in [json!({}), json!({"legal_basis": "criminal_investigation"})] {
            t.act(&t.s.coordinator, "share-identity", empty).await.is(422);
        }
    }
}
