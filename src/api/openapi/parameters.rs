//! Path, query and header parameters of an operation.

use actix_web::http::Method;
use serde_json::json;
use utoipa::{
    PartialSchema,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat,
        path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
        schema::Type,
    },
};

use crate::api::{
    extract::AccessPurpose,
    operation::{Operation, StatedPurpose, Takes},
    page::Limit,
    shape::Shape,
};

/// Returns every parameter, in the order path, query, headers.
pub(super) fn parameters(operation: &Operation) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = path_parameters(operation);
    all.extend(operation.query.iter().map(|(name, takes, says)| filter(name, *takes, says)));
    if operation.answer.as_ref().is_some_and(|answer| answer.paged) {
        let limit = query("limit", "How many rows a page has at the most.", Limit::schema());
        let says = "Where the list goes on: `next_cursor` of the page before. It is good for the \
                    same filters and the same caller only.";
        all.extend([limit.build(), query("cursor", says, text().into()).build()]);
    }
    all.extend(headers(operation));
    all
}

fn path_parameters(operation: &Operation) -> Vec<Parameter> {
    let names = operation
        .path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')));
    names
        .map(|name| {
            let example = operation.names.iter().find(|(known, _)| *known == name);
            let builder = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True);
            match example {
                Some((_, example)) => builder
                    .description(Some("A name; see the description."))
                    .schema(Some(text().min_length(Some(1)).max_length(Some(100))))
                    .example(Some(json!(example))),
                None => {
                    builder.description(Some("A random UUID (version 4).")).schema(Some(uuid()))
                }
            }
            .build()
        })
        .collect()
}

fn query(name: &str, says: &str, schema: RefOr<Schema>) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(says))
        .schema(Some(schema))
}

/// Describes one filter of a list by what it takes.
fn filter(name: &str, takes: Takes, says: &str) -> Parameter {
    let one = |schema: ObjectBuilder| query(name, says, schema.into()).build();
    // `state=sent,received`: one parameter, values separated by commas.
    let several = |items: ObjectBuilder| {
        let list = ArrayBuilder::new().items(items).min_items(Some(1)).max_items(Some(50));
        query(name, says, list.into())
            .style(Some(ParameterStyle::Form))
            .explode(Some(false))
            .build()
    };
    let moment = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    match takes {
        Takes::Flag => one(ObjectBuilder::new().schema_type(Type::Boolean)),
        Takes::Id => one(uuid()),
        Takes::Moment => one(moment),
        Takes::Word => one(text()),
        Takes::Words => several(text().min_length(Some(1))),
        Takes::Code(codes) => one(text().enum_values(Some(codes.iter().copied()))),
        Takes::Codes(codes) => several(text().enum_values(Some(codes.iter().copied()))),
    }
}

fn headers(operation: &Operation) -> Vec<Parameter> {
    let mut all = Vec::new();
    if operation.if_match {
        all.push(header(
            "If-Match",
            "The `ETag` of the version that the change starts from. Without it 428, with an old \
             one 412 and `current_version`.",
            true,
            text().pattern(Some("^\"[0-9]+\"$")).examples([json!("\"1\"")]),
        ));
    }
    if operation.method == Method::POST && !operation.is_open && operation.action.is_some() {
        let required = operation.needs_key && !has_client_id(operation.body.as_ref());
        all.push(header(
            "Idempotency-Key",
            "A text of your own for this one act, such as a UUID: a repeat with the same key acts \
             once. Kept for 72 hours.",
            required,
            text()
                .pattern(Some("^[!-~]{1,255}$"))
                .examples([json!("7d4f3c52-3f8e-4f0b-9a7e-2f6f7f0f9a11")]),
        ));
    }
    if let Some(stated) = operation.purpose {
        let names = AccessPurpose::ALL.iter().map(|purpose| purpose.as_str());
        all.push(header(
            "Access-Purpose",
            "Why personal data is read; it is stored with the reading (R14). Where it is not required, \
             the usual purpose of the caller's role is stored.",
            stated == StatedPurpose::Required,
            text().enum_values(Some(names)),
        ));
    }
    if operation.revalidates {
        all.push(header(
            "If-None-Match",
            "The `ETag` that the client holds: 304 if it is still good.",
            false,
            text(),
        ));
    }
    all.push(header(
        "Accept-Language",
        "The language of titles and details: `en`, `fr` or `pt`. The language that the user has \
         chosen (`PATCH /v1/me`) goes before it. Codes are never translated.",
        false,
        text().examples([json!("fr")]),
    ));
    all
}

fn has_client_id(body: Option<&(Shape, serde_json::Value)>) -> bool {
    let Some((shape, _)) = body else { return false };
    shape.schemas.iter().any(|(name, schema)| {
        *name == shape.name
            && matches!(schema, RefOr::T(Schema::Object(object)) if object.properties.contains_key("id"))
    })
}

fn header(name: &str, says: &str, required: bool, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(if required { Required::True } else { Required::False })
        .description(Some(says))
        .schema(Some(schema))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn uuid() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
}
