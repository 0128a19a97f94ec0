-- Forgetting people: who asked, who agreed, what stands in the way, and who was forgotten.
create table erasure_requests (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  ground text not null,
  -- The number of the officer's own file, where the reasons are. No words about anybody stand here.
  file_reference text not null,
  state text not null check (state in ('requested', 'carried_out', 'declined')),
  requested_by text not null references users (id),
  requested_at timestamp not null,
  decided_by text references users (id),
  decided_at timestamp,
  version bigint not null
);
create index erasure_requests_case on erasure_requests (case_id);
create index erasure_requests_order on erasure_requests (requested_at, id);
create index erasure_requests_requested_by on erasure_requests (requested_by);
create index erasure_requests_decided_by on erasure_requests (decided_by);

create table legal_holds (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  ground text not null,
  -- The number of the proceedings or of the order.
  file_reference text not null,
  state text not null check (state in ('in_force', 'release_requested', 'released')),
  placed_by text not null references users (id),
  placed_at timestamp not null,
  release_requested_by text references users (id),
  released_by text references users (id),
  released_at timestamp,
  version bigint not null
);
create index legal_holds_case on legal_holds (case_id, state);
create index legal_holds_order on legal_holds (placed_at, id);
create index legal_holds_placed_by on legal_holds (placed_by);
create index legal_holds_release_requested_by on legal_holds (release_requested_by);
create index legal_holds_released_by on legal_holds (released_by);

-- Tombstones. A restored backup has none of those who were forgotten after it was made: they are
-- replayed from the file that is kept apart from the database.
create table erasures (
  person_id text not null primary key check (length(person_id) = 36),
  erased_at timestamp not null
);
create index erasures_order on erasures (erased_at, person_id);
create trigger erasures_append_only before update or delete on erasures for each row execute function refuse_change();
create trigger erasures_no_truncate before truncate on erasures for each statement execute function refuse_change();

-- When the key was destroyed. The row stays, empty, because others point to it.
alter table person_keys add column destroyed_at timestamp;
-- When the person was forgotten. What is left is codes, for statistics and for the trail.
alter table cases add column erased_at timestamp;
create index cases_erased on cases (erased_at);
