alter table placements drop column separates;
alter table placements drop column planned_until;
