//! What an answer may look like: an example from its schema, so that it always fits.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::shape::Shape;

/// Deeper than any schema of ours; one that contains itself ends here.
const DEEPEST: usize = 20;

/// What a text says, by the member's name; for texts whose schema does not tell.
const TEXTS: [(&str, &str); 77] = [
    ("accessibility", "step_free_access"),
    ("access_token", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"),
    ("action", "referral.accept"),
    ("activation_secret", "9M0X-V3TR-7KQ2-H5WC"),
    ("actor_roles", "case_coordinator"),
    ("addresses", "Plot 4, Market Road"),
    ("age_band", "25_34"),
    ("allowed_actions", "edit"),
    ("area", "XZ-N"),
    ("areas", "XZ-N"),
    ("basis_reason", "Nowhere safe to sleep tonight."),
    ("case_code", "UG-2026-7K3M-D"),
    ("citizenships", "UG"),
    ("clock", "triage_claim"),
    ("code", "not-found"),
    ("codes", "fr"),
    ("control_methods", "debt_bondage"),
    ("country", "UG"),
    ("detail", "There is nothing at this address that you may see."),
    ("detection_source", "border_control"),
    ("display_name", "Ama K."),
    ("end_reason", "no_capacity"),
    ("ending_note", "She found work in the south."),
    ("exploitation_types", "forced_labour"),
    ("fields", "names"),
    ("gender", "feminine"),
    ("hash", "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"),
    ("href", "/v1/queues/triage"),
    ("indicators", "DR01"),
    ("instructions", "She should not be near the north gate."),
    ("interview_safeguards", "interpreter"),
    ("kind", "passport"),
    ("labour_industries", "T"),
    ("labour_types", "domestic_work"),
    ("language", "fr"),
    ("languages", "fr"),
    ("likeness_reasons", "names_alike"),
    ("limits", "Not to the organisation in the north."),
    ("migration_status", "irregular_migrant"),
    ("name", "Northern Shelter Network"),
    ("names", "Ama K."),
    ("narrative", "Found at the border with a group of girls."),
    ("network", "192.0.2.0/24"),
    ("note", "Arrived in the evening and slept."),
    ("number", "A0000001"),
    ("object_type", "referral"),
    ("organisation", "Northern Shelter Network"),
    ("organisation_type", "ngo"),
    ("other_languages", "sw"),
    ("outcome", "goal_met"),
    ("permitted_by", "in_area"),
    ("phone", "+256414000000"),
    ("phones", "+256700000000"),
    ("photo_reference", "cabinet 3, folder 12"),
    ("place", "A house in the north"),
    ("placement_needs", "women_only"),
    ("primary_language", "fr"),
    ("purpose", "case_management"),
    ("quarter", "2026-Q3"),
    ("reason", "additional_services_required"),
    ("reasons", "Deceived about the work; documents withheld."),
    ("recruitment_methods", "online_advertisement"),
    ("refresh_token", "rt_5Q1r0nB2"),
    ("refusal_code", "not-permitted"),
    ("relationship_to_trafficker", "recruitment_agent"),
    ("request_id", "4fcba8c2630b4a39bff45edcadb92811"),
    ("self", "/v1/me"),
    ("service_type", "safe_shelter"),
    ("services", "safe_shelter"),
    ("sexes", "female"),
    ("sexual_exploitation_types", "prostitution"),
    ("text", "Called; the person feels safe."),
    ("title", "Nothing here for you"),
    ("type", "ngo"),
    ("urgent_needs", "safe_shelter"),
    ("username", "ama.k"),
    ("withdrawal_reason", "She does not want it any more."),
];

/// Makes an example of what is described by the named schema among a shape's schemas.
pub(super) fn of(shape: &Shape) -> Option<Value> {
    let schemas: BTreeMap<&str, Value> = shape
        .schemas
        .iter()
        .filter_map(|(name, schema)| Some((name.as_str(), serde_json::to_value(schema).ok()?)))
        .collect();
    let whole = schemas.get(shape.name.as_str())?;
    Some(Examples { schemas: &schemas }.value(whole, "", 0))
}

struct Examples<'s> {
    schemas: &'s BTreeMap<&'s str, Value>,
}

impl Examples<'_> {
    fn value(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        let next = |schema: &Value, name: &str| self.value(schema, name, depth + 1);
        if let Some(referred) = schema["$ref"].as_str() {
            let found = referred.rsplit('/').next().and_then(|name| self.schemas.get(name));
            return found.map_or(Value::Null, |found| next(found, name));
        }
        for told in ["/example", "/examples/0", "/const", "/enum/0"] {
            if let Some(example) = schema.pointer(told) {
                return example.clone();
            }
        }
        for choice in ["oneOf", "anyOf"] {
            let not_null = |one: &&Value| one["type"] != "null";
            if let Some(one) = schema[choice].as_array().and_then(|all| all.iter().find(not_null)) {
                return next(one, name);
            }
        }
        match kind(schema) {
            "object" => self.object(schema, name, depth),
            // Most answers withhold nothing; who is shown less, reads what.
            "array" if name == "withheld" => json!([]),
            "array" => json!([next(&schema["items"], name)]),
            "boolean" => json!(false),
            "integer" => integer(schema, name),
            "number" => json!(1.0),
            "string" => text(schema, name),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let mut members = Map::new();
        for (member, described) in schema["properties"].as_object().into_iter().flatten() {
            members.insert(member.clone(), self.value(described, member, depth + 1));
        }
        let other = &schema["additionalProperties"];
        if members.is_empty() && other.is_object() {
            let listed = schema.pointer("/propertyNames/enum/0").and_then(Value::as_str);
            let key = listed.unwrap_or(match name {
                "links" => "self",
                "labels" => "en",
                "answers" => "DR01",
                "risk_answers" => "SF01",
                _ => "key",
            });
            members.insert(key.to_owned(), self.value(other, key, depth + 1));
        }
        Value::Object(members)
    }
}

/// Returns the type of a schema; of several that which is not null.
fn kind(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(one) => one,
        Value::Array(all) => {
            all.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ => "",
    }
}

fn integer(schema: &Value, name: &str) -> Value {
    match name {
        "birth_year_estimate" => json!(1998),
        "expires_in" => json!(600),
        "status" => json!(404),
        _ => json!(schema["minimum"].as_i64().unwrap_or(1)),
    }
}

fn text(schema: &Value, name: &str) -> Value {
    match (schema["format"].as_str(), name) {
        (Some("uuid"), _) => json!("5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11"),
        (Some("date-time"), _) => json!("2026-11-02T09:00:00.000000Z"),
        (Some("date"), _) => json!("2026-11-02"),
        // A list that ends here.
        (_, "next_cursor") => Value::Null,
        // An id of one of several kinds.
        (_, "id" | "object_id" | "actor_id" | "case_id" | "organisation_id" | "session_id") => {
            json!("5f64d3b2-8c1e-4a57-9a4e-0d8f2f1f7c11")
        }
        _ => {
            let found = TEXTS.iter().find(|(known, _)| *known == name);
            json!(found.map_or("text", |(_, text)| text))
        }
    }
}
