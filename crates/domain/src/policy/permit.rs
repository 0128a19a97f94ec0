//! Decisions: a permit for one record, a scope for many.

use std::marker::PhantomData;

use super::{
    Action, Class, Classes, Facts, Relation, outlives_erasure,
    table::{needs_no_role, rules},
};
use crate::actor::{Actor, ActorRole};

/// Proof that the policy allowed action `A` on the record that it holds.
///
/// Its fields are private and [`decide`] is its only maker, so a record and the right to it cannot
/// come apart: a guard cannot have looked at another id than the one that is used.
#[derive(Debug)]
pub struct Permit<A, R> {
    row: R,
    classes: Classes,
    relation: Relation,
    action: PhantomData<fn() -> A>,
}

impl<A: Action, R> Permit<A, R> {
    /// Returns the record.
    pub const fn row(&self) -> &R {
        &self.row
    }

    /// Gives the record up to be changed; the proof stays behind.
    pub fn into_parts(self) -> (R, Permit<A, ()>) {
        let Self { row, classes, relation, action } = self;
        (row, Permit { row: (), classes, relation, action })
    }

    /// Says whether the caller may see a class of data of this record.
    #[must_use]
    pub const fn may_see(&self, class: Class) -> bool {
        self.classes.has(class)
    }

    /// Returns the classes of data that the caller may see of this record.
    #[must_use]
    pub const fn classes(&self) -> Classes {
        self.classes
    }

    /// Returns the relation that gave the permit, for the audit event.
    #[must_use]
    pub const fn permitted_by(&self) -> Relation {
        self.relation
    }
}

/// Why the policy says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The record does not exist for this caller: 404.
    Hidden,
    /// The caller may see the record, not do this: 403.
    Forbidden,
    /// The caller could do this, and the person was forgotten (R13): 410.
    Erased,
}

/// Decides about one record from facts that were read in the same transaction.
///
/// # Errors
/// [`Denial::Forbidden`] if the caller may see the record, [`Denial::Hidden`] otherwise;
/// [`Denial::Erased`] to whom it would be permitted if there were still somebody whom it is about.
pub fn decide<A: Action, R>(
    actor: &Actor,
    facts: &impl Facts,
    row: R,
) -> Result<Permit<A, R>, Denial> {
    match judge(A::NAME, actor, facts) {
        Some(_) if facts.is_erased() && !A::OUTLIVES_ERASURE => Err(Denial::Erased),
        Some((relation, classes)) => Ok(Permit { row, classes, relation, action: PhantomData }),
        None if A::VISIBLE_BY.is_some_and(|read| judge(read, actor, facts).is_some()) => {
            Err(Denial::Forbidden)
        }
        None => Err(if A::HIDDEN { Denial::Hidden } else { Denial::Forbidden }),
    }
}

/// Says whether an action, named at run time, would be allowed: for `allowed_actions`.
#[must_use]
pub fn may(action: &str, actor: &Actor, facts: &impl Facts) -> bool {
    judge(action, actor, facts).is_some() && (outlives_erasure(action) || !facts.is_erased())
}

/// Returns every relation under which an action, named at run time, is allowed: for rules that
/// depend on how somebody stands to the record.
pub fn relations<'a>(
    action: &str,
    actor: &'a Actor,
    facts: &'a impl Facts,
) -> impl Iterator<Item = Relation> + 'a {
    rules(action)
        .iter()
        .filter(|rule| {
            actor
                .grants
                .iter()
                .any(|grant| grant.role == rule.role && facts.hold(rule.relation, actor, grant))
        })
        .map(|rule| rule.relation)
}

fn judge(action: &str, actor: &Actor, facts: &impl Facts) -> Option<(Relation, Classes)> {
    let mut verdict: Option<(Relation, Classes)> = None;
    for rule in rules(action) {
        let holds = actor
            .grants
            .iter()
            .any(|grant| grant.role == rule.role && facts.hold(rule.relation, actor, grant));
        if holds {
            let seen =
                if rule.cut { rule.classes.intersection(facts.disclosed()) } else { rule.classes };
            verdict = Some(match verdict {
                None => (rule.relation, seen),
                Some((relation, classes)) => (relation, classes.union(seen)),
            });
        }
    }
    verdict.or_else(|| needs_no_role(action).then_some((Relation::SignedIn, Classes::NONE)))
}

/// Says whether an actor may knock for action `A` at all: some grant opens it, or shows records of
/// its kind. What may be done to one record is decided when that record is fetched.
///
/// # Errors
/// [`Denial`] if nothing of that kind is for this actor.
pub fn admit<A: Action>(actor: &Actor) -> Result<(), Denial> {
    if needs_no_role(A::NAME) {
        return Ok(());
    }
    let opened_by = |action: &str| rules(action).iter().any(|rule| actor.has(rule.role));
    if opened_by(A::NAME) || A::VISIBLE_BY.is_some_and(opened_by) {
        return Ok(());
    }
    Err(if A::HIDDEN { Denial::Hidden } else { Denial::Forbidden })
}

/// One way by which records may be listed: a relation, under a grant's area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeArm {
    /// The role of the grant.
    pub role: ActorRole,
    /// The relation that must hold.
    pub relation: Relation,
    /// The area of the grant; `None` is the whole country.
    pub area: Option<String>,
    /// The classes of data that are seen of these records, at the most.
    pub classes: Classes,
}

/// Everything that an actor may list under action `A`: the union of its arms.
#[derive(Debug, Clone)]
pub struct Scope<A> {
    arms: Vec<ScopeArm>,
    action: PhantomData<fn() -> A>,
}

impl<A> Scope<A> {
    /// Returns the arms; the store joins their predicates by OR.
    #[must_use]
    pub fn arms(&self) -> &[ScopeArm] {
        &self.arms
    }

    /// Keeps the arms under which a class of data is seen: what narrows or orders a list by a field
    /// tells that field.
    #[must_use]
    pub fn seeing(mut self, class: Class) -> Self {
        self.arms.retain(|arm| arm.classes.has(class));
        self
    }
}

/// Gives the scope in which an actor may list, search and count.
///
/// # Errors
/// [`Denial`] if no grant of the actor opens the action at all.
pub fn scope<A: Action>(actor: &Actor) -> Result<Scope<A>, Denial> {
    let mut arms = Vec::new();
    for rule in rules(A::NAME) {
        for grant in actor.grants.iter().filter(|grant| grant.role == rule.role) {
            let arm = ScopeArm {
                role: grant.role,
                relation: rule.relation,
                area: grant.area.clone(),
                classes: rule.classes,
            };
            if !arms.contains(&arm) {
                arms.push(arm);
            }
        }
    }
    if arms.is_empty() {
        return Err(if A::HIDDEN { Denial::Hidden } else { Denial::Forbidden });
    }
    Ok(Scope { arms, action: PhantomData })
}
