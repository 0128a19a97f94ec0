//! State machines: one constant table each, one way to change.
//!
//! A stored thing carries its [`State`], which has no setter. [`State::step`] consumes it and gives
//! a [`Moved`]; the store writes a state only from a [`Moved`]. The same table feeds
//! `allowed_actions`, the 409 answer, the documentation and the tests.

use crate::refusal::Refusal;

/// A closed set of states and the moves between them.
pub trait Machine: Copy + Eq + std::fmt::Display + 'static {
    /// The acts that move between states.
    type Act: Copy + Eq + std::fmt::Display + 'static;
    /// Every legal move: from, by, to.
    const TRANSITIONS: &'static [(Self, Self::Act, Self)];
    /// Where a new thing begins.
    const INITIAL: Self;

    /// Returns the states from which an act is legal, in table order.
    fn sources(act: Self::Act) -> impl Iterator<Item = Self> {
        Self::TRANSITIONS.iter().filter(move |(_, by, _)| *by == act).map(|(from, ..)| *from)
    }

    /// Returns the acts that are legal in this state, in table order.
    fn acts(self) -> impl Iterator<Item = Self::Act> {
        Self::TRANSITIONS.iter().filter(move |(from, ..)| *from == self).map(|(_, act, _)| *act)
    }

    /// Says whether an act is legal in this state.
    fn acts_include(self, act: Self::Act) -> bool {
        self.acts().any(|legal| legal == act)
    }
}

/// The present state of a stored thing. Not `Copy`, no public constructor from a bare value.
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "sql", derive(diesel::FromSqlRow))]
pub struct State<M: Machine>(M);

/// A move that the table allowed: the only thing from which the store writes a state.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Moved<M: Machine> {
    from: M,
    to: M,
}

impl<M: Machine> State<M> {
    /// The state in which a new thing begins.
    #[must_use]
    pub const fn initial() -> Self {
        Self(M::INITIAL)
    }

    /// Returns which state this is.
    #[must_use]
    pub const fn get(&self) -> M {
        self.0
    }

    /// Moves by an act.
    ///
    /// # Errors
    /// [`Refusal::IllegalTransition`] with the state, when the table has no such move.
    pub fn step(self, act: M::Act) -> Result<Moved<M>, Refusal> {
        M::TRANSITIONS
            .iter()
            .find(|(from, by, _)| *from == self.0 && *by == act)
            .map(|(from, _, to)| Moved { from: *from, to: *to })
            .ok_or(Refusal::IllegalTransition)
    }

    /// Moves by an act that leads to several states, to the one that is named.
    ///
    /// # Errors
    /// [`Refusal::IllegalTransition`] with the state, when the table has no such move.
    pub fn step_to(self, act: M::Act, to: M) -> Result<Moved<M>, Refusal> {
        M::TRANSITIONS
            .contains(&(self.0, act, to))
            .then_some(Moved { from: self.0, to })
            .ok_or(Refusal::IllegalTransition)
    }

    #[cfg(test)]
    pub(crate) const fn stored_for_test(value: M) -> Self {
        Self(value)
    }

    #[cfg(feature = "sql")]
    pub(crate) const fn stored(value: M) -> Self {
        Self(value)
    }
}

impl<M: Machine> Moved<M> {
    /// Returns the state before.
    #[must_use]
    pub const fn from(&self) -> M {
        self.from
    }

    /// Returns the state after.
    #[must_use]
    pub const fn to(&self) -> M {
        self.to
    }

    /// Moves once more within the same act.
    ///
    /// # Errors
    /// [`Refusal::IllegalTransition`] as for [`State::step`].
    pub fn then(self, act: M::Act) -> Result<Self, Refusal> {
        let next = State(self.to).step(act)?;
        Ok(Self { from: self.from, to: next.to })
    }
}

/// Declares the acts of a machine with their names in the API.
macro_rules! acts {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $(#[doc = concat!("`", $code, "`")] $variant,)+ }
        impl $name {
            /// Every act.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// Returns the act as the last segment of its URL.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}
pub(crate) use acts;
