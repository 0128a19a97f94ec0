-- Versions of an indicator set and its rules that a committee proposed. The one that comes with the program is
-- not among them: it is in force until the first of these is.
create table indicator_set_versions (
  id text not null primary key check (length(id) = 36),
  set_id text not null,
  -- What the committee calls the version of the indicators, and that of the rules.
  set_version text not null,
  ruleset_version text not null,
  state text not null check (state in ('proposed', 'approved', 'withdrawn')),
  -- The whole set and the cases that it was tried on, as JSON. About nobody.
  document text not null,
  cases text not null,
  -- What changes, and why.
  reason text not null,
  -- From when screenings use it; set by whoever approves.
  effective_from timestamp,
  proposed_by text not null references users (id),
  -- Who approved or withdrew it, and when (R10).
  decided_by text references users (id),
  decided_at timestamp,
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((state = 'proposed') = (decided_at is null) and (decided_by is null) = (decided_at is null)),
  check (state <> 'approved' or effective_from is not null)
);
create index indicator_set_versions_in_force on indicator_set_versions (set_id, state, effective_from);
create unique index indicator_set_versions_name on indicator_set_versions (set_id, set_version)
  where state <> 'withdrawn';
create index indicator_set_versions_proposed_by on indicator_set_versions (proposed_by);
create index indicator_set_versions_decided_by on indicator_set_versions (decided_by);
