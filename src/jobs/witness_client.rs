//! Asking a witness over HTTP (C2SP `tlog-witness`). It may take its time, be away or be somebody
//! else: everything about it has a limit, and nothing that it answers is believed unchecked.

use std::{sync::Arc, time::Duration};

use refero_store::{Error, Result};
use rustls::crypto::aws_lc_rs;
use ureq::{
    Agent,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

/// How long a witness may take to take the call.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may take for all of it.
const ALL: Duration = Duration::from_secs(15);
/// The most bytes of an answer that are read.
const LONGEST: u64 = 16_384;

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has signed: the lines of its signatures.
    Signed(String),
    /// It saw another tree last, of so many leaves.
    Conflict(u64),
    /// What it saw is not the beginning of what it was sent.
    Rewritten,
    /// Anything else: it does not know the log or its key, or is no witness.
    Other(u16),
}

/// Who asks.
pub(super) struct Client(Agent);

impl Client {
    pub(super) fn new() -> Self {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(error = %error, "some authorities of TLS could not be read");
        }
        let roots: Vec<Certificate<'static>> =
            found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ALL))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("refero/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(agent.new_agent())
    }

    /// Sends a checkpoint.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if no answer came.
    pub(super) fn add_checkpoint(&self, url: &str, body: &str) -> Result<Answer> {
        let away = |error: ureq::Error| Error::Unavailable(Box::new(error));
        let sent = self.0.post(format!("{url}/add-checkpoint")).send(body);
        let mut response = sent.map_err(away)?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(LONGEST).read_to_string();
        Ok(match (status, text.map_err(away)?) {
            (200, lines) => Answer::Signed(lines),
            (409, size) => size.trim_end().parse().map_or(Answer::Other(409), Answer::Conflict),
            (422, _) => Answer::Rewritten,
            (other, _) => Answer::Other(other),
        })
    }
}
