//! The listener of its own on which metrics are served: no token, so no address that others reach.

use std::{io, net::SocketAddr, time::Duration};

use actix_web::{
    App as ActixApp, HttpResponse, HttpServer,
    dev::Server,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web::{self, Data},
};

use crate::api::app::App;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long somebody may take to send a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Opens the listener; the [`Server`] has to be awaited or spawned.
///
/// # Errors
/// Fails if the address cannot be listened on.
pub fn listen(app: Data<App>, bind: SocketAddr) -> io::Result<(SocketAddr, Server)> {
    let served = move || {
        ActixApp::new().app_data(Data::clone(&app)).route("/metrics", web::get().to(metrics))
    };
    let server = HttpServer::new(served)
        .workers(1)
        .disable_signals()
        .client_request_timeout(PATIENCE)
        .shutdown_timeout(1)
        .bind(bind)?;
    let address = server.addrs().first().copied();
    let address = address.ok_or_else(|| io::Error::other("the listener has no address"))?;
    Ok((address, server.run()))
}

async fn metrics(app: Data<App>) -> HttpResponse {
    match web::block(move || app.metrics_text()).await {
        Ok(Ok(text)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, OPEN_METRICS))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(text),
        Ok(Err(_)) | Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
