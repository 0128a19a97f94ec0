-- What those decided together who help a person, and how the person fares afterwards: appended, never changed (R13).
create table case_conferences (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- ISO 8601 calendar dates.
  held_on text not null check (length(held_on) = 10),
  next_on text check (length(next_on) = 10),
  -- A code of conference_person_part.
  person_part text not null,
  -- Who took part, by organisation and function; what was said and decided. Under the key of the person.
  sealed bytea not null,
  author_id text not null references users (id),
  created_at timestamp not null
);
create index case_conferences_case on case_conferences (case_id, created_at, id);
create index case_conferences_author on case_conferences (author_id);
create trigger case_conferences_append_only before update or delete on case_conferences for each row execute function refuse_change();
create trigger case_conferences_no_truncate before truncate on case_conferences for each statement execute function refuse_change();

create table follow_ups (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- From 1 to 4, each with a clock; none for a contact beside them.
  round bigint check (round between 1 and 4),
  contact text not null check (contact in ('reached', 'not_reached', 'declined')),
  -- An ISO 8601 calendar date.
  contact_on text not null check (length(contact_on) = 10),
  -- Codes of follow_up_housing, follow_up_safety, follow_up_income and follow_up_health.
  housing text not null,
  safety text not null,
  income text not null,
  health text not null,
  re_trafficking_risk text check (re_trafficking_risk in ('critical', 'high', 'medium', 'low')),
  -- What the person says, and what was seen, under their key.
  sealed bytea not null,
  author_id text not null references users (id),
  created_at timestamp not null
);
create index follow_ups_case on follow_ups (case_id, created_at, id);
create index follow_ups_author on follow_ups (author_id);
create trigger follow_ups_append_only before update or delete on follow_ups for each row execute function refuse_change();
create trigger follow_ups_no_truncate before truncate on follow_ups for each statement execute function refuse_change();
