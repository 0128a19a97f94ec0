//! Closed lists: values that law or logic fixes, each an enum with the code of the code list.

/// Says that a text is not a code of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value is not a code of this list")]
pub struct NotInList;

/// Declares a closed list: an enum, its codes, and its one textual form everywhere.
macro_rules! closed_list {
    ($(#[$meta:meta])* $name:ident = $list:literal { $($(#[$vmeta:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "sql", derive(diesel::AsExpression, diesel::FromSqlRow))]
        #[cfg_attr(feature = "sql", diesel(sql_type = diesel::sql_types::Text))]
        pub enum $name { $($(#[$vmeta])* #[doc = concat!("`", $code, "`")] $variant,)+ }

        impl $name {
            /// The code list that these values are taken from.
            pub const LIST: &'static str = $list;
            /// Every value, in the list's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Every code, in the list's order.
            pub const CODES: &'static [&'static str] = &[$($code,)+];

            /// Returns the code as the API, the database and the code list write it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::closed::NotInList;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.code() == text).ok_or($crate::closed::NotInList)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                // The codes that would do are told, the value that was sent is not.
                text.parse().map_err(|_| serde::de::Error::unknown_variant("", Self::CODES))
            }
        }
        #[cfg(feature = "sql")]
        $crate::sql::text_column!($name, |value| value.code());
        #[cfg(feature = "openapi")]
        $crate::openapi::closed_list_schema!($name, $list);
    };
}
pub(crate) use closed_list;
