-- The index again, smaller: the kind of a term goes into the number of its digest, so that digests of two
-- kinds never meet, and all that a search reads lies in one tree.

create table person_index_anew (
  scheme integer not null references index_schemes (number),
  -- The number of the kind of term, times 2^32, and the first bits of a keyed digest.
  digest integer not null,
  person_id text not null references people (id),
  primary key (scheme, digest, person_id)
) strict, without rowid;

insert into person_index_anew (scheme, digest, person_id)
  select scheme, digest + 4294967296 * case kind
    when 'phone' then 1 when 'document' then 2 when 'name_rare' then 3 when 'name_initial' then 4
    when 'name_gram' then 5 when 'name_year' then 6 else 7 end, person_id
  from person_index;
drop table person_index;
alter table person_index_anew rename to person_index;
create index person_index_person on person_index (person_id);
