//! Lays the sources over one another and refuses what no part of the program reads.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use toml::Value;
use zeroize::Zeroizing;

use super::error::{ConfigError, Origin};
use super::key::{Key, PREFIX, variable_of};
use super::setting::{Flaw, Setting};
use super::sources::Sources;
use super::{key_named, keys};

/// The end of the name of a key that names a file with the value.
const FILE_SUFFIX: &str = "_file";

/// The largest file with one value. Nothing that belongs there is longer.
const LONGEST_VALUE_BYTES: u64 = 64 * 1024;

/// A value as it was given, not yet understood.
#[derive(Clone)]
enum Given {
    Toml(Value),
    Text(Zeroizing<String>),
    File(PathBuf),
}

/// Holds, for each key, the value with the highest precedence.
#[derive(Default)]
pub(super) struct Merged(BTreeMap<&'static str, (Given, Origin)>);

impl Merged {
    /// Reads all sources, lowest first.
    pub(super) fn of(sources: &Sources) -> Result<Self, ConfigError> {
        let mut merged = Self::default();
        for key in keys() {
            if let Some(text) = key.default {
                let text = Given::Text(Zeroizing::new(text.to_owned()));
                merged.0.insert(key.path, (text, Origin::Default));
            }
        }
        if let Some(path) = &sources.file {
            merged.lay_over(file_layer(path)?);
        }
        let mut environment = Layer::new(Origin::Environment);
        for (name, value) in sources.variables()? {
            let path = dotted(name).ok_or_else(|| unknown_variable(name))?;
            environment.put(&path, value).map_err(|unknown| match unknown {
                ConfigError::UnknownKey { .. } => unknown_variable(name),
                other => other,
            })?;
        }
        merged.lay_over(environment);
        let mut flags = Layer::new(Origin::Flag);
        for (path, value) in &sources.flags {
            flags.put(path, value)?;
        }
        merged.lay_over(flags);
        Ok(merged)
    }

    fn lay_over(&mut self, layer: Layer) {
        self.0.extend(layer.values.into_iter().map(|(key, given)| (key, (given, layer.origin))));
    }

    /// Understands the value of one key.
    pub(super) fn read<T: Setting>(&self, path: &'static str) -> Result<T, ConfigError> {
        let Some((given, origin)) = self.0.get(path) else {
            return T::absent()
                .ok_or_else(|| ConfigError::Missing { key: path, variable: variable_of(path) });
        };
        let origin = *origin;
        let value = match given {
            Given::Toml(value) => T::from_toml(value),
            Given::Text(text) => T::from_text(text),
            Given::File(file) => {
                let unreadable =
                    |reason| ConfigError::UnreadableValue { key: path, origin, reason };
                let text = value_in(file).map_err(unreadable)?;
                T::from_text(&text)
            }
        };
        let value = value.map_err(|flaw| match flaw {
            Flaw::Kind => ConfigError::Invalid { key: path, origin, expected: T::KIND },
            Flaw::Weak(reason) => ConfigError::WeakSecret { key: path, origin, reason },
            Flaw::Unsafe(reason) => ConfigError::Unsafe { key: path, origin, reason },
        })?;
        let range = key_named(path).and_then(|key| key.range);
        if let (Some((least, most)), Some(number)) = (range, value.number())
            && !(least..=most).contains(&number)
        {
            return Err(ConfigError::OutOfRange { key: path, origin, least, most });
        }
        Ok(value)
    }

    /// Returns the files that hold a single value, each with its key.
    pub(super) fn files(self) -> impl Iterator<Item = (&'static str, PathBuf)> {
        self.0.into_iter().filter_map(|(key, (given, _))| match given {
            Given::File(path) => Some((key, path)),
            Given::Toml(_) | Given::Text(_) => None,
        })
    }

    /// Where the value of a key came from.
    pub(super) fn origin(&self, path: &str) -> Origin {
        self.0.get(path).map_or(Origin::Default, |(_, origin)| *origin)
    }
}

/// What one source gives.
struct Layer {
    origin: Origin,
    values: BTreeMap<&'static str, Given>,
}

impl Layer {
    const fn new(origin: Origin) -> Self {
        Self { origin, values: BTreeMap::new() }
    }

    /// Puts a text under a dotted key.
    fn put(&mut self, path: &str, text: &str) -> Result<(), ConfigError> {
        let (key, is_file) = find(path).ok_or_else(|| self.unknown(path))?;
        let given = if is_file {
            Given::File(PathBuf::from(text))
        } else {
            Given::Text(Zeroizing::new(text.to_owned()))
        };
        self.insert(key, given)
    }

    /// Puts a value of the file under a dotted key.
    fn put_value(&mut self, path: &str, value: Value) -> Result<(), ConfigError> {
        let (key, is_file) = find(path).ok_or_else(|| self.unknown(path))?;
        let given = match value {
            Value::String(file) if is_file => Given::File(PathBuf::from(file)),
            other => Given::Toml(other),
        };
        self.insert(key, given)
    }

    /// Refuses a value beside a file with the value; the same key again replaces the first.
    fn insert(&mut self, key: &'static Key, given: Given) -> Result<(), ConfigError> {
        let is_file = matches!(given, Given::File(_));
        match self.values.insert(key.path, given) {
            Some(before) if matches!(before, Given::File(_)) != is_file => {
                Err(ConfigError::BothGiven { key: key.path, origin: self.origin })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn unknown(&self, path: &str) -> ConfigError {
        let nearest = nearest_to(path, |known| known);
        ConfigError::UnknownKey { given: printable(path), nearest, origin: self.origin }
    }
}

/// Finds the key of a path, and says whether the path is that of its file.
fn find(path: &str) -> Option<(&'static Key, bool)> {
    if let Some(key) = key_named(path) {
        return Some((key, false));
    }
    let key = key_named(path.strip_suffix(FILE_SUFFIX)?)?;
    key.from_file.then_some((key, true))
}

/// Returns everything that is given and that no part of the program reads, in the spelling of its source.
pub(super) fn unknown(sources: &Sources) -> Result<Vec<String>, ConfigError> {
    let mut unknown = Vec::new();
    if let Some(path) = &sources.file {
        for (section, value) in table_in(path)? {
            match value {
                Value::Table(entries) => {
                    let fields = entries.keys().map(|field| format!("{section}.{field}"));
                    unknown.extend(fields.filter(|key| find(key).is_none()));
                }
                Value::String(_)
                | Value::Integer(_)
                | Value::Float(_)
                | Value::Boolean(_)
                | Value::Datetime(_)
                | Value::Array(_) => unknown.push(section),
            }
        }
    }
    for (name, _) in sources.variables()? {
        if dotted(name).is_none_or(|path| find(&path).is_none()) {
            unknown.push(format!("{PREFIX}{name}"));
        }
    }
    unknown.extend(
        sources.flags.iter().map(|(path, _)| path.clone()).filter(|path| find(path).is_none()),
    );
    Ok(unknown.iter().map(|name| printable(name)).collect())
}

/// Reads the configuration file.
fn table_in(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError::UnreadableFile { reason: reason(&error) })?;
    let text = Zeroizing::new(text);
    // The library's own message quotes the line, which may hold a secret.
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        ConfigError::NotToml { line: before.matches('\n').count().saturating_add(1) }
    })
}

/// Reads the configuration file into a layer.
fn file_layer(path: &Path) -> Result<Layer, ConfigError> {
    let table = table_in(path)?;
    let mut layer = Layer::new(Origin::File);
    for (section, value) in table {
        let Value::Table(entries) = value else {
            return Err(layer.unknown(&section));
        };
        if !super::SECTIONS.iter().any(|known| known.name == section) {
            let first = entries.keys().next().map_or("", String::as_str);
            return Err(layer.unknown(&format!("{section}.{first}")));
        }
        for (field, value) in entries {
            layer.put_value(&format!("{section}.{field}"), value)?;
        }
    }
    Ok(layer)
}

/// Reads the value in a file, without the one newline that editors put at its end.
fn value_in(path: &Path) -> Result<Zeroizing<String>, &'static str> {
    let found = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if !found.is_file() {
        return Err("it is no file");
    }
    if found.len() > LONGEST_VALUE_BYTES {
        return Err("it is much longer than a value");
    }
    let text = std::fs::read_to_string(path).map_err(|error| reason(&error))?;
    let text = Zeroizing::new(text);
    let line = text
        .strip_suffix('\n')
        .map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Zeroizing::new(line.to_owned()))
}

