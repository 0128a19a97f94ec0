-- The newest cases of a state, without looking at all of that state.
create index cases_newest on cases (state, created_at, id);
