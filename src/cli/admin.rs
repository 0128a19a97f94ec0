//! `refero admin create` and `refero admin recover`: how a house gets its first administrator, and
//! how one who lost everything gets in again. Only who can read the keys on this machine can.

use chrono::Utc;
use clap::{Args, Subcommand};
use refero_domain::{account::Username, instant::Instant, reference::CodeLists};
use refero_store::Entropy;

use super::{CliError, assemble, logs, say, serve};
use crate::{
    api::app::Clock,
    authn::opaque::ActivationSecret,
    config::Config,
    service::founding::{
        FirstAdministrator, Founded, create_first_administrator, recover_administrator,
    },
};

#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Makes the first administrator, and shows a secret that works once.
    Create(CreateArgs),
    /// Gives an administrator who cannot sign in any more a secret that works once.
    Recover {
        /// The name to sign in with.
        #[arg(long)]
        username: String,
    },
}

/// The first administrator and where they work.
#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// The name to sign in with.
    #[arg(long)]
    username: String,
    /// The name that colleagues read.
    #[arg(long)]
    display_name: String,
    /// The organisation that runs the service.
    #[arg(long)]
    organisation: String,
    /// What kind of organisation it is, a code of `organisation_type`.
    #[arg(long, default_value = "central_government")]
    organisation_type: String,
    /// The language of the administrator: en, fr or pt; that of the client, if absent.
    #[arg(long)]
    language: Option<String>,
}

/// Carries out the command and shows the secret, which nobody can show again.
///
/// # Errors
/// Says what is refused: a second first administrator, a name that cannot be one.
pub(super) fn admin(config: &Config, command: AdminCommand) -> Result<(), CliError> {
    logs::start(&config.log);
    config.require_serving()?;
    let vault = assemble::vault(config)?;
    let options = assemble::options(config, config.database_url()?);
    let db = serve::open(options.for_one_command(), vault, Entropy::system())?;
    let app = assemble::app(config, db.clone(), Clock::system())?;
    let (rules, now) = (app.sign_in(), Instant::from_utc(Utc::now()));
    match command {
        AdminCommand::Create(args) => {
            let new = wanted(args)?;
            match create_first_administrator(&db, &new, app.profile(), rules, now)? {
                Founded::Now { secret, .. } => show(&secret),
                Founded::Already => Err(CliError::Refused(
                    "there is an administrator already: sign in as one, or recover one",
                )),
            }
        }
        AdminCommand::Recover { username } => {
            show(&recover_administrator(&db, &name(&username)?, rules, now)?)
        }
    }
}

fn wanted(args: CreateArgs) -> Result<FirstAdministrator, CliError> {
    if args.language.as_deref().is_some_and(|code| !["en", "fr", "pt"].contains(&code)) {
        return Err(CliError::Refused("--language takes en, fr or pt"));
    }
    if !CodeLists::embedded().contains("organisation_type", &args.organisation_type) {
        return Err(CliError::Refused("--organisation-type takes a code of organisation_type"));
    }
    let is_name = |text: &str| {
        (1..=200).contains(&text.trim().chars().count()) && !text.contains(char::is_control)
    };
    if !is_name(&args.display_name) || !is_name(&args.organisation) {
        return Err(CliError::Refused("a name has 1 to 200 characters"));
    }
    Ok(FirstAdministrator {
        organisation_name: args.organisation.trim().to_owned(),
        organisation_type: args.organisation_type,
        username: name(&args.username)?,
        display_name: args.display_name.trim().to_owned(),
        language: args.language,
    })
}

fn name(text: &str) -> Result<Username, CliError> {
    Username::parse(text).map_err(|_| {
        CliError::Refused(
            "a user name has 3 to 64 of the characters a-z 0-9 . _ - @ + and begins with a-z 0-9",
        )
    })
}

fn show(secret: &ActivationSecret) -> Result<(), CliError> {
    say(&format!(
        "The secret for the first sign-in, shown only now. Choose a password with it at \
         POST /v1/session/activate:\n{}\n",
        secret.reveal().as_str()
    ))
}
