//! What was once in a case and has ended, written down as it is then: each stands in the dossier and keeps nobody
//! from doing the same anew.

use super::{making::Maker, people::Place, records::Record};

impl Maker<'_> {
    /// A doubt about the age that was withdrawn, written down as it is then: nothing of it is left in the
    /// case, which needs nobody who decides about an age.
    pub(super) fn withdrawn_doubt(&self, record: &Record) -> String {
        let (id, by) = (uuid::Uuid::new_v4().to_string(), &self.the("coordinator").user_id);
        self.w.sql(&format!(
            "insert into age_assessments (id, case_id, state, reason, status_before, professions, methods,
               created_by, version, created_at, updated_at)
             select '{id}', id, 'withdrawn', 'other', 'adult_documented', '[]', '[]', '{by}', 1, created_at,
               created_at from cases where id = '{}'",
            record.case
        ));
        id
    }

    /// A guardianship that has ended, likewise.
    pub(super) fn former_guardian(&self, record: &Record) -> String {
        let (id, by) = (uuid::Uuid::new_v4().to_string(), &self.the("coordinator").user_id);
        self.w.sql(&format!(
            "insert into guardians (id, case_id, state, relationship, authority, appointed_on, end_reason,
               ended_by, ended_at, created_by, version, created_at, updated_at)
             select '{id}', id, 'ended', 'relative', 'court', '2026-11-01', 'other', '{by}', created_at, '{by}', 2,
               created_at, created_at from cases where id = '{}'",
            record.case
        ));
        id
    }

    /// What was best for the person while it was held to be a child.
    pub(super) fn former_interests(&self, record: &Record) -> String {
        let (id, by) = (uuid::Uuid::new_v4().to_string(), &self.the("coordinator").user_id);
        self.w.sql(&format!(
            "insert into best_interests (id, case_id, state, purpose, assessed_on, heard, options, recommendation,
               cannot_wait, professions, created_by, version, created_at, updated_at)
             select '{id}', id, 'bia_done', 'other', '2026-11-01', 'heard', '[]', 'undecided', (1 = 0), '[]',
               '{by}', 1, created_at, created_at
             from cases where id = '{}'",
            record.case
        ));
        id
    }

    /// A reflection period that is over.
    pub(super) fn former_period(&self, record: &Record) -> String {
        let (id, by) = (uuid::Uuid::new_v4().to_string(), &self.the("coordinator").user_id);
        self.w.sql(&format!(
            "insert into reflection_periods (id, case_id, state, offered_on, notices, grants, starts_on, ends_on,
               answered_by, answered_at, ended_on, ended_by, ended_at, created_by, version, created_at,
               updated_at)
             select '{id}', id, 'ended', '2026-09-01', '[]', '[]', '2026-09-01', '2026-10-01', '{by}',
               created_at, '2026-10-01', '{by}', created_at, '{by}', 3, created_at, created_at
             from cases where id = '{}'",
            record.case
        ));
        id
    }

    /// A place where the person lived, at the shelter that gets the referral.
    pub(super) fn former_place(&self, record: &Record) -> String {
        let (id, by) = (uuid::Uuid::new_v4().to_string(), &self.the("coordinator").user_id);
        self.w.sql(&format!(
            "insert into placements (id, case_id, state, kind, organisation_id, regime, freedom, started_on,
               end_reason, ended_on, ended_by, ended_at, created_by, version, created_at, updated_at)
             select '{id}', id, 'ended', 'shelter', '{}', 'open', 'unrestricted', '2026-11-01', 'other',
               '2026-11-01', '{by}', created_at, '{by}', 2, created_at, created_at
             from cases where id = '{}'",
            self.people.place(Place::Shelter),
            record.case
        ));
        id
    }
}
