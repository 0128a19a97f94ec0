//! The second factor of an account: got by its person, proved by its person, and taken away by an
//! administrator when device and codes are lost.
//!
//! Whoever enrols shows the password once more, so that a session that was left open gives nobody a
//! key of their own. A change of the factor ends every other session of the person.

use refero_domain::{
    event::{Event, Operation},
    id::UserId,
    instant::Instant,
    machine::{Machine, State},
    policy::{
        Action, ConfirmSecondFactor, EnrolSecondFactor, Permit, ReadSecondFactor,
        RemoveSecondFactor, RenewRecoveryCodes, ResetSecondFactor, StepUp,
    },
    refusal::{Refusal, Standing},
    second_factor::{FactorAct, FactorRules, FactorState},
};
use refero_store::{
    Error, Refused,
    accounts::{self, UserRow},
    credentials::SecretDigest,
    failures::{self, Failures},
    roles,
    second_factors::{self, Factor, FactorChange},
    sessions,
    unit::{Audited, Disclosed, Reading, Tx},
};

use crate::{
    authn::{
        recovery::RecoveryCode,
        throttle,
        totp::{Otp, STEP_S, TotpSecret},
    },
    service::{
        accounts::SignInRules,
        sign_in::{self, Checked, Outcome, TOO_MANY, count_failure},
    },
};

/// What the trail calls a code that was not accepted.
pub(crate) const WRONG: &str = "second-factor-refused";

/// What somebody sends to prove their second factor; nothing inside of what is no code at all, which
/// is wrong like any other.
#[derive(Debug)]
pub enum Presented {
    /// A code of the device.
    Otp(Option<Otp>),
    /// A code on paper.
    Recovery(Option<RecoveryCode>),
}

/// How a code was judged.
pub(crate) enum Judged {
    /// It is right, and used up now. The word names the member in which it came.
    Right(&'static str),
    /// It is not, or was used before.
    Wrong,
    /// It was not looked at; the next may be after so many seconds.
    TooMany(u32),
}

/// Judges a code in the transaction that acts on it: uses it up, or counts a failure. Of two who
/// send the same code at the same moment one is right.
pub(crate) fn judge(
    tx: &mut Tx<'_>,
    (user_id, username): (&UserId, &str),
    (factor, presented): (&Factor, &Presented),
    before: &Failures,
) -> Result<Judged, Error> {
    let now = tx.now().to_utc();
    let wait = before
        .code_failed_at
        .and_then(|last| throttle::code_wait_s(before.wrong_codes, last.to_utc(), STEP_S, now));
    if let Some(wait) = wait {
        return Ok(Judged::TooMany(u32::try_from(wait).unwrap_or(u32::MAX)));
    }
    let right = match presented {
        Presented::Otp(code) => {
            let secret = factor.secret.as_deref().and_then(|bytes| TotpSecret::from_bytes(bytes));
            let step = secret
                .zip(*code)
                .and_then(|(secret, code)| secret.step_of(code, now, factor.last_step));
            match step {
                Some(step) => second_factors::use_step(tx, user_id, step)?.then_some("otp"),
                None => None,
            }
        }
        Presented::Recovery(Some(code)) => {
            let digest = code.digest(user_id.as_str());
            second_factors::use_code(tx, user_id, &digest)?.then_some("recovery_code")
        }
        Presented::Recovery(None) => None,
    };
    let Some(right) = right else {
        count_failure(tx, username, before)?;
        let last = before.code_failed_at.map_or(now, Instant::to_utc);
        let wrong = throttle::failures_after(before.wrong_codes, last, now);
        failures::set_wrong_codes(tx, username, wrong)?;
        return Ok(Judged::Wrong);
    };
    if before.wrong_codes > 0 {
        failures::set_wrong_codes(tx, username, 0)?;
    }
    Ok(Judged::Right(right))
}

/// How a caller's own second factor stands.
#[derive(Debug)]
pub struct Own {
    /// Its state.
    pub state: FactorState,
    /// Whether the caller must have one.
    pub is_required: bool,
    /// Since when it is asked for.
    pub confirmed_at: Option<Instant>,
    /// When an administrator last took it away.
    pub reset_at: Option<Instant>,
    /// When it was last proved in this session.
    pub proved_at: Option<Instant>,
    /// Until when that opens the acts that ask for it.
    pub fresh_until: Option<Instant>,
    /// How many recovery codes are left.
    pub codes_left: i64,
}

/// Looks at the caller's own second factor, within an act's own transaction and event.
///
/// # Errors
/// [`Error::NotAuthenticated`].
pub fn own(reading: &mut Reading<'_>, rules: &FactorRules) -> Result<Own, Error> {
    let actor = reading.actor()?.clone();
    let factor = second_factors::of(reading, &actor.user_id)?;
    let proved_at = sessions::proved_at(reading)?;
    Ok(Own {
        state: factor.state.get(),
        is_required: rules.bind(&actor),
        confirmed_at: factor.confirmed_at,
        reset_at: factor.reset_at,
        proved_at,
        fresh_until: proved_at.and_then(|at| rules.fresh_until(at, reading.now())),
        codes_left: second_factors::codes_left(reading, &actor.user_id)?,
    })
}

/// Shows the caller's own second factor; never its secret or a code.
///
/// # Errors
/// [`Error::NotAuthenticated`].
///
/// # Audit
/// `second-factor.read`.
pub fn read_own(reading: &mut Reading<'_>, rules: &FactorRules) -> Result<Disclosed<Own>, Error> {
    let permit = accounts::fetch_own::<ReadSecondFactor>(reading)?;
    let event = Event::under(Operation::Read, &permit).about(&permit.row().user.id);
    let own = own(reading, rules)?;
    Ok(reading.disclose(event, own))
}

/// The caller's own account with its factor, for an act `A`.
struct Mine<A> {
    permit: Permit<A, UserRow>,
    factor: Factor,
    before: Failures,
}

impl<A: Action> Mine<A> {
    fn fetch(tx: &mut Tx<'_>) -> Result<Self, Error> {
        let permit = accounts::fetch_own::<A>(tx)?;
        let row = permit.row();
        let factor = second_factors::of(tx, &row.user.id)?;
        let before = refero_store::credentials::credentials(tx, &row.user.username)?.failures;
        Ok(Self { permit, factor, before })
    }

