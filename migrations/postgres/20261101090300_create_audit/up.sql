-- The trail, and what makes retries and several servers safe.
create table audit_events (
  id text not null primary key check (length(id) = 36),
  at timestamp not null,
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
  object_version bigint,
  case_id text,
  -- The place in the case's own chain, from 1; null for events that concern no single case.
  case_seq bigint,
  permitted_by text,
  basis_id text,
  fields text not null,
  shown_count bigint,
  shown_ids text not null,
  request_id text,
  -- The network the request came from, truncated to /24 or /48.
  network text,
  -- The previous event's hash in the case's chain; this event's RFC 6962 leaf hash.
  prev_hash bytea,
  hash bytea not null,
  constraint audit_events_chain unique (case_id, case_seq)
);
create index audit_events_at on audit_events (at, id);
create index audit_events_actor on audit_events (actor_id, at, id);
create index audit_events_object on audit_events (object_id, at);

-- The head of each case's chain: the one mutable row of the trail.
create table case_chains (
  case_id text not null primary key,
  seq bigint not null,
  hash bytea not null
);

create table idempotency_keys (
  principal_id text not null,
  idempotency_key text not null,
  operation text not null,
  -- Keyed digest of route and body; no body is stored.
  fingerprint bytea not null,
  object_id text not null,
  created_at timestamp not null,
  primary key (principal_id, idempotency_key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

create table leases (
  name text not null primary key,
  holder text not null,
  held_until timestamp not null
);

-- Append-only: nobody edits or deletes these rows, whatever the application does.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'append-only';
end
$$;
create trigger audit_events_append_only before update or delete on audit_events for each row execute function refuse_change();
create trigger audit_events_no_truncate before truncate on audit_events for each statement execute function refuse_change();
create trigger revisions_append_only before update or delete on revisions for each row execute function refuse_change();
create trigger revisions_no_truncate before truncate on revisions for each statement execute function refuse_change();
create trigger notes_append_only before update or delete on notes for each row execute function refuse_change();
create trigger notes_no_truncate before truncate on notes for each statement execute function refuse_change();
create trigger service_updates_append_only before update or delete on service_updates for each row execute function refuse_change();
create trigger service_updates_no_truncate before truncate on service_updates for each statement execute function refuse_change();
