//! Closed lists written once: the variant, its code, and nothing to forget between the two.

/// Declares an enum whose values are the codes of a closed list.
///
/// One declaration feeds serde, the API schema, `ALL`, `code` and `from_code`, so that a code can
/// never mean one thing in a stored answer and another in the rules that read it.
macro_rules! code_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$doc:meta])* $variant:ident = $code:tt, )+ }
    ) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $( $(#[$doc])* #[serde(rename = $code)] $variant, )+
        }

        impl $name {
            /// Lists every value, in the order of the list.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// Returns the code that is stored and sent.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// Returns the value of a code, if the list has it.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    };
}

pub(crate) use code_enum;
