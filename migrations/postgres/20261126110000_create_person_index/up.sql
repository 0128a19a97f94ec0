-- How people are found by what they are called, without their names lying anywhere: keyed digests of
-- what a name sounds like and is written like, cut short so that many people share each of them.

-- What digests were made by. The newest is made by now; the worker brings people over from the others.
create table index_schemes (
  number bigint not null primary key,
  -- The version of the rules that make terms of a name.
  index_version bigint not null,
  -- The deployment key that the digests depend on.
  epoch bigint not null,
  -- For how many people the digests are cut: a power of four.
  population bigint not null,
  created_at timestamp not null
);

create table person_index (
  person_id text not null references people (id),
  scheme bigint not null references index_schemes (number),
  -- What kind of term: how a name sounds, a telephone number, a document.
  kind text not null,
  -- The first bits of a keyed digest.
  digest bigint not null,
  primary key (person_id, scheme, kind, digest)
);
create index person_index_digest on person_index (scheme, digest, person_id);

-- The scheme that a person's digests were made by; null if there are none yet, 0 if there are to be none.
alter table person_identities add column index_scheme bigint;
create index person_identities_index_scheme on person_identities (index_scheme, person_id);
-- When the person was compared with everybody else as they stand here; null if that has to be done.
alter table person_identities add column compared_at timestamp;
create index person_identities_uncompared on person_identities (person_id) where compared_at is null;
