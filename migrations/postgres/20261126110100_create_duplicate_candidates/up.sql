-- Pairs of cases that may be about one person (R12). A merge is a reference; nothing is moved by it.
create table duplicate_candidates (
  id text not null primary key check (length(id) = 36),
  -- The two cases, in the order of their ids: a pair stands here once.
  first_case_id text not null references cases (id),
  second_case_id text not null references cases (id),
  -- How much the two look alike, and by what: codes.
  band text not null check (band in ('strong', 'possible')),
  band_rank bigint not null,
  reasons text not null,
  state text not null check (state in ('open', 'merge_requested', 'merged', 'dismissed', 'undone')),
  -- The one of the two that goes on, once a merge was asked for.
  surviving_case_id text references cases (id),
  -- What the other one came from, and the deadlines that ran on it: undoing gives them back.
  merged_from text,
  stopped_clocks text not null,
  -- duplicate_dismissal; why the two are not one.
  dismissal_reason text,
  -- Who asks for what waits for a second person now: the merge, or its undoing (R10).
  requested_by text references users (id),
  requested_at timestamp,
  -- Who decided last.
  decided_by text references users (id),
  decided_at timestamp,
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  constraint duplicate_candidates_pair unique (first_case_id, second_case_id),
  check (first_case_id < second_case_id)
);
create index duplicate_candidates_second on duplicate_candidates (second_case_id);
create index duplicate_candidates_surviving on duplicate_candidates (surviving_case_id);
create index duplicate_candidates_requested_by on duplicate_candidates (requested_by);
create index duplicate_candidates_decided_by on duplicate_candidates (decided_by);
create index duplicate_candidates_queue on duplicate_candidates (state, band_rank, created_at, id);

-- The case that goes on in place of this one.
alter table cases add column merged_into text references cases (id);
create index cases_merged_into on cases (merged_into);
