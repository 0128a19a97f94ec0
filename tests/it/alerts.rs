//! Alerts: told to an office, never about oneself, written with what causes them, handed over until
//! they arrive.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use refero::jobs::{self, Channel};
use refero_domain::{
    actor::ActorRole::{self, DataProtectionOfficer},
    alert::{AlertKind, Audience},
    event::{Event, Operation},
    id::UserId,
    refusal::Refusal,
};
use refero_store::{
    alerts::{self, NewAlert},
    unit::{Principal, Request, Tx},
};
use serde_json::{Value, json};

use crate::{
    referral_steps::ids,
    world::{Persona, World},
};

fn own(w: &World) -> Request {
    let now = w.now();
    Request { principal: Principal::Nobody, now, request_id: None, network: None, purpose: None }
}

fn about(user: &UserId, audience: Audience) -> NewAlert {
    NewAlert {
        kind: AlertKind::RefusalBurst,
        audience,
        about: Some(user.clone()),
        case_id: None,
        object: None,
        once: None,
    }
}

/// Raises an alert, in an act that succeeds or does not.
fn raise(w: &World, alert: &NewAlert, succeeds: bool) -> Option<String> {
    let alert = alert.clone();
    let act = move |tx: &mut Tx<'_>| {
        let id = alerts::raise(tx, &alert)?;
        if !succeeds {
            return Err(Refusal::NotFound.into());
        }
        tx.record(&Event::named("test.act", Operation::Execute), id)
    };
    let raised = w.second_program().write("test.act", own(w), act);
    raised.ok().flatten().map(|id| id.as_str().to_owned())
}

/// A folder with a command that keeps what it is told, and ends as a file beside it says.
struct Outside(tempfile::TempDir);

impl Outside {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().display();
        let script =
            format!("#!/bin/sh\nenv > {told}/env\ncat >> {told}/told\nexit $(cat {told}/end)\n");
        fs::write(folder.path().join("command"), script).unwrap();
        let executable = fs::Permissions::from_mode(0o700);
        fs::set_permissions(folder.path().join("command"), executable).unwrap();
        let outside = Self(folder);
        outside.ends_with("0");
        outside
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn ends_with(&self, code: &str) {
        fs::write(self.path("end"), code).unwrap();
    }

    fn channel(&self) -> Channel {
        Channel { command: Some(self.path("command")), timeout: Duration::from_secs(20) }
    }

