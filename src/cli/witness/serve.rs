//! A witness over HTTP: `POST /add-checkpoint` of C2SP `tlog-witness`.

use std::{net::SocketAddr, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::header::ContentType,
    rt::System,
    web::{self, Bytes, Data, PayloadConfig},
};

use super::{CliError, now_s};
use crate::{
    cli::serve::stopped,
    witness::{Refusal, Submission, Witness},
};

/// A size, 63 hashes and a checkpoint with many signatures have fewer bytes.
const LONGEST: usize = 65_536;

/// How long somebody may take to send a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Answers until the process is told to stop.
///
/// # Errors
/// Says that the address cannot be listened on.
pub(super) fn serve(witness: Witness, bind: SocketAddr) -> Result<(), CliError> {
    let key = witness.cosigner().verifier_key().to_owned();
    let witness = Data::new(witness);
    let app = move || {
        App::new()
            .app_data(Data::clone(&witness))
            .app_data(PayloadConfig::new(LONGEST))
            .route("/add-checkpoint", web::post().to(add_checkpoint))
    };
    System::new().block_on(async move {
        let server = HttpServer::new(app)
            .workers(1)
            .client_request_timeout(PATIENCE)
            .bind(bind)
            .map_err(|e| CliError::System("the address cannot be listened on", e))?;
        tracing::info!(address = %bind, key, "watching");
        server.run().await.map_err(stopped)
    })
}

async fn add_checkpoint(witness: Data<Witness>, body: Bytes) -> HttpResponse {
    let now_s = now_s();
    let added =
        web::block(move || Submission::read(&body).and_then(|sent| witness.add(&sent, now_s)));
    match added.await {
        Ok(Ok(line)) => HttpResponse::Ok().content_type(ContentType::plaintext()).body(line),
        Ok(Err(refusal)) => refused(&refusal),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

fn refused(refusal: &Refusal) -> HttpResponse {
    match refusal {
        Refusal::Malformed => HttpResponse::BadRequest().finish(),
        Refusal::UnknownLog => HttpResponse::NotFound().finish(),
        Refusal::Signature => HttpResponse::Forbidden().finish(),
        Refusal::Conflict { seen } => conflict(*seen),
        Refusal::Behind { seen } => {
            tracing::error!(
                reason = %refusal,
                "a log has fewer leaves than were seen: it is an old copy, or two of its servers \
                 ask at once"
            );
            conflict(*seen)
        }
        Refusal::Forked { seen } => {
            tracing::error!(reason = %refusal, "a log contradicts what it has signed before");
            conflict(*seen)
        }
        Refusal::Rewritten { .. } => {
            tracing::error!(reason = %refusal, "a log contradicts what it has signed before");
            HttpResponse::UnprocessableEntity().finish()
        }
        Refusal::Forgetful(cause) => {
            tracing::error!(
                error = refero_store::with_causes(cause),
                "what was seen cannot be read or kept, so that nothing is signed"
            );
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn conflict(seen: u64) -> HttpResponse {
    HttpResponse::Conflict().content_type("text/x.tlog.size").body(format!("{seen}\n"))
}
