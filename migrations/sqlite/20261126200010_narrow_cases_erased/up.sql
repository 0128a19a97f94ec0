-- Those who were forgotten are few. An index that has all others too draws lists away from the index of their order.
drop index cases_erased;
create index cases_erased on cases (erased_at) where erased_at is not null;
