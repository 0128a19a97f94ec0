-- Hearings of a proceeding: on which day, so that somebody goes with the person.
create table hearings (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  proceeding_id text not null references proceedings (id),
  state text not null check (state in ('scheduled', 'held', 'adjourned', 'cancelled')),
  takes_place_on text not null check (length(takes_place_on) = 10),
  -- What it is about and what came of it, under the person's key.
  sealed blob,
  -- Who wrote down what came of it, and when.
  recorded_by text references users (id),
  recorded_at text,
  created_by text not null references users (id),
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((state = 'scheduled') = (recorded_at is null) and (recorded_by is null) = (recorded_at is null))
) strict;
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
  sealed blob not null,
  author_id text not null references users (id),
  created_at text not null
) strict;
create index alleged_perpetrators_case on alleged_perpetrators (case_id, created_at, id);
create index alleged_perpetrators_proceeding on alleged_perpetrators (proceeding_id);
create index alleged_perpetrators_author on alleged_perpetrators (author_id);
create trigger alleged_perpetrators_no_update before update on alleged_perpetrators begin select raise(abort, 'append-only'); end;
create trigger alleged_perpetrators_no_delete before delete on alleged_perpetrators begin select raise(abort, 'append-only'); end;
