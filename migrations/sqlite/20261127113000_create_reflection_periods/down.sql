drop table reflection_periods;
