//! The second factor: where it stands for an account, who must have one, and how fresh its proof is.

use crate::{
    actor::{Actor, ActorRole},
    closed::closed_list,
    instant::Instant,
    machine::{Machine, acts},
    policy::Action,
    refusal::Refusal,
};

closed_list! {
    /// Where the second factor of an account stands.
    FactorState = "second_factor_state" {
        /// There is none.
        Absent = "none",
        /// A secret was handed out, and no code has shown yet that it arrived.
        Pending = "pending",
        /// It is asked for at every sign-in.
        Active = "active",
    }
}

acts! {
    /// What is done to a second factor.
    FactorAct {
        Enrol = "enrol",
        Confirm = "confirm",
        RenewCodes = "renew-codes",
        StepUp = "step-up",
        Remove = "remove",
        Reset = "reset",
    }
}

impl Machine for FactorState {
    type Act = FactorAct;
    const INITIAL: Self = Self::Absent;
    // An active factor is not replaced in passing: whoever wants another removes this one first,
    // which asks for a proof of it.
    const TRANSITIONS: &'static [(Self, FactorAct, Self)] = &[
        (Self::Absent, FactorAct::Enrol, Self::Pending),
        (Self::Pending, FactorAct::Enrol, Self::Pending),
        (Self::Pending, FactorAct::Confirm, Self::Active),
        (Self::Pending, FactorAct::Reset, Self::Absent),
        (Self::Active, FactorAct::StepUp, Self::Active),
        (Self::Active, FactorAct::RenewCodes, Self::Active),
        (Self::Active, FactorAct::Remove, Self::Absent),
        (Self::Active, FactorAct::Reset, Self::Absent),
    ];
}

/// What is known about the factor of whoever acts in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// Whether the account has an active factor.
    pub is_enrolled: bool,
    /// When it was last proved in this session.
    pub proved_at: Option<Instant>,
}

/// Which accounts must have a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Required {
    /// None must; who has one must prove it.
    Enrolled,
    /// Who holds one of these roles.
    Roles(Vec<ActorRole>),
    /// Everybody.
    Everybody,
}

/// What the deployment asks of second factors.
#[derive(Debug, Clone)]
pub struct FactorRules {
    /// Who must have one.
    pub required: Required,
    /// For how many seconds a proof opens the acts that ask for one.
    pub fresh_s: i64,
    /// The name of the deployment, as the person's device shows it.
    pub issuer: String,
}

/// By how many seconds the clocks of two servers may differ.
const CLOCK_SKEW_S: i64 = 5;

impl FactorRules {
    /// Says whether somebody must have a second factor.
    #[must_use]
    pub fn bind(&self, actor: &Actor) -> bool {
        match &self.required {
            Required::Enrolled => false,
            Required::Roles(roles) => roles.iter().any(|role| actor.has(*role)),
            Required::Everybody => true,
        }
    }

    /// Returns until when a proof is fresh; nothing if it is not any more.
    ///
    /// A proof from the future is none: a clock that was set back does not keep a door open.
    #[must_use]
    pub fn fresh_until(&self, proved_at: Instant, now: Instant) -> Option<Instant> {
        let until = proved_at.plus_seconds(self.fresh_s);
        (proved_at <= now.plus_seconds(CLOCK_SKEW_S) && now < until).then_some(until)
    }

