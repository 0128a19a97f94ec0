-- What witnesses have signed of the log's heads (C2SP tlog-cosignature), and where one has seen another log than this.

create table log_cosignatures (
  size integer not null,
  -- Its name, as its key says it.
  witness text not null check (length(witness) > 0),
  at text not null,
  -- The line of a signed note.
  line text not null,
  primary key (size, witness)
) strict;
create index log_cosignatures_witness on log_cosignatures (witness, size);

-- A witness has seen a head that this log does not have: it was rewritten, or is an old copy.
create table log_contradictions (
  witness text not null check (length(witness) > 0),
  -- How many leaves the head has that the witness saw, and this log had when it was told.
  witnessed_size integer not null check (witnessed_size >= 0),
  own_size integer not null check (own_size >= 0),
  at text not null,
  primary key (witness, witnessed_size)
) strict;

create trigger log_cosignatures_no_update before update on log_cosignatures begin select raise(abort, 'append-only'); end;
create trigger log_cosignatures_no_delete before delete on log_cosignatures begin select raise(abort, 'append-only'); end;
create trigger log_contradictions_no_update before update on log_contradictions begin select raise(abort, 'append-only'); end;
create trigger log_contradictions_no_delete before delete on log_contradictions begin select raise(abort, 'append-only'); end;
