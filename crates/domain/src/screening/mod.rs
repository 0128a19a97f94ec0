//! The screening engine: what the answers say, and by which rule.
//!
//! A screening advises, it never decides (rule R11): a named person concludes, with reasons. The
//! engine knows neither the person's consent to the exploitation nor their cooperation with the
//! police, because neither belongs to the definition (Palermo Protocol art. 3(b)). An answer that
//! was not given is never a no. A result names the versions that produced it, is kept as it is, and
//! is never computed again in place.

mod answer;
mod evaluate;
#[cfg(test)]
mod properties;
mod redefine;
mod result;
mod set;
mod tally;
#[cfg(test)]
mod tests;

pub use answer::{Answer, IntendedPurpose, Purpose, ScreeningProfile};
pub use evaluate::{ScreeningRefusal, evaluate};
pub use redefine::{GoldenCase, SetAct, SetState, decides_for_the_country, is_code};
pub use result::{Advice, DimensionFinding, ScreeningResult, StrengthBasis};
pub use set::{
    Clause, Dimension, DimensionRule, IndicationRule, Indicator, IndicatorGroup, IndicatorSet,
    Ruleset, Strength, Strengths,
};
