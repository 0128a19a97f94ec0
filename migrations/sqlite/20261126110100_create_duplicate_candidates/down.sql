drop index cases_merged_into;
alter table cases drop column merged_into;
drop table duplicate_candidates;
