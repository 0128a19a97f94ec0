-- What a person needs and what endangers them, as somebody assessed it with them: appended, never changed (R13).
create table needs_assessments (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- How great the danger is, by this assessment alone.
  risk_level text not null check (risk_level in ('critical', 'high', 'medium', 'low')),
  -- Needs, hazards, answers to the safety questions, words.
  sealed blob not null,
  author_id text not null references users (id),
  created_at text not null
) strict;
create index needs_assessments_case on needs_assessments (case_id, created_at, id);
create index needs_assessments_author on needs_assessments (author_id);
create trigger needs_assessments_no_update before update on needs_assessments begin select raise(abort, 'append-only'); end;
create trigger needs_assessments_no_delete before delete on needs_assessments begin select raise(abort, 'append-only'); end;