/// Says why a file was not read, and repeats neither its path nor what is in it: either may be a secret that was
/// put in the wrong place.
fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "the user that this runs as may not read it",
        io::ErrorKind::InvalidData => "it is not text in UTF-8",
        _ => "it does not open",
    }
}

/// Turns `DATABASE__URL` into `database.url`; nothing for names with small letters.
fn dotted(name: &str) -> Option<String> {
    let spelt = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.chars().all(spelt).then(|| name.replace("__", ".").to_ascii_lowercase())
}

fn unknown_variable(name: &str) -> ConfigError {
    let given = format!("{PREFIX}{name}");
    let nearest = nearest_to(&given, |path| variable_of(&path));
    ConfigError::UnknownKey { given: printable(&given), nearest, origin: Origin::Environment }
}

/// The known name that takes the fewest changes to reach, in the spelling of the source.
fn nearest_to(given: &str, spelling: impl Fn(String) -> String) -> String {
    let names = keys().flat_map(|key| {
        let file = key.from_file.then(|| format!("{}{FILE_SUFFIX}", key.path));
        std::iter::once(key.path.to_owned()).chain(file)
    });
    // A long name would take long to compare, and none of ours is long.
    let given: String = given.chars().take(LONGEST_NAME).collect();
    names
        .map(spelling)
        .min_by_key(|known| strsim::damerau_levenshtein(known, &given))
        .unwrap_or_default()
}

/// The longest part of an unknown name that is repeated.
const LONGEST_NAME: usize = 80;

/// Makes the name of an unknown key safe to print: short, and of plain characters.
fn printable(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '?' }
    };
    name.chars().take(LONGEST_NAME).map(plain).collect()
}