    fn user_id(&self) -> &UserId {
        &self.permit.row().user.id
    }

    /// Refuses an act that the factor's state does not have.
    fn expect(&self, act: FactorAct) -> Result<(), Error> {
        let state = self.factor.state.get();
        if state.acts_include(act) { Ok(()) } else { Err(refused(state)) }
    }

    fn judge(&self, tx: &mut Tx<'_>, presented: &Presented) -> Result<Judged, Error> {
        let name = (self.user_id(), self.permit.row().user.username.as_str());
        judge(tx, name, (&self.factor, presented), &self.before)
    }

    fn event(&self) -> Event {
        Event::under(Operation::Update, &self.permit).about(self.user_id())
    }

    /// The event of an act that changes what the account shows.
    fn event_of_change(&self) -> Event {
        let user = &self.permit.row().user;
        Event::under(Operation::Update, &self.permit).on(&user.id, user.version.saturating_add(1))
    }

    /// Counts the change as one of the account, and ends every other session.
    fn end_elsewhere(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        roles::touch(tx, &self.permit.row().user)?;
        let here = tx.actor()?.session_id.clone();
        sessions::revoke_all(tx, self.user_id(), here.as_ref()).map(drop)
    }
}

fn refused(state: FactorState) -> Error {
    let own = |act: &FactorAct| *act != FactorAct::Reset;
    Error::Refused(Box::new(Refused {
        refusal: Refusal::IllegalTransition,
        standing: Some(Standing::SecondFactor(state)),
        allowed_actions: state.acts().filter(own).map(FactorAct::code).collect(),
        object: None,
        case_id: None,
    }))
}

fn moved(
    state: State<FactorState>,
    act: FactorAct,
) -> Result<refero_domain::machine::Moved<FactorState>, Error> {
    let standing = state.get();
    state.step(act).map_err(|_| refused(standing))
}

/// Begins an enrolment: holds a new secret, which counts for nothing until a code confirms it.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if there is an active factor.
///
/// # Audit
/// `second-factor.enrol`, success or refused.
pub fn enrol(
    tx: &mut Tx<'_>,
    checked: &Checked,
    secret: &TotpSecret,
    rules: &SignInRules,
) -> Result<Audited<Outcome<()>>, Error> {
    let mine = Mine::<EnrolSecondFactor>::fetch(tx)?;
    mine.expect(FactorAct::Enrol)?;
    match sign_in::judge_password(tx, checked, rules)? {
        Outcome::TooMany(wait) => {
            tx.record(&mine.event().refused(TOO_MANY), Outcome::TooMany(wait))
        }
        Outcome::Wrong => tx.record(&mine.event().refused(sign_in::WRONG), Outcome::Wrong),
        Outcome::Right(()) => {
            let event = mine.event().fields(["secret"]);
            let user_id = mine.user_id().clone();
            let moved = moved(mine.factor.state, FactorAct::Enrol)?;
            let change = FactorChange::Hold(secret.as_bytes());
            second_factors::save(tx, &user_id, &moved, &change)?;
            tx.record(&event, Outcome::Right(()))
        }
    }
}

/// Makes a factor count, once a code shows that the secret has arrived on the device.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if no enrolment was begun.
///
/// # Audit
/// `second-factor.confirm`, success or refused.
pub fn confirm(
    tx: &mut Tx<'_>,
    otp: Option<Otp>,
    codes: &[SecretDigest],
) -> Result<Audited<Outcome<()>>, Error> {
    let mine = Mine::<ConfirmSecondFactor>::fetch(tx)?;
    mine.expect(FactorAct::Confirm)?;
    match mine.judge(tx, &Presented::Otp(otp))? {
        Judged::TooMany(wait) => tx.record(&mine.event().refused(TOO_MANY), Outcome::TooMany(wait)),
        Judged::Wrong => tx.record(&mine.event().refused(WRONG), Outcome::Wrong),
        Judged::Right(_) => {
            mine.end_elsewhere(tx)?;
            let event = mine.event_of_change().fields(["second_factor", "recovery_codes"]);
            let user_id = mine.user_id().clone();
            let moved = moved(mine.factor.state, FactorAct::Confirm)?;
            second_factors::save(tx, &user_id, &moved, &FactorChange::Confirm)?;
            second_factors::replace_codes(tx, &user_id, codes)?;
            sessions::note_proof(tx, Some(tx.now()))?;
            tx.record(&event, Outcome::Right(()))
        }
    }
}

/// Notes that the person proved their second factor just now.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if there is no active factor.
///
/// # Audit
/// `session.step-up`, success or refused.
pub fn step_up(tx: &mut Tx<'_>, presented: &Presented) -> Result<Audited<Outcome<()>>, Error> {
    let mine = Mine::<StepUp>::fetch(tx)?;
    mine.expect(FactorAct::StepUp)?;
    match mine.judge(tx, presented)? {
        Judged::TooMany(wait) => tx.record(&mine.event().refused(TOO_MANY), Outcome::TooMany(wait)),
        Judged::Wrong => tx.record(&mine.event().refused(WRONG), Outcome::Wrong),
        Judged::Right(shown) => {
            sessions::note_proof(tx, Some(tx.now()))?;
            tx.record(&mine.event().fields([shown]), Outcome::Right(()))
        }
    }
}

/// Puts new recovery codes in the place of the old ones.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if there is no active factor.
///
/// # Audit
/// `second-factor.renew-codes`.
pub fn renew_codes(tx: &mut Tx<'_>, codes: &[SecretDigest]) -> Result<Audited<()>, Error> {
    let mine = Mine::<RenewRecoveryCodes>::fetch(tx)?;
    mine.expect(FactorAct::RenewCodes)?;
    second_factors::replace_codes(tx, mine.user_id(), codes)?;
    tx.record(&mine.event().fields(["recovery_codes"]), ())
}

/// Removes the caller's own factor, with its codes.
///
/// # Errors
/// [`Refusal::IllegalTransition`] if there is no active factor.
///
/// # Audit
/// `second-factor.remove`.
pub fn remove(tx: &mut Tx<'_>) -> Result<Audited<()>, Error> {
    let mine = Mine::<RemoveSecondFactor>::fetch(tx)?;
    mine.expect(FactorAct::Remove)?;
    mine.end_elsewhere(tx)?;
    let event = mine.event_of_change().fields(["second_factor", "recovery_codes"]);
    let user_id = mine.user_id().clone();
    let moved = moved(mine.factor.state, FactorAct::Remove)?;
    second_factors::save(tx, &user_id, &moved, &FactorChange::Remove)?;
    sessions::note_proof(tx, None)?;
    tx.record(&event, ())
}

/// Takes a person's factor away, with its codes, and ends their sessions. They sign in with the
/// password alone until they have enrolled again, and are shown that it happened.
///
/// # Errors
/// [`Refusal::Stale`] if somebody else was faster, [`Refusal::IllegalTransition`] if there is none.
///
/// # Audit
/// `user.reset-second-factor`.
pub fn reset(
    tx: &mut Tx<'_>,
    id: &UserId,
    expected: Option<i64>,
) -> Result<Audited<UserId>, Error> {
    let permit = accounts::fetch::<ResetSecondFactor>(tx, id)?;
    let row = permit.row();
    row.expect_version(expected)?;
    let actor = tx.actor()?.clone();
    let moved = second_factors::state_of(tx, id)?
        .step(FactorAct::Reset)
        .map_err(|_| row.refused(Refusal::IllegalTransition, &actor))?;
    second_factors::save(tx, id, &moved, &FactorChange::Reset)?;
    roles::touch(tx, &row.user)?;
    sessions::revoke_all(tx, id, None)?;
    let event = Event::under(Operation::Update, &permit)
        .on(id, row.user.version.saturating_add(1))
        .fields(["second_factor", "recovery_codes"]);
    tx.record(&event, id.clone())
}
