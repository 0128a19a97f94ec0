//! Recording an assessment, and what moves the procedure on.

use chrono::NaiveDate;
use diesel::prelude::*;
use refero_domain::{
    age_assessment::PanelProfession,
    best_interests::{
        DurableSolution, InterestsPurpose, InterestsStage, InterestsWords, ViewsHeard,
    },
    id::{BestInterestsId, PersonId, UserId},
    instant::Instant,
    machine::{Machine, Moved},
    policy::{Action, AssessInterests, Changes, Permit},
    refusal::Refusal,
    sensitive::Sensitive,
};

use super::{Interests, slot};
use crate::{
    cases::CaseRow,
    columns::Json,
    error::Result,
    people::{Person, keep_revision, seal},
    schema::best_interests as interests,
    unit::Tx,
};

/// An assessment that is recorded.
#[derive(Debug)]
pub struct NewInterests {
    /// The procedure.
    pub id: BestInterestsId,
    /// What is in question.
    pub purpose: InterestsPurpose,
    /// The day of the assessment.
    pub assessed_on: NaiveDate,
    /// How the child was heard.
    pub heard: ViewsHeard,
    /// What was considered.
    pub options: Vec<DurableSolution>,
    /// What is recommended.
    pub recommendation: DurableSolution,
    /// Whether a separation cannot wait for the panel.
    pub cannot_wait: bool,
    /// What the child said, what was weighed and why.
    pub words: Sensitive<InterestsWords>,
}

/// Records an assessment of the best interests of the child of a case; with the move, if it says that a panel
/// must determine them.
///
/// # Errors
/// [`Refusal::IdTaken`] if the identifier is in use.
pub fn insert(
    tx: &mut Tx<'_>,
    permit: &Permit<AssessInterests, CaseRow>,
    new: &NewInterests,
    moved: Option<&Moved<InterestsStage>>,
) -> Result<()> {
    let CaseRow { case, person, .. } = permit.row();
    tx.changes(&case.id);
    let sealed = seal(tx, slot(&new.id, &person.id), &new.words)?;
    let by = tx.actor()?.user_id.clone();
    let now = tx.now();
    diesel::insert_into(interests::table)
        .values((
            (
                interests::id.eq(&new.id),
                interests::case_id.eq(&case.id),
                interests::state.eq(moved.map_or(InterestsStage::INITIAL, Moved::to)),
                interests::purpose.eq(new.purpose),
                interests::assessed_on.eq(new.assessed_on.to_string()),
                interests::heard.eq(new.heard),
                interests::options.eq(Json::of(&new.options)?),
                interests::recommendation.eq(new.recommendation),
                interests::cannot_wait.eq(new.cannot_wait),
            ),
            (
                interests::professions.eq(Json::<Vec<PanelProfession>>::of(&Vec::new())?),
                interests::sealed.eq(Some(sealed)),
                interests::created_by.eq(by),
                interests::version.eq(1),
                interests::created_at.eq(now),
                interests::updated_at.eq(now),
            ),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// What a panel determines.
#[derive(Debug, Clone)]
pub struct Determination {
    /// Where and with whom the child is to live.
    pub solution: DurableSolution,
    /// When that is looked at again.
    pub review_on: Option<NaiveDate>,
}

/// What a move changes beside the state. Absent members stay.
#[derive(Debug, Default)]
pub struct InterestsChange {
    /// What was said, all of it.
    pub words: Option<Sensitive<InterestsWords>>,
    /// The professions of a panel that is named now: what another one determined is in the history.
    pub panel: Option<Vec<PanelProfession>>,
    /// What is proposed now; nothing any more, if that is what is proposed.
    pub proposed: Option<Option<Determination>>,
    /// Whether it is approved now.
    pub decided: bool,
    /// Whether somebody asks now to look at it again.
    pub review_asked: bool,
}

#[derive(Default, AsChangeset)]
#[diesel(table_name = interests)]
struct Set {
    sealed: Option<Vec<u8>>,
    professions: Option<Json<Vec<PanelProfession>>>,
    solution: Option<Option<DurableSolution>>,
    review_on: Option<Option<String>>,
    panel_named_by: Option<UserId>,
    panel_named_at: Option<Instant>,
    proposed_by: Option<Option<UserId>>,
    proposed_at: Option<Option<Instant>>,
    decided_by: Option<Option<UserId>>,
    decided_at: Option<Option<Instant>>,
    review_asked_by: Option<UserId>,
    review_asked_at: Option<Instant>,
}

impl InterestsChange {
    /// Puts into columns what is changed, by whom and when.
    fn set(&self, tx: &mut Tx<'_>, at: (&BestInterestsId, &PersonId)) -> Result<Set> {
        let (by, now) = (tx.actor()?.user_id.clone(), tx.now());
        let mut set = Set::default();
        if let Some(words) = &self.words {
            set.sealed = Some(seal(tx, slot(at.0, at.1), words)?);
        }
        if let Some(professions) = &self.panel {
            set.professions = Some(Json::of(professions)?);
            (set.panel_named_by, set.panel_named_at) = (Some(by.clone()), Some(now));
        }
        let proposed = if self.panel.is_some() { &Some(None) } else { &self.proposed };
        if let Some(proposed) = proposed {
            let one = proposed.as_ref();
            set.solution = Some(one.map(|one| one.solution));
            set.review_on = Some(one.and_then(|one| one.review_on).map(|day| day.to_string()));
            set.proposed_by = Some(one.map(|_| by.clone()));
            set.proposed_at = Some(one.map(|_| now));
            (set.decided_by, set.decided_at) = (Some(None), Some(None));
        }
        if self.decided {
            (set.decided_by, set.decided_at) = (Some(Some(by.clone())), Some(Some(now)));
        }
        if self.review_asked {
            (set.review_asked_by, set.review_asked_at) = (Some(by), Some(now));
        }
        Ok(set)
    }
}

/// Saves a move unless somebody was faster; keeps a determination that another one replaces (R13). Returns the
/// new version.
///
/// # Errors
/// [`Refusal::Stale`] if the version or the state is not what was read.
pub fn save<A: Action + Changes>(
    tx: &mut Tx<'_>,
    _permit: &Permit<A, ()>,
    (before, person): (&Interests, &Person),
    moved: &Moved<InterestsStage>,
    change: &InterestsChange,
) -> Result<i64> {
    tx.changes(&before.case_id);
    let named_before = change.panel.is_some() && before.panel_named.is_some();
    if named_before || (change.proposed.is_some() && before.solution.is_some()) {
        let decided = (before.solution, before.review_on, before.decided.clone());
        let earlier = before.words.clone().map(|words| (words, decided));
        keep_revision(tx, &person.id, (&before.id, before.version), &earlier)?;
    }
    let set = change.set(tx, (&before.id, &person.id))?;
    let next = before.version.saturating_add(1);
    let saved = diesel::update(interests::table.find(&before.id))
        .filter(interests::version.eq(before.version))
        .filter(interests::state.eq(moved.from()))
        .set((
            set,
            interests::state.eq(moved.to()),
            interests::version.eq(next),
            interests::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn)?;
    if saved == 1 { Ok(next) } else { Err(Refusal::Stale { current: next }.into()) }
}
