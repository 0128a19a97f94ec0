drop table guardians;
