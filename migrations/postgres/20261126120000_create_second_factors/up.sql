-- The second factor of an account: a secret that the person's device holds too (TOTP, RFC 6238).
create table second_factors (
  user_id text not null primary key references users (id),
  state text not null check (state in ('none', 'pending', 'active')),
  -- The epoch of the deployment key under which the secret is sealed; null while there is no secret.
  epoch bigint,
  -- The secret, sealed for this account; null while there is none.
  sealed bytea,
  -- The last time step whose code was accepted: a code works once.
  last_step bigint,
  confirmed_at timestamp,
  -- When an administrator last took the factor away; the person is shown it.
  reset_at timestamp,
  updated_at timestamp not null,
  check ((state = 'none') = (sealed is null) and (sealed is null) = (epoch is null))
);

-- Codes on paper for the day on which the device is lost. A code that was used is deleted.
create table recovery_codes (
  -- SHA-256 of the account and the code, which has 120 random bits.
  digest bytea not null primary key,
  user_id text not null references users (id),
  created_at timestamp not null
);
create index recovery_codes_user on recovery_codes (user_id);

-- When the second factor was last proved in the session; null if it never was.
alter table sessions add column factor_at timestamp;

-- Wrong codes in a row, of whoever knew the password or had a session: outsiders cannot raise it.
alter table sign_in_failures add column wrong_codes bigint not null default 0;
alter table sign_in_failures add column code_failed_at timestamp;
