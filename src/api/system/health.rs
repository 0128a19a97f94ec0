//! Alive, ready, and which version.

use std::time::{Duration, Instant};

use actix_web::web;
use refero_domain::instant;
use refero_store::{Db, keys, lease, migrate, with_causes};
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::api::{
    app::App,
    problem::{Problem, ProblemCode},
};

/// Says that all is well.
#[derive(Debug, Serialize, ToSchema)]
pub struct Liveness {
    /// Always `ok`; anything else is an error status.
    #[schema(value_type = String, examples("ok"))]
    pub status: &'static str,
}

/// Names what serves.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    /// The program.
    #[schema(value_type = String, examples("refero"))]
    pub name: &'static str,
    /// Its version.
    #[schema(value_type = String, examples("0.1.0"))]
    pub version: &'static str,
    /// The version of the API, the first segment of its paths.
    #[schema(value_type = String, examples("v1"))]
    pub api: &'static str,
}

/// Remembers the last check for a moment, so that many strangers cost the database one check: who
/// comes while it runs waits for its outcome.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// How long a check stands.
const STANDS_FOR: Duration = Duration::from_secs(1);

impl Readiness {
    async fn of(&self, app: &App) -> Result<bool, Problem> {
        let mut last = self.0.lock().await;
        if let Some((_, ready)) = last.filter(|(at, _)| at.elapsed() < STANDS_FOR) {
            return Ok(ready);
        }
        let (db, now) = (app.db().clone(), app.now());
        let ready = web::block(move || is_ready(&db, now)).await.map_err(Problem::internal)?;
        *last = Some((Instant::now(), ready));
        Ok(ready)
    }
}

const OK: Liveness = Liveness { status: "ok" };

pub(super) async fn alive() -> web::Json<Liveness> {
    web::Json(OK)
}

pub(super) async fn version() -> web::Json<Version> {
    web::Json(Version { name: "refero", version: env!("CARGO_PKG_VERSION"), api: "v1" })
}

pub(super) async fn ready(
    app: web::Data<App>,
    readiness: web::Data<Readiness>,
) -> Result<web::Json<Liveness>, Problem> {
    if app.is_leaving() {
        return Err(unavailable());
    }
    if readiness.of(&app).await? { Ok(web::Json(OK)) } else { Err(unavailable()) }
}

fn unavailable() -> Problem {
    Problem::new(ProblemCode::Unavailable).retry_after_s(5)
}

/// Checks the database, and writes to the log what a stranger is not told.
fn is_ready(db: &Db, now: instant::Instant) -> bool {
    match check(db, now) {
        Ok(true) => true,
        Ok(false) => {
            tracing::error!("the schema of the database is not the one of this program");
            false
        }
        Err(error) => {
            tracing::error!(error = with_causes(&error), "the database is not ready");
            false
        }
    }
}

/// Says whether the database answers, is the one of this program and its key, and takes writes.
///
/// Nothing is written to find out while writes succeed. Once one has failed, only a write can tell
/// whether the next would: then each check tries one, until one goes through.
fn check(db: &Db, now: instant::Instant) -> refero_store::Result<bool> {
    db.ping()?;
    let status = migrate::status_of(db)?;
    keys::verify_of(db)?;
    if db.last_write_failed() {
        lease::try_out(db, now)?;
    }
    Ok(status.is_current())
}
