drop index cases_erased;
create index cases_erased on cases (erased_at);
