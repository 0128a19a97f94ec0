//! The doorway of those whom nobody knows yet.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use refero_domain::{event::Event, instant::Instant};
use refero_store::{
    Error,
    credentials::{Credentials, PasswordContext, SecretDigest},
    refusals::TurnedAway,
    unit::{Audited, Principal, Request, Tx},
};

use super::{in_background, request, shared};
use crate::{
    api::{
        app::App,
        problem::{Problem, ProblemCode},
        refused,
    },
    service::sign_in,
};

/// Somebody who has not signed in. Only signing in, refreshing and activating take it.
pub struct Stranger {
    app: web::Data<App>,
    request: Request,
    http: HttpRequest,
}

impl Stranger {
    /// Reads what a sign-in under a name is checked against. It goes to the hasher, and the outcome
    /// to the trail.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn credentials(&self, username: &str) -> Result<Credentials, Problem> {
        let (db, username) = (self.app.db().clone(), username.to_owned());
        let network = self.request.network.clone();
        in_background(move || {
            db.credentials(&username, network.as_deref()).map_err(refused::problem)
        })
        .await
    }

    /// Reads who may activate an account with a secret, and what the password must avoid.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn invited(
        &self,
        username: &str,
        secret: &SecretDigest,
    ) -> Result<Option<PasswordContext>, Problem> {
        let (db, username, secret) = (self.app.db().clone(), username.to_owned(), *secret);
        let now = self.request.now;
        in_background(move || db.invited(&username, &secret, now).map_err(refused::problem)).await
    }

    /// Says whether a refresh token was ever handed out.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn knows_refresh_token(&self, digest: &SecretDigest) -> Result<bool, Problem> {
        let (db, digest) = (self.app.db().clone(), *digest);
        in_background(move || db.knows_refresh_token(&digest).map_err(refused::problem)).await
    }

    /// Returns the whole seconds until another failure from this network is looked at; nothing if it
    /// may be now.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn network_wait_s(&self) -> Result<Option<u32>, Problem> {
        let (db, network) = (self.app.db().clone(), self.request.network.clone());
        let read = move || db.network_empty_at(network.as_deref()).map_err(refused::problem);
        let empty_at = in_background(read).await?;
        Ok(sign_in::network_wait_s(empty_at, self.app.sign_in(), self.now()))
    }

    /// Turns an attempt away that comes too early. The trail has it soon: a flood must not wait for
    /// the database.
    #[must_use]
    pub fn turned_away(&self, event: Event, wait_s: u32) -> Problem {
        let (request, named) = (self.request.clone(), Vec::new());
        self.app.refusals().note(TurnedAway { request, named, event });
        Problem::new(ProblemCode::TooManyAttempts).retry_after_s(wait_s)
    }

    /// Returns the moment of the act.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.request.now
    }

    /// Acts before anybody is known.
    ///
    /// # Errors
    /// The [`Problem`] of whatever was refused or failed.
    pub async fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let db = self.app.db().clone();
        let request = self.request.clone();
        let write = move || db.write_for_receipt(name, request, act).map_err(refused::problem);
        let (value, receipt) = in_background(write).await?;
        self.http.extensions_mut().insert(receipt);
        Ok(value)
    }

    /// Returns what handlers share.
    #[must_use]
    pub fn app(&self) -> Arc<App> {
        self.app.clone().into_inner()
    }

    /// Returns the truncated network the request came from.
    #[must_use]
    pub fn network(&self) -> Option<&str> {
        self.request.network.as_deref()
    }
}

impl FromRequest for Stranger {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(http: &HttpRequest, _: &mut Payload) -> Self::Future {
        let stranger = || {
            let app = shared(http)?;
            let request = request(&app, http, Principal::Nobody, None);
            Ok(Self { app, request, http: http.clone() })
        };
        ready(stranger())
    }
}
