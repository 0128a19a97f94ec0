//! Alive, ready, and which version.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::web;
use refero_store::{Db, keys, migrate, with_causes};
use serde::Serialize;
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

/// Remembers the last check for a moment, so that many strangers cost the database one check.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// How long a check stands.
const STANDS_FOR: Duration = Duration::from_secs(1);

impl Readiness {
    fn recent(&self) -> Option<bool> {
        let (at, ready) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        (at.elapsed() < STANDS_FOR).then_some(ready)
    }

    fn remember(&self, ready: bool) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), ready));
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
    let ready = match readiness.recent() {
        Some(ready) => ready,
        None => {
            let db = app.db().clone();
            let ready = web::block(move || is_ready(&db)).await.map_err(Problem::internal)?;
            readiness.remember(ready);
            ready
        }
    };
    if ready { Ok(web::Json(OK)) } else { Err(unavailable()) }
}

fn unavailable() -> Problem {
    Problem::new(ProblemCode::Unavailable).retry_after_s(5)
}

/// Checks the database, and writes to the log what a stranger is not told.
fn is_ready(db: &Db) -> bool {
    let checked = db
        .ping()
        .and_then(|()| migrate::status_of(db))
        .and_then(|status| keys::verify_of(db).map(|()| status.is_current()));
    match checked {
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
