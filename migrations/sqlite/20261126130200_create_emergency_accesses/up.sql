-- Emergency accesses (R15): one case, opened for a time to somebody who otherwise does not see it, and the review of it.
create table emergency_accesses (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  actor_id text not null references users (id),
  organisation_id text not null references organisations (id),
  -- A code of emergency_reason.
  reason_code text not null,
  -- The justification, under the key of the person.
  sealed blob not null,
  opened_at text not null,
  expires_at text not null,
  review_due_at text not null,
  reviewed_by text references users (id),
  reviewed_at text,
  outcome text check (outcome in ('justified', 'unjustified')),
  -- The reviewer's reasons, under the key of the person.
  reasons blob,
  -- When it was told that nobody has reviewed it in time.
  overdue_told_at text,
  version integer not null,
  check ((reviewed_by is null) = (reviewed_at is null) and (reviewed_at is null) = (outcome is null))
) strict;
create index emergency_accesses_opened on emergency_accesses (opened_at, id);
create index emergency_accesses_case on emergency_accesses (case_id);
create index emergency_accesses_actor on emergency_accesses (actor_id, expires_at);
create index emergency_accesses_organisation on emergency_accesses (organisation_id);
create index emergency_accesses_reviewer on emergency_accesses (reviewed_by);
create index emergency_accesses_unreviewed on emergency_accesses (review_due_at) where reviewed_at is null;
