-- Alerts: what an office has to look at now. An outbox: written with what causes it, handed over afterwards.
create table alerts (
  id text not null primary key check (length(id) = 36),
  -- The kinds are the program's closed list, not the schema's: a new kind is no migration.
  kind text not null,
  -- The role that is told, in an area or everywhere.
  audience text not null,
  area text,
  -- Whom it is about: an account, which is not shown it.
  about_user text references users (id),
  case_id text references cases (id),
  object_type text,
  object_id text,
  -- What is raised under the same name is raised once.
  once text,
  raised_at timestamp not null,
  acknowledged_by text references users (id),
  acknowledged_at timestamp,
  version bigint not null,
  -- The hand-over to the outside, which is tried until it succeeds.
  handed_over_at timestamp,
  attempts bigint not null,
  next_attempt_at timestamp not null,
  constraint alerts_once unique (once),
  check ((acknowledged_by is null) = (acknowledged_at is null))
);
create index alerts_raised on alerts (raised_at, id);
create index alerts_waiting on alerts (next_attempt_at, id) where handed_over_at is null;
create index alerts_about_user on alerts (about_user);
create index alerts_case on alerts (case_id);
create index alerts_acknowledged_by on alerts (acknowledged_by);
