//! The language that a user has chosen, for what is told in words (R20).
//!
//! Only a refusal is told in words, so only for a refusal it is looked up, by the verified token that
//! came with the request: also where a body was refused before anything else was read.

use actix_web::{HttpMessage, HttpRequest, web};
use refero_domain::id::UserId;
use refero_store::accounts::chosen_language;

use super::{app::App, extract::Language};

/// Whose verified token came with a request.
#[derive(Clone)]
struct Named(UserId);

/// Remembers with a request whose verified token came with it.
pub(super) fn remember(request: &HttpRequest, user_id: &UserId) {
    request.extensions_mut().insert(Named(user_id.clone()));
}

/// Lets the user's own language, if one was chosen, go before what the client accepts.
///
/// Whoever is not named, or cannot be found just now, is told in a language that the client accepts.
pub(super) async fn prefer(request: &HttpRequest) {
    let named = request.extensions().get::<Named>().cloned();
    let app = request.app_data::<web::Data<App>>().cloned();
    let (Some(Named(user_id)), Some(app)) = (named, app) else {
        return;
    };
    let found = web::block(move || chosen_language(app.db(), &user_id)).await;
    if let Ok(Ok(Some(code))) = found
        && let Some(language) = Language::from_tag(&code)
    {
        language.prefer(request);
    }
}
