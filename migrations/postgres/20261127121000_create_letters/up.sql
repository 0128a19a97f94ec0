-- The last number of each year. Whoever makes a letter takes the next one.
create table letter_numbers (
  year bigint not null primary key,
  last bigint not null
);

-- Letters on paper, each kept as it was made.
create table letters (
  id text not null primary key check (length(id) = 36),
  -- A code of letter_kind.
  kind text not null check (kind in ('referral_letter', 'notice_of_rights')),
  case_id text not null references cases (id),
  referral_id text references referrals (id),
  year bigint not null,
  number bigint not null,
  -- A code of copy_language.
  language text not null,
  -- SHA-256 of the page, in hexadecimal digits; noughts after erasure. The trail has a commitment.
  digest text not null check (length(digest) = 64),
  -- The page, under the key of the person.
  sealed bytea,
  created_by text not null references users (id),
  created_at timestamp not null,
  unique (year, number),
  check ((kind = 'referral_letter') = (referral_id is not null))
);
create index letters_case on letters (case_id, created_at, id);
create index letters_referral on letters (referral_id, created_at, id);
create index letters_author on letters (created_by);
