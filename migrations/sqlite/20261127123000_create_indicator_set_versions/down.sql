drop table indicator_set_versions;
