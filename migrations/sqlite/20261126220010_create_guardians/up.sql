-- Guardians of those who are protected as children. Nobody is in here of whom it was not said that they are
-- neither the alleged perpetrator, nor related to one, nor the employer or carer who is implicated.
create table guardians (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('appointed', 'ended')),
  -- A code of guardian_relationship.
  relationship text not null,
  organisation_id text references organisations (id),
  -- A code of guardian_authority; and the number of its file.
  authority text not null,
  file_reference text,
  appointed_on text not null check (length(appointed_on) = 10),
  -- The guardian's name, and how to reach them, under the key of the child.
  sealed blob,
  -- A code of guardian_end_reason.
  end_reason text,
  ended_by text references users (id),
  ended_at text,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((state = 'ended') = (ended_at is not null) and (ended_by is null) = (ended_at is null)
    and (end_reason is null) = (ended_at is null))
) strict;
create index guardians_case on guardians (case_id, created_at, id);
-- One guardian at a time.
create unique index guardians_in_office on guardians (case_id) where state = 'appointed';
create index guardians_organisation on guardians (organisation_id);
create index guardians_ender on guardians (ended_by);
create index guardians_author on guardians (created_by);
