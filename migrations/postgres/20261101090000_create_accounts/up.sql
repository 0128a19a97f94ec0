-- Organisations, what they offer, who works there, and how those sign in.
create table organisations (
  id text not null primary key check (length(id) = 36),
  name text not null,
  organisation_type text not null,
  area text,
  phone text,
  active boolean not null,
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index organisations_name on organisations (name, id);

create table services (
  id text not null primary key check (length(id) = 36),
  organisation_id text not null references organisations (id),
  service_type text not null,
  name text,
  -- Places in all; null where the service is not counted in places.
  capacity bigint,
  -- JSON lists of codes; an empty list means everywhere, or every language.
  areas text not null,
  languages text not null,
  -- JSON list of sex_reporting codes; an empty list means everybody.
  sexes text not null,
  -- everyone | adults_only | children_only
  ages text not null check (ages in ('everyone', 'adults_only', 'children_only')),
  active boolean not null,
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null
);
create index services_organisation on services (organisation_id, service_type);

create table users (
  id text not null primary key check (length(id) = 36),
  organisation_id text not null references organisations (id),
  username text not null,
  display_name text not null,
  language text not null check (language in ('en', 'fr', 'pt')),
  state text not null check (state in ('invited', 'active', 'disabled')),
  -- Argon2id in PHC form; null until the account is activated.
  password_hash text,
  -- SHA-256 of the one-time activation secret.
  activation_digest bytea,
  activation_expires_at timestamp,
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  constraint users_username_unique unique (username)
);
create index users_organisation on users (organisation_id, username);

create table role_grants (
  id text not null primary key check (length(id) = 36),
  user_id text not null references users (id),
  role text not null,
  -- ISO 3166-2; null is the whole country.
  area text,
  valid_from timestamp not null,
  valid_to timestamp,
  granted_by text references users (id),
  created_at timestamp not null
);
create index role_grants_user on role_grants (user_id);
create index role_grants_granted_by on role_grants (granted_by);

create table sessions (
  id text not null primary key check (length(id) = 36),
  user_id text not null references users (id),
  created_at timestamp not null,
  last_used_at timestamp not null,
  -- The absolute end; refreshing never moves it.
  expires_at timestamp not null,
  revoked_at timestamp,
  -- Keyed digest of what the client tells about itself; never the address itself.
  client bytea not null
);
create index sessions_user on sessions (user_id, created_at);

create table refresh_tokens (
  -- SHA-256 of the token.
  digest bytea not null primary key,
  session_id text not null references sessions (id),
  issued_at timestamp not null,
  used_at timestamp,
  successor bytea
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- Failed sign-ins, by name, whether an account has the name or not: so that neither the answer nor
-- the pause after a failure tells which names exist.
create table sign_in_failures (
  -- Keyed digest of the user name in its one form; the name itself is never stored.
  name_digest bytea not null primary key,
  -- How many in a row.
  failures bigint not null,
  last_failed_at timestamp not null
);
create index sign_in_failures_last on sign_in_failures (last_failed_at);
