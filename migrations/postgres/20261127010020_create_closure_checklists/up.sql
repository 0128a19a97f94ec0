-- What was open when somebody asked to close a case, and why it was to be closed all the same: appended, never
-- changed (R13).
create table closure_checklists (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  -- Codes of closure_check, as a JSON list.
  open text not null,
  -- The reasons, under the key of the person.
  sealed bytea not null,
  author_id text not null references users (id),
  created_at timestamp not null
);
create index closure_checklists_case on closure_checklists (case_id, created_at, id);
create index closure_checklists_author on closure_checklists (author_id);
create trigger closure_checklists_append_only before update or delete on closure_checklists for each row execute function refuse_change();
create trigger closure_checklists_no_truncate before truncate on closure_checklists for each statement execute function refuse_change();
