drop table bait_cases;
drop table people_counts;
drop table people_opened;
