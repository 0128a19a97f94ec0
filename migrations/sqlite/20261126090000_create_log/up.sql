-- The Merkle log over all audit events (RFC 6962): what waits for its number, the numbered leaves, the hashes of the
-- tree, and what was signed of it (C2SP tlog-checkpoint).

-- In the order of their writing; those of one case in the order of its chain, whose head they hold.
create table log_pending (
  number integer not null primary key autoincrement,
  event_id text not null unique
) strict;

create table log_leaves (
  leaf_index integer not null primary key check (leaf_index >= 0),
  hash blob not null unique check (length(hash) = 32),
  -- An event, or a statement of the log itself about the heads of the cases' chains.
  event_id text unique,
  statement text,
  check ((event_id is null) <> (statement is null))
) strict;

-- By their stored position (Crosby and Wallach, section 3.3): leaves and complete subtrees, none of which changes.
create table log_nodes (
  position integer not null primary key check (position >= 0),
  hash blob not null check (length(hash) = 32)
) strict;

-- How far each chain was when the log stated the heads last.
create table log_heads (
  case_id text not null primary key,
  seq integer not null
) strict;

create table log_checkpoints (
  size integer not null primary key check (size > 0),
  at text not null,
  -- The signed note.
  note text not null
) strict;

create trigger audit_events_pending after insert on audit_events begin insert into log_pending (event_id) values (new.id); end;
create trigger log_leaves_no_update before update on log_leaves begin select raise(abort, 'append-only'); end;
create trigger log_leaves_no_delete before delete on log_leaves begin select raise(abort, 'append-only'); end;
create trigger log_nodes_no_update before update on log_nodes begin select raise(abort, 'append-only'); end;
create trigger log_nodes_no_delete before delete on log_nodes begin select raise(abort, 'append-only'); end;
create trigger log_checkpoints_no_update before update on log_checkpoints begin select raise(abort, 'append-only'); end;
create trigger log_checkpoints_no_delete before delete on log_checkpoints begin select raise(abort, 'append-only'); end;

-- What was recorded before there was a log.
insert into log_pending (event_id) select id from audit_events order by case_id, case_seq, at, id;
