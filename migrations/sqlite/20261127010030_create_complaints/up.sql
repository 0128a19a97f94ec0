-- What survivors say about how they were treated. It is found only by who is independent of it: not by the
-- organisation that it is about, nor by who coordinates the case.
create table complaints (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('received', 'under_examination', 'upheld', 'not_upheld', 'resolved')),
  -- Codes of complaint_kind, complaint_subject and complaint_channel.
  kind text not null,
  subject text not null,
  channel text not null,
  about_organisation_id text references organisations (id),
  -- An ISO 8601 calendar date.
  received_on text not null check (length(received_on) = 10),
  -- The words, the findings, the answer, under the key of the person.
  sealed blob,
  recorded_by text not null references users (id),
  examined_by text references users (id),
  concluded_by text references users (id),
  concluded_at text,
  -- When and in which language the person was told.
  answered_on text check (length(answered_on) = 10),
  answer_language text,
  answer_interpreter integer,
  version integer not null,
  created_at text not null,
  updated_at text not null,
  check ((state in ('received', 'under_examination')) = (concluded_at is null)),
  check ((concluded_by is null) = (concluded_at is null))
) strict;
create index complaints_case on complaints (case_id, created_at, id);
create index complaints_organisation on complaints (about_organisation_id);
create index complaints_author on complaints (recorded_by);
create index complaints_examiner on complaints (examined_by);
create index complaints_concluder on complaints (concluded_by);
