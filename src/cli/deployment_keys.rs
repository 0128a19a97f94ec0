//! The deployment keys from wherever they are given: a value, a file, the environment, a command.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io::Read,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use refero_store::sealing::DeploymentKey;
use zeroize::Zeroizing;

use super::CliError;
use crate::config::{Config, EpochKeys, KeyBytes};

/// How long the command may take: a key service far away answers sooner, or not.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked after.
const GLANCE: Duration = Duration::from_millis(10);
/// The longest output that is read.
const LONGEST: u64 = 64 * 1024;

/// Reads every key that is given now.
///
/// # Errors
/// Says that none is given, or why one is refused.
pub(super) fn held(config: &Config) -> Result<BTreeMap<u32, DeploymentKey>, CliError> {
    let mut held = BTreeMap::new();
    if let Some(key) = &config.keys.deployment {
        put(&mut held, 1, key)?;
    }
    let told = config.keys.command.as_ref().map(|command| told_by(command.as_str(), PATIENCE));
    let told = told.transpose()?;
    for (epoch, key) in config.keys.epochs.iter().chain(&told).flat_map(EpochKeys::iter) {
        put(&mut held, epoch, key)?;
    }
    if held.is_empty() {
        crate::config::required("keys.deployment", config.keys.deployment.as_ref())?;
    }
    Ok(held)
}

fn put(
    held: &mut BTreeMap<u32, DeploymentKey>,
    epoch: u32,
    key: &KeyBytes,
) -> Result<(), CliError> {
    let text = Zeroizing::new(STANDARD.encode(key.reveal()));
    match held.entry(epoch) {
        Entry::Occupied(_) => Err(CliError::Refused(
            "an epoch is given in two of keys.deployment, keys.epochs and keys.command",
        )),
        Entry::Vacant(free) => {
            free.insert(DeploymentKey::from_base64(&text)?);
            Ok(())
        }
    }
}

/// Runs the command that gives the keys. What it says on standard error goes where ours goes.
fn told_by(command: &str, patience: Duration) -> Result<EpochKeys, CliError> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| CliError::System("keys.command could not be run", e))?;
    let out = child.stdout.take().ok_or(CliError::KeyCommand("has no output"))?;
    let (tell, told) = mpsc::channel();
    // Beside the wait, so that a command which fills the pipe does not wait for us for ever.
    thread::spawn(move || {
        let mut text = Zeroizing::new(String::new());
        let read = out.take(LONGEST).read_to_string(&mut text);
        // Nobody listens any more if it took too long.
        drop(tell.send(read.map(|_| text)));
    });
    let deadline = Instant::now() + patience;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => thread::sleep(GLANCE),
            Ok(None) | Err(_) => {
                // It may just have ended by itself.
                drop(child.kill());
                drop(child.wait());
                return Err(CliError::KeyCommand("took too long"));
            }
        }
    };
    if !status.success() {
        return Err(CliError::KeyCommand("failed"));
    }
    let text = told
        .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        .map_err(|_| CliError::KeyCommand("took too long"))?
        .map_err(|_| CliError::KeyCommand("gave no text"))?;
    EpochKeys::parse(&text).map_err(CliError::KeysFromCommand)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(300);

    fn key(seed: u8) -> String {
        use sha2::Digest;
        STANDARD.encode(sha2::Sha256::digest([seed]))
    }

    fn refused(command: &str) -> String {
        told_by(command, SOON).unwrap_err().to_string()
    }

    #[test]
    fn a_command_gives_keys_on_its_standard_output() {
        let (one, two) = (key(1), key(2));
        let told = told_by(&format!("echo 1:{one}; echo 2:{two}"), PATIENCE).unwrap();

        assert_eq!(told.iter().map(|(epoch, _)| epoch).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_command_that_gives_no_key_is_refused_and_nothing_it_said_is_repeated() {
        assert!(refused("exit 3").contains("failed"));
        assert!(refused("sleep 60").contains("took too long"));
        assert!(refused("echo 1:abc").contains("fewer than 32 bytes"));
        assert!(refused("yes | head -c 300000").contains("keys.command"));
        assert!(!refused("echo s3cret").contains("s3cret"));
    }

    #[test]
    fn an_epoch_is_given_once() {
        let config = |epoch: u8| {
            let command = format!("echo {epoch}:{}", key(2));
            let sources = crate::config::Sources::new()
                .with_flag("keys.deployment", key(1))
                .with_flag("keys.command", command);
            Config::load(sources).unwrap()
        };

        assert_eq!(held(&config(2)).unwrap().len(), 2);
        assert!(held(&config(1)).unwrap_err().to_string().contains("in two of"));
    }
}
