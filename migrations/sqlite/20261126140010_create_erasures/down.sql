drop index cases_erased;
alter table cases drop column erased_at;
alter table person_keys drop column destroyed_at;
drop table erasures;
drop table legal_holds;
drop table erasure_requests;
