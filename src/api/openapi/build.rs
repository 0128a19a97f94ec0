//! Puts the description together.

use std::collections::BTreeMap;

use actix_web::http::Method;
use utoipa::{
    ToSchema,
    openapi::{
        ComponentsBuilder, Content, ContentBuilder, HttpMethod, InfoBuilder, License,
        ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, RefOr, Required, Schema,
        Server,
        extensions::ExtensionsBuilder,
        path::{Operation as Described, OperationBuilder},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use super::{
    parameters::parameters,
    responses::{page_of, page_or_self, reference, responses},
    texts::{ABOUT, TAGS},
};
use crate::api::{
    operation::{Operation, Table},
    problem::ProblemBody,
};

const SCHEME: &str = "bearer";

/// Builds the description of a table.
#[must_use]
pub fn build(table: &Table) -> OpenApi {
    let mut license = License::new("Apache-2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    let info = InfoBuilder::new()
        .title("Refero")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license));
    let mut paths = PathsBuilder::new();
    for operation in table.operations() {
        let item = PathItem::new(method(&operation.method), described(operation));
        paths = paths.path(operation.path, item);
    }
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("The `access_token` of `POST /v1/session`."));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas(table).into_iter().map(|(name, found)| (name, found.schema)))
        .security_scheme(SCHEME, SecurityScheme::Http(scheme.build()));
    let used = |name: &str| table.operations().iter().any(|operation| operation.tag == name);
    let tags = TAGS
        .iter()
        .filter(|(name, _)| used(name))
        .map(|(name, says)| TagBuilder::new().name(*name).description(Some(*says)).build());
    OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([Server::new("/")]))
        .paths(paths)
        .components(Some(components.build()))
        .tags(Some(tags))
        .build()
}

fn described(operation: &Operation) -> Described {
    let unsigned = if operation.is_open { "none" } else { "sign-in" };
    let permission = operation.action.unwrap_or(unsigned);
    let recorded = operation.action.filter(|_| !operation.is_unrecorded);
    let audited = recorded.or(operation.audited_as).unwrap_or("none");
    let security = if operation.action.is_some() {
        SecurityRequirement::new::<_, [&str; 0], &str>(SCHEME, [])
    } else {
        SecurityRequirement::default()
    };
    let marks =
        ExtensionsBuilder::new().add("x-permission", permission).add("x-audit-action", audited);
    let marks = if operation.steps_up { marks.add("x-step-up", true) } else { marks };
    OperationBuilder::new()
        .operation_id(Some(operation.id))
        .tag(operation.tag)
        .summary(Some(operation.summary))
        .description(Some(operation.description))
        .parameters(Some(parameters(operation)))
        .request_body(body(operation))
        .responses(responses(operation))
        .security(security)
        .extensions(Some(marks.build()))
        .build()
}

fn body(operation: &Operation) -> Option<RequestBody> {
    let mut body = RequestBodyBuilder::new();
    if let Some((shape, example)) = operation.body.as_ref() {
        let content: Content = ContentBuilder::new()
            .schema(Some(reference(&shape.name)))
            .example(Some(example.clone()))
            .build();
        body = body.content("application/json", content);
    } else if operation.body_texts.is_empty() {
        return None;
    }
    for (media_type, example) in operation.body_texts {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new()
            .schema(Some(RefOr::from(text.build())))
            .example(Some(serde_json::json!(example)))
            .build();
        body = body.content(*media_type, content);
    }
    let required = if operation.is_body_optional { Required::False } else { Required::True };
    Some(body.required(Some(required)).build())
}

fn method(method: &Method) -> HttpMethod {
    match method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

struct Found {
    schema: RefOr<Schema>,
    clashes: bool,
}

/// Gathers the schemas of every body and answer by name.
fn schemas(table: &Table) -> BTreeMap<String, Found> {
    let mut all: BTreeMap<String, Found> = BTreeMap::new();
    let mut add = |name: String, schema: RefOr<Schema>| {
        if let Some(known) = all.get_mut(&name) {
            known.clashes |= known.schema != schema;
        } else {
            all.insert(name, Found { schema, clashes: false });
        }
    };
    let mut problem = vec![(ProblemBody::name().into_owned(), problem_schema())];
    ProblemBody::schemas(&mut problem);
    for (name, schema) in problem {
        add(name, schema);
    }
    for operation in table.operations() {
        let bodies = operation.body.iter().map(|(shape, _)| shape);
        for shape in bodies.chain(&operation.answer) {
            for (name, schema) in &shape.schemas {
                add(name.clone(), schema.clone());
            }
            if shape.paged {
                add(page_or_self(shape), page_of(shape));
            }
        }
    }
    all
}

fn problem_schema() -> RefOr<Schema> {
    <ProblemBody as utoipa::PartialSchema>::schema()
}

/// Returns the names that two different schemas claim; a test holds it empty.
#[must_use]
pub fn clashes(table: &Table) -> Vec<String> {
    let found = schemas(table).into_iter();
    found.filter(|(_, found)| found.clashes).map(|(name, _)| name).collect()
}
