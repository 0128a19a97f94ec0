drop table alleged_perpetrators;
drop table hearings;
