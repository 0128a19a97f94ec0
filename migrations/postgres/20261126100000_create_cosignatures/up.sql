-- What witnesses have signed of the log's heads (C2SP tlog-cosignature), and where one has seen another log than this.

create table log_cosignatures (
  size bigint not null,
  -- Its name, as its key says it.
  witness text not null check (length(witness) > 0),
  at timestamp not null,
  -- The line of a signed note.
  line text not null,
  primary key (size, witness)
);
create index log_cosignatures_witness on log_cosignatures (witness, size);

-- A witness has seen a head that this log does not have: it was rewritten, or is an old copy.
create table log_contradictions (
  witness text not null check (length(witness) > 0),
  -- How many leaves the head has that the witness saw, and this log had when it was told.
  witnessed_size bigint not null check (witnessed_size >= 0),
  own_size bigint not null check (own_size >= 0),
  at timestamp not null,
  primary key (witness, witnessed_size)
);

create trigger log_cosignatures_append_only before update or delete on log_cosignatures for each row execute function refuse_change();
create trigger log_cosignatures_no_truncate before truncate on log_cosignatures for each statement execute function refuse_change();
create trigger log_contradictions_append_only before update or delete on log_contradictions for each row execute function refuse_change();
create trigger log_contradictions_no_truncate before truncate on log_contradictions for each statement execute function refuse_change();
