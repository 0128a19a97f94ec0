//! Documents that change seldom: an ETag of their content, and 304 to who holds them already.

use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::api::extract::if_none_match_tag;

/// A document with the tag of its content.
#[derive(Debug, Clone)]
pub struct Document {
    media_type: &'static str,
    body: String,
    tag: String,
}

impl Document {
    /// Takes a text together with its media type.
    #[must_use]
    pub fn new(media_type: &'static str, body: String) -> Self {
        let digest = Sha256::digest(body.as_bytes());
        // Half of it is enough to tell two versions apart, and short on a slow line.
        let half: Vec<u8> = digest.iter().take(16).copied().collect();
        Self { media_type, body, tag: URL_SAFE_NO_PAD.encode(half) }
    }

    /// Answers with the document, or that the one which the client holds is still good.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest, cache_control: &'static str) -> HttpResponse {
        let held = if_none_match_tag(request, &self.tag);
        let mut answer = if held { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer
            .insert_header((header::ETAG, format!("\"{}\"", self.tag)))
            .insert_header((header::CACHE_CONTROL, cache_control));
        if held {
            return answer.finish();
        }
        answer.content_type(self.media_type).body(self.body.clone())
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.body
    }
}
