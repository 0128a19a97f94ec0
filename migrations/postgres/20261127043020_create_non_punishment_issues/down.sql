drop table non_punishment_issues;
