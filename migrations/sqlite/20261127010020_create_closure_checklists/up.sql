-- What was open when somebody asked to close a case, and why it was to be closed all the same: appended, never
-- changed (R13).
create table closure_checklists (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- Codes of closure_check, as a JSON list.
  open text not null,
  -- The reasons, under the key of the person.
  sealed blob not null,
  author_id text not null references users (id),
  created_at text not null
) strict;
create index closure_checklists_case on closure_checklists (case_id, created_at, id);
create index closure_checklists_author on closure_checklists (author_id);
create trigger closure_checklists_no_update before update on closure_checklists begin select raise(abort, 'append-only'); end;
create trigger closure_checklists_no_delete before delete on closure_checklists begin select raise(abort, 'append-only'); end;
