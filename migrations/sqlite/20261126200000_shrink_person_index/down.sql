create table person_index_before (
  person_id text not null references people (id),
  scheme integer not null references index_schemes (number),
  kind text not null,
  digest integer not null,
  primary key (person_id, scheme, kind, digest)
) strict;
insert into person_index_before (person_id, scheme, kind, digest)
  select person_id, scheme, case digest >> 32
    when 1 then 'phone' when 2 then 'document' when 3 then 'name_rare' when 4 then 'name_initial'
    when 5 then 'name_gram' when 6 then 'name_year' else 'name_year_sex' end, digest & 4294967295
  from person_index;
drop table person_index;
alter table person_index_before rename to person_index;
create index person_index_digest on person_index (scheme, digest, person_id);
