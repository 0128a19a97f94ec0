drop table needs_assessments;
