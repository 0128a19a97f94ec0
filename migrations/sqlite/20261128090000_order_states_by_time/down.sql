drop index cases_newest;
