drop table emergency_accesses;
