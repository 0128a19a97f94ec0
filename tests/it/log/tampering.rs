//! What somebody who owns the tables could do to the log.

use refero_store::Entropy;

use crate::world::World;

/// How a database writes bytes.
pub(super) fn bytes(w: &World, hex: &str) -> String {
    match w.owner().sqlite_path() {
        Some(_) => format!("x'{hex}'"),
        None => format!("'\\x{hex}'::bytea"),
    }
}

/// Everything that is in the log, to be changed.
pub(super) struct Target {
    events: Vec<String>,
    /// Those that have shown a list.
    lists: Vec<String>,
    cases: Vec<String>,
    size: u32,
}

impl Target {
    pub(super) fn of(w: &World) -> Self {
        let ids = "select event_id as value from log_leaves where event_id is not null order by leaf_index";
        let cases = "select case_id as value from case_chains order by case_id";
        let lists = "select distinct event_id as value from audit_shown order by event_id";
        let size = w.texts("select cast(count(*) as text) as value from log_leaves").remove(0);
        Self {
            events: w.texts(ids),
            lists: w.texts(lists),
            cases: w.texts(cases),
            size: size.parse().unwrap(),
        }
    }

    /// Thinks of a change to the database, of a random kind.
    #[expect(clippy::too_many_lines, reason = "a table reads as one: a row for each kind")]
    pub(super) fn change(&self, w: &World, draw: &Entropy) -> (&'static str, String) {
        let pick = |of: usize| usize::try_from(draw.below(u32::try_from(of).unwrap())).unwrap();
        let event = &self.events[pick(self.events.len())];
        let other = &self.events[pick(self.events.len())];
        let list = &self.lists[pick(self.lists.len())];
        let case = &self.cases[pick(self.cases.len())];
        let at = draw.below(self.size);
        let random: String = (0..32).map(|_| format!("{:02x}", draw.below(256))).collect();
        let random = bytes(w, &random);
        match draw.below(14) {
            0 => {
                let texts = [
                    "actor_id", "organisation_id", "session_id", "action", "refusal_code", "purpose",
                    "object_type", "object_id", "permitted_by", "basis_id", "request_id", "network",
                ];
                let column = texts[pick(texts.len())];
                ("a text", format!("update audit_events set {column} = coalesce({column}, '') || 'x' where id = '{event}'"))
            }
            1 => {
                let lists = ["actor_roles", "fields", "shown_ids"];
                let column = lists[pick(lists.len())];
                ("a list", format!("update audit_events set {column} = '[\"changed\"]' where id = '{event}'"))
            }
            2 => {
                let numbers = ["object_version", "shown_count", "case_seq"];
                let column = numbers[pick(numbers.len())];
                ("a number", format!("update audit_events set {column} = coalesce({column}, 0) + 1000 where id = '{event}'"))
            }
            3 => ("a moment", format!("update audit_events set at = '2026-01-01 00:00:00.000001' where id = '{event}'")),
            4 => {
                let column = ["hash", "prev_hash"][pick(2)];
                ("a hash", format!("update audit_events set {column} = {random} where id = '{event}'"))
            }
            5 => ("an event is gone", format!("delete from audit_events where id = '{event}'")),
            6 => (
                "an event is gone with its leaf",
                format!("delete from log_leaves where event_id = '{event}'; delete from audit_events where id = '{event}'"),
            ),
            7 if event != other => (
                "two events change places",
                format!(
                    "update log_leaves set event_id = 'x' where event_id = '{event}';
                     update log_leaves set event_id = '{event}' where event_id = '{other}';
                     update log_leaves set event_id = '{other}' where event_id = 'x'"
                ),
            ),
            8 => (
                "an event is put in",
                format!(
                    "insert into audit_events (id, at, actor_roles, action, operation, outcome, fields, shown_ids, hash)
                     values ('00000000-0000-4000-8000-000000000000', '2026-11-02 09:00:00', '[]', 'case.read', 'read',
                             'success', '[]', '[]', {random})"
                ),
            ),
            12 => ("nobody was shown it", format!("delete from audit_shown where event_id = '{list}'")),
            13 => (
                "somebody else was shown it",
                format!("update audit_shown set event_id = '{event}' || 'x' where event_id = '{list}'"),
            ),
            9 => ("a leaf", format!("update log_leaves set hash = {random} where leaf_index = {at}")),
            10 => (
                "the tail is cut and the heads are mended",
                format!(
                    "delete from audit_events where id in (select event_id from log_leaves where leaf_index >= {at});
                     delete from log_leaves where leaf_index >= {at};
                     delete from log_checkpoints where size > {at};
                     delete from case_chains where case_id not in
                       (select case_id from audit_events where case_id is not null);
                     update case_chains set
                       seq = (select max(case_seq) from audit_events e where e.case_id = case_chains.case_id),
                       hash = (select hash from audit_events e where e.case_id = case_chains.case_id
                               order by case_seq desc limit 1)"
                ),
            ),
            _ => (
                "a whole case is gone, and the leaves closed up",
                format!(
                    "delete from log_leaves where event_id in (select id from audit_events where case_id = '{case}');
                     delete from audit_events where case_id = '{case}';
                     delete from case_chains where case_id = '{case}';
                     update log_leaves set leaf_index = leaf_index + 1000000;
                     update log_leaves set leaf_index =
                       (select count(*) from log_leaves l where l.leaf_index < log_leaves.leaf_index)"
                ),
            ),
        }
    }
}
