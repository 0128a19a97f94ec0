-- Hearings of a proceeding: on which day, so that somebody goes with the person.
create table hearings (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  proceeding_id text not null references proceedings (id),
  state text not null check (state in ('scheduled', 'held', 'adjourned', 'cancelled')),
  takes_place_on text not null check (length(takes_place_on) = 10),
  -- What it is about and what came of it, under the person's key.
  sealed bytea,
  -- Who wrote down what came of it, and when.
  recorded_by text references users (id),
  recorded_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((state = 'scheduled') = (recorded_at is null) and (recorded_by is null) = (recorded_at is null))
);
create index hearings_case on hearings (case_id, takes_place_on, id);
create index hearings_proceeding on hearings (proceeding_id, takes_place_on);
create index hearings_recorder on hearings (recorded_by);
create index hearings_author on hearings (created_by);

-- Who is said to have exploited the person: for whoever conducts the proceeding, appended, never changed (R13).
create table alleged_perpetrators (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  proceeding_id text not null references proceedings (id),
  -- All that is said of them, codes and words, under the key of the person whom the case is about.
  sealed bytea not null,
  author_id text not null references users (id),
  created_at timestamp not null
);
create index alleged_perpetrators_case on alleged_perpetrators (case_id, created_at, id);
create index alleged_perpetrators_proceeding on alleged_perpetrators (proceeding_id);
create index alleged_perpetrators_author on alleged_perpetrators (author_id);
create trigger alleged_perpetrators_append_only before update or delete on alleged_perpetrators for each row execute function refuse_change();
create trigger alleged_perpetrators_no_truncate before truncate on alleged_perpetrators for each statement execute function refuse_change();
