-- Where a person lives while the case is open. The place itself is sealed by itself: it is opened by those who
-- work there and by the coordinator of the case, and by nobody else (R9).
create table placements (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('current', 'ended')),
  -- A code of placement_kind.
  kind text not null,
  -- Who runs the place; nobody, where the person lives on their own or with others.
  organisation_id text references organisations (id),
  -- Codes of facility_regime and freedom_of_movement.
  regime text not null,
  freedom text not null,
  started_on text not null check (length(started_on) = 10),
  -- Where it is and how to get there, under the key of the person.
  location blob,
  -- Why there, and why the person may not go out as they like.
  sealed blob,
  -- A code of placement_end_reason.
  end_reason text,
  ended_on text check (length(ended_on) = 10),
  ended_by text references users (id),
  ended_at text,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((state = 'ended') = (ended_at is not null) and (ended_by is null) = (ended_at is null)
    and (end_reason is null) = (ended_at is null) and (ended_on is null) = (ended_at is null))
) strict;
create index placements_case on placements (case_id, created_at, id);
-- Nobody lives in two places.
create unique index placements_now on placements (case_id) where state = 'current';
create index placements_organisation on placements (organisation_id);
create index placements_ender on placements (ended_by);
create index placements_author on placements (created_by);
