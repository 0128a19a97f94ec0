drop index person_identities_uncompared;
alter table person_identities drop column compared_at;
drop index person_identities_index_scheme;
alter table person_identities drop column index_scheme;
drop table person_index;
drop table index_schemes;
