//! The one doorway from a handler to the database.
//!
//! A handler that takes `Caller<A>` has proved who knocks and names what it will do; it reaches rows
//! only through [`Caller::read`] and [`Caller::write`], in whose transaction session, user and roles
//! are read anew. A refusal is recorded before it is answered (R14).

mod stranger;

pub use stranger::Stranger;

use std::{
    future::{Ready, ready},
    marker::PhantomData,
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use refero_domain::{
    event::{Event, Operation},
    id::UserId,
    instant::Instant,
    policy::{self, Action, AsksPassword},
    second_factor::FactorRules,
};
use refero_store::{
    Db, Error,
    credentials::{Credentials, PasswordContext},
    once::Once,
    refusals::{Named, TurnedAway},
    unit::{Audited, Disclosed, Principal, Reading, Request, Tx},
};

use crate::{
    api::{
        app::App,
        extract::{BodyDigest, OptionalIdempotencyKey, Purpose, fingerprint},
        observe::RequestId,
        own_language,
        problem::{Problem, ProblemCode},
        refused,
    },
    authn::token::{Bearer, TokenRefusal},
};

/// Somebody who knocks in order to do `A`.
pub struct Caller<A> {
    app: web::Data<App>,
    request: Request,
    user_id: UserId,
    key: OptionalIdempotencyKey,
    named: Vec<Named>,
    http: HttpRequest,
    action: PhantomData<fn() -> A>,
}

impl<A: Action> Caller<A> {
    /// Looks; answers after the trail has it.
    ///
    /// # Errors
    /// The [`Problem`] of whatever was refused or failed.
    pub async fn read<T: Send + 'static>(
        self,
        look: impl FnOnce(&mut Reading<'_>) -> Result<Disclosed<T>, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (db, rules) = (self.app.db().clone(), self.app.second_factor().clone());
        let (request, named) = (self.request, self.named);
        in_background(move || {
            db.read(&request, |reading| {
                admit::<A>(reading, &rules)?;
                look(reading)
            })
            .map_err(|error| refuse(&db, (request, named), A::NAME, error))
        })
        .await
    }

    /// Acts; answers after act and event are committed. The closure may run more than once.
    ///
    /// # Errors
    /// The [`Problem`] of whatever was refused or failed.
    pub async fn write<T: Send + 'static>(
        self,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        self.write_then(act, |_, _, value| value).await
    }

    /// As [`Self::write`]. Then what was committed is finished apart from the act, so that nobody who writes
    /// waits for it: with what the house itself finds about it at the moment of the act, and cannot fail.
    ///
    /// # Errors
    /// The [`Problem`] of whatever was refused or failed.
    pub async fn write_then<T: Send + 'static, U: Send + 'static>(
        self,
        act: impl Fn(&mut Tx<'_>) -> Result<Audited<T>, Error> + Send + 'static,
        finish: impl FnOnce(&Db, Instant, T) -> U + Send + 'static,
    ) -> Result<U, Problem> {
        let (db, rules) = (self.app.db().clone(), self.app.second_factor().clone());
        let (request, named) = (self.request, self.named);
        let (value, receipt) = in_background(move || {
            let (again, now) = (request.clone(), request.now);
            let admitted = move |tx: &mut Tx<'_>| {
                admit::<A>(tx, &rules)?;
                act(tx)
            };
            if A::IN_CASE {
                db.write_in_case(A::NAME, request, admitted)
            } else {
                db.write_for_receipt(A::NAME, request, admitted)
            }
            .map(|(value, receipt)| (finish(&db, now, value), receipt))
            .map_err(|error| refuse(&db, (again, named), A::NAME, error))
        })
        .await?;
        self.http.extensions_mut().insert(receipt);
        Ok(value)
    }

    /// Acts for each of many, each in a transaction of its own: what is refused of one takes nothing from the
    /// others, and is recorded like every refusal. First it begins; what is refused there is refused of all.
    /// When the database is gone, the rest is not tried.
    ///
    /// # Errors
    /// The [`Problem`] of what was refused at the beginning.
    pub async fn write_each<I: Clone + Send + 'static, T: Send + 'static, U: Send + 'static>(
        self,
        begin: impl Fn(&mut Tx<'_>) -> Result<Audited<()>, Error> + Send + 'static,
        items: Vec<I>,
        act: impl Fn(&mut Tx<'_>, &I) -> Result<Audited<T>, Error> + Clone + Send + 'static,
        finish: impl Fn(&Db, Instant, T) -> U + Send + 'static,
    ) -> Result<Vec<Result<U, Problem>>, Problem> {
        let (db, rules) = (self.app.db().clone(), self.app.second_factor().clone());
        let (request, named) = (self.request, self.named);
        let (outcomes, receipt) = in_background(move || {
            let now = request.now;
            let told = |error| refuse(&db, (request.clone(), named.clone()), A::NAME, error);
            let admitting = rules.clone();
            let ((), receipt) = db
                .write_for_receipt(A::NAME, request.clone(), move |tx: &mut Tx<'_>| {
                    admit::<A>(tx, &admitting)?;
                    begin(tx)
                })
                .map_err(told)?;
            let mut outcomes: Vec<Result<U, Problem>> = Vec::with_capacity(items.len());
            let mut is_gone = false;
            for item in items {
                if is_gone {
                    outcomes.push(Err(Problem::new(ProblemCode::Unavailable)));
                    continue;
                }
                let (act, rules) = (act.clone(), rules.clone());
                let admitted = move |tx: &mut Tx<'_>| {
                    admit::<A>(tx, &rules)?;
                    act(tx, &item)
                };
                let outcome = db.write_in_case(A::NAME, request.clone(), admitted);
                let outcome = outcome.map(|(value, _)| finish(&db, now, value)).map_err(told);
                is_gone =
                    matches!(&outcome, Err(problem) if problem.code() == ProblemCode::Unavailable);
                outcomes.push(outcome);
            }
            Ok((outcomes, receipt))
        })
        .await?;
        self.http.extensions_mut().insert(receipt);
        Ok(outcomes)
    }

    /// Returns what makes a repeat of this request safe, if the client sent a key.
    #[must_use]
    pub fn once(&self, digest: &BodyDigest) -> Option<Once> {
        let key = self.key.0.as_ref()?;
        Some(Once {
            key: key.as_str().to_owned(),
            operation: A::NAME,
            fingerprint: fingerprint(self.http.method(), self.http.uri().path(), digest)
                .as_bytes()
                .to_vec(),
        })
    }

    /// As [`Self::once`], where a repeat without key or client-made id would act twice.
    ///
    /// # Errors
    /// `idempotency-key-missing` if the client sent neither.
    pub fn once_or_id(&self, digest: &BodyDigest, has_id: bool) -> Result<Option<Once>, Problem> {
        if !has_id && self.key.0.is_none() {
            return Err(Problem::new(ProblemCode::IdempotencyKeyMissing));
        }
        Ok(self.once(digest))
    }

    /// Returns what handlers share.
    #[must_use]
    pub fn app(&self) -> Arc<App> {
        self.app.clone().into_inner()
    }

    /// Returns the account that knocks, for binding cursors to it.
    #[must_use]
    pub const fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// Returns the request itself.
    #[must_use]
    pub const fn http(&self) -> &HttpRequest {
        &self.http
    }
}

