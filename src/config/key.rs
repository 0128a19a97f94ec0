//! The table of keys, and the macro that makes a concern and its part of the table from one text.

/// One key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The dotted name, `section.field`.
    pub path: &'static str,
    /// The name inside its section.
    pub field: &'static str,
    /// The lines of its description, as written above the field.
    pub doc: &'static [&'static str],
    /// What it takes.
    pub kind: &'static str,
    /// The unit of a number; empty where there is none.
    pub unit: &'static str,
    /// The default, as the text of an environment variable would be.
    pub default: Option<&'static str>,
    /// The smallest and largest number.
    pub range: Option<(u64, u64)>,
    /// Whether TOML writes it in quotes.
    pub quoted: bool,
    /// Whether it is never printed.
    pub secret: bool,
    /// Whether `<path>_file` may name a file with the value.
    pub from_file: bool,
}

impl Key {
    /// The environment variable of the key.
    #[must_use]
    pub fn variable(&self) -> String {
        variable_of(self.path)
    }
}

/// Spells a dotted key as an environment variable.
pub(super) fn variable_of(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").to_ascii_uppercase())
}

/// How every variable of the service starts.
pub(super) const PREFIX: &str = "REFERO_";

/// One table of the configuration file.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The name in brackets.
    pub name: &'static str,
    /// The lines of its description.
    pub doc: &'static [&'static str],
    /// Its keys, in the order of the file.
    pub keys: &'static [Key],
}

/// Makes the struct of a concern, the table of its keys, its reader and its printer.
///
/// One text is the source of all four, so that a key cannot be read and undocumented, or
/// documented and unread.
macro_rules! concern {
    (@range) => { None };
    (@range $least:literal $most:literal) => { Some(($least, $most)) };
    (
        $(#[doc = $about:literal])+
        $name:ident $section:literal {
            $(
                $(#[doc = $doc:literal])+
                $field:ident: $kind:ty = $default:expr, $unit:literal $(, $least:literal..=$most:literal)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $field: $kind, )+
        }

        impl $name {
            /// The description of the section and of its keys.
            pub const SECTION: $crate::config::key::Section = $crate::config::key::Section {
                name: $section,
                doc: &[$($about),+],
                keys: &[$(
                    $crate::config::key::Key {
                        path: concat!($section, ".", stringify!($field)),
                        field: stringify!($field),
                        doc: &[$($doc),+],
                        kind: <$kind as $crate::config::setting::Setting>::KIND,
                        unit: $unit,
                        default: $default,
                        range: concern!(@range $($least $most)?),
                        quoted: <$kind as $crate::config::setting::Setting>::QUOTED,
                        secret: <$kind as $crate::config::setting::Setting>::SECRET,
                        from_file: <$kind as $crate::config::setting::Setting>::FROM_FILE,
                    }
                ),+],
            };

            pub(super) fn read(
                given: &$crate::config::merge::Merged,
            ) -> Result<Self, $crate::config::error::ConfigError> {
                Ok(Self {
                    $($field: given.read(concat!($section, ".", stringify!($field)))?,)+
                })
            }

            pub(super) fn show(&self) -> toml::Table {
                let mut table = toml::Table::new();
                $(
                    if let Some(value) = $crate::config::setting::Setting::show(&self.$field) {
                        table.insert(stringify!($field).to_owned(), value);
                    }
                )+
                table
            }
        }
    };
}
pub(super) use concern;
