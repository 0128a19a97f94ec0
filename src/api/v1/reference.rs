//! What every form and label draws from: code lists and the country profile.
//!
//! The same for everybody and about nobody, so that reading it leaves no event; it still needs a
//! sign-in, because a country profile names bodies and duties that a country may not publish.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::Method};
use refero_domain::{
    policy::ReadReference,
    profile::CountryProfile,
    reference::{CodeList, CodeLists},
};
use serde::Serialize;

use crate::api::{
    caller::Caller,
    extract::PathId,
    operation::Table,
    problem::{Problem, ProblemCode},
    revalidate::Document,
};

/// Kept by the client alone, and asked for again after an hour.
pub(super) const CACHE: &str = "private, max-age=3600";

static CODE_LISTS: LazyLock<Option<Document>> = LazyLock::new(|| json(CodeLists::embedded()));

/// Adds the operations of the reference data.
pub fn table(table: Table) -> Table {
    table
        .op((Method::GET, "/v1/code-lists", "getCodeLists"), code_lists, |o| {
            o.says(
                "reference",
                "Show all code lists",
                "Every list with its codes, labels in English, French and Portuguese, and the \
                 codes of the Human Trafficking Case Data Standard: one request for a client that \
                 works offline. Codes never change; labels may. Send `If-None-Match` to be told \
                 304 while nothing has changed. Refusals are audited, readings are not (R20).",
            )
            .shows::<CodeLists>()
            .revalidates()
            .unrecorded()
        })
        .op((Method::GET, "/v1/code-lists/{id}", "getCodeList"), code_list, |o| {
            o.says(
                "reference",
                "Show one code list",
                "The list whose id is the name of the field that uses it. 404 for a list that \
                 does not exist. Refusals are audited, readings are not (R20).",
            )
            .names(&[("id", "actor_role")])
            .shows::<CodeList>()
            .revalidates()
            .unrecorded()
        })
        .op((Method::GET, "/v1/country-profile", "getCountryProfile"), country_profile, |o| {
            o.says(
                "reference",
                "Show the country profile",
                "Who coordinates and identifies, the areas, the legal bases, the deadlines: \
                 everything by which one country differs from another, each entry with its source \
                 and how far it may be relied on (R19). Refusals are audited, readings are not.",
            )
            .shows::<CountryProfile>()
            .revalidates()
            .unrecorded()
        })
}

fn json(value: &impl Serialize) -> Option<Document> {
    let body = serde_json::to_string(value).ok()?;
    Some(Document::new("application/json", body))
}

/// Lets the caller in, then answers with the document.
async fn show(
    caller: Caller<ReadReference>,
    document: Option<Document>,
) -> Result<HttpResponse, Problem> {
    let request = caller.http().clone();
    caller.read(|reading| Ok(reading.admit())).await?;
    let document = document.ok_or_else(|| Problem::internal("reference data has no JSON form"))?;
    Ok(document.respond(&request, CACHE))
}

async fn code_lists(caller: Caller<ReadReference>) -> Result<HttpResponse, Problem> {
    show(caller, CODE_LISTS.clone()).await
}

async fn code_list(
    caller: Caller<ReadReference>,
    PathId(id): PathId<String>,
) -> Result<HttpResponse, Problem> {
    match CodeLists::embedded().list(&id) {
        Some(list) => show(caller, json(list)).await,
        None => not_found(caller).await,
    }
}

async fn country_profile(caller: Caller<ReadReference>) -> Result<HttpResponse, Problem> {
    let profile = json(caller.app().profile().as_ref());
    show(caller, profile).await
}

/// Tells a caller who was let in that there is nothing of that name.
async fn not_found(caller: Caller<ReadReference>) -> Result<HttpResponse, Problem> {
    caller.read(|reading| Ok(reading.admit())).await?;
    Err(ProblemCode::NotFound.into())
}