    /// Decides whether somebody may go on to an action, by their second factor alone.
    ///
    /// It is asked before anything is looked for, so that the answer is the same whatever is there.
    ///
    /// # Errors
    /// [`Refusal::StepUpRequired`], or [`Refusal::FactorEnrolmentRequired`] for who must have a
    /// factor and has none.
    pub fn check<A: Action>(
        &self,
        actor: &Actor,
        proof: &Proof,
        now: Instant,
    ) -> Result<(), Refusal> {
        if !A::STEPS_UP {
            return Ok(());
        }
        match proof {
            Proof { is_enrolled: false, .. } if self.bind(actor) => {
                Err(Refusal::FactorEnrolmentRequired)
            }
            Proof { is_enrolled: false, .. } => Ok(()),
            Proof { is_enrolled: true, proved_at } => proved_at
                .and_then(|at| self.fresh_until(at, now))
                .map(drop)
                .ok_or(Refusal::StepUpRequired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actor::Grant,
        id::{OrganisationId, UserId},
        policy::{ACTIONS, ReadCase, ReadIdentity, needs_no_role, rules, steps_up},
    };

    fn at(seconds: i64) -> Instant {
        Instant::from_utc(chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap())
    }

    fn coordinator() -> Actor {
        Actor {
            user_id: UserId::from_random_bytes([1; 16]),
            organisation_id: OrganisationId::from_random_bytes([2; 16]),
            session_id: None,
            grants: vec![Grant { role: ActorRole::CaseCoordinator, area: None }],
            open_in_emergency: Vec::new(),
        }
    }

    fn ask<A: Action>(required: Required, proof: Proof, now: i64) -> Result<(), Refusal> {
        let rules = FactorRules { required, fresh_s: 300, issuer: "Refero".to_owned() };
        rules.check::<A>(&coordinator(), &proof, at(now))
    }

    #[test]
    fn who_has_a_factor_proves_it_every_five_minutes() {
        let proof = Proof { is_enrolled: true, proved_at: Some(at(0)) };
        for (now, expected) in [
            (0, Ok(())),
            (299, Ok(())),
            (300, Err(Refusal::StepUpRequired)),
            (-5, Ok(())),
            (-6, Err(Refusal::StepUpRequired)),
        ] {
            assert_eq!(ask::<ReadIdentity>(Required::Enrolled, proof, now), expected, "{now}");
        }
        let never = Proof { proved_at: None, ..proof };
        let refused = Err(Refusal::StepUpRequired);
        assert_eq!(ask::<ReadIdentity>(Required::Enrolled, never, 0), refused);
        assert_eq!(ask::<ReadCase>(Required::Enrolled, never, 0), Ok(()));
    }

    #[test]
    fn who_has_none_is_let_through_unless_their_role_must_have_one() {
        let none = Proof { is_enrolled: false, proved_at: None };
        let refused = Err(Refusal::FactorEnrolmentRequired);
        let roles = |role| Required::Roles(vec![role]);
        assert_eq!(ask::<ReadIdentity>(Required::Enrolled, none, 0), Ok(()));
        assert_eq!(ask::<ReadIdentity>(roles(ActorRole::Analyst), none, 0), Ok(()));
        assert_eq!(ask::<ReadIdentity>(roles(ActorRole::CaseCoordinator), none, 0), refused);
        assert_eq!(ask::<ReadIdentity>(Required::Everybody, none, 0), refused);
        assert_eq!(ask::<ReadCase>(Required::Everybody, none, 0), Ok(()));
    }

    #[test]
    fn what_is_needed_to_get_a_factor_and_to_prove_it_asks_for_none() {
        for action in ["second-factor.enrol", "second-factor.confirm", "session.step-up"] {
            assert!(ACTIONS.contains(&action) && !steps_up(action), "{action}");
        }
        for action in ACTIONS.iter().filter(|action| needs_no_role(action)) {
            assert!(!steps_up(action), "{action}");
        }
    }

    #[test]
    fn whatever_opens_an_identity_in_a_case_or_gives_rights_asks_for_a_fresh_proof() {
        use crate::policy::Class;
        // Who registers has no time, and a search opens identities to rank them and shows none.
        let shows = |action: &&&str| !action.starts_with("report.") && **action != "case.search";
        for action in ACTIONS.iter().filter(shows) {
            let opens = rules(action).iter().any(|rule| rule.classes.has(Class::IdentitySealed));
            assert!(!opens || steps_up(action), "{action}");
        }
        for action in ["user.create", "user.enable", "user.reset", "user.grant-role"] {
            assert!(steps_up(action), "{action}");
        }
    }
}
