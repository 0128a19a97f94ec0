drop table age_assessments;
