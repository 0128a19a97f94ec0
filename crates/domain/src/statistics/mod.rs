//! Counts that tell of nobody (R18): who counts alone is shown no count of few people, nor one from which such
//! a count follows.

mod gaps;
mod quarter;
mod suppress;

pub use self::{
    gaps::{AreaGaps, Asked, Counts, Declined, Gaps, ServiceGaps, gaps},
    quarter::{NoQuarter, Quarter},
    suppress::{Cell, Sum, hidden},
};
