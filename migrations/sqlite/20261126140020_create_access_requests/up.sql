-- Requests of people for a copy of what is held about them. Codes and numbers of files, no words.
create table access_requests (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- A code of access_asker.
  asker text not null check (asker in ('person', 'guardian', 'representative')),
  language text not null check (language in ('en', 'fr', 'pt')),
  delivery text check (delivery in ('printed', 'read_aloud', 'electronic')),
  -- The number of the data protection officer's own file.
  file_reference text not null,
  received_on text not null check (length(received_on) = 10),
  -- After the country profile, as it was when the request came; and how far that figure may be relied on.
  due_on text check (length(due_on) = 10),
  due_status text,
  state text not null check (state in ('open', 'refusal_requested', 'answered', 'refused')),
  -- A code of access_refusal_ground.
  refusal_ground text,
  refusal_requested_by text references users (id),
  refusal_requested_at text,
  refusal_decided_by text references users (id),
  refusal_decided_at text,
  answered_at text,
  created_by text not null references users (id),
  created_at text not null,
  version integer not null,
  check ((due_on is null) = (due_status is null)),
  check ((state in ('open', 'answered')) or refusal_ground is not null),
  check ((state = 'answered') = (answered_at is not null))
) strict;
create index access_requests_created on access_requests (created_at, id);
create index access_requests_case on access_requests (case_id);
create index access_requests_refusal_requester on access_requests (refusal_requested_by);
create index access_requests_refusal_decider on access_requests (refusal_decided_by);
create index access_requests_author on access_requests (created_by);

-- What was done with one holder's part of a copy.
create table access_parts (
  id text not null primary key check (length(id) = 36),
  request_id text not null references access_requests (id),
  -- The provider whose part it is; that of those who coordinate the case has none.
  organisation_id text references organisations (id),
  -- Which texts were looked through and what is taken out of them, under the key of the person.
  sealed blob,
  reviewed_by text references users (id),
  reviewed_at text,
  -- How many copies were made: each has its number.
  copies integer not null,
  handed_over_by text references users (id),
  handed_over_at text,
  check ((sealed is null) = (reviewed_at is null) and (reviewed_by is null) = (reviewed_at is null)),
  check ((handed_over_by is null) = (handed_over_at is null))
) strict;
create unique index access_parts_holder on access_parts (request_id, coalesce(organisation_id, ''));
create index access_parts_organisation on access_parts (organisation_id);
create index access_parts_reviewer on access_parts (reviewed_by);
create index access_parts_hander on access_parts (handed_over_by);
