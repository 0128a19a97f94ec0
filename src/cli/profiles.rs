//! `refero profile`: the country profiles that come with the program, and one that somebody writes.

use std::{fmt::Write as _, fs, path::PathBuf};

use chrono::Utc;
use clap::Subcommand;
use refero_domain::profile::{CountryProfile, Watch};
use serde_json::{Value, json};
use utoipa::{PartialSchema as _, ToSchema};

use super::{CliError, say};

#[derive(Debug, Subcommand)]
pub(super) enum ProfileCommand {
    /// Names the profiles that come with the program.
    List,
    /// Checks a profile, and tells what in it the country has to confirm.
    Check {
        /// The name of one that comes with the program, or a TOML file.
        profile: PathBuf,
    },
    /// Writes the JSON Schema of a profile, for editors that check while one writes.
    Schema,
}

/// Does what a command says.
///
/// # Errors
/// Says that there is no such profile, or that it is refused.
pub(super) fn profile(command: &ProfileCommand) -> Result<(), CliError> {
    match command {
        ProfileCommand::List => {
            let mut told = String::new();
            for id in CountryProfile::embedded_ids() {
                let name = CountryProfile::embedded(id).map_or("", |profile| &profile.name);
                told.push_str(&format!("{id}\t{name}\n"));
            }
            say(&told)
        }
        ProfileCommand::Check { profile } => check(profile),
        ProfileCommand::Schema => {
            let text = serde_json::to_string_pretty(&schema())
                .map_err(|_| CliError::Refused("the schema could not be written"))?;
            say(&(text + "\n"))
        }
    }
}

fn check(named: &PathBuf) -> Result<(), CliError> {
    let embedded = named.to_str().and_then(CountryProfile::embedded).cloned();
    let profile = match embedded {
        Some(profile) => profile,
        None => {
            let text = fs::read_to_string(named).map_err(|_| CliError::NoProfile)?;
            CountryProfile::examine(&text).map_err(|(first, others)| {
                let mut faults = first.to_string();
                for fault in others {
                    let _ = write!(faults, "\n{fault}");
                }
                CliError::WrongProfile(faults)
            })?
        }
    };
    say(&told(&profile))
}

/// Tells of a sound profile what whoever answers for it has to know.
fn told(profile: &CountryProfile) -> String {
    let CountryProfile { country, name, version, effective_from, .. } = profile;
    let mut told = format!("{name} ({country}), version {version}: the profile is whole\n");
    let when = if profile.is_in_force_on(Utc::now().date_naive()) {
        "in force"
    } else {
        "not in force yet: the server does not start with it"
    };
    let _ = writeln!(told, "from {effective_from}, {when}");
    let unconfirmed = profile.unconfirmed();
    if !unconfirmed.is_empty() {
        told.push_str("policy, to be confirmed by the country:\n");
    }
    for (section, (open, all)) in unconfirmed {
        let _ = writeln!(told, "  {section}: {open} of {all}");
    }
    if profile.calendar.holidays.is_empty() {
        told.push_str("no public holidays: clocks in working days run on them\n");
    }
    told
}

/// Returns the JSON Schema (2020-12) of a profile.
fn schema() -> Value {
    let mut schemas = vec![(CountryProfile::name().into_owned(), CountryProfile::schema())];
    CountryProfile::schemas(&mut schemas);
    // It is part of a profile, and not of what the API shows of one.
    schemas.push((Watch::name().into_owned(), Watch::schema()));
    Watch::schemas(&mut schemas);
    let definitions: serde_json::Map<String, Value> =
        schemas.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/CountryProfile",
        "$defs": definitions,
    });
    let members = whole.pointer_mut("/$defs/CountryProfile/properties");
    if let Some(members) = members.and_then(Value::as_object_mut) {
        members.insert("watch".to_owned(), json!({"$ref": "#/$defs/Watch"}));
    }
    within(&mut whole);
    whole
}

/// Points what is referred to at its place in the schema.
fn within(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(to) if name == "$ref" => {
                        *to = to.replace("#/components/schemas/", "#/$defs/");
                    }
                    other => within(other),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(within),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
