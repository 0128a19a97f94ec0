-- The trail, and what makes retries and several servers safe.
create table audit_events (
  id text not null primary key check (length(id) = 36),
  at text not null,
  actor_id text,
  -- JSON lists: role codes, field names, ids that were shown. Never values.
  actor_roles text not null,
  organisation_id text,
  session_id text,
  action text not null,
  operation text not null check (operation in ('create', 'read', 'update', 'delete', 'execute')),
  outcome text not null check (outcome in ('success', 'refused', 'failed')),
  refusal_code text,
  purpose text,
  object_type text,
  object_id text,
  object_version integer,
  case_id text,
  -- The place in the case's own chain, from 1; null for events that concern no single case.
  case_seq integer,
  permitted_by text,
  basis_id text,
  fields text not null,
  shown_count integer,
  shown_ids text not null,
  request_id text,
  -- The network the request came from, truncated to /24 or /48.
  network text,
  -- The previous event's hash in the case's chain; this event's RFC 6962 leaf hash.
  prev_hash blob,
  hash blob not null,
  constraint audit_events_chain unique (case_id, case_seq)
) strict;
create index audit_events_at on audit_events (at, id);
create index audit_events_actor on audit_events (actor_id, at, id);
create index audit_events_object on audit_events (object_id, at);

-- The head of each case's chain: the one mutable row of the trail.
create table case_chains (
  case_id text not null primary key,
  seq integer not null,
  hash blob not null
) strict;

create table idempotency_keys (
  principal_id text not null,
  idempotency_key text not null,
  operation text not null,
  -- Keyed digest of route and body; no body is stored.
  fingerprint blob not null,
  object_id text not null,
  created_at text not null,
  primary key (principal_id, idempotency_key)
) strict;
create index idempotency_keys_created on idempotency_keys (created_at);

create table leases (
  name text not null primary key,
  holder text not null,
  held_until text not null
) strict;

-- Append-only: nobody edits or deletes these rows, whatever the application does.
create trigger audit_events_no_update before update on audit_events begin select raise(abort, 'append-only'); end;
create trigger audit_events_no_delete before delete on audit_events begin select raise(abort, 'append-only'); end;
create trigger revisions_no_update before update on revisions begin select raise(abort, 'append-only'); end;
create trigger revisions_no_delete before delete on revisions begin select raise(abort, 'append-only'); end;
create trigger notes_no_update before update on notes begin select raise(abort, 'append-only'); end;
create trigger notes_no_delete before delete on notes begin select raise(abort, 'append-only'); end;
create trigger service_updates_no_update before update on service_updates begin select raise(abort, 'append-only'); end;
create trigger service_updates_no_delete before delete on service_updates begin select raise(abort, 'append-only'); end;