impl<A: Action + AsksPassword> Caller<A> {
    /// Reads what the caller's own password is checked against. It goes to the hasher, and the
    /// outcome to the trail.
    ///
    /// # Errors
    /// The [`Problem`] of whatever was refused or failed.
    pub async fn own_credentials(&self) -> Result<(Credentials, PasswordContext), Problem> {
        let db = self.app.db().clone();
        let request = self.request.clone();
        in_background(move || {
            db.own_credentials(&request)
                .map_err(|error| refuse(&db, (request, Vec::new()), A::NAME, error))
        })
        .await
    }
}

/// Lets a caller in, or not: by their roles, and by the proof of their second factor if the action
/// asks for one. Nothing has been looked for yet, so that the answer is the same whatever is there.
fn admit<A: Action>(reading: &Reading<'_>, rules: &FactorRules) -> Result<(), Error> {
    policy::admit::<A>(reading.actor()?)?;
    reading.expect_factor::<A>(rules)
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    web::block(work).await.map_err(Problem::internal)?
}

/// Records a refusal in the trail and turns it into a problem. If it cannot be recorded, the caller
/// learns nothing but that the service is unavailable.
fn refuse(
    db: &Db,
    (request, named): (Request, Vec<Named>),
    action: &'static str,
    error: Error,
) -> Problem {
    let Some(event) = refused::event(action, &error) else {
        return refused::problem(error);
    };
    // The refused caller may not be who the token says any more; who it said is still recorded.
    match db.record_refusal(TurnedAway { request, named, event }) {
        Ok(()) => refused::problem(error),
        Err(failure) => refused::problem(failure),
    }
}

