-- The Merkle log over all audit events (RFC 6962): what waits for its number, the numbered leaves, the hashes of the
-- tree, and what was signed of it (C2SP tlog-checkpoint).

-- In the order of their writing; those of one case in the order of its chain, whose head they hold.
create table log_pending (
  number bigint not null generated always as identity primary key,
  event_id text not null unique
);

create table log_leaves (
  leaf_index bigint not null primary key check (leaf_index >= 0),
  hash bytea not null unique check (length(hash) = 32),
  -- An event, or a statement of the log itself about the heads of the cases' chains.
  event_id text unique,
  statement text,
  check ((event_id is null) <> (statement is null))
);

-- By their stored position (Crosby and Wallach, section 3.3): leaves and complete subtrees, none of which changes.
create table log_nodes (
  position bigint not null primary key check (position >= 0),
  hash bytea not null check (length(hash) = 32)
);

-- How far each chain was when the log stated the heads last.
create table log_heads (
  case_id text not null primary key,
  seq bigint not null
);

create table log_checkpoints (
  size bigint not null primary key check (size > 0),
  at timestamp not null,
  -- The signed note.
  note text not null
);

create function note_pending() returns trigger language plpgsql as $$
begin
  insert into log_pending (event_id) values (new.id);
  return null;
end
$$;
create trigger audit_events_pending after insert on audit_events for each row execute function note_pending();
create trigger log_leaves_append_only before update or delete on log_leaves for each row execute function refuse_change();
create trigger log_leaves_no_truncate before truncate on log_leaves for each statement execute function refuse_change();
create trigger log_nodes_append_only before update or delete on log_nodes for each row execute function refuse_change();
create trigger log_nodes_no_truncate before truncate on log_nodes for each statement execute function refuse_change();
create trigger log_checkpoints_append_only before update or delete on log_checkpoints for each row execute function refuse_change();
create trigger log_checkpoints_no_truncate before truncate on log_checkpoints for each statement execute function refuse_change();

-- What was recorded before there was a log.
insert into log_pending (event_id) select id from audit_events order by case_id, case_seq, at, id;
