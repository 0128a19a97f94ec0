//! What an operation takes beside its body.

/// Whether the caller says why personal data is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatedPurpose {
    /// It must be said: without it the identity stays sealed.
    Required,
    /// It may be said; the purpose of the role stands in the trail otherwise.
    Optional,
}

/// What a query parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `true` or `false`.
    Flag,
    /// The id of something.
    Id,
    /// A moment: RFC 3339 with offset.
    Moment,
    /// A word of no closed list.
    Word,
    /// Words of no closed list, separated by commas.
    Words,
    /// A code of a closed list.
    Code(&'static [&'static str]),
    /// Codes of a closed list, separated by commas.
    Codes(&'static [&'static str]),
}

/// A query parameter: its name, what it takes, what it does.
pub type QueryParameter = (&'static str, Takes, &'static str);