fn shared(http: &HttpRequest) -> Result<web::Data<App>, Problem> {
    http.app_data::<web::Data<App>>()
        .cloned()
        .ok_or_else(|| Problem::internal("the application is not registered"))
}

fn request(
    app: &App,
    http: &HttpRequest,
    principal: Principal,
    purpose: Option<String>,
) -> Request {
    Request {
        principal,
        now: app.now(),
        request_id: http.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()),
        network: app.network_of(http),
        purpose,
    }
}

impl<A: Action> FromRequest for Caller<A> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mut caller = || {
            let app = shared(http)?;
            let nobody = || {
                let code = ProblemCode::NotAuthenticated;
                stranger_refused(&app, http, A::NAME, (Principal::Nobody, code))
            };
            let token = bearer(http).ok_or_else(nobody)?;
            let now = app.now().to_utc();
            let claims = app.tokens().verify(token, now).map_err(|refusal| match refusal {
                TokenRefusal::Invalid => nobody(),
                TokenRefusal::Expired => {
                    let named = app.tokens().former_bearer(token, now);
                    let principal = named.and_then(|bearer| principal(&bearer));
                    let principal = principal.unwrap_or(Principal::Nobody);
                    stranger_refused(&app, http, A::NAME, (principal, ProblemCode::TokenExpired))
                }
            })?;
            let purpose = Purpose::from_request(http, payload).into_inner()?;
            let key = OptionalIdempotencyKey::from_request(http, payload).into_inner()?;
            let bearer = claims.bearer().ok_or_else(nobody)?;
            let user_id: UserId = bearer.user.to_string().parse().map_err(|_| nobody())?;
            own_language::remember(http, &user_id);
            let principal = principal(&bearer).ok_or_else(nobody)?;
            let named = refused::named(http);
            let request = request(
                &app,
                http,
                principal,
                purpose.0.map(|purpose| purpose.as_str().to_owned()),
            );
            let http = http.clone();
            Ok(Self { app, request, user_id, key, named, http, action: PhantomData })
        };
        ready(caller())
    }
}

/// Reads the bearer token. Of two headers none is read: somebody on the way added one.
fn bearer(http: &HttpRequest) -> Option<&str> {
    let mut values = http.headers().get_all("authorization");
    let value = values.next().filter(|_| values.next().is_none())?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Names who acts by what a token says.
fn principal(bearer: &Bearer) -> Option<Principal> {
    let session_id = bearer.session.to_string().parse().ok()?;
    let user_id = bearer.user.to_string().parse().ok()?;
    Some(Principal::Session { session_id, user_id })
}

/// Hands over to the recorder that somebody was turned away: the answer needs no database, so a
/// flood of bad tokens must not wait for one.
fn stranger_refused(
    app: &web::Data<App>,
    http: &HttpRequest,
    action: &'static str,
    (principal, code): (Principal, ProblemCode),
) -> Problem {
    app.refusals().note(TurnedAway {
        request: request(app, http, principal, None),
        named: refused::named(http),
        event: Event::named(action, Operation::Execute).refused(code.as_str()),
    });
    Problem::new(code)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn read(values: &[&str]) -> Option<String> {
        let mut request = TestRequest::get();
        for value in values {
            request = request.append_header(("authorization", *value));
        }
        bearer(&request.to_http_request()).map(str::to_owned)
    }

    proptest! {
        #[test]
        fn a_token_comes_back_as_it_was_sent(scheme in "[Bb][Ee][Aa][Rr][Ee][Rr]", token in "[!-~]{1,80}") {
            let sent = format!("{scheme} {token}");
            prop_assert_eq!(read(&[&sent]), Some(token));
            prop_assert_eq!(read(&[&sent, &sent]), None);
        }

        #[test]
        fn no_header_breaks_the_reader(value in "[ -~]{0,60}") {
            let says_bearer = value.to_ascii_lowercase().starts_with("bearer ");
            prop_assert_eq!(read(&[&value]).is_some(), says_bearer);
        }
    }
}
