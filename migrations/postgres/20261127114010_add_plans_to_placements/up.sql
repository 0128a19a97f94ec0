-- Until when somebody is meant to live there, and whether the place keeps a child from a parent or carer.
alter table placements add column planned_until text check (length(planned_until) = 10);
alter table placements add column separates boolean;
