//! The HTTP server: the application from its table, its limits, its beginning and its end.

use std::{
    collections::BTreeSet,
    io,
    net::SocketAddr,
    sync::{Arc, LazyLock},
    time::Duration,
};

use actix_web::{
    App as ActixApp, Error, HttpServer,
    body::MessageBody,
    dev::{Server, ServerHandle, ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    rt, web,
};

use crate::api::{
    app::App,
    extract::BodyPolicy,
    observe::Observe,
    operations,
    problem::{Problem, ProblemCode},
    security_headers::SecurityHeaders,
    system,
};

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a quiet connection is kept: longer than a proxy's usual pause, shorter than a phone's.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long readiness says no before the listener closes, so that a proxy can look away.
const NOTICE: Duration = Duration::from_secs(1);

/// How the server listens, and what a request may cost.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Threads that serve requests; `None` is one for each processor.
    pub workers: Option<usize>,
    /// The largest body.
    pub body_limit_bytes: usize,
    /// The largest document.
    pub document_limit_bytes: usize,
    /// How long a request may take, from its head to its answer.
    pub request_timeout: Duration,
    /// How long requests that have begun may go on after the server was told to stop.
    pub shutdown_timeout: Duration,
    /// Whether clients reach the server over TLS only.
    pub behind_tls: bool,
}

/// A server that listens.
pub struct Running {
    address: SocketAddr,
    handle: ServerHandle,
    app: web::Data<App>,
}

impl Running {
    /// Returns where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the server to stop now or, graceful, when what has begun is done.
    pub fn stop(&self, graceful: bool) -> impl Future<Output = ()> + use<> {
        self.app.leave();
        self.handle.stop(graceful)
    }

    /// Stops the server when the process is told to: readiness goes first, so that whoever sends
    /// requests looks away; then what has begun is done; then the process ends.
    ///
    /// # Errors
    /// Fails if the signals cannot be listened for.
    pub fn stop_on_signal(self) -> io::Result<()> {
        let told = told_to_stop()?;
        rt::spawn(async move {
            told.await;
            tracing::info!("the server was told to stop");
            self.app.leave();
            rt::time::sleep(NOTICE).await;
            self.stop(true).await;
        });
        Ok(())
    }
}

/// Waits for SIGTERM or SIGINT.
///
/// # Errors
/// Fails if the signals cannot be listened for.
pub fn told_to_stop() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            drop(tokio::signal::ctrl_c().await);
        })
    }
}

/// Opens the listener and starts the threads; the [`Server`] has to be awaited.
///
/// # Errors
/// Fails if the address cannot be listened on.
pub fn start(app: Arc<App>, options: &ServerOptions) -> io::Result<(Running, Server)> {
    let app = web::Data::from(app);
    let readiness = web::Data::new(system::Readiness::default());
    let shared = app.clone();
    let (docs_enabled, behind_tls) = (app.docs_enabled(), options.behind_tls);
    let request_timeout = options.request_timeout;
    let body = BodyPolicy {
        max_bytes: options.body_limit_bytes,
        max_document_bytes: options.document_limit_bytes,
        // Shorter than the whole, so that a slow sender learns what was slow.
        read_timeout: request_timeout.mul_f32(0.9),
    };
    let mut server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(shared.clone())
            .app_data(readiness.clone())
            .app_data(body)
            .configure(|config| configure(config, docs_enabled))
            .wrap(from_fn(move |request, next| within(request_timeout, request, next)))
            .wrap(Observe)
            .wrap(SecurityHeaders::new(behind_tls))
    })
    .disable_signals()
    .client_request_timeout(HEAD_TIMEOUT)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(options.shutdown_timeout.as_secs());
    if let Some(workers) = options.workers {
        server = server.workers(workers);
    }
    let server = server.bind(options.bind)?;
    let address = server
        .addrs()
        .first()
        .copied()
        .ok_or_else(|| io::Error::other("the listener has no address"))?;
    let server = server.run();
    Ok((Running { address, handle: server.handle(), app }, server))
}

/// Registers every route: the table, the documentation if it is wanted, and 404 for the rest.
pub fn configure(config: &mut web::ServiceConfig, docs_enabled: bool) {
    operations::table().mount(config);
    if docs_enabled {
        system::docs(config);
    }
    system::default(config);
}

/// The addresses of what takes as long as it takes.
static UNHURRIED: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let table = operations::table();
    table.operations().iter().filter(|op| op.is_unhurried).map(|op| op.path).collect()
});

/// Ends a request that takes too long: the client is told to come back, and its connection is free
/// for the next request. What was handed to the database runs to its own end.
async fn within(
    limit: Duration,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if UNHURRIED.contains(request.path()) {
        return next.call(request).await;
    }
    // Nothing of the request may be kept beside the call: the router needs it alone.
    match rt::time::timeout(limit, next.call(request)).await {
        Ok(answer) => answer,
        Err(_elapsed) => Err(Problem::new(ProblemCode::Unavailable).retry_after_s(5).into()),
    }
}