    fn told(&self) -> Vec<Value> {
        let told = fs::read_to_string(self.path("told")).unwrap_or_default();
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

async fn open_to(by: &Persona) -> Vec<String> {
    ids(&by.get("/v1/alerts?state=open").await.is(200))
}

both! {
    async fn an_alert_is_for_its_office_and_never_for_whom_it_is_about(w: World) {
        let (north, south) = (w.supervisor().in_area("XZ-N").await, w.supervisor().in_area("XZ-S").await);
        let country = w.supervisor().await;
        let (dpo, administrator) = (w.persona(DataProtectionOfficer).await, w.administrator().await);
        let of_north = Audience::Supervisors { area: Some("XZ-N".to_owned()) };
        let somebody = w.coordinator().await;

        let to_north = raise(&w, &about(&somebody.user_id, of_north.clone()), true).unwrap();
        let of_country = raise(&w, &about(&country.user_id, of_north), true).unwrap();
        let to_dpo = raise(&w, &about(&somebody.user_id, Audience::DataProtectionOfficers), true).unwrap();
        let to_it = raise(&w, &about(&dpo.user_id, Audience::Administrators), true).unwrap();
        let mut seen = open_to(&north).await;
        seen.sort();
        let mut both = [to_north.clone(), of_country.clone()];
        both.sort();
        assert_eq!(seen, both);
        assert!(open_to(&south).await.is_empty());
        assert_eq!(open_to(&country).await, [to_north.as_str()]);
        assert_eq!((open_to(&dpo).await, open_to(&administrator).await), (vec![to_dpo], vec![to_it]));
        country.get(format!("/v1/alerts/{of_country}")).await.is_problem(404, "not-found");
        south.post(format!("/v1/alerts/{to_north}/acknowledge")).if_match(1).await.is(404);
        for role in [ActorRole::CaseCoordinator, ActorRole::FirstResponder, ActorRole::Auditor] {
            w.persona(role).await.get("/v1/alerts").await.is_problem(404, "not-found");
        }
    }

    async fn who_looks_into_an_alert_is_written_down_once(w: World) {
        let (supervisor, other) = (w.supervisor().await, w.supervisor().await);
        let everywhere = Audience::Supervisors { area: None };
        let id = raise(&w, &about(&w.coordinator().await.user_id, everywhere), true).unwrap();
        let path = format!("/v1/alerts/{id}");

        let shown = supervisor.get(&path).await.is(200);
        assert_eq!(shown.at("/state"), "open");
        assert_eq!(shown.at("/allowed_actions"), json!(["acknowledge"]));
        let acknowledge = |by: &Persona| by.post(format!("{path}/acknowledge"));
        acknowledge(&supervisor).await.is_problem(428, "if-match-required");
        acknowledge(&supervisor).if_match(7).await.is_problem(412, "stale-version");
        let done = acknowledge(&supervisor).if_match(1).await.is(200);
        assert_eq!(done.at("/acknowledged_by"), supervisor.user_id.as_str());
        assert_eq!((done.version(), done.at("/allowed_actions")), (2, json!([])));
        let late = acknowledge(&other).if_match(2).await.is_problem(409, "illegal-transition");
        assert_eq!(late.at("/state"), "acknowledged");
        assert!(open_to(&other).await.is_empty());
        assert_eq!(ids(&other.get("/v1/alerts?state=acknowledged").await.is(200)), [id]);
        assert_eq!(w.trail().iter().filter(|told| *told == "alert.acknowledge success").count(), 1);
    }

    async fn an_alert_is_there_exactly_if_what_caused_it_is(w: World) {
        let somebody = w.coordinator().await;
        let alert = NewAlert {
            once: Some("today".to_owned()),
            ..about(&somebody.user_id, Audience::DataProtectionOfficers)
        };

        assert_eq!(raise(&w, &alert, false), None);
        assert!(w.trail().is_empty());
        let first = raise(&w, &alert, true);
        assert!(first.is_some());
        assert_eq!(raise(&w, &alert, true), None, "the same alert is raised once");
        let raised = "select coalesce(actor_id, '-') || fields as value from audit_events where action = 'alert.raise'";
        assert_eq!(w.texts(raised), ["-[\"refusal_burst\"]"], "nobody finds it among their own events");
    }

    async fn r16_an_administrator_is_told_of_no_case(w: World) {
        let s = crate::referral_steps::scene(&w).await;
        let alert = NewAlert {
            case_id: Some(s.case.parse().unwrap()),
            object: Some(("case", s.case.clone())),
            ..about(&s.worker.user_id, Audience::Administrators)
        };

        let id = raise(&w, &alert, true).unwrap();
        let shown = w.administrator().await.get(format!("/v1/alerts/{id}")).await.is(200);
        assert_eq!((shown.at("/case_id"), shown.at("/object_id")), (Value::Null, Value::Null));
    }

    async fn an_alert_is_handed_over_until_it_arrives(w: World) {
        let (outside, db) = (Outside::open(), w.second_program());
        let somebody = w.coordinator().await;
        let area = Some("XZ-N".to_owned());
        let id = raise(&w, &about(&somebody.user_id, Audience::Supervisors { area }), true).unwrap();
        let hand_over = || jobs::hand_over(&db, w.now(), &outside.channel()).unwrap();

        outside.ends_with("3");
        assert_eq!((hand_over(), hand_over()), (0, 0));
        assert_eq!(outside.told().len(), 1, "it is not tried again at once");
        w.advance_s(30);
        assert_eq!((hand_over(), hand_over()), (0, 0));
        w.advance_s(59);
        assert_eq!(hand_over(), 0);
        assert_eq!(outside.told().len(), 2, "and later each time");
        outside.ends_with("0");
        w.advance_s(1);
        assert_eq!((hand_over(), hand_over()), (1, 0));
        let told = outside.told();
        assert_eq!(told.len(), 3);
        assert_eq!(told[2]["id"], id.as_str());
        assert_eq!(told[2]["about_user_id"], somebody.user_id.as_str());
        assert_eq!((&told[2]["kind"], &told[2]["area"]), (&json!("refusal_burst"), &json!("XZ-N")));
        let outcomes = w.texts("select outcome as value from audit_events where action = 'alert.hand-over' order by at");
        assert_eq!(outcomes, ["failed", "failed", "success"]);
        let environment = fs::read_to_string(outside.path("env")).unwrap();
        let shell = ["PATH", "PWD", "SHLVL", "_", "OLDPWD"];
        let given = environment.lines().filter_map(|line| line.split('=').next());
        assert_eq!(given.filter(|name| !shell.contains(name)).count(), 0, "{environment}");
    }

    async fn a_command_that_hangs_is_ended_and_one_that_is_missing_is_told(w: World) {
        let (outside, db) = (Outside::open(), w.second_program());
        raise(&w, &about(&w.coordinator().await.user_id, Audience::DataProtectionOfficers), true);
        fs::write(outside.path("command"), "#!/bin/sh\nexec sleep 600\n").unwrap();

        let slow = Channel { timeout: Duration::from_millis(50), ..outside.channel() };
        assert_eq!(jobs::hand_over(&db, w.now(), &slow).unwrap(), 0);
        w.advance_s(30);
        let none = Channel { command: Some(outside.path("nothing")), ..outside.channel() };
        assert_eq!(jobs::hand_over(&db, w.now(), &none).unwrap(), 0);
        w.advance_s(60);
        assert_eq!(jobs::hand_over(&db, w.now(), &Channel::default()).unwrap(), 1, "a line in the log is enough");
    }
}
