//! What an operation answers.

use utoipa::openapi::{
    ArrayBuilder, Content, ContentBuilder, HeaderBuilder, ObjectBuilder, Ref, RefOr, Response,
    ResponseBuilder, Responses, ResponsesBuilder, Schema,
    header::Header,
    schema::{SchemaType, Type},
};

use serde_json::{Value, json};

use super::example;
use crate::api::{operation::Operation, problem::PROBLEM_JSON, shape::Shape};

/// What the receipt of an act is.
const RECEIPT: &str = "The leaf hash of the event that the act has left, 64 hexadecimal digits. Within a \
                       second `/v1/audit/proofs/{leaf}` proves that the log keeps it.";

/// Returns every answer of an operation: one success, and all refusals by their range.
pub(super) fn responses(operation: &Operation) -> Responses {
    let mut all =
        ResponsesBuilder::new().response(operation.status.to_string(), success(operation));
    if operation.revalidates {
        all = all.response("304", Response::new("What the client holds is still good."));
    }
    all.response("4XX", refusal(
        "Refused. `code` says why, and `/problems/{code}` explains it; see the description.",
    ))
    .response("5XX", refusal(
        "Failed, and nothing was done: `unavailable` after `Retry-After` seconds may go through.",
    ))
    .build()
}

fn success(operation: &Operation) -> Response {
    let says = match (operation.status, &operation.answer) {
        (201, _) => "Made. `Location` is its address.",
        (204, _) => "Done.",
        (_, Some(answer)) if answer.paged => "One page.",
        _ => "What was asked for.",
    };
    let mut response = ResponseBuilder::new().description(says);
    if let Some(answer) = &operation.answer {
        let content = ContentBuilder::new()
            .schema(Some(reference(&page_or_self(answer))))
            .example(example(answer))
            .build();
        response = response.content("application/json", content);
        if answer.paged {
            response = response.header("Link", header("The next page (`rel=\"next\"`), if any."));
        } else if has_version(answer) {
            response = response.header("ETag", header("The version, for `If-Match`."));
        }
    }
    for media_type in operation.texts {
        response = response.content(*media_type, content_of(media_type));
    }
    if operation.revalidates {
        response = response.header("ETag", header("The tag of the content, for `If-None-Match`."));
    }
    if operation.gives_receipt() {
        response = response.header("Audit-Receipt", header(RECEIPT));
    }
    if operation.status == 201 {
        response = response.header("Location", header("The address of what was made."));
    }
    response.build()
}

/// Makes an example of an answer; of a list, the page that is the last.
pub(in crate::api) fn example(answer: &Shape) -> Option<Value> {
    let one = example::of(answer)?;
    Some(if answer.paged { json!({"items": [one], "next_cursor": null}) } else { one })
}

fn refusal(says: &str) -> Response {
    ResponseBuilder::new()
        .description(says)
        .content(PROBLEM_JSON, Content::new(Some(reference("Problem"))))
        .build()
}

/// YAML is read as what it says; everything else is a text.
fn content_of(media_type: &str) -> Content {
    let kind = if media_type == "application/yaml" { Type::Object } else { Type::String };
    let content: RefOr<Schema> = ObjectBuilder::new().schema_type(kind).into();
    ContentBuilder::new().schema(Some(content)).build()
}

fn header(says: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(says))
        .build()
}

/// Returns the name of the schema that is answered: the page of it, if it is a list.
pub(super) fn page_or_self(answer: &Shape) -> String {
    if answer.paged { format!("{}Page", answer.name) } else { answer.name.clone() }
}

/// Describes one page of a list.
pub(super) fn page_of(answer: &Shape) -> RefOr<Schema> {
    let text_or_null = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new()
        .description(Some("One page of a list."))
        .property(
            "items",
            ArrayBuilder::new()
                .items(reference(&answer.name))
                .description(Some("The rows, in the order of the list.")),
        )
        .required("items")
        .property(
            "next_cursor",
            ObjectBuilder::new()
                .schema_type(text_or_null)
                .description(Some("Where the list goes on; null on the last page.")),
        )
        .required("next_cursor")
        .into()
}

pub(super) fn reference(name: &str) -> Ref {
    Ref::from_schema_name(name)
}

fn has_version(answer: &Shape) -> bool {
    answer.schemas.iter().any(|(name, schema)| {
        *name == answer.name
            && matches!(schema, RefOr::T(Schema::Object(object)) if object
                .properties
                .get("version")
                .is_some_and(is_number))
    })
}

/// The version of a document is a text; that of a record is a number.
fn is_number(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object))
        if object.schema_type == SchemaType::Type(Type::Integer))
}
