//! The receipt for somebody who was forgotten: in their language, and without a word about them.

use actix_web::{
    HttpResponse,
    http::{Method, header, header::ContentType},
};
use refero_domain::{id::ErasureRequestId, policy::ReadErasure};
use refero_store::erasures::ReceiptFacts;
use serde::Deserialize;

use super::TAG;
use crate::{
    api::{
        caller::Caller,
        extract::{Language, PathId, Query},
        operation::{Table, Takes},
        problem::Problem,
    },
    service::erasures,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReceiptQuery {
    #[serde(default)]
    language: Language,
}

/// Writes the receipt.
async fn receipt(
    caller: Caller<ReadErasure>,
    id: PathId<ErasureRequestId>,
    query: Query<ReceiptQuery>,
) -> Result<HttpResponse, Problem> {
    let facts = caller
        .read(move |reading| {
            let (event, facts) = erasures::receipt(reading, &id.0)?;
            Ok(reading.disclose(event, facts))
        })
        .await?;
    let language = query.0.language;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
        .body(written(&facts, language)))
}

fn written(facts: &ReceiptFacts, language: Language) -> String {
    let day = facts.carried_out_at.to_utc().format("%Y-%m-%d");
    let leaf: String = facts.leaf.iter().map(|byte| format!("{byte:02x}")).collect();
    let authority = &facts.authority;
    match language {
        Language::En => format!(
            "RECEIPT\n\nOn {day}, at the request of {authority}, what this service kept about you was \
             erased: your name and identity, what you told, notes, consents and reports of care. \
             Nobody can read them any more; in older copies they become unreadable within 35 days.\n\n\
             What stays, without your name: that a case existed, and codes for statistics (sex, age \
             to five years, kind of exploitation). The record of who opened your file stays too.\n\n\
             Number of this receipt in the audit log. With it, anybody can check that the erasure was \
             recorded and not changed since:\n{leaf}\n"
        ),
        Language::Fr => format!(
            "REÇU\n\nLe {day}, à la demande de {authority}, ce que ce service conservait sur vous a été \
             effacé : votre nom et votre identité, vos propos, les notes, les consentements et les \
             comptes rendus de prise en charge. Plus personne ne peut les lire ; dans les copies plus \
             anciennes, ils deviennent illisibles en 35 jours au plus.\n\n\
             Ce qui reste, sans votre nom : le fait qu’un dossier a existé, et des codes pour les \
             statistiques (sexe, âge à cinq ans près, type d’exploitation). La liste des personnes qui \
             ont ouvert votre dossier reste aussi.\n\n\
             Numéro de ce reçu dans le journal d’audit. Avec lui, chacun peut vérifier que \
             l’effacement a été inscrit et n’a pas été modifié depuis :\n{leaf}\n"
        ),
        Language::Pt => format!(
            "RECIBO\n\nEm {day}, a pedido de {authority}, foi apagado o que este serviço guardava sobre \
             si: o seu nome e a sua identidade, o que contou, as notas, os consentimentos e os \
             relatórios de acompanhamento. Já ninguém os pode ler; nas cópias mais antigas tornam-se \
             ilegíveis no prazo máximo de 35 dias.\n\n\
             O que fica, sem o seu nome: que existiu um processo, e códigos para estatísticas (sexo, \
             idade com margem de cinco anos, tipo de exploração). Fica também o registo de quem abriu \
             o seu processo.\n\n\
             Número deste recibo no registo de auditoria. Com ele, qualquer pessoa pode verificar que o \
             apagamento foi registado e não foi alterado desde então:\n{leaf}\n"
        ),
    }
}

/// The operation that gives the receipt.
pub(super) fn table(table: Table) -> Table {
    table.op(
        (Method::GET, "/v1/erasure-requests/{id}/receipt", "getErasureReceipt"),
        receipt,
        |o| {
            o.says(
                TAG,
                "Write the receipt for the person",
                "What was erased, when and by which authority, in plain words for the person, with \
                 the number under which the audit log proves it; nothing about them. 404 until it is \
                 carried out.",
            )
            .asks(&[("language", Takes::Code(&["en", "fr", "pt"]), "The language of the person.")])
            .texts(&["text/plain"])
        },
    )
}
