drop trigger audit_events_pending;
drop table log_checkpoints;
drop table log_heads;
drop table log_nodes;
drop table log_leaves;
drop table log_pending;
