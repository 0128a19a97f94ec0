drop table follow_ups;
drop table case_conferences;
