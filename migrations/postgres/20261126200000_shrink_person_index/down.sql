create table person_index_before (
  person_id text not null references people (id),
  scheme bigint not null references index_schemes (number),
  kind text not null,
  digest bigint not null,
  primary key (person_id, scheme, kind, digest)
);
insert into person_index_before (person_id, scheme, kind, digest)
  select person_id, scheme, case digest >> 32
    when 1 then 'phone' when 2 then 'document' when 3 then 'name_rare' when 4 then 'name_initial'
    when 5 then 'name_gram' when 6 then 'name_year' else 'name_year_sex' end, digest & 4294967295
  from person_index;
drop table person_index;
alter table person_index_before rename to person_index;
alter table person_index rename constraint person_index_before_pkey to person_index_pkey;
alter table person_index rename constraint person_index_before_scheme_fkey to person_index_scheme_fkey;
alter table person_index rename constraint person_index_before_person_id_fkey to person_index_person_id_fkey;
create index person_index_digest on person_index (scheme, digest, person_id);
