-- The index again, smaller: the kind of a term goes into the number of its digest, so that digests of two
-- kinds never meet, and all that a search reads lies in one tree.

create table person_index_anew (
  scheme bigint not null references index_schemes (number),
  -- The number of the kind of term, times 2^32, and the first bits of a keyed digest.
  digest bigint not null,
  person_id text not null references people (id),
  primary key (scheme, digest, person_id)
);

insert into person_index_anew (scheme, digest, person_id)
  select scheme, digest + 4294967296 * case kind
    when 'phone' then 1 when 'document' then 2 when 'name_rare' then 3 when 'name_initial' then 4
    when 'name_gram' then 5 when 'name_year' then 6 else 7 end, person_id
  from person_index;
drop table person_index;
alter table person_index_anew rename to person_index;
alter table person_index rename constraint person_index_anew_pkey to person_index_pkey;
alter table person_index rename constraint person_index_anew_scheme_fkey to person_index_scheme_fkey;
alter table person_index rename constraint person_index_anew_person_id_fkey to person_index_person_id_fkey;
create index person_index_person on person_index (person_id);
