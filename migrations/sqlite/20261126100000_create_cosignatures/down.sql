drop table log_contradictions;
drop table log_cosignatures;
